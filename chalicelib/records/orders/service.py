"""Orders as others read them: found, listed, and what is said in them sealed and opened."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from chalicelib.kernel.ids import is_id
from chalicelib.runtime import settings, table, vault
from chalicelib.runtime.table import Key
from chalicelib.runtime.vault import SealedDataUnreadable

from . import rules
from .model import DAY_SHARDS as DAY_SHARDS
from .model import UNSAID as UNSAID
from .model import Order as Order  # what reads answer
from .model import SealedRemark as SealedRemark
from .model import day_key as day_key
from .rules import OrderNotFound

PAY_MINUTES = settings.declare("PAY_MINUTES", "30", "minutes in which an order is to be paid")


TALLIED = 100  # of somebody's orders are looked at in one go to count them


def pay_deadline(now: datetime) -> datetime:
    """Until when an order opened now may be paid."""
    return rules.pay_deadline(now, pay_minutes())


def pay_minutes() -> int:
    """In how many minutes an order is to be paid."""
    return settings.number(PAY_MINUTES)


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
    return table.listed(
        Order, customer, index="by_customer", hash_name="u", limit=limit, cursor=cursor, newest_first=True
    )


def after(customer: str, order_id: str, limit: int) -> tuple[list[Order], str | None]:
    """The customer's next orders from this id on, oldest first, read for good; and the cursor of more, if there are."""
    return table.listed(
        Order,
        customer,
        index="by_customer",
        hash_name="u",
        limit=limit,
        between=("o", order_id, "P"),
        consistent=True,
    )


def tally(customer: str, enough: int = 0) -> tuple[int, bool]:
    """How many of somebody's orders were not given up, at least as far as `enough`, and whether any of them was paid."""
    placed, paid, cursor = 0, False, None
    while True:
        found, cursor = of_customer(customer, TALLIED, cursor)
        standing = [order.state for order in found if order.state not in rules.GIVEN_UP]
        placed, paid = placed + len(standing), paid or not rules.OPEN.issuperset(standing)
        if cursor is None or (paid and placed >= enough):
            return placed, paid


def of_day(day: str, limit: int, cursor: str | None) -> tuple[list[Order], str | None]:
    """A page of one shard of a business day's orders (`20260601#0`), newest first."""
    return table.listed(Order, day, index="by_day", hash_name="g", limit=limit, cursor=cursor, newest_first=True)


def ids_of_day(day: str, limit: int, before: str | None = None) -> list[str]:
    """The newest order ids of a business day (`20260601`), all shards merged; those before an id when one is given."""
    found = [order_id for shard in range(DAY_SHARDS) for order_id in ids_of_shard(day, shard, limit, before)]
    return sorted(found, reverse=True)[:limit]


def ids_of_shard(day: str, shard: int, limit: int, before: str | None = None) -> list[str]:
    """The newest order ids of one shard of a business day, in one query; those before an id when one is given."""
    keys, _ = table.query(
        Order,
        f"{day}#{shard}",
        index="by_day",
        hash_name="g",
        newest_first=True,
        limit=limit + 1,
        between=("o", "O", before) if before else None,
    )
    return [key.id for key in keys if key.id != before][:limit]


def several(order_ids: Sequence[str], *, consistent: bool = False) -> list[Order]:
    """These orders in this order, in one batch a hundred; those that do not exist, or not yet where it reads, are left out."""
    found = table.batch([key(each) for each in order_ids], consistent=consistent) if order_ids else []
    return [order for order in found if order is not None]


def seal_remark(order_id: str, remark: str, customer: str, keys: Sequence[bytes]) -> SealedRemark:
    """A customer's words to the shop as an order keeps them: they may hold anything. `keys` are the customer's."""
    place = _remark_place(order_id)
    own = vault.seal(customer, keys[0], remark, place) if keys else None
    return SealedRemark(vault.seal_legal(remark, place), own)


def seal_own_anew(order: Order, keys: Sequence[bytes]) -> bytes | None:
    """The customer's own copy of a remark as it is sealed under the first of their keys; None when it is, or there is none,
    or it was placed so late under a key before these that nothing opens it."""
    if order.own_remark is None:
        return None
    with suppress(SealedDataUnreadable):
        return vault.seal_anew(order.customer, keys, order.own_remark, _remark_place(order.id))
    return None


def seal_owed(order_id: str, compensation: str) -> bytes:
    """What a customer gets for an order that the shop could not keep, as the order keeps it."""
    return vault.seal_legal(compensation, f"order|{order_id}|owed")


def remark(order: Order) -> str | None:
    """What the customer said to the shop, from what is kept for the law. Raises SealedDataUnreadable."""
    return vault.unseal_legal(order.remark, _remark_place(order.id)) if order.remark else None


def own_remark(order: Order, keys: Sequence[bytes]) -> str | None:
    """The same for the customer themselves, under their own keys. Raises SealedDataUnreadable."""
    return (
        vault.unseal_by(order.customer, keys, order.own_remark, _remark_place(order.id)) if order.own_remark else None
    )


def _remark_place(order_id: str) -> str:
    return f"order|{order_id}|remark"


def key(order_id: str) -> Key:
    """The key of an order, for a batch read."""
    return Key(Order, order_id)
