"""Having a warehouse keep back what is to be paid back, and waiting for its word.

Guarantees: it is asked under the refund's number until it answers; what it kept back is paid back as always; what had gone is
not: the refund is declined, and whoever asked for it looks at it anew, as goods that come back.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import service as orders
from chalicelib.records.payments.events import RefundDeclined, RefundRequested
from chalicelib.records.payments.rules import REFUND, StaleRefund
from chalicelib.records.payments.service import attempts, refunds
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.records.shipping.carriers.port import CarrierError
from chalicelib.records.shipping.dispatches import service as dispatches
from chalicelib.records.shipping.dispatches import steps as dispatch_steps
from chalicelib.records.shipping.dispatches.rules import (
    APART,
    ASKED,
    MOST_SILENT,
    OUT,
    REFUSED,
    DispatchContradicted,
    KeepBack,
    StaleDispatch,
    next_turn,
)
from chalicelib.records.shipping.dispatches.service import Dispatch
from chalicelib.records.shipping.events import KeepBackAnswered, KeepBackDue
from chalicelib.records.shipping.rules import CarrierDown
from chalicelib.records.shipping.service import calls
from chalicelib.records.shipping.warehouses.port import PiecesOut
from chalicelib.runtime import observe
from chalicelib.runtime.work import Work

from .send_out import SILENT, TRIES

CONTRADICTED = observe.alarmed(
    "WarehouseContradicted", "A warehouse tells of pieces that it does not have, or says otherwise than before"
)


def keep_back(fact: KeepBackDue, work: Work) -> None:
    """Ask for a refund's pieces, the `turn`-th time. Commits."""
    dispatch = dispatches.find(fact.order_id)
    wish = dispatch.wish(fact.refund_id)
    if wish is None or wish.answer:
        return
    answer = "open" if dispatch.state == ASKED else _asked(dispatch, wish)
    if answer == "open":
        if fact.turn == MOST_SILENT:
            observe.count(SILENT)
        work.publish(KeepBackDue(fact.order_id, fact.refund_id, fact.turn + 1), at=next_turn(work.now, fact.turn))
        return
    work.attempts(TRIES, partial(_answered, fact, answer == "back"), StaleDispatch, StaleRefund)


def _asked(dispatch: Dispatch, wish: KeepBack) -> Literal["back", "gone", "open"]:
    """What it says; one that never took the order has nothing to send."""
    if dispatch.state == REFUSED:
        return "back"
    order = orders.find(dispatch.order)
    lines = [
        PiecesOut(line, order.lines[line].sku, pieces, order.lines[line].worth(0, pieces))
        for line, pieces in wish.pieces
    ]
    try:
        return calls.ask_warehouse(dispatch.wms, lambda one: one.keep_back(dispatch.order, wish.refund, lines))
    except (CarrierError, CarrierDown):
        return "open"


def _answered(fact: KeepBackDue, back: bool, work: Work) -> None:
    dispatch = dispatches.find(fact.order_id)
    wish = dispatch.wish(fact.refund_id)
    if wish is None or wish.answer:
        return
    row = refunds.find(fact.refund_id)
    try:
        work.add(dispatch_steps.answer(dispatch, wish, back=back))
    except DispatchContradicted:
        observe.count(CONTRADICTED)
        back = False
        work.add(dispatch_steps.answer(dispatch, wish, back=False))
    if not back and dispatch.state == OUT:  # they were set aside until they left, of which nobody may have told yet
        pieces = orders.find(fact.order_id).by_shelf(dict(wish.pieces))
        work.add(*stock_steps.acknowledge(pieces, work.now - APART))
    if back:
        work.publish(RefundRequested(row.id, row.payment, int(row.amount)))
    elif row.state in REFUND.sources("recall"):
        work.add(*refund_steps.recall(row, attempts.find(row.payment)))
        work.publish(RefundDeclined(row.id, row.payment))
    work.publish(KeepBackAnswered(fact.order_id, fact.refund_id, "back" if back else "gone"))
