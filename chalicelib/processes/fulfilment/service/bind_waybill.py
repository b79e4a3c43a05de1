"""To which parcels a waybill belongs."""

from __future__ import annotations

from chalicelib.records.shipping import steps as ship_steps
from chalicelib.records.shipping.service import shipments
from chalicelib.runtime.work import Work


def bind(waybill: str, number: str, together: bool, work: Work) -> bool:
    """Bind a waybill to a parcel, and tell the others that have it. Returns whether there are any."""
    binding = shipments.bound_to(waybill)
    others = [each for each in (binding.numbers if binding else ()) if each != number]
    work.add(ship_steps.bind(waybill, number, binding, together=together))
    if others and together:
        for other in others:
            row = shipments.find(other)
            if not row.shared:
                work.add(ship_steps.share(row.order, row.part))
    return bool(others)
