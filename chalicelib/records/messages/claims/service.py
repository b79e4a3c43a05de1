"""Reading claims, and writing what they came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ..model import REACH, SPENT, OfferSpending, Reach, claim_part
from ..model import MessageClaim as MessageClaim
from . import rules, steps
from .rules import KEPT, LEASE, SHOWN, Judgement, OfferCaps

DAY = settings.declare("OFFERS_A_DAY", "1", "messages of offers that a person gets in a calendar day at most")
WEEK = settings.declare("OFFERS_A_WEEK", "3", "messages of offers that a person gets in 7 calendar days at most")
MONTH = settings.declare("OFFERS_A_MONTH", "8", "messages of offers that a person gets in 30 calendar days at most")
BEGINS = settings.declare("QUIET_FROM", "22", "hour from which no offers are sent; one after 22 counts as 22")
ENDS = settings.declare("QUIET_UNTIL", "8", "hour until which no offers are sent; one before 8 counts as 8", least=0)


BUDGET = settings.declare(
    "OFFERS_FEN_A_DAY", "0", "what offers may cost in a calendar day, in fen; 0: no bound", least=0
)


class ClaimedMessage(NamedTuple):
    """A message as it is claimed: to whom, on which occasion, by which template and why; a campaign's, if it is one's."""

    person: str
    occasion: str
    template: str
    purpose: str
    campaign: str


class StoodMessage(NamedTuple):
    """What stands of a message and of its person's counts."""

    claim: MessageClaim | None
    reach: Reach | None


def held(asked: Sequence[tuple[str, str]]) -> list[StoodMessage]:
    """The claims of (person, occasion) and the counts of their people, read together."""
    keys = [Key(MessageClaim, person, claim_part(occasion)) for person, occasion in asked]
    keys += [Key(Reach, person, REACH) for person, _ in asked]
    rows = table.batch(keys, consistent=True)
    return [StoodMessage(claim, reach) for claim, reach in zip(rows[: len(asked)], rows[len(asked) :], strict=True)]


def quiet_until(now: datetime, person: str, occasion: str) -> datetime | None:
    """Until when an offer waits; None: it need not."""
    return rules.quiet_until(now, settings.number(BEGINS), settings.number(ENDS), person, occasion)


def full(stood: StoodMessage, now: datetime) -> bool:
    """Whether a person has had as many offers as the shop or they themselves allow; a message that counts already is none
    more."""
    told = rules.counts(rules.uncounted(rules.counts(_days(stood.reach)), rules.today(now), _counted(stood.claim)))
    shop = OfferCaps(settings.number(DAY), settings.number(WEEK), settings.number(MONTH))
    return rules.full(told, rules.today(now), shop, rules.PACES[pace(stood.reach)])


def pace(reach: Reach | None) -> str:
    """How often a person wants to hear of offers."""
    return (reach.pace if reach is not None else None) or "usual"


def pace_of(person: str) -> str:
    """The same, read now."""
    return pace(table.get(Reach, person, REACH, consistent=True))


def set_pace(pace: str, work: Work) -> None:
    """How often the caller wants to hear of offers: what is being taken up for them just now is judged anew."""
    work.add(steps.set_pace(work.caller.id, table.get(Reach, work.caller.id, REACH, consistent=True), pace))


def budget() -> int:
    """What offers may cost in a day, in fen; 0: there is no bound."""
    return settings.number(BUDGET)


def spent(now: datetime) -> int:
    """What is spent of it today, or taken to be spent."""
    row = table.get(OfferSpending, _day_key(now), SPENT, consistent=True)
    return row.fen if row is not None else 0


def take(fen: int, bound: int, now: datetime, work: Work) -> bool:
    """Take so much of the day's money, if it reaches: one write. One whose answer is lost may take it twice, and so too much."""
    try:
        work.write_now(steps.take_money(_day_key(now), fen, bound))
    except CommitRejected:
        return False
    return True


def spend(fen: int, now: datetime, work: Work) -> None:
    """So much more was spent today, or less."""
    work.add(steps.spend(_day_key(now), fen))


def _day_key(now: datetime) -> str:
    return f"spent#{rules.today(now):%Y%m%d}"


def claim(message: ClaimedMessage, stood: StoodMessage, told: Judgement, work: Work) -> MessageClaim:
    """Take a message up, to be sent or kept back; an offer that goes out is counted in the same transaction, one that
    counted before and is kept back now counts no more."""
    before = stood.claim
    shown = told.state in SHOWN
    goes = told.state == rules.CLAIMED
    day = f"{rules.today(work.now):%Y%m%d}" if goes and message.purpose == rules.MARKETING else None
    row = MessageClaim(
        message.person,
        claim_part(rules.named(message.occasion)),
        state=told.state,
        turn=before.turn + 1 if before is not None else 1,
        why=told.why or None,
        template=message.template,
        purpose=message.purpose,
        campaign=message.campaign or None,
        way=told.way or None,
        at=work.now,
        until=work.now + LEASE if goes else told.until,
        counted=day,
        token=work.id,
        group=message.person if shown else None,
        listed=work.now if shown else None,
        expires=int((work.now + KEPT).timestamp()),
    )
    work.add(steps.take(row))
    _count(row, stood, day, work)
    return row


def _count(row: MessageClaim, stood: StoodMessage, day: str | None, work: Work) -> None:
    former = _counted(stood.claim)
    if day == former:
        return
    told, today = rules.counts(_days(stood.reach)), rules.today(work.now)
    days = rules.counted(told, today, former) if day else rules.uncounted(told, today, former)
    work.add(steps.count(row.owner, stood.reach, days))


def sent(row: MessageClaim, work: Work) -> None:
    """It went out: one write, which may be repeated."""
    work.write_now(steps.end(row, "send", work.now))


def lost(row: MessageClaim, work: Work) -> None:
    """Nobody can say whether it went out: it goes out no more, and counts."""
    work.write_now(steps.end(row, "lose", work.now, "unanswered"))


def nothing(_work: Work) -> None:
    """Nothing follows."""


def undone(
    row: MessageClaim,
    action: str,
    why: str,
    until: datetime | None,
    work: Work,
    also: Callable[[Work], None] = nothing,
    raced: tuple[type[Refusal], ...] = (),
) -> None:
    """It did not go out (`fail`), or not yet (`hold`): it counts no more, and what follows from it is kept in the same step.
    Commits, and looks again while others are faster."""

    def put(work: Work) -> None:
        work.add(steps.end(row, action, work.now, why, until))
        also(work)
        if row.counted:
            (stood,) = held([(row.owner, row.occasion)])
            days = rules.uncounted(rules.counts(_days(stood.reach)), rules.today(work.now), row.counted)
            work.add(steps.count(row.owner, stood.reach, days))

    work.attempts(5, put, rules.ReachChanged, *raced)


def of_person(person: str, limit: int, cursor: str | None) -> tuple[list[MessageClaim], str | None]:
    """What became of the messages to somebody, and what waits, the latest first."""
    return table.listed(
        MessageClaim, person, index="by_time", hash_name="g", limit=limit, cursor=cursor, newest_first=True
    )


def _days(reach: Reach | None) -> str | None:
    return reach.days if reach is not None else None


def _counted(row: MessageClaim | None) -> str | None:
    return row.counted if row is not None else None


def forget(person: str, work: Work) -> None:
    """Leave nothing of what was sent to somebody, of their inbox and of how often they were told of offers. Commits in
    stretches."""
    work.drop_all(MessageClaim, person)
