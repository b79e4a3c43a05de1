"""Taking one's data along, and being forgotten, across all records.

Guarantees: an export is complete (`SECTIONS` names every record that knows customers); forgetting keeps exactly what the
law wants kept, pseudonymous: orders and payments under an id that leads nowhere, and the addresses of those orders sealed
for the law.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.kernel.clock import instant, iso
from chalicelib.records.carts import service as carts
from chalicelib.records.identity.events import UserErasureDue, UserSiftDue
from chalicelib.records.identity.rules import HIDDEN_KEPT, SIFTED_AT
from chalicelib.records.identity.service import addresses, exports, leaving
from chalicelib.records.orders import service as orders
from chalicelib.records.payments.service import attempts, refunds
from chalicelib.runtime.work import Work

PAGE = 100  # orders, in one batch
AT_ONCE = 80  # rows of one transaction


def export(work: Work) -> dict[str, Any]:
    """All that the shop holds of the caller, by section. Raises UserUnknown, FreshCodeNeeded."""
    exports.begin(work)
    return {name: section(work.caller.id) for name, section in SECTIONS.items()}


def forget(fact: UserErasureDue, work: Work) -> None:
    """The cool-off is over: close the account and, a while later, forget, unless the person stayed."""
    if leaving.due(fact.user_id, work):
        leaving.erase(fact.user_id, _used(fact.user_id), work)
        if skus := [line.sku for line in carts.lines(fact.user_id)]:
            emptied = work.again()
            emptied.add(*carts.take(fact.user_id, skus))
            emptied.commit()


def sift(fact: UserSiftDue, work: Work) -> None:
    """Versions of a person's addresses have piled up: forget those out of use that no order names."""
    steps, left = addresses.sifted(fact.user_id, _used(fact.user_id), work.now, AT_ONCE)
    work.add(*steps)
    if left >= SIFTED_AT:
        work.publish(UserSiftDue(fact.user_id), at=work.now + HIDDEN_KEPT)
    work.commit()


def _used(customer: str) -> frozenset[str]:
    """The versions of addresses that orders of a person name."""
    return frozenset(order.address for page in _orders(customer) for order in page if order.address)


def _orders(customer: str) -> Iterator[list[Any]]:
    """A person's orders, page by page."""
    cursor: str | None = None
    while True:
        page, cursor = orders.of_customer(customer, PAGE, cursor)
        yield page
        if cursor is None:
            return


def _order_section(customer: str) -> list[dict[str, Any]]:
    """Four round trips a page, however many orders, payments and refunds there are."""
    told: list[dict[str, Any]] = []
    for page in _orders(customer):
        payments, given_back = defaultdict(list), defaultdict(list)
        found = attempts.of_orders((order.id, int(order.attempts or 0)) for order in page)
        for refund in refunds.of_payments(found):
            given_back[refund.payment].append(refund)
        for payment in found:
            payments[payment.order_id].append(_payment(payment, given_back[payment.id]))
        told += [_order(order, payments[order.id]) for order in page]
    return told


def _order(order: Any, payments: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": order.id, "state": order.state, "placed_at": _time(order.placed_at), "paid_at": _time(order.paid_at),
        "payable_fen": int(order.payable), "freight_fen": int(order.freight), "refunded_fen": int(order.refunded or 0),
        "address_id": order.address, "remark": orders.remark(order), "given_up_by": order.given_up_by,
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "unit_fen": int(line.unit), "off_fen": int(line.off)}
            for line in order.lines
        ],
        "payments": payments,
    }  # fmt: skip


def _payment(row: Any, given_back: list[Any]) -> dict[str, Any]:
    return {
        "id": row.id, "provider": row.provider, "state": row.state, "amount_fen": int(row.amount),
        "created_at": _time(row.created_at), "paid_at": _time(row.paid_at), "provider_reference": row.provider_ref,
        "refunds": [
            {"id": one.id, "amount_fen": int(one.amount), "state": one.state, "at": _time(one.refunded_at)}
            for one in given_back
        ],
    }  # fmt: skip


def _cart_section(customer: str) -> list[dict[str, Any]]:
    return [{"sku": line.sku, "quantity": line.quantity, "selected": line.selected} for line in carts.lines(customer)]


def _time(epoch_ms: Any) -> str | None:
    return iso(instant(int(epoch_ms))) if epoch_ms else None


# Every record that knows customers; a house test demands that none is missing.
SECTIONS: dict[str, Callable[[str], Any]] = {
    "identity": exports.held,
    "carts": _cart_section,
    "orders": _order_section,  # with their payments and refunds
}
