"""A source's counts over HTTP: signed, answered row by row, taken by the worker; what orders hold stays theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import permutations

import pytest

from chalicelib.kernel.clock import iso
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.model import KnownDelta, Movement, StockSource
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from local import books
from tests.support import aws, people
from tests.support.counter import counter as counter
from tests.support.doors import done

SOURCE = "WMS-1"


class Store:
    """The shop, an operator, and a source that counts its stock."""

    def __init__(self, counter):
        self.counter, self.clock, self.bus = counter, counter.clock, counter.bus
        self.keeper = people.member(counter.front, "operator", fresh=True).id
        self.sku, self.other = counter.skus
        self.secret = ""

    def act(self, method, path, body=None, **more):
        token = people.token(self.keeper, "operator", fresh=True)
        return self.counter.front.request(method, path, body, token=token, **more)

    def open(self, code=SOURCE, **terms):
        assert self.act("PUT", f"/v1/admin/stock-sources/{code}", {"name": "WMS", **terms}).status == 200
        told = self.act("POST", f"/v1/admin/stock-sources/{code}/secrets")
        assert told.status == 201, told.text
        self.secret = told.json["secret"]
        return self.secret

    def headers(self, body, *, source=SOURCE, secret=None, at=None):
        stamp = str(int((at or self.clock.now()).timestamp()))
        signature = sources.signature(secret or self.secret, stamp, body)
        return {"Jishi-Source": source, "Jishi-Timestamp": stamp, "Jishi-Signature": signature}

    def push(self, *rows, **more):
        body = json.dumps({"rows": list(rows)}).encode()
        return self.counter.front.post("/v1/inventory/sync", raw=body, headers=self.headers(body, **more))

    def sync(self, *rows, **more):
        """A push that is taken; what became of each row."""
        told = self.push(*rows, **more)
        assert told.status == 200, told.text
        self.bus.run()
        self.balanced()
        return [line["code"] or line["status"] for line in told.json["lines"]]

    def count(self, seq, count, **more):
        return {"sku": self.sku, "count": count, "seq": seq, **more}

    def delta(self, name, delta, **more):
        return {"sku": self.sku, "delta": delta, "id": name, **more}

    def shelf(self, sku=None):
        """(on hand, available, held)"""
        sku = sku or self.sku
        level = inventory.read_levels([sku])[sku]
        return inventory.on_hand(sku), level.available, level.held

    def balanced(self):
        assert [str(one) for one in books.findings(aws.rows)] == []


@pytest.fixture
def store(counter):
    made = Store(counter)
    made.open()
    yield made
    made.balanced()


def work():
    return Work(Caller("A1", "operator"), "test")


def commit(*steps):
    made = work()
    made.add(*steps)
    made.commit()


# ---- the door -------------------------------------------------------------------------------------------------------
def test_what_is_not_signed_by_a_source_changes_nothing(store):
    rows = {"rows": [store.count(1, 9)]}
    body = json.dumps(rows).encode()
    good = store.headers(body)
    other = store.headers(body, secret="jss_other")
    wrong = [
        {}, other, {**good, "Jishi-Source": "nobody"}, {**good, "Jishi-Source": ""}, {**good, "Jishi-Timestamp": "now"},
        {**good, "Jishi-Timestamp": str(int(good["Jishi-Timestamp"]) - 1)}, {**good, "Jishi-Signature": "é"},
        {**good, "Jishi-Signature": good["Jishi-Signature"][3:]}, {**good, "Jishi-Signature": ""},
    ]  # fmt: skip
    for headers in wrong:
        told = store.counter.front.post("/v1/inventory/sync", raw=body, headers=headers)
        assert (told.status, told.json["code"]) == (401, "SYNC_UNSIGNED"), headers
    told = store.counter.front.post("/v1/inventory/sync", raw=body.replace(b"9", b"8"), headers=good)
    assert told.status == 401
    store.bus.run()
    assert store.shelf() == (5, 5, 0)
    assert store.counter.front.post("/v1/inventory/sync", raw=body, headers=good).status == 200


@pytest.mark.parametrize(("late", "status"), [(-301, 401), (-299, 200), (299, 200), (301, 401)])
def test_what_was_signed_long_ago_or_has_not_come_yet_is_refused(store, late, status):
    assert store.push(store.count(1, 9), at=store.clock.now() + timedelta(seconds=late)).status == status


def test_two_secrets_are_good_for_a_day_and_who_is_switched_off_for_none(store):
    former = store.secret
    store.open()
    assert store.secret != former
    assert [store.push(store.count(1, 9), secret=one).status for one in (former, store.secret)] == [200, 200]
    store.clock.advance(timedelta(days=1))
    assert [store.push(store.count(1, 9), secret=one).status for one in (former, store.secret)] == [401, 200]
    assert store.act("PUT", f"/v1/admin/stock-sources/{SOURCE}", {"name": "WMS", "active": False}).status == 200
    assert store.push(store.count(2, 9)).status == 401


def test_a_source_without_a_secret_cannot_tell_anything(store):
    assert store.act("PUT", "/v1/admin/stock-sources/NEW-1", {"name": "new"}).status == 200
    assert store.push(store.count(1, 9), source="NEW-1", secret=sources.secret_of("NEW-1", 0)).status == 401


def test_each_row_is_answered_and_a_wrong_one_keeps_no_other_out(store):
    body = (
        f'{{"rows": [{{"sku": "{store.sku}", "count": NaN, "seq": 1}}, {{"sku": "{store.sku}", "count": 7, "seq": 1}},'
        f'{{"sku": "P01JZ000000000000000000000099", "count": 1, "seq": 1}}, 5,'
        f'{{"sku": "{store.sku}", "count": 3, "seq": 1, "location": "NOWHERE"}}]}}'
    ).encode()
    told = store.counter.front.post(
        "/v1/inventory/sync", raw=body, headers={**store.headers(body), "Accept-Language": "en"}
    )
    assert told.status == 200
    assert [(one["line"], one["status"], one["code"]) for one in told.json["lines"]] == [
        (1, "refused", "ROW_NUMBER_NOT_WHOLE"),
        (2, "accepted", None),
        (3, "refused", "ROW_SKU_UNKNOWN"),
        (4, "refused", "ROW_UNREADABLE"),
        (5, "refused", "ROW_LOCATION_UNKNOWN"),
    ]
    assert told.json["lines"][0]["message"] == "count takes a whole number"
    assert (told.json["accepted"], told.json["known"], told.json["refused"]) == (1, 0, 4)
    store.bus.run()
    assert store.shelf() == (7, 7, 0)


WRONG = [
    ("sku", "white tea", "ROW_FIELD_MALFORMED"), ("sku", "茶", "ROW_FIELD_MALFORMED"), ("sku", "a\nb", "ROW_FIELD_MALFORMED"),
    ("sku", "\x00", "ROW_FIELD_MALFORMED"), ("sku", "x" * 30_000, "ROW_FIELD_MALFORMED"), ("sku", 7, "ROW_FIELD_MALFORMED"),
    ("location", "上海", "ROW_FIELD_MALFORMED"), ("as_of", "今天", "ROW_FIELD_MALFORMED"), ("as_of", 5, "ROW_FIELD_MALFORMED"),
    ("count", "７", "ROW_NUMBER_NOT_WHOLE"), ("count", "7", None), ("count", True, "ROW_NUMBER_NOT_WHOLE"),
    ("count", 1.5, "ROW_NUMBER_NOT_WHOLE"), ("count", float("nan"), "ROW_NUMBER_NOT_WHOLE"),
    ("count", None, "ROW_COUNT_AND_DELTA"), ("件数", 1, "ROW_FIELD_UNKNOWN"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "code"), WRONG)
def test_a_row_with_any_text_or_figure_is_answered_by_itself(store, field, value, code):
    told = store.sync({**store.count(3, 7), field: value}, {"sku": store.other, "count": 9, "seq": 1})
    assert told == [code or "accepted", "accepted"]
    assert store.shelf(store.other)[0] == 9


@pytest.mark.parametrize("name", ["销售-1", "sale 1", ""])
def test_a_difference_whose_id_is_not_of_its_form_is_answered_by_itself(store, name):
    code = "ROW_FIELD_MALFORMED" if name else "ROW_FIELD_MISSING"
    assert store.sync(store.delta(name, -1), store.delta("sale-1", -1)) == [code, "accepted"]
    assert store.shelf()[0] == 4


def test_a_difference_that_comes_again_with_another_figure_is_told(store):
    assert store.sync(store.delta("a", -1), store.delta("a", -2), store.delta("a", -1)) == [
        "accepted",
        "ROW_DELTA_DIFFERS",
        "accepted",
    ]
    told = store.push(store.delta("a", -3), store.delta("a", -1)).json["lines"]
    assert [one["code"] or one["status"] for one in told] == ["ROW_DELTA_DIFFERS", "known"]
    assert "-1" in told[0]["message"]
    assert store.shelf()[0] == 4


def test_a_push_takes_a_hundred_rows(store):
    for rows in ([], [store.count(n, n) for n in range(101)]):
        told = store.push(*rows)
        assert (told.status, told.json["code"]) == (422, "SYNC_SIZE_WRONG")
        assert store.push(*rows, secret="jss_other").status == 401, "who is not a source is told nothing else"
    assert store.sync(*[store.count(n, n) for n in range(100)]) == ["accepted"] * 100
    assert store.shelf() == (99, 99, 0)


def test_a_push_of_which_nothing_is_new_writes_nothing(store, monkeypatch):
    rows = [store.count(3, 9), store.delta("a", 1, seq=4)]
    assert store.sync(*rows) == ["accepted", "accepted"]
    assert store.sync(*rows) == ["known", "known"]
    before = (aws.rows(StockSource)[0].last_at, len(aws.rows(Movement)))
    store.clock.advance(timedelta(seconds=5))
    assert store.sync(store.count(2, 1), store.delta("a", 1)) == ["known", "known"]
    assert (aws.rows(StockSource)[0].last_at, len(aws.rows(Movement))) == before
    assert store.shelf() == (10, 10, 0)


# ---- what counts change ---------------------------------------------------------------------------------------------
def test_older_counts_and_repeated_differences_change_nothing(store):
    """S033: v8 says 9, v7 says 5, d3 twice takes one, v9 says -2."""
    found = []
    for row in (store.count(8, 9), store.count(7, 5), *[store.delta("d3", -1)] * 2, store.count(9, -2)):
        store.sync(row)
        found.append(store.shelf()[0])
    assert found == [9, 9, 8, 8, 8], "decided otherwise: a count below nothing is refused by line and changes nothing"


def test_a_difference_is_not_taken_for_another_whose_name_ends_alike(store):
    assert store.sync(store.count(1, 9), store.delta("a#1", -1)) == ["accepted", "accepted"]
    assert store.sync(store.delta("a#1", -1), store.delta("1", -2)) == ["known", "accepted"]
    assert store.shelf()[0] == 6


def test_every_order_of_a_feed_ends_as_the_sorted_one_on_the_shelf(store):
    feed = [store.count(2, 7), store.count(4, 3), store.delta("a", 2, seq=3), store.delta("b", 1, seq=5)]
    for n, order in enumerate(permutations(feed)):
        rows = [{**row, "sku": store.other, "seq": row["seq"] + 10 * n} for row in order]
        for row in rows:
            if "id" in row:
                row["id"] += str(n)
            store.sync(row, row)
        assert store.shelf(store.other)[0] == 4, order


def test_what_orders_hold_is_taken_off_a_count(store):
    """S022: an absolute count is what lies there; S023: our holds are still taken off."""
    store.counter.place(store.counter.quote((0, 2)))
    assert store.sync(store.count(1, 2)) == ["accepted"]
    assert store.shelf() == (2, 0, 2)
    assert store.sync(store.count(2, 53)) == ["accepted"]
    assert store.shelf() == (53, 51, 2)


def test_a_count_that_leaves_held_pieces_out_says_how_many_it_set_aside(store):
    store.open("FREE-1", counts="free")
    store.counter.place(store.counter.quote((0, 2)))
    free = {"source": "FREE-1"}
    store.sync(store.count(1, 10), **free)
    assert store.shelf() == (10, 8, 2), "it has acknowledged none of them"
    store.sync(store.count(2, 8, allocated=2), **free)
    assert store.shelf() == (10, 8, 2)


def test_less_than_orders_hold_shows_as_a_deficit_and_holds_stay(store):
    store.counter.place(store.counter.quote((0, 2)))
    store.bus.seen.clear()
    store.sync(store.count(1, 1))
    assert store.shelf() == (1, -1, 2)
    refused = store.counter.ask("POST", "/v1/quotes", {"items": [{"sku": store.sku, "quantity": 1}]})
    assert (refused.status, refused.json["code"], '"left":0' in refused.text.replace(" ", "")) == (
        409,
        "OUT_OF_STOCK",
        True,
    )
    told = store.act("GET", f"/v1/admin/stock/{store.sku}")
    assert (told.json["on_hand"], told.json["available"], told.json["held"]) == (1, -1, 2)
    store.sync(store.count(2, 4))
    assert store.shelf() == (4, 2, 2)


def test_a_deficit_over_several_buckets_leaves_nothing_to_be_sold(store):
    done(inventory.spread, store.sku, 3, work=work())
    commit(*stock_steps.hold([(store.sku, 1, 2)]))
    done_push = store.push(store.count(1, 1))
    assert done_push.status == 200
    store.bus.run()
    level = inventory.read_levels([store.sku])[store.sku]
    assert (level.available, level.held, level.buckets) == (-1, 2, (-1, 0, 0))
    commit(*stock_steps.release([(store.sku, 1, 2)]))
    assert inventory.read_levels([store.sku])[store.sku].available == 1


def test_a_source_counts_alone_until_it_is_let_go(store):
    store.sync(store.count(1, 9))
    store.open("OTHER")
    assert store.sync(store.count(5, 3), source="OTHER") == ["ROW_OWNED_BY_ANOTHER"]
    held = store.act("DELETE", f"/v1/admin/stock/{store.sku}/source")
    assert (held.status, held.json["code"]) == (409, "SOURCE_ACTIVE")
    assert store.act("PUT", f"/v1/admin/stock-sources/{SOURCE}", {"name": "WMS", "active": False}).status == 200
    assert store.act("DELETE", f"/v1/admin/stock/{store.sku}/source").status == 204
    assert store.act("DELETE", f"/v1/admin/stock/{store.sku}/source").status == 204
    assert store.sync(store.count(1, 3), source="OTHER") == ["accepted"]
    assert store.shelf() == (3, 3, 0)


def test_another_location_has_a_shelf_of_its_own(store):
    assert store.sync(store.count(1, 9, location="BJ")) == ["ROW_LOCATION_UNKNOWN"]
    body = {"name": "北京仓", "area": "110000"}
    assert store.act("PUT", "/v1/admin/locations/BJ", body).status == 200
    assert store.sync(store.count(1, 9, location="BJ"), store.count(1, 6)) == ["accepted", "accepted"]
    store.clock.advance(timedelta(seconds=1))
    assert store.sync(store.delta("x", -2, location="BJ")) == ["accepted"]
    told = store.act("GET", f"/v1/admin/stock/{store.sku}/places")
    assert [(one["location"], one["on_hand"], one["seq"], one["source"]) for one in told.json["places"]] == [
        ("MAIN", 6, 1, SOURCE),
        ("BJ", 7, 1, SOURCE),
    ]
    assert store.shelf() == (6, 6, 0), "sold from the main location"
    lines = store.act("GET", f"/v1/admin/stock/{store.sku}/ledger?location=BJ").json["items"]
    assert [(one["delta"], one["reason"], one["by"], one["kind"]) for one in lines] == [
        (-2, "sync", SOURCE, "sync"),
        (9, "sync", SOURCE, "sync"),
    ]


def test_a_feed_below_nothing_is_kept_apart(store):
    store.sync(store.delta("a", -7))
    assert store.shelf() == (0, 0, 0)
    assert store.act("GET", f"/v1/admin/stock/{store.sku}/places").json["places"][0]["lacking"] == 2
    store.sync(store.delta("b", 3))
    assert store.shelf() == (1, 1, 0)


def test_many_differences_at_once_count_each_once(store):
    rows = [store.delta(f"d{n}", 1) for n in range(60)]
    assert store.sync(*rows, *rows[:40]) == ["accepted"] * 100
    assert store.shelf()[0] == 65
    assert len([row for row in aws.rows(KnownDelta) if row.part.startswith("d#")]) == 60


def test_what_is_taken_changes_what_search_finds_and_is_on_the_ledger(store):
    store.sync(store.count(1, 0), {"sku": store.other, "count": 0, "seq": 1})
    store.clock.advance(timedelta(seconds=1))
    store.sync(store.count(2, 4, as_of=iso(store.clock.now())))
    lines = store.act("GET", f"/v1/admin/stock/{store.sku}/ledger").json["items"]
    assert [one["delta"] for one in lines] == [4, -5]
    assert store.act("GET", "/v1/admin/stock/P01JZ000000000000000000000099/ledger").status == 404


def test_a_source_is_described_and_found(store):
    assert store.act("GET", "/v1/admin/stock-sources/NONE-1").status == 404
    for code in ("no", "erp", "A", "A" * 33):
        told = store.act("PUT", f"/v1/admin/stock-sources/{code}", {"name": "x"})
        assert (told.status, told.json["code"]) == (422, "SOURCE_MALFORMED"), code
    told = store.act("PUT", "/v1/admin/stock-sources/NEW-1", {"name": "x", "location": "NOPE"})
    assert (told.status, told.json["code"]) == (404, "LOCATION_NOT_FOUND")
    assert store.act("POST", "/v1/admin/stock-sources/NONE-1/secrets").status == 404
    store.sync(store.count(7, 9))
    told = store.act("GET", f"/v1/admin/stock-sources/{SOURCE}").json
    assert (told["counts"], told["generation"], told["last_seq"]) == ("physical", 1, 7)
    assert store.act("GET", "/v1/admin/stock-sources").json["sources"] == [told]


UNSAID = {"cutoff": None, "sender": None}


def test_locations_are_described_and_listed(store):
    assert store.act("GET", "/v1/admin/locations").json["locations"] == [
        {
            "code": "MAIN",
            "name": "MAIN",
            "kind": "warehouse",
            "area": "",
            "priority": 0,
            "active": True,
            "sells": True,
            **UNSAID,
        }
    ]
    shop = {"name": "徐家汇店", "kind": "shop", "area": "310104", "priority": 5, "active": False, "sells": True}
    assert store.act("PUT", "/v1/admin/locations/SH-1", shop).json == {"code": "SH-1", **shop, **UNSAID}
    assert store.act("GET", "/v1/admin/locations/SH-1").json == {"code": "SH-1", **shop, **UNSAID}
    assert store.act("GET", "/v1/admin/locations/XX").status == 404
    told = store.act("PUT", "/v1/admin/locations/sh", shop)
    assert (told.status, told.json["code"]) == (422, "LOCATION_MALFORMED")
    for area in ("99", "990000", "10"):
        told = store.act("PUT", "/v1/admin/locations/SH-2", {**shop, "area": area})
        assert (told.status, told.json["code"]) == (422, "LOCATION_AREA_UNKNOWN"), area
    assert store.sync(store.count(1, 9, location="SH-1")) == ["ROW_LOCATION_UNKNOWN"], "it is not in use"


def test_the_location_from_which_everything_is_sold_stays_in_use(store):
    main = {"name": "总仓", "area": "310000"}
    told = store.act("PUT", "/v1/admin/locations/MAIN", {**main, "active": False})
    assert (told.status, told.json["code"], told.json["params"]) == (409, "LOCATION_IN_USE", {"location": "MAIN"})
    assert store.act("PUT", "/v1/admin/locations/MAIN", main).status == 200
    assert store.act("GET", "/v1/admin/locations/MAIN").json["active"] is True


# ---- less than orders hold ------------------------------------------------------------------------------------------
def lacks():
    """What was told of counts that found less than orders hold, in order."""
    rows = sorted((row for row in aws.rows(Journal) if row.facts), key=lambda row: row.id)
    facts = [fact for row in rows for fact in json.loads(row.facts)]
    return [fact[3]["lacking"] for fact in facts if fact[0] == "stock.oversold"]


@pytest.mark.parametrize("beyond", [0, 10])
def test_a_count_that_finds_less_than_orders_hold_is_told_and_one_that_finds_more_is_not(store, beyond):
    """S020: also where more may be sold than lies there: those who were told that it does wait now."""
    assert store.counter.place(store.counter.quote((0, 4))).status == 201
    if beyond:
        body = {"backorders": beyond, "backorders_by": iso(store.clock.now() + timedelta(days=9))}
        assert store.act("PATCH", f"/v1/admin/stock/{store.sku}", body).status == 204
    for seq, count, told in ((1, 4, []), (2, 3, [1]), (3, 3, [1]), (4, 1, [1, 3]), (5, 2, [1, 3]), (6, 5, [1, 3])):
        store.clock.advance(timedelta(seconds=1))
        assert store.sync(store.count(seq, count)) == ["accepted"]
        assert lacks() == told
