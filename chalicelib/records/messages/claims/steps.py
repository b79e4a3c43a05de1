"""The lines of transactions that take a message up, end it, and count it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime import table
from chalicelib.runtime.table import Condition, Step, put, update

from ..model import REACH, SPENT, MessageClaim, OfferSpending, Reach, claim_part
from .rules import CLAIM, CLAIMED, SHOWN, BudgetSpent, MessageTaken, ReachChanged


def take(row: MessageClaim) -> Step:
    """Write a claim as it stands from now on, if it stood as it was read: its turn is the next one, or the first."""
    first = row.turn == 1
    when = MessageClaim.owner.does_not_exist() if first else MessageClaim.turn == row.turn - 1
    return put(row, when, MessageTaken())


def end(row: MessageClaim, action: str, at: datetime, why: str = "", until: datetime | None = None) -> Step:
    """What came of a claim of one's own. It may be written twice, but for what gives something back."""
    state = CLAIM.target(action)
    told = [MessageClaim.state.set(state)]
    if why:
        told.append(MessageClaim.why.set(why))
    if until is not None:
        told.append(MessageClaim.until.set(until))
    if state in SHOWN:
        told += [MessageClaim.group.set(row.owner), MessageClaim.listed.set(at)]
    if state != CLAIMED and action in ("fail", "hold"):
        told.append(MessageClaim.counted.remove())
    before = (CLAIMED,) if action in ("fail", "hold") else (CLAIMED, state)
    return update(
        MessageClaim,
        row.owner,
        claim_part(row.occasion),
        actions=told,
        when=(MessageClaim.turn == row.turn) & MessageClaim.state.is_in(*before),
        otherwise=MessageTaken(),
    )


def count(person: str, read: Reach | None, days: str) -> Step:
    """A person's days with one message more, or one fewer, if nobody counted or changed anything meanwhile."""
    return _changed(person, read, Reach.days.set(days))


def set_pace(person: str, read: Reach | None, pace: str) -> Step:
    """How often a person wants to hear of offers."""
    return _changed(person, read, Reach.pace.set(pace))


def _changed(person: str, read: Reach | None, change: table.Action) -> Step:
    version = read.version if read is not None else 0
    return update(
        Reach,
        person,
        REACH,
        actions=[change, Reach.version.set(version + 1)],
        when=_as_read(read),
        otherwise=ReachChanged(),
    )


def _as_read(read: Reach | None) -> Condition:
    return Reach.owner.does_not_exist() if read is None else Reach.version == read.version


def spend(day: str, fen: int) -> Step:
    """Offers cost so much more on a day."""
    return update(OfferSpending, day, SPENT, actions=[OfferSpending.fen.add(fen)])


def take_money(day: str, fen: int, bound: int) -> Step:
    """So much of a day's money, which is no more than the bound, is somebody's, if what is taken stays within it."""
    return update(
        OfferSpending,
        day,
        SPENT,
        actions=[OfferSpending.fen.add(fen)],
        when=OfferSpending.owner.does_not_exist() | (OfferSpending.fen <= bound - fen),
        otherwise=BudgetSpent(),
    )
