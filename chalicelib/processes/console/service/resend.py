"""Publishing the facts of a time once more: asked at the door, done by the console's worker, which may read the journal.

The whole journal is read, whatever time is asked for, so what it costs is said first; the worker goes through it in
stretches, each of which begins where the one before stopped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.runtime import relay
from chalicelib.runtime.work import Work

from ..events import FactsResendAsked, FactsResendGoesOn, FactsResent

REACH = timedelta(days=30)  # consumers remember 60
CHEAP = 10_000  # read units for which nobody is asked: about a cent


class ResendSpanWrong(Invalid):
    days: int
    zh, en = (
        "时间段须先后正确且在最近 {days} 天之内",
        "The time must run forward and lie within the last {days} days",
    )


class ResendDear(Conflict):
    read_units: int
    zh, en = (
        "需读取整个日志，约 {read_units} 个读取单位；如同意请在 read_units 中填写",
        "This reads the whole journal, about {read_units} read units; to agree, send as many in read_units",
    )


def ask(start: datetime, end: datetime, agreed: int, work: Work) -> None:
    """Have every fact committed from `start` to `end` published again, for as many read units as are agreed to.

    Raises ResendSpanWrong, ResendDear.
    """
    if not (work.now - REACH < start < end <= work.now):
        raise ResendSpanWrong(days=REACH.days)
    if (units := relay.dearness()) > max(agreed, CHEAP):
        raise ResendDear(read_units=units)

    work.publish(FactsResendAsked(millis(start), millis(end)))


def resend(fact: FactsResendAsked | FactsResendGoesOn, work: Work) -> None:
    """Do the next stretch; facts go out under their old event ids, so doing it twice changes nothing.

    What was asked too long ago (dead letters come back late) is left alone.
    """
    work.raise_if_committed()
    start = instant(fact.start)
    if work.now - start > REACH:
        return
    after, before = (fact.after, fact.commits) if isinstance(fact, FactsResendGoesOn) else (None, 0)
    told = relay.resend(start, instant(fact.end), after)

    count = before + told.commits
    if told.after is None:
        work.publish(FactsResent(fact.start, fact.end, count))
    else:
        work.publish(FactsResendGoesOn(fact.start, fact.end, told.after, count))
