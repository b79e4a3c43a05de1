"""The audit worker: every fact that is audited, whoever tells it, to the end of the chain; once a day the chain is read, and
its head told.

The chain has one end, so more hands would only wait for each other: concurrency 2, the least a queue's mapping takes.
"""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib.kernel.facts import Delivery
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer, scheduled

from . import service

bp = Blueprint(__name__)
worker = consumer(bp, "audit", concurrency=2)


@worker.on_audited
def append(told: Delivery, work: Work) -> None:
    """Chain one fact."""
    service.append(told, work)


@scheduled(bp, "cron(10 16 * * ? *)", "audit_anchor")  # 00:10 in the shop's zone
def anchor(work: Work) -> Any:
    """Read what came since the last anchor, and tell the chain's head."""
    return service.anchor(work)
