"""The lines of transactions that change subscriptions and their messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.runtime import table
from chalicelib.runtime.table import Action, Step, insert, update

from .model import ALL, WebhookMessage, WebhookSubscription
from .rules import (
    DELIVERED,
    FAILED,
    KEPT,
    PENDING,
    SUBSCRIPTION,
    WAITING,
    StaleWebhookMessage,
    StaleWebhookSubscription,
    WebhookSubscriptionNotFound,
)

Row, Message = WebhookSubscription, WebhookMessage


# ---- subscriptions --------------------------------------------------------------------------------------------------
def add(row: WebhookSubscription) -> Step:
    """One more who is told."""
    return insert(row, StaleWebhookSubscription())


def edit(subscription_id: str, revision: int, url: str, types: Iterable[str], note: str) -> Step:
    """Another address, or other facts; whether the new address answers is not known yet."""
    changes = [Row.url.set(url), Row.types.set(" ".join(types)), Row.note.set(note), *_well()]
    return _changed(subscription_id, revision, *changes)


def renew_secret(subscription_id: str, revision: int, secret: bytes, former: bytes, until: datetime) -> Step:
    """Another secret; the former one signs as well until then."""
    return _changed(
        subscription_id, revision, Row.secret.set(secret), Row.former.set(former), Row.former_until.set(until)
    )


def _changed(subscription_id: str, revision: int, *changes: Action) -> Step:
    return update(
        Row,
        ALL,
        subscription_id,
        actions=[*changes, Row.revision.set(revision + 1)],
        when=Row.revision == revision,
        otherwise=_stale,
    )


def _stale(old: WebhookSubscription | None) -> WebhookSubscriptionNotFound | StaleWebhookSubscription:
    return WebhookSubscriptionNotFound() if old is None else StaleWebhookSubscription()


def move(subscription_id: str, action: str) -> Step:
    """Pause it, or have it go on as if nothing had been."""
    return _moved(subscription_id, action, *(_well() if action == "resume" else ()))


def switch_off(subscription_id: str, why: str) -> Step:
    """Its receiver is told nothing more until somebody of the shop says so."""
    return _moved(subscription_id, "switch_off", Row.why_off.set(why))


def _moved(subscription_id: str, action: str, *changes: Action) -> Step:
    return update(
        Row,
        ALL,
        subscription_id,
        actions=[Row.state.set(SUBSCRIPTION.target(action)), Row.revision.add(1), *changes],
        when=Row.state.is_in(*SUBSCRIPTION.sources(action)),
        otherwise=SUBSCRIPTION.refusal,
    )


def remove(subscription_id: str) -> Step:
    """Nobody is told by it any more, and its secret is gone."""
    return table.delete(Row, ALL, subscription_id, when=Row.group.exists(), otherwise=WebhookSubscriptionNotFound())


def still(row: WebhookSubscription) -> Step:
    """Demand that it is as it was read: paused, or off."""
    return table.check(Row, ALL, row.id, when=Row.state == row.state, otherwise=StaleWebhookSubscription())


def recovered(row: WebhookSubscription) -> Step:
    """Its receiver takes messages again."""
    return update(Row, ALL, row.id, actions=_well(), when=Row.group.exists(), otherwise=WebhookSubscriptionNotFound())


def _well() -> list[Action]:
    return [Row.failing_since.remove(), Row.silences.remove(), Row.rests_until.remove(), Row.why_off.remove()]


def troubled(row: WebhookSubscription, since: datetime, silences: int, rests_until: datetime | None) -> Step:
    """Its receiver did not take a message; after so many silences in a row it is left in peace for a while."""
    changes = [Row.failing_since.set(since), Row.silences.set(silences)]
    if rests_until is not None:
        changes.append(Row.rests_until.set(rests_until))
    return update(Row, ALL, row.id, actions=changes, when=Row.group.exists(), otherwise=WebhookSubscriptionNotFound())


# ---- messages -------------------------------------------------------------------------------------------------------
def file(
    subscription_id: str, message_id: str, kind: str, at: datetime, data: str, now: datetime, *, waiting: bool
) -> Step:
    """A message to be sent, or to wait until its subscription goes on."""
    row = Message(
        subscription_id,
        message_id,
        type=kind,
        at=at,
        data=data,
        state=WAITING if waiting else PENDING,
        turn=0,
        tries=0,
        expires=int((now + KEPT).timestamp()),
    )
    return insert(row, StaleWebhookMessage())


def delivered(row: WebhookMessage, log: str) -> Step:
    """Its receiver took it."""
    return _ended(row, DELIVERED, log)


def try_again(row: WebhookMessage, at: datetime, log: str | None) -> Step:
    """It is tried again at this instant."""
    return _turned(row, *_logged(log), Message.tries.set(row.tries + 1), Message.next_at.set(at))


def give_up(row: WebhookMessage, log: str) -> Step:
    """It is not tried again by itself."""
    return _ended(row, FAILED, log)


def lay_aside(row: WebhookMessage, log: str | None = None) -> Step:
    """It waits until its subscription goes on."""
    return _turned(row, *_logged(log), Message.state.set(WAITING), Message.tries.set(0), Message.next_at.remove())


def once_more(row: WebhookMessage) -> Step:
    """It is sent once more from the beginning, whatever became of it; what was to try it before is heard no more."""
    return _turned(row, Message.state.set(PENDING), Message.tries.set(0), Message.next_at.remove())


def _ended(row: WebhookMessage, state: str, log: str) -> Step:
    """The last try is one, too."""
    last = (Message.tries.set(row.tries + 1), Message.next_at.remove())
    return _turned(row, Message.state.set(state), Message.log.set(log), *last)


def _logged(log: str | None) -> list[Action]:
    return [Message.log.set(log)] if log is not None else []


def _turned(row: WebhookMessage, *changes: Action) -> Step:
    return update(
        Message,
        row.subscription,
        row.id,
        actions=[*changes, Message.turn.set(row.turn + 1)],
        when=Message.turn == row.turn,
        otherwise=StaleWebhookMessage(),
    )
