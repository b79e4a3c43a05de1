"""The exact engine held against moto: the same random operations, the same answers, the same items.

What moto does not have (token memory, refusals of unused placeholders, lagging reads) is tested for itself.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.hardening.proof.engine import Engine, Fault

SCHEMA = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "h", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("h", "r", "g")],
    "GlobalSecondaryIndexes": [
        {"IndexName": "by_g",
         "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
         "Projection": {"ProjectionType": "KEYS_ONLY"}}
    ],
}  # fmt: skip
KEYS = st.tuples(st.sampled_from("ab"), st.sampled_from("123"))
NUMBERS = st.integers(-3, 3).map(lambda n: {"N": str(n)})
CONDITIONS = [
    None, "attribute_not_exists(h)", "attribute_exists(#n)", "#n >= :v", "#n = :v OR attribute_not_exists(#n)",
    "NOT #n < :v", "#n BETWEEN :v AND :w", "#n IN (:v, :w)", "attribute_exists(h) AND (#n <> :v)",
    "attribute_exists(#s) AND size(#s) > :v",
    "begins_with(#s, :s)", "contains(#s, :s)", "attribute_type(#n, :k)",
]  # fmt: skip
UPDATES = [
    "SET #n = :v", "SET #n = if_not_exists(#n, :w) + :v", "ADD #n :v", "SET #s = :s REMOVE #n", "REMOVE #m.#s",
    "SET #m = :m", "SET #m.#s = :s", "ADD #n :v SET #g = :s", "SET #l = list_append(if_not_exists(#l, :e), :l)", "ADD #b :b",
    "DELETE #b :b",
]  # fmt: skip
NAMES = {"#n": "n", "#s": "s", "#m": "m", "#g": "g", "#l": "l", "#b": "b"}


def used(values: dict[str, Any], *texts: str | None) -> dict[str, Any]:
    """Exactly the placeholders that the expressions use."""
    import re

    words = set(re.findall(r"[#:]\w+", " ".join(text for text in texts if text)))
    names, bound = {n: NAMES[n] for n in words if n[0] == "#"}, {v: values[v] for v in words if v[0] == ":"}
    found: dict[str, Any] = {}
    if names:
        found["ExpressionAttributeNames"] = names
    if bound:
        found["ExpressionAttributeValues"] = bound
    return found


@st.composite
def writes(draw: Any) -> tuple[str, dict[str, Any]]:
    """A Put, Update, Delete or ConditionCheck of one of six items."""
    h, r = draw(KEYS)
    key = {"h": {"S": h}, "r": {"S": r}}
    values = {
        ":v": draw(NUMBERS), ":w": draw(NUMBERS), ":s": {"S": draw(st.sampled_from(["x", "xy", "z"]))}, ":k": {"S": "N"},
        ":m": {"M": {"s": {"S": "deep"}}}, ":e": {"L": []}, ":l": {"L": [{"N": "1"}]},
        ":b": {"SS": [draw(st.sampled_from("pq"))]},
    }  # fmt: skip
    verb = draw(st.sampled_from(["Put", "Update", "Update", "Delete", "ConditionCheck"]))
    when = draw(st.sampled_from(CONDITIONS if verb != "ConditionCheck" else CONDITIONS[1:]))
    body: dict[str, Any] = {"TableName": "t", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    change = draw(st.sampled_from(UPDATES)) if verb == "Update" else None
    if verb == "Put":
        body["Item"] = {**key, "n": values[":v"], "s": values[":s"], "g": values[":s"]}
    else:
        body["Key"] = key
    if change:
        body["UpdateExpression"] = change
    if when:
        body["ConditionExpression"] = when
    return verb, {**body, **used(values, when, change)}


class Ours:
    def __init__(self) -> None:
        self.engine = Engine()
        self.engine.create(SCHEMA)

    def __call__(self, op: str, body: dict[str, Any]) -> Any:
        try:
            return self.engine.answer(op, body)
        except Fault as fault:
            return fault.code, [reason["Code"] for reason in fault.more.get("CancellationReasons", [])]


class Motos:
    def __init__(self, client: Any) -> None:
        self.client = client
        existing = client.list_tables()["TableNames"]
        if "t" in existing:
            client.delete_table(TableName="t")
        client.create_table(**SCHEMA, BillingMode="PAY_PER_REQUEST")

    def __call__(self, op: str, body: dict[str, Any]) -> Any:
        from botocore import xform_name
        from botocore.exceptions import ClientError

        try:
            answer = getattr(self.client, xform_name(op))(**body)
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            return error.response["Error"]["Code"], [reason.get("Code") for reason in reasons]
        answer.pop("ResponseMetadata", None)
        return answer


@pytest.fixture(scope="module")
def client():
    import boto3
    from moto import mock_aws

    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def told(answer: Any) -> Any:
    """An answer as far as both must agree: a refusal's code and reasons, or that it was done."""
    return answer if isinstance(answer, tuple) else "done"


def state(engine: Any) -> list[Any]:
    items = engine("Scan", {"TableName": "t", "ConsistentRead": True})["Items"]
    return sorted(repr(sorted((k, sorted(v["SS"]) if "SS" in v else v) for k, v in item.items())) for item in items)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
    phases=[Phase.generate],
)
@given(st.lists(st.one_of(writes().map(lambda one: [one]), st.lists(writes(), min_size=2, max_size=4)), max_size=14))
def test_the_engine_answers_as_moto_does(client, steps):
    ours, motos = Ours(), Motos(client)
    for step in steps:
        verb, body = step[0]
        if len(step) == 1 and verb != "ConditionCheck":
            op = f"{verb}Item"
            assert told(ours(op, body)) == told(motos(op, body)), (op, body)
        else:
            keys = {str(one.get("Key") or {k: one["Item"][k] for k in ("h", "r")}) for _, one in step}
            if len(keys) == len(step):
                request = {"TransactItems": [{verb: one} for verb, one in step]}
                mine, theirs = told(ours("TransactWriteItems", request)), told(motos("TransactWriteItems", request))
                if "ValidationException" in (mine[0], theirs[0]):  # which of two reasons is told first differs
                    assert isinstance(mine, tuple), request
                else:
                    assert mine == theirs, request
        assert state(ours) == state(motos), step
    for index, name in ((None, "h"), ("by_g", "g")):
        for value in ("a", "b", "x", "z"):
            query: dict[str, Any] = {
                "TableName": "t",
                "KeyConditionExpression": f"{name} = :x",
                "ExpressionAttributeValues": {":x": {"S": value}},
            }
            if index:
                query["IndexName"] = index
            mine, theirs = ours("Query", query), motos("Query", query)
            assert [one["r"] for one in mine["Items"]] == [one["r"] for one in theirs["Items"]]


def put(engine: Ours, r: str, **more: Any) -> Any:
    return engine("PutItem", {"TableName": "t", "Item": {"h": {"S": "a"}, "r": {"S": r}}, **more})


def test_a_token_is_remembered_compared_and_in_the_other_world_forgotten():
    ours = Ours()

    def add(amount: int) -> Any:
        change = {
            "TableName": "t", "Key": {"h": {"S": "a"}, "r": {"S": "1"}}, "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": str(amount)}},
        }  # fmt: skip
        return ours("TransactWriteItems", {"TransactItems": [{"Update": change}], "ClientRequestToken": "one"})

    assert add(1) == add(1) == {}
    assert add(2) == ("IdempotentParameterMismatchException", [])
    assert ours.engine.rows("t")[0]["n"] == {"N": "1"}
    ours.engine.remembers = False
    assert add(1) == {}
    assert ours.engine.rows("t")[0]["n"] == {"N": "2"}


def test_a_lagging_read_sees_the_past_and_a_consistent_one_does_not():
    ours = Ours()
    put(ours, "1")
    put(ours, "2")
    ours.engine.lag = 1
    query = {"TableName": "t", "KeyConditionExpression": "h = :h", "ExpressionAttributeValues": {":h": {"S": "a"}}}
    assert ours("Query", query)["Count"] == 1
    assert ours("Query", {**query, "ConsistentRead": True})["Count"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"ConditionExpression": "n > :v"},
        {"ConditionExpression": "n > :v", "ExpressionAttributeValues": {":v": {"N": "1"}, ":w": {"N": "1"}}},
        {"ConditionExpression": "n >"},
        {"ConditionExpression": "attribute_exists(#x)", "ExpressionAttributeNames": {"#x": "n", "#y": "m"}},
    ],
)
def test_what_dynamodb_refuses_is_refused(body):
    assert put(Ours(), "1", **body) == ("ValidationException", [])


def test_a_transaction_refuses_two_actions_on_one_item_and_too_many():
    ours = Ours()
    one = {"Put": {"TableName": "t", "Item": {"h": {"S": "a"}, "r": {"S": "1"}}}}
    assert ours("TransactWriteItems", {"TransactItems": [one, one]})[0] == "ValidationException"
    many = [{"Put": {"TableName": "t", "Item": {"h": {"S": "a"}, "r": {"S": str(n)}}}} for n in range(101)]
    assert ours("TransactWriteItems", {"TransactItems": many})[0] == "ValidationException"
    assert ours.engine.rows("t") == []


def test_putting_a_snapshot_back_undoes_everything():
    ours = Ours()
    put(ours, "1")
    saved = ours.engine.snapshot()
    put(ours, "2")
    ours.engine.restore(saved)
    assert [item["r"]["S"] for item in ours.engine.rows("t")] == ["1"]
    assert len(ours.engine.log) == 1
