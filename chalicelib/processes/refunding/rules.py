"""What goes back with units of an order, where offers hang on what stays.

Guarantees: what is paid for a unit is never divided anew; what stays costs what was paid for it, and beside that only what an
offer with `keep_if_threshold_still_met` took off it and would not any more. Whoever gives back everything gets back everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from chalicelib.kernel.bill import BOUGHT, GIFT, KEEP_IF, Bill, Layer, QuoteLine, without_freight
from chalicelib.kernel.errors import AboutSums, Conflict
from chalicelib.kernel.money import Fen, total

SUMS = frozenset({"shop", "campaign", "coupon"})  # lanes of what several pieces earn together; freight is as it was

NOTHING = Fen(0)


class RefundUsedUp(AboutSums, Conflict):
    more: int
    zh, en = (
        "退掉这些商品后，其余商品不再满足优惠条件，多享的优惠已超过可退金额 {more}；请连同赠品或其余商品一起退",
        "Without these units the others reach less of an offer, by {more} more than would go back: give the gift or the "
        "others back, too",
    )


class RefundUndecided(Conflict):
    refund: str
    zh, en = (
        "该订单的退款 {refund} 尚未完结，其余商品的退款金额取决于其结果，请待其完结后再申请",
        "What more units bring depends on refund {refund}, which has not ended yet: ask again when it has",
    )


class GoesBack(NamedTuple):
    """What goes back for units, and how much less that is than was paid for them since the rest reaches less of an offer."""

    worth: Fen
    withheld: Fen = NOTHING


def goes_back(
    bill: Bill, before: Sequence[int], wanted: Sequence[int], left: Fen, freight_back: Fen = NOTHING
) -> GoesBack:
    """What goes back for the wanted units of each line, after those before them, of so much money that is left of what came in;
    `freight_back` went back for nothing but the freight: no unit brings it again. The last units take all of it, the others leave
    what the rest costs.

    Raises RefundUsedUp.
    """
    bill = bill._replace(lines=without_freight(bill.lines, freight_back))
    gone = [first + more for first, more in zip(before, wanted, strict=True)]
    paid = total([line.worth(*units) for line, *units in zip(bill.lines, before, wanted, strict=True)])
    if all(units == line.quantity for units, line in zip(gone, bill.lines, strict=True)):
        return GoesBack(left)  # a declined request may have left a fen
    if not hangs(bill):
        return GoesBack(paid)
    free = left - cost_of_rest(bill, gone)
    if free < 0:
        raise RefundUsedUp(more=int(-free))
    return GoesBack(free, max(NOTHING, paid - free))


def hangs(bill: Bill) -> bool:
    """Whether what goes back for some units hangs on what stays."""
    return any(map(_hangs, bill.layers))


def _hangs(layer: Layer) -> bool:
    return layer.policy == KEEP_IF and layer.lane in SUMS


def cost_of_rest(bill: Bill, gone: Sequence[int]) -> Fen:
    """What the units that stay cost when so many of each line have gone back: what was paid for them, what an offer took off
    them beyond what it gives for them alone, and what gifts are worth that they do not bring."""
    rest = [line.rest(units) for line, units in zip(bill.lines, gone, strict=True)]
    lost: set[int] = set()
    more = Fen(0)
    for at, layer in enumerate(bill.layers):
        if not _hangs(layer):
            continue
        counted = [line for n, line in enumerate(rest) if line.kind == BOUGHT and layer.counts(n)]
        pieces, cost = sum(line.quantity for line in counted), _cost_before(counted, at, lost)
        measure = int(cost) if layer.threshold > 0 else pieces
        if pieces and measure >= abs(layer.threshold):
            continue
        lost.add(at)
        off, gifts = _given_below(layer, measure, cost)
        more += max(Fen(0), total([line.off_by(at) for line in rest]) - off) + _surplus(rest, at, gifts)
    return total([line.payable + line.freight for line in rest]) + more


def _cost_before(lines: Sequence[QuoteLine], layer: int, lost: Collection[int]) -> Fen:
    """What lines cost before a layer, without the layers that fell away."""
    runs = [run for line in lines for run in line.runs]
    offs = [total([off for at, off in enumerate(run.offs[:layer]) if at not in lost]) for run in runs]
    return total([(run.unit - off) * run.pieces for run, off in zip(runs, offs, strict=True)])


def _given_below(layer: Layer, measure: int, cost: Fen) -> tuple[Fen, int]:
    """(fen off, pieces of a gift) that a layer still gives to so much less: of its tiers that are reached the best, as when it
    was bought."""
    best = (Fen(0), 0, 0)
    for lower in layer.below:
        counted = measure - lower.over
        if counted >= lower.at:
            times = counted // max(1, lower.at) if lower.each else 1
            off = lower.off * times + cost.percent(lower.off_bp)
            best = max(best, (min(off, Fen(lower.cap)) if lower.cap else off, lower.at, lower.pieces * times))
    off, _, pieces = best
    return off, pieces


def _surplus(rest: Sequence[QuoteLine], layer: int, pieces: int) -> Fen:
    """What the gifts of a layer are worth beyond so many pieces: the cheapest of them."""
    values = sorted(_values(rest, layer))
    return total(values[: max(0, len(values) - pieces)])


def _values(rest: Sequence[QuoteLine], layer: int) -> Iterator[Fen]:
    for line in rest:
        if line.kind == GIFT and line.parent == layer:
            yield from [line.value] * line.quantity
