"""Exceptions: what about money a person must decide. Put if absent under an id that follows from what happened.

An exception that may come right by itself is named on the row it is about. Whoever moves that row moves it as it was
read, exceptions included, and ends in the same transaction those that the move puts right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.runtime import table, vault
from chalicelib.runtime.journal import digest
from chalicelib.runtime.table import Key, Step
from chalicelib.runtime.work import Work

from ..events import PaymentExceptionResolved
from ..model import OPEN as OPEN
from ..model import RESOLVED as RESOLVED
from ..model import PaymentException as PaymentException  # what reads answer
from ..rules import PUT_RIGHT, PaymentExceptionExists, PaymentExceptionNotFound
from ..steps import exceptions as steps

NOTED = "noted"
SHOP = "shop"  # who resolves what comes right by itself


def case_id(kind: str, provider: str, number: str, detail: str = "") -> str:
    """The same happening has the same id, however often it is told."""
    return "X" + digest(kind, provider, number, detail).upper()


def draft(
    kind: str,
    provider: str,
    number: str,
    now: datetime,
    *,
    detail: str = "",
    refund: str = "",
    expected: Fen | None = None,
    received: Fen | None = None,
    provider_ref: str = "",
    evidence: str = "",
) -> PaymentException:
    """An exception, not put before a person yet."""
    name = case_id(kind, provider, refund or number, detail)
    return PaymentException(
        name,
        state=OPEN,
        at=now,
        kind=kind,
        provider=provider,
        payment=number[:64],
        refund=refund or None,
        expected=expected,
        received=received,
        provider_ref=provider_ref[:64] or None,
        evidence=evidence or None,
    )


def draft_silence(
    kind: str,
    provider: str,
    number: str,
    now: datetime,
    cases: Iterable[str] | None,
    *,
    expected: Fen,
    refund: str = "",
) -> PaymentException | None:
    """That nobody answers; None while it lies before a person, or when one has noted it.

    `cases` are those of the row so far: a silence after one that was broken is an exception of its own.
    """
    before = [case for case in several(cases) if case.kind == kind]
    if any(case.state == OPEN or case.resolution == NOTED for case in before):
        return None
    again = str(len(before)) if before else ""
    return draft(kind, provider, number, now, detail=again, refund=refund, expected=expected)


def put(case: PaymentException, work: Work, *also: Step) -> None:
    """Put an exception before a person, in a work of its own; one that is on record stays as it is, and is told again.
    Commits."""
    work.add(*also, steps.open(case))
    try:
        work.commit()
    except CommitRejected as refused:
        if not refused.only(PaymentExceptionExists):
            raise


def resolve(case: PaymentException, resolution: str, by: str, work: Work, note: str = "") -> None:
    """It is decided; what a person noted is sealed, since it may hold anything. CommitRejected with PaymentExceptionClosed."""
    sealed = vault.seal_legal(note, f"exception|{case.id}|note") if note else None
    work.add(steps.resolve(case, resolution, by, sealed))
    work.publish(PaymentExceptionResolved(case.id, resolution))


def put_right(cases: Iterable[str] | None, how: str, work: Work, *, but: str = "") -> None:
    """Of these exceptions, end in this work the open ones that nobody need decide any more; `how` is a word of PUT_RIGHT."""
    for case in several(cases):
        if case.state == OPEN and case.kind in PUT_RIGHT[how] and case.id != but:
            resolve(case, how, SHOP, work)


def find(name: str) -> PaymentException:
    """The exception. Raises PaymentExceptionNotFound."""
    found = table.get(PaymentException, name, consistent=True)
    if found is None:
        raise PaymentExceptionNotFound()
    return found


def several(names: Iterable[str] | None) -> list[PaymentException]:
    """These exceptions, in the order of their ids."""
    keys = [Key(PaymentException, name) for name in sorted(names or ())]
    return [case for case in table.batch(keys, consistent=True) if case is not None]


def listed(state: str, limit: int, cursor: str | None) -> tuple[list[PaymentException], str | None]:
    """A page of exceptions in this state, oldest first."""
    return table.listed(PaymentException, state, index="by_state", hash_name="s", limit=limit, cursor=cursor)
