"""The audit log under real threads: many workers, one chain, each fact once."""

from __future__ import annotations

import random
import threading

import pytest

from chalicelib.kernel.errors import Overloaded
from chalicelib.records.audit import consumers, service

pytestmark = pytest.mark.usefixtures("live")
FACTS, WORKERS = 40, 4


def deliver(n: int) -> None:
    """One message, again until it is taken, as a queue does."""
    detail = {"id": f"J{n}.0", "at": 1_780_000_000_000 + n, "actor": "A1", "version": 1, "data": {"sku": f"SKU{n}"}}
    detail |= {"audit": "shop", "subject": f"SKU{n}"}
    while True:
        try:
            consumers.worker.deliver({"detail-type": "stock.opened", "detail": detail})
            return
        except Overloaded:
            continue


def test_four_workers_chain_every_fact_once_though_each_is_delivered_twice():
    waiting = [*range(FACTS), *range(FACTS)]
    random.Random(7).shuffle(waiting)
    shares = [waiting[n::WORKERS] for n in range(WORKERS)]
    threads = [threading.Thread(target=lambda share: [deliver(n) for n in share], args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    told = service.verify()
    assert (told.holds, told.rows, told.last) == (True, FACTS, FACTS)
    entries, _ = service.newest(100, None)
    assert sorted(entry.subject for entry in entries) == sorted(f"SKU{n}" for n in range(FACTS))
