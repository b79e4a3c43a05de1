"""Webhooks from the operators' doors to the receiver: subscribed, told, tried again, switched off, sent once more."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.kernel.clock import iso
from chalicelib.records.messages.channels import outbox
from chalicelib.records.orders.events import OrderPaid, OrderPlaced
from chalicelib.records.subscriptions import consumers, rules
from chalicelib.records.subscriptions.model import WebhookMessage, WebhookSubscription
from chalicelib.runtime import clients
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.fakes.receivers import HANGS
from tests.support import aws, people

BASE = "/v1/admin/webhook-subscriptions"
ERP = "https://erp.example.com/jishi"


@pytest.fixture
def admin(front):
    return people.member(front, "admin", fresh=True)


def subscribe(front, who, url=ERP, types=("order.paid",)):
    made = front.post(BASE, {"url": url, "types": list(types)}, token=who.token)
    assert made.status == 201, made.text
    return made.json


def happens(*facts):
    work = Work(ANYONE, "test")
    for fact in facts or (OrderPaid("O01JZ0000000000000000000000", "O01JZ000000000000000000000001"),):
        work.publish(fact)
    work.commit()


def messages(front, who, one):
    return front.get(f"{BASE}/{one}/messages", token=who.token).json["items"]


def test_a_receiver_is_told_what_it_subscribed_to_and_can_prove_who_says_so(front, bus, admin, receivers):
    made = subscribe(front, admin)
    happens()
    happens(OrderPlaced("O01JZ0000000000000000000000", "U01JZ0000000000000000000000", 900))
    bus.run(times=2)
    (came,) = receivers.came
    assert came.signed_by(made["secret"])
    assert came.told == {
        "type": "order.paid",
        "timestamp": "2026-06-01T02:00:00.000Z",
        "data": {"order_id": "O01JZ0000000000000000000000", "payment_id": "O01JZ000000000000000000000001"},
    }
    (one,) = messages(front, admin, made["subscription_id"])
    assert (one["state"], one["message_id"], one["tries"]) == ("delivered", came.id, 1)
    assert [(a["status"], a["said"]) for a in one["attempts"]] == [(200, "thanks")]
    detail = front.get(f"{BASE}/{made['subscription_id']}/messages/{came.id}", token=admin.token).json
    assert detail["body"] == came.body.decode()


def test_whose_order_it_is_stays_in_the_shop(front, bus, admin, receivers):
    subscribe(front, admin, types=("order.placed",))
    happens(OrderPlaced("O01JZ0000000000000000000000", "U01JZ0000000000000000000000", 900))
    bus.run()
    assert receivers.came[0].told["data"] == {"order_id": "O01JZ0000000000000000000000", "payable": 900}
    assert b"U01JZ" not in receivers.came[0].body


def test_a_secret_is_shown_once_and_lies_nowhere_in_clear(front, bus, admin, receivers):
    made = subscribe(front, admin)
    secret = made["secret"].removeprefix("whsec_").encode()
    assert len(secret) == 44
    assert "whsec_" not in front.get(BASE, token=admin.token).text
    kept = [row.serialize() for model in (WebhookSubscription, Journal) for row in aws.rows(model)]
    assert len(kept) > 1
    assert secret not in repr(kept).encode()


def test_while_a_secret_is_changed_both_sign_and_then_the_new_one_alone(front, bus, admin, receivers, engine):
    made = subscribe(front, admin)
    one = made["subscription_id"]
    renewed = front.post(f"{BASE}/{one}/secret", token=admin.token).json
    assert renewed["former_until"] == "2026-06-02T02:00:00.000Z"
    happens()
    bus.run()
    engine.advance(timedelta(hours=24))
    happens()
    bus.run()
    first, second = receivers.came
    assert first.signed_by(made["secret"])
    assert first.signed_by(renewed["secret"])
    assert second.signed_by(renewed["secret"])
    assert not second.signed_by(made["secret"])


def test_what_is_refused_is_tried_again_for_three_days_under_one_id(front, bus, admin, receivers, engine):
    made = subscribe(front, admin)
    receivers.answers["erp.example.com"] = 500
    happens()
    begun = engine.now()
    bus.run()
    for _ in range(80):
        engine.advance(timedelta(hours=1))
        bus.run()
    assert len({came.id for came in receivers.came}) == 1
    admin = people.member(front, "admin")
    (one,) = messages(front, admin, made["subscription_id"])
    assert (one["state"], len(one["attempts"]), len(receivers.came)) == ("failed", 10, 10)
    last = one["attempts"][-1]["at"]
    assert iso(begun + timedelta(hours=71)) < last < iso(begun + timedelta(hours=80))
    assert "webhook.delivery_failed" in bus.told


def test_a_receiver_that_failed_for_five_days_is_told_nothing_more_and_its_owner_hears_of_it(
    front, bus, admin, receivers, engine
):
    made = subscribe(front, admin)
    receivers.answers["erp.example.com"] = 500
    for _ in range(6):
        happens()
        bus.run()
        engine.advance(timedelta(days=1))
        bus.run()
    admin = people.member(front, "admin", fresh=True)
    shown = front.get(f"{BASE}/{made['subscription_id']}", token=admin.token).json
    assert (shown["state"], shown["switched_off"]) == ("off", "failing")
    assert "subscription" in outbox.latest()[0].text or "订阅" in outbox.latest()[0].text
    asked = len(receivers.asked)
    happens()
    bus.run()
    assert len(receivers.asked) == asked
    assert messages(front, admin, made["subscription_id"])[0]["state"] == "waiting"

    receivers.answers.clear()
    moved = front.put(f"{BASE}/{made['subscription_id']}/status", {"action": "resume"}, token=admin.token)
    assert moved.status == 204
    bus.run()
    assert messages(front, admin, made["subscription_id"])[0]["state"] == "delivered"
    assert not [row for row in aws.rows(WebhookMessage) if row.state == "waiting"]


def test_a_receiver_that_is_gone_is_believed(front, bus, admin, receivers):
    made = subscribe(front, admin)
    receivers.answers["erp.example.com"] = 410
    happens()
    bus.run()
    shown = front.get(f"{BASE}/{made['subscription_id']}", token=admin.token).json
    assert (shown["state"], shown["switched_off"]) == ("off", "gone")


def test_one_who_hangs_is_asked_a_few_times_and_left_in_peace_while_others_hear_all(front, bus, admin, receivers):
    hangs = subscribe(front, admin, "https://slow.example.com/")
    subscribe(front, admin)
    receivers.answers["slow.example.com"] = HANGS
    for _ in range(30):
        happens()
        bus.run()
    assert receivers.asked.count("slow.example.com") == 2
    assert len(receivers.to("erp.example.com")) == 30
    shown = front.get(f"{BASE}/{hangs['subscription_id']}", token=admin.token).json
    assert (shown["failing_since"], shown["rests_until"]) == ("2026-06-01T02:00:00.000Z", "2026-06-01T02:01:00.000Z")


def test_who_is_in_trouble_waits_in_a_lane_of_their_own(front, bus, admin, receivers):
    subscribe(front, admin)
    receivers.answers["erp.example.com"] = 503
    happens()
    bus.run()
    happens()
    assert [wire for wire in bus.run() if wire.startswith("webhook.")] == ["webhook.retry_due"]


def test_paused_means_kept_and_what_waited_is_sent_when_it_goes_on(front, bus, admin, receivers):
    one = subscribe(front, admin)["subscription_id"]
    move = lambda action: front.put(f"{BASE}/{one}/status", {"action": action}, token=admin.token)
    assert move("pause").status == 204
    assert (move("pause").status, move("pause").json["code"]) == (409, "WEBHOOK_SUBSCRIPTION_STATE_CONFLICT")
    for _ in range(45):
        happens()
    bus.run()
    assert receivers.came == []
    again = front.post(
        f"{BASE}/{one}/messages/{messages(front, admin, one)[0]['message_id']}/redeliveries", token=admin.token
    )
    assert (again.status, again.json["code"]) == (409, "WEBHOOK_SUBSCRIPTION_STATE_CONFLICT")
    assert move("resume").status == 204
    bus.run()
    assert len({came.id for came in receivers.came}) == len(receivers.came) == 45


def test_a_test_message_is_tried_once_whatever_the_state(front, bus, admin, receivers):
    one = subscribe(front, admin)["subscription_id"]
    front.put(f"{BASE}/{one}/status", {"action": "pause"}, token=admin.token)
    receivers.answers["erp.example.com"] = 500
    made = front.post(f"{BASE}/{one}/tests", token=admin.token)
    assert made.status == 202
    bus.run()
    assert [came.told for came in receivers.came] == [
        {"type": "webhook.test", "timestamp": "2026-06-01T02:00:00.000Z", "data": {"subscription_id": one}}
    ]
    (kept,) = messages(front, admin, one)
    assert (kept["state"], kept["message_id"], kept["next_at"]) == ("failed", made.json["message_id"], None)
    assert front.get(f"{BASE}/{one}", token=admin.token).json["failing_since"] is None


def test_one_message_is_sent_once_more_under_its_id(front, bus, admin, receivers):
    one = subscribe(front, admin)["subscription_id"]
    happens()
    bus.run()
    (message,) = messages(front, admin, one)
    again = front.post(f"{BASE}/{one}/messages/{message['message_id']}/redeliveries", token=admin.token)
    assert (again.status, again.json["message_id"]) == (202, message["message_id"])
    bus.run(times=2)
    assert [came.id for came in receivers.came] == [message["message_id"]] * 2
    missing = front.post(f"{BASE}/{one}/messages/J0/redeliveries", token=admin.token)
    assert (missing.status, missing.json["code"]) == (404, "WEBHOOK_MESSAGE_NOT_FOUND")


@pytest.mark.parametrize(("only", "count"), [("all", 50), ("failed", 25)])
def test_a_stretch_is_sent_once_more(front, bus, admin, receivers, engine, only, count):
    one = subscribe(front, admin)["subscription_id"]
    for _n in range(60):
        engine.advance(timedelta(seconds=1))
        happens()
    bus.run()
    came = sorted(each.id for each in receivers.came)
    for row in sorted(aws.rows(WebhookMessage), key=lambda row: row.id)[::2]:
        row.state = "failed"
        clients.client("dynamodb").put_item(TableName=WebhookMessage.Meta.table_name, Item=row.serialize())
    receivers.came.clear()
    start, end = (f"2026-06-01T02:00:{second:02d}.999Z" for second in (0, 50))
    engine.advance(timedelta(seconds=1))
    asked = front.post(f"{BASE}/{one}/redeliveries", {"start": start, "end": end, "only": only}, token=admin.token)
    assert asked.status == 204, asked.text
    bus.run()
    sent = [each.id for each in receivers.came]
    assert len(sent) == len(set(sent)) == count
    assert set(sent) <= set(came[:50])


def test_a_stretch_runs_forward_and_lies_within_what_is_kept(front, admin, receivers):
    one = subscribe(front, admin)["subscription_id"]
    ask = lambda start, end: front.post(f"{BASE}/{one}/redeliveries", {"start": start, "end": end}, token=admin.token)
    for span in [
        ("2026-06-01T02:00:00.000Z", "2026-06-01T01:00:00.000Z"), ("2026-05-01T00:00:00.000Z", "2026-06-01T01:00:00.000Z"),
        ("2026-06-01T01:00:00.000Z", "2026-06-01T03:00:00.000Z"),
    ]:  # fmt: skip
        assert (ask(*span).status, ask(*span).json["code"]) == (422, "WEBHOOK_STRETCH_WRONG")


def test_a_change_is_made_of_what_was_read(front, bus, admin, receivers):
    one = subscribe(front, admin)["subscription_id"]
    asked = {"url": "https://other.example.com/", "types": ["order.expired"], "note": "ERP", "revision": 1}
    changed = front.put(f"{BASE}/{one}", asked, token=admin.token)
    assert (changed.status, changed.json["revision"]) == (200, 2)
    again = front.put(f"{BASE}/{one}", asked, token=admin.token)
    assert (again.status, again.json["code"]) == (409, "STALE_WEBHOOK_SUBSCRIPTION")
    shown = front.get(f"{BASE}/{one}", token=admin.token).json
    assert (shown["url"], shown["types"], shown["note"]) == (asked["url"], ["order.expired"], "ERP")
    happens()
    bus.run()
    assert receivers.came == []


def test_who_is_removed_hears_nothing_more(front, bus, admin, receivers):
    one = subscribe(front, admin)["subscription_id"]
    happens()
    assert front.delete(f"{BASE}/{one}", token=admin.token).status == 204
    bus.run()
    assert receivers.came == []
    assert aws.rows(WebhookSubscription) == []
    gone = front.get(f"{BASE}/{one}/messages", token=admin.token)
    assert (gone.status, gone.json["code"]) == (404, "WEBHOOK_SUBSCRIPTION_NOT_FOUND")


def test_there_are_so_many_subscriptions_at_most(front, admin, receivers):
    for _ in range(20):
        subscribe(front, admin)
    more = front.post(BASE, {"url": ERP, "types": ["order.paid"]}, token=admin.token)
    assert (more.status, more.json["code"]) == (409, "WEBHOOK_SUBSCRIPTIONS_FULL")
    assert len(front.get(BASE, token=admin.token).json["items"]) == 20


REFUSED = [
    ("http://erp.example.com/", "scheme"), ("https://u:p@erp.example.com/", "userinfo"), ("https://erp.example.com:22/", "port"),
    ("https://erp.example.com/#a", "form"), ("ftp://erp.example.com/", "form"), ("https://127.0.0.1/", "private"),
    ("https://[::1]/", "private"), ("https://169.254.169.254/latest", "private"), ("https://inside.example.com/", "private"),
    ("https://half.example.com/", "private"), ("https://nowhere.example.com/", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "why"), REFUSED)
def test_an_address_that_leads_inside_is_not_taken(front, admin, receivers, url, why):
    receivers.leads = {
        "127.0.0.1": ["127.0.0.1"], "::1": ["::1"], "169.254.169.254": ["169.254.169.254"], "inside.example.com": ["10.0.0.7"],
        "half.example.com": ["93.184.215.14", "::ffff:192.168.0.1"], "nowhere.example.com": [],
    }  # fmt: skip
    answer = front.post(BASE, {"url": url, "types": ["order.paid"]}, token=admin.token)
    assert (answer.status, answer.json["code"], answer.json["params"]["why"]) == (422, "WEBHOOK_ADDRESS_REFUSED", why)


def test_a_name_that_leads_inside_later_is_not_followed(front, bus, admin, receivers):
    made = subscribe(front, admin)
    receivers.leads["erp.example.com"] = ["169.254.169.254"]
    happens()
    bus.run()
    assert receivers.asked == []
    (one,) = messages(front, admin, made["subscription_id"])
    assert [(a["status"], a["said"]) for a in one["attempts"]] == [(0, "address refused: private")]


def test_only_who_may_and_has_just_shown_so_subscribes(front, receivers):
    asked = {"url": ERP, "types": ["order.paid"]}
    stale = people.member(front, "admin")
    assert front.post(BASE, asked, token=stale.token).json["code"] == "SECOND_FACTOR_NEEDED"
    for role in ("operator", "support", "finance"):
        assert front.post(BASE, asked, token=people.member(front, role, fresh=True).token).status == 403


def test_a_message_that_was_asked_for_again_while_it_was_sent_is_sent_again(front, bus, admin, receivers):
    """redeliver | send: the outcome of the turn before counts no more, and what was asked for comes."""
    one = subscribe(front, admin)["subscription_id"]
    happens()
    asked = []

    def meanwhile():
        if not asked:
            asked.append(1)
            message = messages(front, admin, one)[0]["message_id"]
            assert front.post(f"{BASE}/{one}/messages/{message}/redeliveries", token=admin.token).status == 202

    receivers.meanwhile = meanwhile
    with pytest.raises(Exception, match="STALE_WEBHOOK_MESSAGE"):
        bus.run()
    bus.run()
    assert len(receivers.came) == 2
    (message,) = messages(front, admin, one)
    assert (message["state"], len(message["attempts"])) == ("delivered", 1)


def test_the_headers_are_those_of_standard_webhooks(front, bus, admin, receivers):
    subscribe(front, admin)
    happens()
    bus.run()
    (came,) = receivers.came
    assert came.headers["webhook-timestamp"] == "1780279200"
    assert came.headers["webhook-signature"].startswith("v1,")
    assert came.headers["Content-Type"] == "application/json"
    assert json.loads(came.body)["type"] == "order.paid"


# ---- what receivers are told of it ----------------------------------------------------------------------------------
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "webhooks.md"


def test_the_document_for_receivers_names_every_type_and_field():
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+?) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    told = {kind: tuple(re.findall("`([a-z_]+)`", fields)) for kind, fields in rows}
    assert told == {**rules.TYPES, rules.TEST: ("subscription_id",)}


def test_what_the_document_says_verifies_a_message_and_nothing_else(front, bus, admin, receivers):
    made = subscribe(front, admin)
    happens()
    bus.run()
    (came,) = receivers.came
    given: dict = {}
    exec(re.search(r"```python\n(.+?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[1], given)  # noqa: S102  # our own document
    verify, now = given["verify"], int(came.headers["webhook-timestamp"])
    assert verify(made["secret"], came.headers, came.body, now)
    assert not verify(made["secret"], came.headers, came.body + b" ", now)
    assert not verify(made["secret"], {**came.headers, "webhook-id": "J"}, came.body, now)
    assert not verify("whsec_" + "A" * 43 + "=", came.headers, came.body, now)
    assert not verify(made["secret"], came.headers, came.body, now + 301)


def test_each_type_is_a_fact_with_those_fields_and_each_is_heard():
    heard = {rules.SPOKEN.get(fact.wire, fact.wire): fact for fact in consumers.TOLD}
    assert heard.keys() == rules.TYPES.keys()
    assert all(set(rules.TYPES[kind]) <= set(fact.fields) for kind, fact in heard.items())
    assert not {"customer", "reason", "traces"} & {
        field for kind, fields in rules.TYPES.items() for field in fields if kind != "payment.failed"
    }
