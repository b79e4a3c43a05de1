"""Carts that were left: nothing new came in for a day, and something lies there still.

A row lies behind what came into a cart that nobody awaited, and is moved only when it fires: whatever comes in meanwhile
never touches it, and what was bought or taken out is not there any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from chalicelib.kernel.clock import millis
from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import LEFT as LEFT  # the kind of its rows
from chalicelib.records.carts.rules import looked_at
from chalicelib.records.identity.accounts.service import visits
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime.work import Work

from ..triggers import CART_LEFT
from .entering import Entrant, enter
from .looking import Verdict

PAUSED = timedelta(days=1)  # until it is looked again whether what was paused runs


def look(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
    """Each enters what a left cart sets off, once for the last that came in. Nobody looks for who is gone or about to go."""
    found = visits.latest([one.person for one in due])
    for one in due:
        visit = found.get(one.person)
        filled = carts.filled_at(one.person) if visit is not None and not visit.leaving else None
        if filled is None:
            yield one, None
        elif filled + carts.rest() > work.now:
            yield one, looked_at(filled, carts.rest())
        else:
            paused = enter(CART_LEFT, [Entrant(one.person, str(millis(filled)), filled)], work)
            yield one, work.now + PAUSED if paused else None
