"""Exceptions: what about money a person must decide. Put if absent under an id that follows from what happened."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal, Refused
from chalicelib.kernel.money import Fen
from chalicelib.runtime import table, vault
from chalicelib.runtime.journal import digest
from chalicelib.runtime.table import Step, fresh, update
from chalicelib.runtime.work import Work

from ..model import PaymentException as PaymentException  # what reads answer
from ..rules import CaseClosed, CaseExists, CaseUnknown

OPEN, RESOLVED = "open", "resolved"


def case_id(kind: str, provider: str, number: str, detail: str = "") -> str:
    """The same happening has the same id, however often it is told."""
    return "X" + digest(kind, provider, number, detail).upper()


def opening(
    kind: str, provider: str, number: str, now: datetime, *, detail: str = "", refund: str = "",
    expected: Fen | None = None, received: Fen | None = None, provider_ref: str = "", evidence: str = "",
) -> tuple[str, Step]:  # fmt: skip
    """The id of an exception and the step that puts it before a person; its refusal is CaseExists."""
    name = case_id(kind, provider, refund or number, detail)
    row = PaymentException(
        name, state=OPEN, at=millis(now), kind=kind, provider=provider, payment=number[:64], refund=refund or None,
        expected=expected, received=received, provider_ref=provider_ref[:64] or None, evidence=evidence or None,
    )  # fmt: skip
    return name, fresh(row, CaseExists())


def put(step: Step, work: Work) -> None:
    """Commit an exception, in a work of its own; one that is on record stays as it is, and is told again."""
    work.add(step)
    try:
        work.commit()
    except Refused as refused:
        if not all(isinstance(reason, CaseExists) for reason in refused.reasons):
            raise


def resolving(case: PaymentException, resolution: str, by: str, note: str) -> Step:
    """A person decided it; what they noted is sealed, since it may hold anything."""
    actions = [
        PaymentException.state.set(RESOLVED), PaymentException.resolution.set(resolution),
        PaymentException.resolved_by.set(by), PaymentException.note.set(vault.seal_legal(note, f"exception|{case.id}|note")),
    ]  # fmt: skip
    return update(PaymentException, case.id, actions=actions, when=PaymentException.state == OPEN, otherwise=_closed)


def _closed(old: PaymentException | None) -> Refusal:
    return CaseUnknown() if old is None else CaseClosed()


def find(name: str) -> PaymentException:
    """The exception. Raises CaseUnknown."""
    found = table.get(PaymentException, name, consistent=True)
    if found is None:
        raise CaseUnknown()
    return found


def listed(state: str, limit: int, cursor: str | None) -> tuple[list[PaymentException], str | None]:
    """A page of exceptions in this state, oldest first."""
    keys, more = table.query(PaymentException, state, index="by_state", hash_name="s", limit=limit, cursor=cursor)
    rows = table.batch([table.Wanted(PaymentException, key.id) for key in keys])
    return [row for row in rows if row is not None], more
