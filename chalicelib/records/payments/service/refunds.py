"""Refunds: found, listed, and why they are made."""

from __future__ import annotations

import json
from collections.abc import Iterable

from chalicelib.runtime import table, vault
from chalicelib.runtime.vault import SealedDataUnreadable

from ..model import WAITING, Payment
from ..model import Refund as Refund  # what reads answer
from ..rules import (
    RefundNotFound,
)


def units_of(payment: Payment, lines: int) -> list[int]:
    """How many units of each line were asked back so far."""
    return list(json.loads(payment.units)) if payment.units else [0] * lines


# ---- reading --------------------------------------------------------------------------------------------------------
def find(refund_id: str) -> Refund:
    """The refund. Raises RefundNotFound."""
    found = table.get(Refund, refund_id, consistent=True)
    if found is None:
        raise RefundNotFound()
    return found


def why(row: Refund) -> str:
    """Why money goes back: the words of who asked, or the shop's own; empty when they can no longer be opened."""
    try:
        return vault.unseal_legal(row.said, why_place(row.id)) if row.said else row.reason or ""
    except SealedDataUnreadable:
        return ""


def why_place(refund_id: str) -> str:
    """Where the words of who asked are sealed to."""
    return f"refund|{refund_id}|said"


def of_payments(payments: Iterable[Payment]) -> list[Refund]:
    """All refunds of these payments, each payment's in their order; a hundred a round trip."""
    keys = [table.Key(Refund, refund_id) for payment in payments for refund_id in sorted(payment.refunds or ())]
    return [row for row in table.batch(keys, consistent=True) if row is not None]


def waiting(limit: int, cursor: str | None) -> tuple[list[Refund], str | None]:
    """A page of the refunds that finance must decide, oldest first."""
    rows, more = table.listed(Refund, WAITING, index="waiting", hash_name="z", limit=limit, cursor=cursor)
    return [row for row in rows if row.waits], more
