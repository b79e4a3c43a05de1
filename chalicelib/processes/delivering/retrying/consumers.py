"""The worker that tries again, and sends to receivers in trouble. A queue and a concurrency of its own: however many of them
hang, what goes to others does not wait."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.subscriptions.events import WebhookRetryDue
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .. import service

bp = Blueprint(__name__)
worker = consumer(bp, "retrying", batch=1, concurrency=5)


@worker.on(WebhookRetryDue, keyed=False)
def send(fact: WebhookRetryDue, work: Work) -> None:
    """Send it once more."""
    service.send(fact, work)
