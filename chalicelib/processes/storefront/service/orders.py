"""A customer's orders as they see them: what was bought as it was described then, what it cost, what became of it.

A list is one query of keys, one batch of orders and one batch of catalogue versions; a detail is the order and one batch of
its attempts to pay, its address, its customer's keys and those versions. Only the customer's own orders exist for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import Snapshot
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.identity.accounts.service import accounts, addresses
from chalicelib.records.identity.accounts.service.addresses import Place
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import ORDER
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.service import attempts
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.runtime import table
from chalicelib.runtime.vault import SealedDataUnreadable, VaultClosed

COUNTED = 100  # orders a page: one batch of reads
MOST_COUNTED = 10  # pages
MOST_PAGES = 5  # of the index, read for one page of a state

T = TypeVar("T")
Described = Mapping[tuple[str, int], Snapshot]


class OrderWhole(NamedTuple):
    """An order with its lines as they were described, where it goes, its remark in clear, and its attempts to pay."""

    order: Order
    described: Described
    delivery: Place | None
    remark: str | None
    payments: list[Payment]


def listed(
    customer: str, state: str | None, limit: int, cursor: str | None
) -> tuple[list[Order], Described, str | None]:
    """A page of the customer's orders, newest first, and what was bought as it was described then; with a state, those that
    are in it now.

    A page of a state may hold fewer than `limit` and still have a next one: states are not indexed.
    """
    found: list[Order] = []
    for _ in range(1 if state is None else MOST_PAGES):
        page, cursor = orders.of_customer(customer, limit - len(found), cursor)
        found += [order for order in page if state is None or order.state == state]
        if cursor is None or len(found) >= limit:
            break
    described = catalog.snapshots((line.sku, line.version) for order in found for line in order.lines)
    return found, described, cursor


def counted(customer: str) -> tuple[dict[str, int], bool]:
    """How many of the customer's orders are in each state, and whether there are older ones than the thousand counted: two
    reads a hundred."""
    states: Counter[str] = Counter()
    cursor: str | None = None
    for _ in range(MOST_COUNTED):
        found, cursor = orders.of_customer(customer, COUNTED, cursor)
        states.update(order.state or ORDER.initial for order in found)
        if cursor is None:
            break
    return {state: states[state] for state in ORDER.all}, cursor is not None


def detail(order_id: str, customer: str) -> OrderWhole:
    """One of the customer's orders. Raises OrderNotFound."""
    order = orders.own(order_id, customer)
    lines, count = order.lines, order.attempts or 0
    versions = list(dict.fromkeys((line.sku, line.version) for line in lines))
    account, place, *rest = table.batch(
        [
            accounts.key(customer),
            addresses.version_key(customer, order.address or ""),
            *attempts.keys_of(order.id, count),
            *catalog.version_keys(versions),
        ],
        consistent=True,
    )
    payments, described = rest[:count], catalog.snapshots_of(versions, rest[count:])
    keys = accounts.keyring(account)
    return OrderWhole(
        order,
        described,
        _if_readable(addresses.own, place, keys),
        _if_readable(orders.own_remark, order, keys),
        [row for row in payments if row is not None],
    )


def _if_readable(opening: Callable[[Any, Sequence[bytes]], T], row: Any, keys: Sequence[bytes]) -> T | None:
    try:
        return opening(row, keys)
    except (AddressNotFound, SealedDataUnreadable, VaultClosed):  # the order still shows what was paid
        return None
