"""What was sent, as the payment's provider is told: only where the shop's contract with it says that it wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from chalicelib.kernel.clock import millis
from chalicelib.runtime import settings
from chalicelib.runtime.journal import digest
from chalicelib.runtime.work import Work

from ..model import Payment, pack_told
from ..providers import METHODS
from ..providers.port import ReportedParcel, ShippingReport, ShippingStanding
from ..rules import ShippingTold
from ..steps import reports as steps
from . import calls

if TYPE_CHECKING:
    from ..providers.port import PaymentProvider, ShippingListener


def wanted(payment: Payment) -> bool:
    """Whether its provider keeps the money until it is told what was sent."""
    row = METHODS.get((payment.provider, payment.product))  # none of a product that is sold no more
    return row is not None and _agreed(payment.provider, row.tells)


def any_wanted() -> bool:
    """Whether any provider does."""
    return any(_agreed(row.provider, row.tells) for row in METHODS.values())


def _agreed(provider: str, field: str) -> bool:
    try:
        return bool(field and settings.secret(f"payments/{provider}").get(field))
    except KeyError:
        return False


def report_of(payment: Payment, parcels: Sequence[ReportedParcel], now: datetime, *, whole: bool) -> ShippingReport:
    """What its provider is to be told. Raises PaymentProviderDown."""
    return ShippingReport(payment.id, _listener(calls.provider(payment.provider)).fitting(parcels), whole, now)


def words_of(report: ShippingReport) -> str:
    """What tells this report apart from any other of the payment."""
    return digest(*(f"{one.company} {one.waybill}" for one in report.parcels), str(report.whole))


def begun(report: ShippingReport) -> ShippingTold:
    """It is told now."""
    return ShippingTold(words_of(report), millis(report.at))


def record(payment: Payment, told: ShippingTold, work: Work) -> None:
    """This is what its provider is told, or has heard; the row in hand follows. CommitRejected with StaleReport."""
    work.add(steps.tell(payment, told))
    payment.packed_told = pack_told(told)


def standing(payment: Payment) -> ShippingStanding:
    """What its provider knows. Raises PaymentProviderDown, ProviderError."""
    ref = calls.ref_of(payment)
    return calls.asked(payment.provider, lambda it: _listener(it).shipping(ref), desk="shipping")


def tell(payment: Payment, report: ShippingReport, known: ShippingStanding) -> None:
    """Tell its provider, after what it knew just now. Raises PaymentProviderDown, ProviderError."""
    calls.asked(payment.provider, lambda it: _listener(it).report_shipping(report, known), desk="shipping")


def _listener(one: PaymentProvider) -> ShippingListener:
    return cast("ShippingListener", one)
