"""Whether a message goes out now: the order of reasons why not, caps by calendar days, quiet hours, and the states of a claim.

Pure; days and hours are those of the shop's zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import NamedTuple

from chalicelib.kernel.clock import SHOP_ZONE, business_day
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.states import States

MARKETING, SERVICE = "marketing", "service"
WAYS = {
    "mini": "mini",
    "sms": "phone",
    "email": "email",
    "wechat": "wechat",
    "inbox": "inbox",
}  # way -> its kind of address; the best first
FOR_SERVICE = frozenset({"mini", "wechat"})  # WeChat takes notices of service only
MINI = "mini"  # the way of which each message was agreed to by itself
SENT, SUPPRESSED, HELD, FAILED, UNKNOWN, CLAIMED = "sent", "suppressed", "held", "failed", "unknown", "claimed"
ENDED = frozenset({SENT, SUPPRESSED, FAILED, UNKNOWN})
SHOWN = ENDED | {HELD}  # to who asks what became of messages to somebody; one that goes out just now is not

LEASE = timedelta(minutes=5)  # how long whoever claimed a message has to send it
KEPT = timedelta(days=400)  # longer than the longest occasion comes round: a birthday
OCCASION = re.compile("[A-Za-z0-9#_.-]{1,160}")
DAYS_KEPT = 30
EARLIEST_QUIET, LATEST_QUIET = 22, 8  # quiet hours may be wider than 22–8, never narrower
SPREAD = 3600  # seconds after the quiet hours over which what was held is spread


class MessageNotFound(NotFound):
    zh, en = "没有这条消息", "There is no such message"


class MessageStateConflict(Conflict):
    state: str
    zh, en = "消息状态为 {state}，无法执行该操作", "The message is {state}, which does not allow it"


class MessageTaken(Conflict):
    zh, en = "该消息正由他人处理", "Somebody else sees to this message just now"


class ReachChanged(Conflict):
    zh, en = "消息设置或次数刚刚变化，请重试", "How often this person is written to changed just now; please try again"


class BudgetSpent(Conflict):
    zh, en = "今日营销费用已用完", "What offers may cost today is spent"


class OccasionInvalid(Invalid):
    zh, en = "消息场合只能含字母、数字与 #_.-，最多 160 个字符", "An occasion is 1–160 letters, digits and #_.-"


CLAIM = States(
    CLAIMED,
    {
        CLAIMED: {"claim": CLAIMED, "send": SENT, "stop": SUPPRESSED, "hold": HELD, "fail": FAILED, "lose": UNKNOWN},
        HELD: {"claim": CLAIMED, "stop": SUPPRESSED, "hold": HELD},
    },
    absent=MessageNotFound,
    conflict=MessageStateConflict,
)


class OfferCaps(NamedTuple):
    """How many offers a person is sent at most: in a calendar day, in seven, in thirty."""

    day: int
    week: int
    month: int


PACES: dict[str, OfferCaps] = {  # how often somebody wants to hear of offers; what the shop allows at most goes before
    "usual": OfferCaps(100, 100, 100),
    "weekly": OfferCaps(1, 1, 5),
    "monthly": OfferCaps(1, 1, 1),
}


class MessageCase(NamedTuple):
    """What a decision looks at: what bars offers to this person at all; the ways that they agreed to (all, for service), those
    of them at which they have an address, those that no suppression closes; and the rest of the order."""

    purpose: str
    barred: str
    agreed: tuple[str, ...]
    reached: tuple[str, ...]
    open: tuple[str, ...]
    quiet_until: datetime | None
    control: bool
    holdout: bool
    full: bool
    dear: bool


def ways(purpose: str, wanted: tuple[str, ...], agreed: frozenset[str]) -> tuple[str, ...]:
    """The ways that may be gone, in their order: for offers, those that the person agreed to."""
    known = [way for way in wanted or WAYS if way in WAYS]
    if purpose == SERVICE:
        return tuple(known)
    return tuple(way for way in known if way not in FOR_SERVICE and purpose_of(way) in agreed)


def purpose_of(way: str) -> str:
    """What a person agrees to who wants to hear of offers this way."""
    return f"{MARKETING}_{way}"


class Judgement(NamedTuple):
    """By which way it goes out; or the state it ends or waits in, and why."""

    way: str
    state: str = CLAIMED
    why: str = ""
    until: datetime | None = None


def judge(told: MessageCase) -> Judgement:
    """The order of reasons: consent, suppression, quiet hours, control, holdout, caps, budget. Service skips all behind
    the second."""
    if told.barred:
        return Judgement("", SUPPRESSED, told.barred)
    if not told.agreed:
        return Judgement("", SUPPRESSED, "consent")
    if not told.reached:
        return Judgement("", SUPPRESSED, "contact")
    if not told.open:
        return Judgement("", SUPPRESSED, "suppression")
    if told.purpose == MARKETING:
        if told.quiet_until is not None:
            return Judgement("", HELD, "quiet", told.quiet_until)
        for why, holds in (
            ("control", told.control),
            ("holdout", told.holdout),
            ("caps", told.full),
            ("budget", told.dear),
        ):
            if holds:
                return Judgement("", SUPPRESSED, why)
    return Judgement(told.open[0])


# ---- quiet hours ----------------------------------------------------------------------------------------------------
def quiet_until(now: datetime, begins: int, ends: int, person: str, occasion: str) -> datetime | None:
    """When a message that may not go out in these hours goes out instead, spread over an hour by its name; None: it may now.

    From `begins` on, and before `ends`; they never begin later than 22 or end earlier than 8.
    """
    begins, ends = min(begins, EARLIEST_QUIET), max(ends, LATEST_QUIET)
    local = now.astimezone(SHOP_ZONE)
    if ends <= local.hour < begins:
        return None
    day = local.date() + timedelta(days=local.hour >= begins)
    opens = datetime.combine(day, time(ends), SHOP_ZONE)
    return (opens + timedelta(seconds=spread(person, occasion))).astimezone(now.tzinfo)


def spread(person: str, occasion: str) -> int:
    """Seconds, the same for one message each time."""
    return int.from_bytes(sha256(f"{person}|{occasion}".encode()).digest()[:8]) % SPREAD


# ---- caps -----------------------------------------------------------------------------------------------------------
def counts(days: str | None) -> dict[date, int]:
    """How many offers were sent on which day."""
    parts = (one.split(":") for one in (days or "").split())
    return {date.fromisoformat(day): int(number) for day, number in parts}


def full(told: Mapping[date, int], today: date, *caps: OfferCaps) -> bool:
    """Whether one more today would be more than any of these caps allows."""
    return any(
        _within(told, today, days) >= most
        for cap in caps
        for days, most in ((1, cap.day), (7, cap.week), (30, cap.month))
    )


def _within(told: Mapping[date, int], today: date, days: int) -> int:
    first = today - timedelta(days=days - 1)
    return sum(number for day, number in told.items() if first <= day)


def counted(told: Mapping[date, int], today: date, former: str | None) -> str:
    """The days with one more today, and one fewer on the day under which the message counted before."""
    return written(_less(told, former) | {today: _less(told, former).get(today, 0) + 1}, today)


def uncounted(told: Mapping[date, int], today: date, former: str | None) -> str:
    """The days without a message that did not go out."""
    return written(_less(told, former), today)


def _less(told: Mapping[date, int], former: str | None) -> dict[date, int]:
    day = date.fromisoformat(former) if former else None
    return {one: number - (one == day) for one, number in told.items()}


def written(told: Mapping[date, int], today: date) -> str:
    """As a row keeps them: nothing of what no cap looks at any more."""
    first = today - timedelta(days=DAYS_KEPT - 1)
    return " ".join(f"{day:%Y%m%d}:{number}" for day, number in sorted(told.items()) if number > 0 and day >= first)


# ---- money ----------------------------------------------------------------------------------------------------------
SHARE = 20  # of what is left of a day's money, the part that one batch takes at once


def portion(fen: int, messages: int, left: int) -> int:
    """What a batch of so many messages takes of the day's money for one that costs so much, 0 when it does not reach."""
    return max(fen, min(fen * messages, left // SHARE)) if fen <= left else 0


# ---- names ----------------------------------------------------------------------------------------------------------
def reference(person: str, occasion: str) -> str:
    """What a provider is told of a message and tells again in its receipts: it leads back to the claim."""
    return f"{person}!{occasion}"


def referred(text: str) -> tuple[str, str]:
    """(person, occasion) of a reference; empty ones for what is none."""
    person, _, occasion = text.partition("!")
    return (person, occasion) if person and OCCASION.fullmatch(occasion) else ("", "")


def named(occasion: str) -> str:
    """The occasion, if it can name a claim. Raises OccasionInvalid."""
    if not OCCASION.fullmatch(occasion):
        raise OccasionInvalid()
    return occasion


def today(now: datetime) -> date:
    """The day under which an offer counts."""
    return business_day(now)
