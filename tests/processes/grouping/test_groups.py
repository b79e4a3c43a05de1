"""S58, S98, S99: groups of customers, who is in them, what is posted there and when, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from chalicelib.processes.grouping.service import belonging, posting
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.groups import rules
from chalicelib.records.groups.service import groups, posts
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.work import Work
from tests.fakes.messages import couriers
from tests.fakes.messages.weixin import CORP
from tests.records.coupons import wallets
from tests.support import aws, people
from tests.support.world import minutes

EVENING = 11 * 60 + 59  # minutes from ten in the morning to 21:59


def work(who: str = "test") -> Work:
    return Work(worker(who), "test")


# ---- groups and members -------------------------------------------------------------------------------------------------
def test_a_group_is_added_once_under_its_key_edited_and_closed(shop):
    body = {"kind": "wecom", "name": "a", "keeper": "zhangsan", "chat": "wr1"}
    made = [shop.ask("POST", "/v1/admin/groups", body, key="same").json for _ in range(2)]
    assert made[0] == made[1]
    group = made[0]["group_id"]
    assert shop.ask("PUT", f"/v1/admin/groups/{group}", {"name": "b", "keeper": "lisi"}).status == 204
    told = shop.ask("GET", f"/v1/admin/groups/{group}").json
    assert (told["name"], told["keeper"], told["chat"], told["segment"]) == ("b", "lisi", "wr1", f"group.{group}")
    assert shop.ask("POST", f"/v1/admin/groups/{group}/closure").status == 204
    assert shop.ask("POST", f"/v1/admin/groups/{group}/closure").json["code"] == "GROUP_CLOSED"
    assert shop.plan(group).json["code"] == "GROUP_CLOSED"
    assert shop.ask("GET", "/v1/admin/groups").json["items"][0]["state"] == "closed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "wecom", "name": "a", "keeper": "z"}, "GROUP_TERMS_WRONG"),
        ({"kind": "wechat", "name": "a", "keeper": "z", "chat": "wr1"}, "GROUP_TERMS_WRONG"),
        ({"kind": "wecom", "name": "a", "keeper": "z", "chat": "wrGroup"}, "CHAT_TAKEN"),
        ({"kind": "qq", "name": "a", "keeper": "z"}, "INVALID_REQUEST"),
    ],
)
def test_what_is_no_group_is_refused(shop, body, code):
    shop.add()
    told = shop.ask("POST", "/v1/admin/groups", body)
    assert told.status in (409, 422)
    assert told.json["code"] == code


def test_members_come_in_by_a_list_or_a_file_and_twice_is_once(shop):
    group = shop.add()
    told = shop.ask("POST", f"/v1/admin/groups/{group}/imports", {"members": ["U1", "U2", "U1"]})
    assert (told.status, told.json["total"], told.json["done"]) == (202, 2, 0)
    shop.bus.run(times=2)
    assert shop.members(group) == {"U1": True, "U2": True}
    csv = "member,since\n" + "\n".join(f"wm{n},x" for n in range(250)) + "\nU2\n\n"
    again = shop.ask("POST", f"/v1/admin/groups/{group}/imports", {"csv": csv}).json["import_id"]
    shop.bus.run(times=2)
    progress = shop.ask("GET", f"/v1/admin/groups/{group}/imports/{again}").json
    assert (progress["total"], progress["done"], progress["added"]) == (251, 251, 250)
    assert len(groups.here(group)) == 252


@pytest.mark.parametrize(
    ("csv", "line"),
    [("a\nb c\n", 2), ("member\n张三", 2), ("x" * 65, 1), ("\n".join(f"m{n}" for n in range(5001)), 5001)],
)
def test_a_file_that_cannot_be_read_says_in_which_line_and_nobody_comes_in(shop, csv, line):
    group = shop.add()
    told = shop.ask("POST", f"/v1/admin/groups/{group}/imports", {"csv": csv})
    assert (told.status, told.json["params"]) == (422, {"line": line})
    assert shop.members(group) == {}


def test_five_thousand_members_come_in_at_once_and_not_one_more():
    assert len(rules.read_members("\n".join(f"m{n}" for n in range(5000)))) == 5000


@pytest.mark.parametrize("body", [{}, {"members": ["U1"], "csv": "U1"}, {"members": ["a b"]}])
def test_an_import_is_a_list_or_a_file(shop, body):
    assert shop.ask("POST", f"/v1/admin/groups/{shop.add()}/imports", body).status == 422


def test_an_import_into_no_group_is_refused(shop):
    assert shop.ask("POST", "/v1/admin/groups/G0/imports", {"members": ["U1"]}).json["code"] == "GROUP_NOT_FOUND"


# ---- WeCom tells who is in a group ----------------------------------------------------------------------------------------
def notice(chat: str = "wrGroup") -> str:
    return (
        "<xml><ToUserName><![CDATA[wwcorp]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        "<CreateTime>1403610513</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[change_external_chat]]></Event><ChatId><![CDATA[{chat}]]></ChatId>"
        "<ChangeType><![CDATA[update]]></ChangeType><UpdateDetail><![CDATA[add_member]]></UpdateDetail></xml>"
    )


def push(shop, said: str, owner: str = CORP, **how: str):
    query, body = couriers.push(said, owner, **how)
    return shop.front.post(
        f"/v1/webhooks/groups/wecom/events?{urlencode(query)}", raw=body, headers={"content-type": "text/xml"}
    )


def test_who_joins_and_leaves_at_wecom_is_in_the_group_and_no_more(shop):
    group = shop.add()
    by = [accounts.identifier("phone", "+8613800138000"), accounts.identifier("wechat_union", "unionA")]
    opened = work()
    row = accounts.new_account("U", by, ["customer"], opened)
    opened.add(*open_account(row, by))
    opened.commit()
    shop.weixin.chats["wrGroup"] = [("wmA", "unionA"), ("wmB", "")]
    told = push(shop, notice())
    assert (told.status, told.text) == (200, "success")
    shop.bus.run(times=2)
    assert shop.members(group) == {row.owner: True, "wmB": True}, "an account is known by its union id"
    shop.weixin.chats["wrGroup"] = [("wmB", ""), ("wmC", "")]
    push(shop, notice())
    shop.bus.run(times=2)
    assert shop.members(group) == {row.owner: False, "wmB": True, "wmC": True}


@pytest.mark.parametrize("how", [{"token": "another"}, {"key": couriers.AES_KEY[::-1]}])
def test_a_notice_of_somebody_else_changes_nothing(shop, how):
    shop.add()
    shop.weixin.chats["wrGroup"] = [("wmA", "")]
    assert push(shop, notice(), **how).status == 404
    assert push(shop, notice(), owner="wwother").status == 404
    assert shop.bus.run().count("group.members_told") == 0


def test_a_notice_of_a_chat_that_is_no_group_of_the_shop_and_other_events_change_nothing(shop):
    assert push(shop, notice("wrElse")).status == 200
    assert push(shop, "<xml><Event>enter_agent</Event></xml>").status == 200
    assert push(shop, "x").status == 400
    shop.bus.run()


def test_wecom_hears_its_echo_sealed(shop):
    sealed = couriers.seal("echo-7", CORP)
    query = {
        "timestamp": "1",
        "nonce": "2",
        "echostr": sealed,
        "msg_signature": couriers.sign(couriers.TOKEN, "1", "2", sealed),
    }
    path = "/v1/webhooks/groups/wecom/events?"
    assert shop.front.get(path + urlencode(query)).text == "echo-7"
    assert shop.front.get(path + urlencode(query | {"nonce": "3"})).status == 404


# ---- posts ------------------------------------------------------------------------------------------------------------
def test_a_post_is_a_task_that_its_member_confirms(shop):
    group = shop.add()
    post = shop.post(group)
    assert shop.state(group, post) == "planned"
    shop.bus.run(times=2)
    assert shop.state(group, post) == "asked"
    ((to, text),) = shop.weixin.taken
    code = shop.shown(group, post)["link"].removeprefix("/s/")
    assert to == "zhangsan/wrGroup"
    assert text.startswith("【集市】群友专享限时优惠：小粒咖啡 8 折")
    assert text.endswith(f"/s/{code}")
    shop.later(60)
    assert shop.state(group, post) == "asked"
    shop.weixin.posts["post1"]["status"] = 1
    shop.later(60)
    assert shop.state(group, post) == "confirmed"
    assert shop.later(60 * 48) == []


def test_what_nobody_confirms_within_a_day_lapses(shop):
    group = shop.add()
    post = shop.post(group)
    shop.bus.run()
    for n in range(rules.CHECKS):
        assert shop.state(group, post) == "asked", n
        shop.later(60)
    assert (shop.state(group, post), shop.shown(group, post)["why"]) == ("lapsed", "unconfirmed")


def test_what_wecom_does_not_let_through_lapses_with_its_reason(shop):
    group = shop.add()
    post = shop.post(group)
    shop.bus.run()
    shop.weixin.posts["post1"]["status"] = 3
    shop.later(60)
    assert (shop.state(group, post), shop.shown(group, post)["why"]) == ("lapsed", "refused")
    shop.weixin.fault = 41048
    other = shop.post(group)
    shop.bus.run()
    assert (shop.state(group, other), shop.shown(group, other)["why"]) == ("lapsed", "refused")


def test_a_lost_answer_asks_nobody_twice(shop):
    group = shop.add()
    shop.weixin.fault = "lost"
    post = shop.post(group)
    shop.bus.run(times=3)
    assert shop.state(group, post) == "asked"
    shop.weixin.fault = None
    for _ in range(rules.CHECKS):
        shop.later(60)
    assert shop.state(group, post) == "lapsed"
    assert len(shop.weixin.taken) <= 1


@pytest.mark.parametrize("fault", ["lost", 41050])
def test_a_post_that_wecom_does_not_tell_of_is_asked_after_again_each_hour_and_lapses_in_a_day(shop, fault):
    group = shop.add()
    post, other = shop.post(group), shop.post(group)
    shop.bus.run()
    shop.weixin.fault = fault
    for _ in range(3):
        shop.later(60)
        assert (shop.state(group, post), shop.state(group, other)) == ("asked", "asked")
    shop.weixin.fault = None
    (asked,) = [one for one in shop.weixin.posts.values() if shop.shown(group, post)["link"] in str(one["told"])]
    asked["status"] = 1
    shop.later(60)
    assert shop.state(group, post) == "confirmed"
    shop.weixin.fault = fault
    for _ in range(rules.CHECKS - 4):
        shop.later(60)
    assert (shop.state(group, other), shop.shown(group, other)["why"]) == ("lapsed", "unconfirmed")


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-06-01T13:59:59Z", None), ("2026-06-01T14:00:00Z", "2026-06-02T00:00:00Z"),
        ("2026-06-01T23:59:59Z", "2026-06-02T00:00:00Z"), ("2026-06-02T00:00:00Z", None),
        ("2026-06-01T16:00:00Z", "2026-06-02T00:00:00Z"),
    ],
)  # fmt: skip
def test_from_22_to_8_nothing_is_posted(at, until):
    """M015, M021: the quiet hours go over midnight, and their end is not within them."""
    told = rules.waits_until(datetime.fromisoformat(at))
    assert (told.astimezone(UTC).isoformat().replace("+00:00", "Z") if told else None) == until


def test_a_post_of_the_night_waits_until_eight(shop):
    group = shop.add()
    shop.later(EVENING)
    early = shop.post(group)
    shop.bus.run()
    assert shop.state(group, early) == "asked"
    shop.later(1)
    late = shop.post(group)
    shop.bus.run()
    assert shop.state(group, late) == "planned"
    shop.later(10 * 60 - 1)
    assert shop.state(group, late) == "planned"
    shop.later(1)
    assert shop.state(group, late) == "asked"


def test_a_group_has_so_many_posts_a_day_and_the_rest_wait_for_the_next_morning(shop):
    group, other = shop.add(), shop.add(chat="wrOther")
    told = [shop.post(group) for _ in range(3)]
    alone = shop.post(other)
    shop.bus.run(times=2)
    assert sorted(shop.state(group, one) for one in told) == ["asked", "asked", "planned"]
    assert shop.state(other, alone) == "asked"
    shop.later(22 * 60)
    assert [shop.state(group, one) for one in told] == ["asked"] * 3


def test_a_post_is_planned_for_its_instant(shop):
    group = shop.add()
    post = shop.post(group, at="2026-06-01T04:00:00Z", template="group_new")
    shop.later(119)
    assert shop.state(group, post) == "planned"
    shop.later(1)
    assert shop.state(group, post) == "asked"


@pytest.mark.parametrize("at", ["2026-06-01T01:59:59Z", "2026-08-30T02:00:01Z"])
def test_a_post_is_planned_for_the_next_90_days(shop, at):
    assert shop.plan(shop.add(), at=at).json["code"] == "POST_TOO_LATE"


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "products", "/a b", "/\\evil"])
def test_a_post_leads_into_the_shop_and_nowhere_else(shop, target):
    assert shop.plan(shop.add(), target=target).status == 422


def test_what_is_stopped_before_its_time_is_not_asked_for(shop):
    group = shop.add()
    post = shop.post(group, at="2026-06-01T04:00:00Z")
    assert shop.ask("POST", f"/v1/admin/groups/{group}/posts/{post}/stop").status == 204
    shop.later(180)
    assert (shop.state(group, post), shop.weixin.taken) == ("stopped", [])
    told = shop.ask("POST", f"/v1/admin/groups/{group}/posts/{post}/stop")
    assert (told.status, told.json["code"]) == (409, "GROUP_POST_STATE_CONFLICT")


def test_what_is_stopped_after_it_was_asked_for_is_taken_back(shop):
    group = shop.add()
    post = shop.post(group)
    shop.bus.run()
    shop.ask("POST", f"/v1/admin/groups/{group}/posts/{post}/stop")
    shop.bus.run()
    assert shop.weixin.posts["post1"]["status"] == 9
    assert shop.later(60 * 30).count("group.post_ended") == 0


def test_a_post_that_is_stopped_while_wecom_is_asked_is_taken_back_by_who_asked(shop, monkeypatch):
    group = shop.add()
    post = shop.post(group)
    row = posts.find(group, post)
    posting.go_out(group, post, work("a").with_key("a"))
    stopped = work("b")
    posts.end(posts.find(group, post), "stop", "stopped", stopped)
    stopped.commit()
    posting._ask(groups.find(group), row, work("c"))
    assert shop.weixin.posts["post2"]["status"] == 9


def test_a_group_that_was_closed_has_no_more_posts(shop):
    group = shop.add()
    post = shop.post(group, at="2026-06-01T04:00:00Z")
    shop.ask("POST", f"/v1/admin/groups/{group}/closure")
    shop.later(180)
    assert (shop.state(group, post), shop.shown(group, post)["why"]) == ("stopped", "closed")


def test_a_group_of_plain_wechat_has_a_task_for_a_person_until_it_is_done(shop):
    group = shop.add(kind="wechat")
    post = shop.post(group, picture="https://shop.example/p/a.jpg")
    shop.bus.run(times=2)
    (task,) = shop.ask("GET", "/v1/admin/group-tasks").json["items"]
    assert (task["post_id"], task["picture"], task["title"]) == (post, "https://shop.example/p/a.jpg", "小粒咖啡 8 折")
    assert shop.weixin.taken == []
    assert shop.ask("POST", f"/v1/admin/groups/{group}/posts/{post}/done").status == 204
    assert shop.ask("GET", "/v1/admin/group-tasks").json["items"] == []
    assert shop.state(group, post) == "confirmed"
    assert shop.ask("POST", f"/v1/admin/groups/{group}/posts/{post}/done").status == 409


def test_a_task_that_nobody_does_lapses_and_waits_no_more(shop):
    group = shop.add(kind="wechat")
    post = shop.post(group)
    shop.bus.run()
    for _ in range(rules.CHECKS):
        shop.later(60)
    assert shop.state(group, post) == "lapsed"
    assert shop.ask("GET", "/v1/admin/group-tasks").json["items"] == []


def test_in_a_local_shop_a_post_lies_in_the_outbox_and_is_confirmed_by_itself(shop, monkeypatch):
    monkeypatch.setenv("GROUP_CHANNEL", "")
    group = shop.add()
    post = shop.post(group)
    shop.bus.run()
    shop.later(60)
    assert shop.state(group, post) == "confirmed"
    assert shop.weixin.taken == []


# ---- what came of it --------------------------------------------------------------------------------------------------
def test_a_short_link_leads_into_the_shop_counts_and_names_nobody(shop):
    group = shop.add()
    post = shop.post(group, target="/products/P1?c=1")
    link = shop.shown(group, post)["link"]
    for _ in range(3):
        told = shop.front.get(link)
        assert (told.status, told.headers["location"]) == (302, f"/products/P1?c=1&s={link.removeprefix('/s/')}")
    assert "set-cookie" not in told.headers
    assert shop.shown(group, post)["clicks"] == 3
    assert shop.front.get("/s/zzzzzzzzzz").json["code"] == "LINK_NOT_FOUND"


def test_lists_go_on_where_they_ended(shop):
    group = shop.add()
    told = [(shop.later(1), shop.post(group))[1] for _ in range(3)]
    first = shop.ask("GET", f"/v1/admin/groups/{group}/posts?limit=2").json
    second = shop.ask("GET", f"/v1/admin/groups/{group}/posts?limit=2&cursor={first['next']}").json
    assert [one["post_id"] for one in (*first["items"], *second["items"])] == told[::-1]
    assert second["next"] is None


def test_a_customer_has_nothing_to_say_of_groups(shop):
    anna = people.register(shop.front)
    assert shop.ask("POST", "/v1/admin/groups", {"kind": "wechat", "name": "a", "keeper": "z"}, who=anna).status == 403


# ---- what is for members only -------------------------------------------------------------------------------------------
def join(group: str, who: str) -> None:
    groups.set_members(group, {who, *groups.here(group)}, "import", work())


def test_a_pass_is_for_members_for_an_hour_and_for_nobody_else(shop):
    group, anna = shop.add(), people.register(shop.front)
    assert shop.ask("POST", f"/v1/groups/{group}/passes", who=anna, key=None).json["code"] == "NOT_IN_GROUP"
    join(group, anna.id)
    token = shop.ask("POST", f"/v1/groups/{group}/passes", who=anna, key=None).json["token"]
    assert belonging.shown(token, anna.id) == group
    with pytest.raises(rules.GroupPassInvalid):
        belonging.shown(token, "U2")
    for wrong in (token[:-1], token + "a", "", "a.b.c"):
        with pytest.raises(rules.GroupPassInvalid):
            belonging.shown(wrong, anna.id)
    assert shop.ask("POST", "/v1/groups/G0/passes", who=anna, key=None).json["code"] == "GROUP_NOT_FOUND"


def test_who_left_has_no_pass_any_more(shop):
    group, anna = shop.add(), people.register(shop.front)
    join(group, anna.id)
    groups.set_members(group, [], "wecom", work())
    assert shop.ask("POST", f"/v1/groups/{group}/passes", who=anna, key=None).status == 403


def test_a_coupon_of_a_group_is_claimed_by_who_is_in_it(shop):
    group, anna, cher = (
        shop.add(),
        people.register(shop.front, "13800138011"),
        people.register(shop.front, "13800138012"),
    )
    template = wallets.opened(segments=[rules.segment(group)])
    claim = lambda who, key: shop.ask("POST", f"/v1/groups/{group}/coupons/{template}/claims", who=who, key=key)
    join(group, anna.id)
    told = claim(anna, "a")
    assert told.status == 201, told.text
    assert claim(anna, "a").json == told.json, "again is the same"
    assert (claim(cher, "b").status, claim(cher, "b").json["code"]) == (403, "NOT_IN_GROUP")
    straight = shop.ask("POST", f"/v1/coupons/{template}/claims", who=anna, key="c")
    assert straight.status >= 400, "it is had in the group alone"
    assert [row.customer for row in aws.rows(Coupon)] == [anna.id]


def test_an_order_within_seven_days_of_a_visit_counts_for_its_post(shop, engine):
    group, anna = shop.add(), people.register(shop.front)
    post = shop.post(group)
    code = shop.shown(group, post)["link"].removeprefix("/s/")
    unknown = {"code": "zzzzzzzzzz"}
    assert shop.ask("POST", "/v1/group-visits", unknown, who=anna, key=None).json["code"] == "LINK_NOT_FOUND"
    assert shop.ask("POST", "/v1/group-visits", {"code": code}, who=anna, key=None).status == 204
    assert posts.came_by(anna.id, engine.now()) == (group, post)
    engine.advance(minutes(7 * 24 * 60 - 1))
    assert posts.came_by(anna.id, engine.now()) == (group, post)
    engine.advance(minutes(1))
    assert posts.came_by(anna.id, engine.now()) == ("", "")
    assert posts.came_by("U2", engine.now()) == ("", "")
    counted = Work(Caller("w", "worker"), "x")
    posts.bought(group, post, 12900, counted)
    counted.commit()
    told = shop.shown(group, post)
    assert (told["orders"], told["worth"]["fen"]) == (1, 12900)
    assert shop.ask("GET", f"/v1/admin/groups/{group}").json["orders"] == 1
