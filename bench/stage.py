"""A shop for measuring: handlers in this process, the engine in another, goods on the shelf, a provider across the counter.

Requests enter as API Gateway hands them to the function, so that what is measured is the function: routing, checking,
use case, SDK. The provider is the tests' fake: it makes true notices and shares no measured call.
"""

import base64
import importlib
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session

from chalicelib.records.inventory import steps as stock_steps
from infra import tables
from local import engine as engines
from local.attach import Context

PHONE, ADDRESS_OF_ALL = "13800138000", "203.0.113.7"
SKUS = 10
ADDRESS = {
    "name": "王小明", "phone": PHONE, "region": "310115", "province": "上海市", "city": "上海市",
    "district": "浦东新区", "line": "世纪大道 1 号", "default": True,
}  # fmt: skip
QUIET = {
    "METRICS": "none", "POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_SERVICE_NAME": "jishi",
    "LIMIT_SCALE": "100000", "CODES_PER_IP_HOUR": "100000", "REGISTRATIONS_PER_IP_HOUR": "100000",
    "PAY_MINUTES": "100000", "QUOTE_MINUTES": "100000", "NEW_ACCOUNT_HOURS": "0",
}  # fmt: skip


class Refused(AssertionError):
    """The function answered what a measured operation does not expect."""


class Stage:
    """The function, a customer at it, and the provider's fake."""

    def __init__(self, engine_client: Any) -> None:
        self.engine = engine_client  # a client of our own: what is asked through it is not counted
        self.app = importlib.import_module("app").app
        found = [(pattern, method) for pattern, by in self.app.routes.items() for method in by]
        self.routes = sorted(found, key=lambda one: one[0].count("{"))  # the plainest first, as the gateway prefers
        self.context = Context("api_handler", 29)
        self.token = self.customer = self.template = ""
        self.clock: Any = None
        self.fake: Any = None
        self.products: list[str] = []
        self.skus: list[str] = []

    def event(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """A request as the gateway makes it; `path` may hold a query."""
        bare, _, query = path.partition("?")
        pattern, values = self._route(method, bare)
        told = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        if self.token and "Authorization" not in headers:
            told["Authorization"] = f"Bearer {self.token}"
        raw = isinstance(body, bytes)
        text = (
            base64.b64encode(body).decode() if raw else None if body is None else json.dumps(body, ensure_ascii=False)
        )
        pairs = [pair.split("=", 1) for pair in query.split("&")] if query else []
        return {
            "resource": pattern,
            "path": bare,
            "httpMethod": method,
            "headers": told,
            "body": text,
            "multiValueHeaders": {name: [value] for name, value in told.items()},
            "isBase64Encoded": raw,
            "queryStringParameters": dict(pairs) or None,
            "pathParameters": values or None,
            "stageVariables": None,
            "multiValueQueryStringParameters": {name: [value] for name, value in pairs} or None,
            "requestContext": {
                "resourcePath": pattern,
                "httpMethod": method,
                "stage": "api",
                "requestId": "r",
                "path": bare,
                "identity": {"sourceIp": ADDRESS_OF_ALL, "userAgent": "bench"},
            },
        }

    def _route(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        parts = path.split("/")
        for pattern, known in self.routes:
            names = pattern.split("/")
            if known != method or len(names) != len(parts):
                continue
            if all(n.startswith("{") or n == p for n, p in zip(names, parts, strict=True)):
                return pattern, {n[1:-1]: p for n, p in zip(names, parts, strict=True) if n.startswith("{")}
        raise Refused(f"no route {method} {path}")

    def send(self, event: dict[str, Any]) -> Any:
        """Call the function; its JSON. Raises Refused at 400 and above."""
        answer = self.app(event, self.context)
        if answer["statusCode"] >= 400:
            raise Refused(f"{event['httpMethod']} {event['path']}: {answer['statusCode']} {answer['body'][:500]}")
        return json.loads(answer["body"]) if answer["body"] and "json" in str(answer["headers"]) else answer["body"]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.send(self.event(method, path, body, **headers))


@contextmanager
def standing() -> Iterator[Stage]:
    """A stage on an engine of its own; the process belongs to it from here on."""
    with tempfile.TemporaryDirectory(prefix="jishi-bench-") as home:
        engine = engines.start(engines.free_port(), Path(home), keep=False)
        try:
            os.environ.update(engine.environment | QUIET)
            session = botocore.session.get_session()
            os.environ["PERSONAL_KEY"] = session.create_client("kms").create_key()["KeyMetadata"]["KeyId"]
            db = session.create_client("dynamodb")
            for definition in tables.definitions():
                db.create_table(**definition)
            sys.path.insert(0, str(engines.ROOT))
            stage = Stage(db)
            furnish(stage)
            yield stage
        finally:
            engines.stop(engine, patience=5)


def furnish(stage: Stage, skus: int = SKUS, began: datetime | None = None, seed: int | None = None) -> None:
    """Keys, clock (midday of the shop, when nothing is quiet), a fake for each provider, goods with plenty of stock, a customer
    with an address."""
    from chalicelib.kernel.clock import SHOP_ZONE, ManualClock
    from chalicelib.records.identity.access.service import identify
    from chalicelib.records.payments.service import calls
    from chalicelib.runtime import settings, world
    from tests.fakes.carriers import FAKES as CARRIERS
    from tests.fakes.payments import FAKES
    from tests.records.catalog import goods
    from tests.support import people
    from tests.support import world as made_up

    clock = ManualClock(began or datetime.now(SHOP_ZONE).replace(hour=12).astimezone(UTC))
    world.use(world.World(clock=clock, entropy=os.urandom if seed is None else random.Random(seed).randbytes))
    stage.clock = clock
    stage.fake = FAKES["wechat"]()
    stage.fake.now = clock.now
    carrier = {"shipping/sf": CARRIERS["sf"]().config}
    settings.use_secrets({**made_up.secrets(), **carrier, "payments/wechat": stage.fake.config})
    calls.use_http(stage.fake)

    shelf = goods.category("shirts", None, goods.FABRIC)
    products = [goods.product(shelf, goods.article(code=f"B-{n}")) for n in range(skus)]
    stage.products = [product.id for product in products]
    stage.skus = [f"{product}01" for product in stage.products]
    for sku in stage.skus:
        work = goods.work()
        work.add(*stock_steps.receive(sku, 1_000_000))
        work.commit()
    stage.ask("POST", "/v1/auth/codes", {"purpose": "register", "phone": PHONE})
    body = {"phone": PHONE, "code": people.last_code(), "terms": people.TERMS}
    stage.token = stage.ask("POST", "/v1/auth/register", body)["access_token"]
    stage.customer = identify(stage.token, clock.now()).id
    stage.ask("POST", "/v1/me/addresses", ADDRESS)
    clock.advance(timedelta(seconds=1))
