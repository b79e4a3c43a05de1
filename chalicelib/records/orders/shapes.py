"""What a line of a quote and of an order shows of its cost, wherever it is shown."""

from typing import Annotated, Any

from chalicelib.kernel.bill import ADJUSTMENT, GIFT, KINDS, LANES, Bill, QuoteLine
from chalicelib.kernel.clock import instant, iso
from chalicelib.runtime.http import Amount, Instant, View, amount, one_of

from .rules import ORDER, OUTCOMES, RECEIVERS, REFUND_FACETS, SERVICES

OrderState = Annotated[str, one_of(*ORDER.all)]
RefundFacet = Annotated[str, one_of(*REFUND_FACETS)]
DeliveryService = Annotated[str, one_of(*SERVICES)]
PromiseOutcome = Annotated[str, one_of(*OUTCOMES)]
ReceivedBy = Annotated[str, one_of(*RECEIVERS)]
LineKind = Annotated[str, one_of(*KINDS)]
AppliedLane = Annotated[str, one_of(*LANES, ADJUSTMENT)]


class AppliedView(View):
    """What an offer takes off a line: its lane and its id (empty where the shop itself made an order cheaper)."""

    lane: AppliedLane
    offer: str
    off: Amount


class CostView(View):
    """What a line costs, and why. `kind`: bought, gift, component, add_on or service. `discount` is what all `offers` take off,
    `points` what points pay, `gift_value` what a gift is worth, which nobody pays. What was not there yet is sent by `ships_by`.
    """

    kind: LineKind
    quantity: int
    list_price: Amount
    unit: Amount
    discount: Amount
    offers: list[AppliedView]
    points: Amount
    payable: Amount
    gift_value: Amount | None
    ships_by: Instant | None


def cost_of(line: QuoteLine, bill: Bill) -> dict[str, Any]:
    """The fields of a line's cost."""
    taken = [(layer, line.off_by(index)) for index, layer in enumerate(bill.layers)]
    return {
        "kind": line.kind,
        "quantity": line.quantity,
        "list_price": amount(line.list_price),
        "unit": amount(line.unit),
        "discount": amount(line.off),
        "offers": [AppliedView(lane=layer.lane, offer=layer.offer, off=amount(off)) for layer, off in taken if off],
        "points": amount(line.points),
        "payable": amount(line.payable),
        "gift_value": amount(line.value) if line.kind == GIFT else None,
        "ships_by": iso(instant(until)) if (until := bill.waits.get(line.sku)) else None,
    }
