"""What changes an exception: it is put once, and decided once."""

from __future__ import annotations

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Action, Step, insert, update

from ..model import OPEN, RESOLVED, PaymentException
from ..rules import PaymentExceptionClosed, PaymentExceptionExists, PaymentExceptionNotFound


def open(case: PaymentException) -> Step:
    """Put a drafted exception before a person; one that is on record refuses it with PaymentExceptionExists."""
    return insert(case, PaymentExceptionExists())


def resolve(case: PaymentException, resolution: str, by: str, note: bytes | None = None) -> Step:
    """It is decided by somebody, whose note is sealed."""
    actions: list[Action] = [
        PaymentException.state.set(RESOLVED), PaymentException.resolution.set(resolution),
        PaymentException.resolved_by.set(by), *([PaymentException.note.set(note)] if note else []),
    ]  # fmt: skip
    return update(PaymentException, case.id, actions=actions, when=PaymentException.state == OPEN, otherwise=_closed)


def _closed(old: PaymentException | None) -> Refusal:
    return PaymentExceptionNotFound() if old is None else PaymentExceptionClosed()
