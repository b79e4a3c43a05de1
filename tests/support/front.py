"""The front door in a test: Chalice's own routing, JSON in and out."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from unittest.mock import patch

from chalice.local import LambdaEventConverter

from . import documented, rights


class Answer(NamedTuple):
    status: int
    json: Any
    headers: dict[str, str]
    text: str
    body: bytes = b""


class Front:
    """An HTTP client over the app. `token` is a bearer token, `key` an Idempotency-Key, `ip` where it comes from."""

    def __init__(self) -> None:
        from chalice.test import Client

        from app import app

        self._client = Client(app)
        rights.watch()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
        ip: str = "127.0.0.1",
    ) -> Answer:
        told = {"Content-Type": "application/json", **(headers or {})}
        if token:
            told["Authorization"] = f"Bearer {token}"
        if key:
            told["Idempotency-Key"] = key
        sent = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        rights.enter(method, path)
        with patch.object(LambdaEventConverter, "LOCAL_SOURCE_IP", ip):
            answer = self._client.http.request(method, path, headers=told, body=sent)
        text = answer.body.decode(errors="replace")
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        known = "x-content-type-options" in lowered or answer.status_code not in (403, 404, 405)  # else Chalice itself
        assert not known or "strict-transport-security" in lowered, (
            f"{method} {path}: whoever comes may come without TLS"
        )
        is_json = "json" in lowered.get("content-type", "") and text
        parsed = json.loads(text) if is_json else None
        documented.check(method, path, answer.status_code, parsed)
        rights.check(method, path)
        return Answer(answer.status_code, parsed, lowered, text, answer.body)

    def get(self, path: str, **kwargs: Any) -> Answer:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> Answer:
        return self.request("POST", path, body, **kwargs)

    def put(self, path: str, body: Any = None, **kwargs: Any) -> Answer:
        return self.request("PUT", path, body, **kwargs)

    def patch(self, path: str, body: Any = None, **kwargs: Any) -> Answer:
        return self.request("PATCH", path, body, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Answer:
        return self.request("DELETE", path, **kwargs)
