"""Workers killed in the middle of payments whose every notice is lost: nothing is lost, nothing happens twice.

The completer alone, in workers that die again and again, brings each order to paid. JISHI_KILLED_PAYMENTS says how many
payments there are (`make engines` takes 200; a plain test run fewer).
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local import engine as engines
from tests.journeys.shop import Person, Shop, call, eventually
from tests.journeys.staff import sign_in
from tests.support import runner as runners
from tests.support.runner import Runner

PAYMENTS = int(os.environ.get("JISHI_KILLED_PAYMENTS", "24"))
KILLS = 4


class Workers:
    """The workers' process; killed and started at will."""

    def __init__(self, shop: Runner) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TABLE_"))}
        self.environment = kept | shop.ports | {"JISHI_STATE": str(shop.state)}
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", "local.workers"], cwd=engines.ROOT, env=self.environment, stdout=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self.child is not None:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait(10)


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[tuple[Runner, Workers]]:
    """A shop without workers, and its workers in a process of their own."""
    with runners.running(tmp_path, JISHI_WORKERS="0") as shop:
        workers = Workers(shop)
        yield shop, workers
        workers.kill()


def test_workers_killed_in_the_middle_of_payments_lose_nothing_and_double_nothing(apart):
    running, workers = apart
    shop = Shop(running.base, f"http://127.0.0.1:{running.ports['JISHI_CASHIER_PORT']}")
    shop.faults(drop="all")  # every notice is lost: only the completer can find the money
    buyer = shop.customer()
    told = re.search(r"^  login operator +(.+)$", running.said.read_text(), re.MULTILINE)
    operator = sign_in(shop, told.group(1))
    available = lambda sku: operator.want("GET", f"/v1/admin/stock/{sku}")["available"]
    sku = max((found[0] for found in shop.articles(10)), key=available)
    before = available(sku)
    count = min(PAYMENTS, before - 1)

    workers.start()
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(_buy_and_pay, shop, buyer, sku) for _ in range(count)]
        for _ in range(KILLS):
            eventually(lambda: sum(job.done() for job in jobs), lambda done: done >= count // 4, patience=600)
            workers.kill()
            workers.start()
        orders = [job.result() for job in jobs]
    for _ in range(2):  # and while the completer is at work
        workers.kill()
        workers.start()

    for order in orders:
        eventually(lambda order=order: buyer.order(order)["state"], lambda state: state == "paid", patience=300)
    assert len(set(orders)) == count
    operator = sign_in(shop, told.group(1))
    assert available(sku) == before - count
    book = call("GET", f"{shop.cashier}/_sim/book").json
    assert sum(payment["state"] == "paid" for payment in book["payments"]) == count
    assert book["refunds"] == []
    audit = subprocess.run(
        [sys.executable, "-m", "local.audit"], cwd=engines.ROOT, env=workers.environment, capture_output=True, text=True
    )
    assert audit.returncode == 0, audit.stdout
    assert f"{count} orders, {count} payments, 0 refunds" in audit.stdout


def _buy_and_pay(shop: Shop, buyer: Person, sku: str) -> str:
    order = buyer.buy((sku, 1))
    assert shop.pay(buyer.start(order)).status == 200
    return order
