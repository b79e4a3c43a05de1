"""The carriers by name, in the order in which a parcel is offered to them. A new one is a package of its name, with a
manifest and an adapter that fulfils `port.CarrierPort`, and a line here.

An adapter is imported when its carrier is first spoken to.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .manifest import Carrier

if TYPE_CHECKING:
    from chalicelib.kernel.clock import Clock
    from chalicelib.runtime.outside import HttpPort

    from .port import CarrierPort, Nonce

CARRIERS: dict[str, Carrier] = {
    name: import_module(f"{__name__}.{name}").CARRIER
    for name in (
        "sf",
        "jd",
        "kuaidi100",
        "city",
    )
}


def make(name: str, document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce) -> CarrierPort:
    """The adapter of a carrier for a contract's document."""
    module, _, kind = CARRIERS[name].adapter.partition(":")
    made: CarrierPort = getattr(import_module(f"{__name__}.{name}.{module}"), kind)(document, http, clock, nonce)
    return made
