"""The worker that sends what has just happened, to receivers of which nothing bad is known. One message at a time, so that
nobody waits in a batch behind one who hangs."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.subscriptions.events import WebhookDue
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from . import service

bp = Blueprint(__name__)
worker = consumer(bp, "delivering", batch=1, concurrency=10)


@worker.on(WebhookDue, keyed=False)
def send(fact: WebhookDue, work: Work) -> None:
    """Send it; sent twice, it has the same id."""
    service.send(fact, work)
