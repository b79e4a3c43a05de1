"""The worker of stock: it takes what sources told."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from ..events import CountsReceived
from .service import counts

bp = Blueprint(__name__)
worker = consumer(bp, "supplying", concurrency=4)


@worker.on(CountsReceived, keyed=False)
def take(fact: CountsReceived, work: Work) -> None:
    """A source told of so many SKUs; what is known of it by now changes nothing."""
    counts.take(fact.source, fact.rows, work)
