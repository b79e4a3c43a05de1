"""`make budget`: round trips, capacity units and CPU of each operation, one JSON object a line, against budgets.json.

Round trips and units are exact and must not exceed the budget. CPU is told beside a calibration loop of the same
sitting and compared as their ratio, since machines differ; the budget's milliseconds hold on the machine whose loop
takes `calibration_ms`. Then the idle bill of a month, by resource. Exit code 1 when a budget is exceeded.
"""

import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from chalicelib.records.holds.model import NETWORK, Holding
from chalicelib.records.identity.model import ACCOUNT, BOOK, Account, Book
from chalicelib.runtime import clients, limits, world
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from infra import build, draft, expand, tables
from tests.support import people

from . import cold, idle
from .meter import Line, measure
from .stage import ADDRESS_OF_ALL, Stage, standing
from .units import indexes_of

BUDGETS = Path(__file__).with_name("budgets.json")
WORKERS = (
    "chalicelib.runtime.consumers", "chalicelib.processes.checkout.consumers",
    "chalicelib.processes.checkout.payment_consumers", "chalicelib.processes.checkout.customer_consumers",
    "chalicelib.records.audit.consumers", "chalicelib.processes.privacy.consumers", "chalicelib.processes.console.consumers",
)  # fmt: skip
_quantities = itertools.cycle(range(1, 10))
Operation = tuple[str, Callable[[], Any], Callable[[Any], None]]


def operations(stage: Stage) -> Iterator[Operation]:
    """(name, what makes a request, what is measured)."""
    send = stage.send
    yield "product view", lambda: stage.event("GET", f"/v1/products/{stage.products[0]}"), send
    yield "put cart line", lambda: _cart_line(stage), send
    yield "view cart of 3 lines", lambda: _cart_view(stage), send
    for lines in (1, 3, 10):
        yield f"quote of {lines} lines", partial(_asked, stage, lines), send
    for lines in (1, 3, 10):
        yield f"place {lines} lines from the cart", partial(_from_cart, stage, lines), send
    for lines in (1, 3):
        yield f"place {lines} lines bought now", partial(_bought_now, stage, lines), send
    yield "place 1 lines by a new account", lambda: _bought_now(stage, 1), partial(_as_new, stage)
    yield "one click", lambda: _click(stage), send
    yield "payment notice", lambda: _notice(stage), send
    yield "order view", lambda: stage.event("GET", f"/v1/orders/{_order(stage)}"), send


def _cart_line(stage: Stage) -> Any:
    return stage.event("PUT", f"/v1/cart/items/{stage.skus[0]}", {"quantity": next(_quantities)})


def _cart_view(stage: Stage) -> Any:
    _filled(stage, 3)
    return stage.event("GET", "/v1/cart")


def _filled(stage: Stage, lines: int) -> None:
    for sku in stage.skus[:lines]:
        stage.ask("PUT", f"/v1/cart/items/{sku}", {"quantity": 1})
    for sku in stage.skus[lines:]:
        stage.ask("DELETE", f"/v1/cart/items/{sku}")


def _asked(stage: Stage, lines: int) -> Any:
    items = [{"sku": sku, "quantity": 1} for sku in stage.skus[:lines]]
    return stage.event("POST", "/v1/quotes", {"items": items})


def _placing(stage: Stage, quote: Any) -> Any:
    """Placed by somebody with a few unpaid orders, as customers are, however often this is measured."""
    work, network = Work(ANYONE, "bench"), f"{NETWORK}{limits.keyed(limits.network(ADDRESS_OF_ALL))}"
    for holder in (stage.customer, network):
        work.add(put(Holding(holder, open={f"{work.new_id('O')}:3" for _ in range(3)}, pieces=9)))
    work.commit()
    return stage.event("POST", "/v1/orders", {"quote": quote["quote"]})


def _as_new(stage: Stage, event: Any) -> Any:
    """Sent while accounts are new for a day, and not, as else here, never."""
    with patch.dict(os.environ, {"NEW_ACCOUNT_HOURS": "24"}):
        return stage.send(event)


def _bought_now(stage: Stage, lines: int) -> Any:
    return _placing(stage, stage.send(_asked(stage, lines)))


def _from_cart(stage: Stage, lines: int) -> Any:
    _filled(stage, lines)
    return _placing(stage, stage.ask("POST", "/v1/quotes", {}))


def _order(stage: Stage) -> str:
    return str(stage.send(_placing(stage, stage.send(_asked(stage, 1))))["order_id"])


def _click(stage: Stage) -> Any:
    """A click of a new customer each time: two of one customer within a minute are one."""
    customer = world.new_id("U")
    work = Work(Caller(customer, "customer"), "bench")
    work.add(put(Account(customer, ACCOUNT, state="active", version=1)))
    work.add(put(Book(customer, BOOK, default=world.new_id("D"))))
    work.commit()
    told = {"Idempotency-Key": customer, "Authorization": f"Bearer {people.token(customer, 'customer')}"}
    return stage.event("POST", "/v1/orders/one-click", {"sku": stage.skus[0]}, **told)


def _notice(stage: Stage) -> Any:
    """A signed notice of a payment that was really started and paid at the desk."""
    order, way = _order(stage), {"provider": "wechat", "product": "native"}
    payment = stage.ask("POST", f"/v1/orders/{order}/payments", way, **{"Idempotency-Key": order})
    stage.desk.pay(payment["id"])
    notice = stage.desk.notice(payment["id"])
    token, stage.token = stage.token, ""
    event = stage.event("POST", "/v1/webhooks/wechat/pay", **notice.headers)
    stage.token = token
    return {**event, "body": notice.body.decode()}


TRIES = 3  # a line above its milliseconds is taken again: another process may have been in the way


def measured(stage: Stage, runs: int, budgets: dict[str, Any]) -> Iterator[Line]:
    client, indexes = clients.client("dynamodb"), indexes_of(tables.definitions())
    for name, prepare, run in operations(stage):
        run(prepare())  # what is remembered for a while (switches, keys) is remembered from here on
        for _ in range(TRIES):
            line = measure(name, prepare, run, client=client, engine=stage.engine, indexes=indexes, runs=runs)
            if name not in budgets or not exceeded(line, budgets[name]):
                break
        yield line


def exceeded(line: Line, budget: dict[str, Any]) -> list[str]:
    """What of a line is above its budget, in words."""
    told = [
        f"{line.operation}: {name} {getattr(line, name)} > {budget[name]}"
        for name in ("reads", "writes", "write_units", "read_units") if getattr(line, name) > budget[name]
    ]  # fmt: skip
    allowed = budget["cpu_ms"] * line.calibration_ms / budget["calibration_ms"]
    if line.cpu_ms > allowed:
        told.append(f"{line.operation}: cpu_ms {line.cpu_ms} > {allowed:.2f} on this machine")
    return told


def cold_imports(budgets: dict[str, Any]) -> list[str]:
    told = []
    for module in ("app", *WORKERS):
        found = cold.measure(module)
        name = "cold import of the API" if module == "app" else "cold import of a worker"
        print(json.dumps({
            "operation": f"cold import of {module}", "cpu_ms": round(found.whole_ms, 1),
            "libraries_ms": round(found.bare_ms, 1), "ratio": round(found.ratio, 2)}), flush=True)  # fmt: skip
        if found.ratio > budgets[name]["ratio"]:
            told.append(f"{name} ({module}): {found.ratio:.2f} times its libraries > {budgets[name]['ratio']}")
    return told


def bill() -> None:
    root = Path(__file__).resolve().parents[1]
    lines = idle.bill(expand.expanded(draft.template(root, build.shop())))
    for line in lines:
        print(json.dumps({"idle": line.resource, "count": line.pieces, "usd_a_month": round(line.usd, 2)}))
    print(json.dumps({"idle": "all", "usd_a_month": round(sum(line.usd for line in lines), 2)}))


def main(runs: int = 40) -> int:
    budgets = json.loads(BUDGETS.read_text(encoding="utf-8"))
    above: list[str] = []
    with standing() as stage:
        for line in measured(stage, runs, budgets):
            print(line.json(), flush=True)
            if line.operation not in budgets:
                above.append(f"{line.operation}: no budget in {BUDGETS.name}")
            else:
                above += exceeded(line, budgets[line.operation])
    above += cold_imports(budgets)
    bill()
    for words in above:
        print(f"above budget: {words}", file=sys.stderr)
    return int(bool(above))


if __name__ == "__main__":
    raise SystemExit(main())
