"""An app of doors that a test hangs, on the proof's engine: who comes is said by the token, and a gate stands for the
session behind it.
"""

from __future__ import annotations

import base64
import json
import sys
from datetime import datetime

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.kernel.errors import CommitRejected, Conflict, Unauthenticated, Unavailable
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import OPERATIONS, PUBLIC, App, Body, Query, View, endpoint
from chalicelib.runtime.http.shapes import Personal
from chalicelib.runtime.work import Work

BUYER = Caller("U1", "customer", frozenset({"goods:buy", "goods:see"}), session="L1", version=3)
LARGEST = 256 * 1024
door = sys.modules["chalicelib.runtime.http.endpoint"]  # the room, which its function stands before


class DoorTokenBad(Unauthenticated):
    why: str
    zh, en = "令牌 {why}", "token {why}"


class DoorSessionEnded(Unauthenticated):
    zh, en = "结束", "ended"


class DoorShut(Conflict):
    room: str
    zh, en = "{room} 已关", "{room} is shut"


class DoorSlow(Unavailable):
    zh, en = "慢", "slow"
    retry_after = 7


class Order(Body):
    sku: str
    pieces: int = Field(default=1, ge=1, le=9)
    names: list[str] = []
    by: datetime | None = None
    words: str | None = None


class Wish(Query):
    word: str = "none"
    most: int = Field(default=20, le=100)


class Receipt(View):
    id: str


class Waiting(View):
    id: str

    @property
    def retry_after(self) -> int | None:
        return 3 if self.id == "slow" else None


class Named(View):
    name: Personal


class Gate:
    """The session behind a caller: what of it was demanded, and whether it stands."""

    ended = DoorSessionEnded()

    def __init__(self):
        self.asked, self.stands, self.shown, self.caller, self.now = [], True, False, None, None

    def of(self, caller, now):
        self.caller, self.now = caller, now
        return self

    def look(self):
        self.asked.append("look")
        if not self.stands:
            raise self.ended

    def glance(self):
        self.asked.append("glance")
        if not self.stands:
            raise self.ended

    def within(self, steps):
        self.asked.append("within")
        return list(steps)


class House:
    """One app of the doors that a test hangs, on the proof's engine."""

    def __init__(self, ground):
        self.ground, self.gate, self.asked_at = ground, Gate(), None
        self.app = App(app_name="doors", configure_logs=False)
        self.app.api.binary_types = []

    def identify(self, token, now):
        """Who a token is: an id, and `:fresh` where a second factor was shown."""
        self.asked_at = now
        who, _, more = token.partition(":")
        if who == "bad":
            raise DoorTokenBad(why="gone")
        return BUYER._replace(id=who, fresh=more == "fresh")

    def hang(self, function, method="GET", path="/v1/x", **how):
        bp = Blueprint(function.__name__)
        endpoint(bp, method, path, **{"permit": PUBLIC, **how})(function)
        self.app.register_blueprint(bp)
        return OPERATIONS[-1]

    def ask(
        self, method="GET", path="/v1/x", body=None, *, values=None, query=None, ip="203.0.113.9", raw=None, **headers
    ):
        sent = json.dumps(body) if raw is None and body is not None else raw
        event = {
            "requestContext": {"httpMethod": method, "resourcePath": path, "identity": {"sourceIp": ip}},
            "headers": {name.replace("_", "-"): value for name, value in headers.items()},
            "multiValueQueryStringParameters": query, "pathParameters": values or {}, "stageVariables": None,
            "body": sent, "isBase64Encoded": False,
        }  # fmt: skip
        return Told(self.app(event, None))


class Told:
    def __init__(self, answer):
        self.status, self.text = answer["statusCode"], answer["body"]
        self.bytes = base64.b64decode(self.text) if answer.get("isBase64Encoded") else None
        self.headers = {**answer["headers"], **{n: v[0] for n, v in answer["multiValueHeaders"].items()}}

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def refusal(self):
        return self.status, self.json["code"], self.json["params"]


SIGNED_IN = {"authorization": "Bearer U1"}
NO_STORE = {
    "Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}  # fmt: skip
PROBLEM = {**NO_STORE, "Content-Type": "application/problem+json", "Content-Language": "zh"}


def act_on_nothing(work: Work) -> None:
    """A use case that commits nothing."""


def refuse(work: Work) -> None:
    raise DoorShut(room="1")


def refuse_several(work: Work) -> None:
    raise CommitRejected([DoorShut(room="1"), DoorSlow()])


def take(work: Work) -> None:
    work.add(*stock_steps.receive("S1", 1))
    work.commit()
