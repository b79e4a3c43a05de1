"""Tables: what a step asks of DynamoDB, what a read asks and answers, and that models themselves write nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from chalicelib.kernel.errors import Overloaded, ResourceNotFound
from chalicelib.kernel.money import Fen
from chalicelib.records.inventory.model import Movement, Stock
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import ORDER, StaleOrder
from chalicelib.runtime import clients, table
from chalicelib.runtime.cursors import CursorInvalid
from chalicelib.runtime.deadline import Deadline
from chalicelib.runtime.table import InstantAttribute, Key, MoneyAttribute, WholeAttribute
from chalicelib.runtime.work import Work

from .conftest import answering, failing, lost_answer

WHY = ResourceNotFound()
KEY = {"s": {"S": "A@MAIN"}, "b": {"S": "b0"}}


def write(*steps):
    from chalicelib.runtime.caller import Caller

    work = Work(Caller("U1", "staff"), "test")
    work.add(*steps)
    work.commit()


# ---- steps ----------------------------------------------------------------------------------------------------------
def test_a_table_s_name_is_the_environment_s_or_our_own(monkeypatch):
    assert table.table_name("payment_exceptions") == "jishi-payment_exceptions"
    monkeypatch.setenv("TABLE_PAYMENT_EXCEPTIONS", "prod-cases")
    assert table.table_name("payment_exceptions") == "prod-cases"


def test_models_describe_and_never_write():
    for name in ("save", "update", "delete", "refresh", "batch_write", "create_table", "delete_table"):
        with pytest.raises(TypeError, match=r"^models describe; only Work.commit writes$"):
            getattr(Stock("A", "b0"), name)()


def test_money_is_written_as_whole_fen_and_read_as_money():
    attribute = MoneyAttribute()
    assert attribute.serialize(Fen(5)) == "5"
    assert attribute.serialize(7) == "7"
    assert type(attribute.deserialize("7")) is Fen
    assert attribute.deserialize("-7") == -7
    for wrong in (1.0, True, "1", None):
        with pytest.raises(TypeError, match=r"^only whole numbers are kept$"):
            attribute.serialize(wrong)


def test_a_count_is_written_as_a_whole_number_and_read_as_one():
    attribute = WholeAttribute()
    assert (attribute.serialize(7), attribute.attr_type) == ("7", "N")
    assert (attribute.deserialize("7"), type(attribute.deserialize("-7"))) == (7, int)
    for wrong in (1.0, True, "1", None):
        with pytest.raises(TypeError, match=r"^only whole numbers are kept$"):
            attribute.serialize(wrong)


def test_a_put_writes_the_whole_item_under_its_condition_and_asks_for_the_old_one():
    step = table.put(Stock("A@MAIN", "b0", available=5), Stock.held == 1, WHY)
    assert (step.verb, step.model, step.otherwise) == ("Put", Stock, WHY)
    assert step.request["TableName"] == "jishi-stock"
    assert step.request["Item"] == {**KEY, "a": {"N": "5"}}
    assert step.request["ConditionExpression"] == "#0 = :0"
    assert step.request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
    bare = table.put(Stock("A@MAIN", "b0"))
    assert "ConditionExpression" not in bare.request
    assert bare.otherwise is None


def test_a_fresh_item_is_put_only_where_there_is_none():
    step = table.insert(Stock("A@MAIN", "b0"), WHY)
    assert step.request["ConditionExpression"] == "attribute_not_exists (#0)"
    assert step.request["ExpressionAttributeNames"] == {"#0": "s"}
    assert step.otherwise is WHY
    assert step.request["Item"] == KEY


@pytest.mark.parametrize("verb", ["Update", "Delete", "ConditionCheck"])
def test_other_steps_name_one_item_their_condition_and_its_meaning(verb):
    made = {
        "Update": lambda *key, **more: table.update(Stock, *key, actions=[Stock.held.set(2)], **more),
        "Delete": lambda *key, **more: table.delete(Stock, *key, **more),
        "ConditionCheck": lambda *key, **more: table.check(Stock, *key, **more),
    }[verb]
    step = made("A@MAIN", "b0", when=Stock.available == 1, otherwise=WHY)
    assert (step.verb, step.model, step.otherwise) == (verb, Stock, WHY)
    assert step.request["Key"] == KEY
    assert step.request["TableName"] == "jishi-stock"
    assert step.request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
    assert "a" in step.request["ExpressionAttributeNames"].values()
    assert step.target == ("jishi-stock", repr([{"S": "b0"}, {"S": "A@MAIN"}]))
    assert step.target == table.delete(Movement, "A@MAIN", "b0").target
    assert made("A@MAIN", "b0", when=Stock.available == 1).otherwise is None


def test_an_item_without_a_range_key_is_named_by_its_hash_key_alone():
    for step in (
        table.update(Order, "O1", actions=[Order.state.set("x")]), table.delete(Order, "O1"),
        table.check(Order, "O1", when=Order.state == "x"),
    ):  # fmt: skip
        assert step.request["Key"] == {"o": {"S": "O1"}}
        assert step.target == ("jishi-orders", repr([{"S": "O1"}]))
    assert table.key_of(Order, "O1") == {"o": {"S": "O1"}}
    assert table.key_of(Stock, "A@MAIN", "b0") == KEY
    assert table.put(Stock("A@MAIN", "b0")).target == table.delete(Stock, "A@MAIN", "b0").target


def test_an_update_says_its_actions(ground):
    write(table.insert(Stock("A@MAIN", "b0", available=5, held=1)))
    write(table.update(Stock, "A@MAIN", "b0", actions=[Stock.available.add(-2), Stock.held.set(9)]))
    (row,) = ground.rows(Stock)
    assert (row.available, row.held) == (3, 9)
    write(table.delete(Stock, "A@MAIN", "b0"))
    assert ground.rows(Stock) == []


# ---- reads ----------------------------------------------------------------------------------------------------------
def test_a_read_answers_the_item_or_none(ground):
    write(table.insert(Stock("A@MAIN", "b0", available=5)))
    ground.calls.clear()
    found = table.get(Stock, "A@MAIN", "b0")
    assert (found.place, found.available) == ("A@MAIN", 5)
    assert table.get(Stock, "A@MAIN", "b1", consistent=True) is None
    assert table.get(Order, "O1") is None
    assert ground.calls == [
        ("GetItem", {"TableName": "jishi-stock", "Key": KEY, "ConsistentRead": False}),
        ("GetItem", {"TableName": "jishi-stock", "Key": {**KEY, "b": {"S": "b1"}}, "ConsistentRead": True}),
        ("GetItem", {"TableName": "jishi-orders", "Key": {"o": {"S": "O1"}}, "ConsistentRead": False}),
    ]


def test_a_read_waits_as_long_as_it_was_given(ground):
    ground.script = [failing("ThrottlingException"), lost_answer]
    assert table.get(Stock, "A@MAIN", "b0") is None
    assert ground.ops == ["GetItem"] * 3
    ground.script, begun = [failing("ThrottlingException")] * 300, ground.stage.waited
    with pytest.raises(Overloaded):
        table.get(Stock, "A@MAIN", "b0", deadline=Deadline(1.0))
    assert 1.0 <= ground.stage.waited - begun < 2.0


def test_a_batch_answers_in_the_order_of_its_keys_each_read_once(ground):
    write(
        table.insert(Stock("A@MAIN", "b0", available=1)),
        table.insert(Movement("A@MAIN", "level", delta=2, reason="w", actor="A1", at=datetime(2026, 1, 2, tzinfo=UTC))),
        table.insert(Order("O1", state="placed")),
    )
    ground.calls.clear()
    found = table.batch([
        Key(Order, "O1"), Key(Stock, "A@MAIN", "b0"), Key(Stock, "X", "b0"), Key(Movement, "A@MAIN", "level"),
        Key(Order, "O1"),
    ])  # fmt: skip
    assert [type(row).__name__ for row in found] == ["Order", "Stock", "NoneType", "Movement", "Order"]
    assert (found[0].state, found[1].available, found[3].delta) == ("placed", 1, 2)
    ((op, body),) = ground.calls
    assert op == "BatchGetItem"
    assert {name: (len(wish["Keys"]), wish["ConsistentRead"]) for name, wish in body["RequestItems"].items()} == {
        "jishi-orders": (1, False),
        "jishi-stock": (3, False),
    }
    table.batch([Key(Order, "O1")], consistent=True)
    assert ground.calls[-1][1]["RequestItems"]["jishi-orders"]["ConsistentRead"] is True


def test_no_keys_are_read_without_a_call(ground):
    assert table.batch([]) == []
    assert ground.calls == []


def test_more_than_a_hundred_keys_are_read_in_several_rounds(ground):
    write(*(table.insert(Stock(f"S{n}", "b0", available=n)) for n in range(99)))
    write(*(table.insert(Stock(f"S{n}", "b0", available=n)) for n in range(99, 150)))
    ground.calls.clear()
    found = table.batch([Key(Stock, f"S{n}", "b0") for n in range(150)])
    assert [int(row.available) for row in found] == list(range(150))
    sizes = [len(body["RequestItems"]["jishi-stock"]["Keys"]) for body in ground.bodies("BatchGetItem")]
    assert sizes == [100, 50]


def test_what_a_batch_hands_back_is_asked_for_again_after_a_pause(ground):
    write(*(table.insert(Stock(f"S{n}", "b0", available=n)) for n in range(3)))
    ground.calls.clear()

    def one_only(call, effect):
        keys = call.body["RequestItems"]["jishi-stock"]["Keys"]
        call.body["RequestItems"]["jishi-stock"]["Keys"] = keys[:1]
        reply = effect()
        reply.body["UnprocessedKeys"] = {"jishi-stock": {"Keys": keys[1:], "ConsistentRead": True}}
        return reply

    ground.script = [one_only]
    found = table.batch([Key(Stock, f"S{n}", "b0") for n in range(3)], consistent=True)
    assert [int(row.available) for row in found] == [0, 1, 2]
    again = ground.bodies("BatchGetItem")[1]["RequestItems"]["jishi-stock"]
    assert (len(again["Keys"]), again["ConsistentRead"]) == (2, True)
    assert ground.stage.waited > 0


def test_a_batch_that_is_never_done_is_given_up_after_four_seconds(ground):
    def nothing(call, effect):
        keys = call.body["RequestItems"]["jishi-stock"]["Keys"]
        return answering(Responses={}, UnprocessedKeys={"jishi-stock": {"Keys": keys}})(call, effect)

    ground.script = [nothing] * 300
    with pytest.raises(Overloaded):
        table.batch([Key(Stock, "S1", "b0")])
    assert 4.0 <= ground.stage.waited < 5.0
    for first in ([], [nothing] * 9):  # leftovers and throttling share the four seconds
        ground.script, begun = [*first, *[failing("ThrottlingException")] * 300], ground.stage.waited
        with pytest.raises(Overloaded):
            table.batch([Key(Stock, "S1", "b0")])
        assert 4.0 <= ground.stage.waited - begun < 5.0


def test_an_answer_without_items_or_leftovers_is_an_empty_one(ground):
    ground.script = [answering()]
    assert table.batch([Key(Stock, "S1", "b0")]) == [None]


# ---- queries --------------------------------------------------------------------------------------------------------
def buckets(count=5):
    write(
        *(table.insert(Stock("A@MAIN", f"b{n}", available=n)) for n in range(count)),
        table.insert(Stock("A@MAIN", "level", on_hand=9)),
    )


def test_a_query_goes_page_by_page_to_the_end_and_back(ground):
    buckets()
    first, more = table.query(Stock, "A@MAIN", limit=4)
    second, end = table.query(Stock, "A@MAIN", limit=4, cursor=more)
    assert [row.part for row in first + second] == ["b0", "b1", "b2", "b3", "b4", "level"]
    assert end is None
    back, more = table.query(Stock, "A@MAIN", limit=4, newest_first=True)
    assert [row.part for row in back] == ["level", "b4", "b3", "b2"]
    rest, end = table.query(Stock, "A@MAIN", limit=4, newest_first=True, cursor=more)
    assert ([row.part for row in rest], end) == (["b1", "b0"], None)


def test_a_query_asks_just_this(ground):
    buckets(1)
    ground.calls.clear()
    table.query(Stock, "A@MAIN", consistent=True)
    table.query(Stock, "A@MAIN", begins=("b", "b0"), limit=3)
    table.query(Order, "C1", index="by_customer", hash_name="u", between=("o", "O1", "O2"), newest_first=True)
    plain = {
        "TableName": "jishi-stock", "KeyConditionExpression": "#h = :h", "Limit": 20, "ScanIndexForward": True,
        "ConsistentRead": True, "ExpressionAttributeNames": {"#h": "s"}, "ExpressionAttributeValues": {":h": {"S": "A@MAIN"}},
    }  # fmt: skip
    assert ground.calls == [
        ("Query", plain),
        (
            "Query",
            {
                **plain,
                "KeyConditionExpression": "#h = :h AND begins_with(#r, :r)",
                "Limit": 3,
                "ConsistentRead": False,
                "ExpressionAttributeNames": {"#h": "s", "#r": "b"},
                "ExpressionAttributeValues": {":h": {"S": "A@MAIN"}, ":r": {"S": "b0"}},
            },
        ),
        (
            "Query",
            {
                "TableName": "jishi-orders",
                "IndexName": "by_customer",
                "Limit": 20,
                "ScanIndexForward": False,
                "KeyConditionExpression": "#h = :h AND #r BETWEEN :a AND :z",
                "ConsistentRead": False,
                "ExpressionAttributeNames": {"#h": "u", "#r": "o"},
                "ExpressionAttributeValues": {":h": {"S": "C1"}, ":a": {"S": "O1"}, ":z": {"S": "O2"}},
            },
        ),
    ]


def test_a_query_within_bounds_answers_what_lies_within(ground):
    buckets()
    assert [r.part for r in table.query(Stock, "A@MAIN", begins=("b", "b"))[0]] == ["b0", "b1", "b2", "b3", "b4"]
    assert [r.part for r in table.query(Stock, "A@MAIN", between=("b", "b1", "b3"))[0]] == ["b1", "b2", "b3"]
    assert table.query(Stock, "X@MAIN") == ([], None)


@pytest.mark.parametrize("key", ["", "x" * 1025, "中" * 342])
def test_under_a_key_that_no_item_can_have_nothing_is_asked_for(ground, key):
    assert table.query(Stock, key, begins=("b", "b")) == ([], None)
    assert ground.calls == []


def test_a_cursor_is_good_for_its_own_query_only(ground):
    buckets()
    write(table.insert(Stock("B@MAIN", "b0")))
    asked = {
        "plain": {}, "begins": {"begins": ("b", "b")}, "between": {"between": ("b", "b0", "b9")}, 
        "newest": {"newest_first": True},
    }  # fmt: skip
    cursors = {name: table.query(Stock, "A@MAIN", limit=2, **how)[1] for name, how in asked.items()}
    assert len(set(cursors.values())) == 4
    for name, how in asked.items():
        for other, cursor in cursors.items():
            if other == name:
                assert table.query(Stock, "A@MAIN", limit=2, cursor=cursor, **how)[0]
            else:
                with pytest.raises(CursorInvalid):
                    table.query(Stock, "A@MAIN", limit=2, cursor=cursor, **how)
    with pytest.raises(CursorInvalid):
        table.query(Stock, "B@MAIN", limit=2, cursor=cursors["plain"])
    with pytest.raises(CursorInvalid):
        table.query(Order, "A@MAIN", index="by_customer", hash_name="u", cursor=cursors["plain"])
    with pytest.raises(CursorInvalid):
        table.query(Stock, "A@MAIN", limit=2, cursor="made.up")


def test_a_query_waits_out_what_passes(ground):
    buckets(1)
    ground.script = [failing("ThrottlingException"), lost_answer]
    assert len(table.query(Stock, "A@MAIN")[0]) == 2
    ground.script = [failing("ValidationException")]
    with pytest.raises(ClientError):
        table.query(Stock, "A@MAIN")


def test_all_pages_of_a_call_follow_each_other(ground):
    buckets()
    ground.calls.clear()
    ground.script = [failing("ThrottlingException")]
    found = list(table.pages(clients.client("dynamodb").scan, TableName="jishi-stock", Limit=2))
    assert [len(page) for page in found][:3] == [2, 2, 2]
    assert [item["b"]["S"] for page in found for item in page] == ["b0", "b1", "b2", "b3", "b4", "level"]
    bodies = ground.bodies("Scan")
    assert all((body["TableName"], body["Limit"]) == ("jishi-stock", 2) for body in bodies)
    assert "ExclusiveStartKey" not in bodies[1]
    assert bodies[2]["ExclusiveStartKey"]["b"] == {"S": "b1"}


def test_texts_and_whole_numbers_travel_as_dynamodb_takes_them():
    assert table.raw("5") == {"S": "5"}
    assert table.raw(5) == {"N": "5"}
    assert table.raw(Fen(7)) == {"N": "7"}
    assert table.read(Stock, None) is None
    assert table.read(Stock, {}) is None
    assert table.read(Stock, KEY).place == "A@MAIN"


# ---- keys that no item can have -------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["", "Z" * 1025, "集" * 400], ids=["empty", "long", "long in bytes"])
def test_a_key_that_no_item_can_have_is_asked_of_nobody(ground, text):
    assert table.get(Order, text) is None
    assert table.get(Stock, "A@MAIN", text) is None
    assert table.batch([Key(Order, text), Key(Stock, text, "b0")]) == [None, None]
    assert ground.ops == []
    assert table.get(Order, "Z" * 1024) is None
    assert ground.ops == ["GetItem"]


# ---- moving along the edges of a state machine ----------------------------------------------------------------------
def test_an_action_is_a_write_from_its_sources_to_its_target():
    step = table.transition(Order, "O1", ORDER, "pay", Order.payment.set("P1"))
    assert (
        step.request
        == table.update(
            Order,
            "O1",
            actions=[Order.state.set("paid"), Order.payment.set("P1")],
            when=Order.state.is_in("placed"),
        ).request
    )
    assert step.otherwise == ORDER.refusal


def test_a_further_condition_is_asked_beside_the_state_and_may_have_its_own_refusal():
    also, raced = Order.payable == Fen(5), StaleOrder()
    step = table.transition(Order, "O1", ORDER, "annul", also=also, otherwise=raced)
    assert (
        step.request
        == table.update(
            Order,
            "O1",
            actions=[Order.state.set("annulled")],
            when=Order.state.is_in("paid") & also,
        ).request
    )
    assert step.otherwise is raced


def test_an_action_of_no_state_is_no_write():
    with pytest.raises(KeyError, match="paint"):
        table.transition(Order, "O1", ORDER, "paint")


# ---- instants, whole partitions, indexes of keys --------------------------------------------------------------------
def test_an_instant_is_kept_as_milliseconds_and_read_as_aware_utc():
    attribute, at = InstantAttribute(), datetime(2026, 6, 1, 8, 30, 0, 123000, tzinfo=UTC)
    assert (attribute.serialize(at), attribute.attr_type) == ("1780302600123", "N")
    assert attribute.deserialize("1780302600123") == at
    assert attribute.deserialize("0").tzinfo is UTC
    assert table.raw(at) == {"N": "1780302600123"}


def test_every_item_under_a_key_comes_page_by_page(ground, monkeypatch):
    write(*(table.insert(Stock("A@MAIN", f"b{n}", available=n)) for n in range(7)), table.insert(Stock("A@MAIN", "x")))
    asked = clients.client("dynamodb").query
    monkeypatch.setattr(clients.client("dynamodb"), "query", lambda **more: asked(**more, Limit=3))
    ground.calls.clear()
    assert [row.available for row in table.every(Stock, "A@MAIN", begins=("b", "b"))] == list(range(7))
    assert ground.ops == ["Query"] * 3
    assert ground.calls[0][1]["ConsistentRead"] is False
    assert [row.part for row in table.every(Stock, "A@MAIN", between=("b", "b5", "x"), consistent=True)] == [
        "b5",
        "b6",
        "x",
    ]
    assert ground.calls[-1][1]["ConsistentRead"] is True
    assert list(table.every(Stock, "B@MAIN")) == []


def test_a_list_of_keys_is_read_whole_in_one_batch(ground):
    rows = [Order(f"O{n}", customer="U1", day="d", state="placed", payable=Fen(n)) for n in range(3)]
    write(*map(table.insert, rows))
    ground.calls.clear()
    found, more = table.listed(Order, "U1", index="by_customer", hash_name="u", limit=2, newest_first=True)
    assert ([row.payable for row in found], ground.ops) == ([2, 1], ["Query", "BatchGetItem"])
    ground.calls.clear()
    rest, end = table.listed(
        Order, "U1", index="by_customer", hash_name="u", limit=2, newest_first=True, cursor=more, consistent=True
    )
    assert ([row.payable for row in rest], end) == ([0], None)
    assert ground.calls[-1][1]["RequestItems"]["jishi-orders"]["ConsistentRead"] is True
    assert ground.calls[0][1]["IndexName"] == "by_customer"


def test_what_an_index_still_names_and_the_table_has_no_more_is_left_out_of_a_list(ground, monkeypatch):
    write(*(table.insert(Order(f"O{n}", customer="U1", day="d", state="placed", payable=Fen(n))) for n in range(3)))
    client = clients.client("dynamodb")
    asked = client.batch_get_item

    def without_one(**more):
        answer = asked(**more)
        kept = [item for item in answer["Responses"]["jishi-orders"] if item["o"]["S"] != "O1"]
        return answer | {"Responses": {"jishi-orders": kept}}

    monkeypatch.setattr(client, "batch_get_item", without_one)
    found, _ = table.listed(Order, "U1", index="by_customer", hash_name="u")
    assert [row.payable for row in found] == [0, 2]
