"""What came of a journey, and whom it would meet: counted, never searched for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.clock import SHOP_ZONE, business_day
from chalicelib.processes.notifying.service import Wanted, foresee
from chalicelib.records.identity.accounts.service import visits
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys.rules import COMPARED, TREATED, Plan
from chalicelib.records.touches import rules as places
from chalicelib.records.touches import service as touches
from chalicelib.records.touches.rules import BATCH, read_row
from chalicelib.runtime import settings
from chalicelib.runtime.work import Work

from ..rules import FOUND, Effect, Share, needed, told
from . import silence
from .entering import Entrant, admitted

MOST = 1_000  # people of one forecast
PAGE = 200
SMS_FEN = settings.declare("MARKETING_SMS_FEN", "5", "fen that a text message of an offer costs, as forecasts count")


class Findings(NamedTuple):
    """How many came to what; of who was met and who was left alone, how many came again, of those whose time is over."""

    counts: Counter[str]
    met: Share
    alone: Share
    effect: Effect | None
    needed: int


class JourneyOutlook(NamedTuple):
    """How many are due on a day, how many of them would be sent something, and why not the others. `whole`: no more were due
    than are looked at."""

    due: int
    sent: int
    skipped: Counter[str]
    fen: int
    whole: bool


def report(name: str) -> Findings:
    """Raises JourneyNotFound."""
    journeys.find(name)
    counts = journeys.counts(name)
    met = Share(counts[f"{TREATED}_back"], counts[f"{TREATED}_seen"])
    alone = Share(counts[f"{COMPARED}_back"], counts[f"{COMPARED}_seen"])
    return Findings(counts, met, alone, told(met, alone), needed(alone.rate, FOUND) if 0 < alone.rate < 1 else 0)


def forecast(name: str, day: date | None, work: Work) -> JourneyOutlook:
    """Whom a journey that silence sets off would meet on a day, or else today, as things stand now: each is judged as a sender
    would, and nothing is sent. Of one that facts set off nobody is known beforehand. Raises JourneyNotFound."""
    day = day or business_day(work.now)
    plan = journeys.plan_of(name, journeys.find(name).version or 1)
    entries = list[Entrant]()
    skipped: Counter[str] = Counter()
    people = list(_due(day)) if plan.trigger == silence.KIND else []
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), SHOP_ZONE)
    for first in range(0, len(people), BATCH):
        found = visits.latest(people[first : first + BATCH])
        for person in people[first : first + BATCH]:
            visit = found.get(person)
            if visit is None or silence.due_at(visit.last) >= end:
                skipped["came again"] += 1
            elif not admitted(one := Entrant(person, "forecast", visit.last), name, plan, end):
                skipped["conditions"] += 1
            else:
                entries.append(one)
    outcomes = [one for part in _parts(entries) for one in foresee(_messages(part, name, plan), work)]
    skipped += Counter(one.why for one in outcomes if one.state == "suppressed")
    sent = sum(one.state in ("sent", "held") for one in outcomes)
    return JourneyOutlook(len(people), sent, skipped, sent * settings.number(SMS_FEN), len(people) < MOST)


def _due(day: date) -> Iterator[str]:
    """Who lies under a day of the shop, shard by shard: two days of the table, as those are in UTC."""
    begin = datetime.combine(day, datetime.min.time(), SHOP_ZONE)
    left = MOST
    for slot, since, until in _stretches(begin, begin + timedelta(days=1)):
        while left > 0 and (page := touches.due(slot, since, until, min(PAGE, left))):
            for order in page:
                one = read_row(slot, order)
                if one.kind == silence.KIND:
                    left -= 1
                    yield one.person
            since = page[-1]


def _stretches(begin: datetime, end: datetime) -> Iterator[tuple[str, str, str]]:
    first, last = places.slot_of(begin, 0)[:8], places.slot_of(end, 0)[:8]
    for slot in places.slots(begin, end):
        since = touches.time_of(begin) if slot.startswith(first) else "000000"
        yield slot, since, touches.time_of(end) if slot.startswith(last) else "235959"


def _parts(entries: Sequence[Entrant]) -> Iterator[Sequence[Entrant]]:
    return (entries[first : first + BATCH] for first in range(0, len(entries), BATCH))


def _messages(entries: Sequence[Entrant], name: str, plan: Plan) -> list[Wanted]:
    """The first message of each."""
    said = next((step["message"] for step in plan.steps if "message" in step), None)
    if said is None:
        return []
    campaign = name if plan.holdout else ""
    return [
        Wanted(one.person, "forecast", said["template"], said["purpose"], {}, tuple(said.get("channels", ())), campaign)
        for one in entries
    ]
