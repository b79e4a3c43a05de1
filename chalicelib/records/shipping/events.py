"""What shipping tells."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class ShipmentCreated(Fact, context="shipping", audit=Audit("shop", "order_id")):
    """Pieces of an order left the stock for a parcel, which this carrier is to bring."""

    order_id: str
    number: str
    carrier: str


class ShipmentBookingDue(Fact, context="shipping", audit=REMINDER):
    """For later: what became of a parcel's booking, the `turn`-th time?"""

    number: str
    turn: int = 0


class ShipmentLabelled(
    Fact, context="shipping", audit=Left("the parcel keeps it; who bound it by hand is told with the parcel")
):
    """A parcel has a waybill."""

    order_id: str
    number: str
    carrier: str
    waybill: str


class ShipmentRebound(Fact, context="shipping", audit=Audit("shop", "order_id")):
    """The shop corrected a parcel's waybill."""

    order_id: str
    number: str
    before: str
    waybill: str


class ShipmentRefused(Fact, context="shipping", audit=Left("nobody's act: the carriers said so")):
    """No carrier takes a parcel: a person must see to it."""

    order_id: str
    number: str


class ShipmentCancelled(Fact, context="shipping", audit=Audit("shop", "order_id")):
    """A parcel was given up before anybody fetched it; its pieces are in stock again, for the order."""

    order_id: str
    number: str
    reason: str


class ShipmentReported(Fact, context="shipping", audit=Left("every trace is kept with its parcel")):
    """A carrier told of a waybill: each trace is [instant, status, code, words, place, key, proven], its words without
    numbers of people."""

    source: str
    waybill: str
    number: str
    company: str
    traces: list[list[Any]]


class ShipmentPollDue(Fact, context="shipping", audit=REMINDER):
    """For later: its carrier is asked for a parcel that is silent by then, or at once where its end is only `claimed`, the
    `turn`-th time."""

    number: str
    waybill: str
    claimed: bool = False
    turn: int = 0


class DispatchDue(Fact, context="shipping", audit=REMINDER):
    """A paid order is to be packed by a warehouse: its system is told, the `turn`-th time."""

    order_id: str
    turn: int = 0


class DispatchAcknowledged(Fact, context="shipping", audit=Audit("shop", "order_id")):
    """A warehouse's system has an order and packs it."""

    order_id: str
    wms: str


class DispatchRefused(Fact, context="shipping", audit=Audit("shop", "order_id")):
    """A warehouse's system does not take an order, for a reason of its own: a person must see to it."""

    order_id: str
    wms: str
    code: str


class KeepBackDue(Fact, context="shipping", audit=REMINDER):
    """A warehouse is asked to keep back what a refund is for, the `turn`-th time."""

    order_id: str
    refund_id: str
    turn: int = 0


class KeepBackAnswered(Fact, context="shipping", audit=Audit("shop", "order_id")):
    """A warehouse said whether it kept back what a refund is for: `back`, or `gone` already."""

    order_id: str
    refund_id: str
    answer: str


class WarehouseRoundDue(Fact, context="shipping", audit=REMINDER):
    """A warehouse's system is asked for a page of what it tells: `sent` parcels, or `levels` of stock; all from version `since`
    on (-1: from where it was listened to), of which the highest so far is `high`."""

    wms: str
    what: str
    since: int = -1
    page: int = 1
    high: int = -1


class WarehouseSent(Fact, context="shipping", audit=Left("the parcel keeps it")):
    """A warehouse's system told of a parcel that it sent at an instant (epoch ms): its number of it, and (line of the order,
    pieces)."""

    order_id: str
    wms: str
    notice: str
    waybill: str
    company: str
    lines: list[list[int]]
    at: int
    turn: int = 0


class ShipmentDelivered(
    Fact, context="shipping", audit=Left("nobody's act: the carrier said so, and its trace is kept")
):
    """A parcel was signed for, at this instant (epoch ms)."""

    order_id: str
    number: str
    at: int


class ShipmentReturned(
    Fact, context="shipping", audit=Left("nobody's act: the carrier said so, and its trace is kept")
):
    """A parcel came back, at this instant (epoch ms)."""

    order_id: str
    number: str
    at: int


class ShipmentTroubled(
    Fact, context="shipping", audit=Left("nobody's act: the carrier said so, and its trace is kept")
):
    """A parcel does not get on: `status` is exception, returning or lost."""

    order_id: str
    number: str
    status: str
