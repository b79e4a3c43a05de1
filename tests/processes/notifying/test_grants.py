"""Subscription messages of the mini program: a grant is one message, whoever sends, and however often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.records.messages import service as messages
from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.grants import rules
from chalicelib.records.messages.grants import service as grants
from chalicelib.runtime import settings
from tests.processes.notifying.conftest import wanted
from tests.support import people as customers
from tests.support.world import secrets

PATH = "/v1/me/message-preferences"
OFFERED = {"order_unpaid": {"id": "TPL_order_unpaid", "fields": {}}, "returned": {"id": "TPL_returned", "fields": {}}}


def order(who: str, occasion: str = "order#1", *channels: str):
    return wanted(who, occasion, "service", channels=channels or ("mini",))


def left(who: str) -> int:
    return grants.left(who).get("test_offer", 0)


def test_without_a_grant_nothing_goes_to_the_mini_program(people):
    who = people.new(phone=False, wechat=True)
    assert people.one(order(who)) == ("suppressed", "contact")
    people.grant(who)
    assert people.one(order(who, "order#2")) == ("sent", "")
    assert [(one.kind, one.address) for one in outbox.latest()] == [("mini", f"oBuyer{people.made}")]
    assert left(who) == 0


def test_a_notice_goes_there_first_when_it_was_agreed_to_and_else_by_the_next_way(people):
    who = people.new(wechat=True)
    people.grant(who)
    assert [people.one(wanted(who, f"order#{n}", "service")) for n in (1, 2)] == [("sent", "")] * 2
    assert [one.kind for one in reversed(outbox.latest())] == ["mini", "phone"]


def test_a_grant_of_one_message_is_none_of_another(people):
    who = people.new(phone=False, wechat=True)
    people.grant(who, "returned")
    assert people.one(order(who)) == ("suppressed", "contact")


def test_no_offer_goes_there(people):
    who = people.new("marketing_wechat", phone=False, wechat=True)
    people.grant(who)
    assert people.one(wanted(who, channels=("mini",))) == ("suppressed", "consent")
    assert left(who) == 1


def test_two_messages_never_spend_one_grant(people):
    who = people.new(phone=False, wechat=True)
    people.grant(who)

    def another(_wanted):
        assert people.one(order(who, "order#2")) == ("sent", "")
        return ""

    assert people.one(order(who), another) == ("suppressed", "contact"), "it was there when it was looked for"
    assert (len(outbox.latest()), left(who)) == (1, 0)


def test_one_that_is_asked_for_again_spends_nothing_more(people):
    who = people.new(phone=False, wechat=True)
    people.grant(who)
    people.grant(who)
    assert [people.one(order(who)) for _ in range(3)] == [("sent", "")] * 3
    assert left(who) == 1


@pytest.mark.parametrize("fault", [{"throttle": 1}, {"code": "47003"}, {"code": "48001"}])
def test_a_grant_comes_back_when_the_provider_refused_before_it_sent(played, fault):
    shop = played("mini")
    who = shop.new("service")
    shop.fault(**fault)
    assert shop.one(who, "order#1", "service")[0] == "held"
    assert left(who) == 2
    shop.sim.clear_faults()
    shop.people.clock.advance(timedelta(hours=1))
    assert shop.one(who, "order#1", "service") == ("sent", "")
    assert (left(who), len(shop.came())) == (1, 1)


def test_what_wechat_knows_nothing_of_is_void(played):
    shop = played("mini")
    who = shop.people.new(phone=False, wechat=True)
    for _ in range(3):
        shop.people.grant(who)
    assert shop.one(who, "order#1", "service") == ("held", "refused")
    assert (left(who), shop.suppressed(who)) == (0, None), "who agrees again hears of it again"
    shop.people.clock.advance(timedelta(minutes=1))
    assert shop.one(who, "order#1", "service") == ("suppressed", "contact"), "there is no other way"
    shop.agrees(who, 1)
    assert shop.one(who, "order#2", "service") == ("sent", "")


def test_a_notice_that_wechat_knows_no_grant_of_goes_by_the_next_way(played, monkeypatch):
    shop = played("mini")
    who = shop.people.new(wechat=True)
    shop.people.grant(who)
    order = wanted(who, "order#1", "service")
    assert shop.people.one(order) == ("held", "refused")
    shop.people.clock.advance(timedelta(minutes=1))
    assert shop.people.one(order) == ("sent", "")
    assert shop.people.got() == [shop.people.address(who, "phone")]


def test_a_lost_answer_keeps_its_grant_and_without_another_nobody_sends_again(played):
    shop = played("mini")
    who = shop.people.new(phone=False, wechat=True)
    shop.agrees(who, 1)
    shop.fault(lost_answer=1)
    assert shop.one(who, "order#1", "service") == ("held", "unanswered")
    assert left(who) == 0
    shop.people.clock.advance(timedelta(minutes=5))
    assert shop.one(who, "order#1", "service") == ("unknown", "unanswered")
    assert len(shop.came()) == 1


def test_a_claim_with_its_grant_is_two_writes(people):
    who = people.new(phone=False, wechat=True)
    people.grant(who)
    work = people.work()
    (stood,) = claims.held([(who, "order#1")])
    message = claims.ClaimedMessage(who, "order#1", "test_offer", "service", "")
    claims.claim(message, stood, claims.Judgement("mini"), work)
    assert len(work._steps) == 1


# ---- at the door ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def ann(front):
    settings.use_secrets(secrets() | {"messages/mini": {"appid": "wx", "secret": "s", "templates": OFFERED}})
    return customers.register(front)


def subscriptions(front, who) -> dict[str, int]:
    told = front.get(PATH, token=who.token).json
    assert {one["id"] for one in told["subscriptions"]} == {"TPL_order_unpaid", "TPL_returned"}
    return {one["template"]: one["left"] for one in told["subscriptions"]}


def test_a_customer_records_what_they_agreed_to_once_for_each_window(front, ann):
    assert subscriptions(front, ann) == {"order_unpaid": 0, "returned": 0}
    for key in ("window-1-of-ann-aaaa", "window-1-of-ann-aaaa", "window-2-of-ann-aaaa"):
        told = front.post(PATH, {"accepted": ["order_unpaid"]}, token=ann.token, headers={"Idempotency-Key": key})
        assert told.status == 204
    assert subscriptions(front, ann) == {"order_unpaid": 2, "returned": 0}


def test_a_name_twice_in_a_window_is_one_message(front, ann):
    front.post(PATH, {"accepted": ["returned", "returned"]}, token=ann.token)
    assert subscriptions(front, ann) == {"order_unpaid": 0, "returned": 1}


def test_what_the_mini_program_does_not_have_is_refused_and_nothing_is_kept(front, ann):
    told = front.post(PATH, {"accepted": ["returned", "nothing"]}, token=ann.token)
    assert (told.status, told.json["code"], told.json["params"]) == (
        422,
        "MINI_TEMPLATE_UNKNOWN",
        {"template": "nothing"},
    )
    assert subscriptions(front, ann) == {"order_unpaid": 0, "returned": 0}


def test_nobody_piles_up_more_than_a_hundred(front, ann):
    for _ in range(rules.MOST):
        assert front.post(PATH, {"accepted": ["returned"]}, token=ann.token).status == 204
    told = front.post(PATH, {"accepted": ["returned"]}, token=ann.token)
    assert (told.status, told.json["code"]) == (409, "MESSAGE_GRANTS_FULL")
    assert subscriptions(front, ann)["returned"] == rules.MOST


def test_a_shop_without_a_mini_program_offers_none(front, engine):
    who = customers.register(front)
    assert front.get(PATH, token=who.token).json["subscriptions"] == []
    assert front.post(PATH, {"accepted": ["returned"]}, token=who.token).json["code"] == "MINI_TEMPLATE_UNKNOWN"


def test_grants_go_with_who_leaves(people):
    who = people.new(wechat=True)
    people.grant(who)
    assert [(one.template, one.left) for one in messages.kept(who).grants] == [("test_offer", 1)], "it is taken along"
    claims.forget(who, people.work())
    assert grants.left(who) == {}
