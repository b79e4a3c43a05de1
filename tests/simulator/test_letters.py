"""The shop's channel and the simulated provider of text messages, written apart from the same page, understand one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import simulator
from chalicelib.records.messages.channels import NAMED
from chalicelib.records.messages.channels.port import ChannelSilent, ChannelThrottled, Message, Misconfigured
from chalicelib.runtime import settings, world
from simulator import Simulator
from tests.simulator.shop import call
from tests.support.world import secrets

TEMPLATES = {"code": "SMS_code"}


@pytest.fixture
def sim(tmp_path: Path):
    made = simulator.start(tmp_path, notify=False, seed=1)
    before = world.use(world.World())
    settings.use_secrets(secrets() | {"messages/sms": {**made.merchant["messages/sms"], "templates": TEMPLATES}})
    yield made
    settings.use_secrets(None)
    world.use(before)
    made.stop()


def send(reference: str = "U1!a") -> str:
    return NAMED["sms"].deliver(message(reference))


def message(reference: str) -> Message:
    return Message("code", "phone", "+8613987654321", "zh", {"code": "428913"}, "", "", reference)


def came(sim: Simulator) -> list[dict[str, Any]]:
    return list(call("GET", f"{sim.url}/_sim/letters").json["letters"])


def test_a_message_arrives_and_is_shown(sim):
    assert send()
    (letter,) = came(sim)
    assert (letter["to"], letter["template"], letter["values"]) == ("13987654321", "SMS_code", {"code": "428913"})
    assert "428913" in call("GET", f"{sim.url}/letters").body.decode()


def test_what_another_key_signed_does_not_arrive(sim):
    document = {**sim.merchant["messages/sms"], "templates": TEMPLATES, "access_key_secret": "another"}
    settings.use_secrets(secrets() | {"messages/sms": document})
    with pytest.raises(Misconfigured, match="SignatureDoesNotMatch"):
        send()
    assert came(sim) == []


def test_a_lost_answer_is_found_again(sim):
    sim.faults("sms", lost_answer=1)
    with pytest.raises(ChannelSilent):
        send("U1!lost")
    assert NAMED["sms"].enquire(message("U1!lost"), world.now()) == "arrived"
    assert NAMED["sms"].enquire(message("U1!other"), world.now()) == "absent"


def test_a_provider_that_throttles_takes_nothing(sim):
    sim.faults("sms", throttle=1)
    with pytest.raises(ChannelThrottled):
        send()
    assert came(sim) == []
    assert send()
