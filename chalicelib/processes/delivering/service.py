"""Sending one message to one receiver.

Guarantees: at least once, in no order, under the same id each time; only to an address that is public as it is sent; a
receiver that does not answer costs eight seconds at most and is left in peace for a while.
"""

from __future__ import annotations

from chalicelib.kernel.clock import millis
from chalicelib.records.subscriptions import rules
from chalicelib.records.subscriptions.events import WebhookDue, WebhookRetryDue
from chalicelib.records.subscriptions.rules import PENDING, Attempt
from chalicelib.records.subscriptions.service import messages, subscribing
from chalicelib.runtime import strangers, world
from chalicelib.runtime.outside import NoAnswer
from chalicelib.runtime.strangers import WebhookAddressRefused
from chalicelib.runtime.work import Work


def send(fact: WebhookDue | WebhookRetryDue, work: Work) -> None:
    """Send a message, if it still waits for this turn. Raises SealedDataUnreadable, VaultClosed; its refusals:
    StaleWebhookMessage, StaleWebhookSubscription, WebhookSubscriptionNotFound."""
    row, message = messages.both(fact.subscription_id, fact.message_id)
    if row is None or message is None or message.turn != fact.turn or message.state != PENDING:
        return
    if messages.waits(row, message, work.now):
        messages.wait(row, message, work)
        return
    secrets = subscribing.signing_secrets(row, work.now)
    content = rules.body(message.type, millis(message.at), message.data)
    headers = rules.headers(message.id, work.now, content, secrets)

    messages.settle(row, message, _attempted(row.url, headers, content, millis(work.now)), work)


def _attempted(url: str, headers: dict[str, str], content: bytes, at: int) -> Attempt:
    begun = world.current().elapsed()
    try:
        status, said = strangers.post(url, headers, content)
    except NoAnswer as silence:
        status, said = 0, str(silence).encode()
    except WebhookAddressRefused as refused:
        status, said = 0, f"address refused: {refused.why}".encode()
    return Attempt(at, status, int((world.current().elapsed() - begun) * 1000), rules.shown(said))
