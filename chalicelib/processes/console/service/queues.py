"""Queues and their dead letters: how many lie where, and sending them back.

A letter is sent to its queue before it is taken from the dead letters: a death in between leaves it twice, and every
consumer knows what it has seen. The regions of China have no call that moves messages.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, NamedTuple

from chalicelib.kernel.errors import NotFound
from chalicelib.runtime import clients, settings, workers
from chalicelib.runtime.relay import PARKED
from chalicelib.runtime.work import Work

from ..events import QueueRedriven

QUEUES = settings.declare("QUEUES", "", "the shop's queues, by the names that the stack made, separated by commas")
MADE = re.compile("(?:.*-)?([A-Za-z0-9]+?)Queue(?:-[A-Za-z0-9]+)?")  # as the stack names what the template names
AT_REST = ("relay_failures", "undelivered")
BATCH = 10
MOST_MOVED = 200  # a request's worth
HELD_SECONDS = 30  # for so long a letter in hand is hidden from others


class QueueNotFound(NotFound):
    name: str
    zh, en = "没有名为 {name} 的队列", "There is no queue {name}"


class QueueState(NamedTuple):
    """A consumer's queue: messages waiting, in hand, and dead; which facts it takes."""

    name: str
    waiting: int
    in_hand: int
    dead: int
    facts: tuple[str, ...]


def all_queues() -> list[QueueState]:
    """Every consumer's queue, then what came to rest: parked facts, batches given up, events that no rule handed over."""
    known = _names()
    found = []
    for name, consumer in sorted(workers.workers().items()):
        if name in known:
            url = _url(known[name])
            waiting, in_hand = _depth(url)
            dead = _dead(url)
            found.append(QueueState(name, waiting, in_hand, sum(_depth(dead)) if dead else 0, tuple(consumer.wires)))
    if parked := settings.value(PARKED):
        found.append(QueueState("parked", 0, 0, sum(_depth(parked)), ()))
    found += [QueueState(name, 0, 0, sum(_depth(_url(known[name]))), ()) for name in AT_REST if name in known]
    return found


def redrive(name: str, most: int, work: Work) -> tuple[int, int]:
    """Send up to so many dead letters back to their queue. Returns (moved, about how many are left). Raises QueueNotFound."""
    known = _names()
    queue = _url(known[name]) if name in known else None
    dead = _dead(queue) if queue is not None else None
    if queue is None or dead is None:
        raise QueueNotFound(name=name)
    moved = _move(dead, queue, min(most, MOST_MOVED))
    if moved:
        work.publish(QueueRedriven(name, moved))
    return moved, sum(_depth(dead))


def _move(dead: str, queue: str, most: int) -> int:
    sqs, moved = clients.client("sqs"), 0
    while moved < most:
        got = sqs.receive_message(
            QueueUrl=dead, MaxNumberOfMessages=min(BATCH, most - moved), VisibilityTimeout=HELD_SECONDS
        )
        letters = got.get("Messages", [])
        if not letters:
            return moved
        sent = sqs.send_message_batch(
            QueueUrl=queue, Entries=[{"Id": str(n), "MessageBody": m["Body"]} for n, m in enumerate(letters)]
        )
        taken = [letters[int(told["Id"])] for told in sent.get("Successful", [])]
        if taken:
            _delete(sqs, dead, taken)
        moved += len(taken)
        if len(taken) < len(letters):
            return moved  # those not sent stay where they are
    return moved


def _delete(sqs: Any, dead: str, letters: list[dict[str, Any]]) -> None:
    sqs.delete_message_batch(
        QueueUrl=dead, Entries=[{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(letters)]
    )


def _depth(url: str) -> tuple[int, int]:
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    return int(told[wanted[0]]), int(told[wanted[1]])


def _dead(url: str) -> str | None:
    """Where the dead letters of a queue lie, as the queue says: to name each of them would outgrow a function's settings."""
    told = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    policy = told.get("Attributes", {}).get("RedrivePolicy")
    return _url(json.loads(policy)["deadLetterTargetArn"].rpartition(":")[2]) if policy else None


def _names() -> dict[str, str]:
    return {_spoken(queue): queue for queue in settings.value(QUEUES).split(",") if queue}


def _spoken(queue: str) -> str:
    """What operators call a queue: `ordering`."""
    made = MADE.fullmatch(queue)
    return "_".join(re.findall("[A-Z][a-z0-9]*", made[1])).lower() if made else queue


@cache
def _url(queue: str) -> str:
    return str(clients.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])
