"""Messages that nobody should ever have sent, at every back door: they block nobody, and they are not lost."""

from __future__ import annotations

import copy
import json
import random

import pytest

from chalicelib.kernel.facts import FACTS
from chalicelib.runtime import relay, workers
from chalicelib.runtime.journal import Due, Journal
from chalicelib.runtime.relay import slot_of
from tests.hardening.proof.shop import envelope

GOOD = {"id": "01JZ0000000000000000000000.0", "at": 1764000000000, "actor": "U1", "version": 1}
JUNK = [None, "", "x" * 70_000, -1, 10**30, [], {}, [[]], "\0", "\ud7ff", True, 1.5]
BODIES = [
    "", "null", "[]", "1", '"x"', "{", "{}", "\0", "[" * 5000 + "]" * 5000, "x" * 200_000, '{"detail": null}',
    '{"detail-type": "no.such", "detail": {}}', json.dumps({"detail-type": "no.such", "detail": {**GOOD, "data": {}}}),
    '{"detail-type": 1, "detail": 2}',
]  # fmt: skip


def record(number, body):
    return {
        "messageId": f"m{number}",
        "receiptHandle": "r",
        "body": body,
        "attributes": {},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn",
        "awsRegion": "cn-north-1",
    }


def hand(consumer, *bodies):
    """The numbers of those that are handed back for redelivery, and then lie in the dead-letter queue."""
    answer = consumer({"Records": [record(n, body) for n, body in enumerate(bodies)]}, None)
    return {int(one["itemIdentifier"][1:]) for one in answer["batchItemFailures"]}


def key(shop, consumer):
    """Messages that this consumer handled once already: good ones."""
    return [json.dumps(one) for one in map(envelope, shop.cloud.bus) if consumer.wants(one)]


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        import app  # noqa: F401  # registers the consumers

        by_name = metafunc.function is test_fields_that_lack_or_are_odd_never_stop_a_batch
        known = sorted(workers.CONSUMERS.values(), key=lambda consumer: consumer.name)
        metafunc.parametrize("name", [one.name for one in known if not (by_name and one.audits)])


def test_poison_is_handed_back_and_what_lies_beside_it_is_done(shop, name):
    consumer = workers.CONSUMERS[name]
    good = key(shop, consumer)[:4]
    before = shop.state()
    mixed = [*BODIES[:7], *good, *BODIES[7:]]
    assert hand(consumer, *mixed) == {n for n, body in enumerate(mixed) if body in BODIES}
    assert shop.state() == before, "nothing was written for what nobody sent, and nothing twice"


def test_fields_that_lack_or_are_odd_never_stop_a_batch(shop, name):
    """Each fact with one field gone, odd, or of another version: either handled by its own conditions or handed back."""
    consumer, chance = workers.CONSUMERS[name], random.Random(name)
    good = [one for one in map(envelope, shop.cloud.bus) if consumer.wants(one)]
    made = [
        {"detail-type": wire, "detail": {**GOOD, "data": dict.fromkeys(FACTS[wire].fields, "x")}}
        for wire in consumer.subscriptions
    ]
    last = json.dumps(good[0]) if good else BODIES[0]
    for one in [*good[:3], *made]:
        fields = list(one["detail"]["data"])
        for field in chance.sample(fields, min(2, len(fields))):
            odd = []
            for junk in JUNK:
                changed = copy.deepcopy(one)
                changed["detail"]["data"][field] = junk
                odd.append(json.dumps(changed))
            lacking, newer, nameless = copy.deepcopy(one), copy.deepcopy(one), copy.deepcopy(one)
            del lacking["detail"]["data"][field]
            newer["detail"] |= {"version": 99}
            newer["detail"]["data"]["of_the_future"] = {"a": 1}
            del nameless["detail"]["id"]
            shop.back()
            back = hand(consumer, *odd, json.dumps(lacking), json.dumps(nameless), json.dumps(newer), last)
            if not hasattr(FACTS[one["detail-type"]], field):  # a field with a value of its own may lack
                assert len(odd) in back, f"{one['detail-type']} without {field} was taken"
            assert len(odd) + 1 in back, f"{one['detail-type']} without an id was taken"
            if good:
                assert len(odd) + 3 not in back, "the good one beside them was not done"
            if one in good:
                assert len(odd) + 2 not in back, "a newer version with a field more is read as this one"


def test_the_audit_worker_hands_back_what_does_not_say_why_it_is_audited_and_chains_the_rest(shop):
    consumer = workers.CONSUMERS["audit"]
    good = next(one for one in map(envelope, shop.cloud.bus) if consumer.wants(one))
    good["detail"]["id"] = GOOD["id"]
    told = []
    for field in ("id", "at", "actor", "data", "audit", "subject"):
        lacking = copy.deepcopy(good)
        del lacking["detail"][field]
        told.append(json.dumps(lacking))
    before = len(shop.tables()["jishi-audit"])
    assert hand(consumer, *told, json.dumps(good)) == set(range(len(told)))
    assert len(shop.tables()["jishi-audit"]) == before + 1


def stream(*images):
    return {
        "Records": [
            {
                "eventName": "INSERT",
                "eventSource": "aws:dynamodb",
                "dynamodb": {"NewImage": image, "SequenceNumber": str(n)},
            }
            for n, image in enumerate(images)
        ]
    }


def journal(facts, **other):
    image = {
        "k": {"S": "k"},
        "i": {"S": "01JZ0000000000000000000009"},
        "f": {"S": facts},
        "t": {"N": "1764000000000"},
        "a": {"S": "U1"},
    }
    return {**image, **other}


BROKEN = [
    "",
    "{",
    "null",
    "1",
    "[1]",
    '[["order.paid"]]',
    '[["order.paid",1,"orders",{},"soon"]]',
    "[[1,2,3,4,5,6]]",
    "\0",
]


@pytest.mark.parametrize("facts", BROKEN)
def test_a_journal_row_that_nobody_can_read_is_parked_and_those_behind_it_are_told(shop, facts):
    real = next(
        one.new for one in shop.cloud.engine.log if one.table == Journal.Meta.table_name and "f" in (one.new or {})
    )
    before, parked = len(shop.cloud.bus), len(shop.cloud.queues.get("parked", ()))
    assert relay.from_stream(stream(journal(facts), real)) == {"batchItemFailures": []}
    assert len(shop.cloud.bus) > before, "the good row behind it was not told"
    left = shop.cloud.queues.get("parked", [])[parked:]
    if facts not in ("", "null"):  # which say that there is nothing to tell
        assert len(left) == 1
        assert json.loads(left[0]["Body"])["entry"]["f"]["S"] == facts, "it is kept whole"


@pytest.mark.parametrize("entry", ["", "{", "null", "[]", "{}", '{"Source": "a", "DetailType": "b", "Detail": "x"}'])
def test_a_filed_fact_that_nobody_can_read_is_parked_and_those_after_it_are_told(shop, entry):
    name, slot = Due.Meta.table_name, slot_of(shop.now(), 0)
    for event, text in (("0" * 26 + ".0", entry), ("Z" * 26 + ".0", None)):
        good = {
            "Source": "jishi.orders",
            "DetailType": "order.pay_due",
            "Detail": json.dumps({**GOOD, "data": {"order_id": "O1"}}),
        }
        row = Due(
            slot, event, at=int(shop.now().timestamp() * 1000) - 1, entry=json.dumps(good) if text is None else text
        )
        shop.cloud.engine.answer("PutItem", {"TableName": name, "Item": row.serialize()})
    before = len(shop.cloud.bus)
    relay.sweep()
    assert len(shop.cloud.bus) == before + 1
    assert [json.loads(one["Body"])["entry"]["entry"] for one in shop.cloud.queues["parked"]] == [
        entry or None
    ] or entry == ""
    assert not [row for row in shop.rows(Due) if row.event[0] in "0Z"]
    relay.sweep()
    assert len(shop.cloud.queues["parked"]) == 1, "once is enough"
