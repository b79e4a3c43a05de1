"""Parcels as others read them, and what is heard of them added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from chalicelib.kernel.clock import millis
from chalicelib.runtime import table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..carriers import CARRIERS
from ..events import ShipmentDelivered, ShipmentReturned, ShipmentTroubled
from ..model import (
    BINDING,
    PARCELS,
    PARKED,
    TRACES,
    HeardTrace,
    PromiseDay,
    WaybillBinding,
    parcel_part,
    promises_key,
    traces_part,
    waybill_key,
)
from ..model import LATE as LATE
from ..model import LISTS as LISTS
from ..model import Shipment as Shipment  # what reads answer
from ..model import packed as packed
from ..model import unpacked as unpacked
from ..rules import MOST_NEWS, ParcelStanding, ShipmentNotFound, Trace

TROUBLES = frozenset({"exception", "returning", "lost"})


class TrackedParcel(NamedTuple):
    """A parcel and what was heard of the waybill that it has."""

    shipment: Shipment
    traces: list[Trace]


class PromisesKept(NamedTuple):
    """How many promises of a service were kept and broken on a day."""

    day: date
    service: str
    kept: int
    broken: int


class Hearing(NamedTuple):
    """What news made of a parcel: where it stood, where it stands, and how many there are still."""

    before: str
    state: str
    standing: ParcelStanding
    more: int


# ---- reading --------------------------------------------------------------------------------------------------------
def find(number: str) -> Shipment:
    """The parcel with this number of ours. Raises ShipmentNotFound."""
    named = rules.parcel_of(number)
    row = table.get(Shipment, named[0], parcel_part(named[1]), consistent=True) if named else None
    if row is None:
        raise ShipmentNotFound()
    return row


def of_order(order_id: str) -> list[Shipment]:
    """The parcels of an order."""
    return list(table.every(Shipment, order_id, begins=("r", PARCELS), consistent=True))


def tracked(order_id: str, *, consistent: bool = True) -> list[TrackedParcel]:
    """The parcels of an order with what was heard of them, in one query."""
    rows = list(table.every_raw(Shipment, order_id, consistent=consistent))
    parcels = [Shipment.from_raw_data(row) for row in rows if row["r"]["S"].startswith(PARCELS)]
    heard = [HeardTrace.from_raw_data(row) for row in rows if row["r"]["S"].startswith(TRACES)]
    return [
        TrackedParcel(one, [row.trace for row in heard if row.part.startswith(traces_part(one.n, one.waybill or "-"))])
        for one in parcels
    ]


def on_waybill(waybill: str, number: str) -> list[TrackedParcel]:
    """The parcels that a waybill is bound to. Where our number of one was told with it, it is looked at first, and alone
    unless it says that it shares its waybill."""
    named = rules.parcel_of(number)
    if named is not None:
        own = [one for one in tracked(named[0]) if one.shipment.number == number and one.shipment.waybill == waybill]
        if own and not own[0].shipment.shared:
            return own
    binding = bound_to(waybill)
    orders = {of[0]: None for each in (binding.numbers if binding else ()) if (of := rules.parcel_of(each))}
    return [one for order in orders for one in tracked(order) if one.shipment.waybill == waybill]


def bound_to(waybill: str) -> WaybillBinding | None:
    """What a waybill is bound to."""
    return table.get(WaybillBinding, waybill_key(waybill), BINDING, consistent=True)


def parked(waybill: str) -> list[Trace]:
    """What was heard of a waybill while it was nobody's."""
    rows = table.every(HeardTrace, waybill_key(waybill), begins=("r", PARKED), consistent=True)
    return [row.trace for row in rows]


def under_way(todo: str, limit: int, cursor: str | None) -> tuple[list[Shipment], str | None]:
    """A page of the parcels of which something is to be done, oldest first."""
    rows, more = table.listed(Shipment, todo, index="under_way", hash_name="z", limit=limit, cursor=cursor)
    return [row for row in rows if row.todo == todo], more


def promises(days: Sequence[date], services: Sequence[str]) -> list[PromisesKept]:
    """How many promises of each service were kept on these days, as far as there were any."""
    keys = [(day, service) for day in days for service in services]
    rows = table.batch([Key(PromiseDay, promises_key(day), service) for day, service in keys])
    return [
        PromisesKept(day, service, row.kept or 0, row.broken or 0)
        for (day, service), row in zip(keys, rows, strict=True)
        if row is not None
    ]


# ---- hearing --------------------------------------------------------------------------------------------------------
def unheard(known: Iterable[Trace], told: Iterable[Trace]) -> list[Trace]:
    """What is new of what is told: not known yet, or proven only now; each once, oldest first."""
    proven = {(one.key, one.source): one.proven for one in known}
    new: dict[tuple[str, str], Trace] = {}
    for one in told:
        name = one.key, one.source
        if name not in proven or (one.proven and not proven[name]):
            new[name], proven[name] = one, one.proven
    return sorted(new.values())


def hear(parcel: TrackedParcel, told: Iterable[Trace], work: Work, company: str = "") -> Hearing | None:
    """Keep what is new of what is told of a parcel, and tell what came of it; `company` is the carrier as an aggregator names
    it. None when nothing is new."""
    shipment, news = parcel.shipment, unheard(parcel.traces, _timely(told, work))
    if not news:
        return None
    now = news[:MOST_NEWS]
    renewed = {(one.key, one.source) for one in now}
    kept = [one for one in parcel.traces if (one.key, one.source) not in renewed]
    standing = rules.stand([*kept, *now])
    state = rules.state_after(shipment.state, standing)

    work.add(*steps.hear(shipment, now, standing, state, company if CARRIERS[shipment.carrier].follows else ""))

    if state != shipment.state:
        _tell(shipment, state, standing, work)
    return Hearing(shipment.state, state, standing, len(news) - len(now))


def _timely(told: Iterable[Trace], work: Work) -> list[Trace]:
    return [rules.timely(one, work.now) for one in told]


def _tell(shipment: Shipment, state: str, standing: ParcelStanding, work: Work) -> None:
    at = millis(standing.at) if standing.at else 0
    if state == "delivered":
        work.publish(ShipmentDelivered(shipment.order, shipment.number, at))
    elif state == "returned":
        work.publish(ShipmentReturned(shipment.order, shipment.number, at))
    elif state in TROUBLES:
        work.publish(ShipmentTroubled(shipment.order, shipment.number, state))


def park(waybill: str, told: Iterable[Trace], work: Work) -> int:
    """Keep what is told of a waybill that is nobody's. Returns how many are new."""
    news = unheard(parked(waybill), _timely(told, work))[:MOST_NEWS]
    work.add(*steps.park(waybill, news))
    return len(news)
