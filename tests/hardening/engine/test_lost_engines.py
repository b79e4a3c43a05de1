"""An engine that dies, refuses and loses answers under four threads: what was acknowledged is there, whole and once.

The engine that is killed is the proof's own with a log on disk, or the one that JISHI_DURABLE_ENGINE names: a command with
{port} and {data} in it, such as DynamoDB Local's own (its licence lets you fetch it, and us not bundle it):

    JISHI_DURABLE_ENGINE='java -Djava.library.path=DIR/DynamoDBLocal_lib -jar DIR/DynamoDBLocal.jar -disableTelemetry
        -sharedDb -dbPath {data} -port {port}' make engines
"""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session

from chalicelib.kernel.errors import CommitRejected, Overloaded
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders.model import Order
from chalicelib.runtime import clients, settings
from chalicelib.runtime import world as worlds
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Replay
from infra import tables
from local import engine as engines
from local.books import findings
from tests.hardening.engine.test_races import a_quote, all_of, at_once, customer, place, stocked
from tests.support import world as made_up

OURS = f"{sys.executable} -m tests.support.durable --port {{port}} --data {{data}}"
COMMAND = os.environ.get("JISHI_DURABLE_ENGINE", OURS)
THREADS, KILLS, BETWEEN = 4, 5, 12  # orders acknowledged between two kills


class Mortal:
    """An engine in a process of its own that is killed and started again on what it kept."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, engines.free_port()
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = shlex.split(COMMAND.format(port=self.port, data=self.folder))
        silent = subprocess.DEVNULL
        self.child = subprocess.Popen(command, cwd=engines.ROOT, stdout=silent, stderr=silent)  # noqa: S603  # named by us
        until = time.monotonic() + 30
        while not engines.in_use(self.port):
            assert self.child.poll() is None, "the engine does not start"
            assert time.monotonic() < until, "the engine does not come up"
            time.sleep(0.02)

    def kill(self) -> None:
        if self.child is not None:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait(10)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortal]:
    """A durable engine with every table, which this process's clients use."""
    made = Mortal(tmp_path)
    with pytest.MonkeyPatch.context() as environment:
        place_ = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{made.port}", "AWS_DEFAULT_REGION": engines.REGION}
        for name, value in (place_ | engines.CREDENTIALS).items():
            environment.setenv(name, value)
        clients.forget()
        before = worlds.use(worlds.World())
        settings.use_secrets(made_up.secrets())
        try:
            made.start()
            for definition in tables.definitions():
                kept = ("TableName", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
                clients.client("dynamodb").create_table(**{k: v for k, v in definition.items() if k in kept})
            yield made
        finally:
            made.kill()
            settings.use_secrets(None)
            worlds.use(before)
            clients.forget()


def buy(n: int) -> Callable[[], Any]:
    """One buyer who places one order, and asks again with the same quote while nothing is known of it."""
    buyer = customer(n)
    quote = a_quote(buyer, [("A", 1), ("B", 2)])

    def act() -> Any:
        for _ in range(6):
            try:
                told = place(quote, buyer)
            except Overloaded:
                continue
            return json.loads(told.reply or "null") if isinstance(told, Replay) else told
        raise AssertionError("the engine stayed away")

    return act


def test_after_kill_9_no_acknowledged_order_is_missing_and_none_is_half_there(mortal: Mortal) -> None:
    count = KILLS * BETWEEN + THREADS
    stocked(A=count, B=2 * count)
    told: list[str] = []
    jobs = iter([buy(n) for n in range(count)])
    lock, failures = threading.Lock(), []

    def run() -> None:
        while True:
            with lock:
                job = next(jobs, None)
            if job is None:
                return
            try:
                order = job()
            except BaseException as error:
                failures.append(error)
                return
            with lock:
                told.append(order)

    buyers = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in buyers:
        thread.start()
    for kills in range(1, KILLS + 1):
        while len(told) < kills * BETWEEN and not failures and any(thread.is_alive() for thread in buyers):
            time.sleep(0.005)
        mortal.kill()
        mortal.start()
    for thread in buyers:
        thread.join()
    assert not failures, failures

    kept = {order.id: order for order in all_of(Order)}
    assert len(told) == len(set(told)) == count
    assert set(told) == set(kept), "no acknowledged order is missing, and none is there twice"
    assert [str(one) for one in findings(all_of)] == []
    shelves = inventory.read_levels(["A", "B"])
    assert {sku: (shelf.available, shelf.held) for sku, shelf in shelves.items()} == {
        "A": (0, count),
        "B": (0, 2 * count),
    }
    rows = [row for row in all_of(Journal) if row.facts]
    assert len(rows) == count, "each order is told of once"


def test_injected_conflicts_and_lost_answers_have_exactly_once_effects(live: engines.Engine, monkeypatch) -> None:
    chance, lock = random.Random(11), threading.Lock()
    struck = {"conflict": 0, "lost": 0}

    def strikes(what: str, share: float) -> bool:
        with lock:
            hit = chance.random() < share
            struck[what] += hit
        return hit

    def conflict(request: Any, **_: Any) -> AWSResponse | None:
        """The service's own refusal, before it is asked."""
        if not strikes("conflict", 0.25):
            return None
        body = {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "message": "Transaction cancelled [TransactionConflict, None]",
            "CancellationReasons": [{"Code": "TransactionConflict", "Message": "ongoing"}, {"Code": "None"}],
        }
        return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, _Raw(json.dumps(body)))

    genuine = URLLib3Session.send

    def losing(session: URLLib3Session, request: Any) -> Any:
        """The work is done, and its answer never arrives."""
        answer = genuine(session, request)
        if b"TransactWriteItems" in _target(request) and strikes("lost", 0.25):
            raise ReadTimeoutError(endpoint_url=request.url)
        return answer

    stocked(A=100, B=200)
    clients.client("dynamodb").meta.events.register("before-send.dynamodb.TransactWriteItems", conflict)
    monkeypatch.setattr(URLLib3Session, "send", losing)
    answers = at_once([buy(n) for n in range(100)], threads=THREADS)
    monkeypatch.setattr(URLLib3Session, "send", genuine)

    assert not [one for one in answers if isinstance(one, CommitRejected)]
    assert len(set(answers)) == 100
    assert {order.id for order in all_of(Order)} == set(answers)
    assert struck["conflict"] > 20
    assert struck["lost"] > 20
    assert [str(one) for one in findings(all_of)] == []
    assert inventory.read_levels(["A"])["A"].held == 100
    assert sum(1 for row in all_of(Journal) if row.facts) == 100


def _target(request: Any) -> bytes:
    told = request.headers.get("X-Amz-Target", b"")
    return told if isinstance(told, bytes) else str(told).encode()


class _Raw(BytesIO):
    def __init__(self, text: str) -> None:
        super().__init__(text.encode())

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
