"""Looking at those who are due: each kind has one who knows what is to be done, and says when to look again, if at all.

Guarantees: a row goes only after what it was for is done; a crash before that looks again, and whoever looks is prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from chalicelib.records.touches import service as touches
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime import observe
from chalicelib.runtime.work import Work

from ..events import TouchBatchDue

Verdict = tuple[Appointment, datetime | None]
Handler = Callable[[Sequence[Appointment], Work], Iterable[Verdict]]


def look(fact: TouchBatchDue, kinds: Mapping[str, Handler], work: Work) -> None:
    """Look at these people. A kind that nobody knows is left for who will."""
    handler = kinds.get(fact.kind)
    if handler is None:
        observe.logger().warning("nobody looks at this kind", kind=fact.kind)
        return
    for done, at in handler(touches.read(fact.slot, fact.rows.split("\n")), work):
        if at is None:
            touches.settle(done, work)
        else:
            touches.again(done, at, work)
