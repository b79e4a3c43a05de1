"""The back doors: queue consumers and schedules. Wrapped inside the Chalice decorator, since Lambda imports the module
that holds the handler and never app.py.

    worker = consumer(bp, "ordering")

    @worker.on(OrderPayDue)
    def expire(fact: OrderPayDue, work: Work) -> None: ...

A consumer's queue, dead-letter queue, bus rule (its `pattern`) and alarms are made from `CONSUMERS` by infra/build.py.
A failed record is redelivered alone; after five receives it lies in the dead-letter queue.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from chalice.app import Blueprint

from chalicelib.kernel.facts import FACTS, Audit, Delivery, Fact, read

from . import observe
from .caller import worker as worker_caller
from .work import Work, perform

WORKER_SECONDS = 20.0

F = TypeVar("F", bound=Fact)
Handler = Callable[[Any, Work], Any]


class Subscription(NamedTuple):
    """Which function handles a fact, and whether its effect is remembered in the journal; `told`: it is handed the delivery,
    with the event's id and instant.

    Not remembered are effects that are put-if-absent or state-conditional by themselves.
    """

    fact: type[Fact]
    handler: Handler
    keyed: bool
    told: bool = False


class Foreign(NamedTuple):
    """What a worker hears of a service of AWS: from whom, of which kinds, and what handles it."""

    source: str
    types: tuple[str, ...]
    handler: Callable[[Mapping[str, Any], Work], Any]


class Consumer:
    """A context's worker: one queue, one function per fact; or one for all that is audited, whoever tells it."""

    def __init__(self, name: str, module: str, *, batch: int, window: int, concurrency: int | None) -> None:
        self.name, self.module = name, module
        self.batch, self.window, self.concurrency = batch, window, concurrency
        self.subscriptions: dict[str, list[Subscription]] = {}
        self.audits: Callable[[Delivery, Work], Any] | None = None
        self.foreign: Foreign | None = None

    @property
    def pattern(self) -> dict[str, Any]:
        """The pattern of its rule on the bus. What is audited says so in its detail: such a rule names no facts."""
        return {"detail": {"audit": [{"exists": True}]}} if self.audits else {"detail-type": sorted(self.subscriptions)}

    @property
    def heard(self) -> dict[str, Any] | None:
        """The pattern of its rule on the account's own bus, where services of AWS tell; None for who hears none of them."""
        if self.foreign is None:
            return None
        return {"source": [self.foreign.source], "detail-type": list(self.foreign.types)}

    @property
    def wires(self) -> list[str]:
        """The names of the facts that it handles, of those that this process knows."""
        audited = [wire for wire, fact in FACTS.items() if isinstance(fact.audit, Audit)] if self.audits else ()
        return sorted({*self.subscriptions, *audited})

    def wants(self, envelope: Mapping[str, Any]) -> bool:
        """Whether its rule takes this event."""
        return "audit" in envelope["detail"] if self.audits else envelope["detail-type"] in self.subscriptions

    @property
    def queue(self) -> str:
        """The logical id of its queue in the template."""
        return "".join(part.title() for part in self.name.split("_")) + "Queue"

    def on(
        self, fact: type[F], *, keyed: bool = True
    ) -> Callable[[Callable[[F, Work], Any]], Callable[[F, Work], Any]]:
        """Handle a fact. keyed=False where a second run is harmless by its own conditions."""

        def register(handler: Callable[[F, Work], Any]) -> Callable[[F, Work], Any]:
            self.subscriptions.setdefault(fact.wire, []).append(Subscription(fact, handler, keyed))
            return handler

        return register

    def on_told(self, fact: type[Fact]) -> Callable[[Callable[[Delivery, Work], Any]], Callable[[Delivery, Work], Any]]:
        """Handle a fact as it was delivered, for whoever tells it on: under the event's id, with its instant."""

        def register(handler: Callable[[Delivery, Work], Any]) -> Callable[[Delivery, Work], Any]:
            self.subscriptions.setdefault(fact.wire, []).append(Subscription(fact, handler, keyed=True, told=True))
            return handler

        return register

    def on_audited(self, handler: Callable[[Delivery, Work], Any]) -> Callable[[Delivery, Work], Any]:
        """Handle every fact that is audited; such a worker imports nobody's events, and handles nothing else."""
        if self.subscriptions:
            raise TypeError(f"{self.name} handles facts by name already")
        self.audits = handler
        return handler

    def on_foreign(
        self, source: str, *types: str
    ) -> Callable[[Callable[[Mapping[str, Any], Work], Any]], Callable[[Mapping[str, Any], Work], Any]]:
        """Handle what a service of AWS (`aws.ses`) tells on the account's own bus: the event as it comes, once by its id."""

        def register(handler: Callable[[Mapping[str, Any], Work], Any]) -> Callable[[Mapping[str, Any], Work], Any]:
            self.foreign = Foreign(source, types, handler)
            return handler

        return register

    def deliver(self, envelope: dict[str, Any], seconds: float = WORKER_SECONDS) -> None:
        """Hand one event (an EventBridge envelope) to its handlers. Raises what they raise."""
        if self.foreign is not None and envelope.get("source") == self.foreign.source:
            return self._handle(self.foreign.handler, envelope, f"{self.foreign.source}|{envelope['id']}", seconds)
        wire, detail = envelope["detail-type"], envelope["detail"]
        event = detail["id"]
        if self.audits is not None:
            told = Delivery(
                event, detail["at"], detail["actor"], wire, detail["data"], detail["audit"], detail["subject"]
            )
            return self._handle(self.audits, told, event, seconds)
        fact = read(wire, detail["data"])
        for subscription in self.subscriptions.get(wire, ()):
            handed = Delivery(event, detail["at"], detail["actor"], wire, fact.data()) if subscription.told else fact
            self._handle(subscription.handler, handed, event if subscription.keyed else None, seconds)

    def _handle(
        self, handler: Handler, told: Fact | Delivery | Mapping[str, Any], key: str | None, seconds: float
    ) -> None:
        name = f"{self.name}.{handler.__name__}"
        work = Work(worker_caller(name), name, seconds=seconds, consumer=True)
        if key is not None:
            work.with_key(key)
        perform(work, handler, told, work)

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """The Lambda handler of the queue; partial answers, so that one poisoned message blocks nobody."""
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

        def one(record: Any) -> None:
            try:
                self.deliver(json.loads(record.body), _seconds_left(context))
            except Exception as error:
                observe.logger().warning("not handled", worker=self.name, causes=list(observe.causes(error)))
                raise

        answer: Any = process_partial_response(
            event=event if isinstance(event, dict) else event.to_dict(),
            record_handler=one,
            processor=BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False),
        )
        return dict(answer)


class Schedule(NamedTuple):
    """A job that runs at a rhythm."""

    name: str
    expression: str
    job: Callable[[Work], Any]


class Change(NamedTuple):
    """One change of an item, as its table's stream tells it: the raw item before and after, None where there was none."""

    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


CONSUMERS: dict[str, Consumer] = {}
SCHEDULES: dict[str, Schedule] = {}
_load: Callable[[], object] = lambda: None


def use_workers(load: Callable[[], object]) -> None:
    """Say how every worker is imported, in a process that tells of them but is none. A face calls this once."""
    global _load
    _load = load


def workers() -> dict[str, Consumer]:
    """Every worker of the shop."""
    _load()
    return CONSUMERS


def consumer(bp: Blueprint, name: str, *, batch: int = 10, window: int = 0, concurrency: int | None = None) -> Consumer:
    """The worker of a context. The module keeps it under the name `worker`, by which Lambda finds it."""
    made = CONSUMERS[name] = Consumer(name, bp._import_name, batch=batch, window=window, concurrency=concurrency)

    def worker(event: Any) -> dict[str, Any]:
        return made(event, event.context)

    bp.on_sqs_message(
        queue_arn=f"arn:aws:sqs:region:account:{made.queue}",
        batch_size=batch,
        name=f"{name}_worker",
        maximum_batching_window_in_seconds=window,
        maximum_concurrency=concurrency,
    )(worker)
    return made


def scheduled(bp: Blueprint, expression: str, name: str) -> Callable[[Callable[[Work], Any]], Callable[..., Any]]:
    """Run a job at a rhythm (`rate(1 minute)`, `cron(...)` in UTC). The job takes a Work and may run twice or late."""

    def register(job: Callable[[Work], Any]) -> Callable[..., Any]:
        def run(event: Any, context: Any = None) -> None:
            seconds = _seconds_left(context or getattr(event, "context", None))
            work = Work(worker_caller(name), name, seconds=seconds, consumer=True)
            perform(work, job, work)

        run.__name__ = job.__name__  # by which Lambda finds it in its module
        SCHEDULES[name] = Schedule(name, expression, job)
        bp.schedule(expression, name=name)(run)
        return run

    return register


def following(
    bp: Blueprint, table: str, name: str, *, batch: int, window: int
) -> Callable[[Callable[[Sequence[Change], Work], Any]], Callable[..., Any]]:
    """Follow the stream of a table, named as in the template: the job is handed what changed within `window` seconds, in
    the order of each item's changes, at most so many changes at once. It is handed a batch again until it has succeeded."""

    def register(job: Callable[[Sequence[Change], Work], Any]) -> Callable[..., Any]:
        def run(event: Any, context: Any = None) -> None:
            records = (event if isinstance(event, dict) else event.to_dict())["Records"]
            told = [one["dynamodb"] for one in records]
            work = Work(worker_caller(name), name, seconds=_seconds_left(context), consumer=True)
            work.with_key(f"{told[0]['SequenceNumber']}-{told[-1]['SequenceNumber']}")
            perform(work, job, [Change(one.get("OldImage"), one.get("NewImage")) for one in told], work)

        run.__name__ = job.__name__  # by which Lambda finds it in its module
        bp.on_dynamodb_record(
            stream_arn=f"arn:aws:dynamodb:region:account:table/{table}/stream/x",
            batch_size=batch,
            name=name,
            maximum_batching_window_in_seconds=window,
        )(run)
        return run

    return register


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return max(1.0, remaining() / 1000 - 2) if remaining is not None else WORKER_SECONDS
