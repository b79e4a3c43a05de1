"""How a cap is split over shards, what a counter is called, and this wing's refusal. Pure.

A limit of the whole shop lies in SHARDS counters, so that many orders may use it at once; one of a person lies in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from chalicelib.kernel.errors import AboutOffer, Conflict

SHARDS = 8  # never another number: counts lie in them
KEPT = timedelta(days=60)  # a day's counter, after that day; nothing of that day is given back later
TOTAL, BUDGET, PER_PERSON, PER_DAY = LIMITS = ("total", "budget_fen", "per_person", "per_day")
FEN = "fen"  # how the key of a budget ends; no customer is called so


class LimitReached(AboutOffer, Conflict):
    spoken = {"total": "总量", "budget_fen": "预算（分）", "per_person": "每人限量", "per_day": "每人每日限量"}
    spoken_en = {
        "total": "quota",
        "budget_fen": "budget (fen)",
        "per_person": "limit per person",
        "per_day": "limit per person and day",
    }
    limit: str
    left: int
    zh, en = "优惠“{offer}”的{limit}不足，剩余 {left}", "The {limit} of the offer “{offer}” is used up; {left} left"


def key_of(offer: str, limit: str, customer: str = "", day: date | None = None) -> str:
    """What the counter of an offer's limit is called; a person's takes the customer, a day's the shop's day as well."""
    told = {
        TOTAL: [], BUDGET: [FEN], PER_PERSON: [customer], PER_DAY: [customer, str(day)],
    }  # fmt: skip
    return "#".join(["offer", offer, *told[limit]])


def limit_of(key: str) -> tuple[str, str]:
    """The offer and the limit that a counter counts."""
    _, offer, *rest = key.split("#")
    if len(rest) == 1:
        return offer, BUDGET if rest == [FEN] else PER_PERSON
    return offer, PER_DAY if rest else TOTAL


def expiry_of(key: str) -> int | None:
    """When a counter may go away (epoch s); None: never."""
    if limit_of(key)[1] != PER_DAY:
        return None
    gone = date.fromisoformat(key.rpartition("#")[2]) + KEPT
    return (gone - date(1970, 1, 1)).days * 86_400


def shards_of(key: str) -> int:
    """In how many counters a limit lies."""
    return SHARDS if limit_of(key)[1] in (TOTAL, BUDGET) else 1


def share(key: str, cap: int, shard: int) -> int:
    """What one shard may give of a cap: the shares of all are the cap, and a larger cap makes none of them smaller."""
    count = shards_of(key)
    return (cap + count - 1 - shard) // count


def rooms(key: str, cap: int, used: Sequence[int]) -> list[int]:
    """What each shard has left."""
    return [max(0, share(key, cap, shard) - n) for shard, n in enumerate(used)]


def parts(left: Sequence[int], n: int, spot: int) -> list[tuple[int, int]]:
    """(shard, pieces) that make so many: one of the shards that have them all, the one that `spot` (any number) falls upon;
    else several, fullest first. Empty when all together have not so many."""
    whole = [shard for shard, room in enumerate(left) if room >= n]
    if whole:
        return [(whole[spot % len(whole)], n)]
    found, missing = [], n
    for shard in sorted(range(len(left)), key=lambda one: (-left[one], one)):
        part = min(missing, left[shard])
        if part > 0:
            found.append((shard, part))
            missing -= part
    return found if not missing else []
