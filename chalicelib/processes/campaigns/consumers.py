"""The rhythms of campaigns, and the worker that looks through a shard."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer, scheduled

from .events import TouchShardDue
from .service import due

bp = Blueprint(__name__)
worker = consumer(bp, "campaigns", batch=10, concurrency=10)


@scheduled(bp, "rate(5 minutes)", "campaigns_plan")
def plan(work: Work) -> None:
    """Who has become due."""
    due.plan(work)


@scheduled(bp, "rate(1 hour)", "campaigns_sweep")
def sweep(work: Work) -> None:
    """Who was left."""
    due.sweep(work)


@worker.on(TouchShardDue, keyed=False)
def expand(fact: TouchShardDue, work: Work) -> None:
    """Who is due in a shard."""
    due.expand(fact, work)
