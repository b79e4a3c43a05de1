"""What changes parcels, described: each step is conditional on what it may start from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Condition, Step, delete, insert, put, update

from .model import (
    BINDING,
    LATE,
    PARKED,
    PromiseDay,
    Shipment,
    WaybillBinding,
    parcel_part,
    promises_key,
    row_of,
    traces_part,
    waybill_key,
)
from .rules import (
    SHIPMENT,
    ParcelStanding,
    ShipmentExists,
    ShipmentNotFound,
    StaleShipment,
    Trace,
    WaybillTaken,
    todo_of,
)


def create(
    order: str, n: int, customer: str, carrier: str, lines: Sequence[tuple[int, int]], now: datetime, **more: Any
) -> Step:
    """An order's n-th parcel, if it has none yet; one whose waybill is known has its label already."""
    state = SHIPMENT.target("label") if more.get("waybill") else SHIPMENT.initial
    row = Shipment(order, parcel_part(n), todo=todo_of(state), created_at=now, customer=customer, carrier=carrier)
    row.state, row.heard = state, 0
    row.packed_lines = json.dumps([list(line) for line in lines], separators=(",", ":"))
    for name, value in more.items():
        setattr(row, name, value)
    return insert(row, ShipmentExists())


def label(shipment: Shipment, waybill: str, sorting: str) -> Step:
    """The carrier that it was offered to gave it a waybill."""
    return _move(shipment, "label", Shipment.waybill.set(waybill), Shipment.sorting.set(sorting))


def pass_on(shipment: Shipment, carrier: str) -> Step:
    """It is offered to another carrier, since the one that it was offered to does not take it."""
    when = (Shipment.state == SHIPMENT.initial) & (Shipment.carrier == shipment.carrier)
    return _change(shipment, [Shipment.carrier.set(carrier)], when, SHIPMENT.sources("refuse"))


def offer(shipment: Shipment, carrier: str) -> Step:
    """One that no carrier took is offered once more."""
    return _move(shipment, "again", Shipment.carrier.set(carrier))


def refuse(shipment: Shipment) -> Step:
    """No carrier takes it."""
    return _move(shipment, "refuse")


def cancel(shipment: Shipment) -> Step:
    """It is given up before anybody fetched it."""
    return _move(shipment, "cancel")


def rebind(shipment: Shipment, carrier: str, waybill: str, company: str, *, shared: bool) -> Step:
    """It has another waybill, of which nothing was heard yet: what was heard of the former counts no more."""
    state = SHIPMENT.target("label")
    changes = [
        Shipment.state.set(state),
        Shipment.todo.set(str(todo_of(state))),
        Shipment.carrier.set(carrier),
        Shipment.waybill.set(waybill),
        Shipment.company.set(company),
        Shipment.shared.set(shared),
        Shipment.by_hand.set(True),
        Shipment.heard.add(1),
        *(attribute.remove() for attribute, _ in _told(None)),
    ]
    return _change(shipment, changes, _as_read(shipment))


def _move(shipment: Shipment, action: str, *changes: Any) -> Step:
    state, sources = SHIPMENT.target(action), SHIPMENT.sources(action)
    todo = todo_of(state)
    when = Shipment.state.is_in(*sources) & (Shipment.carrier == shipment.carrier)
    return _change(shipment, [Shipment.state.set(state), *_listed(todo), *changes], when, sources)


def _listed(todo: str | None) -> list[Any]:
    """It lies in another list, or in none."""
    return [Shipment.todo.set(todo) if todo else Shipment.todo.remove()]


def _change(shipment: Shipment, actions: Sequence[Any], when: Condition, sources: Sequence[str] = ()) -> Step:
    def meaning(old: Shipment | None) -> Refusal:
        fits = old is not None and (not sources or old.state in sources)
        return StaleShipment() if fits else SHIPMENT.refusal(old)

    return update(Shipment, shipment.order, shipment.part, actions=actions, when=when, otherwise=meaning)


def _as_read(shipment: Shipment) -> Condition:
    as_read: Condition = Shipment.state == shipment.state
    as_read &= Shipment.waybill == shipment.waybill
    as_read &= Shipment.heard == (shipment.heard or 0)
    return as_read


# ---- traces ---------------------------------------------------------------------------------------------------------
def hear(
    shipment: Shipment, news: Sequence[Trace], standing: ParcelStanding, state: str, company: str = ""
) -> list[Step]:
    """Keep traces of its waybill that are new, and where it stands with them; as it was read. `company` is whose it is in
    truth, where an aggregator corrects it."""
    prefix, todo = traces_part(shipment.n, shipment.waybill), todo_of(state)
    changes = [
        Shipment.state.set(state),
        *(_listed(todo) if todo != shipment.todo else []),
        Shipment.heard.add(1),
        *([Shipment.company.set(company)] if company else []),
        *(attribute.set(at) if at else attribute.remove() for attribute, at in _told(standing)),
    ]
    return [*(_keep(shipment.order, prefix, one) for one in news), _change(shipment, changes, _as_read(shipment))]


def _told(standing: ParcelStanding | None) -> list[tuple[Any, datetime | None]]:
    """What a parcel keeps of its standing."""
    return [
        (Shipment.since, standing and standing.at),
        (Shipment.picked_up_at, standing and standing.picked_up_at),
        (Shipment.delivered_at, standing and standing.delivered_at),
        (Shipment.last_at, standing and standing.last_at),
    ]


def park(waybill: str, news: Sequence[Trace]) -> list[Step]:
    """Keep traces of a waybill that is nobody's, until it is somebody's."""
    return [_keep(waybill_key(waybill), PARKED, one) for one in news]


def _keep(hash_key: str, prefix: str, trace: Trace) -> Step:
    """One that is proven takes the place of the same one that was not; one that is not takes nobody's."""
    row = row_of(hash_key, prefix, trace)
    return put(row) if trace.proven else insert(row, StaleShipment())


# ---- what was promised ----------------------------------------------------------------------------------------------
def late(order: str, customer: str, by: datetime) -> Step:
    """Something of an order is unsent, which was to be sent by then."""
    return put(Shipment(order, LATE, todo=LATE, created_at=by, customer=customer))


def not_late(order: str) -> Step:
    """All of an order is sent, or given up."""
    return delete(Shipment, order, LATE)


def count_promise(day: date, service: str, *, kept: bool) -> Step:
    """One more promise was kept or broken on a day."""
    counted = PromiseDay.kept if kept else PromiseDay.broken
    return update(PromiseDay, promises_key(day), service, actions=[counted.add(1)])


# ---- waybills -------------------------------------------------------------------------------------------------------
def bind(waybill: str, number: str, before: WaybillBinding | None, *, together: bool) -> Step:
    """A waybill belongs to a parcel; to one more only where that is said."""
    numbers = sorted({number, *(before.numbers if before is not None and together else ())})
    row = WaybillBinding(waybill_key(waybill), BINDING, packed_numbers=_packed(numbers))
    if before is None:
        return insert(row, StaleShipment())
    free = together or not set(before.numbers) - {number}
    return (
        put(row, WaybillBinding.packed_numbers == before.packed_numbers, StaleShipment())
        if free
        else insert(row, WaybillTaken())
    )


def share(order: str, part: str) -> Step:
    """A parcel's waybill is another's, too."""
    exists = Shipment.state.exists()
    return update(Shipment, order, part, actions=[Shipment.shared.set(True)], when=exists, otherwise=ShipmentNotFound())


def unbind(binding: WaybillBinding, number: str) -> Step:
    """A waybill belongs to a parcel no more."""
    left = _packed([one for one in binding.numbers if one != number])
    row = WaybillBinding(binding.order, binding.part, packed_numbers=left)
    return put(row, WaybillBinding.packed_numbers == binding.packed_numbers, StaleShipment())


def _packed(numbers: Sequence[str]) -> str:
    return json.dumps(list(numbers), separators=(",", ":"))
