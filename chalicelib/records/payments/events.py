"""What payments tell: ids, names and fen; never a payer."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class PaymentAttemptCreated(Fact, context="payments", audit=Left("no money moved; the attempt itself is kept")):
    """An attempt's number is stored; the provider is asked next."""

    payment_id: str
    order_id: str
    provider: str
    product: str
    amount: int


class PaymentSucceeded(Fact, context="payments", audit=Audit("money", "order_id")):
    """The provider has the money of this attempt, in the amount we asked for."""

    payment_id: str
    order_id: str
    provider: str
    amount: int


class ShippingReportDue(Fact, context="payments", audit=REMINDER):
    """For later: is its provider told what was sent, the `turn`-th time? `silent` times it has not answered; `after` it knew
    all, it was asked so many times."""

    payment_id: str
    order_id: str
    turn: int = 0
    silent: int = 0
    after: int = 0


class PaymentFailed(Fact, context="payments", audit=Left("no money moved")):
    """An attempt ended without money; `reason` is closed or failed."""

    payment_id: str
    order_id: str
    provider: str
    reason: str


class PaymentMismatch(Fact, context="payments", audit=Audit("money", "payment_id")):
    """Money was reported that is not what we asked for; `trouble` is amount, merchant, currency or provider."""

    case_id: str
    payment_id: str
    provider: str
    trouble: str


class PaymentLate(Fact, context="payments", audit=Audit("money", "order_id")):
    """Money came for an order that did not wait for it any more; `outcome` is revived or refunded, and `why` says of what
    goes back in full: cancelled or called_off (given up by its customer, by the shop), gone, repriced, free."""

    payment_id: str
    order_id: str
    outcome: str
    why: str = ""


class PaymentDoubled(Fact, context="payments", audit=Audit("money", "order_id")):
    """Money came for an order that another attempt had paid; it goes back in full."""

    payment_id: str
    order_id: str


class PaymentUnclaimed(
    Fact, context="payments", audit=Left("a reminder for later; the exception is told by payment.mismatch")
):
    """For later: a notice for a number that nobody knew; is it still unknown?"""

    case_id: str
    payment_id: str


class PaymentQueryDue(Fact, context="payments", audit=REMINDER):
    """For later: ask the provider what became of this attempt, if it is not settled."""

    payment_id: str
    turn: int


class RefundAsked(Fact, context="payments", audit=Audit("money", "payment_id")):
    """Somebody of the shop asks to give money back; the amount is set aside."""

    refund_id: str
    payment_id: str
    amount: int


class RefundRequested(Fact, context="payments", audit=Audit("money", "payment_id")):
    """Money is to go back; the provider is asked next."""

    refund_id: str
    payment_id: str
    amount: int


class RefundDeclined(Fact, context="payments", audit=Audit("money", "payment_id")):
    """Finance did not agree, or what it was for had left before it was kept back; the amount is free again."""

    refund_id: str
    payment_id: str


class RefundSucceeded(Fact, context="payments", audit=Audit("money", "order_id")):
    """The money went back."""

    refund_id: str
    payment_id: str
    order_id: str
    amount: int


class RefundFailed(Fact, context="payments", audit=Audit("money", "payment_id")):
    """The provider did not give the money back; `state` is failed or abnormal, and a person must look."""

    refund_id: str
    payment_id: str
    state: str


class RefundQueryDue(Fact, context="payments", audit=REMINDER):
    """For later: ask the provider what became of this refund, if it still moves; `silent` times nobody has answered."""

    refund_id: str
    turn: int
    silent: int = 0


class PaymentExceptionResolved(Fact, context="payments", audit=Audit("money", "case_id")):
    """An exception is decided, by a person or by what came after it; `resolution` says which and how."""

    case_id: str
    resolution: str


class CertificateWanted(
    Fact, context="payments", audit=Left("a wish to look; what is fetched is proven and kept itself")
):
    """A provider has signed with a certificate that is not stored."""

    provider: str
