"""Calls to carriers: never when one is known to be silent, and with what calls a person counted.

A carrier's document is the secret `shipping/<name>`; its adapter is kept as long as the document stays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.runtime import observe, settings, world
from chalicelib.runtime.outside import HttpPort, PooledHttp

from .. import carriers, warehouses
from ..carriers import CARRIERS
from ..carriers.manifest import Carrier
from ..carriers.port import (
    CarrierError,
    CarrierMisconfigured,
    CarrierPort,
    CarrierThrottled,
    CarrierUnsure,
)
from ..rules import CarrierDown, NoSuchCarrier
from ..warehouses.port import WarehousePort

UNUSABLE = (CarrierMisconfigured, AttributeError, KeyError, TypeError, ValueError)  # what is wrong with a document
MISCONFIGURED = observe.alarmed(
    "CarrierMisconfigured", "A carrier does not take our keys, account or parameters; the log says which (carrier)"
)
GAP = observe.alarmed(
    "CarrierCodeUnknown", "A carrier answered a code that its table lacks; the log says which (carrier)"
)
READ_SECONDS = 6.0
STANDARD = "standard"

T = TypeVar("T")
A = TypeVar("A")
_kept: dict[str, tuple[dict[str, Any], HttpPort, Any]] = {}
_http: HttpPort = PooledHttp(READ_SECONDS)


class _ClockOfTheWorld:
    def now(self) -> datetime:
        return world.now()


def use_http(http: HttpPort | None) -> None:
    """Reach the carriers by another way (tests); None goes back to the network."""
    global _http
    _http = http or PooledHttp(READ_SECONDS)
    _kept.clear()


def manifest(name: str) -> Carrier:
    """The manifest of a carrier. Raises NoSuchCarrier."""
    if name not in CARRIERS:
        raise NoSuchCarrier(carrier=name)
    return CARRIERS[name]


def contracted(name: str) -> bool:
    """Whether the shop has a contract with this carrier."""
    if name not in CARRIERS:
        return False
    try:
        settings.secret(f"shipping/{name}")
    except KeyError:
        return False
    return True


def takers(service: str = "") -> list[str]:
    """The carriers under contract that parcels of a service ("": standard) can be offered to, in the order of the table: those
    that deliver it, then those of standard, which are better late than never."""
    able = [(name, one.services) for name, one in CARRIERS.items() if one.books and contracted(name)]
    own = [name for name, services in able if service in services]
    return [*own, *(name for name, services in able if STANDARD in services and name not in own)]


def follower() -> str | None:
    """The carrier under contract that tells of others' waybills."""
    return next((name for name, one in CARRIERS.items() if one.follows and contracted(name)), None)


def carrier(name: str) -> CarrierPort:
    """The adapter of a carrier. Raises CarrierDown when the shop has no contract with it, or none that may be used."""
    made: CarrierPort = _adapter(
        name, lambda document: carriers.make(name, document, _http, _ClockOfTheWorld(), _nonce)
    )
    return made


def _adapter(name: str, make: Callable[[dict[str, Any]], Any]) -> Any:
    try:
        document = settings.secret(f"shipping/{name}")
    except KeyError:
        raise CarrierDown(carrier=name) from None
    kept = _kept.get(name)
    if kept is None or kept[0] is not document:
        try:
            adapter = make(document)
        except UNUSABLE:
            _tell(name, CarrierMisconfigured("CONTRACT"))
            raise CarrierDown(carrier=name) from None
        kept = _kept[name] = (document, _http, adapter)
    return kept[2]


def ask(name: str, call: Callable[[CarrierPort], T]) -> T:
    """What a carrier answers. Raises CarrierError, CarrierDown."""
    return _told(name, call, carrier)


def ask_warehouse(name: str, call: Callable[[WarehousePort], T]) -> T:
    """What a warehouse's system answers. Raises CarrierError, CarrierDown where there is no contract that may be used."""
    return _told(name, call, _warehouse)


def _warehouse(name: str) -> WarehousePort:
    made: WarehousePort = _adapter(name, lambda document: warehouses.make(name, document, _http, _ClockOfTheWorld()))
    return made


def _told(name: str, call: Callable[[A], T], adapter: Callable[[str], A]) -> T:
    try:
        return call(adapter(name))
    except CarrierError as trouble:
        _tell(name, trouble)
        raise


def _tell(name: str, trouble: CarrierError) -> None:
    """Count what it is; what calls a person rings."""
    kind = type(trouble).__name__
    if trouble.calls == "nobody":
        if isinstance(trouble, CarrierUnsure | CarrierThrottled):
            observe.count("CarrierTrouble", carrier=name, kind=kind)
        return
    if trouble.calls == "configuration":
        observe.count(MISCONFIGURED)
    else:
        observe.count(GAP)
    observe.logger().error("carrier", carrier=name, kind=kind, code=trouble.code)


def _nonce() -> str:
    return world.current().entropy(16).hex()


def push_url(name: str, token: str) -> str:
    """Where a carrier sends its pushes."""
    return f"{settings.value(settings.PUBLIC_URL).rstrip('/')}/v1/webhooks/carriers/{name}/{token}"
