"""The audit worker: every audited fact to the end of the chain; once a day the chain is read, and its head told.

The chain has one end, so more hands would only wait for each other: concurrency 2, the least a queue's mapping takes.
"""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kernel.facts import Fact
from chalicelib.records.catalog import events as _catalog
from chalicelib.records.identity import events as _identity
from chalicelib.records.inventory import events as _inventory
from chalicelib.records.orders import events as _orders
from chalicelib.records.payments import events as _payments
from chalicelib.records.proposals import events as _proposals
from chalicelib.runtime.doors import consumer, scheduled
from chalicelib.runtime.work import Work

from . import events as _audit
from . import rules, service

SOURCES = (_audit, _catalog, _identity, _inventory, _orders, _payments, _proposals)  # processes append their own facts

bp = Blueprint(__name__)
worker = consumer(bp, "audit", concurrency=2)


def append(fact: Fact, work: Work) -> None:
    """Chain one fact."""
    service.append(fact, work)


for _source in SOURCES:
    for _fact in rules.audited(_source.__name__):
        worker.on(_fact)(append)


@scheduled(bp, "cron(10 16 * * ? *)", "audit_anchor")  # 00:10 in the shop's zone
def anchor(work: Work) -> None:
    """Read what came since the last anchor, and tell the chain's head."""
    service.anchor(work)
