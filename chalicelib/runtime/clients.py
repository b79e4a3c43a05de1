"""One botocore session, one client a service, made when first needed and kept for the life of the process.

The SDK's own retries are off: `runtime.work` and `runtime.table` own patience, under one deadline.
DynamoDB's client does once what the SDK does anew at each call and what cannot change: its own description of itself, and
the rules that say where a region's endpoint is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import botocore
import botocore.session
from botocore.config import Config

_clients: dict[str, Any] = {}
_session: list[botocore.session.Session] = []
_lock = threading.Lock()

SWIFT = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=1,
    read_timeout=2,
    parameter_validation=False,
    max_pool_connections=32,
    tcp_keepalive=True,
    user_agent=f"jishi Botocore/{botocore.__version__}",  # one that is given is not put together at each call
    account_id_endpoint_mode="disabled",  # one endpoint a region, whoever calls
)
PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=1, read_timeout=5)
SIGNING = PATIENT.merge(  # links are signed as every region takes it; no checksum beside the signature's own
    Config(
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
)
ONCE = PATIENT.merge(
    Config(retries={"mode": "standard", "total_max_attempts": 1})
)  # a letter sent again is a second letter
CONFIGS = {"s3": SIGNING, "sesv2": ONCE}


def client(service: str) -> Any:
    """The process's client of a service; DynamoDB's has no retries of its own and a short read time-out."""
    with _lock:
        if service not in _clients:
            if not _session:
                _session.append(botocore.session.get_session())
            _clients[service] = (
                _swift()
                if service == "dynamodb"
                else _session[0].create_client(service, config=CONFIGS.get(service, PATIENT))
            )
        return _clients[service]


def _swift() -> Any:
    made = _session[0].create_client("dynamodb", config=SWIFT)
    rules = made._ruleset_resolver  # has no public name; tests/runtime/test_clients.py holds it to what is used here
    rules.construct_endpoint = _asked_once(rules.construct_endpoint)
    return made


def _asked_once(ask: Callable[..., Any]) -> Callable[..., Any]:
    """The first answer, again and again: where DynamoDB is follows from the region, not from what is called."""
    found: list[Any] = []

    def again(**call: Any) -> Any:
        if not found:
            found.append(ask(**call))
        return found[0]

    return again


def forget() -> None:
    """Drop all clients (after a change of endpoint or credentials, in tests)."""
    with _lock:
        _clients.clear()
        _session.clear()
