"""The whole shop killed with -9 at random moments while people buy: runner, engine and simulator at once, nobody saves.

Every order that was acknowledged is there afterwards, whole, with what is sealed in it; every payment that the provider
took comes to its order. JISHI_SHOP_KILLS says how often it is killed (`make kills` takes 10; a plain test run fewer).
"""

from __future__ import annotations

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
from collections.abc import Callable

import pytest

from local import engine as engines
from tests.journeys.shop import ADDRESS, Answer, Person, Shop, call, eventually
from tests.support.runner import Runner

KILLS = int(os.environ.get("JISHI_SHOP_KILLS", "2"))
BUYERS = 3
LONGEST = 4.0  # seconds of buying between two kills
AWAY = (urllib.error.URLError, http.client.HTTPException, OSError)  # nobody answers: the shop is being killed


class Buyers:
    """People who buy, and note what they were told: orders acknowledged, payments that the provider took."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.orders: dict[str, Person] = {}
        self.paid: list[str] = []
        self.odd: list[str] = []
        self.over = threading.Event()
        self.threads: list[threading.Thread] = []

    def go(self) -> None:
        people = [self.shop.customer() for _ in range(BUYERS)]
        articles = [sku for sku, entry in self.shop.articles(20)]
        self.threads = [
            threading.Thread(target=self._buy, args=(person, articles[n::BUYERS])) for n, person in enumerate(people)
        ]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def _buy(self, person: Person, articles: list[str]) -> None:
        chance = random.Random(person.phone)
        while not self.over.is_set():
            try:
                self._one(person, chance.choice(articles), chance.random() < 0.5)
            except AWAY:
                time.sleep(0.1)

    def _one(self, person: Person, sku: str, pays: bool) -> None:
        quoted = person.call("POST", "/v1/quotes", {"items": [{"sku": sku, "quantity": 1}]})
        if quoted.status != 200:
            return self._doubt(quoted)
        placed = person.call("POST", "/v1/orders", {"quote": quoted.json["quote"]})
        if placed.status != 201:
            return self._doubt(placed)
        self.orders[order := placed.json["order_id"]] = person
        if pays:
            begun = person.call("POST", f"/v1/orders/{order}/payments", {"provider": "wechat", "product": "native"})
            if begun.status == 201 and self.shop.pay(begun.json).status == 200:
                self.paid.append(order)
        return None

    def _doubt(self, answer: Answer) -> None:
        """A refusal that is none of a shop that is being killed, or sold out."""
        if answer.status not in (409, 422, 429, 500, 503):
            self.odd.append(str(answer))


def test_after_kills_of_everything_no_acknowledged_order_is_missing(runner: Callable[[], Runner]) -> None:
    chance = random.Random(20261128)
    running = runner().start().filled()
    shop = Shop(running.base, f"http://127.0.0.1:{running.ports['JISHI_CASHIER_PORT']}")
    buyers = Buyers(shop)
    buyers.go()
    moments, counts = [], []
    for turn in range(KILLS):
        moments.append(chance.uniform(0.3, LONGEST))
        time.sleep(moments[-1])
        running.kill_all()
        counts.append(len(buyers.orders))
        if turn % 3 == 2:  # and once more while it is just starting
            with pytest.raises(AssertionError, match="did not start"):
                running.start(patience=chance.uniform(0.2, 3.0))
            running.kill_all()
        assert running.start().filled().base == shop.base, "the ports are others"
    time.sleep(1)
    buyers.stop()
    told = [f"{moment:.2f} s ({count} orders)" for moment, count in zip(moments, counts, strict=True)]
    sys.stdout.write(f"killed after {', '.join(told)}; {len(buyers.orders)} orders acknowledged in all\n")

    assert buyers.odd == []
    assert len(buyers.orders) > KILLS, "hardly anything was bought: this says nothing"
    for order, person in buyers.orders.items():
        assert person.order(order)["lines"], f"{order} is there, whole"
    for person in set(buyers.orders.values()):
        (kept,) = person.want("GET", "/v1/me/addresses")["items"]
        assert kept["line"] == ADDRESS["line"], "what was sealed opens"
    for order in buyers.paid:
        eventually(lambda order=order: buyers.orders[order].order(order)["state"], lambda s: s == "paid", patience=120)
    assert audited(running), "the books balance"


def audited(running: Runner) -> bool:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TABLE_"))}
    environment = kept | running.ports | {"JISHI_STATE": str(running.state)}
    command = [sys.executable, "-m", "local.audit"]
    done = subprocess.run(command, cwd=engines.ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode == 0


def test_an_engine_that_dies_ends_the_run_in_a_sentence_and_nothing_is_said_to_be_kept_that_is_not(
    runner: Callable[[], Runner],
) -> None:
    running = runner().start().filled()
    before = len(running.said.read_text())
    os.kill(int((running.state / "engine.pid").read_text()), 9)
    assert running.child is not None
    assert running.child.wait(60) == 1
    told = running.said.read_text()[before:].strip().splitlines()
    assert len(told) == 2, told
    assert told[0].startswith("the engine ended by itself (status -9)")
    assert "everything is kept" not in told[1]
    running.start().filled()
    assert call("GET", f"{running.base}/v1/products?limit=1").json["items"]
    assert running.interrupt() == 0
    assert running.said.read_text().rstrip().endswith("everything is kept")


def test_ctrl_c_is_heard_at_once_while_the_demo_shop_is_filled_and_the_next_start_goes_on(
    runner: Callable[[], Runner],
) -> None:
    running = runner().start()  # it serves, and is being filled
    assert running.child is not None
    running.child.send_signal(signal.SIGINT)
    eventually(running.said.read_text, lambda said: "stopping" in said, patience=2)
    assert running.child.wait(60) == 0
    assert "demo shop:" not in running.said.read_text()[running.said.read_text().index("stopping") :]
    assert "Ctrl-C stops the shop" not in running.said.read_text()
    running.start().filled()
    assert len(call("GET", f"{running.base}/v1/products?limit=20").json["items"]) == 20
