"""One botocore session, one client a service, made when first needed and kept for the life of the process.

The SDK's own retries are off: `runtime.work` and `runtime.table` own patience, under one deadline.
"""

from __future__ import annotations

import threading
from typing import Any

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
)
PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=1, read_timeout=5)


def client(service: str) -> Any:
    """The process's client of a service; DynamoDB's has no retries of its own and a short read time-out."""
    with _lock:
        if service not in _clients:
            if not _session:
                _session.append(botocore.session.get_session())
            _clients[service] = _session[0].create_client(service, config=SWIFT if service == "dynamodb" else PATIENT)
        return _clients[service]


def forget() -> None:
    """Drop all clients (after a change of endpoint or credentials, in tests)."""
    with _lock:
        _clients.clear()
        _session.clear()
