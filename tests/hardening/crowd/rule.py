"""The rule of thirty days at one to a hundred of ten million people: a day of ticks and sweeps through planner, expanders and
senders, each call counted in the units that it costs. Everybody came meanwhile, so each row that fires moves."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from bench import units
from chalicelib.processes.campaigns import consumers
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.touches import steps
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from infra import tables
from tests.hardening.crowd.people import START, Crowd
from tests.hardening.proof.hook import HOOK, Call, Effect, Reply
from tests.hardening.proof.shop import hand_over

PEOPLE, DAYS, SCALE = 10_000_000, 30, 100
TICK = timedelta(minutes=5)


class Meter:
    """What is called, and what that costs: at each query half a unit whatever it finds, what it finds, and all else."""

    def __init__(self, shop: Crowd) -> None:
        self.engine, self.bill, self.calls = shop.cloud.engine, units.Bill(), Counter[str]()
        self.indexes = units.indexes_of(tables.definitions())
        self.found = 0  # bytes that queries found

    def __call__(self, call: Call, effect: Effect) -> Reply:
        self.calls[call.op] += 1
        if call.op in units.WRITES:
            units.add_write(self.bill, call.op, call.body, self.indexes, self._size)
        reply = effect()
        if call.op == "Query":
            self.found += sum(map(units.item_size, reply.body["Items"]))
        elif call.op in units.READS:
            units.add_read(self.bill, call.op, call.body, reply.body)
        return reply

    def _size(self, name: str, item: Any) -> int:
        held = self.engine.tables[name]
        found = held.items.get(held.key(item))
        return units.item_size(found) if found else 0


def replay(scale: int = SCALE, hours: int = 24) -> dict[str, Any]:
    """Some hours of a day at one to so many, told for a whole day at full size."""
    shop = Crowd(0)
    meter, count, sweeps = Meter(shop), PEOPLE // DAYS // scale * hours // 24, 0
    with shop.standing():
        begun, length = START + timedelta(days=1), timedelta(hours=hours)
        for number in range(count):
            _lay(f"U{number:026d}", begun + length * number / count)
        shop.forget_the_past()
        with HOOK.held(meter):
            shop.at = begun - TICK
            consumers.plan({}, None)
            _carry(shop)
            idle = meter.calls["Query"] + meter.bill.reads
            while shop.at < begun + length:
                shop.at += TICK
                consumers.plan({}, None)
                if shop.at.minute == 0:
                    consumers.sweep({}, None)
                    sweeps += 1
                while _carry(shop):
                    pass
    day = 24 / hours
    asked = 0.5 * meter.calls["Query"] * day
    own = meter.bill.read_units + 0.5 * meter.found / (4 * units.KB)
    return {
        "rows": count,
        "moved": meter.calls["DeleteItem"],
        "write_units_a_day": round((meter.bill.units - sweeps) * scale * day) + 24,
        "read_units_a_day": round(asked + own * scale * day),
        "reads_of_an_empty_tick": idle,
        "scans": meter.calls["Scan"],
        "calls": dict(meter.calls),
    }


def _lay(person: str, due: Any) -> None:
    """Somebody who came a week ago, and is due by what was known before."""
    work = Work(ANYONE, "setup")
    seen = int((due - timedelta(days=7)).timestamp())
    row = Account(person, ACCOUNT, state="active", version=1, roles="customer", identifiers="[]", seen_at=seen)
    work.add(put(row), *steps.arm("silence", person, due))
    work.commit()


def _carry(shop: Crowd) -> bool:
    """All that lies on the bus, to who is told of it."""
    shop.route()
    found = [(name, told) for name, queue in shop.post.queues.items() for told in queue]
    for queue in shop.post.queues.values():
        queue.clear()
    for name, told in found:
        hand_over(shop.consumers[name], told)
    return bool(found)
