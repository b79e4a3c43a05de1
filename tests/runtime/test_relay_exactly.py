"""The relay, fact by fact: what reaches the bus and in what words, what is tried again, parked, or filed for its minute."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Overloaded
from chalicelib.runtime import observe, relay, table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Due, Journal, digest
from chalicelib.runtime.work import Work
from tests.hardening.proof.hook import Reply
from tests.runtime.conftest import answering, failing, lost_answer, lost_request


@pytest.fixture
def counted(monkeypatch):
    found = []
    monkeypatch.setattr(observe, "count", lambda name, **more: found.append((name, more)))
    return found


def row(*facts, name="J1", at=5, actor="U1"):
    """A journal row; a fact is (wire, version, context, data, later)."""
    return Journal(f".{name}", id=name, at=at, actor=actor, facts=json.dumps(facts), expires=9)


def entry(name, **more):
    return {
        "Source": "jishi.shop",
        "DetailType": "shop.told",
        "Detail": json.dumps({"id": name, **more}, ensure_ascii=False),
    }


def entries(n):
    return [entry(f"E{k:02d}") for k in range(n)]


def told(ground):
    """The events on the bus, in the order in which it took them."""
    return [json.loads(one["Detail"])["id"] for one in ground.stage.cloud.bus]


def parked(ground):
    return [json.loads(one["Body"]) for one in ground.stage.cloud.queues.get("parked", [])]


def answered(*codes):
    """The bus takes what has no code and answers each code for the others, in their order."""

    def act(call, effect):
        wanted = call.body["Entries"]
        given = [*codes, *[None] * (len(wanted) - len(codes))]
        taken = [one for one, code in zip(wanted, given, strict=True) if code is None]
        call.body["Entries"] = taken
        if taken:
            effect()
        return Reply(200, {"Entries": [{"EventId": "x"} if code is None else {"ErrorCode": code} for code in given]})

    return act


# ---- a row's facts --------------------------------------------------------------------------------------------------
def test_a_fact_reaches_the_bus_with_its_name_its_place_and_who_did_it(ground):
    now, later = relay.entries(
        row(
            ["order.placed", 2, "orders", {"order_id": "集"}, None], ["order.due", 1, "orders", {}, 77],
            ["stock.low", 1, "inventory", {}, None],
        )
    )  # fmt: skip
    assert now == [
        {
            "Source": "jishi.orders",
            "DetailType": "order.placed",
            "Detail": '{"id": "J1.0", "at": 5, "actor": "U1", "version": 2, "data": {"order_id": "集"}}',
        },
        {
            "Source": "jishi.inventory",
            "DetailType": "stock.low",
            "Detail": '{"id": "J1.2", "at": 5, "actor": "U1", "version": 1, "data": {}}',
        },
    ]
    assert later == [
        (
            {
                "Source": "jishi.orders",
                "DetailType": "order.due",
                "Detail": '{"id": "J1.1", "at": 5, "actor": "U1", "version": 1, "data": {}}',
            },
            77,
        )
    ]
    assert relay.entries(Journal("k", id="J1", at=5, actor="U1")) == ([], [])


def test_what_is_for_later_is_filed_before_what_is_for_now_is_told(ground):
    later = millis(ground.stage.at) + 60_000
    relay.relay([row(["a.b", 1, "c", {}, None], ["a.d", 1, "c", {}, later]), row(["a.b", 1, "c", {}, None], name="J2")])
    assert ground.ops == ["PutItem", "PutEvents"]
    assert told(ground) == ["J1.0", "J2.0"]
    assert [(one.event, one.at) for one in ground.rows(Due)] == [("J1.1", later)]
    relay.relay([row()])
    assert len(ground.ops) == 2, "of nothing nothing is said"


# ---- to the bus -----------------------------------------------------------------------------------------------------
def test_the_bus_is_given_ten_at_once(ground, monkeypatch):
    monkeypatch.setenv("EVENT_BUS", "the-bus")
    relay.publish(entries(25))
    bodies = ground.bodies("PutEvents")
    assert [len(body["Entries"]) for body in bodies] == [10, 10, 5]
    assert bodies[0]["Entries"][0] == {**entry("E00"), "EventBusName": "the-bus"}
    assert told(ground) == [f"E{k:02d}" for k in range(25)]
    assert ground.stage.waited == 0
    relay.publish([])
    assert len(ground.calls) == 3


@pytest.mark.parametrize("code", sorted(relay.TRANSIENT))
def test_what_the_bus_hands_back_is_given_once_more_and_nothing_else_is_lost(ground, code):
    """One of more than ten is handed back: it comes again, once, and those behind it come too."""
    ground.script = [answered(None, code, None, code)]
    relay.publish(entries(13))
    bodies = ground.bodies("PutEvents")
    assert [[json.loads(one["Detail"])["id"] for one in body["Entries"]] for body in bodies] == [
        [f"E{k:02d}" for k in range(10)],
        ["E01", "E03", "E10", "E11", "E12"],
    ]
    assert sorted(told(ground)) == [f"E{k:02d}" for k in range(13)]
    assert ground.stage.waited > 0
    assert parked(ground) == []


def test_what_the_bus_will_never_take_is_parked_whole_and_blocks_nobody(ground, counted, monkeypatch):
    monkeypatch.setenv("PARKED_QUEUE_URL", "https://sqs.local/parked")
    ground.script = [answered("MalformedDetail", None, "InternalFailure")]
    relay.publish(entries(3))
    assert told(ground) == ["E01", "E02"]
    assert parked(ground) == [{"entry": entry("E00"), "code": "MalformedDetail"}]
    (body,) = ground.bodies("SendMessage")
    assert body["QueueUrl"] == "https://sqs.local/parked"
    assert counted == [("FactParked", {})]


def test_an_answer_that_leaves_a_fact_out_is_none(ground):
    ground.script = [answering(Entries=[{"EventId": "x"}])]
    with pytest.raises(ValueError, match="shorter"):
        relay.publish(entries(2))


def test_a_bus_that_never_takes_it_is_given_ten_seconds(ground):
    ground.script = [answered("InternalException") for _ in range(99)]
    with pytest.raises(Overloaded):
        relay.publish(entries(1))
    assert 10 <= ground.stage.waited < 10.75


def test_a_bus_that_does_not_answer_is_given_ten_seconds_in_all(ground):
    ground.script = [answered("InternalException"), *[failing("ThrottlingException")] * 99]
    with pytest.raises(Overloaded):
        relay.publish(entries(1))
    assert 10 <= ground.stage.waited < 10.75


@pytest.mark.parametrize("act", [lost_request, failing("ThrottlingException")])
def test_a_lost_question_is_asked_again(ground, act):
    ground.script = [act]
    relay.publish(entries(2))
    assert told(ground) == ["E00", "E01"]


def test_what_is_parked_is_kept_as_text_whatever_it_is(ground):
    relay.park({"b": b"\x01", "集": 1}, "Odd")
    assert "集" in ground.bodies("SendMessage")[0]["MessageBody"]
    assert parked(ground) == [{"entry": {"b": "b'\\x01'", "集": 1}, "code": "Odd"}]


# ---- for later ------------------------------------------------------------------------------------------------------
def test_a_fact_for_later_lies_in_its_minute_and_shard(ground, monkeypatch):
    monkeypatch.setenv("DUE_SHARDS", "4")
    at = datetime(2026, 3, 2, 9, 59, 59, tzinfo=UTC)
    seen = set()
    for n in range(12):
        name = f"J{n}.0"
        relay.file(entry(name, word="集"), millis(at))
        shard = int(digest(name)[:8], 16) % 4
        seen.add(shard)
        found = table.get(Due, f"202603020959#{shard}", name)
        assert (found.at, found.entry) == (millis(at), json.dumps(entry(name, word="集"), ensure_ascii=False))
    assert seen == {0, 1, 2, 3}
    relay.file(entry("J0.0", word="集"), millis(at))
    assert len(ground.rows(Due)) == 12, "filed twice is filed once"


@pytest.mark.parametrize(
    ("off", "slot"),
    [
        (timedelta(0), "202603020400#0"),
        (timedelta(hours=-3), "202603020400#0"),
        (timedelta(seconds=-1), "202603020400#0"),
        (timedelta(seconds=59), "202603020400#0"),
        (timedelta(seconds=60), "202603020401#0"),
        (timedelta(days=400), "202704060400#0"),
    ],
)
def test_what_is_late_is_filed_where_the_sweep_still_comes_by(ground, off, slot):
    at = millis(ground.stage.at + off)
    relay.file(entry("E"), at)
    assert [(one.slot, one.at) for one in ground.rows(Due)] == [(slot, at)]


@pytest.mark.parametrize("act", [lost_request, lost_answer, failing("ThrottlingException")])
def test_filing_is_patient(ground, act):
    ground.script = [act]
    relay.file(entry("E"), 5)
    assert len(ground.rows(Due)) == 1


# ---- the stream -----------------------------------------------------------------------------------------------------
def image(name="J1", facts=(("a.b", 1, "c", {}, None),), **more):
    kept = row(*facts, name=name).serialize() | more
    return {key: value for key, value in kept.items() if value is not None}


def record(number, name="INSERT", **change):
    given = change.get("image", image(f"J{number}"))
    held = {"SequenceNumber": str(number)} | ({} if given is None else {"NewImage": given})
    return {"eventName": name, "dynamodb": held}


DONE = {"batchItemFailures": []}


def test_each_new_row_is_told_and_nothing_else(ground):
    silent = image("J7")
    del silent["f"]
    batch = [
        record(1), record(2, "MODIFY"), record(3, "REMOVE", image=None), record(4, image=None), record(5, image={}),
        record(6, image=silent), record(8),
    ]  # fmt: skip
    assert relay.from_stream({"Records": batch}) == DONE
    assert told(ground) == ["J1.0", "J8.0"]
    assert parked(ground) == []


def test_the_first_row_that_fails_is_said_and_those_behind_it_wait(ground, monkeypatch):
    said = []
    monkeypatch.setattr(observe.logger(), "warning", lambda event, **more: said.append((event, more)))
    ground.script = [None, *[failing("ThrottlingException")] * 99]
    answer = relay.from_stream({"Records": [record(1), record(2), record(3)]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert told(ground) == ["J1.0"]
    assert said == [("relay stopped", {"causes": ["Overloaded"]})]


@pytest.mark.parametrize(
    "broken",
    [image(f={"S": "{"}), image(f={"S": '[["a"]]'}), image(i={"N": "7"}), image(t={"S": "noon"}), image(f={"S": "7"})],
)
def test_a_row_that_nobody_can_read_is_parked_and_those_behind_it_are_told(ground, counted, broken):
    answer = relay.from_stream({"Records": [record(1, image=broken), record(2)]})
    assert answer == DONE
    assert told(ground) == ["J2.0"]
    assert parked(ground) == [{"entry": broken, "code": "Malformed"}]
    assert counted == [("FactParked", {})]


def test_a_row_that_cannot_be_parked_either_waits(ground):
    ground.script = [failing("AccessDenied")] * 3
    answer = relay.from_stream({"Records": [record(1, image=image(f={"S": "{"})), record(2)]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


# ---- once more ------------------------------------------------------------------------------------------------------
def commit(ground, *facts):
    from chalicelib.records.inventory.events import StockOpened

    work = Work(Caller("U1", "customer"), "test", key=work_key(ground))
    for name in facts:
        work.publish(StockOpened(name))
    work.commit()
    return f"{work.id}"


def work_key(ground):
    return ground.stage.entropy(4).hex()


def test_what_was_committed_in_a_time_is_told_again(ground):
    ids = []
    for n in range(5):
        ids.append(commit(ground, *[f"S{n}"] * (n != 1)))
        ground.stage.advance(minutes=1)
    start = ground.stage.at - timedelta(minutes=5)
    ground.calls.clear()
    assert relay.resend(start, start + timedelta(minutes=3)) == (3, None)
    assert sorted(told(ground)) == sorted(f"{ids[n]}.0" for n in (0, 2, 3)), "the second had no facts"
    assert ground.ops[0] == "Scan"
    assert relay.resend(start + timedelta(milliseconds=1), start + timedelta(minutes=3, milliseconds=-1)) == (1, None)


def test_a_journal_is_told_again_in_stretches_each_after_the_one_before(ground, monkeypatch):
    monkeypatch.setenv("RESEND_ROWS", "2")
    for n in range(5):
        commit(ground, f"S{n}")
    span = ground.stage.at - timedelta(days=30), ground.stage.at
    ground.calls.clear()
    first = relay.resend(*span)
    assert (first.commits, len(set(told(ground)))) == (2, 2)
    second = relay.resend(*span, first.after)
    assert relay.resend(*span, second.after) == (1, None)
    assert len(set(told(ground))) == len(told(ground)) == 5
    assert [body["Limit"] for op, body in ground.calls if op == "Scan"] == [2, 2, 2]
    assert relay.resend_all(*span) == 5


def test_a_stretch_ends_when_its_time_is_over(ground, monkeypatch):
    for n in range(3):
        commit(ground, f"S{n}")
    monkeypatch.setenv("SWEEP_SECONDS", "0")
    told_ = relay.resend(ground.stage.at - timedelta(days=30), ground.stage.at, "a")
    assert told_ == (0, "a"), "it goes on where it was to begin"


def test_a_stretch_of_several_pages_is_told_whole_and_holds_no_more_than_it_may(ground, monkeypatch):
    monkeypatch.setenv("RESEND_ROWS", "5")
    for n in range(6):
        commit(ground, f"S{n}")

    def page(call, effect):
        call.body["Limit"] = min(2, call.body["Limit"])
        return effect()

    ground.calls.clear()
    ground.script = [page, None, page, None, page]
    first = relay.resend(ground.stage.at - timedelta(days=30), ground.stage.at)
    assert (first.commits, len(set(told(ground)))) == (5, 5)
    assert [body["Limit"] for body in ground.bodies("Scan")] == [5, 3, 1]
    assert relay.resend(ground.stage.at - timedelta(days=30), ground.stage.at, first.after).commits == 1


@pytest.mark.parametrize(("size", "units"), [(0, 0), (1, 1), (8192, 1), (8193, 2), (8192 * 8192 + 1, 8193), (None, 0)])
def test_what_resending_costs_is_half_a_unit_for_each_4_kb(ground, size, units):
    ground.script = [answering(Table={} if size is None else {"TableSizeBytes": size})]
    assert relay.dearness() == units
    assert ground.calls == [("DescribeTable", {"TableName": Journal.Meta.table_name})]


def test_facts_of_many_commits_go_out_ten_at_a_time(ground):
    for n in range(25):
        commit(ground, f"S{n}")
    ground.calls.clear()
    relay.resend(ground.stage.at - timedelta(days=30), ground.stage.at)
    assert ground.ops == ["Scan", "PutEvents", "PutEvents", "PutEvents"]


def test_a_row_that_nobody_can_read_stops_no_resending(ground):
    commit(ground, "S1")
    items = ground.stage.cloud.engine.tables["jishi-journal"].items
    (row,) = items.values()
    items["broken",] = {**row, "k": {"S": "broken"}, "f": {"S": "no facts"}}
    assert relay.resend(ground.stage.at - timedelta(days=30), ground.stage.at) == (1, None)


def test_resending_reaches_back_thirty_days_at_most(ground):
    now = ground.stage.at
    assert relay.resend(now - timedelta(days=30), now) == (0, None)
    with pytest.raises(ValueError, match=r"^resending reaches back at most 30 days"):
        relay.resend(now - timedelta(days=30, milliseconds=1), now)
