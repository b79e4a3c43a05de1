"""Every fact the shop can tell is decided upon: audited by somebody, or left out for a reason that is written down."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import app  # noqa: F401  # imports every context
from chalicelib.kernel.facts import FACTS, REMINDER, Left
from chalicelib.records.audit import service
from chalicelib.records.orders.events import OrderCancelled
from chalicelib.runtime import relay
from chalicelib.runtime.journal import Journal, pack_facts
from chalicelib.runtime.workers import CONSUMERS

OURS = {wire: fact for wire, fact in FACTS.items() if fact.__module__.startswith("chalicelib.")}


def left_out() -> set[str]:
    return {wire for wire, fact in OURS.items() if isinstance(fact.audit, Left)}


def run(code: str) -> str:
    """What a fresh process prints: Lambda imports one module alone."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  # our own
    return done.stdout.strip()


def test_what_is_left_out_has_a_reason_that_says_something():
    assert [wire for wire in left_out() if len(OURS[wire].audit.why.split()) < 3] == []


def test_a_reminder_is_nobodys_act_and_not_audited():
    assert {wire for wire, fact in OURS.items() if fact.audit is REMINDER} < left_out()
    assert not [wire for wire in OURS if wire.endswith("_due") and wire not in left_out()]


def test_money_and_security_are_audited_but_for_reminders_and_what_moves_nothing():
    assert {wire for wire in left_out() if OURS[wire].context in ("payments", "identity")} == {
        "certificate.wanted",
        "login.failed",
        "payment.attempt_created",
        "payment.failed",
        "payment.query_due",
        "payment.unclaimed",
        "refund.query_due",
        "shipping.report_due",
        "user.awaited",
        "user.consent_changed",
        "user.erasure_due",
        "user.export_due",
        "user.export_ready",
        "user.registered",
        "user.registration_tried",
        "user.reseal_due",
        "user.sift_due",
    }


def test_one_worker_chains_what_is_audited_and_it_imports_nobodys_events():
    auditing = [consumer for consumer in CONSUMERS.values() if consumer.audits]
    assert [(one.name, one.subscriptions) for one in auditing] == [("audit", {})]
    assert set(auditing[0].wires) == FACTS.keys() - left_out() - (FACTS.keys() - OURS.keys())
    told = "import sys; from chalicelib.records.audit import consumers; print(*(n for n in sys.modules if n.endswith('.events')))"
    assert run(told) == "chalicelib.records.audit.events"


def test_the_relay_finds_each_fact_by_its_context_though_its_process_has_imported_none():
    assert {fact.__module__.split(".", 2)[2] for fact in OURS.values()} == {
        f"{fact.context}.events" for fact in OURS.values()
    }
    told = (
        "from chalicelib.runtime import consumers, relay; from chalicelib.kernel.facts import FACTS; assert not FACTS;"
        "print(*(relay.declared(*name).__name__ for name in "
        f"{[(wire, fact.context) for wire, fact in sorted(OURS.items())]}))"
    )
    assert run(told).split() == [fact.__name__ for _, fact in sorted(OURS.items())]


def test_a_fact_that_is_declared_no_more_is_told_without_its_audit(monkeypatch):
    assert relay.declared("no.such", "nowhere") is relay.declared("no.such", "orders") is None

    def broken(module):
        raise ModuleNotFoundError(name="a_library")

    monkeypatch.setattr(relay, "import_module", broken)
    with pytest.raises(ModuleNotFoundError):
        relay.declared("no.such", "orders")


def test_the_bus_is_told_why_and_about_what_a_fact_is_audited_and_the_journal_is_not():
    asked = [(OrderCancelled("O1", by), None) for by in ("customer", "shop")]
    row = Journal("k", id="J1", facts=pack_facts(asked), actor="U1", at=7, expires=8)
    assert "audit" not in row.facts
    customers, shops = (json.loads(entry["Detail"]) for entry in relay.entries(row)[0])
    assert "audit" not in customers
    assert "subject" not in customers
    assert (shops["audit"], shops["subject"]) == ("shop", "O1")


def test_a_closed_door_is_told_and_chained(front, bus):
    """Ten wrong passwords: the tenth closes the account's door, and the log says so without naming anybody."""
    for _ in range(11):
        answer = front.post("/v1/auth/login", {"email": "nobody@example.com", "password": "wrong horse 9"})
    assert answer.status == 429
    bus.run()
    found, _ = service.newest(20, None)
    assert [(entry.wire, entry.data.startswith('{"seconds":900,"what":"account"')) for entry in found] == [
        ("login.closed", True)
    ]
    assert "nobody" not in found[0].data
