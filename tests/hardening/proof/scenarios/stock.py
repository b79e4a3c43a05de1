"""Stock under the shop's own hands while customers buy: counting, spreading over buckets, stopping a sale, the shelf."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.quote import Ahead
from chalicelib.processes.merchandising import service as shelve
from chalicelib.processes.merchandising.admin_routes import RACED
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.model import Sku
from chalicelib.records.catalog.rules import Axis, Choice, Listing, SkuData, Text
from chalicelib.records.catalog.service import categories, editing
from chalicelib.records.catalog.service.categories import Named
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.feeds.service import ledger
from chalicelib.records.inventory.model import Stock
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import FULFILLING, OPEN
from chalicelib.runtime.work import Work
from tests.hardening.proof import trade
from tests.hardening.proof.scenario import START, Scenario, Step, expected, refused
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import BUYERS, CLERK, PRICE, PRODUCT, SKU_A, SKU_B, Trade, cancel, place, relay


def adjust(name: str, delta: int) -> Step:
    """A counted difference, under a key of its own."""

    def act(stage: Any) -> Any:
        return ask(
            CLERK,
            "POST /v1/admin/stock/{sku}/adjustments",
            inventory.adjust,
            SKU_A,
            delta,
            "counted",
            key=name,
            asked=delta,
        )

    return Step(name, act)


def spread(buckets: int) -> Step:
    """Keep the stock in so many buckets; asked again it is the same."""

    def act(stage: Any) -> Any:
        return ask(CLERK, "PUT /v1/admin/stock/{sku}/buckets", inventory.spread, SKU_A, buckets)

    return Step(f"spread {buckets}", act, moody=True)


class Shelved(Trade):
    """The trading line with its two SKUs described and on the shelf."""

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(CLERK, "setup")
            shelf = categories.open_category(Named(Text("衫", "Shirts")), None, work)
            work.commit()
            size = Axis("size", Text("尺码", "Size"), tuple(Choice(key, Text(key, key)) for key in "ab"))
            listing = Listing(Text("衫", "Shirt"), Text("", ""), shelf, axes=(size,))
            said = [SkuData(key, PRICE[sku], options={"size": key}) for key, sku in zip("ab", PRICE, strict=True)]
            work = Work(CLERK, "setup")
            editing.add_product(listing, said, work, product_id=PRODUCT)
            work.commit()
            _move("publish", Work(CLERK, "setup"))


def _move(action: str, work: Work) -> None:
    """What an operator who looks at the product just now does to it."""
    shelve.move_product(PRODUCT, int(catalog.find_product(PRODUCT, consistent=True).product.version), action, work)
    work.commit()


def move(action: str) -> Step:
    def act(stage: Any) -> Any:
        return ask(CLERK, "PUT /v1/admin/products/{product_id}/status", _move, action)

    return Step(action, act, moody=True)


def _rename(work: Work) -> None:
    whole = catalog.find_product(PRODUCT, consistent=True)
    editing.edit_product(PRODUCT, int(whole.product.version), whole.listing._replace(title=Text("褂", "Jacket")), work)
    work.commit()


def rename() -> Step:
    return Step("rename", lambda stage: ask(CLERK, "PUT /v1/admin/products/{product_id}", _rename), moody=True)


def stop(sku: str = SKU_A, name: str = "stop") -> Step:
    """Stop the sale. Once the shop was told so, nothing more is held until that is lifted."""

    def act(stage: Any) -> Any:
        told = ask(CLERK, "PUT /v1/admin/stock/{sku}/closure", shelve.stop_sale, sku, "recall", raced=RACED)
        if sku == SKU_A:
            stage.notes["stopped"] = told is None
        return told

    return Step(name, act, moody=True)


def reopen() -> Step:
    def act(stage: Any) -> Any:
        stage.notes["stopped"] = False
        return ask(CLERK, "DELETE /v1/admin/stock/{sku}/closure", shelve.resume_sale, SKU_A, raced=RACED)

    return Step("reopen", act, moody=True)


def try_place(who: str) -> Step:
    """A buyer comes while the sale may be stopped."""
    plain = place(who)

    def act(stage: Any) -> Any:
        stopped = stage.notes.get("stopped") and not stage.rows(Order)
        told = plain.act(stage)
        if stopped and not refused(told):
            stage.notes["sold"] = who
        return told

    return Step(plain.name, act)


LATER = START + timedelta(days=20)
ALLOWED = 2


def allow(pieces: int) -> Step:
    """So many pieces may be sold beyond what lies there."""

    def act(stage: Any) -> Any:
        scope = "PATCH /v1/admin/stock/{sku}"
        return ask(CLERK, scope, ledger.sell_beyond, SKU_A, pieces, LATER, raced=(StaleStock,))

    return Step(f"allow {pieces}", act, moody=True)


def postpone() -> Step:
    """What is sold ahead is sent ten days later than was told. Nobody who orders after that is promised the former day."""

    def act(stage: Any) -> Any:
        scope, until = "PATCH /v1/admin/stock/{sku}", LATER + timedelta(days=10)
        told = ask(CLERK, scope, ledger.sell_beyond, SKU_A, ALLOWED, until, raced=(StaleStock,))
        stage.notes["postponed"] = told is None
        return told

    return Step("postpone", act, moody=True)


def place_later(who: str) -> Step:
    """A buyer who was told that all of it is sent later."""

    def act(stage: Any) -> Any:
        quote = quotes.read(trade.token(who), BUYERS[who].id)._replace(ahead=(Ahead(SKU_A, millis(LATER)),))
        late = stage.notes.get("postponed") and all(order.id != quote.order_id for order in stage.rows(Order))
        told = ask(BUYERS[who], "POST /v1/orders", place_order, PlaceOrder(quote=quotes.seal(quote)))
        if late and not refused(told):
            stage.notes["promised"] = who
        return told

    return Step(f"place {who}", act)


def audit_ahead(stage: Any, final: bool) -> list[str]:
    """The same; no more are sold beyond what lies there than may be, and nobody waits who was not told so."""
    found = trade.audit(stage, final)
    (row,) = [one for one in stage.rows(Stock) if one.place.startswith(SKU_A) and one.part.startswith("b")]
    over = int(row.held) - int(row.on_hand)
    if over > ALLOWED:
        found.append(f"S005 {SKU_A}: {over} are sold beyond what lies there, of {ALLOWED}")
    told = [order for order in stage.rows(Order) if order.state in OPEN | FULFILLING and SKU_A not in order.bill.waits]
    now = sum(pieces for order in told for sku, _, pieces in order.held if sku == SKU_A)
    if now > int(row.on_hand):
        found.append(f"S005 {SKU_A}: {now} are held by who was told that they lie there, and {int(row.on_hand)} do")
    if "promised" in stage.notes:
        found.append(f"S005 {SKU_A}: {stage.notes['promised']} was promised a day that was not told any more")
    return found


def audit(stage: Any, final: bool) -> list[str]:
    """The trading line's audit; buckets are stopped together or not at all; a stopped sale is stopped in every bucket."""
    found = trade.audit(stage, final)
    parts = stage.cloud.engine.rows("jishi-stock")
    mine = [row for row in parts if row["s"]["S"].startswith(SKU_A) and row["b"]["S"].startswith("b")]
    live = sorted(row["b"]["S"] for row in mine if "c" not in row)
    if 0 < len(live) < len(mine):
        found.append(f"stock {SKU_A}: only some of its buckets are stopped, {live} still sell")
    if "sold" in stage.notes:
        found.append(f"stock {SKU_A}: {stage.notes['sold']} bought it after its sale was stopped")
    if stage.notes.get("stopped") and live:
        found.append(f"stock {SKU_A}: its sale was stopped, but {live} still sell")
    return found


def shelved(stage: Any, final: bool) -> list[str]:
    """The stock's audit; a SKU's buckets are closed while the catalogue says that it may not be bought, and lists show the
    lowest price that the product can be bought at, or not the product.
    """
    found = audit(stage, final)
    skus = [
        Sku.from_raw_data(row) for row in stage.cloud.engine.rows("jishi-catalog") if row["r"]["S"].startswith("sku#")
    ]
    stops = {
        row["s"]["S"].partition("@")[0]: row.get("c", {}).get("S")
        for row in stage.cloud.engine.rows("jishi-stock")
        if row["b"]["S"] == "b0"
    }
    for sku in skus:
        if catalog.on_sale(sku) != (stops[sku.id] is None):
            found.append(f"shelf {sku.id}: on sale {catalog.on_sale(sku)}, and its stock is closed for {stops[sku.id]}")
    prices = {int(sku.price) for sku in skus if catalog.on_sale(sku)}
    cards = {
        int(row["n"]["N"]) for row in stage.cloud.engine.rows("jishi-catalog") if row["p"]["S"].startswith("list#")
    }
    if cards != ({min(prices)} if prices else set()):
        found.append(f"shelf: lists show {cards}, and it can be bought at {prices}")
    return found


def story(
    name: str,
    *steps: Step,
    rows: Sequence[str],
    races: Sequence[Sequence[str]],
    triples: Sequence[Sequence[str]] = (),
    build: type[Trade] = Trade,
    audit: Callable[[Any, bool], list[str]] = audit,
    ends: dict[str, Any],
    refuses: Mapping[str, str] | None = None,
) -> Scenario:
    """`ends`: of the first SKU what may be bought, is held, and in how many buckets; the states of orders; whether it is
    listed; after a clean run."""

    def reaches(stage: Any) -> list[str]:
        parts = [row for row in stage.rows(Stock) if row.place.startswith(SKU_A) and row.part.startswith("b")]
        orders = {row.id[-3].lower(): row.state for row in stage.rows(Order)}
        found = {
            "available": sum(int(row.available) for row in parts), "held": sum(int(row.held) for row in parts),
            "open": sum(row.closed is None for row in parts), **orders,
            "listed": sum(row["p"]["S"].startswith("list#") for row in stage.cloud.engine.rows("jishi-catalog")),
        }  # fmt: skip
        return expected(found, ends)

    return Scenario(
        f"stock.{name}", build, steps, audit, trade.settle, rows, races, triples, reaches=reaches, refuses=refuses or {}
    )


SCENARIOS = [
    story(
        "count", place("b"), adjust("lose two", -2), adjust("find four", 4), place("d"), cancel("b"), relay(),
        rows=("F04", "F24", "F27"), ends={"available": 7, "held": 0, "b": "cancelled", "d": "expired"},
        refuses={"lose two": "STOCK_TOO_LOW"},
        races=[["place b", "lose two"], ["lose two", "lose two"], ["lose two", "find four"], ["find four", "place d"]],
        triples=[["place b", "lose two", "find four"]],
    ),
    story(
        "ahead", allow(ALLOWED), place("b"), place("d"), place("h"), place_later("j"), place_later("p"), cancel("b"),
        adjust("lose one", -1), relay(), rows=("F02", "F04"), audit=audit_ahead,
        ends={"available": 5, "held": 0, "b": "cancelled", "d": "expired", "j": "expired", "open": 1},
        refuses={"place h": "OUT_OF_STOCK", "place p": "OUT_OF_STOCK", "lose one": "STOCK_TOO_LOW"},
        races=[["allow 2", "place b"], ["place b", "place d"], ["place d", "place h"], ["place j", "place p"],
               ["place h", "place j"], ["place p", "cancel b"], ["allow 2", "allow 2"], ["cancel b", "lose one"]],
        triples=[["place d", "place j", "place p"]],
    ),
    story(
        "postponed", allow(ALLOWED), place_later("j"), postpone(), place_later("p"), relay(), rows=("F02", "F04"),
        audit=audit_ahead, ends={"available": 5, "held": 0, "j": "expired", "open": 1},
        refuses={"place p": "BACKORDER_POSTPONED"},
        races=[["place j", "postpone"], ["postpone", "place p"], ["postpone", "postpone"]],
    ),
    story(
        "spread", spread(2), place("d"), spread(1), place("h"), adjust("find four", 4), cancel("d"), relay(),
        rows=("F04", "F23"), ends={"available": 7, "held": 0, "d": "cancelled", "h": "expired"},
        races=[["spread 2", "place d"], ["place d", "spread 1"], ["spread 1", "place h"], ["spread 1", "find four"],
               ["spread 1", "cancel d"], ["spread 2", "spread 1"]],
        triples=[["spread 1", "place h", "find four"]],
    ),
    story(
        "stop", spread(2), stop(), try_place("h"), reopen(), place("d"), relay(), rows=("F02", "F04"),
        ends={"available": 3, "held": 0, "open": 2, "d": "expired"}, refuses={"place h": "SALE_STOPPED"},
        races=[["spread 2", "stop"], ["stop", "place h"]],
        triples=[["spread 2", "stop", "place h"]], build=Shelved, audit=shelved,
    ),
    story(
        "shelf", stop(), move("withdraw"), reopen(), move("publish"), stop(SKU_B, "stop the other"), rename(), relay(),
        rows=("F02", "F04"), ends={"available": 3, "held": 0, "open": 1, "listed": 2},
        races=[["stop", "stop the other"], ["stop", "withdraw"], ["withdraw", "reopen"], ["reopen", "publish"],
               ["stop the other", "rename"]],
        build=Shelved, audit=shelved,
    ),
]  # fmt: skip
