"""`make growth`: what an operation costs as the shop grows: calls, read units and write units, against growth.json.

One thing grows at a time: the lines of an order, the products, a customer's orders, the buckets of a SKU, the categories.
The shop stands on the proof's engine, in this process: a shop of 20,000 products is made in seconds, by copying one that was
made as people make it, and every figure is exact. Calls are those of all services. Exit code 1 when a bound is passed, when an
operation has none, or when one stands there for nothing.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from chalicelib.kernel.clock import business_day
from chalicelib.kernel.ids import ulid
from chalicelib.processes.privacy.service import exporting
from chalicelib.processes.refunding.service.ask_refund import ask_refund
from chalicelib.processes.refunding.shapes import AskRefund
from chalicelib.records.catalog.service import categories
from chalicelib.records.coupons import service as coupons
from chalicelib.records.identity.events import UserExportDue
from chalicelib.records.identity.model import EXPORT
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders import service as orders
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.search import service as search
from chalicelib.runtime import clients, relay, settings, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work, perform
from infra import tables
from tests.hardening.proof.cloud import Cloud
from tests.hardening.proof.hook import HOOK, Call, Effect, Reply, installed
from tests.records.catalog import goods
from tests.support import people

from . import asks, rewards
from .stage import QUIET, Stage, furnish
from .units import counted, indexes_of, item_size

BOUNDS = Path(__file__).with_name("growth.json")
SIZES = {
    "categories": (10, 1_000), "orders": (10, 2_000), "lines": (1, 10, 50), "products": (200, 20_000), "offers": (20, 200),
    "buckets": (1, 32), "commits": (1, 100), "coupons": (1, 100),
}  # fmt: skip
SKUS, BEGAN = 50, datetime(2026, 6, 1, 2, tzinfo=UTC)
CLERK = Caller("S01KJPB7WG0000000000000000C", "staff")
ROOMY = {
    "UNPAID_PIECES": "100000",
    "UNPAID_PIECES_PER_NETWORK": "100000",
    "PARKED_QUEUE_URL": "https://sqs.local/parked",
    "EVENT_BUS": "jishi",
}
Operation = tuple[str, str, Callable[[], Any], Callable[[Any], Any]]


class Cost(NamedTuple):
    """What an operation used at a size."""

    operation: str
    size: str
    calls: int
    read_units: float
    write_units: float

    @property
    def figures(self) -> list[float]:
        return [self.calls, self.read_units, self.write_units]


class Grown(Stage):
    """A stage on the proof's cloud."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(None)
        self.cloud, self.indexes = cloud, indexes_of(tables.definitions())

    def items(self, table: str) -> dict[Any, Any]:
        return self.cloud.engine.tables[f"jishi-{table}"].items

    def put(self, table: str, item: Any) -> None:
        held = self.cloud.engine.tables[f"jishi-{table}"]
        held.items[held.key(item)] = item

    def as_staff(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """A request of an operator who has just shown a second factor."""
        told = people.member(self, "operator", fresh=True).token
        return self.event(method, path, body, Authorization=f"Bearer {told}", **headers)


@contextmanager
def standing() -> Iterator[Grown]:
    """A furnished shop in this process; what the process was before comes back."""
    cloud, environment, before = Cloud(), dict(os.environ), world.current()
    remembered = dict(clients._clients)
    clients.forget()
    with installed(cloud):
        try:
            os.environ.update({**QUIET, **ROOMY, "PERSONAL_KEY": "growth"})
            for definition in tables.definitions():
                cloud.engine.create(definition)
            shop = Grown(cloud)
            furnish(shop, SKUS, BEGAN, seed=1)
            yield shop
        finally:
            clients.forget()
            clients._clients.update(remembered)
            world.use(before)
            settings.use_secrets(None)
            categories.forget()
            search.forget()
            os.environ.clear()
            os.environ.update(environment)


# ---- what is measured -------------------------------------------------------------------------------------------------
def of_lines(shop: Grown, lines: int) -> Iterator[Operation]:
    size, send = f"{lines} lines", shop.send

    def filled(make: Callable[[Grown], Any]) -> Any:
        asks.filled(shop, lines)
        return make(shop)

    yield "put cart line", size, lambda: filled(asks.cart_line), send
    yield "view cart", size, lambda: asks.cart_view(shop, lines), send
    yield "quote", size, lambda: asks.asked(shop, lines), send
    yield "place bought now", size, lambda: asks.bought_now(shop, lines), send
    yield "place from the cart", size, lambda: asks.from_cart(shop, lines), send
    yield "order view", size, lambda: shop.event("GET", f"/v1/orders/{asks.placed(shop, lines)}"), send
    yield "cancel", size, lambda: shop.event("POST", f"/v1/orders/{asks.placed(shop, lines)}/cancellation"), send
    yield "payment notice", size, lambda: asks.notice(shop, lines), send
    yield "ask for a refund", size, lambda: paid(shop, lines), partial(_refund, shop)


def of_products(shop: Grown, products: int) -> Iterator[Operation]:
    size, send = f"{products} products", shop.send
    shelf = shop.ask("GET", f"/v1/products/{shop.products[0]}")["category"]
    yield "browse", size, lambda: shop.event("GET", "/v1/products?limit=20&sort=price"), send
    yield "browse a category", size, lambda: shop.event("GET", f"/v1/products?limit=20&category={shelf}"), send
    yield "product view", size, lambda: shop.event("GET", f"/v1/products/{shop.products[0]}"), send
    yield "operator's products", size, lambda: shop.as_staff("GET", "/v1/admin/products?status=on&limit=20"), send
    yield "operator's misfits", size, lambda: shop.as_staff("GET", "/v1/admin/product-misfits?status=on&limit=20"), send


def of_orders(shop: Grown, count: int) -> Iterator[Operation]:
    size, send = f"{count} orders", shop.send
    day = business_day(world.now())
    yield "order list", size, lambda: shop.event("GET", "/v1/orders?limit=20"), send
    yield "order list of a state", size, lambda: shop.event("GET", "/v1/orders?limit=20&state=cancelled"), send
    yield "export, asked", size, lambda: asked_anew(shop), send
    yield "export, made", size, lambda: exported(shop), lambda facts: [exporting.export(*one) for one in facts()]
    yield "operator's day", size, lambda: shop.as_staff("GET", f"/v1/admin/orders?day={day}&limit=20"), send
    yield "operator's figures", size, lambda: shop.as_staff("GET", f"/v1/admin/figures?day={day}"), send
    yield "operator's search by an end", size, lambda: shop.as_staff("GET", "/v1/admin/search?q=ZZZZZZ"), send


def asked_anew(shop: Grown) -> Any:
    """A request for one's data by who has just shown a code and has asked for nothing yet."""
    items = shop.items("people")
    for key in [key for key, item in items.items() if item["r"]["S"] == EXPORT]:
        del items[key]
    told = people.token(shop.customer, "customer", fresh=True)
    return shop.event("POST", "/v1/me/data-exports", Authorization=f"Bearer {told}")


def exported(shop: Grown) -> Callable[[], Iterator[tuple[UserExportDue, Work]]]:
    """An export that was asked for: a delivery of its fact for each stretch, until it is made."""
    export_id = str(shop.send(asked_anew(shop))["export_id"])

    def deliveries() -> Iterator[tuple[UserExportDue, Work]]:
        while any(item.get("i") == {"S": export_id} and "d" not in item for item in shop.items("people").values()):
            yield UserExportDue(shop.customer, export_id), Work(Caller("privacy", "worker"), "growth", consumer=True)

    return deliveries


def of_buckets(shop: Grown, buckets: int) -> Iterator[Operation]:
    size, send, sku = f"{buckets} buckets", shop.send, shop.skus[0]
    work = Work(CLERK, "growth")
    perform(work, inventory.spread, sku, buckets, work)
    yield "product view", size, lambda: shop.event("GET", f"/v1/products/{shop.products[0]}"), send
    yield "quote", size, lambda: asks.asked(shop, 1), send
    yield "place bought now", size, lambda: asks.bought_now(shop, 1), send
    yield "stock view", size, lambda: shop.as_staff("GET", f"/v1/admin/stock/{sku}"), send
    yield (
        "stock adjust",
        size,
        lambda: Work(CLERK, "growth"),
        lambda work: perform(work, inventory.adjust, sku, 1, "found", work),
    )


def of_categories(shop: Grown, count: int) -> Iterator[Operation]:
    size, send = f"{count} categories", shop.send
    shop.clock.advance(timedelta(minutes=1))

    def later(seconds: int) -> Any:
        shop.clock.advance(timedelta(seconds=seconds))
        return shop.event("GET", "/v1/categories")

    def forgotten() -> Any:
        categories.forget()
        return later(0)

    yield "category tree, first", size, forgotten, send
    yield "category tree, again", size, lambda: later(0), send
    yield "category tree, 10 s later", size, lambda: later(10), send


def of_coupons(shop: Grown, count: int) -> Iterator[Operation]:
    size, send = f"{count} coupons", shop.send
    yield "my coupons", size, lambda: shop.event("GET", "/v1/me/coupons?limit=20"), send
    yield "coupons to use", size, lambda: None, lambda _: coupons.usable(shop.customer, world.now())
    yield "coupons to claim", size, lambda: shop.event("GET", "/v1/coupons/available"), send
    yield "claim a coupon", size, lambda: asks.coupon(shop), send


def of_offers(shop: Grown, count: int) -> Iterator[Operation]:
    """As they are remembered, and when they are read anew: every ten seconds in a process."""
    size, send = f"{count} offers", shop.send

    def anew(event: Any) -> Any:
        shop.clock.advance(timedelta(seconds=11))
        return event

    yield "quote under offers", size, lambda: asks.asked(shop, 3), send
    yield "quote under offers, read anew", size, lambda: anew(asks.asked(shop, 3)), send
    yield "product under offers", size, lambda: shop.event("GET", f"/v1/products/{shop.products[0]}"), send
    yield "publish an offer", size, lambda: None, lambda _: rewards.publish(kind="amount", terms={"off_fen": 1})


def of_commits(shop: Grown, commits: int) -> Iterator[Operation]:
    rows = [Journal.from_raw_data(item) for item in shop.items("journal").values() if "f" in item][:commits]
    size = f"{commits} commits"

    def stretch(_: Any) -> Any:
        with patch.dict(os.environ, {"RESEND_ROWS": str(commits)}):
            return relay.resend(world.now() - timedelta(days=1), world.now())

    yield "relay", size, lambda: rows, relay.relay
    yield "resend, a stretch", size, lambda: None, stretch


def paid(shop: Grown, lines: int) -> str:
    """The id of an order that was just paid."""
    before = set(shop.items("orders"))
    shop.send(asks.notice(shop, lines))
    ((order_id,),) = shop.items("orders").keys() - before
    return str(order_id)


def _refund(_shop: Grown, order_id: str) -> None:
    work = Work(CLERK, "growth")
    perform(work, ask_refund, AskRefund(order_id=order_id, reason="growth"), work)


# ---- growing ----------------------------------------------------------------------------------------------------------
def grow_products(shop: Grown, count: int) -> None:
    """Copies of the first product with all its rows, until there are so many products."""
    pattern, began = shop.products[0], shop.clock.now() - timedelta(days=1)
    rows = [text for item in shop.items("catalog").values() if pattern in (text := json.dumps(item))]
    for number in range(sum("g" in item for item in shop.items("catalog").values()), count):
        own = f"P{ulid(began, number.to_bytes(10, 'big'))}"
        for text in rows:
            shop.put("catalog", json.loads(text.replace(pattern, own).replace("B-0", f"C-{number}")))


def grow_orders(shop: Grown, count: int) -> None:
    """Copies of a paid order with its payment, until there are so many orders of the customer's."""
    pattern = paid(shop, 1)
    order = json.dumps(shop.items("orders")[(pattern,)])
    payment = json.dumps(shop.items("payments")[(f"{pattern}01",)])
    for number in range(len(shop.items("orders")), count):
        own = f"O{ulid(shop.clock.now(), number.to_bytes(10, 'big'))}"
        day = {"g": {"S": orders.day_key(shop.clock.now(), own)}}
        shop.put("orders", json.loads(order.replace(pattern, own)) | day)
        shop.put("payments", json.loads(payment.replace(pattern, own)))


def grow_coupons(shop: Grown, count: int) -> None:
    """Coupons of as many templates that somebody holds, until there are so many."""
    shop.send(asks.coupon(shop))
    pattern, began = shop.template, shop.clock.now() - timedelta(days=1)
    tables_of = ("coupon_templates", "coupons")
    rows = {
        table: [text for item in shop.items(table).values() if pattern in (text := json.dumps(item))]
        for table in tables_of
    }
    for number in range(len(shop.items("coupons")), count):
        own = f"K{ulid(began, number.to_bytes(10, 'big'))}"
        for table, texts in rows.items():
            for text in texts:
                shop.put(table, json.loads(text.replace(pattern, own)))


def grow_offers(shop: Grown, count: int) -> None:
    """Offers that hold, until there are so many: of every second kind some articles, else all."""
    for n in range(len(offers.active().documents), count):
        rewards.publish(**rewards.KINDS[n % len(rewards.KINDS)], scope=rewards.scope(shop, n))


def grow_categories(shop: Grown, count: int) -> None:
    parent = ""
    for number in range(len(categories.every()), count):
        if number % 40 == 0 or not parent:
            parent = goods.category(f"root {number}")
        else:
            goods.category(f"below {number}", parent)


# ---- measuring --------------------------------------------------------------------------------------------------------
def cost(shop: Grown, operation: Operation) -> Cost:
    """Count an operation once; what is remembered for a while is remembered from the time before."""
    name, size, prepare, run = operation
    calls = list[str]()

    def size_of(table: str, item: Any) -> int:
        held = shop.cloud.engine.tables[table]
        found = held.items.get(held.key({part: item[part] for part in held.shape.keys}))
        return item_size(found) if found else 0

    def listen(call: Call, effect: Effect) -> Reply:
        calls.append(call.name)
        return effect()

    run(prepare())
    given = prepare()
    with counted(clients.client("dynamodb"), shop.indexes, size_of) as bill, HOOK.held(listen):
        run(given)
    return Cost(name, size, len(calls), bill.read_units, bill.units)


def measured(sizes: Mapping[str, tuple[int, ...]] = SIZES) -> Iterator[Cost]:
    """Every operation at every size, the shop growing between them."""
    with standing() as shop:
        for name, chosen in sizes.items():
            grow, operations = STEPS[name]
            for size in chosen:
                if grow:
                    grow(shop, size)
                for operation in operations(shop, size):
                    yield cost(shop, operation)


Grow, Operations = Callable[[Grown, int], None], Callable[[Grown, int], Iterator[Operation]]
STEPS: dict[str, tuple[Grow | None, Operations]] = {
    "categories": (grow_categories, of_categories), "lines": (None, of_lines), "orders": (grow_orders, of_orders),
    "products": (grow_products, of_products), "buckets": (None, of_buckets), "commits": (None, of_commits),
    "coupons": (grow_coupons, of_coupons), "offers": (grow_offers, of_offers),
}  # fmt: skip


def passed(found: Cost, bounds: dict[str, list[float]]) -> list[str]:
    """In what a cost passes its bound, in words."""
    name = f"{found.operation} at {found.size}"
    if name not in bounds:
        return [f"{name}: no bound in {BOUNDS.name}"]
    figures = zip(("calls", "read units", "write units"), found.figures, bounds[name], strict=True)
    return [f"{name}: {value:g} {what} > {bound:g}" for what, value, bound in figures if value > bound]


def bounds() -> dict[str, list[float]]:
    told: dict[str, list[float]] = json.loads(BOUNDS.read_text(encoding="utf-8"))
    return told


def main() -> int:
    committed, above, seen = bounds(), list[str](), set[str]()
    say = sys.stdout.write
    say(f"{'operation':<34}{'size':>18}{'calls':>7}{'read units':>12}{'write units':>13}\n")
    for found in measured():
        say(f"{found.operation:<34}{found.size:>18}{found.calls:>7}{found.read_units:>12g}{found.write_units:>13g}\n")
        sys.stdout.flush()
        above += passed(found, committed)
        seen.add(f"{found.operation} at {found.size}")
    above += [f"{name}: bounded and not measured" for name in sorted(committed.keys() - seen)]
    for words in above:
        sys.stderr.write(f"above its bound: {words}\n")
    return int(bool(above))


if __name__ == "__main__":
    raise SystemExit(main())
