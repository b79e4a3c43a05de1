"""Looking at a person's data in clear: it is told and counted before anything is shown.

Guarantees: a member of staff looks at most so often a day, by a condition in the transaction that says of whom and why.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.kernel.clock import business_day
from chalicelib.kernel.errors import CommitRejected
from chalicelib.runtime import observe, settings
from chalicelib.runtime.work import AlreadyCommitted, Work

from ...access.steps.gates import DAY, count
from ...events import StaffLookedTooOften, UserDataDisclosed
from ..rules import DisclosedTooOften

A_DAY = settings.declare(
    "DISCLOSURES_PER_DAY", "40", "how often a day one member of staff may look at somebody's data in clear", least=1
)

TOO_OFTEN = observe.alarmed(
    "DisclosedTooOften",
    "A member of staff wants to look at more customers' data in a day than they may; the audit log names them",
)


def tell(account: str, reason: str, matter: str, work: Work) -> None:
    """Say that a person's data is looked at, for a reason and in a matter. Commits, since it is told before it is shown.
    Raises DisclosedTooOften."""
    work.add(count(f"disclosed|{work.caller.id}", DAY, settings.number(A_DAY), work.now, DisclosedTooOften()))
    work.publish(UserDataDisclosed(account, reason, matter))
    try:
        work.commit()
    except CommitRejected as refused:
        if refused.some(DisclosedTooOften):
            _ring(work)
        raise


def _ring(work: Work) -> None:
    """Somebody wants to look at more people than their work asks for: an alarm each time, an entry in the log each day.
    Commits that apart."""
    observe.count(TOO_OFTEN)
    telling = work.separate()
    telling.scope = "disclosures"  # whichever door it was
    telling.with_key(f"{business_day(work.now)}")
    telling.publish(StaffLookedTooOften(work.caller.id))
    with suppress(AlreadyCommitted):
        telling.commit()
