"""What warehousing takes and returns."""

from typing import Literal, cast

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.records.shipping.dispatches.rules import DispatchList, DispatchState
from chalicelib.records.shipping.dispatches.service import Dispatch
from chalicelib.runtime.http import Body, Instant, View
from chalicelib.runtime.http.kinds import OrderText
from chalicelib.runtime.http.shapes import Paging


class AskDispatches(Paging):
    """Orders at a warehouse: those that it has not acknowledged, that it is to send, of which it is asked to keep something back,
    or that it did not take."""

    todo: DispatchList = "unacknowledged"


class OfferDispatch(Body):
    """An order that a warehouse did not take."""

    order_id: OrderText


class DispatchLine(View):
    """Pieces of a line of the order: told to be packed, sent, kept back."""

    line: int
    out: int
    sent: int
    kept_back: int


class KeepBackView(View):
    """What the warehouse was asked to keep back for a refund; its answer is open, back, or gone."""

    refund_id: str
    answer: Literal["open", "back", "gone"]
    pieces: int


class DispatchView(View):
    """An order as a warehouse's system has it. `code`: why it does not take it."""

    order_id: str
    wms: str
    state: DispatchState
    told_at: Instant
    acknowledged_at: Instant | None
    code: str | None
    lines: list[DispatchLine]
    keep_back: list[KeepBackView]


def dispatch_view(row: Dispatch) -> DispatchView:
    return DispatchView(
        order_id=row.order,
        wms=row.wms,
        state=cast(DispatchState, row.state),
        told_at=iso(row.created_at),
        acknowledged_at=iso_or_none(row.acked_at),
        code=row.code,
        lines=[DispatchLine(line=one.line, out=one.out, sent=one.gone, kept_back=one.back) for one in row.lines],
        keep_back=[
            KeepBackView(
                refund_id=one.refund, answer=one.answer or "open", pieces=sum(pieces for _, pieces in one.pieces)
            )
            for one in row.wishes
        ],
    )
