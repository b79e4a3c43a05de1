"""`make budget`: round trips, capacity units and CPU of each operation, one JSON object a line, against budgets.json.

Round trips and units are exact and must not exceed the budget. CPU is told beside a calibration loop of the same
sitting and compared as their ratio, since machines differ; the budget's milliseconds hold on the machine whose loop
takes `calibration_ms`. Then the idle bill of a month, by resource. Exit code 1 when a budget is exceeded.
`--counts` does each operation once and tells round trips and units alone: they are the same on every machine.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from chalicelib.runtime import clients
from infra import build, draft, expand, tables

from . import asks, care, cold, due, feeds, idle, messages, parcels, pricing, rewards, shelves, sourcing
from .meter import Line, measure
from .stage import Stage, standing
from .units import indexes_of

BUDGETS = Path(__file__).with_name("budgets.json")
WORKERS = (
    "chalicelib.runtime.consumers", "chalicelib.processes.ordering.consumers",
    "chalicelib.processes.paying.consumers", "chalicelib.processes.fulfilment.consumers",
    "chalicelib.processes.notifying.consumers", "chalicelib.processes.care.consumers",
    "chalicelib.records.audit.consumers", "chalicelib.processes.privacy.consumers", "chalicelib.processes.console.consumers",
    "chalicelib.processes.campaigns.consumers", "chalicelib.processes.campaigns.sending.consumers",
    "chalicelib.records.coupons.consumers", "chalicelib.processes.merchandising.coupons.consumers",
)  # fmt: skip
Operation = tuple[str, Callable[[], Any], Callable[[Any], None]]


def operations(stage: Stage) -> Iterator[Operation]:
    """(name, what makes a request, what is measured)."""
    send = stage.send
    yield "product view", lambda: stage.event("GET", f"/v1/products/{stage.products[0]}"), send
    yield "put cart line", lambda: asks.cart_line(stage), send
    yield "put the first cart line", lambda: asks.first_line(stage), send
    yield "view cart of 3 lines", lambda: asks.cart_view(stage), send
    for lines in (1, 3, 10):
        yield f"quote of {lines} lines", partial(asks.asked, stage, lines), send
    for lines in (1, 3, 10):
        yield f"place {lines} lines from the cart", partial(asks.from_cart, stage, lines), send
    for lines in (1, 3):
        yield f"place {lines} lines bought now", partial(asks.bought_now, stage, lines), send
    yield "place 1 lines by a new account", lambda: asks.bought_now(stage, 1), partial(asks.as_new, stage)
    yield "claim a coupon", lambda: asks.coupon(stage), send
    yield "one click", lambda: asks.click(stage), send
    yield "payment notice", lambda: asks.notice(stage), send
    yield "order view", lambda: stage.event("GET", f"/v1/orders/{asks.placed(stage)}"), send
    yield from parcels.operations(stage)
    yield from feeds.operations(stage)
    yield from care.operations(stage)
    yield from messages.operations(stage)
    yield from due.operations(stage)
    yield from shelves.operations(stage)
    yield from sourcing.operations(stage)
    yield from rewards.operations(stage)


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


def cold_starts(budgets: dict[str, Any]) -> list[str]:
    """What of faces and workers starts more slowly than it may, beside its libraries alone."""
    told = []
    for module in (*(f"chalicelib.faces.{name}" for name in cold.FACES), *WORKERS):
        found = cold.measure(module)
        name = f"cold start of {module.rpartition('.')[2]}" if ".faces." in module else "cold start of a worker"
        print(
            json.dumps(
                {
                    "operation": f"cold start of {module}",
                    "cpu_ms": round(found.whole_ms, 1),
                    "libraries_ms": round(found.bare_ms, 1),
                    "ratio": round(found.ratio, 2),
                    "contexts": found.contexts,
                    "each_context": round(found.each, 3),
                }
            ),
            flush=True,
        )
        if found.ratio > budgets[name]["ratio"]:
            told.append(f"{name} ({module}): {found.ratio:.2f} times its libraries > {budgets[name]['ratio']}")
        if found.each > budgets["cold start of a context"]["ratio"]:
            told.append(f"a context costs {module} {found.each:.3f} > {budgets['cold start of a context']['ratio']}")
    return told


def bill() -> None:
    root = Path(__file__).resolve().parents[1]
    lines = idle.bill(expand.expanded(draft.template(root, build.shop())))
    for line in lines:
        print(json.dumps({"idle": line.resource, "count": line.pieces, "usd_a_month": round(line.usd, 2)}))
    print(json.dumps({"idle": "all", "usd_a_month": round(sum(line.usd for line in lines), 2)}))


def main(counts: bool, runs: int = 40) -> int:
    budgets = json.loads(BUDGETS.read_text(encoding="utf-8"))
    above: list[str] = []
    with standing() as stage:
        for line in chain(measured(stage, 0 if counts else runs, budgets), () if counts else pricing.measured()):
            print(line.json(), flush=True)
            if line.operation not in budgets:
                above.append(f"{line.operation}: no budget in {BUDGETS.name}")
            else:
                above += exceeded(line, budgets[line.operation])
    if not counts:
        above += cold_starts(budgets)
        bill()
    for words in above:
        print(f"above budget: {words}", file=sys.stderr)
    return int(bool(above))


if __name__ == "__main__":
    parser = ArgumentParser(description="Round trips, units and CPU of each operation against its budget.")
    parser.add_argument("--counts", action="store_true", help="each operation once, its round trips and units alone")
    raise SystemExit(main(**vars(parser.parse_args())))
