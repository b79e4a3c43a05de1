"""The suppression list: what the shop's own people see of it, put on it and take off it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.messages.suppressions import service
from chalicelib.records.messages.suppressions.rules import WHYS, scope, silences
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support import people

LIST, LIFT = "/v1/admin/suppressions", "/v1/admin/suppressions/lifting"


@pytest.fixture
def clerk(front):
    return people.member(front, "operator", fresh=True).token


def test_an_address_is_put_on_the_list_seen_there_by_its_mark_and_taken_off(front, clerk):
    made = front.post(LIST, {"email": "Buyer@example.com", "why": "complaint"}, token=clerk)
    assert made.status == 201, made.text
    (shown,) = front.get(LIST, token=clerk).json["items"]
    assert (shown["kind"], shown["why"], shown["offers_only"], shown["times"]) == ("email", "complaint", True, 1)
    assert shown["mark"] == made.json["mark"] == service.mark("email", "buyer@example.com")
    assert "buyer" not in front.get(LIST, token=clerk).text.lower()
    assert front.post(LIFT, {"mark": shown["mark"], "reason": "mistake"}, token=clerk).status == 204
    assert front.get(LIST, token=clerk).json["items"] == []
    gone = front.post(LIFT, {"mark": shown["mark"], "reason": "mistake"}, token=clerk)
    assert (gone.status, gone.json["code"]) == (404, "SUPPRESSION_NOT_FOUND")


@pytest.mark.parametrize(
    "body", [{"why": "bounce"}, {"why": "bounce", "phone": "13800138000", "email": "a@example.com"}]
)
def test_either_a_phone_or_an_e_mail_is_given(front, clerk, body):
    told = front.post(LIST, body, token=clerk)
    assert (told.status, told.json["code"]) == (422, "SUPPRESSION_TARGET_NEEDED")


def test_m026_a_bounce_that_comes_again_is_counted(front, clerk):
    for _ in range(2):
        front.post(LIST, {"phone": "13800138000", "why": "bounce"}, token=clerk)
    (shown,) = front.get(LIST, token=clerk).json["items"]
    assert shown["times"] == 2


def test_the_list_comes_in_pages_the_latest_first(front, clerk, engine):
    for number in range(3):
        front.post(LIST, {"phone": f"1380013800{number}", "why": "bounce"}, token=clerk)
        engine.advance(timedelta(seconds=1))
    first = front.get(f"{LIST}?limit=2", token=clerk).json
    rest = front.get(f"{LIST}?limit=2&cursor={first['next']}", token=clerk).json
    marks = [one["mark"] for one in first["items"] + rest["items"]]
    assert marks == [service.mark("phone", f"+861380013800{number}") for number in (2, 1, 0)]
    assert rest["next"] is None


def test_what_was_silenced_wholly_stays_so_whatever_else_is_told():
    assert scope("bounce", None) == "offers"
    assert scope("order", "offers") == "all"
    assert scope("bounce", "all") == "all"
    assert {why for why in WHYS if scope(why, None) == "all"} == {"wrong_person", "order"}


def test_a_suppression_of_offers_leaves_service_alone_and_one_of_all_does_not():
    assert [silences(told, marketing=True) for told in (None, "offers", "all")] == [False, True, True]
    assert [silences(told, marketing=False) for told in (None, "offers", "all")] == [False, False, True]


def test_m028_lifting_needs_a_second_factor_and_is_told_with_its_reason(front, clerk, bus):
    made = front.post(LIST, {"phone": "13800138000", "why": "bounce"}, token=clerk).json
    plain = people.member(front, "operator").token
    assert front.post(LIFT, {"mark": made["mark"], "reason": "false_report"}, token=plain).status == 403
    assert front.post(LIFT, {"mark": made["mark"], "reason": "false_report"}, token=clerk).status == 204
    bus.run()
    assert service.scopes([made["mark"]]) == {}


def test_two_that_suppress_at_once_are_counted_both(front):
    mark = service.mark("phone", "+8613800138000")
    first, second = Work(Caller("a", "operator"), "x"), Work(Caller("b", "operator"), "x")
    service.suppress(mark, "bounce", first)
    service.suppress(mark, "complaint", second)
    first.commit()
    with pytest.raises(CommitRejected, match="SUPPRESSION_CHANGED"):
        second.commit()
