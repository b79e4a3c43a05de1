"""Every fact the shop can tell is decided upon: audited by somebody, or left out for a reason that is written down."""

from __future__ import annotations

import subprocess
import sys

import app  # noqa: F401  # imports every context
from chalicelib.kernel.facts import FACTS
from chalicelib.records.audit import rules, service
from chalicelib.runtime.doors import CONSUMERS

OURS = {wire: fact for wire, fact in FACTS.items() if fact.__module__.startswith("chalicelib.")}


def test_each_fact_is_audited_or_left_out_for_a_reason():
    assert rules.AUDITED.keys() & rules.NOT_AUDITED.keys() == set()
    assert OURS.keys() - rules.AUDITED.keys() - rules.NOT_AUDITED.keys() == set(), "decide in records/audit/rules.py"
    assert (rules.AUDITED.keys() | rules.NOT_AUDITED.keys()) - OURS.keys() == set(), "no such facts any more"


def test_each_audited_fact_names_what_it_is_about():
    for wire, rule in rules.AUDITED.items():
        fields = OURS[wire].fields
        assert rule.subject in fields, wire
        assert set(rule.only) <= set(fields), wire
        assert rule.why in (rules.SECURITY, rules.MONEY, rules.SHOP)


def test_money_and_security_are_audited_but_for_reminders_and_what_moves_nothing():
    left_out = {wire for wire, fact in OURS.items() if fact.context in ("payments", "identity")} - rules.AUDITED.keys()
    assert left_out == {
        "certificate.wanted",
        "login.failed", "payment.attempt_created", "payment.failed", "payment.query_due", "payment.unclaimed", "refund.query_due",
        "user.consent_changed", "user.erasure_due", "user.export_due", "user.export_ready", "user.registered",
        "user.registration_tried",
        "user.reseal_due", "user.sift_due",
    }  # fmt: skip


def test_each_audited_fact_has_one_worker_that_chains_it():
    for wire in rules.AUDITED:
        chaining = [
            name
            for name, consumer in CONSUMERS.items()
            for subscription in consumer.subscriptions.get(wire, ())
            if subscription.handler.__name__ == "append" and subscription.keyed
        ]
        assert len(chaining) == 1, wire


def test_the_audit_worker_knows_its_facts_without_the_rest_of_the_shop():
    """Lambda imports the worker's module alone."""
    told = (
        "from chalicelib.records.audit import consumers; from chalicelib.processes.console import consumers as c;"
        "print(*sorted({*consumers.worker.subscriptions, *c.worker.subscriptions}))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)  # noqa: S603  # our own
    going_on = {"proposal.due", "facts.resend_goes_on"}
    assert set(done.stdout.split()) - going_on == rules.AUDITED.keys()


def test_a_closed_door_is_told_and_chained(front, pump):
    """Ten wrong passwords: the tenth closes the account's door, and the log says so without naming anybody."""
    for _ in range(11):
        answer = front.post("/v1/auth/login", {"email": "nobody@example.com", "password": "wrong horse 9"})
    assert answer.status == 429
    pump.run()
    found, _ = service.newest(20, None)
    assert [(entry.wire, entry.data.startswith('{"seconds":900,"what":"account"')) for entry in found] == [
        ("login.closed", True)
    ]
    assert "nobody" not in found[0].data
