"""What changes an order, described: each step is conditional on the state it may start from, read off the state table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel.bill import QuoteLine
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import Bill, Quote
from chalicelib.runtime import table
from chalicelib.runtime.table import Condition, Step, insert, transition, update

from .model import UNSAID, Order, SealedRemark, day_key, pack, pack_ledger
from .rules import (
    BROKEN,
    BY_TIME,
    FULFILLING,
    MOVES,
    ORDER,
    PARCELS,
    RECEIVABLE,
    SENDING,
    UNSHIPPED,
    GoodsCount,
    OrderAtWarehouse,
    OrderExists,
    OrderHeldBack,
    StaleOrder,
    arrived,
    kept_free,
    progress,
)


def open(quote: Quote, now: datetime, pay_before: datetime, remark: SealedRemark = UNSAID) -> Step:
    """Open the order of a quote; paid at once when there is nothing to pay."""
    order = Order(
        quote.order_id,
        customer=quote.customer,
        day=day_key(now, quote.order_id),
        state=ORDER.initial if quote.payable else ORDER.target("pay"),
        packed_bill=pack(quote.bill),
        payable=quote.payable,
        hold_reason=quote.hold_reason or None,
        address=quote.address,
        remark=remark.legal,
        own_remark=remark.own,
        placed_at=now,
        pay_before=pay_before,
        attempts=0,
        refunded=Fen(0),
    )
    return insert(order, OrderExists())


def move(order_id: str, action: str, *actions: Any, also: Any = None) -> Step:
    """Take the order along an edge of its state machine, with further changes of the item; `also` is a further condition."""
    return transition(Order, order_id, ORDER, action, *actions, also=also)


def pay(order_id: str, payment_id: str, now: datetime, *, amount: Fen | None = None) -> Step:
    """The order is paid by this payment.

    With `amount`, only when that is what is to be paid: money for a price that has changed since does not pay it.
    """
    return _take_money(order_id, "pay", payment_id, now, amount)


def revive(order_id: str, payment_id: str, now: datetime, bill: Bill, *, amount: Fen | None = None) -> Step:
    """Late money pays an order that had expired; its bill names the buckets that give now. `amount` as in `pay`."""
    return _take_money(order_id, "revive", payment_id, now, amount, Order.packed_bill.set(pack(bill)))


def _take_money(order_id: str, action: str, payment: str, now: datetime, amount: Fen | None, *more: Any) -> Step:
    return move(
        order_id,
        action,
        Order.payment.set(payment),
        Order.paid_at.set(now),
        *more,
        also=Order.payable == amount if amount is not None else None,
    )


def close(
    order_id: str, action: str, *, by: str = "", owed: bytes | None = None, goods_of: Order | None = None
) -> Step:
    """The order is closed; action is cancel, expire or annul. Who gave it up on purpose and what is owed for it are kept. None
    that a warehouse packs is given up so, and with `goods_of` only while its goods are as they were read."""
    kept = [*([Order.given_up_by.set(by)] if by else []), *([Order.owed.set(owed)] if owed else [])]
    when: Condition = Order.supplier.does_not_exist()
    if goods_of is None:
        return transition(Order, order_id, ORDER, action, *kept, also=when, otherwise=_elsewhere)
    when &= _as_given_back(goods_of)
    return transition(Order, order_id, ORDER, action, *kept, also=when, otherwise=_goods_moved)


def _goods_moved(old: Order | None) -> Refusal:
    return StaleOrder() if old is not None and old.state in SENDING and not old.supplier else _elsewhere(old)


def _elsewhere(old: Order | None) -> Refusal:
    """Why an order that nobody else may have been told to pack is not changed."""
    return OrderAtWarehouse() if old is not None and old.supplier else ORDER.refusal(old)


def adjust(order: Order, bill: Bill, now: datetime, reason: bytes) -> Step:
    """The unpaid order costs this from now on, and is paid when that is nothing; if price and attempts are as read."""
    as_read = (Order.payable == order.payable) & (Order.attempts == (order.attempts or 0))
    paid = [] if bill.payable else [Order.state.set(ORDER.target("pay")), Order.paid_at.set(now)]
    return update(
        Order,
        order.id,
        actions=[
            Order.packed_bill.set(pack(bill)),
            Order.payable.set(bill.payable),
            Order.adjusted.set(reason),
            *paid,
        ],
        when=(Order.state == ORDER.initial) & as_read,
        otherwise=_touched,
    )


def _touched(old: Order | None) -> Refusal:
    return StaleOrder() if old is not None and old.state == ORDER.initial else ORDER.refusal(old)


def readdress(order_id: str, address: str, states: frozenset[str] = UNSHIPPED) -> Step:
    """Send the goods to this version of an address while the order is in one of these states; in none have they left."""
    return update(
        Order,
        order_id,
        actions=[Order.address.set(address)],
        when=Order.state.is_in(*sorted(states & UNSHIPPED)) & Order.supplier.does_not_exist(),
        otherwise=_elsewhere,
    )


def readdress_cheaper(order: Order, address: str, back: Fen) -> Step:
    """Send the goods, as the order was read, where that costs so much less than was paid."""
    given = order.freight_back
    as_read: Condition = Order.freight_back == given if given else Order.freight_back.does_not_exist()
    as_read &= (Order.address == order.address) & _as_given_back(order)
    return update(
        Order,
        order.id,
        actions=[Order.address.set(address), Order.freight_back.set((given or Fen(0)) + back)],
        when=Order.state.is_in(*sorted(UNSHIPPED)) & Order.supplier.does_not_exist() & as_read,
        otherwise=_readdressed,
    )


def freight_kept(order: Order) -> Step:
    """Demand that no more of an order's freight went back than was read."""
    given = order.freight_back
    as_read: Condition = Order.freight_back == given if given else Order.freight_back.does_not_exist()
    return table.check(Order, order.id, when=as_read, otherwise=StaleOrder())


def _readdressed(old: Order | None) -> Refusal:
    return StaleOrder() if old is not None and old.state in UNSHIPPED and not old.supplier else _elsewhere(old)


def reseal_own(order: Order, sealed: bytes) -> Step:
    """Put the customer's own copy of a remark as it is sealed anew, if it is sealed as it was read."""
    return update(
        Order,
        order.id,
        actions=[Order.own_remark.set(sealed)],
        when=Order.own_remark == order.own_remark,
        otherwise=StaleOrder(),
    )


def count_attempt(order: Order) -> Step:
    """Count one more payment attempt of an order that still waits for its money, at the price and count as read."""
    as_read = (Order.payable == order.payable) & (Order.attempts == (order.attempts or 0))
    return update(
        Order,
        order.id,
        actions=[Order.attempts.set((order.attempts or 0) + 1)],
        when=(Order.state == ORDER.initial) & as_read,
        otherwise=ORDER.refusal,
    )


def refund(order: Order, amount: Fen, units: Sequence[int] = ()) -> Step:
    """Note money that went back, and the units of each line that it was for: of an order whose goods may be sent, those that
    are unsent are held no more. As the order was read: of two refunds at once one must look again, or neither is the last."""
    noted = _units_back(order, units, order.let_go(units))
    return update(
        Order,
        order.id,
        actions=[Order.refunded.add(amount), *noted],
        when=Order.payment.exists() & (Order.state == order.state) & _as_given_back(order),
        otherwise=ORDER.refusal,
    )


def refund_last(order: Order, amount: Fen, units: Sequence[int] = ()) -> Step:
    """The last of the money went back: the order, as it was read, is annulled."""
    rows = zip(order.ledger, units or [0] * len(order.lines), strict=True)
    kept = pack_ledger([count.plus(refunded=back, freed=back) for count, back in rows])
    noted = [Order.packed_ledger.set(kept)] if any(units) else []
    return move(order.id, "annul", Order.refunded.add(amount), *noted, also=_as_given_back(order))


def _units_back(order: Order, units: Sequence[int], freed: Sequence[int]) -> list[Any]:
    if not any(units):
        return []
    rows = zip(order.ledger, units, freed, strict=True)
    return _counted(order, [count.plus(refunded=back, freed=loose) for count, back, loose in rows])


def _counted(order: Order, ledger: Sequence[GoodsCount]) -> list[Any]:
    """What the order keeps of its goods; one that is being sent stands where they say."""
    kept = [Order.packed_ledger.set(pack_ledger(ledger))]
    return [*kept, Order.state.set(_progress(order, ledger))] if order.state in FULFILLING else kept


def _progress(order: Order, ledger: Sequence[GoodsCount]) -> str:
    return progress([line.quantity for line in order.lines], ledger)


def _as_given_back(order: Order) -> Condition:
    """That its money and its goods are as they were read."""
    ledger = order.packed_ledger
    as_read: Condition = Order.refunded == (order.refunded or Fen(0))
    as_read &= Order.packed_ledger == ledger if ledger else Order.packed_ledger.does_not_exist()
    return as_read


# ---- parcels --------------------------------------------------------------------------------------------------------
def still_kept(order: Order) -> Step:
    """Demand that no more of an order went back than was read."""
    return table.check(Order, order.id, when=_as_given_back(order), otherwise=StaleOrder())


def hand_over(order: Order, supplier: str) -> Step:
    """A warehouse's system is told to pack an order, as it was read, and while nothing holds it back."""
    free = Order.supplier.does_not_exist() & Order.hold_reason.does_not_exist()
    return update(
        Order,
        order.id,
        actions=[Order.supplier.set(supplier)],
        when=Order.state.is_in(*sorted(SENDING)) & _as_given_back(order) & free,
        otherwise=_meanwhile,
    )


def send_from(order: Order, lines: Mapping[int, QuoteLine]) -> Step:
    """These lines lie elsewhere from now on, as the order was read and with who packs it as read. That its goods' ledger counts
    it keeps whoever read it before from moving them; what it costs and what was promised stay."""
    ledger = [count.plus(moved=1) if at in lines else count for at, count in enumerate(order.ledger)]
    bill = order.bill._replace(lines=tuple(lines.get(at, line) for at, line in enumerate(order.lines)))
    return update(
        Order,
        order.id,
        actions=[Order.packed_bill.set(pack(bill)), Order.packed_ledger.set(pack_ledger(ledger))],
        when=Order.state.is_in(*sorted(SENDING)) & _as_given_back(order) & _packed_by(order),
        otherwise=lambda old: StaleOrder() if old is not None and old.state in SENDING else ORDER.refusal(old),
    )


def _packed_by(order: Order) -> Condition:
    by: Condition = Order.supplier == order.supplier if order.supplier else Order.supplier.does_not_exist()
    return by


def ship(order: Order, units: Sequence[int]) -> Step:
    """So many units of each line leave in a parcel, as the order was read, and while nothing holds it back."""
    ledger = [count.plus(shipped=n) for count, n in zip(order.ledger, units, strict=True)]
    return _follow(order, ledger, Order.hold_reason.does_not_exist() & _packed_by(order))


def unship(order: Order, units: Sequence[int]) -> Step:
    """So many units of each line come out of a parcel that was not fetched; what was paid back meanwhile is held no more, and
    who said that all was received is believed no more."""
    rows = zip(order.ledger, units, kept_free(order.ledger, units), strict=True)
    unsaid = [Order.received.remove(), Order.received_at.remove()] if order.received else []
    return _follow(order, [count.plus(shipped=-back, freed=loose) for count, back, loose in rows], None, *unsaid)


def deliver(order: Order, units: Sequence[int], promise: str | None = None) -> Step:
    """So many units of each line have arrived, or, below nothing, have not after all; with the last of them it is known what
    became of the `promise`."""
    told = [Order.promise.set(promise)] if promise else []
    also = Order.promise.does_not_exist() if promise else None
    return _follow(order, arrived(order.ledger, units), also, *told)


def expect_receipt(order: Order, by: datetime) -> Step:
    """Of an order, as it was read, more has arrived: from this instant on it counts as received."""
    return update(
        Order,
        order.id,
        actions=[Order.receive_by.set(by)],
        when=_as_expected(order),
        otherwise=StaleOrder(),
    )


def put_off(order: Order, by: datetime) -> Step:
    """Its customer wants to look at an order, as it was read, until then."""
    return update(
        Order,
        order.id,
        actions=[Order.receive_by.set(by), Order.put_off.set(True)],
        when=_as_expected(order) & Order.state.is_in(*sorted(RECEIVABLE)) & Order.put_off.does_not_exist(),
        otherwise=StaleOrder(),
    )


def receive(order: Order, who: str, at: datetime) -> Step:
    """Somebody says, or time does, that all of an order, as it was read, was received."""
    states = RECEIVABLE if who != BY_TIME else frozenset({PARCELS["deliver"]})
    return update(
        Order,
        order.id,
        actions=[Order.received.set(who), Order.received_at.set(at)],
        when=_as_expected(order) & Order.state.is_in(*sorted(states)),
        otherwise=StaleOrder(),
    )


def _as_expected(order: Order) -> Condition:
    """Nobody said meanwhile that it was received, or until when it will be."""
    until = order.receive_by
    as_read: Condition = Order.received.does_not_exist()
    as_read &= Order.receive_by == until if until else Order.receive_by.does_not_exist()
    return as_read


def break_promise(order_id: str) -> Step:
    """An order that is not all there was to be by now, and nothing was said of that yet."""
    return update(
        Order,
        order_id,
        actions=[Order.promise.set(BROKEN)],
        when=Order.state.is_in(*sorted(FULFILLING - {PARCELS["deliver"]})) & Order.promise.does_not_exist(),
        otherwise=lambda old: StaleOrder() if old is not None and old.state in FULFILLING else ORDER.refusal(old),
    )


def _follow(order: Order, ledger: Sequence[GoodsCount], also: Condition | None = None, *more: Any) -> Step:
    """The order goes where its goods are, as it was read."""
    state, as_read = _progress(order, ledger), _as_given_back(order)
    when = as_read if also is None else as_read & also
    kept = Order.packed_ledger.set(pack_ledger(ledger))
    return transition(Order, order.id, ORDER, MOVES[state], kept, *more, also=when, otherwise=_meanwhile)


def _meanwhile(old: Order | None) -> Refusal:
    if old is None or old.state not in FULFILLING:
        return ORDER.refusal(old)
    return OrderHeldBack(reason=old.hold_reason) if old.hold_reason else StaleOrder()
