"""`make bench`: add -> quote -> place -> paid over HTTP, at concurrency 1, 8 and 32, against the whole shop.

Prints one JSON object a line: orders a second, p50 and p99 of a whole order and of its placing, and the CPU of the
shop's own process for one order (handlers, workers, relay; neither the engine nor the simulator nor this driver).
The engine is one single-threaded process: it, not the shop, is the ceiling at concurrency 8 and above, and says nothing
about AWS. All shoppers of one concurrency want the same SKU, each concurrency another one.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from local import engine as engines
from local.demo import stock

from .shopper import Shopper

WARM_UP, ORDERS = 10, 100
STATE_FIELDS_OF_CPU = slice(11, 13)  # utime and stime in /proc/<pid>/stat, after the command's name


class Timed(NamedTuple):
    """Seconds of one order, from the cart line to the first sight of it as paid, and of its placing alone."""

    whole: float
    place: float


class Shop(NamedTuple):
    base: str
    cashier: str
    pid: int


@contextmanager
def running_shop() -> Iterator[Shop]:
    """A whole shop of its own: fresh state, free ports."""
    with tempfile.TemporaryDirectory(prefix="jishi-bench-") as home:
        ports = {name: str(engines.free_port()) for name in ("JISHI_PORT", "JISHI_ENGINE_PORT", "JISHI_CASHIER_PORT")}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        log = Path(home) / "shop.log"
        with log.open("w") as sink:
            child = subprocess.Popen(
                [sys.executable, "-m", "local.run"],
                cwd=engines.ROOT,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=environment | ports | {"JISHI_STATE": f"{home}/state"},
                start_new_session=True,
            )
        try:
            wait_for("Ctrl-C stops the shop", log, child)
            yield Shop(
                f"http://127.0.0.1:{ports['JISHI_PORT']}", f"http://127.0.0.1:{ports['JISHI_CASHIER_PORT']}", child.pid
            )
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(60)


def wait_for(words: str, log: Path, child: "subprocess.Popen[bytes]", patience: float = 180) -> None:
    deadline = time.monotonic() + patience
    while words not in log.read_text(errors="replace"):
        if child.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the shop did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


def cpu_seconds(pid: int) -> float:
    """CPU a process has used so far, all its threads."""
    told = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, told[STATE_FIELDS_OF_CPU])) / os.sysconf("SC_CLK_TCK")


def one_order(shopper: Shopper) -> Timed:
    began = time.perf_counter()
    shopper.put_in_cart()
    quote = shopper.quote()
    asked = time.perf_counter()
    order = shopper.place(quote)
    placed = time.perf_counter() - asked
    shopper.pay(order)
    shopper.wait_until_paid(order)
    return Timed(time.perf_counter() - began, placed)


def drive(shoppers: list[Shopper], orders: int) -> list[Timed]:
    """Each shopper in a thread of its own; together they place `orders` orders."""
    left, lock = iter(range(orders)), threading.Lock()
    timed: list[Timed] = []
    failures: list[BaseException] = []

    def shop(shopper: Shopper) -> None:
        while not failures:
            with lock:
                if next(left, None) is None:
                    return
            try:
                took = one_order(shopper)
            except BaseException as error:
                failures.append(error)
                return
            with lock:
                timed.append(took)

    threads = [threading.Thread(target=shop, args=(shopper,)) for shopper in shoppers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return timed


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def plenty(shop: Shop, pieces: int) -> Iterator[str]:
    """The SKUs of demo products that have so many pieces of each, one after the other."""
    looker = Shopper(shop.base, shop.cashier)
    for product in stock.every():
        if product.fate == "on" and all(first >= pieces for _, first in product.articles):
            yield from (str(sku["sku"]) for sku in looker.ask("GET", f"/v1/products/{product.id}")["skus"])


def report(shop: Shop, concurrency: int, orders: int, sku: str) -> dict[str, float]:
    shoppers = [Shopper(shop.base, shop.cashier, sku=sku) for _ in range(concurrency)]
    drive(shoppers, WARM_UP)
    before, began = cpu_seconds(shop.pid), time.perf_counter()
    timed = drive(shoppers, orders)
    spent, took = cpu_seconds(shop.pid) - before, time.perf_counter() - began
    return {
        "concurrency": concurrency,
        "orders": len(timed),
        "orders_per_s": round(len(timed) / took, 2),
        "whole_p50_ms": round(1000 * percentile([t.whole for t in timed], 0.5), 1),
        "whole_p99_ms": round(1000 * percentile([t.whole for t in timed], 0.99), 1),
        "place_p50_ms": round(1000 * percentile([t.place for t in timed], 0.5), 1),
        "place_p99_ms": round(1000 * percentile([t.place for t in timed], 0.99), 1),
        "app_cpu_ms_per_order": round(1000 * spent / len(timed), 1),
    }


def idle(shop: Shop, seconds: float = 5) -> dict[str, float]:
    """What the shop's process uses while nobody shops (pollers, ticks), to be seen beside the figures above."""
    before = cpu_seconds(shop.pid)
    time.sleep(seconds)
    return {"idle_cpu_ms_per_s": round(1000 * (cpu_seconds(shop.pid) - before) / seconds, 1)}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--orders", type=int, default=ORDERS)
    asked.add_argument("--concurrency", type=int, nargs="*", default=[1, 8, 32])
    told = asked.parse_args()
    with running_shop() as shop:
        print(json.dumps(idle(shop)), flush=True)
        skus = plenty(shop, WARM_UP + told.orders)
        for concurrency in told.concurrency:
            if (sku := next(skus, None)) is None:
                raise SystemExit(f"no SKU of the demo shop has {WARM_UP + told.orders} pieces; ask for fewer --orders")
            print(json.dumps(report(shop, concurrency, told.orders, sku)), flush=True)


if __name__ == "__main__":
    main()
