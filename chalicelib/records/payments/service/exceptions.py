"""Exceptions: what about money a person must decide. Put if absent under an id that follows from what happened.

An exception that may come right by itself is named on the row it is about. Whoever moves that row moves it as it was
read, exceptions included, and ends in the same transaction those that the move puts right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.kernel.errors import Refusal, Refused
from chalicelib.kernel.money import Fen
from chalicelib.runtime import table, vault
from chalicelib.runtime.journal import digest
from chalicelib.runtime.table import Condition, Step, Wanted, fresh, update
from chalicelib.runtime.work import Work

from ..events import PaymentExceptionResolved
from ..model import Payment, Refund
from ..model import PaymentException as PaymentException  # what reads answer
from ..rules import PUT_RIGHT, PaymentExceptionClosed, PaymentExceptionExists, PaymentExceptionNotFound

OPEN, RESOLVED = "open", "resolved"
NOTED = "noted"
SHOP = "shop"  # who resolves what comes right by itself


def case_id(kind: str, provider: str, number: str, detail: str = "") -> str:
    """The same happening has the same id, however often it is told."""
    return "X" + digest(kind, provider, number, detail).upper()


def opening(
    kind: str, provider: str, number: str, now: datetime, *, detail: str = "", refund: str = "",
    expected: Fen | None = None, received: Fen | None = None, provider_ref: str = "", evidence: str = "",
) -> tuple[str, Step]:  # fmt: skip
    """The id of an exception and the step that puts it before a person; its refusal is PaymentExceptionExists."""
    name = case_id(kind, provider, refund or number, detail)
    row = PaymentException(
        name, state=OPEN, at=now, kind=kind, provider=provider, payment=number[:64], refund=refund or None,
        expected=expected, received=received, provider_ref=provider_ref[:64] or None, evidence=evidence or None,
    )  # fmt: skip
    return name, fresh(row, PaymentExceptionExists())


def silence(
    kind: str, provider: str, number: str, now: datetime, cases: Iterable[str] | None, *, expected: Fen, refund: str = ""
) -> tuple[str, Step] | None:  # fmt: skip
    """That nobody answers, as `opening` tells it; None while it lies before a person, or when one has noted it.

    `cases` are those of the row so far: a silence after one that was broken is an exception of its own.
    """
    before = [case for case in several(cases) if case.kind == kind]
    if any(case.state == OPEN or case.resolution == NOTED for case in before):
        return None
    again = str(len(before)) if before else ""
    return opening(kind, provider, number, now, detail=again, refund=refund, expected=expected)


def put(step: Step, work: Work) -> None:
    """Commit an exception, in a work of its own; one that is on record stays as it is, and is told again."""
    work.add(step)
    try:
        work.commit()
    except Refused as refused:
        if not refused.only(PaymentExceptionExists):
            raise


def resolve(case: PaymentException, resolution: str, by: str, work: Work, note: str = "") -> None:
    """It is decided; what a person noted is sealed, since it may hold anything. The step's refusal is PaymentExceptionClosed."""
    actions = [
        PaymentException.state.set(RESOLVED), PaymentException.resolution.set(resolution),
        PaymentException.resolved_by.set(by),
    ]  # fmt: skip
    if note:
        actions.append(PaymentException.note.set(vault.seal_legal(note, f"exception|{case.id}|note")))
    work.add(update(
        PaymentException, case.id, actions=actions, when=PaymentException.state == OPEN, otherwise=_closed
    ))  # fmt: skip
    work.publish(PaymentExceptionResolved(case.id, resolution))


def put_right(cases: Iterable[str] | None, how: str, work: Work, *, but: str = "") -> None:
    """Of these exceptions, end in this work the open ones that nobody need decide any more; `how` is a word of PUT_RIGHT."""
    for case in several(cases):
        if case.state == OPEN and case.kind in PUT_RIGHT[how] and case.id != but:
            resolve(case, how, SHOP, work)


def as_read(row: Payment | Refund | None) -> Condition:
    """That a row has the exceptions that were read with it; a row that was not read, none."""
    kept = type(row).cases if row is not None else Payment.cases
    return kept == row.cases if row is not None and row.cases else kept.does_not_exist()


def _closed(old: PaymentException | None) -> Refusal:
    return PaymentExceptionNotFound() if old is None else PaymentExceptionClosed()


def find(name: str) -> PaymentException:
    """The exception. Raises PaymentExceptionNotFound."""
    found = table.get(PaymentException, name, consistent=True)
    if found is None:
        raise PaymentExceptionNotFound()
    return found


def several(names: Iterable[str] | None) -> list[PaymentException]:
    """These exceptions, in the order of their ids."""
    keys = [Wanted(PaymentException, name) for name in sorted(names or ())]
    return [case for case in table.batch(keys, consistent=True) if case is not None]


def listed(state: str, limit: int, cursor: str | None) -> tuple[list[PaymentException], str | None]:
    """A page of exceptions in this state, oldest first."""
    keys, more = table.query(PaymentException, state, index="by_state", hash_name="s", limit=limit, cursor=cursor)
    rows = table.batch([table.Wanted(PaymentException, key.id) for key in keys])
    return [row for row in rows if row is not None], more
