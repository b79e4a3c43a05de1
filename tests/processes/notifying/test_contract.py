"""One contract of all ways to reach people, each against its provider as the simulator plays it, with its true signatures: what
goes out comes once, what is refused for good, put off or unanswered ends as it must, and only the provider's own word counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.records.messages.channels import NAMED, TABLE
from chalicelib.records.messages.channels.port import AddressRefused, ChannelSilent, ChannelThrottled, Message
from chalicelib.records.messages.channels.wecom import adapter as wecom
from chalicelib.runtime import settings
from tests.processes.notifying.conftest import GONE, KEYS, REFUSED, WAYS

TOLD = [name for name in WAYS if NAMED[name].receipts]
OFFERS = [name for name in WAYS if NAMED[name].marketing]
POSTS = ["wecom", "group"]
LEASE = timedelta(minutes=5)


def test_every_channel_is_played():
    assert {one.name for one in TABLE} == {*WAYS, "mini", "wecom", "outbox"}


@pytest.mark.parametrize("name", WAYS)
def test_what_goes_out_comes_once_and_whole(played, name):
    shop = played(name)
    who = shop.new("service")
    assert shop.one(who, "order#1", "service") == ("sent", "")
    assert shop.one(who, "order#1", "service") == ("sent", "")
    (letter,) = shop.came()
    assert "茶" in letter["text"] + str(letter["values"])
    assert shop.people.address(who, shop.kind).endswith(letter["to"])


@pytest.mark.parametrize("name", OFFERS)
def test_an_offer_says_who_it_is_from_and_how_to_get_no_more(played, name):
    shop = played(name)
    assert shop.one(shop.new("marketing")) == ("sent", "")
    (letter,) = shop.came()
    if shop.kind == "phone":
        assert letter["template"] == "SMS_test_offer", "its words, the sender and the way out among them, are approved"
    else:
        assert letter["text"].startswith("【集市】")
        assert "/unsubscribe?token=" in letter["text"], "in the letter itself"
        assert letter["values"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("name", [name for name in WAYS if not NAMED[name].marketing])
def test_offers_never_go_where_only_notices_may(played, name):
    shop = played(name)
    assert shop.one(shop.new("marketing")) == ("suppressed", "consent")
    assert shop.came() == []


@pytest.mark.parametrize("name", WAYS)
def test_what_is_signed_by_another_key_does_not_come(played, contracts, monkeypatch, name):
    shop = played(name)
    who = shop.new("service")
    if name == "ses":
        monkeypatch.setattr(shop.sim.letters.ses, "aws_key", "another")
    else:
        told = contracts[f"messages/{name}"]
        settings.use_secrets(settings._injected | {f"messages/{name}": told | {KEYS[name]: "another"}})
    assert shop.one(who, "order#1", "service") == ("held", "misconfigured")
    assert shop.came() == []


@pytest.mark.parametrize("name", REFUSED)
def test_m008_m029_who_is_refused_for_good_is_written_to_no_more(played, name):
    shop = played(name)
    who = shop.new("service")
    shop.fault(code=REFUSED[name])
    assert shop.one(who, "order#1", "service") == ("failed", "refused")
    assert (shop.came(), shop.suppressed(who)) == ([], "bounce")
    shop.sim.clear_faults()
    assert shop.one(who, "order#1", "service") == ("failed", "refused"), "what has ended has ended"
    assert shop.one(shop.new("service"), "order#1", "service") == ("sent", ""), "and nobody else is"


@pytest.mark.parametrize("name", WAYS)
def test_what_is_throttled_goes_later(played, name):
    shop = played(name)
    who = shop.new("service")
    shop.fault(throttle=1)
    (told,) = shop.people.send(shop.want(who, "order#1", "service"))
    assert (told.state, told.why, shop.came()) == ("held", "throttled", [])
    shop.people.clock.at = told.until
    assert shop.one(who, "order#1", "service") == ("sent", "")
    assert len(shop.came()) == 1


@pytest.mark.parametrize("name", OFFERS)
def test_an_offer_whose_answer_was_lost_is_asked_for_or_goes_out_no_more(played, name):
    shop = played(name)
    who = shop.new("marketing")
    shop.fault(lost_answer=1)
    told = shop.one(who)
    assert told == (("held", "unanswered") if NAMED[name].asked else ("unknown", "unanswered"))
    shop.people.clock.advance(LEASE)
    assert shop.one(who) == (("sent", "") if NAMED[name].asked else told)
    assert len(shop.came()) == 1


@pytest.mark.parametrize("name", WAYS)
def test_a_notice_whose_answer_was_lost_is_asked_for_or_sent_again(played, name):
    shop = played(name)
    who = shop.new("service")
    shop.fault(lost_answer=1)
    assert shop.one(who, "order#1", "service") == ("held", "unanswered")
    shop.people.clock.advance(LEASE)
    assert shop.one(who, "order#1", "service") == ("sent", "")
    once = NAMED[name].asked or name == "wechat"  # which knows our name of it
    assert len(shop.came()) == (1 if once else 2)


@pytest.mark.parametrize("name", TOLD)
def test_a_receipt_is_folded_however_often_it_comes(played, name):
    shop = played(name)
    who = shop.new("service")
    shop.fault(duplicate=2)
    shop.one(who, "order#1", "service")
    assert shop.receipts() == [200, 200, 200]
    assert (shop.outcome(who, "order#1"), shop.suppressed(who)) == ("delivered", None)


@pytest.mark.parametrize("name", GONE)
def test_m027_a_receipt_that_nobody_is_there_ends_offers_to_that_address(played, name):
    shop = played(name)
    who = shop.new("service")
    shop.sim.letters.box.fail(GONE[name])
    shop.one(who, "order#1", "service")
    assert shop.receipts() == [200]
    assert shop.suppressed(who) in ("bounce", "opt_out")
    if NAMED[name].marketing:
        shop.people.agree(who, f"marketing_{shop.way}")
        assert shop.one(who) == ("suppressed", "suppression")


@pytest.mark.parametrize("name", TOLD)
def test_a_receipt_that_somebody_else_made_changes_nothing(played, name):
    shop = played(name)
    who = shop.new("service")
    shop.sim.letters.box.fail(GONE.get(name, "1"))
    shop.fault(wrong_signature=1)
    shop.one(who, "order#1", "service")
    assert shop.receipts() == [404]
    assert (shop.outcome(who, "order#1"), shop.suppressed(who)) == (None, None)


@pytest.mark.parametrize("name", ["sms", "tencent"])
def test_who_answers_no_more_is_told_of_no_offers(played, name):
    shop = played(name)
    who = shop.new("marketing")
    desk = shop.sim.letters.aliyun if name == "sms" else shop.sim.letters.tencent
    desk.answered(shop.people.address(who, "phone").removeprefix("+86"), "退订")
    assert shop.receipts() == [200]
    assert shop.one(who) == ("suppressed", "suppression")


# ---- members and groups of WeCom, to whom nothing goes but what its own people post ------------------------------------
def post(kind: str, reference: str = "") -> Message:
    to = "zhangsan" if kind == "wecom" else "zhangsan/wrGroup"
    return Message(
        "group_new", kind, to, "zh", {}, "新品", "【集市】新品上架", reference=reference, link="https://shop/g"
    )


@pytest.mark.parametrize("kind", POSTS)
def test_wecom_takes_what_its_company_signed_for_and_says_what_it_does_not(contracts, sim, engine, kind):
    channel = NAMED["wecom"]
    for fault, means in (("code", AddressRefused), ("throttle", ChannelThrottled), ("lost_answer", ChannelSilent)):
        sim.faults("wecom", **{fault: {"code": "40003"}.get(fault, 1)})
        with pytest.raises(means):
            channel.deliver(post(kind))
        sim.clear_faults()
    assert channel.deliver(post(kind))
    assert [one["text"] for one in sim.letters.box.came] == ["【集市】新品上架"] * 2, "one of them unanswered"


def test_a_post_waits_for_its_member_and_can_be_called_off(contracts, sim, engine):
    number = NAMED["wecom"].deliver(post("group"))
    assert wecom.posted(number, "zhangsan/wrGroup") == "asked"
    sim.letters.wecom.settle(number, 1)
    assert wecom.posted(number, "zhangsan/wrGroup") == "confirmed"
    wecom.call_off(other := NAMED["wecom"].deliver(post("group")))
    assert wecom.posted(other, "zhangsan/wrGroup") == "refused"


def test_wecom_tells_who_is_in_a_group_and_nobody_else_does(contracts, sim, front):
    def carry(push):
        return front.post(push.path, raw=push.body, headers={"content-type": push.media}).status, b""

    sim.letters.wecom.gather("wrGroup", {"wm1": "union1"})
    sim.faults("wecom", wrong_signature=1)
    sim.letters.wecom.gather("wrGroup", {})
    assert sim.letters.box.deliver(carry) == [200, 404]
    assert wecom.members("wrGroup") == []
