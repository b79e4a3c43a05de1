"""What changes an order, described: each step is conditional on the state it may start from, read off the state table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import Quote, QuoteLine
from chalicelib.runtime.table import Condition, Step, insert, transition, update

from .model import UNSAID, Order, SealedRemark, day_key, pack
from .rules import ORDER, UNSHIPPED, OrderExists, StaleOrder


def open(quote: Quote, now: datetime, pay_before: datetime, remark: SealedRemark = UNSAID) -> Step:
    """Open the order of a quote; paid at once when there is nothing to pay."""
    order = Order(
        quote.order_id,
        customer=quote.customer,
        day=day_key(now, quote.order_id),
        state=ORDER.initial if quote.payable else ORDER.target("pay"),
        packed_lines=pack(quote.lines),
        freight=quote.freight,
        payable=quote.payable,
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


def pay(order_id: str, payment_id: str, now: datetime, *, action: str = "pay", amount: Fen | None = None) -> Step:
    """The order is paid by this payment; action is pay, or revive for one that had expired.

    With `amount`, only when that is what is to be paid: money for a price that has changed since does not pay it.
    """
    return move(
        order_id,
        action,
        Order.payment.set(payment_id),
        Order.paid_at.set(now),
        also=Order.payable == amount if amount is not None else None,
    )


def close(order_id: str, action: str, *, by: str = "", owed: bytes | None = None) -> Step:
    """The order is closed; action is cancel, expire or annul. Who gave it up on purpose and what is owed for it are kept."""
    kept = [*([Order.given_up_by.set(by)] if by else []), *([Order.owed.set(owed)] if owed else [])]
    return move(order_id, action, *kept)


def adjust(
    order: Order, lines: tuple[QuoteLine, ...], freight: Fen, payable: Fen, now: datetime, reason: bytes
) -> Step:
    """The unpaid order costs this from now on, and is paid when that is nothing; if price and attempts are as read."""
    as_read = (Order.payable == order.payable) & (Order.attempts == (order.attempts or 0))
    paid = [] if payable else [Order.state.set(ORDER.target("pay")), Order.paid_at.set(now)]
    return update(
        Order,
        order.id,
        actions=[
            Order.packed_lines.set(pack(lines)),
            Order.freight.set(freight),
            Order.payable.set(payable),
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
        when=Order.state.is_in(*sorted(states & UNSHIPPED)),
        otherwise=ORDER.refusal,
    )


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
    """Note money that went back, and the units of each line that are held no more for it; as the order was read: of two
    refunds at once one must look again, or neither is the last."""
    actions: list[Any] = [Order.refunded.add(amount)]
    if any(units):
        freed = [before + more for before, more in zip(order.freed, units, strict=True)]
        actions.append(Order.packed_freed.set(json.dumps(freed, separators=(",", ":"))))
    return update(
        Order,
        order.id,
        actions=actions,
        when=Order.payment.exists() & (Order.state == order.state) & _refunded_so_far(order),
        otherwise=ORDER.refusal,
    )


def refund_last(order: Order, amount: Fen) -> Step:
    """The last of the money went back: the order, as it was read, is annulled."""
    return move(order.id, "annul", Order.refunded.add(amount), also=_refunded_so_far(order))


def _refunded_so_far(order: Order) -> Condition:
    return Order.refunded == (order.refunded or Fen(0))
