"""What a crowd must have in the end: each one outcome an occasion, nothing twice, nothing at night, no day too full."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from chalicelib.kernel.clock import SHOP_ZONE, business_day
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.journeys.model import Enrolment
from chalicelib.records.messages.claims.rules import ENDED, SENT, SUPPRESSED, referred
from chalicelib.records.messages.model import InboxMessage, MessageClaim
from tests.hardening.crowd.people import NAME, SPRING, Crowd
from tests.hardening.crowd.playing import Turmoil, got


def deliveries(shop: Crowd) -> list[tuple[str, str, datetime]]:
    """Whom what reached when, by text message and in the inbox."""
    found = [(*referred(reference), at) for reference, times in shop.line.came.items() for at in times]
    return found + [(row.owner, row.occasion, row.at) for row in rows_of(shop, InboxMessage, "inbox#")]


def rows_of(shop: Crowd, model: type, begins: str) -> list:
    """The rows of one kind in the table of messages."""
    held = shop.cloud.engine.tables[model.Meta.table_name].items
    return [model.from_raw_data(item) for (_, part), item in held.items() if part.startswith(begins)]


def audit(shop: Crowd, turmoil: Turmoil, *, asked: frozenset[str] = frozenset()) -> list[str]:
    """What is not as it must be. `asked`: who was to hear of the blast, too."""
    wrong: list[str] = []
    claims = {(row.owner, row.occasion): row for row in rows_of(shop, MessageClaim, "sent#")}
    enrolled: dict[str, list[Enrolment]] = defaultdict(list)
    for row in shop.rows(Enrolment):
        enrolled[row.person].append(row)
    packs = Counter(row.customer for row in shop.rows(Coupon))
    came = Counter((person, occasion) for person, occasion, _ in deliveries(shop))

    for key, row in claims.items():
        if row.state not in ENDED:
            wrong.append(f"F29: {key} has no end: {row.state} {row.why} until {row.until}")
        if came[key] != (row.state == SENT):
            wrong.append(f"F29: {key} is {row.state} and came {came[key]} times")
    wrong += [f"F29: {key} came and is claimed by nobody" for key in came if key not in claims]

    for one in shop.people:
        rows, message = enrolled[one.id], (one.id, f"{NAME}#1#{one.occasion}#0")
        if one.kind == "back":
            wrong += [f"F29: {one} came, and is in {len(rows)} journeys"] if rows or message in claims else []
            continue
        returned = turmoil.left.get(one.id, ("", 0))[0] == "comes"
        if len(rows) != 1 and not (returned and not rows):
            wrong.append(f"F29: {one} is in {len(rows)} journeys")
        wrong += [f"F29: {one} goes on for ever" for row in rows if row.state == "under_way"]
        if rows and message not in claims and not returned:
            wrong.append(f"F29: {one} has no outcome")
        if packs[one.id] > 1 or (came[message] and not packs[one.id]):
            wrong.append(f"I10: {one} has {packs[one.id]} packs and {came[message]} messages")
        if message in claims:
            row = claims[message]
            if (
                row.state == SUPPRESSED
                and row.why in ("consent", "suppression", "control", "holdout", "caps")
                and packs[one.id]
            ):
                wrong.append(f"I10: {one} was kept back ({row.why}) and has a pack")
            if one.kind == "none" and (row.state, row.why) != (SUPPRESSED, "consent"):
                wrong.append(f"F29: {one} agreed to nothing: {row.state} {row.why}")
            if one.kind in ("suppressed", "full") and row.state != SUPPRESSED:
                wrong.append(f"F29: {one}: {row.state} {row.why}")
    wrong += [f"F29: {one} has no outcome of the blast" for one in asked if (one, SPRING) not in claims]
    wrong += [
        f"F29: {one.id} {turmoil.left[one.id][0]} and was met after that"
        for one in shop.people
        if one.id in turmoil.left and got(shop, one, turmoil.left[one.id][0]) != turmoil.left[one.id][1]
    ]
    return wrong + _broken_limits(shop)


def _broken_limits(shop: Crowd) -> list[str]:
    wrong, days = [], defaultdict(list)
    for person, occasion, at in deliveries(shop):
        days[person].append(business_day(at))
        if not 8 <= at.astimezone(SHOP_ZONE).hour < 22:
            wrong.append(f"F29: {person} was woken at {at} by {occasion}")
    for person, told in days.items():
        for day in told:
            for most, length in ((1, 1), (3, 7), (8, 30)):
                number = sum(day - timedelta(days=length) < one <= day for one in told)
                if number > most:
                    wrong.append(f"F29: {person} had {number} offers in {length} days")
    return wrong


def outcomes(shop: Crowd) -> Counter[str]:
    """How many messages came to what."""
    return Counter(f"{row.state}.{row.why}" if row.why else row.state for row in rows_of(shop, MessageClaim, "sent#"))
