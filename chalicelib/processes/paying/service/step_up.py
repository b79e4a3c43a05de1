"""A large payment wants to know once more that it is you: a code shown in this session within ten minutes.

Devices are not told apart: a session is one, and signing in on a new one has just asked for a proof.
"""

from __future__ import annotations

from chalicelib.runtime import settings
from chalicelib.runtime.caller import Caller

from ..rules import StepUpNeeded

LIMIT = settings.declare("STEP_UP_FEN", "500000", "from this amount on, fen, paying wants a code shown lately")


def require_step_up(caller: Caller, payable: int) -> None:
    """Raises StepUpNeeded when so much may not be paid without a fresh code."""
    limit = settings.number(LIMIT)
    if payable >= limit and not caller.fresh:
        raise StepUpNeeded(limit=limit)
