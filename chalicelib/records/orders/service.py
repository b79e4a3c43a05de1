"""Orders' use cases: open, move, read and list. Every move is conditional on the state it may start from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import business_day, millis
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import Quote, QuoteLine
from chalicelib.runtime import settings, table, vault
from chalicelib.runtime.journal import digest
from chalicelib.runtime.table import Condition, Step, Wanted, fresh, transition, update

from . import rules
from .model import Order as Order  # what reads answer
from .model import pack
from .rules import ORDER, UNSHIPPED, OrderExists, OrderNotFound, OrderTouched

PAY_MINUTES = settings.declare("PAY_MINUTES", "30", "minutes in which an order is to be paid")
DAY_SHARDS = 4  # a day's list of orders has this many hash keys, so that no one of them is hot


def pay_deadline(now: datetime) -> datetime:
    """Until when an order opened now may be paid."""
    return rules.pay_deadline(now, settings.number(PAY_MINUTES))


def open(quote: Quote, now: datetime, remark: bytes | None = None) -> list[Step]:
    """Open the order of a quote; paid at once when there is nothing to pay."""
    order = Order(
        quote.order_id, customer=quote.customer, day=day_key(now, quote.order_id),
        state=ORDER.initial if quote.payable else ORDER.target("pay"), packed_lines=pack(quote.lines),
        freight=quote.freight, payable=quote.payable, address=quote.address, remark=remark,
        placed_at=millis(now), pay_before=millis(pay_deadline(now)), attempts=0, refunded=Fen(0),
    )  # fmt: skip
    return [fresh(order, OrderExists())]


def move(order_id: str, action: str, *actions: Any, also: Any = None) -> Step:
    """Take the order along an edge of its state machine, with further changes of the item; `also` is a further condition."""
    return transition(Order, order_id, ORDER, action, *actions, also=also)


def pay(order_id: str, payment_id: str, now: datetime, *, action: str = "pay", amount: Fen | None = None) -> Step:
    """The order is paid by this payment; action is pay, or revive for one that had expired.

    With `amount`, only when that is what is to be paid: money for a price that has changed since does not pay it.
    """
    return move(
        order_id, action, Order.payment.set(payment_id), Order.paid_at.set(millis(now)),
        also=Order.payable == amount if amount is not None else None,
    )  # fmt: skip


def close(order_id: str, action: str, *, by: str = "", owed: bytes | None = None) -> Step:
    """The order is closed; action is cancel, expire or annul. Who gave it up on purpose and what is owed for it are kept."""
    kept = [*([Order.given_up_by.set(by)] if by else []), *([Order.owed.set(owed)] if owed else [])]
    return move(order_id, action, *kept)


def adjust(
    order: Order, lines: tuple[QuoteLine, ...], freight: Fen, payable: Fen, now: datetime, reason: bytes
) -> Step:  # fmt: skip
    """The unpaid order costs this from now on, and is paid when that is nothing; if price and attempts are as read."""
    as_read = (Order.payable == order.payable) & (Order.attempts == (order.attempts or 0))
    paid = [] if payable else [Order.state.set(ORDER.target("pay")), Order.paid_at.set(millis(now))]
    return update(
        Order, order.id,
        actions=[Order.packed_lines.set(pack(lines)), Order.freight.set(freight), Order.payable.set(payable),
                 Order.adjusted.set(reason), *paid],
        when=(Order.state == ORDER.initial) & as_read, otherwise=_touched,
    )  # fmt: skip


def _touched(old: Order | None) -> Refusal:
    return OrderTouched() if old is not None and old.state == ORDER.initial else ORDER.refusal(old)


def readdress(order_id: str, address: str, states: frozenset[str] = UNSHIPPED) -> Step:
    """Send the goods to this version of an address while the order is in one of these states; in none have they left."""
    return update(
        Order, order_id, actions=[Order.address.set(address)], when=Order.state.is_in(*sorted(states & UNSHIPPED)),
        otherwise=ORDER.refusal,
    )  # fmt: skip


def attempt(order: Order) -> Step:
    """Count one more payment attempt of an order that still waits for its money, at the price and count as read."""
    as_read = (Order.payable == order.payable) & (Order.attempts == (order.attempts or 0))
    return update(
        Order, order.id, actions=[Order.attempts.set((order.attempts or 0) + 1)],
        when=(Order.state == ORDER.initial) & as_read, otherwise=ORDER.refusal,
    )  # fmt: skip


def refund(order: Order, amount: Fen, units: Sequence[int] = ()) -> Step:
    """Note money that went back, and the units of each line that are held no more for it; as the order was read: of two
    refunds at once one must look again, or neither is the last."""
    actions: list[Any] = [Order.refunded.add(amount)]
    if any(units):
        freed = [before + more for before, more in zip(order.freed, units, strict=True)]
        actions.append(Order.packed_freed.set(json.dumps(freed, separators=(",", ":"))))
    return update(
        Order, order.id, actions=actions,
        when=Order.payment.exists() & (Order.state == order.state) & _refunded_so_far(order), otherwise=ORDER.refusal,
    )  # fmt: skip


def refund_last(order: Order, amount: Fen) -> Step:
    """The last of the money went back: the order, as it was read, is annulled."""
    return move(order.id, "annul", Order.refunded.add(amount), also=_refunded_so_far(order))


def _refunded_so_far(order: Order) -> Condition:
    return Order.refunded == (order.refunded or Fen(0))


def find(order_id: str, *, consistent: bool = True) -> Order:
    """The order; what is no id is asked of nobody. Raises OrderNotFound."""
    order = table.get(Order, order_id, consistent=consistent) if is_id(order_id, "O") else None
    if order is None:
        raise OrderNotFound()
    return order


def own(order_id: str, customer: str) -> Order:
    """The customer's own order; another's does not exist for them. Raises OrderNotFound."""
    order = find(order_id)
    if order.customer != customer:
        raise OrderNotFound()
    return order


def of_customer(customer: str, limit: int, cursor: str | None) -> tuple[list[Order], str | None]:
    """A page of the customer's orders, newest first: one query of keys, one batch of items."""
    keys, more = table.query(
        Order, customer, index="by_customer", hash_name="u", limit=limit, cursor=cursor, newest_first=True
    )
    return several([key.id for key in keys]), more


def of_day(day: str, limit: int, cursor: str | None) -> tuple[list[Order], str | None]:
    """A page of one shard of a business day's orders (`20260601#0`), newest first."""
    keys, more = table.query(Order, day, index="by_day", hash_name="g", limit=limit, cursor=cursor, newest_first=True)
    return several([key.id for key in keys]), more


def ids_of_day(day: str, limit: int, before: str | None = None) -> list[str]:
    """The newest order ids of a business day (`20260601`), all shards merged; those before an id when one is given."""
    found = [order_id for shard in range(DAY_SHARDS) for order_id in ids_of_shard(day, shard, limit, before)]
    return sorted(found, reverse=True)[:limit]


def ids_of_shard(day: str, shard: int, limit: int, before: str | None = None) -> list[str]:
    """The newest order ids of one shard of a business day, in one query; those before an id when one is given."""
    keys, _ = table.query(
        Order, f"{day}#{shard}", index="by_day", hash_name="g", newest_first=True, limit=limit + 1,
        between=("o", "O", before) if before else None,
    )  # fmt: skip
    return [key.id for key in keys if key.id != before][:limit]


def several(order_ids: Sequence[str], *, consistent: bool = False) -> list[Order]:
    """These orders in this order, in one batch a hundred; those that do not exist, or not yet where it reads, are left out."""
    found = table.batch([wanted(each) for each in order_ids], consistent=consistent) if order_ids else []
    return [order for order in found if order is not None]


def seal_remark(order_id: str, remark: str) -> bytes:
    """A customer's words to the shop as an order keeps them: they may hold anything."""
    return vault.seal_legal(remark, _remark_place(order_id))


def seal_owed(order_id: str, compensation: str) -> bytes:
    """What a customer gets for an order that the shop could not keep, as the order keeps it."""
    return vault.seal_legal(compensation, f"order|{order_id}|owed")


def remark(order: Order) -> str | None:
    """What the customer said to the shop, opened. Raises SealedDataUnreadable."""
    return vault.unseal_legal(order.remark, _remark_place(order.id)) if order.remark else None


def _remark_place(order_id: str) -> str:
    return f"order|{order_id}|remark"


def wanted(order_id: str) -> Wanted:
    """The key of an order, for a batch read."""
    return Wanted(Order, order_id)


def day_key(now: datetime, order_id: str) -> str:
    """The hash key of a day's list."""
    return f"{business_day(now):%Y%m%d}#{int(digest(order_id)[:4], 16) % DAY_SHARDS}"
