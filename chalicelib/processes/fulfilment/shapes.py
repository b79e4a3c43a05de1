"""What fulfilment takes and returns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from chalicelib.kernel.bill import MAIN
from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.records.inventory.places.shapes import LocationText
from chalicelib.records.orders.shapes import DeliveryService, OrderState, ReceivedBy
from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.records.shipping.rules import Trace, merged, return_right_ends, stand
from chalicelib.records.shipping.service.shipments import Shipment, TrackedParcel
from chalicelib.records.shipping.shapes import ShipmentState, TraceStatus
from chalicelib.runtime.http import Body, Instant, View
from chalicelib.runtime.http.kinds import Day, Exact, Whole, Word, Words
from chalicelib.runtime.http.shapes import Amount, Paging, Query, amount

from .rules import MOST_LINES, ShipWish

if TYPE_CHECKING:  # what staff see is not loaded with what a customer sees
    from chalicelib.records.orders.service import Order
    from chalicelib.records.shipping.service.shipments import PromisesKept

    from .service.backorders import Backorders
    from .service.survey import CarrierRates, Unsent

Todo = Literal["waiting", "packed", "moving", "silent"]


# ---- what comes in --------------------------------------------------------------------------------------------------
LineNumber = Annotated[int, Field(ge=0, le=999)]


class ShipLine(Body):
    """Pieces of one line of the order, the first of which is 0."""

    line: int = Field(ge=0, le=999, examples=[0])
    quantity: int = Field(ge=1, le=999, examples=[1])


class ShipOrder(Body):
    """What is sent: all that is left unless lines are told, by the first carrier that takes it unless one is told. With a
    `waybill` nothing is booked; `company` is then what the aggregator calls its carrier, and `together` says that the waybill
    is another parcel's, too. A shipment is from one `location`: the first from which anything is left, unless one is told."""

    lines: list[ShipLine] | None = Field(default=None, min_length=1, max_length=MOST_LINES)
    carrier: Word = Field(default="", max_length=20, examples=["sf"])
    waybill: Exact = Field(default="", max_length=32, examples=["SF1234567890123"])
    company: Word = Field(default="", max_length=32, examples=["yuantong"])
    together: bool = False
    location: LocationText | None = None

    @property
    def wish(self) -> ShipWish:
        """The same as the use case takes it."""
        lines = None if self.lines is None else [(one.line, one.quantity) for one in self.lines]
        return ShipWish(lines, self.carrier, self.waybill, self.company, self.together, self.location or "")


class SendFrom(Body):
    """Which lines, the first of which is 0, are sent from which location."""

    location: LocationText
    lines: list[LineNumber] = Field(min_length=1, max_length=MOST_LINES, examples=[[0]])


class BindWaybill(Body):
    """The waybill that a parcel has in truth, and whose it is."""

    carrier: Word = Field(min_length=1, max_length=20, examples=["sf"])
    waybill: Exact = Field(min_length=1, max_length=32, examples=["SF1234567890123"])
    company: Word = Field(default="", max_length=32, examples=["yuantong"])
    together: bool = False

    @property
    def wish(self) -> ShipWish:
        """The same as the use case takes it."""
        return ShipWish(None, self.carrier, self.waybill, self.company, self.together)


class OfferShipment(Body):
    """To which carrier a parcel is offered that none took."""

    carrier: Word = Field(min_length=1, max_length=20, examples=["jd"])


class CancelShipment(Body):
    """Why a parcel is given up."""

    reason: Words = Field(min_length=2, max_length=100, examples=["packed wrongly"])


class AskShipments(Paging):
    """Parcels of which something is to be done: without a waybill, not fetched yet, under way, silent for a day."""

    todo: Todo = "packed"


class AskUnsent(Paging):
    """Which business day's orders, and what of them is sent from which location."""

    day: Day | None = None
    location: LocationText | None = None


class AskBackorders(Query):
    """At which location."""

    location: LocationText = MAIN


class AskLate(Paging):
    """Orders that are late."""


class AskPromises(Query):
    """The days to look at: so many, up to this one."""

    until: Day | None = None
    days: Whole = Field(default=7, ge=1, le=31)


# ---- what goes out --------------------------------------------------------------------------------------------------
class ShipmentRef(View):
    """A parcel that was made. Without a waybill its carrier is being asked for one."""

    number: str
    carrier: str
    waybill: str | None


class ShipmentLine(View):
    """Pieces of one line of the order."""

    line: int
    quantity: int


class TraceView(View):
    """Something that was told of a parcel on its way."""

    at: Instant
    status: TraceStatus
    words: str
    place: str


class ShipmentView(View):
    """A parcel on its way. `returnable_until`: the last moment in which goods may be returned without a reason."""

    number: str
    carrier: str
    carrier_zh: str
    carrier_en: str
    company: str | None
    waybill: str | None
    state: ShipmentState
    lines: list[ShipmentLine]
    created_at: Instant
    picked_up_at: Instant | None
    delivered_at: Instant | None
    returnable_until: Instant | None
    traces: list[TraceView]


class OrderShipments(View):
    """The parcels of an order."""

    order_id: str
    shipments: list[ShipmentView]


class OrderReceipt(View):
    """Whether an order was received, and who said so; `receive_by`: from when on it counts as received unless somebody says so
    before (null until something of it arrived), which its customer has `put_off` or not."""

    order_id: str
    received: ReceivedBy | None
    received_at: Instant | None
    receive_by: Instant | None
    put_off: bool


class TraceRecord(TraceView):
    """The same as the shop's people see it: the carrier's code, who told, and whether it is proven."""

    code: str
    source: str
    proven: bool


class ShipmentRecord(View):
    """A parcel as the shop's people see it. `unknown` are codes that no table knows; `claimed`: an end was told and is not
    proven."""

    order_id: str
    number: str
    carrier: str
    company: str | None
    waybill: str | None
    sorting: str | None
    by_hand: bool
    state: ShipmentState
    lines: list[ShipmentLine]
    created_at: Instant
    picked_up_at: Instant | None
    delivered_at: Instant | None
    last_at: Instant | None
    claimed: bool
    unknown: list[str]
    traces: list[TraceRecord]


class OrderParcels(View):
    """All parcels of an order."""

    order_id: str
    shipments: list[ShipmentRecord]


class ShipmentRow(View):
    """A parcel in a list."""

    order_id: str
    number: str
    carrier: str
    waybill: str | None
    state: ShipmentState
    pieces: int
    created_at: Instant
    last_at: Instant | None


class UnsentLine(ShipmentLine):
    """Pieces of one line of the order, and the location from which they are sent."""

    location: str


class UnsentOrder(View):
    """An order that is to be sent: pieces of each line, until when, and whether it is late."""

    order_id: str
    state: OrderState
    lines: list[UnsentLine]
    ship_by: Instant
    late: bool


class BackorderRow(View):
    """An order that waits: it holds so many pieces, and of `waiting` of them there are none."""

    order_id: str
    state: OrderState
    placed_at: Instant
    held: int
    waiting: int


class BackorderList(View):
    """Who waits for a SKU, oldest first. `whole`: whether every order that holds pieces of it was found."""

    sku: str
    on_hand: int
    held: int
    available: int
    whole: bool
    orders: list[BackorderRow]


def backorder_list(sku: str, found: "Backorders") -> BackorderList:
    rows = [
        BackorderRow(
            order_id=row.order.id,
            state=row.order.state,
            placed_at=iso(row.order.placed_at),
            held=row.held,
            waiting=row.waiting,
        )
        for row in found.rows
    ]
    return BackorderList(
        sku=sku,
        on_hand=found.on_hand,
        held=found.level.held,
        available=found.level.free,
        whole=found.whole,
        orders=rows,
    )


class PromiseDayView(View):
    """What was promised of a service and known on a day: how much of it was kept, in hundredths of a percent."""

    day: str
    service: DeliveryService
    kept: int
    broken: int
    kept_bp: int


class PromisesView(View):
    """Promises by day and service, the latest day first; and all together, null where there was none."""

    items: list[PromiseDayView]
    kept_bp: int | None


class RateView(View):
    """What a service costs, and until when it delivers, where the carrier says it."""

    service: str
    fee: Amount
    by: str | None


class RatesView(View):
    """A carrier's services; `silent` where it did not answer."""

    carrier: str
    silent: bool
    rates: list[RateView]


class OrderRates(View):
    """What the carriers would take for what is left of an order."""

    carriers: list[RatesView]


# ---- from what services return --------------------------------------------------------------------------------------
def order_shipments(order_id: str, parcels: Sequence[TrackedParcel]) -> OrderShipments:
    """As a customer sees them."""
    return OrderShipments(order_id=order_id, shipments=[_shipment(one) for one in parcels])


def _shipment(parcel: TrackedParcel) -> ShipmentView:
    one, carrier = parcel.shipment, CARRIERS[parcel.shipment.carrier]
    delivered = one.delivered_at if one.state == "delivered" else None
    return ShipmentView(
        number=one.number,
        carrier=one.carrier,
        carrier_zh=carrier.zh,
        carrier_en=carrier.en,
        company=one.company or None,
        waybill=one.waybill,
        state=one.state,
        lines=_lines(one),
        created_at=iso(one.created_at),
        picked_up_at=iso_or_none(one.picked_up_at),
        delivered_at=iso_or_none(delivered),
        returnable_until=iso_or_none(return_right_ends(delivered) if delivered else None),
        traces=[_trace(each) for each in merged(parcel.traces, one.carrier)],
    )


def _trace(one: Trace) -> TraceView:
    return TraceView(at=iso(one.at), status=one.status, words=one.words, place=one.place)


def _lines(one: Shipment) -> list[ShipmentLine]:
    return [ShipmentLine(line=line, quantity=pieces) for line, pieces in one.lines]


def order_parcels(order_id: str, parcels: Sequence[TrackedParcel]) -> OrderParcels:
    """As the shop's people see them."""
    return OrderParcels(order_id=order_id, shipments=[_record(one) for one in parcels])


def _record(parcel: TrackedParcel) -> ShipmentRecord:
    one, standing = parcel.shipment, stand(parcel.traces)
    return ShipmentRecord(
        order_id=one.order,
        number=one.number,
        carrier=one.carrier,
        company=one.company or None,
        waybill=one.waybill,
        sorting=one.sorting,
        by_hand=bool(one.by_hand),
        state=one.state,
        lines=_lines(one),
        created_at=iso(one.created_at),
        picked_up_at=iso_or_none(one.picked_up_at),
        delivered_at=iso_or_none(one.delivered_at),
        last_at=iso_or_none(one.last_at),
        claimed=standing.claimed,
        unknown=list(standing.unknown),
        traces=[
            TraceRecord(**_trace(each).model_dump(), code=each.code, source=each.source, proven=each.proven)
            for each in sorted(parcel.traces)
        ],
    )


def shipment_row(one: Shipment) -> ShipmentRow:
    return ShipmentRow(
        order_id=one.order,
        number=one.number,
        carrier=one.carrier,
        waybill=one.waybill,
        state=one.state,
        pieces=one.pieces,
        created_at=iso(one.created_at),
        last_at=iso_or_none(one.last_at),
    )


def unsent_order(one: "Unsent") -> UnsentOrder:
    lines = [
        UnsentLine(line=line, quantity=pieces, location=one.order.lines[line].location)
        for line, pieces in enumerate(one.left)
        if pieces
    ]
    return UnsentOrder(order_id=one.order.id, state=one.order.state, lines=lines, ship_by=iso(one.by), late=one.late)


def promises_view(found: "Sequence[PromisesKept]") -> PromisesView:
    kept, broken = sum(one.kept for one in found), sum(one.broken for one in found)
    items = [
        PromiseDayView(
            day=one.day.isoformat(),
            service=one.service,
            kept=one.kept,
            broken=one.broken,
            kept_bp=one.kept * 10_000 // (one.kept + one.broken),
        )
        for one in found
    ]
    return PromisesView(items=items, kept_bp=kept * 10_000 // (kept + broken) if found else None)


def order_rates(found: "Sequence[CarrierRates]") -> OrderRates:
    return OrderRates(carriers=[_rates(one) for one in found])


def _rates(one: "CarrierRates") -> RatesView:
    rates = [RateView(service=each.service, fee=amount(each.fee), by=iso_or_none(each.by)) for each in one.rates]
    return RatesView(carrier=one.carrier, silent=one.trouble, rates=rates)


def order_receipt(order: "Order") -> OrderReceipt:
    return OrderReceipt(
        order_id=order.id,
        received=order.received,
        received_at=iso_or_none(order.received_at),
        receive_by=iso_or_none(order.receive_by),
        put_off=bool(order.put_off),
    )
