"""Every call that the journeys made is granted to the function that made it: the engine enforces no rights, AWS does."""

from __future__ import annotations

import json

import pytest

from infra import functions
from local import recorder
from tests.support.runner import Runner

from .shop import Shop


def test_every_call_seen_on_the_journeys_is_granted(shop: Shop, running: Runner | None):
    if running is None:
        pytest.skip("functions on the engine are in processes of their own; their calls are not seen here")
    buyer = shop.customer()
    order = buyer.buy((shop.articles(1)[0][0], 1))
    assert shop.pay(buyer.start(order)).status == 200
    buyer.wait_for(order, "paid")

    names = {
        place: name for name, place in json.loads((running.state / "running.json").read_text())["resources"].items()
    }
    calls = recorder.read(running.state.parent / "calls.jsonl")
    assert {call.function for call in calls} >= {functions.API, "relay", "sweep"}
    missing = [call for call in sorted(calls) if not granted(call, names)]
    assert missing == []


def granted(call: recorder.Call, names: dict[str, str]) -> bool:
    allowed = functions.allowed(functions.FUNCTIONS[call.function].policy)
    target = names.get(call.target, call.target)
    if call.action == "ssm:GetParameter":
        wanted = target.replace("/jishi/local/", "/jishi/${Stage}/")
        return any(a == call.action and wanted.startswith(name.rstrip("*")) for a, name in allowed)
    if call.action == "kms:Decrypt" and not target:  # the ciphertext names the key
        target = "PersonalKey"
    if call.action == "sqs:GetQueueUrl":  # by name, not by address
        return any(a == call.action for a, _ in allowed)
    return (call.action, target) in allowed
