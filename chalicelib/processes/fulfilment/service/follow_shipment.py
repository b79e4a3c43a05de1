"""A parcel that has its waybill is followed: what waited for it is heard, the aggregator is asked to tell of it where its
carrier does not, and while it is silent its carrier is asked."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.records.shipping.carriers.port import CarrierError
from chalicelib.records.shipping.events import ShipmentLabelled, ShipmentPollDue
from chalicelib.records.shipping.rules import ASK_AGAIN, SILENCE, CarrierDown
from chalicelib.records.shipping.service import calls, shipments
from chalicelib.records.shipping.service.shipments import Shipment
from chalicelib.runtime import observe
from chalicelib.runtime.work import Work

from ..rules import CLAIM_WAIT, MOST_CLAIM_TURNS
from .hear_waybill import hear, look, reference

UNPROVEN = observe.alarmed(
    "TraceUnproven", "A push says that a parcel came to its end, and the carrier does not say so when it is asked"
)


def follow_shipment(fact: ShipmentLabelled, work: Work) -> None:
    """Begin to follow a parcel. Commits."""
    shipment = shipments.find(fact.number)
    if shipment.waybill != fact.waybill or shipment.ended:
        return
    if waiting := shipments.parked(fact.waybill):
        hear(fact.waybill, fact.number, waiting, work.separate())
    _subscribe(shipment)
    work.publish(ShipmentPollDue(fact.number, fact.waybill), at=work.now + _patience(shipment))
    work.commit()


def _subscribe(shipment: Shipment) -> None:
    """Have the aggregator tell of a waybill whose carrier does not tell of it; where it does not answer, the parcel is asked
    for all the same."""
    name = calls.follower()
    if name is None or _tells(shipment):
        return
    ref = reference(shipment)
    with suppress(CarrierError, CarrierDown):
        calls.ask(name, lambda one: one.follow(ref, calls.push_url(name, shipment.number)))


def _tells(shipment: Shipment) -> bool:
    """Whether a parcel's carrier tells of it by itself: of what was booked with it, and if it tells at all."""
    one = CARRIERS[shipment.carrier]
    return one.pushes and one.books and not shipment.by_hand


def _patience(shipment: Shipment) -> timedelta:
    """For how long it may be silent before its carrier is asked."""
    return SILENCE if _tells(shipment) else ASK_AGAIN


def poll_shipment(fact: ShipmentPollDue, work: Work) -> None:
    """Ask for a parcel that is silent, or whose end is only claimed. Commits."""
    shipment = shipments.find(fact.number)
    if shipment.waybill != fact.waybill or shipment.ended:
        return
    if fact.claimed:
        _prove(fact, shipment, work)
        return
    patience = _patience(shipment)
    spoke = max(shipment.last_at or shipment.created_at, shipment.created_at)
    if work.now - spoke >= patience:
        hear(fact.waybill, fact.number, look(shipment), work.separate())
        due = work.now + ASK_AGAIN
    else:
        due = spoke + patience
    work.publish(ShipmentPollDue(fact.number, fact.waybill), at=due)
    work.commit()


def _prove(fact: ShipmentPollDue, shipment: Shipment, work: Work) -> None:
    """Ask whether the end that is claimed is true, and again in a while. Commits."""
    hear(fact.waybill, fact.number, look(shipment), work.separate())
    parcel = next(one for one in shipments.tracked(shipment.order) if one.shipment.number == fact.number)
    if parcel.shipment.ended:
        return
    if fact.turn >= MOST_CLAIM_TURNS:
        observe.count(UNPROVEN)
        return
    again = ShipmentPollDue(fact.number, fact.waybill, claimed=True, turn=fact.turn + 1)
    work.publish(again, at=work.now + CLAIM_WAIT)
    work.commit()
