"""The bill of a DynamoDB call: sizes, rounding, transactions, indexes."""

from __future__ import annotations

import pytest

from bench.units import (
    Bill,
    Index,
    add_read,
    add_write,
    counted,
    indexes_of,
    item_size,
    size,
    touched_names,
    write_bill,
)

LISTS = {"orders": [Index(frozenset({"u"}), frozenset()), Index(frozenset({"g"}), frozenset())]}
NOTHING = lambda _table, _key: 0


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ({"S": "abc"}, 3), ({"S": "集市"}, 6), ({"N": "0"}, 2), ({"N": "123"}, 3), ({"N": "-1200"}, 3), ({"N": "12.5"}, 3),
        ({"BOOL": True}, 1), ({"NULL": True}, 1), ({"B": b"1234"}, 4), ({"SS": ["a", "bc"]}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 3 + 3), ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
    ],
)  # fmt: skip
def test_a_value_weighs_what_dynamodb_says(value, bytes_: int) -> None:
    assert size(value) == bytes_


def test_an_item_weighs_its_names_too() -> None:
    assert item_size({"id": {"S": "O1"}, "n": {"N": "7"}}) == 2 + 2 + 1 + 2


@pytest.mark.parametrize(("bytes_", "units"), [(1, 1), (1020, 1), (1025, 2)])
def test_a_put_costs_a_unit_a_started_kilobyte_and_twice_in_a_transaction(bytes_: int, units: int) -> None:
    item = {"k": {"S": "x" * (bytes_ - 1)}} if bytes_ > 1 else {"k": {"S": ""}}
    request = {"TableName": "t", "Item": item}
    assert write_bill("Put", request, {}, NOTHING, transactional=False) == (units, 0)
    assert write_bill("Put", request, {}, NOTHING, transactional=True) == (2 * units, 0)


def test_the_larger_of_before_and_after_is_billed() -> None:
    request = {"TableName": "t", "Key": {"k": {"S": "1"}}, "UpdateExpression": "SET #0 = :0"}
    assert write_bill("Update", request, {}, lambda *_: 3000, transactional=True) == (6, 0)


def test_an_index_costs_when_its_entry_is_made_changed_or_moved() -> None:
    key = {"TableName": "orders", "Key": {"o": {"S": "1"}}}
    put = {"TableName": "orders", "Item": {"o": {"S": "1"}, "u": {"S": "c"}}}
    assert write_bill("Put", put, LISTS, NOTHING, transactional=True) == (2, 2), "one list holds it, the other does not"
    state = {**key, "UpdateExpression": "SET #0 = :0", "ExpressionAttributeNames": {"#0": "s"}}
    assert write_bill("Update", state, LISTS, NOTHING, transactional=True) == (2, 0)
    moved = {**key, "UpdateExpression": "SET #0 = :0", "ExpressionAttributeNames": {"#0": "u"}}
    assert write_bill("Update", moved, LISTS, NOTHING, transactional=True) == (2, 4)
    everything = {"orders": [Index(frozenset({"u"}), None)]}
    assert write_bill("Update", state, everything, NOTHING, transactional=False) == (1, 1)


def test_the_names_an_update_changes_are_read_from_its_expression() -> None:
    request = {
        "UpdateExpression": "SET #0 = if_not_exists(#0, :a), #1.#2 = :b REMOVE #3[0] ADD held :c",
        "ExpressionAttributeNames": {"#0": "total", "#1": "lines", "#2": "SKU1", "#3": "notes"},
    }
    assert touched_names(request) == {"total", "lines", "notes", "held"}


def test_a_transaction_is_one_round_trip_of_doubled_units_and_checks_count() -> None:
    bill = Bill()
    steps = [
        {"Put": {"TableName": "orders", "Item": {"o": {"S": "1"}, "u": {"S": "c"}, "g": {"S": "d"}}}},
        {"Update": {"TableName": "stock", "Key": {"s": {"S": "1"}}, "UpdateExpression": "ADD a :1"}},
        {"ConditionCheck": {"TableName": "stock", "Key": {"s": {"S": "2"}}}},
    ]
    add_write(bill, "TransactWriteItems", {"TransactItems": steps}, LISTS, NOTHING)
    assert (bill.writes, bill.write_units, bill.index_units) == (1, 6, 4)


def test_reads_round_a_query_once_and_a_batch_by_item() -> None:
    bill = Bill()
    thick = {"k": {"S": "x" * 3000}}
    add_read(bill, "Query", {"TableName": "t"}, {"Items": [thick, thick]})
    assert bill.read_units == 1.0, "6,002 bytes are two started blocks at half a unit"
    wish = {"RequestItems": {"t": {"Keys": [{}, {}, {}], "ConsistentRead": True}}}
    add_read(bill, "BatchGetItem", wish, {"Responses": {"t": [thick, thick]}})
    assert bill.read_units == 1.0 + 3.0, "an absent item is billed as a small one"
    add_read(bill, "TransactGetItems", {}, {"Responses": [{"Item": thick}]})
    assert bill.read_units == 4.0 + 2.0
    assert bill.reads == 3


def test_the_counter_sees_every_call_of_the_client_and_then_lets_go(engine) -> None:
    from chalicelib.runtime import clients
    from infra import tables

    db = clients.client("dynamodb")
    with counted(db, indexes_of(tables.definitions())) as bill:
        db.put_item(TableName="jishi-journal", Item={"k": {"S": "1"}})
        db.get_item(TableName="jishi-journal", Key={"k": {"S": "1"}}, ConsistentRead=True)
    db.get_item(TableName="jishi-journal", Key={"k": {"S": "1"}})
    assert bill.calls == ["PutItem", "GetItem"]
    assert (bill.writes, bill.units, bill.reads, bill.read_units) == (1, 1, 1, 1)


def test_the_lists_of_orders_are_known_as_key_only_indexes() -> None:
    from infra import tables

    assert indexes_of(tables.definitions())["jishi-orders"] == LISTS["orders"]
