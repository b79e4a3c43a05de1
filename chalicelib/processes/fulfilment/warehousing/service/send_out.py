"""Telling a warehouse's system to pack a paid order.

Guarantees: it is told under the order's id until it answers, so that it packs once; nothing that is asked back or sent
otherwise goes out, and what went out is changed by nobody but through it; one that it does not take lies before a person.
"""

from __future__ import annotations

from functools import partial

from chalicelib.processes.fulfilment.service.consign import receiver
from chalicelib.processes.fulfilment.service.promises import unsent
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.feeds.service.sources import Source
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import SENDING, OrderStateConflict, StaleOrder
from chalicelib.records.orders.service import Order
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
    REFUSED,
    DispatchStateConflict,
    LineOut,
    StaleDispatch,
    at_hand,
    next_turn,
)
from chalicelib.records.shipping.dispatches.service import Dispatch
from chalicelib.records.shipping.events import DispatchAcknowledged, DispatchDue, DispatchRefused
from chalicelib.records.shipping.rules import CarrierDown
from chalicelib.records.shipping.service import calls
from chalicelib.records.shipping.warehouses.port import OrderDeclined, OrderOut, PiecesOut
from chalicelib.runtime import observe
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work

from ...rules import MOST_LINES, MOST_PLACES, left_to_ship

TRIES = 4
NOT_TAKEN = observe.alarmed(
    "DispatchRefused", "A warehouse does not take an order, or it is too large for one: a person must see to it"
)
SILENT = observe.alarmed("WarehouseSilent", "A warehouse's system does not answer of an order; it is asked on")


def arm(order_id: str, work: Work) -> None:
    """Where a warehouse packs what is sold, it is told of a paid order."""
    if sources.suppliers():
        work.publish(DispatchDue(order_id))


def send_out(order_id: str, turn: int, work: Work) -> None:
    """Tell of an order, the `turn`-th time. Commits."""
    dispatch = dispatches.known(order_id) or _opened(order_id, turn, work.separate())
    if dispatch is None or dispatch.state != ASKED:
        return
    order = orders.find(order_id)
    try:
        told = OrderOut(order.id, receiver(order), pieces_of(order, dispatch), order.payable, order.placed_at)
        calls.ask_warehouse(dispatch.wms, lambda one: one.tell(told))
    except (AddressNotFound, SealedDataUnreadable):
        _refuse(order_id, "address", work)
    except OrderDeclined as no:
        _refuse(order_id, no.code, work)
    except (CarrierError, CarrierDown):
        _later(order_id, turn, work)
    else:
        work.attempts(TRIES, partial(_acknowledge, order, dispatch.wms), StaleDispatch)


def pieces_of(order: Order, dispatch: Dispatch) -> tuple[PiecesOut, ...]:
    """What goes out of an order, with what was paid for it."""
    return tuple(
        PiecesOut(one.line, order.lines[one.line].sku, one.out, order.lines[one.line].worth(0, one.out))
        for one in dispatch.lines
    )


def _opened(order_id: str, turn: int, work: Work) -> Dispatch | None:
    """The dispatch of an order that nobody was told of, as it is from now on; None where it does not go out, or not yet.
    Commits."""
    opened = work.attempts(TRIES, partial(_open, order_id, turn), StaleOrder, StaleRefund, StaleDispatch)
    return dispatches.known(order_id) if opened else None


def _open(order_id: str, turn: int, work: Work) -> bool:
    order = orders.find(order_id)
    source = _packer(order)
    if source is None or order.state not in SENDING or order.supplier:
        return False
    payment = attempts.find(order.payment) if order.payment else None
    waiting = payment is not None and any(row.state == REFUND.initial for row in refunds.of_payments([payment]))
    if waiting or order.hold_reason:
        work.publish(DispatchDue(order.id, turn + 1), at=next_turn(work.now, turn))
        return False
    asked = refunds.units_of(payment, len(order.lines)) if payment else [0] * len(order.lines)
    units = _units(order, asked, source.terms.location)
    if not any(units):
        return False
    places = order.pieces(units)
    if sum(map(bool, units)) > MOST_LINES or 2 * len(places) > MOST_PLACES:
        observe.count(NOT_TAKEN)
        return False
    lines = [LineOut(line, pieces) for line, pieces in enumerate(units) if pieces]
    work.add(order_steps.hand_over(order, source.terms.wms))
    work.add(dispatch_steps.open(order.id, source.terms.wms, lines, work.now))
    if payment is not None:
        work.add(refund_steps.check_units(payment))
    return True


def _packer(order: Order) -> Source | None:
    """Whose system packs an order: of the first location of its lines that has one; what lies elsewhere is sent by hand."""
    return next((one for line in order.lines if (one := sources.supplier(line.location)) is not None), None)


def _units(order: Order, asked: list[int], location: str) -> list[int]:
    """Pieces of each line that are to go out from a location."""
    ledger = order.ledger
    sizes, gone = [line.quantity for line in order.lines], [count.freed + count.shipped for count in ledger]
    left = left_to_ship(sizes, gone, [count.refunded for count in ledger], asked)
    return [count if line.location == location else 0 for line, count in zip(order.lines, left, strict=True)]


def _acknowledge(order: Order, wms: str, work: Work) -> None:
    """It has the order, and keeps its pieces for it, of which it cannot have known long before it was asked."""
    dispatch = dispatches.find(order.id)
    if dispatch.state != ASKED:
        return
    work.add(dispatch_steps.acknowledge(dispatch, work.now))
    pieces = order.by_shelf(at_hand(dispatch.lines, dispatch.wishes))
    work.add(*stock_steps.acknowledge(pieces, work.now - APART))
    work.publish(DispatchAcknowledged(order.id, wms))


def _refuse(order_id: str, code: str, work: Work) -> None:
    """It does not take it. Commits."""
    observe.count(NOT_TAKEN)
    work.attempts(TRIES, partial(_refused, order_id, code), StaleDispatch)


def _refused(order_id: str, code: str, work: Work) -> None:
    dispatch = dispatches.find(order_id)
    if dispatch.state == ASKED:
        work.add(dispatch_steps.refuse(dispatch, code))
        work.publish(DispatchRefused(order_id, dispatch.wms, code))


def _later(order_id: str, turn: int, work: Work) -> None:
    """Nobody can say whether it has it: it is told again under the same id."""
    if turn == MOST_SILENT:
        observe.count(SILENT)
    work.publish(DispatchDue(order_id, turn + 1), at=next_turn(work.now, turn))


def offer_again(order_id: str, work: Work) -> None:
    """Tell a warehouse once more of an order that it did not take. Raises OrderNotFound, DispatchNotFound,
    DispatchStateConflict, OrderStateConflict where something of it was sent, moved elsewhere or given up since."""
    dispatch, order = dispatches.find(order_id), orders.find(order_id)
    if dispatch.state != REFUSED:
        raise DispatchStateConflict(state=dispatch.state)
    left = unsent(order)
    if any(one.left > left[one.line] for one in dispatch.lines) or not _lies_with(dispatch, order):
        raise OrderStateConflict(state=order.state)
    work.add(dispatch_steps.offer(dispatch), order_steps.still_kept(order))
    work.publish(DispatchDue(order_id))


def _lies_with(dispatch: Dispatch, order: Order) -> bool:
    """Whether all that a warehouse has still to send lies where its system packs."""
    packers = [sources.supplier(order.lines[one.line].location) for one in dispatch.lines if one.left]
    return all(packer is not None and packer.terms.wms == dispatch.wms for packer in packers)
