"""The app's handlers, attached in-process to the engine's queues, schedules and stream, from `app.event_sources`.

Guarantees, as Lambda's: a message is deleted only when its handler did not name it as failed; a failed one comes back
alone, at most until its dead-letter queue takes it; stream records are handed over in order and again until taken.

    attached = attach(app, session, resources)      # starts the threads
    attached.stop()                                 # takes nothing new, waits for what is in hand, drains the relay
"""

import json
import re
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config
from chalice.app import Chalice, DynamoDBEventConfig, ScheduledEventConfig, SQSEventConfig

from infra.derive import JOURNAL, last_part

from .engine import REGION

UNITS = {"minute": 60, "hour": 3600, "day": 86400}
POLL_SECONDS = 2
RETRY_SECONDS = 30  # at most; a real queue would wait its whole visibility time-out
STREAM_IDLE_SECONDS = 0.1
GRACE_SECONDS = 30
RELAY = "relay"

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Context:
    """What Lambda hands a function beside its event."""

    function_name: str
    seconds: float = 30
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)
    memory_limit_in_mb: int = 512

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:000000000000:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * max(0.0, self.seconds - (time.monotonic() - self.started)))


class Attached:
    """The running pumps."""

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self.ending = threading.Event()
        self.draining = threading.Event()
        self.workers: list[threading.Thread] = []
        self.pumps: list[threading.Thread] = []
        self.say = say

    def run(self, group: list[threading.Thread], name: str, loop: Callable[[], None]) -> None:
        thread = threading.Thread(target=self._guarded(name, loop), name=name, daemon=True)
        group.append(thread)
        thread.start()

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Take nothing new, finish what is in hand, then let the relay empty the stream; in `grace` seconds altogether."""
        self.ending.set()
        deadline = time.monotonic() + grace
        for thread in self.workers:
            thread.join(max(0.1, deadline - time.monotonic()))
        self.draining.set()
        for thread in self.pumps:
            thread.join(max(0.1, deadline - time.monotonic()))

    def _guarded(self, name: str, loop: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            while not self.ending.is_set() or (name.startswith("stream") and not self.draining.is_set()):
                try:
                    loop()
                    return
                except Exception:  # a pump must outlive whatever the engine answers
                    told = traceback.format_exc(limit=3).strip().splitlines()[-1]
                    self.ending.wait(1)  # by then an engine that died is known to have died
                    self.say(f"{name}: {told}")

        return guarded


def attach(
    app: Chalice,
    session: Any,
    resources: Mapping[str, str],
    *,
    tick: float = 1.0,
    threads: int = 1,
    say: Callable[[str], None] = print,
    relayed: Callable[[float], object] = lambda _: None,
) -> Attached:
    """Start a pump for each event source. `resources`: logical -> physical id; `tick`: seconds a minute lasts.

    `relayed` is told the epoch second up to which the journal's stream has been handed over.
    """
    attached = Attached(say)
    many = Config(max_pool_connections=64, read_timeout=30)  # made here: a session makes clients in one thread only
    sqs, streams, db = (session.create_client(name, config=many) for name in ("sqs", "dynamodbstreams", "dynamodb"))
    for source in app.event_sources:
        handler = handler_of(app, source.name)
        if isinstance(source, SQSEventConfig):
            url = resources[last_part(source.queue_arn)]
            for n in range(threads):
                pump = _queue(attached, sqs, url, source, handler)
                attached.run(attached.workers, f"{source.name}-{n}", pump)
        elif isinstance(source, ScheduledEventConfig):
            attached.run(attached.workers, source.name, _clockwork(attached, source, handler, tick))
        elif isinstance(source, DynamoDBEventConfig):
            name = last_part(source.stream_arn)
            arn = db.describe_table(TableName=resources[name])["Table"]["LatestStreamArn"]
            told = relayed if name == JOURNAL else lambda _: None
            attached.run(
                attached.pumps, f"stream-{source.name}", _stream(attached, streams, arn, source, handler, told)
            )
        else:
            raise ValueError(f"{source.name}: nothing here plays {type(source).__name__}")
    return attached


def handler_of(app: Chalice, name: str) -> Handler:
    """The function as Lambda would find it: the module's attribute, not the app's wrapper."""
    handler: Handler = app.handler_map[name]
    return handler


def _queue(attached: Attached, sqs: Any, url: str, source: SQSEventConfig, handler: Handler) -> Callable[[], None]:
    def loop() -> None:
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        while not attached.ending.is_set():
            got = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(10, source.batch_size),
                WaitTimeSeconds=POLL_SECONDS,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            if messages := got.get("Messages", []):
                deliver(sqs, url, arn, messages, handler, source.name, attached.say)

    return loop


def deliver(
    sqs: Any,
    url: str,
    arn: str,
    messages: list[dict[str, Any]],
    handler: Handler,
    name: str,
    say: Callable[[str], None],
) -> None:
    """One invocation: hand the batch over, delete what succeeded, bring the rest back soon."""
    records = [{
        "messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"],
        "attributes": m.get("Attributes", {}), "messageAttributes": m.get("MessageAttributes", {}),
        "md5OfBody": m.get("MD5OfBody", ""), "eventSource": "aws:sqs", "eventSourceARN": arn, "awsRegion": REGION,
    } for m in messages]  # fmt: skip
    try:
        answer = handler({"Records": records}, Context(name)) or {}
        failed = {entry["itemIdentifier"] for entry in answer.get("batchItemFailures", [])}
    except Exception as error:  # an invocation that raises fails its whole batch
        say(f"{name}: {type(error).__name__}: {error}")
        failed = {m["MessageId"] for m in messages}
    done = [m for m in messages if m["MessageId"] not in failed]
    if done:
        sqs.delete_message_batch(
            QueueUrl=url, Entries=[{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(done)]
        )
    for message in messages:
        if message["MessageId"] in failed:
            received = int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1))
            sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=min(RETRY_SECONDS, 2**received)
            )


def _clockwork(attached: Attached, source: ScheduledEventConfig, handler: Handler, tick: float) -> Callable[[], None]:
    every = seconds_of(source.schedule_expression) * tick / 60

    def loop() -> None:
        due = time.monotonic() + every
        while not attached.ending.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + every  # a rhythm, however long one run takes
            handler(scheduled_event(source.name), Context(source.name))

    return loop


def seconds_of(expression: Any) -> float:
    """How often a schedule runs, in seconds. A cron expression counts as once a day."""
    text = expression if isinstance(expression, str) else expression.to_string()
    if rate := re.fullmatch(r"rate\(([0-9]+) (minute|hour|day)s?\)", text):
        return int(rate[1]) * UNITS[rate[2]]
    return float(UNITS["day"])


def scheduled_event(name: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:000000000000:rule/{name}"],
        "detail": {},
    }


def _stream(
    attached: Attached,
    streams: Any,
    arn: str,
    source: DynamoDBEventConfig,
    handler: Handler,
    relayed: Callable[[float], object],
) -> Callable[[], None]:
    taken: dict[str, str] = {}  # shard -> last sequence number handed over, so that a broken loop goes on where it was

    def loop() -> None:
        iterators: dict[str, str | None] = {}
        while True:
            ending, began, moved = attached.draining.is_set(), time.time(), False
            for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
                name = shard["ShardId"]
                iterator = iterators.get(name) or _iterator(streams, arn, name, taken.get(name))
                attached.draining.wait(source.maximum_batching_window_in_seconds)
                got = streams.get_records(ShardIterator=iterator, Limit=source.batch_size)
                iterators[name] = got.get("NextShardIterator")
                if records := got["Records"]:
                    moved = True
                    if (last := hand_over(records, arn, handler, source.name)) is not None:
                        taken[name] = last
                    if last != records[-1]["dynamodb"]["SequenceNumber"]:  # some are left: again from the first of them
                        iterators[name] = None
                        attached.ending.wait(0.5)
            if not moved:
                relayed(began)
                if ending:
                    return
                attached.draining.wait(STREAM_IDLE_SECONDS)

    return loop


def _iterator(streams: Any, arn: str, shard: str, after: str | None) -> str:
    place = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    if after:
        place |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
    return str(streams.get_shard_iterator(**place)["ShardIterator"])


def hand_over(records: list[dict[str, Any]], arn: str, handler: Handler, name: str) -> str | None:
    """One invocation with a batch of stream records. Answers the sequence number of the last one that was taken."""
    wanted = [_plain(r, arn) for r in records if name != RELAY or _has_facts(r)]
    failed: set[str] = set()
    if wanted:
        answer = handler({"Records": wanted}, Context(name)) or {}
        failed = {entry["itemIdentifier"] for entry in answer.get("batchItemFailures", [])}
    last = None
    for record in records:
        if record["dynamodb"]["SequenceNumber"] in failed:
            break
        last = record["dynamodb"]["SequenceNumber"]
    return last


def _has_facts(record: dict[str, Any]) -> bool:
    """Whether the mapping of the relay would hand a record of the journal over."""
    return record["eventName"] == "INSERT" and "f" in record["dynamodb"].get("NewImage", {})


def _plain(record: dict[str, Any], arn: str) -> dict[str, Any]:
    body = dict(record["dynamodb"])
    if isinstance(body.get("ApproximateCreationDateTime"), datetime):
        body["ApproximateCreationDateTime"] = body["ApproximateCreationDateTime"].timestamp()
    told = {**record, "dynamodb": body, "eventSourceARN": arn, "awsRegion": REGION}
    plain: dict[str, Any] = json.loads(json.dumps(told, default=str))
    return plain
