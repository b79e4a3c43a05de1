"""A slice of `make fuzz`: every operation is asked, rightly and wrongly, by somebody; and the fuzzer finds what it should."""

from __future__ import annotations

import pytest
from chalice.app import Response

from chalicelib.runtime.http import OPERATIONS
from tests.hardening.fuzz import gate, nasty
from tests.hardening.fuzz.campaign import documented
from tests.hardening.fuzz.fuzz import Fuzzer


def clean(campaign):
    wrong = [f"{door}: {what}\n{sent}" for (door, what), sent in campaign.findings.items()]
    assert not wrong, "\n".join(wrong)


def test_every_answer_is_as_documented(shop):
    campaign = Fuzzer(shop).run(each=3)
    clean(campaign)
    assert campaign.requests >= 300
    assert len(campaign.asked) == len(documented())
    assert len(campaign.reached) > 50, "most doors must have been opened, else it proves nothing"


def test_walks_along_links_are_answered_as_documented(shop):
    campaign = Fuzzer(shop).walk(walks=40, steps=12)
    clean(campaign)
    assert campaign.chained >= 100
    assert {"POST /v1/quotes", "POST /v1/orders", "POST /v1/orders/{order_id}/payments"} <= campaign.reached


def test_nothing_nasty_opens_a_door_or_breaks_it(shop):
    campaign = nasty.run(shop, share=0.08)
    clean(campaign)
    assert campaign.requests >= 800


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (Response('{"moved":0,"left":"few"}', {"Content-Type": "application/json"}, 200), "violates schema"),
        (Response('{"moved":0,"left":0,"secret":1}', {"Content-Type": "application/json"}, 200), "violates schema"),
        (Response('{"code":"UNEXPECTED"}', {"Content-Type": "application/problem+json"}, 500), "500"),
        (Response("x", {"Content-Type": "text/plain"}, 404), "no problem document"),
        (Response("{}", {"Content-Type": "application/json"}, 418), "not documented"),
    ],
)
def test_an_answer_that_is_not_as_documented_is_found(shop, monkeypatch, answer, finding):
    """The fuzzer itself: a door that answers wrongly."""
    fuzzer = Fuzzer(shop)
    told = gate.Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.body)
    monkeypatch.setattr(gate, "ask", lambda *_, **__: told)
    (operation,) = [one for one in fuzzer.operations() if one.path == "/v1/admin/queues/{name}/redrive"]
    fuzzer.attack(operation, 5, 1)
    assert any(finding in what for _, what in fuzzer.campaign.findings), fuzzer.campaign.findings


def test_every_door_is_tried_with_something_nasty(shop):
    tried = {(one.door.method, one.door.path) for one in nasty.Doors(shop).everything()}
    assert tried == {(op.method, op.path) for op in OPERATIONS if op.function.__module__.startswith("chalicelib.")}
