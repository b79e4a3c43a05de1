"""A source's files: read, compared, taken; parked where too much would go at once, until a person says so."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count

import pytest

from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.files import rules, service
from chalicelib.records.inventory.model import Movement
from chalicelib.runtime import clients, settings, showcase
from tests.records.inventory.feeds.test_sync import SOURCE, commit, work
from tests.records.inventory.feeds.test_sync import counter as counter
from tests.records.inventory.feeds.test_sync import store as store
from tests.support import aws

KEYS = (f"file-{n}" for n in count())
JSON_LINES = "application/x-ndjson"


def opened(store, content, **more):
    """A file that was PUT where it may be; its id."""
    body = {"source": SOURCE, "size": max(1, len(content)), **more}
    told = store.act("POST", "/v1/admin/stock-files", body, key=next(KEYS))
    assert told.status == 201, told.text
    assert told.json["url"].startswith("http")
    clients.client("s3").put_object(Bucket=settings.value(showcase.BUCKET), Key=f"in/{told.json['id']}", Body=content)
    return told.json["id"]


def sent(store, content, **more):
    """The file as it is when its worker has nothing more to do."""
    name = opened(store, content.encode() if isinstance(content, str) else content, **more)
    assert store.act("POST", f"/v1/admin/stock-files/{name}/arrival").status == 204
    store.bus.run()
    store.balanced()
    return shown(store, name)


def shown(store, name):
    return store.act("GET", f"/v1/admin/stock-files/{name}").json


def findings(store, name, part=0):
    return store.act("GET", f"/v1/admin/stock-files/{name}/findings?part={part}").json


def decided(store, name, action):
    told = store.act(
        "POST", f"/v1/admin/stock-files/{name}/decision", {"action": action, "reason": "looked at"}, key=next(KEYS)
    )
    store.bus.run()
    store.balanced()
    return told.status


def listing(*rows):
    return "sku,count\n" + "".join(f"{sku},{pieces}\n" for sku, pieces in rows)


def test_a_file_with_a_line_of_every_trouble_takes_the_rest(store):
    lines = [
        "sku,location,count,delta,seq,id", f"{store.sku},,7,,1,", f"{store.sku},,2.5,,2,", f"{store.sku},,-1,,2,",
        f"{store.sku},,NaN,,2,", f"{store.sku},,99999999,,2,", "P01JZ000000000000000000000099,,1,,1,",
        f"{store.sku},NOWHERE,1,,2,", f"{store.sku},,1,1,2,x", "one,cell", f"{store.other},,,1,,d1",
    ]  # fmt: skip
    told = sent(store, "\ufeff" + "\r\n".join(lines) + "\r\n", rows=10)
    assert (told["state"], told["total"], told["refused"], told["fresh"], told["taken"]) == ("done", 10, 8, 2, 2)
    assert (store.shelf()[0], store.shelf(store.other)[0]) == (7, 7)
    found = findings(store, told["id"])
    wrong = [
        (3, "ROW_NUMBER_NOT_WHOLE"), (4, "ROW_NUMBER_NEGATIVE"), (5, "ROW_NUMBER_NOT_WHOLE"),
        (6, "ROW_NUMBER_TOO_LARGE"), (7, "ROW_SKU_UNKNOWN"), (8, "ROW_LOCATION_UNKNOWN"),
        (9, "ROW_COUNT_AND_DELTA"), (10, "ROW_UNREADABLE"),
    ]  # fmt: skip
    assert [(one["line"], one["code"]) for one in found["errors"]] == wrong
    assert found["drift"] == [{"sku": store.sku, "location": "MAIN", "ours": 5, "theirs": 7}]
    assert all(one["message"] for one in found["errors"])


def test_json_lines_are_taken_alike(store):
    rows = [{"sku": store.sku, "count": 8, "seq": 4}, {"sku": store.other, "count": float("nan"), "seq": 4}]
    content = "\n".join([*map(json.dumps, rows), "{half", ""])
    told = sent(store, content, media=JSON_LINES)
    assert (told["state"], told["refused"], told["taken"]) == ("done", 2, 1)
    assert store.shelf()[0] == 8


def test_a_file_again_changes_nothing_more(store):
    first = sent(store, listing((store.sku, 7), (store.other, 8)), seq=5)
    again = sent(store, listing((store.sku, 1), (store.other, 1)), seq=5)
    assert (first["taken"], again["known"], again["taken"]) == (2, 2, 0)
    assert (store.shelf()[0], store.shelf(store.other)[0]) == (7, 8)


def test_what_would_take_too_much_waits_for_a_person(store):
    sent(store, listing((store.sku, 100), (store.other, 100)))
    store.clock.advance(timedelta(hours=1))
    told = sent(store, listing((store.sku, 0), (store.other, 100)))
    assert (told["state"], told["stocked"], told["units"], told["down"], told["less"]) == ("parked", 2, 200, 1, 100)
    assert store.shelf()[0] == 100
    assert decided(store, told["id"], "drop") == 204
    assert (shown(store, told["id"])["state"], store.shelf()[0]) == ("dropped", 100)
    assert decided(store, told["id"], "release") == 409
    other = sent(store, listing((store.sku, 0), (store.other, 100)))
    assert decided(store, other["id"], "release") == 204
    found = shown(store, other["id"])
    assert (found["state"], found["reason"], found["decided_by"]) == ("done", "looked at", store.keeper)
    assert store.shelf()[0] == 0


def test_less_than_the_guard_passes(store):
    store.open(guard_percent=50)
    sent(store, listing((store.sku, 100), (store.other, 100)))
    assert sent(store, listing((store.sku, 1), (store.other, 101)), seq=10**15)["state"] == "done"


def test_a_complete_listing_reports_what_it_does_not_name_and_leaves_it(store):
    sent(store, listing((store.sku, 10), (store.other, 7)))
    told = sent(store, listing((store.sku, 11)), complete=True, seq=10**15)
    assert (told["state"], told["missing"], told["taken"]) == ("done", 1, 1)
    assert findings(store, told["id"], told["parts"])["drift"] == [
        {"sku": store.other, "location": "MAIN", "ours": 7, "theirs": 0}
    ]
    assert store.shelf(store.other)[0] == 7


def test_what_a_complete_listing_does_not_name_is_nothing_where_that_is_asked_for(store):
    store.open(guard_percent=60)
    sent(store, listing((store.sku, 10), (store.other, 7)))
    told = sent(store, listing((store.sku, 11)), complete=True, zero_missing=True, seq=10**15)
    assert (told["state"], told["missing"], told["down"], told["taken"]) == ("done", 1, 1, 2)
    assert store.shelf(store.other)[0] == 0


def test_a_row_that_is_wrong_is_listed_all_the_same(store):
    sent(store, listing((store.sku, 10), (store.other, 7)))
    told = sent(store, listing((store.sku, 11), (store.other, "x")), complete=True, zero_missing=True, seq=10**15)
    assert (told["missing"], store.shelf(store.other)[0]) == (0, 7)


def test_what_orders_hold_stays_through_a_file(store):
    store.counter.place(store.counter.quote((0, 2)))
    sent(store, listing((store.sku, 5), (store.other, 6)))
    assert store.shelf() == (5, 3, 2)


@pytest.mark.parametrize(
    ("content", "more", "code"),
    [
        (None, {}, "FILE_MISSING"), (b"\xff\xfe\x00sku", {}, "FILE_UNREADABLE"),
        (b"P01JZ000000000000000000000001,7\n", {}, "FILE_HEADER_MISSING"),
        (b'sku,count\n"A', {}, "FILE_UNREADABLE"), (b"sku,count\nA,1\n", {"rows": 2}, "FILE_ROWS_DIFFER"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_whole(store, content, more, code):
    name = opened(store, content or b"", **more)
    if content is None:
        showcase.clear(name)
    assert store.act("POST", f"/v1/admin/stock-files/{name}/arrival").status == 204
    store.bus.run()
    told = shown(store, name)
    assert (told["state"], told["problem"]["code"]) == ("refused", code)
    assert findings(store, name)["code"] == code
    assert store.act("POST", f"/v1/admin/stock-files/{name}/arrival").status == 409


def test_a_file_is_of_a_source_that_is_there_and_named_rightly(store):
    body = {"source": "NOBODY", "size": 1}
    assert store.act("POST", "/v1/admin/stock-files", body, key=next(KEYS)).status == 404
    for path in ("", "/findings"):
        assert store.act("GET", f"/v1/admin/stock-files/nowhere{path}").status == 404
    assert store.act("POST", "/v1/admin/stock-files/nowhere/arrival").status == 404


def test_many_rows_are_taken_in_parts_whoever_is_cut_short(store, monkeypatch):
    monkeypatch.setattr(rules, "PART", 2)
    skus = [f"P01JZ00000000000000000000{n:02d}01" for n in range(5)]
    for sku in skus:
        commit(*stock_steps.receive(sku, 1))
    name = opened(store, listing(*((sku, 3) for sku in skus)).encode())
    assert store.act("POST", f"/v1/admin/stock-files/{name}/arrival").status == 204
    store.bus.run(times=2)
    told = shown(store, name)
    assert (told["state"], told["parts"], told["part"], told["taken"], told["fresh"]) == ("done", 3, 3, 5, 5)
    assert len([row for row in aws.rows(Movement) if row.reason == "sync"]) == 5
    assert [one["id"] for one in store.act("GET", "/v1/admin/stock-files").json["items"]] == [name]


def test_a_line_is_the_files_own_in_every_part(store, monkeypatch):
    monkeypatch.setattr(rules, "PART", 2)
    content = f"sku,count\n\n{store.sku},x\n{store.sku},7\n\n\n{store.sku},y\n"
    told = sent(store, content, rows=3)
    lines = [one["line"] for part in (0, 1) for one in findings(store, told["id"], part)["errors"]]
    assert lines == [3, 7]
    told = sent(store, f'\n{{half\n\n{{"sku": "{store.sku}"}}\n', media=JSON_LINES)
    assert [one["line"] for one in findings(store, told["id"])["errors"]] == [2, 4]


def test_a_part_that_is_not_compared_yet_says_so(store, monkeypatch):
    monkeypatch.setattr(rules, "PART", 1)
    name = opened(store, listing((store.sku, "x"), (store.other, "y")).encode())
    assert findings(store, name)["code"] == "FILE_NOT_READ_YET"
    assert store.act("POST", f"/v1/admin/stock-files/{name}/arrival").status == 204
    service.read(name, made := work())
    made.commit()
    service.go_on(name, "comparing", 0, made := work())
    made.commit()
    assert shown(store, name)["state"] == "comparing"
    assert [one["line"] for one in findings(store, name)["errors"]] == [2]
    assert findings(store, name, 1)["code"] == "FILE_NOT_READ_YET"
    store.bus.run()


def test_what_was_parked_too_long_is_sent_again(store, monkeypatch):
    sent(store, listing((store.sku, 100), (store.other, 100)))
    told = sent(store, listing((store.sku, 0), (store.other, 0)), seq=10**15)
    assert told["state"] == "parked"
    monkeypatch.setattr(service.showcase, "incoming", lambda name, most: None)
    assert decided(store, told["id"], "release") == 409
    assert store.act("GET", f"/v1/admin/stock-files/{told['id']}/findings").json["code"] == "FILE_GONE"
