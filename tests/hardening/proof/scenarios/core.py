"""The core under every fault: Work, perform, the journal, the relay, the due table, the sweep and a consumer.

A tiny bank of three accounts stands in for the contexts: what `Work` guarantees must hold whoever uses it.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from chalice.app import Blueprint
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Conflict
from chalicelib.records.orders.events import OrderPayDue, OrderPlaced
from chalicelib.runtime import relay
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Due, Journal
from chalicelib.runtime.table import Table, get, insert, update
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import Consumer
from tests.hardening.proof.scenario import Scenario, Step, expected
from tests.hardening.proof.shop import Shop, ask, relaying, sweeping, working

TABLE = "proof-bank"
SCHEMA = {
    "TableName": TABLE,
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
START = {"a": 10, "b": 0, "c": 0}
TOLD_BY_MOVE = 2  # facts of one move: one for now, one for later


class Short(Conflict):
    zh, en = "余额不足", "Not enough left"


class Row(Table):
    """An account, a receipt, or the count of a fact's effects."""

    class Meta:
        table_name = TABLE

    id = UnicodeAttribute(hash_key=True)
    sum = NumberAttribute(null=True)
    note = UnicodeAttribute(null=True)


def move(source: str, target: str, amount: int, work: Work) -> dict[str, Any]:
    """Move money under a key: two accounts, a receipt with a fresh id, a fact now and a fact later."""
    receipt = work.new_id("R")

    work.add(
        update(Row, source, actions=[Row.sum.add(-amount)], when=Row.sum >= amount, otherwise=Short()),
        update(Row, target, actions=[Row.sum.add(amount)]),
        insert(Row(receipt, sum=amount), Short()),
    )

    work.publish(OrderPlaced(receipt, work.caller.id, amount))
    work.publish(OrderPayDue(receipt), at=work.now + timedelta(minutes=7))
    return work.commit({"receipt": receipt})


def look_and_move(source: str, target: str, amount: int, work: Work) -> dict[str, Any]:
    """Refuses by what it read: a replay must still be answered."""
    row = get(Row, source, consistent=True)
    if row is None or int(row.sum) < amount:
        raise Short()
    return move(source, target, amount, work)


def label(account: str, text: str, work: Work) -> str:
    """A pure SET, repeatable."""
    step = update(Row, account, actions=[Row.note.set(text)], when=Row.id.exists(), otherwise=Short())
    return str(work.write_now(step).note)


def tell(work: Work) -> None:
    """A fact without a key and without another effect."""
    work.publish(OrderPlaced("untracked", work.caller.id, 0))
    work.commit()


MANY = 12  # more than the bus takes at once


def tell_many(work: Work) -> None:
    """So many facts in one step that the bus takes them in two batches."""
    for number in range(MANY):
        work.publish(OrderPlaced(f"many-{number}", work.caller.id, 0))
    work.commit()


def listener() -> Consumer:
    """Two handlers of one fact, remembered in the journal; one of another that is put-if-absent by itself."""
    made = Consumer("bank", Blueprint(__name__)._import_name, batch=10, window=0, concurrency=None)

    @made.on(OrderPlaced)
    def count(fact: OrderPlaced, work: Work) -> None:
        work.add(update(Row, f"seen#{fact.order_id}", actions=[Row.sum.add(1)]))
        work.commit()

    @made.on(OrderPlaced)
    def follow(fact: OrderPlaced, work: Work) -> None:
        work.add(update(Row, f"followed#{fact.order_id}", actions=[Row.sum.add(1)]))
        work.publish(OrderPayDue(f"follow-{fact.order_id}"))
        work.commit()

    @made.on(OrderPayDue, keyed=False)
    def due(fact: OrderPayDue, work: Work) -> None:
        if get(Row, f"due#{fact.order_id}", consistent=True) is None:
            work.add(insert(Row(f"due#{fact.order_id}", sum=1), Short()))
            work.commit()

    return made


BUYER = Caller("C1", "customer")


def build() -> Shop:
    shop = Shop(consumers={"bank": listener()})
    shop.cloud.engine.create(SCHEMA)
    for name, amount in START.items():
        item = {"id": {"S": name}, "sum": {"N": str(amount)}}
        shop.cloud.engine.write("Put", {"TableName": TABLE, "Item": item})
    return shop


def build_swept() -> Shop:
    """A shop whose sweep has run before; it waits an hour for what comes by itself: a sweep walks each minute that passed."""
    shop = build()
    shop.horizon = timedelta(hours=1)
    row = Due(relay.CURSOR, relay.CURSOR, swept=millis(shop.now() - timedelta(minutes=2)))
    shop.cloud.engine.write("Put", {"TableName": Due.Meta.table_name, "Item": row.serialize()})
    return shop


def audit(shop: Any, final: bool) -> list[str]:
    """Money is neither made nor lost; each key moved once; each fact had its effect exactly once."""
    rows = {row.id: row for row in shop.rows(Row)}
    found = [shop.notes["wrong"]] if "wrong" in shop.notes else []
    if sum(int(rows[name].sum) for name in START) != sum(START.values()) or any(rows[n].sum < 0 for n in START):
        found.append(f"money: {[(name, int(rows[name].sum)) for name in START]}")
    receipts = [row for row in rows.values() if row.id.startswith("R")]
    moved = sum(int(row.sum) for row in receipts)
    if moved != START["a"] - int(rows["a"].sum) + 0:
        found.append(f"receipts for {moved}, moved {START['a'] - int(rows['a'].sum)}")
    keyed = [row for row in shop.rows(Journal) if row.fingerprint is not None and row.reply]
    if len(keyed) != len(receipts):
        found.append(f"{len(keyed)} keyed journal rows for {len(receipts)} receipts")
    if final:
        found += shop.unpublished()
        for row in receipts:
            for kind in ("seen", "followed", "due"):
                effect = rows.get(f"{kind}#{row.id}")
                if effect is None or int(effect.sum) != 1:
                    found.append(f"fact of {row.id}: {kind} {0 if effect is None else int(effect.sum)} times")
            if f"due#follow-{row.id}" not in rows:
                found.append(f"the consumer's own fact about {row.id} got lost")
        for row in rows.values():
            if row.id.startswith(("seen#", "followed#")) and int(row.sum) != 1 and "untracked" not in row.id:
                found.append(f"{row.id} happened {int(row.sum)} times")
        left = [row.event for row in shop.rows(Due) if row.at is not None]
        if left:
            found.append(f"never delivered: {left}")
    return found


def moving(name: str, source: str, target: str, amount: int, key: str | None = None, use_case: Any = move) -> Step:
    def act(stage: Any) -> Any:
        return ask(
            BUYER, "POST /proof", use_case, source, target, amount, key=key or name, asked=[source, target, amount]
        )

    return Step(name, act)


def other_asked(stage: Any) -> Any:
    """The same key for something else."""
    told = ask(BUYER, "POST /proof", move, "a", "c", 1, key="move 1", asked=["other"])
    if told != ["refused", "IDEMPOTENCY_KEY_REUSED"]:
        stage.notes["wrong"] = f"F03: a key used for something else was answered {told}"
    return told


def labelling(stage: Any) -> Any:
    return ask(BUYER, "PUT /proof", label, "a", "blue")


def telling(stage: Any) -> Any:
    return ask(BUYER, "POST /told", tell)


def _settle(stage: Any) -> None:
    stage.settle()


def _swept(stage: Any) -> None:
    """Only the sweep itself carries what is for later, and it misses all its ticks for half an hour."""
    for minutes in (0, 1, 30, 1, 1):
        stage.advance(minutes=minutes)
        stage.relay()
        stage.sweep()
        stage.relay()
        stage.route()
        while stage.post.queues.get("bank"):
            stage.work("bank", keep=True)
            stage.work("bank")


def coming_to(**ends: int) -> dict[str, Any]:
    """What the accounts hold, and how often each kind of effect happened, after a clean run."""

    def reaches(stage: Any) -> list[str]:
        rows = {row.id: int(row.sum or 0) for row in stage.rows(Row)}
        kinds = Counter(name.partition("#")[0] for name in rows if "#" in name)
        return expected({**rows, **kinds}, ends)

    return {"reaches": reaches}


SCENARIOS = [
    Scenario(
        "core.work", build,
        [
            moving("move 1", "a", "b", 6), moving("move 2", "a", "b", 6), moving("move 3", "a", "c", 3, use_case=look_and_move),
            Step("reuse", other_asked), Step("label", labelling),
        ],
        audit, _settle, ("F03", "F05", "F34"),
        races=[["move 1", "move 1"], ["move 1", "move 2"], ["move 1", "move 3"], ["move 3", "move 3"]],
        triples=[["move 1", "move 1", "move 2"], ["move 1", "move 2", "move 3"]],
        refuses={"move 2": "SHORT", "reuse": "IDEMPOTENCY_KEY_REUSED"},
        **coming_to(a=1, b=6, c=3, seen=2, followed=2, due=4),
    ),
    Scenario(
        "core.told", build_swept,
        [
            moving("move 1", "a", "b", 6), relaying(), working("bank"), relaying("relay 2"), working("bank", "worker 2"),
            sweeping(minutes=8), working("bank", "worker 3"),
        ],
        audit, _settle, ("F30", "F32", "F40"),
        races=[["relay", "relay"], ["worker bank", "worker bank"], ["sweep", "sweep"]],
        **coming_to(a=4, b=6, c=0, seen=1, followed=1, due=2),
    ),
    Scenario(
        "core.ticks", build_swept,
        [moving("move 1", "a", "b", 6), relaying(), sweeping(), sweeping("sweep 2", minutes=1), sweeping("late", minutes=8)],
        audit, _swept, ("F38",), races=[["sweep", "sweep 2"], ["relay", "late"]],
        **coming_to(a=4, b=6, c=0, seen=1, followed=1, due=2),
    ),
    Scenario("core.tell", build, [Step("tell", telling), relaying()], audit, _settle, ("F35",), races=[["tell", "tell"]],
             **coming_to(a=10, seen=1, followed=1, due=1)),
    Scenario(
        "core.many", build,
        [Step("tell", lambda stage: ask(BUYER, "POST /told", tell_many, key="many")), relaying(), relaying("relay 2")],
        audit, _settle, ("F35", "F40"), races=[["relay", "relay"]],
        **coming_to(a=10, seen=MANY, followed=MANY, due=MANY),
    ),
]  # fmt: skip


def facts_in(row: Journal) -> list[Any]:
    """The packed facts of a journal row."""
    return list(json.loads(row.facts or "[]"))
