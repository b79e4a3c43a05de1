"""Who is told: added, changed, paused, removed; each with a secret of its own.

Guarantees: an address is judged before it is kept (and again at each sending); a secret is shown once, when it is made,
and sealed from then on; while it is changed the former one signs as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.clock import millis
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import strangers, table, vault, world
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..events import WebhookRedeliveryDue, WebhookSubscriptionChanged
from ..model import ALL, WebhookSubscription
from ..rules import (
    MOST_SUBSCRIPTIONS,
    SECRET_BYTES,
    SUBSCRIPTION,
    WAITING,
    WebhookSubscriptionNotFound,
    WebhookSubscriptionsFull,
)

ID = "W"
LAST = "~"  # behind every message's id


class MadeSubscription(NamedTuple):
    """A subscription whose secret was made just now, and until when the former one signs as well."""

    id: str
    secret: str
    former_until: datetime | None = None


def every() -> list[WebhookSubscription]:
    """All subscriptions, oldest first."""
    return list(table.every(WebhookSubscription, ALL, consistent=True))


def find(subscription_id: str) -> WebhookSubscription:
    """Raises WebhookSubscriptionNotFound."""
    known = is_id(subscription_id, ID)
    row = table.get(WebhookSubscription, ALL, subscription_id, consistent=True) if known else None
    if row is None:
        raise WebhookSubscriptionNotFound()
    return row


def add(url: str, types: Iterable[str], note: str, work: Work) -> MadeSubscription:
    """One more who is told. Raises WebhookAddressRefused, WebhookSubscriptionsFull, VaultClosed."""
    strangers.check(url)
    if len(every()) >= MOST_SUBSCRIPTIONS:
        raise WebhookSubscriptionsFull(most=MOST_SUBSCRIPTIONS)
    subscription_id, secret = work.new_id(ID), _secret()
    key = vault.new_key(subscription_id)

    row = WebhookSubscription(
        ALL,
        subscription_id,
        url=url,
        types=" ".join(dict.fromkeys(types)),
        note=note,
        state=SUBSCRIPTION.initial,
        revision=1,
        owner=work.caller.id,
        made_at=work.now,
        key=key,
        secret=_sealed(subscription_id, key, secret),
    )
    work.add(steps.add(row))
    work.publish(WebhookSubscriptionChanged(subscription_id, "added"))
    return MadeSubscription(subscription_id, secret)


def edit(subscription_id: str, revision: int, url: str, types: Iterable[str], note: str, work: Work) -> int:
    """Another address, or other facts. Returns the new revision.

    Raises WebhookSubscriptionNotFound, WebhookAddressRefused, StaleWebhookSubscription.
    """
    find(subscription_id)
    strangers.check(url)

    work.add(steps.edit(subscription_id, revision, url, dict.fromkeys(types), note))
    work.publish(WebhookSubscriptionChanged(subscription_id, "edited"))
    return revision + 1


def renew_secret(subscription_id: str, work: Work) -> MadeSubscription:
    """Another secret. Raises WebhookSubscriptionNotFound, StaleWebhookSubscription, VaultClosed."""
    row, secret, until = find(subscription_id), _secret(), work.now + rules.BOTH_VALID

    sealed = _sealed(row.id, row.key, secret)
    former = _sealed(row.id, row.key, _opened(row, row.secret), "former")
    work.add(steps.renew_secret(row.id, row.revision, sealed, former, until))
    work.publish(WebhookSubscriptionChanged(row.id, "secret"))
    return MadeSubscription(row.id, secret, until)


def move(subscription_id: str, action: str, work: Work) -> None:
    """Pause it, or have it go on: what waited meanwhile is sent then. Its refusals: WebhookSubscriptionNotFound,
    WebhookSubscriptionStateConflict."""
    work.add(steps.move(subscription_id, action))
    work.publish(WebhookSubscriptionChanged(subscription_id, action))
    if action == "resume":
        work.publish(WebhookRedeliveryDue(subscription_id, "", LAST, WAITING))


def remove(subscription_id: str, work: Work) -> None:
    """Nobody is told by it any more. Its refusal: WebhookSubscriptionNotFound."""
    work.add(steps.remove(subscription_id))
    work.publish(WebhookSubscriptionChanged(subscription_id, "removed"))


def signing_secrets(row: WebhookSubscription, now: datetime) -> list[str]:
    """The secrets that are valid, the present one first. Raises SealedDataUnreadable, VaultClosed."""
    found = [_opened(row, row.secret)]
    if row.former is not None and row.former_until is not None and millis(now) < millis(row.former_until):
        found.append(_opened(row, row.former, "former"))
    return found


def _secret() -> str:
    return rules.secret_of(world.current().entropy(SECRET_BYTES))


def _sealed(subscription_id: str, key: bytes, secret: str, field: str = "secret") -> bytes:
    return vault.seal(subscription_id, key, secret, _place(subscription_id, field))


def _opened(row: WebhookSubscription, sealed: bytes, field: str = "secret") -> str:
    return vault.unseal(row.id, row.key, sealed, _place(row.id, field))


def _place(subscription_id: str, field: str) -> str:
    return f"subscriptions|{subscription_id}|{field}"
