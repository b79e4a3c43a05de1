"""Raw envelopes as AWS sends them (events/samples) pass through the handlers that Lambda would call."""

from __future__ import annotations

import json
from types import SimpleNamespace

import jsonschema
import pytest

from chalicelib.records.orders.model import Order
from chalicelib.runtime import clients, relay, workers
from chalicelib.runtime.journal import Due
from local import schemas
from tests.house import source
from tests.support import aws

CONTEXT = SimpleNamespace(
    get_remaining_time_in_millis=lambda: 30_000,
    aws_request_id="00000000-0000-4000-8000-000000000001",
    function_name="jishi",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws-cn:lambda:cn-north-1:123456789012:function:jishi",
)


def sample(name: str):
    return json.loads((source.ROOT / "events" / "samples" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def shop(engine):
    import app

    return app.app


@pytest.fixture
def published(engine, monkeypatch):
    """What the relay puts on the bus, instead of the bus."""
    told: list[dict] = []

    def put_events(Entries):  # the SDK's own word
        told.extend(Entries)
        return {"Entries": [{"EventId": str(n)} for n, _ in enumerate(Entries)]}

    bus = SimpleNamespace(put_events=put_events)
    ask = clients.client
    monkeypatch.setattr(clients, "client", lambda service: bus if service == "events" else ask(service))
    return told


def test_a_request_of_api_gateway_is_answered(shop):
    answer = shop(sample("api-gateway"), CONTEXT)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"ok": True}


@pytest.fixture
def paid(engine):
    """The order that the queued sample is about; it is paid, so that its time-out finds nothing to do."""
    row = Order("O01JZ0000000000000000000000", state="paid")
    clients.client("dynamodb").put_item(TableName=Order.Meta.table_name, Item=row.serialize())


def test_a_queued_fact_reaches_the_consumer_that_asked_for_it(shop, paid):
    event = sample("sqs")
    told = json.loads(event["Records"][0]["body"])
    wanted = [consumer for consumer in workers.CONSUMERS.values() if consumer.wants(told)]
    assert wanted
    for consumer in wanted:
        assert consumer(event, CONTEXT) == {"batchItemFailures": []}


def test_a_poisoned_message_fails_alone(shop, paid):
    event = sample("sqs")
    good = event["Records"][0]
    told = json.loads(good["body"])
    told["detail"] |= {"audit": "shop", "subject": "O1"}  # so that the audit worker takes it too
    good["body"] = json.dumps(told)
    event["Records"] = [{**good, "messageId": "poison", "body": "{}"}, good]
    for consumer in workers.CONSUMERS.values():
        assert consumer(event, CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "poison"}]}


def test_a_journal_record_is_published_and_its_later_fact_is_filed(published):
    assert relay.from_stream(sample("stream")) == {"batchItemFailures": []}
    assert [entry["DetailType"] for entry in published] == ["order.placed"]
    detail = json.loads(published[0]["Detail"])
    jsonschema.validate(detail, schemas.ENVELOPE)
    assert [(json.loads(row.entry)["DetailType"], int(row.at)) for row in aws.rows(Due)] == [
        ("order.pay_due", 1780281000000)
    ]


def test_a_published_fact_fits_its_schema(published, shop):
    relay.from_stream(sample("stream"))
    by_name = {schema.get("x-detail-type"): schema for schema in schemas.files().values()}
    for entry in published:
        jsonschema.validate(json.loads(entry["Detail"])["data"], by_name[entry["DetailType"]])


def test_the_minute_of_the_schedule_delivers_what_is_due(published, engine):
    from chalicelib.runtime import consumers as house

    relay.from_stream(sample("stream"))
    published.clear()
    engine.at = engine.at.replace(hour=2, minute=31)
    house.sweep(sample("schedule"), CONTEXT)
    assert [entry["DetailType"] for entry in published] == ["order.pay_due"]
    assert not [row for row in aws.rows(Due) if row.entry]
