"""What refunding takes and returns."""

from pydantic import Field

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.kernel.money import Fen
from chalicelib.records.payments.service import refunds
from chalicelib.records.payments.service.refunds import Refund
from chalicelib.records.payments.shapes import RefundState
from chalicelib.runtime.http import Amount, Body, Instant, View, amount
from chalicelib.runtime.http.kinds import OrderText, Words


class UnitsBack(Body):
    """So many units of one line of the order; lines are counted from 0 as the order shows them."""

    line: int = Field(ge=0, le=99)
    quantity: int = Field(ge=1, le=999)


class AskRefund(Body):
    """Give back units of an order, or, without `units`, all that is left of it."""

    order_id: OrderText
    units: list[UnitsBack] | None = Field(default=None, min_length=1, max_length=80)
    reason: Words = Field(min_length=2, max_length=80, examples=["破损"])


class DecideRefund(Body):
    """What finance says to a refund that was asked for."""

    approved: bool


class RefundView(View):
    """Money on its way back."""

    id: str
    payment_id: str
    order_id: str
    amount: Amount
    state: RefundState
    reason: str
    asked_by: str
    decided_by: str | None
    asked_at: Instant
    refunded_at: Instant | None


class RefundReceipt(View):
    """A refund and where it stands; `withheld`: so much less than was paid for its units, since the rest of the order reaches
    less of an offer that asks for it (told as it is asked for)."""

    id: str
    amount: Amount
    state: RefundState
    withheld: Amount | None = None


def refund_receipt(refund_id: str, worth: Fen, state: str, withheld: Fen | None = None) -> RefundReceipt:
    less = amount(withheld) if withheld else None
    return RefundReceipt(id=refund_id, amount=amount(worth), state=state, withheld=less)


def refund_view(row: Refund) -> RefundView:
    return RefundView(
        id=row.id,
        payment_id=row.payment,
        order_id=row.payment[:-2],
        amount=amount(row.amount),
        state=row.state,
        reason=refunds.why(row),
        asked_by=row.asked_by or "",
        decided_by=row.decided_by,
        asked_at=iso(row.created_at),
        refunded_at=iso_or_none(row.refunded_at),
    )
