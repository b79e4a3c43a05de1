"""The audit log: every audited fact is chained once, and whatever is changed, taken out or put in is found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected, Overloaded
from chalicelib.kernel.facts import Delivery
from chalicelib.records.audit import consumers, rules, service
from chalicelib.records.audit.model import HEAD, PAGE, Head, Row, page_of
from chalicelib.records.audit.rules import AuditSlotTaken, Break
from chalicelib.records.inventory.events import StockClosed, StockOpened
from chalicelib.records.orders.events import OrderCancelled
from chalicelib.records.payments.events import PaymentSucceeded
from chalicelib.runtime import clients, observe, table
from chalicelib.runtime.caller import worker as worker_caller
from chalicelib.runtime.table import key_of
from chalicelib.runtime.work import Work, perform
from infra import tables


def tell(n: int, fact=None, actor: str = "UADMIN") -> None:
    told = fact or StockOpened(f"SKU{n}")
    delivery = Delivery(f"J{n}.0", 1_780_000_000_000 + n, actor, told.wire, told.data(), **told.marks(told.data()))
    work = Work(worker_caller("audit.append"), "audit.append", consumer=True).with_key(delivery.id)
    perform(work, consumers.append, delivery, work)


@pytest.fixture
def chain(engine):
    for n in range(1, 8):
        tell(n)
    return engine


def raw_update(seq: int, name: str, value: str) -> None:
    clients.client("dynamodb").update_item(
        TableName=Row.Meta.table_name,
        Key=key_of(Row, page_of(seq), seq),
        UpdateExpression="SET #n = :v",
        ExpressionAttributeNames={"#n": name},
        ExpressionAttributeValues={":v": table.raw(value)},
    )


def raw_delete(seq: int) -> None:
    clients.client("dynamodb").delete_item(TableName=Row.Meta.table_name, Key=key_of(Row, page_of(seq), seq))


def raw_put(row: Row | Head) -> None:
    clients.client("dynamodb").put_item(TableName=Row.Meta.table_name, Item=row.serialize())


def test_entries_are_chained_in_order(chain):
    told = service.verify()
    assert (told.holds, told.first, told.last, told.rows) == (True, 1, 7, 7)
    entries, more = service.newest(20, None)
    assert more is None
    assert [entry.seq for entry in entries] == [7, 6, 5, 4, 3, 2, 1]
    assert [entry.previous for entry in entries[:-1]] == [entry.hash for entry in entries[1:]]
    assert (entries[0].subject, entries[0].actor, entries[0].wire) == ("SKU7", "UADMIN", "stock.opened")


def test_twice_delivered_once_appended(chain):
    for n in (3, 7, 7):
        tell(n)
    assert service.verify().last == 7


def test_an_empty_log_holds(engine):
    assert service.verify() == service.Verification(1, 0, 0, "", ())


def test_an_entry_says_what_was_told(engine):
    tell(2, OrderCancelled("O1", "shop"))
    entry = service.newest(20, None)[0][0]
    assert (entry.data, entry.subject, entry.why) == ('{"by":"shop","order_id":"O1","reason":""}', "O1", "shop")


@pytest.mark.parametrize("name", ["w", "a", "s", "d", "e", "b", "y"])
def test_an_altered_entry_is_found(chain, name):
    raw_update(4, name, "other")
    assert Break(4, "altered") in service.verify().breaks


def test_an_altered_entry_with_a_fitting_hash_breaks_the_link(chain):
    row = table.get(Row, 0, 4)
    row.actor = "USOMEBODY"
    row.hash = service.entry_of(row).hash
    raw_put(row)
    assert service.verify().breaks == (Break(5, "unlinked"),)


def test_a_removed_entry_is_found(chain):
    raw_delete(4)
    assert service.verify().breaks == (Break(4, "missing"),)
    assert service.verify(5, 7).holds  # a part is judged by itself; what stood before it is unknown


def test_removed_last_entries_are_found(chain):
    raw_delete(7)
    assert service.verify().breaks == (Break(7, "missing"),)


def test_an_inserted_entry_is_found(chain):
    row = table.get(Row, 0, 7)
    raw_put(Row(0, 8, previous=row.hash, hash="x", event="J8.0", wire="stock.opened", at=1, actor="A", data="{}"))
    assert service.verify().breaks == (Break(8, "foreign"),)


def test_an_inserted_entry_stops_the_log_and_says_so(chain):
    raw_put(Row(0, 8, hash="x"))
    with pytest.raises(CommitRejected) as refused:
        tell(8)
    assert [type(reason) for reason in refused.value.reasons] == [AuditSlotTaken]


def test_a_chain_written_anew_contradicts_its_anchor(chain):
    anchors = {7: service.end().hash}
    previous = ""
    for seq in range(1, 8):
        row = table.get(Row, 0, seq)
        row.previous, row.actor = previous, "USOMEBODY"
        row.hash = previous = service.entry_of(row).hash
        raw_put(row)
    raw_put(Head(HEAD, 0, last=7, hash=previous))
    assert service.verify().holds
    assert service.verify(anchors=anchors).breaks == (Break(7, "anchor"),)


def test_a_chain_cut_short_contradicts_its_anchor(chain):
    anchors = {7: service.end().hash}
    raw_delete(7)
    raw_put(Head(HEAD, 0, last=6, hash=table.get(Row, 0, 6).hash))
    assert service.verify().holds
    assert service.verify(anchors=anchors).breaks == (Break(7, "missing"),)


def test_a_head_that_moved_is_read_again(chain, monkeypatch):
    stale = [service.end(), service.end()]
    tell(8)
    real = service.end
    monkeypatch.setattr(service, "end", lambda: stale.pop() if stale else real())
    tell(9)
    assert service.verify().last == 9
    assert service.verify().holds


def test_others_always_faster_is_overloaded_not_lost(chain, monkeypatch):
    stale = service.end()
    tell(8)
    monkeypatch.setattr(service, "end", lambda: stale)
    with pytest.raises(Overloaded):
        tell(9)
    monkeypatch.undo()
    tell(9)
    assert service.verify().last == 9


def test_pages_of_entries_span_the_hash_keys(engine):
    raw_put(Head(HEAD, 0, last=PAGE - 3, hash="before"))
    for n in range(5):
        tell(n)
    assert (page_of(PAGE - 1), page_of(PAGE)) == (0, 1)
    first, more = service.newest(4, None)
    second, _ = service.newest(1, more)
    assert [entry.seq for entry in first + second] == [PAGE + 2, PAGE + 1, PAGE, PAGE - 1, PAGE - 2]
    assert service.verify(PAGE - 1).holds


def test_entries_are_found_by_subject_and_by_actor(chain):
    tell(8, PaymentSucceeded("O101", "O1", "wechat", 100), actor="checkout.notice")
    tell(9, StockClosed("SKU3", "recall"), actor="UOPS")
    assert [entry.wire for entry in service.about("O1", 20, None)[0]] == ["payment.succeeded"]
    assert [entry.wire for entry in service.about("SKU3", 20, None)[0]] == ["stock.closed", "stock.opened"]
    assert [entry.seq for entry in service.by("UOPS", 20, None)[0]] == [9]
    first, more = service.by("UADMIN", 5, None)
    assert [entry.seq for entry in first + service.by("UADMIN", 5, more)[0]] == [7, 6, 5, 4, 3, 2, 1]


def test_the_days_anchor_is_told_once_and_chained(chain, bus):
    for _ in range(2):
        work = Work(worker_caller("audit_anchor"), "audit_anchor", consumer=True)
        perform(work, service.anchor, work)
    bus.run()
    entries, _ = service.newest(20, None)
    anchors = [entry for entry in entries if entry.wire == "audit.anchored"]
    assert [entry.seq for entry in anchors] == [8]
    assert f'"hash":"{entries[1].hash}"' in anchors[0].data
    assert service.verify().holds


def anchored(engine, monkeypatch):
    """The day's job; how often the alarm was sounded."""
    counted = []
    monkeypatch.setattr(observe, "count", counted.append)
    engine.advance(timedelta(days=1))
    work = Work(worker_caller("audit_anchor"), "audit_anchor", consumer=True)
    perform(work, service.anchor, work)
    return counted


def test_the_days_job_reads_what_came_since_the_last_anchor(chain, monkeypatch):
    assert anchored(chain, monkeypatch) == []
    tell(8)
    assert anchored(chain, monkeypatch) == []
    raw_update(3, "a", "other")
    assert anchored(chain, monkeypatch) == [], "what lies before the last anchor was read on its own day"
    raw_update(8, "a", "other")
    assert anchored(chain, monkeypatch) == ["AuditBroken"]


@pytest.mark.parametrize("days", [0, 3, 20])
def test_a_chain_that_was_written_anew_or_emptied_sounds_the_alarm(chain, monkeypatch, days):
    assert anchored(chain, monkeypatch) == []
    chain.advance(timedelta(days=days))
    raw_delete(7)
    raw_put(Head(HEAD, 0, last=6, hash="x" if days == 20 else table.get(Row, 0, 6).hash))
    assert anchored(chain, monkeypatch) == ["AuditBroken"]


def test_nothing_in_the_log_expires():
    assert "TimeToLiveSpecification" not in tables.described()["AuditTable"]["Properties"]
    assert rules.KEPT_DAYS >= 400
    assert not {"ttl", "expires", "x"} & {attribute.attr_name for attribute in Row.get_attributes().values()}
