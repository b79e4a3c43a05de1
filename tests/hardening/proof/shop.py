"""The product on a stage: its tables as infra describes them, its clock and randomness, its post.

The post carries facts as AWS does, on demand and in one thread: journal stream -> relay -> bus -> one queue a consumer
-> worker, and the sweep. It delivers at least once: `settle` hands every message over twice.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from chalicelib.kernel.errors import CommitRejected, Refusal, Unavailable
from chalicelib.runtime import clients, keys, observe, relay, settings, table, workers, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http.endpoint import LOOKS
from chalicelib.runtime.journal import Due, Journal, fingerprint
from chalicelib.runtime.work import Replay, Work, perform
from infra import tables
from tests.hardening.proof.hook import Hook
from tests.hardening.proof.scenario import Keeper, Stage, Step
from tests.support.hpke import seal_by
from tests.support.memories import forget, memories

HORIZON = timedelta(days=2)
OWN = "A" * 43 + "="
SECRETS = keys.complete({  # the same in every run
    "keys": {"signing": ["proof-of-a-quote"], "index": OWN, "pepper": OWN, "jwt": {"t1": ""}},
    "legal_records": {"l1": OWN},
})  # fmt: skip
QUIET = {"POWERTOOLS_METRICS_DISABLED": "true", "POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_SERVICE_NAME": "jishi"}
QUEUE = {"PARKED_QUEUE_URL": "https://sqs.local/parked", "DUE_SHARDS": "1", "DUE_LAG_MINUTES": "2",
         "PERSONAL_KEY": "alias/jishi-personal"}  # fmt: skip
_definitions: list[dict[str, Any]] = []
_clients: dict[str, Any] = {}  # made once: making one costs more than a thousand calls


class Post:
    """Where each message is: what the relay has passed on, what the bus has routed, each consumer's queue."""

    def __init__(self) -> None:
        self.streamed = 0  # how much of the engine's log the relay has done
        self.routed = 0  # how much of the bus lies in queues
        self.queues: dict[str, list[dict[str, Any]]] = {}
        self.handled = 0

    def snapshot(self) -> Any:
        return self.streamed, self.routed, {name: tuple(held) for name, held in self.queues.items()}, self.handled

    def restore(self, saved: Any) -> None:
        self.streamed, self.routed, queues, self.handled = saved
        self.queues = {name: list(held) for name, held in queues.items()}


class Shop(Stage):
    """A stage for scenarios of the product. `consumers` are those that listen; by default all that are registered."""

    def __init__(self, *keepers: Keeper, consumers: dict[str, workers.Consumer] | None = None) -> None:
        self.post = Post()
        super().__init__(keepers=[self.post, *keepers])
        self.consumers = workers.CONSUMERS if consumers is None else consumers
        self.horizon = HORIZON
        self.rounds = 60  # a shop that is not at rest by then goes round and round
        self.secrets: dict[str, dict[str, Any]] = dict(SECRETS)
        if not _definitions:
            _definitions.extend(tables.definitions())
        for definition in _definitions:
            self.cloud.engine.create(definition)

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        own = world.World(self, self.entropy, self.wait, self.elapsed, self.chance, seal_by(self.entropy))
        before, environment = world.use(own), dict(os.environ)
        os.environ.update({**QUIET, **QUEUE})
        settings.use_secrets(self.secrets)
        observe.logger().setLevel("CRITICAL")
        counting, observe.count = observe.count, _uncounted
        with super().standing() as hook:
            others = dict(clients._clients)
            clients._clients.clear()
            clients._clients.update(_clients)
            try:
                yield hook
            finally:
                _clients.update(clients._clients)
                clients._clients.clear()
                clients._clients.update(others)
                observe.count = counting
                world.use(before)
                settings.use_secrets(None)
                forget()
                os.environ.clear()
                os.environ.update(environment)

    def snapshot(self) -> Any:
        """With all that the process remembers."""
        return super().snapshot(), [(one, dict(one._held)) for one in memories()]

    def restore(self, saved: Any) -> None:
        super().restore(saved[0])
        forget()
        for memory, held in saved[1]:
            memory._held.update(held)

    def rows(self, model: type[table.Table]) -> list[Any]:
        """Every item of a model's table, past the hook."""
        return [model.from_raw_data(with_bytes(item)) for item in self.cloud.engine.rows(model.Meta.table_name)]

    # -- the post -------------------------------------------------------------------------------------------------

    def relay(self) -> None:
        """Hand the stream's new records to the relay; raises when it did not do them all (the stream tries again)."""
        engine, journal = self.cloud.engine, Journal.Meta.table_name
        end, records = len(engine.log), list[dict[str, Any]]()
        for number in range(self.post.streamed, end):
            written = engine.log[number]
            if written.table == journal and written.new is not None:
                name = "INSERT" if written.old is None else "MODIFY"
                image = {"NewImage": written.new, "SequenceNumber": str(number)}
                records.append({"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": image})
        if records:
            failures = relay.from_stream({"Records": records})["batchItemFailures"]
            if failures:
                self.post.streamed = int(failures[0]["itemIdentifier"])
                raise RuntimeError("the relay stopped; the stream tries again")
        self.post.streamed = end

    def route(self) -> None:
        """The bus's rules: each new entry into the queue of every consumer that wants it."""
        for entry in self.cloud.bus[self.post.routed :]:
            told = envelope(entry)
            for consumer in self.consumers.values():
                if consumer.wants(told):
                    self.post.queues.setdefault(consumer.name, []).append(told)
        self.post.routed = len(self.cloud.bus)

    def work(self, name: str, *, keep: bool = False) -> bool:
        """Deliver the first message of a consumer's queue through its Lambda handler; a failed one stays."""
        self.route()
        queue = self.post.queues.get(name)
        if not queue:
            return False
        message = queue[0]
        hand_over(self.consumers[name], message)
        self.post.handled += 1
        if not keep and message in queue:
            queue.remove(message)
        return True

    def sweep(self) -> None:
        """The sweep as it runs on AWS."""
        relay.sweep()

    def next_due(self) -> int | None:
        """When the next filed fact is due, epoch ms."""
        waiting = [int(row.at) for row in self.rows(Due) if row.at is not None]
        return min(waiting, default=None)

    def settle(self) -> None:
        """Carry everything that comes by itself, each message twice, and let time pass up to the horizon."""
        end = self.at + self.horizon
        for _ in range(self.rounds):
            self.relay()
            self.route()
            moved = False
            for name in self.consumers:
                while self.post.queues.get(name):
                    self.work(name, keep=True)
                    self.work(name)
                    moved = True
            if moved:
                continue
            due = self.next_due()
            if due is None or due > end.timestamp() * 1000:
                self.at = max(self.at, end)  # also when nothing is due: what should have come by now has not
                return
            self.at = max(self.at, self.at + timedelta(milliseconds=due - self.now().timestamp() * 1000 + 1000))
            self._deliver_due()
        raise AssertionError("the shop does not come to rest")

    def _deliver_due(self) -> None:
        """What the sweep does, without its many reads; the sweep itself is a scenario of its own."""
        name, now = Due.Meta.table_name, self.now().timestamp() * 1000
        held = self.cloud.engine.tables[name]
        for key, item in list(held.items.items()):
            if "t" in item and int(item["t"]["N"]) <= now:
                self.cloud.put_events({"Entries": [json.loads(item["f"]["S"])]})
                self.cloud.engine.apply(held, key, item, None)

    def unpublished(self) -> list[str]:
        """Facts that were committed and lie neither on the bus nor with those for later (I9); for a settled shop."""
        told = {json.loads(entry["Detail"])["id"] for entry in self.cloud.bus}
        filed = {row.event for row in self.rows(Due)}
        return [
            f"I9: {wire} {row.id}.{n} was committed and never told"
            for row in self.rows(Journal)
            if row.facts
            for n, (wire, *_) in enumerate(json.loads(row.facts))
            if f"{row.id}.{n}" not in told | filed
        ]


def _uncounted(name: str, **dimensions: str) -> None:
    """Metrics are lines on standard output; nobody reads them here."""


def envelope(entry: dict[str, Any]) -> dict[str, Any]:
    """A bus entry as EventBridge hands it to a queue."""
    return {
        "version": "0",
        "id": entry["id"],
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": "123456789012",
        "time": "2026-03-02T04:00:00Z",
        "region": "cn-north-1",
        "resources": [],
        "detail": json.loads(entry["Detail"]),
    }


def hand_over(consumer: workers.Consumer, message: dict[str, Any]) -> None:
    """One message through the consumer's handler as SQS delivers it; raises when it is handed back."""
    record = {
        "messageId": message["id"], "receiptHandle": "r", "body": json.dumps(message), "attributes": {},
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn", "awsRegion": "cn-north-1",
    }  # fmt: skip
    answer = consumer({"Records": [record]}, None)
    if answer["batchItemFailures"]:
        raise RuntimeError(f"{consumer.name} handed {message['detail-type']} back")


def ask(
    who: Caller,
    scope: str,
    use_case: Callable[..., Any],
    *args: Any,
    key: str | None = None,
    asked: Any = None,
    raced: tuple[type[Refusal], ...] = (),
) -> Any:
    """A use case through a door as HTTP opens it: its answer as plain data, or the codes of its refusals.

    `raced` is what the route names. 503 raises: the client asks again.
    """
    work = Work(who, scope, fingerprint=fingerprint(asked, b"proof"))
    if key is not None:
        work.with_key(key)
    try:
        looks = lambda: work.attempts(LOOKS, lambda one: use_case(*args, one), *raced)
        reply = perform(work, looks) if raced else perform(work, use_case, *args, work)
    except Unavailable:
        raise
    except Refusal as refusal:
        return ["refused", refusal.code]
    except CommitRejected as refused:
        if any(isinstance(reason, Unavailable) for reason in refused.reasons):
            raise
        return ["refused", *(reason.code for reason in refused.reasons)]
    if isinstance(reply, Replay):
        return json.loads(reply.reply) if reply.reply is not None else None
    return json.loads(reply.model_dump_json()) if hasattr(reply, "model_dump_json") else reply


def relaying(name: str = "relay") -> Step:
    """The relay as a step."""
    return Step(name, lambda stage: stage.relay())


def working(consumer: str, name: str = "") -> Step:
    """A consumer's next message as a step; the message stays until it is handled."""

    def act(stage: Any) -> None:
        stage.work(consumer)

    return Step(name or f"worker {consumer}", act)


def sweeping(name: str = "sweep", **later: float) -> Step:
    """Time passes, and the sweep runs."""

    def act(stage: Any) -> None:
        stage.advance(**later)
        stage.sweep()

    return Step(name, act)


def with_bytes(item: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """An item as the SDK hands it out: binary values are bytes, which on the wire are base64."""
    return {name: {"B": b64decode(one["B"])} if "B" in one else one for name, one in item.items()}
