"""Which facts go out and with what of them, how a message is signed, when it is tried again, and this context's refusals."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.clock import instant, iso
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.states import States

# What a receiver is told of, and which fields of it: ids, states and amounts. Whose it is never goes out, nor what people
# wrote: a field that is not named here stays in the shop.
TYPES: dict[str, tuple[str, ...]] = {
    "order.placed": ("order_id", "payable"),
    "order.paid": ("order_id", "payment_id"),
    "order.cancelled": ("order_id", "by"),
    "order.expired": ("order_id",),
    "order.revived": ("order_id", "payment_id"),
    "order.adjusted": ("order_id", "before", "after"),
    "order.annulled": ("order_id",),
    "payment.succeeded": ("payment_id", "order_id", "provider", "amount"),
    "payment.failed": ("payment_id", "order_id", "provider", "reason"),
    "refund.requested": ("refund_id", "payment_id", "amount"),
    "refund.succeeded": ("refund_id", "order_id", "amount"),
    "refund.failed": ("refund_id", "payment_id", "state"),
    "shipment.created": ("order_id", "number", "carrier"),
    "shipment.labelled": ("order_id", "number", "carrier", "waybill"),
    "shipment.cancelled": ("order_id", "number"),
    "shipment.delivered": ("order_id", "number", "at"),
    "shipment.returned": ("order_id", "number", "at"),
    "shipment.troubled": ("order_id", "number", "status"),
    "stock.changed": ("sku", "location", "available", "on_hand", "closed", "at"),
}
SPOKEN = {"stock.level_changed": "stock.changed"}  # facts that receivers know by another name
TEST = "webhook.test"
MOST_SUBSCRIPTIONS = 20  # each is a line of one transaction when a fact goes out

PREFIX = "whsec_"
SECRET_BYTES = 32
BOTH_VALID = timedelta(hours=24)  # the former secret signs beside the new one

MINUTES = (1, 5, 30, 2 * 60, 5 * 60, 10 * 60, 14 * 60, 16 * 60, 24 * 60)  # between attempts: three days in all
FAILING = timedelta(days=5)  # so long, and a receiver is told nothing more
KEPT = timedelta(days=30)
REST_FROM, LONGEST_REST = 2, 15  # silences in a row from which a receiver is left in peace; minutes at most
MOST_ATTEMPTS = 12  # that a message's log shows, the latest
GONE = 410


class WebhookSubscriptionNotFound(NotFound):
    zh, en = "订阅不存在", "There is no such subscription"


class WebhookSubscriptionStateConflict(Conflict):
    spoken = {"active": "推送中", "paused": "已暂停", "off": "因持续失败已停用"}
    spoken_en = {"off": "switched off, since it failed for long"}
    state: str
    zh, en = "订阅当前状态为 {state}", "The subscription is {state}; this cannot be done now"


class StaleWebhookSubscription(Conflict):
    zh, en = "订阅刚刚被修改，请重新读取", "The subscription was changed meanwhile; please read it again"


class WebhookSubscriptionsFull(Conflict):
    most: int
    zh, en = "订阅最多 {most} 个", "There may be {most} subscriptions at most"


class WebhookMessageNotFound(NotFound):
    zh, en = "消息不存在或已过期", "There is no such message, or it is kept no more"


class StaleWebhookMessage(Conflict):
    zh, en = "消息状态刚刚变化，请重试", "The message was sent or changed just now; please try again"


class WebhookStretchWrong(Invalid):
    days: int
    zh, en = (
        "时间段须先后正确且在最近 {days} 天之内",
        "The time must run forward and lie within the last {days} days",
    )


SUBSCRIPTION = States(
    "active",
    {
        "active": {"pause": "paused", "switch_off": "off"},
        "paused": {"resume": "active"},
        "off": {"resume": "active"},
    },
    absent=WebhookSubscriptionNotFound,
    conflict=WebhookSubscriptionStateConflict,
)
WAITING, PENDING, DELIVERED, FAILED = "waiting", "pending", "delivered", "failed"
STATES = (WAITING, PENDING, DELIVERED, FAILED)


class Attempt(NamedTuple):
    """One try to send: when (epoch ms), the status (0: none came), how long it took (ms), and the first bytes of the answer,
    or what kept it from coming."""

    at: int
    status: int
    ms: int
    said: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def silent(self) -> bool:
        """Whether nobody answered: to wait for it costs others time."""
        return self.status == 0


# ---- what is sent ---------------------------------------------------------------------------------------------------
def outgoing(kind: str, data: Mapping[str, Any]) -> str:
    """What of a fact a receiver is told, as it is kept."""
    told = {name: data[name] for name in TYPES[kind] if name in data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def body(kind: str, at: int, data: str) -> bytes:
    """The message, the same at each attempt: Standard Webhooks' type, timestamp, data."""
    told = {"type": kind, "timestamp": iso(instant(at)), "data": json.loads(data)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers(message_id: str, at: datetime, content: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """What goes with a message; it is signed by each secret that is valid."""
    seconds = int(at.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Jishi-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{signature(one, message_id, seconds, content)}" for one in secrets),
    }


def signature(secret: str, message_id: str, seconds: int, content: bytes) -> str:
    """HMAC-SHA256 over id, timestamp and body, in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{seconds}.".encode() + content
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def secret_of(entropy: bytes) -> str:
    """A secret as receivers keep it."""
    return PREFIX + base64.b64encode(entropy).decode()


# ---- what becomes of it ---------------------------------------------------------------------------------------------
def pause(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None: it is given up."""
    return timedelta(minutes=MINUTES[tries - 1]) if tries <= len(MINUTES) else None


def rest(silences: int) -> timedelta | None:
    """How long a receiver is left in peace after so many silences in a row; None: not yet."""
    if silences < REST_FROM:
        return None
    return timedelta(minutes=min(LONGEST_REST, 2 ** min(silences - REST_FROM, 10)))


def logged(log: str | None, attempt: Attempt) -> str:
    """A message's log with one attempt more."""
    return json.dumps([*json.loads(log or "[]"), attempt][-MOST_ATTEMPTS:], ensure_ascii=False, separators=(",", ":"))


def attempts(log: str | None) -> list[Attempt]:
    """The attempts of a message, oldest first."""
    return [Attempt(*one) for one in json.loads(log or "[]")]


def shown(said: bytes) -> str:
    """The first bytes of an answer as a person can read them."""
    return re.sub("[^ -~\u00a1-\u1fff\u3001-\ud7ff\uff01-\uffee]", " ", said.decode("utf-8", "ignore")).strip()
