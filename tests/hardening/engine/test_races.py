"""Races on a real engine, with real threads: nothing oversold, nothing stranded, one effect a key, no dead end."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.quote import Quote
from chalicelib.records.holds import service as holds
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.rules import OutOfStock
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderPlaced
from chalicelib.records.orders.model import Order
from chalicelib.runtime import clients, table, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Replay, Work, perform
from tests.support.trade import line, promised

pytestmark = pytest.mark.usefixtures("live")


def customer(n: int) -> Caller:
    return Caller(f"U{n:04d}", "customer")


def stocked(**skus: int) -> None:
    for sku, quantity in skus.items():
        work = Work(customer(0), "stock")
        work.add(*stock_steps.receive(sku, quantity))
        work.commit()


def a_quote(buyer: Caller, lines: list[tuple[str, int]]) -> Quote:
    return promised(world.new_id("O"), buyer.id, [line(sku, quantity, 100) for sku, quantity in lines])


def place(quote: Quote, buyer: Caller) -> Any:
    """Hold, open and count against the customer, as checkout does, in one Work under the order's id."""
    work = Work(buyer, "place", key=quote.order_id, fingerprint="said")

    def use_case() -> str:
        work.add(*stock_steps.hold(part for one in quote.lines for part in one.stock))
        work.add(order_steps.open(quote, work.now, orders.pay_deadline(work.now)))
        holds.take(buyer.id, quote.order_id, quote.pieces, work, buyer.ip)
        work.publish(OrderPlaced(quote.order_id, buyer.id, int(quote.payable)))
        return work.commit(quote.order_id)

    return perform(work, use_case)


def at_once(jobs: list[Callable[[], Any]], threads: int = 24) -> list[Any]:
    """Run all jobs over so many threads that begin together; a CommitRejected is an answer, anything else is raised."""
    answers: list[Any] = [None] * len(jobs)
    waiting, lock, begin = iter(range(len(jobs))), threading.Lock(), threading.Barrier(threads)
    failures: list[BaseException] = []

    def run() -> None:
        begin.wait()
        while True:
            with lock:
                n = next(waiting, None)
            if n is None:
                return
            try:
                answers[n] = jobs[n]()
            except CommitRejected as refused:
                answers[n] = refused
            except BaseException as error:
                failures.append(error)
                return

    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if failures:
        raise failures[0]
    return answers


def all_of(model: Any) -> list[Any]:
    found = table.pages(clients.client("dynamodb").scan, TableName=model.Meta.table_name, ConsistentRead=True)
    return [model.from_raw_data(item) for page in found for item in page]


def test_two_hundred_buyers_for_fifty_units_make_exactly_fifty_orders() -> None:
    stocked(A=50)
    buyers = [customer(n) for n in range(200)]
    answers = at_once([lambda b=b: place(a_quote(b, [("A", 1)]), b) for b in buyers])
    won = [a for a in answers if isinstance(a, str)]
    lost = [a for a in answers if isinstance(a, CommitRejected)]
    assert (len(won), len(lost)) == (50, 150)
    reasons = [reason for refused in lost for reason in refused.reasons]
    assert all(isinstance(reason, OutOfStock) for reason in reasons)
    assert {(reason.params["sku"], reason.params["left"]) for reason in reasons} == {("A", 0)}
    shelf = inventory.read_levels(["A"])["A"]
    assert (shelf.available, shelf.held) == (0, 50)
    assert len({order.id for order in all_of(Order)}) == 50
    assert sum(1 for row in all_of(Journal) if row.facts) == 50


def test_twenty_four_threads_under_one_key_have_one_effect_and_the_same_answer() -> None:
    stocked(A=50)
    buyer = customer(1)
    quote = a_quote(buyer, [("A", 2)])
    answers = at_once([lambda: place(quote, buyer)] * 24)
    said = [f'"{a}"' if isinstance(a, str) else a.reply for a in answers if isinstance(a, str | Replay)]
    assert len(said) == 24
    assert set(said) == {f'"{quote.order_id}"'}
    shelf = inventory.read_levels(["A"])["A"]
    assert (shelf.available, shelf.held) == (48, 2)
    assert len(all_of(Order)) == 1


def test_one_sku_on_two_lines_is_held_as_one_quantity() -> None:
    stocked(A=5)
    buyer = customer(1)
    assert isinstance(place(a_quote(buyer, [("A", 2), ("A", 3)]), buyer), str)
    shelf = inventory.read_levels(["A"])["A"]
    assert (shelf.available, shelf.held) == (0, 5)
    (refused,) = at_once([lambda: place(a_quote(buyer, [("A", 1), ("A", 1)]), buyer)], threads=1)
    assert [reason.params for reason in refused.reasons] == [{"sku": "A", "left": 0}]


def test_a_hundred_orders_over_ten_skus_in_crossed_order_come_to_an_end_with_equal_books() -> None:
    skus = [f"S{n}" for n in range(10)]
    stocked(**dict.fromkeys(skus, 40))
    chance = random.Random(7)
    jobs, wanted = [], dict.fromkeys(skus, 0)
    for n in range(100):
        chosen = chance.sample(skus, 3)
        for sku in chosen:
            wanted[sku] += 1
        buyer, lines = customer(n), [(sku, 1) for sku in chosen]
        jobs.append(lambda b=buyer, wish=lines: place(a_quote(b, wish), b))
    answers = at_once(jobs)
    assert all(isinstance(answer, str) for answer in answers)
    shelves = inventory.read_levels(skus)
    assert {sku: shelf.held for sku, shelf in shelves.items()} == wanted
    assert all(shelf.available + shelf.held == 40 for shelf in shelves.values())
    assert len(all_of(Order)) == 100
