"""The local engine and the runner around it: starting, refusing, keeping, handing over."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection
from pathlib import Path

import botocore.session
import pytest

from infra import secrets, stack
from local import attach, ledger, run
from local import engine as engines
from local import settle as place


def a_queue(session, name: str = "letters") -> tuple[str, str, str]:
    """A queue with a dead-letter queue after two receives: (url, arn, dead letters' url)."""
    sqs = session.create_client("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"], dead


def test_a_rule_by_a_part_of_the_detail_takes_what_has_it_and_nothing_else(session) -> None:
    """The audit worker's rule names no facts: what is audited says so in a leaf of its detail."""
    events, sqs = session.create_client("events"), session.create_client("sqs")
    url, arn, _ = a_queue(session, "audited")
    events.create_event_bus(Name="shop")
    pattern = json.dumps({"detail": {"audit": [{"exists": True}]}})
    events.put_rule(Name="audited", EventBusName="shop", EventPattern=pattern)
    events.put_targets(Rule="audited", EventBusName="shop", Targets=[{"Id": "queue", "Arn": arn}])
    events.put_events(
        Entries=[
            {
                "EventBusName": "shop",
                "Source": "jishi.orders",
                "DetailType": name,
                "Detail": json.dumps({"data": {}, **more}),
            }
            for name, more in [
                ("order.placed", {}),
                ("order.cancelled", {"audit": "shop", "subject": "O1"}),
                ("order.paid", {}),
            ]
        ]
    )
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2)["Messages"]
    assert [json.loads(message["Body"])["detail-type"] for message in got] == ["order.cancelled"]


@pytest.fixture
def session(ministack, monkeypatch):
    for name, value in ministack.environment.items():
        monkeypatch.setenv(name, value)
    return botocore.session.get_session()


def test_a_port_in_use_is_refused_by_name_before_anything_starts(ministack, tmp_path: Path) -> None:
    with pytest.raises(engines.EngineRefused, match=f"port {ministack.port} .* JISHI_ENGINE_PORT=") as refusal:
        engines.start(ministack.port, tmp_path, keep=False)
    assert "already in use" in str(refusal.value)
    assert not (tmp_path / "engine.pid").exists()


def test_it_listens_on_the_loopback_only(ministack) -> None:
    listening = [
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
    ]
    hosts = {host for host, port in (place.split(":") for place in listening) if int(port, 16) == ministack.port}
    assert hosts == {"0100007F"}


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (("Host", "evil.example"), 421),
        (("Origin", "http://evil.example"), 403),
        (("Origin", "http://127.0.0.1:8000"), 403),
    ],
)
def test_no_page_reads_the_keys_that_lie_in_it(ministack, header, status) -> None:
    """The engine itself tells every page that it may read its answers."""
    body = b'{"Name": "/jishi/local/keys", "WithDecryption": true}'
    head = {"X-Amz-Target": "AmazonSSM.GetParameter", "Content-Type": "text/plain", **dict([header])}
    for method in ("POST", "OPTIONS"):
        line = HTTPConnection("127.0.0.1", ministack.port, timeout=10)
        line.request(method, "/", body, head)
        answer = line.getresponse()
        assert (answer.status, answer.getheader("Access-Control-Allow-Origin")) == (status, None)
        line.close()


@pytest.mark.parametrize("ended", ["cleanly", "killed"])
def test_tables_queues_keys_parameters_rules_and_objects_outlive_a_clean_stop_and_a_kill(
    tmp_path: Path, monkeypatch, request, ended: str
) -> None:
    first = engines.start(engines.free_port(), tmp_path, keep=True)
    request.addfinalizer(lambda: engines.stop(first))
    for name, value in first.environment.items():
        monkeypatch.setenv(name, value)
    session = botocore.session.get_session()
    document = place.shop_document()
    stack.stack(session, stack.without_handlers(document), Stage="local")
    before = stack.physical(session)
    secrets.put(session, "local", "keys", {"signing": ["x"]})
    engines.keep(first)  # as the runner asks after set-up; what follows only the engine itself can keep
    sealed = session.create_client("kms").encrypt(KeyId=before["PersonalKey"], Plaintext=b"13800138000")[
        "CiphertextBlob"
    ]
    database = session.create_client("dynamodb")
    database.put_item(TableName=before["JournalTable"], Item={"k": {"S": "gone"}})
    database.put_item(TableName=before["JournalTable"], Item={"k": {"S": "kept"}})
    database.delete_item(TableName=before["JournalTable"], Key={"k": {"S": "gone"}})
    session.create_client("sqs").send_message(QueueUrl=before["ParkedQueue"], MessageBody="kept")
    session.create_client("s3").put_object(Bucket=before["ExportsBucket"], Key="a/b", Body=b"kept")
    if ended == "cleanly":
        assert engines.stop(first)
    else:
        time.sleep(2.5 * ledger.SECONDS)  # of queues the last second may be lost
        first.child.kill()
        first.child.wait(10)

    second = engines.start(engines.free_port(), tmp_path, keep=True)
    try:
        monkeypatch.setenv("AWS_ENDPOINT_URL", second.url)
        session = botocore.session.get_session()
        stack.stack(session, stack.without_handlers(document), Stage="local")
        after = stack.physical(session)
        assert {n: v for n, v in after.items() if n.endswith("Table")} == {
            n: v for n, v in before.items() if n.endswith("Table")
        }
        assert secrets.get(session, "local", "keys") == {"signing": ["x"]}
        assert session.create_client("kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"13800138000"
        items = session.create_client("dynamodb").scan(TableName=after["JournalTable"])["Items"]
        assert items == [{"k": {"S": "kept"}}]
        got = session.create_client("sqs").receive_message(QueueUrl=after["ParkedQueue"])["Messages"]
        assert [m["Body"] for m in got] == ["kept"]
        lies = session.create_client("s3").get_object(Bucket=after["ExportsBucket"], Key="a/b")
        assert lies["Body"].read() == b"kept"
    finally:
        engines.stop(second)


def test_new_tables_and_indexes_come_without_losing_what_is_there(session) -> None:
    old = stack.without_handlers(place.shop_document())
    stack.stack(session, old, "growing", Stage="local")
    table = stack.physical(session, "growing")["DueTable"]
    db = session.create_client("dynamodb")
    db.put_item(TableName=table, Item={"b": {"S": "1"}, "e": {"S": "2"}, "z": {"S": "kept"}})

    new = json.loads(json.dumps(old))
    new["Resources"]["ExtraTable"] = {**old["Resources"]["DueTable"]}
    grown = new["Resources"]["DueTable"]["Properties"]
    grown["AttributeDefinitions"].append({"AttributeName": "z", "AttributeType": "S"})
    key = [{"AttributeName": "z", "KeyType": "HASH"}]
    grown["GlobalSecondaryIndexes"] = [
        {"IndexName": "by_z", "KeySchema": key, "Projection": {"ProjectionType": "KEYS_ONLY"}}
    ]
    stack.stack(session, new, "growing", Stage="local")
    after = stack.physical(session, "growing")
    assert after["DueTable"] == table
    assert "ExtraTable" in after
    found = db.query(
        TableName=table,
        IndexName="by_z",
        KeyConditionExpression="z = :z",
        ExpressionAttributeValues={":z": {"S": "kept"}},
    )
    assert [item["e"]["S"] for item in found["Items"]] == ["2"]


def test_a_failed_record_comes_back_alone_and_ends_in_the_dead_letters(session) -> None:
    url, arn, dead = a_queue(session)
    sqs = session.create_client("sqs")
    for body in ("good", "bad"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    seen: list[str] = []

    def handler(event, context):
        seen.extend(r["body"] for r in event["Records"])
        return {
            "batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"] if r["body"] == "bad"]
        }

    for _ in range(20):
        got = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageSystemAttributeNames=["All"]
        ).get("Messages", [])
        if got:
            attach.deliver(sqs, url, arn, got, handler, "letters", print)
        if laid := sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=0).get("Messages", []):
            break
    assert seen.count("good") == 1
    assert seen.count("bad") == 2
    assert [m["Body"] for m in laid] == ["bad"]


def test_a_handler_that_raises_fails_its_whole_batch(session) -> None:
    url, arn, _ = a_queue(session, "raising")
    sqs = session.create_client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="one")
    got = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    told: list[str] = []

    def handler(event, context):
        raise RuntimeError("out of order")

    attach.deliver(sqs, url, arn, got, handler, "raising", told.append)
    assert told == ["raising: RuntimeError: out of order"]
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=4)["Messages"][0]["Body"] == "one"


def record(number: str, facts: str | None = "[]", event: str = "INSERT") -> dict:
    image = {"k": {"S": number}} | ({"f": {"S": facts}} if facts else {})
    return {"eventName": event, "dynamodb": {"SequenceNumber": number, "NewImage": image}}


def test_stream_records_without_facts_are_passed_over_and_a_failure_stops_the_hand() -> None:
    seen: list[str] = []

    def handler(event, context):
        seen.extend(r["dynamodb"]["SequenceNumber"] for r in event["Records"])
        return {"batchItemFailures": [{"itemIdentifier": "3"}]}

    batch = [record("1"), record("2", facts=None), record("3"), record("4")]
    assert attach.hand_over(batch, "arn", handler, "relay") == "2"
    assert seen == ["1", "3", "4"]
    assert attach.hand_over([record("5", event="MODIFY")], "arn", handler, "relay") == "5"
    assert attach.hand_over([record("6", facts=None, event="MODIFY")], "arn", handler, "stock_feed") == "6"
    assert seen == ["1", "3", "4", "6"]


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 minute)", 60), ("rate(2 hours)", 7200), ("cron(0 18 * * ? *)", 86400)]
)
def test_schedules_run_at_their_rhythm(expression: str, seconds: float) -> None:
    assert attach.seconds_of(expression) == seconds


def test_the_shop_starts_stops_and_starts_again_on_its_data(runner) -> None:
    shop = runner().start()
    assert shop.interrupt() == 0
    said = shop.said.read_text()
    assert "stopped; everything is kept" in said
    assert "signing keys made" in said
    assert (shop.state / "relay.json").exists()
    shop.start()
    assert shop.interrupt() == 0
    assert shop.said.read_text().count("signing keys made") == 1


def test_a_killed_shop_starts_again_and_ends_what_the_killed_one_left(runner) -> None:
    shop = runner().start()
    left = int((shop.state / "engine.pid").read_text())
    shop.kill()
    assert "ministack" in engines.command_of(left)
    shop.start()
    assert "ministack" not in engines.command_of(left)
    assert shop.interrupt() == 0


def test_a_shop_whose_port_is_taken_says_so_and_leaves_nothing_behind(runner, ministack) -> None:
    shop = runner()
    shop.ports["JISHI_PORT"] = str(ministack.port)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JISHI_PORT", str(ministack.port))
        patch.setenv("JISHI_STATE", str(shop.state))
        assert run.main() == 1
    assert not (shop.state / "engine.pid").exists()
