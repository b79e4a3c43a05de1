"""Receivers of webhooks: what lies at an address, what it answers, and what came there.

The signature is verified as a receiver would, by code of its own: nothing is shared with what signs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chalicelib.runtime.outside import NoAnswer
from chalicelib.runtime.strangers import Called, Said

PUBLIC = "93.184.215.14"
HANGS = 0  # as a status: nobody answers


class Came(NamedTuple):
    """One message as it arrived."""

    host: str
    number: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def signed_by(self, secret: str) -> bool:
        """Whether one of its signatures is of this secret."""
        key = base64.b64decode(secret.split("_", 1)[1])
        content = b".".join((self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body))
        good = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return any(hmac.compare_digest(good, one) for one in self.headers["webhook-signature"].split())


class FakeReceivers:
    """The network with receivers in it. `answers`: host -> status, HANGS for one that never answers; 200 by default."""

    def __init__(self) -> None:
        self.answers: dict[str, int] = {}
        self.leads: dict[str, list[str]] = {}  # host -> its numbers, where it is not PUBLIC
        self.came: list[Came] = []
        self.asked: list[str] = []  # every exchange, also those that nobody answered
        self.says = b"thanks"
        self.meanwhile: Callable[[], object] = lambda: None  # what happens while a receiver has a message

    def numbers(self, host: str, port: int) -> list[str]:
        found = self.leads.get(host, [PUBLIC])
        if not found:
            raise OSError("no such name")
        return list(found)

    def post(self, place: Called, number: str, headers: Mapping[str, str], body: bytes) -> Said:
        self.asked.append(place.host)
        self.meanwhile()
        status = self.answers.get(place.host, 200)
        if status == HANGS:
            raise NoAnswer("ReadTimeout")
        self.came.append(Came(place.host, number, dict(headers), body))
        return Said(status, self.says)

    def to(self, host: str) -> list[Came]:
        """What came to one of them."""
        return [one for one in self.came if one.host == host]

    # -- as a keeper of the proof's stage ---------------------------------------------------------------------------
    def snapshot(self) -> Any:
        return dict(self.answers), dict(self.leads), tuple(self.came), tuple(self.asked)

    def restore(self, saved: Any) -> None:
        answers, leads, came, asked = saved
        self.answers, self.leads, self.came, self.asked = dict(answers), dict(leads), list(came), list(asked)
