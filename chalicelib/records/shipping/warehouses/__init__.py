"""The systems of warehouses that pack for the shop, by name. A new one is a package of its name, with a manifest and an adapter
that fulfils `port.WarehousePort`, and a line here.

An adapter is imported when its system is first spoken to.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .manifest import Warehouse

if TYPE_CHECKING:
    from chalicelib.kernel.clock import Clock
    from chalicelib.runtime.outside import HttpPort

    from .port import WarehousePort

WAREHOUSES: dict[str, Warehouse] = {name: import_module(f"{__name__}.{name}").WAREHOUSE for name in ("jushuitan",)}


def make(name: str, document: Mapping[str, Any], http: HttpPort, clock: Clock) -> WarehousePort:
    """The adapter of a system for a contract's document."""
    module, _, kind = WAREHOUSES[name].adapter.partition(":")
    made: WarehousePort = getattr(import_module(f"{__name__}.{name}.{module}"), kind)(document, http, clock)
    return made
