"""The messages of each subscription: filed when a fact goes out, sent once more on wish, and what became of each attempt.

Guarantees: a fact is one message to each subscription, under the event's id; of one turn only one outcome counts; what is
told while a subscription is paused or off waits, and is sent when it goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.ids import ulid
from chalicelib.runtime import observe, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..events import (
    WebhookDeliveryFailed,
    WebhookDue,
    WebhookRedeliveryAsked,
    WebhookRedeliveryDue,
    WebhookRetryDue,
    WebhookSubscriptionSwitchedOff,
)
from ..model import ALL, WebhookMessage, WebhookSubscription
from ..rules import (
    FAILING,
    GONE,
    KEPT,
    SUBSCRIPTION,
    TEST,
    Attempt,
    WebhookMessageNotFound,
    WebhookStretchWrong,
    WebhookSubscriptionNotFound,
    WebhookSubscriptionStateConflict,
)
from . import subscribing

PART = 20  # messages of a stretch in one transaction
ACTIVE = SUBSCRIPTION.initial
SWITCHED_OFF = observe.alarmed(
    "WebhookSwitchedOff", "A receiver of webhooks failed for five days, or is gone, and is told nothing more"
)


# ---- filing ---------------------------------------------------------------------------------------------------------
def tell(kind: str, event: str, at: int, data: Mapping[str, Any], work: Work) -> None:
    """A fact goes out to all who want to know of it. Its refusal: StaleWebhookSubscription."""
    for row in subscribing.every():
        if kind not in row.type_names:
            continue
        active = row.state == ACTIVE
        told = rules.outgoing(kind, data)
        work.add(steps.file(row.id, event, kind, instant(at), told, work.now, waiting=not active))
        if active:
            _send(row, event, 0, work)
        else:
            work.add(steps.still(row))  # whoever lets it go on meanwhile must find this message


def test(subscription_id: str, work: Work) -> str:
    """A message by which a receiver can be tried, also of a subscription that is paused; returns its id.

    Raises WebhookSubscriptionNotFound.
    """
    row = subscribing.find(subscription_id)
    message_id = f"{work.new_id('J')}.0"
    data = '{"subscription_id":"' + row.id + '"}'

    work.add(steps.file(row.id, message_id, TEST, work.now, data, work.now, waiting=False))
    work.publish(WebhookDue(row.id, message_id, 0))
    return message_id


def _send(row: WebhookSubscription, message_id: str, turn: int, work: Work) -> None:
    due = WebhookRetryDue if row.troubled else WebhookDue
    work.publish(due(row.id, message_id, turn))


# ---- reading --------------------------------------------------------------------------------------------------------
def listed(subscription_id: str, limit: int, cursor: str | None) -> tuple[list[WebhookMessage], str | None]:
    """A page of a subscription's messages, newest first. Raises WebhookSubscriptionNotFound."""
    subscribing.find(subscription_id)
    return table.query(WebhookMessage, subscription_id, limit=limit, cursor=cursor, newest_first=True)


def find(subscription_id: str, message_id: str) -> WebhookMessage:
    """A message of a subscription that there is. Raises WebhookMessageNotFound, WebhookSubscriptionNotFound."""
    subscription, message = both(subscription_id, message_id)
    if subscription is None:
        raise WebhookSubscriptionNotFound()
    if message is None:
        raise WebhookMessageNotFound()
    return message


def both(subscription_id: str, message_id: str) -> tuple[WebhookSubscription | None, WebhookMessage | None]:
    """A subscription and a message of it as they stand."""
    keys = [Key(WebhookSubscription, ALL, subscription_id), Key(WebhookMessage, subscription_id, message_id)]
    subscription, message = table.batch(keys, consistent=True)
    return subscription, message


# ---- once more ------------------------------------------------------------------------------------------------------
def send_again(subscription_id: str, message_id: str, work: Work) -> None:
    """Send a message once more, from the first attempt on.

    Raises WebhookSubscriptionNotFound, WebhookMessageNotFound, WebhookSubscriptionStateConflict, StaleWebhookMessage.
    """
    _active(subscription_id)
    message = find(subscription_id, message_id)

    _again(message, work)


def ask_again(subscription_id: str, start: datetime, end: datetime, only: str, work: Work) -> None:
    """Send the messages of a stretch once more; a worker does it.

    Raises WebhookStretchWrong, WebhookSubscriptionNotFound, WebhookSubscriptionStateConflict.
    """
    _active(subscription_id)
    if not (work.now - KEPT < start < end <= work.now):
        raise WebhookStretchWrong(days=KEPT.days)

    work.publish(WebhookRedeliveryAsked(subscription_id, millis(start), millis(end), only))
    after, until = (f"J{ulid(at, bytes(10))}" for at in (start, end))
    work.publish(WebhookRedeliveryDue(subscription_id, after, until, only))


def go_on(subscription_id: str, after: str, until: str, only: str, work: Work) -> None:
    """Send the next part of a stretch once more. Its refusal: StaleWebhookMessage."""
    if not any(row.id == subscription_id and row.state == ACTIVE for row in subscribing.every()):
        return
    rows, more = table.query(
        WebhookMessage, subscription_id, between=("m", after or " ", until), limit=PART, consistent=True
    )
    rows = [row for row in rows if row.id != after]

    for row in rows:
        if row.type != TEST and (row.state == only or only == "all"):
            _again(row, work)
    if more and rows:
        work.publish(WebhookRedeliveryDue(subscription_id, rows[-1].id, until, only))


def _again(row: WebhookMessage, work: Work) -> None:
    work.add(steps.once_more(row))
    work.publish(WebhookRetryDue(row.subscription, row.id, row.turn + 1))


def _active(subscription_id: str) -> None:
    row = subscribing.find(subscription_id)
    if row.state != ACTIVE:
        raise WebhookSubscriptionStateConflict(state=row.state)


# ---- what became of it ----------------------------------------------------------------------------------------------
def waits(row: WebhookSubscription, message: WebhookMessage, now: datetime) -> bool:
    """Whether a message is not to be sent now: its subscription is paused or off, or its receiver left in peace. A test is
    sent whatever else there is."""
    if message.type == TEST:
        return False
    return row.state != ACTIVE or (row.rests_until is not None and row.rests_until > now)


def wait(row: WebhookSubscription, message: WebhookMessage, work: Work) -> None:
    """Lay a message aside until its subscription goes on, or try it later. Its refusals: StaleWebhookMessage,
    StaleWebhookSubscription."""
    if row.state != ACTIVE:
        work.add(steps.lay_aside(message), steps.still(row))
        return
    later = rules.pause(message.tries + 1)
    if later is None:
        _give_up(message, message.log or "[]", work)
    else:
        _later(message, max(work.now + later, row.rests_until or work.now), None, work)


def settle(row: WebhookSubscription, message: WebhookMessage, attempt: Attempt, work: Work) -> None:
    """Note what an attempt came to, and what follows. Its refusals: StaleWebhookMessage, WebhookSubscriptionNotFound."""
    log = rules.logged(message.log, attempt)
    if attempt.accepted:
        work.add(steps.delivered(message, log))
        if row.troubled and message.type != TEST:
            work.add(steps.recovered(row))
        return
    if message.type == TEST:
        work.add(steps.give_up(message, log))
        return
    since = row.failing_since or work.now
    if attempt.status == GONE or work.now - since >= FAILING:
        _switch_off(row, "gone" if attempt.status == GONE else "failing", work)
        work.add(steps.lay_aside(message, log))
        return
    silences = (row.silences or 0) + 1 if attempt.silent else 0
    rest = rules.rest(silences)
    work.add(steps.troubled(row, since, silences, work.now + rest if rest is not None else None))
    later = rules.pause(message.tries + 1)
    if later is None:
        _give_up(message, log, work)
    else:
        _later(message, work.now + later, log, work)


def _later(message: WebhookMessage, at: datetime, log: str | None, work: Work) -> None:
    work.add(steps.try_again(message, at, log))
    work.publish(WebhookRetryDue(message.subscription, message.id, message.turn + 1), at=at)


def _give_up(message: WebhookMessage, log: str, work: Work) -> None:
    work.add(steps.give_up(message, log))
    work.publish(WebhookDeliveryFailed(message.subscription, message.id))


def _switch_off(row: WebhookSubscription, why: str, work: Work) -> None:
    work.add(steps.switch_off(row.id, why))
    work.publish(WebhookSubscriptionSwitchedOff(row.id, row.owner, why))
    observe.count(SWITCHED_OFF)
