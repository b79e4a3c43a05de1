"""A use case as a door performs it: what it added is written, together with what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.processes.ordering.service.adjust_price import Adjusted
from chalicelib.processes.ordering.staff.shapes import AdjustedView, adjusted_view
from chalicelib.processes.refunding.service.ask_refund import RefundStatus
from chalicelib.processes.refunding.shapes import RefundReceipt, refund_receipt
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work, perform


def asked_view(status: RefundStatus) -> RefundReceipt:
    return refund_receipt(*status)


def price_view(adjusted: Adjusted) -> AdjustedView:
    return adjusted_view(*adjusted)


def done(use_case: Callable[..., Any], *args: Any, work: Work | None = None, **more: Any) -> Any:
    """Perform a use case that takes a `work`, by nobody's work when none is given, and commit what it added."""
    work = work or Work(ANYONE, "test")
    return perform(work, use_case, *args, work=work, **more)


def settled(use_case: Callable[..., Any], *args: Any, work: Work, view: Callable[..., Any] | None = None) -> Any:
    """Run a use case and commit what it added, with the view of what it answers. Raises what the commit raises,
    AlreadyCommitted too."""
    reply = use_case(*args, work=work)
    return work.settled(view(reply) if view is not None else reply)
