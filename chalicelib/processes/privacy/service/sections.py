"""What the shop holds of a person, record by record, in clear and machine-readable.

Guarantee: `SECTIONS` names every record that knows customers; orders come with their payments and refunds, a page at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chalicelib.kernel.bill import Bill, QuoteLine
from chalicelib.kernel.clock import iso_or_none
from chalicelib.records.care.service import courses, surveys
from chalicelib.records.carts import service as carts
from chalicelib.records.coupons.service import held
from chalicelib.records.groups.service import groups
from chalicelib.records.identity.self.service import exports
from chalicelib.records.journeys import service as journeys
from chalicelib.records.messages import service as messages
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.orders import service as orders
from chalicelib.records.payments.service import attempts, refunds
from chalicelib.records.tickets.service import consultations, matters
from chalicelib.records.watching import service as watching
from chalicelib.runtime import world

PAGE = 100  # orders, in one batch


def every_order(customer: str) -> Iterator[list[Any]]:
    """A person's orders, page by page."""
    cursor: str | None = None
    while True:
        page, cursor = orders.of_customer(customer, PAGE, cursor)
        yield page
        if cursor is None:
            return


def told(page: Sequence[Any]) -> list[dict[str, Any]]:
    """A page of orders as a person takes them along: three round trips more, however many payments and refunds there are."""
    payments, given_back = defaultdict(list), defaultdict(list)
    found = attempts.of_orders((order.id, order.attempts or 0) for order in page)
    for refund in refunds.of_payments(found):
        given_back[refund.payment].append(refund)
    for payment in found:
        payments[payment.order_id].append(_payment(payment, given_back[payment.id]))
    return [_order(order, payments[order.id]) for order in page]


def _order(order: Any, payments: list[dict[str, Any]]) -> dict[str, Any]:
    bill: Bill = order.bill
    return {
        "id": order.id,
        "state": order.state,
        "placed_at": iso_or_none(order.placed_at),
        "paid_at": iso_or_none(order.paid_at),
        "payable_fen": int(order.payable),
        "freight_fen": int(bill.freight),
        "refunded_fen": int(order.refunded or 0),
        "address_id": order.address,
        "remark": orders.remark(order),
        "given_up_by": order.given_up_by,
        "lines": [_line(line, bill) for line in bill.lines],
        "coupons": [use.id for use in bill.coupons],
        "points": bill.points.n,
        "points_fen": int(bill.points.fen),
        "payments": payments,
    }


def _line(line: QuoteLine, bill: Bill) -> dict[str, Any]:
    taken = [(layer, line.off_by(index)) for index, layer in enumerate(bill.layers)]
    return {
        "kind": line.kind,
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_fen": int(line.unit),
        "off_fen": int(line.off),
        "offers": [{"lane": layer.lane, "offer": layer.offer, "off_fen": int(off)} for layer, off in taken if off],
        "points_fen": int(line.points),
        "paid_fen": int(line.payable),
    }


def _payment(row: Any, given_back: list[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "provider": row.provider,
        "state": row.state,
        "amount_fen": int(row.amount),
        "created_at": iso_or_none(row.created_at),
        "paid_at": iso_or_none(row.paid_at),
        "provider_reference": row.provider_ref,
        "refunds": [
            {"id": one.id, "amount_fen": int(one.amount), "state": one.state, "at": iso_or_none(one.refunded_at)}
            for one in given_back
        ],
    }


def _cart_section(customer: str) -> list[dict[str, Any]]:
    return [{"sku": line.sku, "quantity": line.quantity, "selected": line.selected} for line in carts.lines(customer)]


def _coupon_section(customer: str) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "name": one.document["name"],
            "state": one.state,
            "way": one.way,
            "had_at": iso_or_none(one.had_at),
            "starts_at": iso_or_none(one.starts_at),
            "ends_at": iso_or_none(one.ends_at),
            "order_id": one.used_by,
        }
        for one in held.every(customer, world.now())
    ]


def _message_section(customer: str) -> dict[str, Any]:
    kept = messages.kept(customer)
    return {
        "offers_wanted": claims.pace(kept.reach),
        "sent": [
            {
                "occasion": one.occasion,
                "template": one.template,
                "purpose": one.purpose,
                "way": one.way,
                "state": one.state,
                "why": one.why,
                "at": iso_or_none(one.at),
            }
            for one in kept.sent
        ],
        "inbox": [
            {"subject": one.subject, "text": one.text, "at": iso_or_none(one.at), "read_at": iso_or_none(one.read_at)}
            for one in reversed(kept.inbox)
        ],
    }


def _journey_section(customer: str) -> list[dict[str, Any]]:
    return [
        {
            "journey": one.journey,
            "occasion": one.occasion,
            "entered_at": iso_or_none(one.at),
            "since": iso_or_none(one.since),
            "state": one.state,
            "why": one.why,
            "compared": one.arm,
            "came_again": None if one.back is None else bool(one.back),
        }
        for one in journeys.of_person(customer)
    ]


def _group_section(customer: str) -> dict[str, Any]:
    member, visit = groups.kept(customer)
    return {
        "groups": [
            {"group": one.owner, "way": one.way, "since": iso_or_none(one.at), "left_at": iso_or_none(one.left_at)}
            for one in member
        ],
        "came_by": {"group": visit.group, "post": visit.post, "at": iso_or_none(visit.at)} if visit else None,
    }


def _watching_section(customer: str) -> list[dict[str, Any]]:
    return [
        {"kind": one.kind, "sku": one.sku, "price_seen_fen": int(one.price), "since": iso_or_none(one.at)}
        for one in watching.every(customer)
    ]


def _tickets_section(customer: str) -> dict[str, Any]:
    return {
        "tickets": [_ticket(one) for one in matters.every(customer)],
        "consultations": [
            {"right": one.name, "product": one.product, "left": one.left, "ends_at": iso_or_none(one.ends_at)}
            for one in consultations.every(customer)
        ],
    }


def _ticket(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "subject": row.subject,
        "state": row.state,
        "opened_at": iso_or_none(row.opened_at),
        "stars": row.stars,
        "talk": [
            {"side": said.row.side, "at": iso_or_none(said.row.at), "text": said.text}
            for said in matters.conversation(row)
        ],
    }


def _care_section(customer: str) -> dict[str, Any]:
    kept = courses.kept(customer)
    return {
        "quiet": kept.quiet,
        "courses": [
            {"line": one.line, "sku": one.sku, "since": iso_or_none(one.begun_at), "ended": one.why}
            for one in kept.courses
        ],
        "surveys": [
            {
                "sku": one.sku,
                "score": one.score,
                "tags": one.tags,
                "text": surveys.opened(one),
                "at": iso_or_none(one.at),
            }
            for one in kept.surveys
        ],
    }


# What is told whole; orders are told by the page. A house test demands that no record that knows customers is missing.
SECTIONS: dict[str, Callable[[str], Any]] = {
    "identity": exports.held,
    "carts": _cart_section,
    "coupons": _coupon_section,
    "care": _care_section,
    "journeys": _journey_section,
    "groups": _group_section,
    "tickets": _tickets_section,
    "messages": _message_section,
    "watching": _watching_section,
}
