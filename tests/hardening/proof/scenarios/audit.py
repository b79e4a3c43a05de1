"""The audit log under every fault: each told fact is one entry, the chain holds after every death, race and redelivery."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.records.audit import consumers, rules, service
from chalicelib.records.audit.model import HEAD, Head, Row
from chalicelib.records.audit.service import entry_of
from chalicelib.runtime.caller import worker as worker_caller
from chalicelib.runtime.work import Work, perform
from tests.hardening.proof.scenario import START, Scenario, Step, expected
from tests.hardening.proof.shop import Shop

FACTS = ("J1.0", "J2.0", "J3.0")


def build() -> Shop:
    shop = Shop(consumers={"audit": consumers.worker})
    shop.notes["told"] = []
    return shop


def telling(event: str) -> Step:
    """A fact comes to the audit worker, as its queue hands it over."""

    def act(stage: Any) -> Any:
        if event not in stage.notes["told"]:
            stage.notes["told"].append(event)
        detail = {"id": event, "at": millis(START), "actor": "A1", "version": 1, "data": {"sku": f"SKU-{event}"}}
        detail |= {"audit": "shop", "subject": f"SKU-{event}"}
        consumers.worker.deliver({"detail-type": "stock.opened", "detail": detail})
        return "taken"

    return Step(event, act)


def anchoring(stage: Any) -> Any:
    work = Work(worker_caller("audit_anchor"), "audit_anchor", consumer=True)
    perform(work, service.anchor, work)
    return "told"


def audit(shop: Any, final: bool) -> list[str]:
    """The chain holds at every moment; at the end each fact that was told is exactly one entry."""
    rows = sorted((row for row in shop.rows(Row) if row.page != HEAD), key=lambda row: row.seq)
    heads = [row for row in shop.rows(Head) if row.page == HEAD]
    last, ends = (int(heads[0].last), {int(heads[0].last): str(heads[0].hash)}) if heads else (0, {})
    chained = ((entry_of(row), str(row.hash)) for row in rows)
    found = [f"S19: entry {seq} is {trouble}" for seq, trouble in rules.breaks(chained, 1, last, rules.START, ends)]
    events = Counter(row.event for row in rows)
    found += [f"F30: {event} is {count} entries" for event, count in events.items() if count != 1]
    if final:
        found += [f"F31: {event} was told and is not in the log" for event in shop.notes["told"] if not events[event]]
        found += shop.unpublished()
    return found


def _settle(stage: Any) -> None:
    for event in tuple(stage.notes["told"]):
        telling(event).act(stage)
    stage.settle()


def reaches(shop: Any) -> list[str]:
    rows = list(shop.rows(Row))
    found = {"entries": sum(row.page != HEAD for row in rows), "facts": len({row.event for row in rows} & set(FACTS))}
    return expected(found, {"entries": 4, "facts": 3})


STEPS = [*(telling(event) for event in FACTS), Step("anchor", anchoring), Step("again", telling(FACTS[0]).act)]
SCENARIOS = [
    Scenario(
        "audit.append", build, STEPS, audit, _settle, ("F30", "F31", "F34"),
        races=[[FACTS[0], FACTS[0]], [FACTS[0], FACTS[1]], ["anchor", "anchor"], ["anchor", FACTS[2]]],
        triples=[[FACTS[0], FACTS[1], FACTS[2]]], reaches=reaches,
    ),
]  # fmt: skip
