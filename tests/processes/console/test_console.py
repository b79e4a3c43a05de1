"""The console: switches, orders, search, figures, queues; each act by whoever may, and audited."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.money import Fen
from chalicelib.processes.console.service import orders as views
from chalicelib.processes.console.service import queues, switches
from chalicelib.processes.ordering.rules import PAUSED as PLACING_PAUSED
from chalicelib.records.audit import service as audit
from chalicelib.records.catalog.events import ProductChanged
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.payments.events import PaymentSucceeded
from chalicelib.records.payments.service import attempts
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.runtime import clients, table, world
from chalicelib.runtime import switches as house
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws, people, trade

STATE = house.declare("test_state", 3, "a switch of this test")


@pytest.fixture(autouse=True)
def only_here():
    yield
    house.SWITCHES[STATE] = (3, "a switch of this test")


@pytest.fixture
def admin(front):
    return people.member(front, "admin", fresh=True)


@pytest.fixture
def support(front):
    return people.member(front, "support")


# ---- switches -------------------------------------------------------------------------------------------------------
def test_an_operator_turns_a_switch_and_everybody_knows(front, admin, bus):
    told = {s["name"]: s for s in front.get("/v1/admin/switches", token=admin.token).json["switches"]}
    assert (told[STATE]["value"], told[STATE]["default"]) == (3, 3)
    assert told[PLACING_PAUSED]["value"] is False
    assert front.put(f"/v1/admin/switches/{STATE}", {"value": 4}, token=admin.token).status == 204
    assert house.read(STATE) == 4
    bus.run()
    entry = audit.about(STATE, 1, None)[0][0]
    assert (entry.wire, entry.actor) == ("switch.turned", admin.id)
    assert entry.data == '{"before":"3","name":"test_state","value":"4"}'


def test_turning_a_switch_to_what_it_is_tells_nothing(front, admin):
    rows = len(aws.rows(Journal))
    assert front.put(f"/v1/admin/switches/{STATE}", {"value": 3}, token=admin.token).status == 204
    assert len(aws.rows(Journal)) == rows


@pytest.mark.parametrize(("value", "code"), [(True, "SWITCH_VALUE_WRONG"), ("4", "SWITCH_VALUE_WRONG")])
def test_a_switch_takes_its_own_type_only(front, admin, value, code):
    answer = front.put(f"/v1/admin/switches/{STATE}", {"value": value}, token=admin.token)
    assert (answer.status, answer.json["code"]) == (422, code)
    assert front.put("/v1/admin/switches/nothing", {"value": 1}, token=admin.token).json["code"] == "SWITCH_NOT_FOUND"


def test_placing_is_paused_by_who_may(front, admin, support):
    assert front.put("/v1/admin/placing", {"paused": True}, token=support.token).status == 403
    assert house.read(PLACING_PAUSED) is False
    assert front.put("/v1/admin/placing", {"paused": True}, token=admin.token).status == 204
    assert house.read(PLACING_PAUSED) is True
    assert front.put("/v1/admin/placing", {"paused": 0}, token=admin.token).status == 422


def test_the_console_names_checkouts_switch(engine):
    assert PLACING_PAUSED in house.SWITCHES
    assert [state.name for state in switches.all_switches()] == sorted(house.SWITCHES)


# ---- orders ---------------------------------------------------------------------------------------------------------
def test_a_days_orders_of_all_shards_come_newest_first_in_pages(front, support, engine):
    ids = []
    for n in range(23):
        ids.append(trade.order(f"U{n}"))
        engine.advance(timedelta(seconds=1))
    seen, more = [], ""
    while more is not None:
        page = front.get(f"/v1/admin/orders?limit=5{more}", token=support.token).json
        assert len(page["items"]) <= 5
        seen += [row["id"] for row in page["items"]]
        more = f"&cursor={page['next']}" if page["next"] else None
    assert seen == ids[::-1]
    assert front.get("/v1/admin/orders?day=2026-05-31", token=support.token).json["items"] == []


def test_a_days_orders_of_a_state(front, support, engine):
    kept = []
    for n in range(12):
        order_id = trade.order()
        engine.advance(timedelta(seconds=1))
        if n % 4 == 0:
            kept.append(order_id)
            trade.commit(order_steps.move(order_id, "cancel"))
    first, cursor = views.of_day(date(2026, 6, 1), "cancelled", 2, None)
    second, end = views.of_day(date(2026, 6, 1), "cancelled", 2, cursor)
    assert [order.id for order in first + second] == kept[::-1]
    assert end is None


def test_an_order_whole_shows_its_money_and_hides_the_person(front, support, engine):
    customer = people.register(front, phone="13800138000", name="王小明")
    place = {
        "name": "王小明", "phone": "13800138000", "region": "440305", "province": "广东省", "city": "深圳市",
        "district": "南山区", "line": "科技园科苑路 15 号",
    }  # fmt: skip
    address = front.post("/v1/me/addresses", place, token=customer.token).json["address_id"]
    trade.describe()
    order_id = trade.order(customer.id, address=address)
    order = orders.find(order_id)
    payment = attempts.draft(
        order_id,
        1,
        customer=customer.id,
        provider="wechat",
        product="native",
        amount=Fen(int(order.payable)),
        now=engine.now(),
        expires=engine.now(),
    )
    trade.commit(attempt_steps.open(payment), order_steps.count_attempt(order))
    answer = front.get(f"/v1/admin/orders/{order_id}", token=support.token)
    told = answer.json
    seen = {"id": customer.id, "name": "王**", "phone": "138****8000", "email": None, "beside_staff": False}
    assert told["customer"] == seen
    assert told["lines"][0]["title_zh"] == "纯棉圆领T恤"
    assert [(row["id"], row["state"]) for row in told["payments"]] == [(payment.id, "created")]
    assert told["address"] == {
        "id": address,
        "region": "440305",
        "place": "广东省深圳市南山区",
        "name": "王**",
        "phone": "138****8000",
    }
    assert not [text for text in ("13800138000", "小明", "科苑路") if text in answer.text]
    assert front.get("/v1/admin/orders/O01JZ0000000000000000000001", token=support.token).status == 404


def test_support_finds_an_order_by_whatever_a_caller_can_name(front, engine):
    customer = people.register(front, phone="13900139000")
    order_id = trade.order(customer.id)
    engine.advance(timedelta(days=2))
    other, support = trade.order("U9"), people.member(front, "support")
    for asked, by in (
        (order_id, "order"), (order_id.lower(), "order"), (f"{order_id}01", "payment"), (order_id[-6:], "tail"),
        (order_id[-10:].lower(), "tail"), ("13900139000", "person"), ("+86 139-0013-9000", "person"),
    ):  # fmt: skip
        told = front.get(
            f"/v1/admin/search?q={asked.replace('+', '%2B').replace(' ', '%20')}", token=support.token
        ).json
        assert (told["by"], [row["id"] for row in told["orders"]]) == (by, [order_id]), asked
        assert told["customer"]["phone"] == "139****9000"
    for asked in ("13900139001", "nobody@example.com", "ZZZZZZ", order_id[-5:], f"O{other[1:-1]}"):
        assert front.get(f"/v1/admin/search?q={asked}", token=support.token).json["by"] == "nothing", asked


def test_a_search_for_an_end_looks_at_so_much_at_once_and_goes_on_where_it_stopped(front, support, engine, monkeypatch):
    monkeypatch.setattr(views, "LOOKED", 2)
    monkeypatch.setattr(views, "MOST_LOOKED", 3)
    oldest = [trade.order() for _ in range(9)]
    engine.advance(timedelta(days=1))
    newest = [trade.order() for _ in range(9)]
    support = people.member(front, "support")
    asked = []
    genuine = orders.ids_of_shard
    monkeypatch.setattr(orders, "ids_of_shard", lambda *told: (asked.append(told), genuine(*told))[1])
    for wanted in (oldest[0], newest[-1]):
        q, found, turns = wanted[-8:], [], 0
        cursor = ""
        while cursor is not None:
            del asked[:]
            told = front.get(f"/v1/admin/search?q={q}{cursor and '&cursor=' + cursor}", token=support.token).json
            assert len(asked) <= 3
            found += [row["id"] for row in told["orders"]]
            cursor, turns = told["next"], turns + 1
        assert found == [wanted]
        assert turns > 3
    told = front.get(f"/v1/admin/search?q={q}", token=support.token).json
    other = front.get(f"/v1/admin/search?q=ZZZZZZ&cursor={told['next']}", token=support.token)
    assert (other.status, other.json["code"]) == (422, "CURSOR_INVALID")


def test_a_search_that_has_seen_a_week_ends(front, support, monkeypatch):
    told = front.get("/v1/admin/search?q=ZZZZZZ", token=support.token).json
    assert (told["by"], told["next"]) == ("nothing", None)


def test_the_days_figures_count_what_became_of_the_orders(front, support, engine):
    paid, cancelled, _ = trade.order(), trade.order(), trade.order()
    trade.commit(order_steps.pay(paid, f"{paid}01", engine.now()))
    trade.commit(order_steps.refund(orders.find(paid), Fen(100)))
    trade.commit(order_steps.move(cancelled, "cancel"))
    told = front.get("/v1/admin/figures", token=support.token).json
    assert (told["placed"], told["states"], told["refunded"]) == (3, {"paid": 1, "cancelled": 1, "placed": 1}, 1)
    assert (told["paid_amount"]["fen"], told["refunded_amount"]["fen"]) == (20300, 100)
    assert (told["placed_amount"]["fen"], told["more"]) == (3 * 20300, False)
    assert told["day"] == "2026-06-01"


def test_what_was_paid_is_counted_and_summed_of_the_same_orders(front, support, engine):
    paid, delivered, _ = trade.order(), trade.order(), trade.order()
    for each in (paid, delivered):
        trade.commit(order_steps.pay(each, f"{each}01", engine.now()))
    row = orders.find(delivered)
    row.state = "delivered"
    trade.commit(table.put(row))
    told = front.get("/v1/admin/figures", token=support.token).json
    assert told["states"] == {"paid": 1, "delivered": 1, "placed": 1}
    assert (told["paid_orders"], told["paid_amount"]["fen"]) == (2, 2 * 20300)


def test_the_days_figures_name_who_holds_most_of_the_stock_unpaid(front, support):
    ids = [trade.order() for _ in range(7)]
    rows = [orders.find(each) for each in ids]
    whose = [*"aabbbcd"]
    for row, who in zip(rows, whose, strict=True):
        row.customer = who
        trade.commit(table.put(row))
    trade.commit(order_steps.move(ids[2], "cancel"))
    trade.commit(order_steps.pay(ids[5], f"{ids[5]}01", world.now()))
    each = rows[0].quantity
    told = front.get("/v1/admin/figures", token=support.token).json
    assert told["unpaid_pieces"] == 5 * each
    wanted = [("a", 2), ("b", 2), ("d", 1)]
    assert told["holders"] == [{"customer": who, "orders": n, "pieces": n * each} for who, n in wanted]


def test_figures_say_when_there_are_more_than_they_counted(engine, monkeypatch):
    monkeypatch.setattr(views, "MOST_COUNTED", 3)
    for _ in range(4):
        trade.order()
    assert (views.figures(date(2026, 6, 1)).placed, views.figures(date(2026, 6, 1)).more) == (3, True)


# ---- queues ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def sqs(engine, monkeypatch):
    queues._url.cache_clear()
    client = clients.client("sqs")
    names = [
        "t-OrderingQueue-A1",
        "t-OrderingDeadLetters-B2",
        "t-parked",
        "t-RelayFailuresQueue",
        "t-UndeliveredQueue-C3",
    ]
    urls = [client.create_queue(QueueName=name)["QueueUrl"] for name in names]
    monkeypatch.setenv(
        "QUEUES",
        "t-OrderingQueue-A1,t-RelayFailuresQueue,t-UndeliveredQueue-C3",
    )
    arn = client.get_queue_attributes(QueueUrl=urls[1], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    client.set_queue_attributes(QueueUrl=urls[0], Attributes={"RedrivePolicy": policy})
    monkeypatch.setenv("PARKED_QUEUE_URL", urls[2])
    yield client, *urls[:3]
    for url in urls:
        client.delete_queue(QueueUrl=url)


def test_depths_of_queues_dead_letters_and_parked_facts(front, admin, sqs):
    client, queue, dead, parked = sqs
    client.send_message(QueueUrl=queue, MessageBody="{}")
    given_up = client.get_queue_url(QueueName="t-RelayFailuresQueue")["QueueUrl"]
    for url in (dead, dead, parked, given_up, given_up, given_up):
        client.send_message(QueueUrl=url, MessageBody="{}")
    told = {q["name"]: q for q in front.get("/v1/admin/queues", token=admin.token).json["queues"]}
    assert {name: (q["waiting"], q["dead"]) for name, q in told.items()} == {
        "ordering": (1, 2),
        "parked": (0, 1),
        "relay_failures": (0, 3),
        "undelivered": (0, 0),
    }
    assert "order.pay_due" in told["ordering"]["facts"]


def test_dead_letters_go_back_whole_and_that_is_audited(front, admin, sqs, bus):
    client, queue, dead, _ = sqs
    for n in range(25):
        client.send_message(QueueUrl=dead, MessageBody=f'{{"n":{n}}}')
    answer = front.post("/v1/admin/queues/ordering/redrive", {"most": 12}, token=admin.token)
    assert answer.json == {"moved": 12, "left": 13}
    assert front.post("/v1/admin/queues/ordering/redrive", {}, token=admin.token).json == {"moved": 13, "left": 0}
    assert front.post("/v1/admin/queues/ordering/redrive", {}, token=admin.token).json == {"moved": 0, "left": 0}
    bodies = []
    while got := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        bodies += [m["Body"] for m in got]
    assert sorted(bodies) == sorted(f'{{"n":{n}}}' for n in range(25))
    bus.run()
    assert [entry.wire for entry in audit.about("ordering", 5, None)[0]] == ["queue.redriven"] * 2


def test_a_letter_that_was_not_sent_stays_where_it_is(front, admin, sqs, monkeypatch):
    client, _queue, dead, _ = sqs
    for n in range(3):
        client.send_message(QueueUrl=dead, MessageBody=str(n))
    real = client.send_message_batch

    def half(QueueUrl, Entries):
        answer = real(QueueUrl=QueueUrl, Entries=Entries[:1])
        return {**answer, "Failed": [{"Id": entry["Id"], "Code": "Busy"} for entry in Entries[1:]]}

    monkeypatch.setattr(client, "send_message_batch", half)
    assert front.post("/v1/admin/queues/ordering/redrive", {}, token=admin.token).json == {"moved": 1, "left": 2}


def test_an_unknown_queue_and_a_foreign_role_are_refused(front, admin, support, sqs):
    for name in ("nothing", "parked", "ordering.dead"):
        answer = front.post(f"/v1/admin/queues/{name}/redrive", {}, token=admin.token)
        assert (answer.status, answer.json["code"]) == (404, "QUEUE_NOT_FOUND")
    assert front.get("/v1/admin/queues", token=support.token).status == 403
    assert front.post("/v1/admin/queues/ordering/redrive", {}, token=support.token).status == 403


# ---- facts once more ------------------------------------------------------------------------------------------------
def test_facts_of_a_time_are_published_again_and_change_nothing(front, admin, bus, engine, monkeypatch):
    work = Work(Caller("checkout.notice", "worker"), "test")
    work.publish(PaymentSucceeded("O101", "O1", "wechat", 100))
    work.commit()
    engine.advance(timedelta(minutes=5))
    bus.run()
    before = audit.end().last
    published = []
    monkeypatch.setattr(
        clients.client("events"),
        "put_events",
        lambda Entries: (published.extend(e["DetailType"] for e in Entries), {"Entries": [{} for _ in Entries]})[1],
    )
    asked = {"from": "2026-06-01T01:59:00Z", "to": "2026-06-01T02:01:00Z"}
    assert front.post("/v1/admin/facts/resend", asked, token=admin.token).status == 204
    bus.run()
    assert published.count("payment.succeeded") == 1
    engine.advance(timedelta(minutes=1))
    bus.run()
    assert audit.end().last == before + 2  # the asking, and that it was done
    assert audit.verify().holds


def test_resending_goes_on_from_stretch_to_stretch_and_each_is_done_once(front, admin, bus, engine, monkeypatch):
    for n in range(5):
        work = Work(Caller("checkout.notice", "worker"), "test")
        work.publish(ProductChanged(f"P{n}", 1))
        work.commit()
    engine.advance(timedelta(minutes=5))
    published = []
    monkeypatch.setattr(
        clients.client("events"),
        "put_events",
        lambda Entries: (published.extend(e["Detail"] for e in Entries), {"Entries": [{} for _ in Entries]})[1],
    )
    monkeypatch.setenv("RESEND_ROWS", "2")
    asked = {"from": "2026-06-01T01:59:00Z", "to": "2026-06-01T02:01:00Z"}
    assert front.post("/v1/admin/facts/resend", asked, token=admin.token).status == 204
    told = bus.run(times=2)
    assert told.count("facts.resend_goes_on") >= 2
    assert told.count("facts.resent") == 1
    mine = [text for text in published if '"product"' in text]
    assert len(mine) == len(set(mine)) == 5
    engine.advance(timedelta(minutes=1))
    bus.run()
    assert '"commits":5' in audit.about(str(millis(datetime(2026, 6, 1, 1, 59, tzinfo=UTC))), 5, None)[0][0].data


def test_what_resending_costs_is_said_first(front, admin, monkeypatch):
    monkeypatch.setattr(
        clients.client("dynamodb"), "describe_table", lambda TableName: {"Table": {"TableSizeBytes": 8192 * 20_000}}
    )
    asked = {"from": "2026-06-01T01:59:00Z", "to": "2026-06-01T02:00:00Z"}
    told = front.post("/v1/admin/facts/resend", asked, token=admin.token)
    assert (told.status, told.json["code"], told.json["params"]) == (409, "RESEND_DEAR", {"read_units": 20_000})
    too_few = front.post("/v1/admin/facts/resend", {**asked, "read_units": 19_999}, token=admin.token)
    assert too_few.status == 409
    assert front.post("/v1/admin/facts/resend", {**asked, "read_units": 20_000}, token=admin.token).status == 204


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-06-01T02:00:00Z", "2026-06-01T01:00:00Z"),
        ("2026-04-01T02:00:00Z", "2026-06-01T01:00:00Z"),
        ("2026-06-01T01:00:00Z", "2026-06-02T01:00:00Z"),
    ],
)
def test_a_time_that_cannot_be_resent_is_refused(front, admin, start, end):
    answer = front.post("/v1/admin/facts/resend", {"from": start, "to": end}, token=admin.token)
    assert (answer.status, answer.json["code"]) == (422, "RESEND_SPAN_WRONG")
    assert front.post("/v1/admin/facts/resend", {"from": "2026-06-01", "to": end}, token=admin.token).status == 422
