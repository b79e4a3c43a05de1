"""The back doors: a queue's messages one by one, each effect once, and the jobs that run at a rhythm."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from chalice.app import Blueprint

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Delivery
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockChanged, StockOpened
from chalicelib.records.inventory.model import Stock
from chalicelib.runtime import consumers, observe, relay, workers
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import App
from chalicelib.runtime.journal import Journal, digest


class BackDoorShut(Conflict):
    zh, en = "关", "shut"


@pytest.fixture
def hall(ground):
    """A worker's module of its own: what was registered is put back."""
    before, jobs = dict(workers.CONSUMERS), dict(workers.SCHEDULES)
    yield SimpleNamespace(
        ground=ground, bp=Blueprint("shop.consumers"), app=App(app_name="doors", configure_logs=False)
    )
    workers.CONSUMERS.clear()
    workers.CONSUMERS.update(before)
    workers.SCHEDULES.clear()
    workers.SCHEDULES.update(jobs)


def message(name="E1", wire="stock.opened", **data):
    return {
        "detail-type": wire,
        "detail": {"id": name, "at": 7, "actor": "U1", "version": 1, "data": data or {"sku": "S1"}},
    }


def queue(*bodies):
    """What Lambda hands over: a message each, its body as text."""
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "receiptHandle": "r",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn",
                "awsRegion": "cn-north-1",
            }
            for n, body in enumerate(bodies)
        ]
    }


def left(milliseconds):
    return SimpleNamespace(get_remaining_time_in_millis=lambda: milliseconds)


# ---- a worker -------------------------------------------------------------------------------------------------------
def test_a_worker_is_known_with_its_queue_and_its_batches(hall):
    worker = workers.consumer(hall.bp, "late_money")
    other = workers.consumer(hall.bp, "stock", batch=3, window=5, concurrency=2)
    hall.app.register_blueprint(hall.bp)
    assert workers.CONSUMERS["late_money"] is worker
    assert (worker.name, worker.module, worker.queue) == ("late_money", "shop.consumers", "LateMoneyQueue")
    assert (worker.batch, worker.window, worker.concurrency) == (10, 0, None)
    assert (other.batch, other.window, other.concurrency) == (3, 5, 2)
    plain, own = hall.app.event_sources
    assert (plain.name, plain.queue_arn) == ("late_money_worker", "arn:aws:sqs:region:account:LateMoneyQueue")
    assert (plain.batch_size, plain.maximum_batching_window_in_seconds, plain.maximum_concurrency) == (10, 0, None)
    assert (own.batch_size, own.maximum_batching_window_in_seconds, own.maximum_concurrency) == (3, 5, 2)
    assert own.handler_string == "shop.consumers.worker", "by which Lambda finds it"


def test_a_fact_goes_to_who_asked_for_it(hall):
    worker, seen = workers.consumer(hall.bp, "shop"), []

    @worker.on(StockOpened)
    def first(fact, work):
        seen.append(("first", fact, work))

    @worker.on(StockOpened, keyed=False)
    def second(fact, work):
        seen.append(("second", fact, work))

    @worker.on(StockChanged)
    def other(fact, work):
        raise AssertionError("of another fact")

    kinds = [(one.handler, one.keyed, one.fact) for one in worker.subscriptions["stock.opened"]]
    assert kinds == [(first, True, StockOpened), (second, False, StockOpened)]
    worker.deliver(message())
    assert [(name, fact) for name, fact, _ in seen] == [("first", StockOpened("S1")), ("second", StockOpened("S1"))]
    one, two = seen[0][2], seen[1][2]
    assert (one.caller, one.scope, one.consumer, one.deadline.seconds) == (
        Caller("shop.first", "worker"),
        "shop.first",
        True,
        20.0,
    )
    assert one.key == digest("shop.first", "shop.first", "E1")
    assert (two.key, two.scope) == (None, "shop.second")
    worker.deliver(message(), 3.5)
    assert seen[2][2].deadline.seconds == 3.5


def test_a_fact_that_nobody_asked_for_is_passed_over(hall):
    worker = workers.consumer(hall.bp, "shop")
    worker.deliver(message())
    assert hall.ground.calls == []


def test_who_audits_is_handed_whatever_is_audited_and_nothing_by_name(hall):
    worker, seen = workers.consumer(hall.bp, "log"), []
    assert worker.pattern == {"detail-type": []}

    @worker.on_audited
    def chain(told, work):
        seen.append((told, work.key))

    audited = message()
    assert not worker.wants(audited)
    audited["detail"] |= {"audit": "shop", "subject": "S1"}
    assert worker.wants(audited)
    worker.deliver(audited)
    told = Delivery("E1", 7, "U1", "stock.opened", {"sku": "S1"}, "shop", "S1")
    assert seen == [(told, digest("log.chain", "log.chain", "E1"))]
    assert worker.pattern == {"detail": {"audit": [{"exists": True}]}}

    other = workers.consumer(hall.bp, "shop")
    other.on(StockOpened)(chain)
    assert (other.wants(message()), other.wants(audited), other.wires) == (True, True, ["stock.opened"])
    with pytest.raises(TypeError, match="shop handles facts by name already"):
        other.on_audited(chain)


def receiving(hall, keyed=True):
    worker = workers.consumer(hall.bp, "shop")

    @worker.on(StockOpened, keyed=keyed)
    def receive(fact, work):
        work.add(*stock_steps.receive(work.new_id("S"), 1))
        work.commit()

    @worker.on(StockChanged)
    def refuse(fact, work):
        raise BackDoorShut()

    return worker


def test_what_was_delivered_twice_is_done_once(hall):
    worker = receiving(hall)
    for _ in range(2):
        worker.deliver(message())
    pieces = len(hall.ground.rows(Stock))
    worker.deliver(message("E2"))
    assert len(hall.ground.rows(Stock)) == 2 * pieces
    lives = {int(row.expires) - int(row.at) // 1000 for row in hall.ground.rows(Journal)}
    assert lives == {60 * 86_400}, "a consumer's row"


def test_a_message_that_fails_comes_again_alone(hall, monkeypatch):
    said = []
    monkeypatch.setattr(observe.logger(), "warning", lambda event, **more: said.append((event, more)))
    worker = receiving(hall)
    bad = message("E2", "stock.changed", sku="S1", delta=1, reason="r")
    answer = worker(queue(message(), bad, "{", message("E3")), left(9000))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}
    assert len(hall.ground.rows(Journal)) == 2
    assert said == [
        ("not handled", {"worker": "shop", "causes": ["BackDoorShut"]}),
        ("not handled", {"worker": "shop", "causes": ["JSONDecodeError"]}),
    ]
    assert worker(queue("{"), None)["batchItemFailures"] == [{"itemIdentifier": "m0"}], "also when all fail"
    assert worker(queue(message()), None) == {"batchItemFailures": []}


@pytest.mark.parametrize(("milliseconds", "seconds"), [(9000, 7.0), (3500, 1.5), (2500, 1.0), (0, 1.0)])
def test_a_worker_is_as_patient_as_its_function_has_time(hall, milliseconds, seconds):
    worker, seen = workers.consumer(hall.bp, "shop"), []

    @worker.on(StockOpened)
    def hear(fact, work):
        seen.append(work.deadline.seconds)

    hall.app.register_blueprint(hall.bp)
    handler = hall.app.handler_map["shop_worker"]
    assert handler(queue(message()), left(milliseconds)) == {"batchItemFailures": []}
    assert worker(SimpleNamespace(to_dict=lambda: queue(message())), left(milliseconds)) == {"batchItemFailures": []}
    worker(queue(message()), None)
    assert seen == [seconds, seconds, 20.0]


# ---- a rhythm -------------------------------------------------------------------------------------------------------
def test_a_job_runs_at_its_rhythm_as_a_worker(hall):
    seen = []

    @workers.scheduled(hall.bp, "rate(6 hours)", "tidy")
    def tidying(work):
        seen.append(work)

    hall.app.register_blueprint(hall.bp)
    (source,) = hall.app.event_sources
    assert (source.name, source.schedule_expression) == ("tidy", "rate(6 hours)")
    assert source.handler_string == "shop.consumers.tidying", "by which Lambda finds it"
    tidying({}, left(9000))
    tidying(SimpleNamespace(context=left(5000)))
    tidying({})
    hall.app.handler_map["tidy"](
        {
            "version": "0",
            "account": "1",
            "region": "r",
            "detail": {},
            "detail-type": "t",
            "source": "s",
            "time": "t",
            "id": "1",
            "resources": [],
        },
        left(4000),
    )
    assert [work.deadline.seconds for work in seen] == [7.0, 3.0, 20.0, 2.0]
    one = seen[0]
    assert (one.caller, one.scope, one.consumer, one.key) == (Caller("tidy", "worker"), "tidy", True, None)
    told = workers.SCHEDULES["tidy"]
    assert (told.name, told.expression) == ("tidy", "rate(6 hours)")
    told.job(one)
    assert seen[-1] is one


def test_a_job_that_fails_says_so(hall):
    @workers.scheduled(hall.bp, "rate(6 hours)", "tidy")
    def tidying(work):
        raise BackDoorShut()

    with pytest.raises(BackDoorShut):
        tidying({})


# ---- the house's own ------------------------------------------------------------------------------------------------
def test_the_relay_and_the_sweep_are_hung(hall, monkeypatch):
    batches, sweeps = [], []
    monkeypatch.setattr(relay, "from_stream", lambda event: batches.append(event) or {"batchItemFailures": []})
    monkeypatch.setattr(relay, "sweep", lambda: sweeps.append(1))
    event = {"Records": []}
    assert consumers.relay(event, None) == {"batchItemFailures": []}
    assert batches == [event]
    consumers.sweep({}, None)
    assert sweeps == [1]
    hall.app.register_blueprint(consumers.bp)
    sources = {source.name: source for source in hall.app.event_sources}
    assert sources["relay"].batch_size == 100
    assert sources["sweep"].schedule_expression == "rate(1 minute)"
