"""Asking for a refund and deciding it: support asks, finance approves.

Guarantees: the amount is set aside before anybody is asked, so refunds never exceed what came in; all units of an order
together are worth exactly what was captured; what an offer took off for a threshold that the rest does not reach any more stays
here as far as the offer says so. The order and its stock stay as they are until the money has gone back.
"""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.money import Fen
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.payments import rules
from chalicelib.records.payments.events import RefundAsked, RefundDeclined, RefundRequested
from chalicelib.records.payments.rules import NothingToRefund, RefundNeedsAnother, RefundUnitsExceeded
from chalicelib.records.payments.service import attempts, refunds
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime import settings, vault
from chalicelib.runtime.work import Work

from ..rules import RefundUndecided, goes_back, hangs
from ..shapes import AskRefund, DecideRefund

SOLO_LIMIT = settings.declare("REFUND_SOLO_LIMIT", "20000", "fen up to which one person may ask and approve a refund")


class RefundStatus(NamedTuple):
    """A refund, what it is worth, where it stands, and, as it is asked for, how much less that is than was paid for its units,
    since the rest reaches less of an offer."""

    id: str
    worth: Fen
    state: str
    withheld: Fen | None = None


def ask_refund(command: AskRefund, work: Work) -> RefundStatus:
    """Set aside the worth of the wanted units (by default all that are left) for finance to decide.

    Raises OrderNotFound, NothingToRefund, RefundUnitsExceeded, RefundUsedUp, RefundUndecided, RefundTooLarge, or CommitRejected
    with StaleRefund or, where it goes where sending costs less meanwhile, StaleOrder.
    """
    order = orders.find(command.order_id)
    if not order.payment:
        raise NothingToRefund()
    payment = attempts.find(order.payment)
    lines = order.lines
    sizes = [line.quantity for line in lines]
    before = refunds.units_of(payment, len(lines))
    wanted = _wanted_units(command, sizes, before)
    rules.require_left(sizes, before, wanted)
    if hangs(order.bill):
        _require_others_ended(payment)
    left = payment.captured - (payment.refund_reserved or 0)
    worth, withheld = goes_back(order.bill, before, wanted, left, order.freight_back or Fen(0))

    refund_id = work.new_id("R")
    said = vault.seal_legal(command.reason, refunds.why_place(refund_id))
    work.add(
        *refund_steps.ask(refund_id, payment, worth, work.now, by=work.caller.id, said=said, units=(before, wanted)),
        order_steps.freight_kept(order),
    )

    work.publish(RefundAsked(refund_id, payment.id, int(worth)))
    return RefundStatus(refund_id, worth, rules.REFUND.initial, withheld)


def _require_others_ended(payment: Payment) -> None:
    """What some units bring hangs on what was withheld before: no refund that withheld it may come to nothing after that.
    Raises RefundUndecided."""
    for one in refunds.of_payments([payment]):
        if not rules.REFUND.is_final(one.state):
            raise RefundUndecided(refund=one.id)


def _wanted_units(command: AskRefund, sizes: list[int], before: list[int]) -> list[int]:
    if command.units is None:
        return [size - gone for size, gone in zip(sizes, before, strict=True)]
    wanted = [0] * len(sizes)
    for unit in command.units:
        if unit.line >= len(sizes):
            raise RefundUnitsExceeded(left=0)
        wanted[unit.line] += unit.quantity
    return wanted


def decide_refund(refund_id: str, command: DecideRefund, work: Work) -> RefundStatus:
    """Finance agrees, and the money goes back, or does not, and the amount is free again.

    Raises RefundNeedsAnother, RefundStateConflict.
    """
    row = refunds.find(refund_id)
    payment = attempts.find(row.payment)
    if not command.approved:
        work.add(*refund_steps.decline(row, payment, work.caller.id))
        work.publish(RefundDeclined(row.id, payment.id))
        return RefundStatus(row.id, row.amount, rules.REFUND.target("decline"))
    if row.asked_by == work.caller.id and row.amount > settings.number(SOLO_LIMIT):
        raise RefundNeedsAnother()

    work.add(refund_steps.approve(row, work.caller.id))

    work.publish(RefundRequested(row.id, payment.id, int(row.amount)))
    return RefundStatus(row.id, row.amount, rules.REFUND.target("approve"))
