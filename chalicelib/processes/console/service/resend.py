"""Publishing the facts of a time once more: asked at the door, done by the console's worker, which may read the journal."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import Invalid
from chalicelib.runtime import observe, relay
from chalicelib.runtime.work import Work

from ..events import FactsResendAsked

REACH = timedelta(days=30)  # consumers remember 60


class ResendSpanWrong(Invalid):
    code = "RESEND_SPAN_WRONG"
    zh, en = (
        "时间段须先后正确且在最近 {days} 天之内",
        "The time must run forward and lie within the last {days} days",
    )


def ask(start: datetime, end: datetime, work: Work) -> None:
    """Have every fact committed from `start` to `end` published again. Raises ResendSpanWrong."""
    if not (work.now - REACH < start < end <= work.now):
        raise ResendSpanWrong(days=REACH.days)

    work.publish(FactsResendAsked(millis(start), millis(end)))
    work.commit()


def resend(fact: FactsResendAsked, work: Work) -> None:
    """Do it; facts go out under their old event ids, so doing it twice changes nothing.

    What was asked too long ago (dead letters come back late) is left alone.
    """
    start = instant(fact.start)
    if work.now - start > REACH:
        return
    count = relay.resend(start, instant(fact.end))
    observe.logger().info("facts resent", commits=count, start=fact.start, end=fact.end)
