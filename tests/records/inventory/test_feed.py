"""The feed of levels: one word a SKU for however many changes, and none for what no customer would notice."""

from __future__ import annotations

import json

from chalicelib.records.inventory import consumers, steps
from chalicelib.records.inventory.model import Stock
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws

FIRST, SECOND = "P01JZ000000000000000000000001", "P01JZ000000000000000000000002"


def stocked(engine):
    work = Work(ANYONE, "test")
    work.add(*steps.receive(FIRST, 7, buckets=2), *steps.receive(SECOND, 4, stop="recall"))
    work.commit()


def image(sku, part="b0", **fields):
    told = {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in fields.items()}
    return {"s": {"S": f"{sku}@MAIN"}, "b": {"S": part}, **told}


def stream(*changes, first=1):
    records = [
        {"dynamodb": {"SequenceNumber": str(first + n), "OldImage": old, "NewImage": new}}
        for n, (old, new) in enumerate(changes)
    ]
    consumers.tell_levels({"Records": records})


def told():
    return [fact[3] for row in aws.rows(Journal) if row.facts for fact in json.loads(row.facts)]


def test_many_changes_of_a_sku_are_one_word_of_where_it_stands(engine):
    stocked(engine)
    stream(
        (image(FIRST, a=9), image(FIRST, a=8)),
        (image(FIRST, a=8), image(FIRST, a=4)),
        (None, image(SECOND, a=4, c="recall")),
    )
    at = 1780279200000
    assert sorted(told(), key=lambda one: one["sku"]) == [
        {"sku": FIRST, "location": "MAIN", "available": 7, "on_hand": 7, "closed": False, "at": at, "kept": 0},
        {"sku": SECOND, "location": "MAIN", "available": 4, "on_hand": 4, "closed": True, "at": at, "kept": 0},
    ]


def test_what_is_shipped_or_written_into_the_ledger_is_no_news(engine):
    stocked(engine)
    stream((image(FIRST, a=4, h=3), image(FIRST, a=4, h=0)), (None, image(FIRST, part="m#1", d=3)))
    assert told() == []


def test_a_batch_that_comes_again_is_told_once_and_the_next_one_anew(engine):
    stocked(engine)
    change = (image(FIRST, a=9), image(FIRST, a=7))
    stream(change)
    stream(change)
    assert len(told()) == 1
    stream(change, first=2)
    assert len(told()) == 2


def test_a_sku_that_is_closed_is_news(engine):
    stocked(engine)
    stream((image(SECOND, a=4), image(SECOND, a=4, c="recall")), (image(FIRST, "b1", a=1), None))
    assert [one["sku"] for one in told()] == [SECOND, FIRST]
    assert {row.part for row in aws.rows(Stock)} == {"b0", "b1"}
