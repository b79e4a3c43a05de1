"""What is heard of a waybill: kept, added up, and what follows from it for the order, in one transaction.

Guarantees: any order and number of reports ends alike; a parcel is delivered for its order once; an end that a carrier
only claims moves nothing before the carrier says so when it is asked; what is told of nobody's waybill is kept for whoever
gets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.kernel.clock import millis
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import BROKEN, KEPT, StaleOrder
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.records.shipping.carriers.port import CarrierError, WaybillRef
from chalicelib.records.shipping.events import ShipmentPollDue, ShipmentReported
from chalicelib.records.shipping.rules import TERMINAL, CarrierDown, StaleShipment, Trace
from chalicelib.records.shipping.service import calls, shipments
from chalicelib.records.shipping.service.shipments import Hearing, Shipment, TrackedParcel
from chalicelib.runtime import observe
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work

from ..rules import CLAIM_WAIT
from . import promises
from .consign import receiver

UNBOUND = observe.alarmed(
    "WaybillUnbound", "A carrier tells of a waybill that is bound to no parcel; it waits for one", times=20, seconds=300
)
UNKNOWN_CODE = observe.alarmed(
    "TraceCodeUnknown", "A carrier tells of parcels by a code that its table lacks; the log says which (trace)"
)
CANCELLED_MOVES = observe.alarmed(
    "CancelledParcelMoves", "A parcel that was given up is on its way all the same; a person must look"
)
TRIES = 6
SF_COMPANY = "shunfeng"
Arrival = tuple[TrackedParcel, Hearing, int]  # 1: it has arrived, -1: it has not after all


def take_report(fact: ShipmentReported, work: Work) -> None:
    """Fold what a carrier told. Commits."""
    told = [shipments.unpacked(each, fact.source) for each in fact.traces]
    for code in sorted({one.code for one in told if one.status == "unknown"}):
        observe.count(UNKNOWN_CODE)
        observe.logger().error("trace", carrier=fact.source, code=code)
    if claims := [one for one in told if one.status in TERMINAL and not one.proven]:
        told += _proof(fact.waybill, fact.number, claims, work)
    hear(fact.waybill, fact.number, told, work, fact.company)


def _proof(waybill: str, number: str, claims: Sequence[Trace], work: Work) -> Sequence[Trace]:
    """What the carrier says when it is asked about ends that it is said to have told; nothing where they are proven already.
    Where it does not answer, or not so, it is asked again later. Commits."""
    for parcel in shipments.on_waybill(waybill, number):
        proven = {one.key for one in parcel.traces if one.proven}
        if all(one.key in proven for one in claims):
            continue
        answer = look(parcel.shipment)
        if not {one.key for one in claims} <= {one.key for one in answer}:
            later = work.separate()
            later.publish(ShipmentPollDue(parcel.shipment.number, waybill, claimed=True), at=later.now + CLAIM_WAIT)
            later.commit()
        return answer
    return []


def look(shipment: Shipment) -> Sequence[Trace]:
    """What a parcel's carrier tells when it is asked; nothing where it does not answer."""
    name = shipment.carrier if calls.contracted(shipment.carrier) else calls.follower()
    if name is None:
        return []
    ref = reference(shipment)
    try:
        return calls.ask(name, lambda one: one.traces(ref))
    except (CarrierError, CarrierDown):
        return []


def reference(shipment: Shipment) -> WaybillRef:
    """A parcel as a carrier is asked about it: SF wants to know the receiver's last four digits."""
    company = shipment.company or CARRIERS[shipment.carrier].company
    phone = ""
    if company == SF_COMPANY:
        try:
            phone = receiver(orders.find(shipment.order)).phone[-4:]
        except (AddressNotFound, SealedDataUnreadable):
            phone = ""
    return WaybillRef(shipment.number, shipment.waybill, company, phone)


def hear(waybill: str, number: str, told: Iterable[Trace], work: Work, company: str = "") -> None:
    """Keep what is told of a waybill, for every parcel that has it. Commits."""
    traces = list(told)
    while work.attempts(TRIES, lambda each: _hear(waybill, number, traces, each, company), StaleShipment, StaleOrder):
        work = work.separate()


def _hear(waybill: str, number: str, told: Sequence[Trace], work: Work, company: str) -> int:
    """Returns how many are still to be kept."""
    parcels = shipments.on_waybill(waybill, number)
    if not parcels:
        if shipments.park(waybill, told, work):
            observe.count(UNBOUND)
        return 0
    arrived: dict[str, list[Arrival]] = {}
    more = 0
    for parcel in parcels:
        heard = shipments.hear(parcel, told, work, company)
        if heard is None:
            continue
        more = max(more, heard.more)
        if heard.state == "cancelled" and heard.standing.status is not None:
            observe.count(CANCELLED_MOVES)
        if (sign := (heard.state == "delivered") - (heard.before == "delivered")) != 0:
            arrived.setdefault(parcel.shipment.order, []).append((parcel, heard, sign))
    for order_id, rows in arrived.items():
        _follow(order_id, rows, work)
    return more


def _follow(order_id: str, rows: Sequence[Arrival], work: Work) -> None:
    """The order counts what has arrived, or has gone back since."""
    order = orders.find(order_id)
    units = [0] * len(order.lines)
    for parcel, _, sign in rows:
        for line, pieces in parcel.shipment.lines:
            units[line] += sign * pieces
    if any(units):
        outcome = judge(order, units, rows)
        work.add(order_steps.deliver(order, units, outcome))
        if outcome:
            promises.tell(order, outcome, work)


def judge(order: Order, units: Sequence[int], rows: Sequence[Arrival]) -> str | None:
    """Whether what was promised of an order was kept, once all of it has arrived; None before, or where that is known."""
    if not order.bill.promised or order.promise or not order.complete_with(units):
        return None
    now = {one.shipment.number: heard.standing.delivered_at for one, heard, _ in rows}
    others = [one.delivered_at for one in shipments.of_order(order.id) if one.number not in now]
    last = max(millis(at) for at in (*now.values(), *others) if at is not None)
    return KEPT if last <= order.bill.promised else BROKEN
