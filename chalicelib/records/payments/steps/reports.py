"""What a provider is told of having been sent: put on record before it is told, and once it has heard."""

from __future__ import annotations

from chalicelib.runtime.table import Step, update

from ..model import Payment, pack_told
from ..rules import ShippingTold, StaleReport


def tell(payment: Payment, told: ShippingTold) -> Step:
    """From now on this is what its provider is told, or has heard, after what was read: of two at once one must look again."""
    known = Payment.packed_told
    before = known == payment.packed_told if payment.packed_told else known.does_not_exist()
    return update(Payment, payment.id, actions=[known.set(pack_told(told))], when=before, otherwise=StaleReport())
