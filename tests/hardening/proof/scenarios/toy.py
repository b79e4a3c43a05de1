"""The harness' own self-test: a tiny shop over one table, written twice.

`Sound` does each business step in one transaction under conditions; `Careless` reads, then writes one thing after the
other. The harness must find nothing in the first and much in the second, and every seeded bug of the first.
Stock starts at 3; an order goes PENDING -> PAID or CANCELLED; money that cannot be kept is refunded once.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from tests.hardening.proof.hook import installed
from tests.hardening.proof.scenario import Scenario, Stage, Step

TABLE, STOCK = "toy", 3
SCHEMA = {
    "TableName": TABLE,
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}
PASSING = {"TransactionConflict", "ThrottlingError"}
_clients: list[Any] = []


def client() -> Any:
    """The toy's own client; the SDK re-sends by itself, which is part of the test."""
    if not _clients:
        _clients.append(boto3.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": 3})))
    return _clients[0]


def read(pk: str) -> dict[str, Any] | None:
    item = client().get_item(TableName=TABLE, Key={"pk": {"S": pk}}, ConsistentRead=True).get("Item")
    return {name: next(iter(value.values())) for name, value in item.items()} if item else None


def put(pk: str, **text: str) -> dict[str, Any]:
    item = {"pk": {"S": pk}, **{name: {"S": value} for name, value in text.items()}}
    return {"Put": {"TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def change(pk: str, what: str, when: str, **values: Any) -> dict[str, Any]:
    bound = {f":{k}": {"N": str(v)} if isinstance(v, int) else {"S": v} for k, v in values.items()}
    return {
        "Update": {
            "TableName": TABLE,
            "Key": {"pk": {"S": pk}},
            "UpdateExpression": what,
            **({"ConditionExpression": when} if when else {}),
            "ExpressionAttributeValues": bound,
        }
    }


def commit(token: str, *actions: dict[str, Any]) -> bool:
    """True when committed, False when a condition failed; trouble is waited out a few times, then raised."""
    for _ in range(4):
        try:
            client().transact_write_items(TransactItems=list(actions), ClientRequestToken=token)
            return True
        except (ConnectionError, HTTPClientError):
            continue
        except ClientError as error:
            reasons = {one["Code"] for one in error.response.get("CancellationReasons", [])}
            if reasons & PASSING or error.response["Error"]["Code"] == "TransactionInProgressException":
                continue
            if not reasons:
                raise
            return False
    raise RuntimeError("the trouble did not pass")


class Sound:
    """One transaction a step."""

    def place(self, order: str, quantity: int) -> str:
        if commit(
            f"place-{order}",
            change("stock", "ADD avail :m", "avail >= :q", m=-quantity, q=quantity),
            put(f"o#{order}", st="PENDING", q=str(quantity)),
        ):
            return "placed"
        return "placed" if read(f"o#{order}") else "sold out"

    def pay(self, order: str, txn: str) -> str:
        for _ in range(5):
            found = read(f"o#{order}")
            if found is None:
                raise RuntimeError("a notice before its order: the sender tries again")
            if read(f"pay#{txn}") or read(f"refund#{txn}"):
                return "taken"
            if found["st"] == "PENDING":
                paying = change(f"o#{order}", "SET st = :p", "st = :w", p="PAID", w="PENDING")
                if commit(f"pay-{txn}", paying, put(f"pay#{txn}", o=order)):
                    return "taken"
            elif commit(f"refund-{txn}", put(f"refund#{txn}", o=order)):
                return "taken"
        raise RuntimeError("lost too many races")

    def cancel(self, order: str) -> str:
        found = read(f"o#{order}")
        if found and found["st"] == "PENDING":
            commit(
                f"cancel-{order}",
                change(f"o#{order}", "SET st = :c", "st = :w", c="CANCELLED", w="PENDING"),
                change("stock", "ADD avail :q", "attribute_exists(pk)", q=int(found["q"])),
            )
        found = read(f"o#{order}")
        return found["st"] if found else "none"


class Careless(Sound):
    """Read, then write one thing after the other."""

    def place(self, order: str, quantity: int) -> str:
        if read(f"o#{order}"):
            return "placed"
        try:
            taking = change("stock", "ADD avail :m", "avail >= :q", m=-quantity, q=quantity)
            client().update_item(**taking["Update"])
        except ClientError:
            return "sold out"
        client().put_item(TableName=TABLE, Item=put(f"o#{order}", st="PENDING", q=str(quantity))["Put"]["Item"])
        return "placed"

    def pay(self, order: str, txn: str) -> str:
        found = read(f"o#{order}")
        if found is None:
            raise RuntimeError("a notice before its order")
        if found["st"] == "PENDING":
            client().update_item(**change(f"o#{order}", "SET st = :p", "", p="PAID")["Update"])
            client().put_item(TableName=TABLE, Item=put(f"pay#{txn}", o=order)["Put"]["Item"])
        elif found["st"] == "CANCELLED" or not read(f"pay#{txn}"):
            client().put_item(TableName=TABLE, Item=put(f"refund#{txn}", o=order)["Put"]["Item"])
        return "taken"

    def cancel(self, order: str) -> str:
        found = read(f"o#{order}")
        if found and found["st"] == "PENDING":
            client().update_item(**change(f"o#{order}", "SET st = :c", "", c="CANCELLED")["Update"])
            client().update_item(**change("stock", "ADD avail :q", "", q=int(found["q"]))["Update"])
        found = read(f"o#{order}")
        return found["st"] if found else "none"


def audit(stage: Any, final: bool) -> list[str]:
    """The books of the toy: stock, and each buyer's money kept or given back exactly once."""
    rows = {item["pk"]["S"]: item for item in stage.cloud.engine.rows(TABLE)}
    orders = {pk[2:]: item for pk, item in rows.items() if pk.startswith("o#")}
    available = int(rows["stock"]["avail"]["N"])
    held = sum(int(item["q"]["S"]) for item in orders.values() if item["st"]["S"] != "CANCELLED")
    found = []
    if available < 0 or available + held != STOCK:
        found.append(f"stock: {available} available and {held} held of {STOCK}")
    for order, item in orders.items():
        facts = [pk for pk, row in rows.items() if pk.startswith("pay#") and row["o"]["S"] == order]
        if (item["st"]["S"] == "PAID") != (len(facts) == 1) or len(facts) > 1:
            found.append(f"order {order} is {item['st']['S']} with {len(facts)} payments")
    for order, txn in stage.notes.get("captured", []) if final else []:
        settled = (f"pay#{txn}" in rows) + (f"refund#{txn}" in rows)
        if settled != 1:
            found.append(f"money: {txn} of {order} settled {settled} times")
    return found


def scenarios(shop: Sound, prefix: str = "toy") -> list[Scenario]:
    """The toy's workflows over one implementation."""

    def build() -> Stage:
        stage = Stage()
        stage.cloud.engine.create(SCHEMA)
        with installed(stage.cloud):
            client().put_item(TableName=TABLE, Item={"pk": {"S": "stock"}, "avail": {"N": str(STOCK)}})
        stage.notes["captured"] = []
        return stage

    def place(order: str, quantity: int) -> Step:
        return Step(f"place {order}", lambda stage: shop.place(order, quantity))

    def pay(order: str, txn: str) -> Step:
        def act(stage: Any) -> str:
            if (order, txn) not in stage.notes["captured"]:
                stage.notes["captured"].append((order, txn))
            return shop.pay(order, txn)

        return Step(f"pay {txn}", act)

    def cancel(order: str) -> Step:
        return Step(f"cancel {order}", lambda stage: shop.cancel(order), moody=True)

    def story(
        name: str, *steps: Step, ends: dict[str, str], races: list[list[str]], triples: list[list[str]] | None = None
    ) -> Scenario:
        """`ends`: the states of orders, and of what order a payment or refund is, after a clean run."""

        def reaches(stage: Stage) -> list[str]:
            found = {
                row["pk"]["S"]: row["st" if "st" in row else "o"]["S"]
                for row in stage.cloud.engine.rows(TABLE)
                if row["pk"]["S"] != "stock"
            }
            return [] if found == ends else [f"clean run: {found}, not {ends}"]

        return Scenario(f"{prefix}.{name}", build, steps, audit, races=races, triples=triples or [], reaches=reaches)

    return [
        story(
            "pay",
            place("a", 1),
            pay("a", "t1"),
            ends={"o#a": "PAID", "pay#t1": "a"},
            races=[["pay t1", "pay t1"], ["place a", "place a"]],
        ),
        story(
            "late",
            place("a", 2),
            cancel("a"),
            pay("a", "t1"),
            ends={"o#a": "CANCELLED", "refund#t1": "a"},
            races=[["cancel a", "pay t1"]],
        ),
        story(
            "double",
            place("a", 2),
            pay("a", "t1"),
            pay("a", "t2"),
            cancel("a"),
            ends={"o#a": "PAID", "pay#t1": "a", "refund#t2": "a"},
            races=[["pay t1", "pay t2"]],
            triples=[["pay t1", "pay t2", "cancel a"]],
        ),
        story("last", place("a", 2), place("b", 2), ends={"o#a": "PENDING"}, races=[["place a", "place b"]]),
    ]
