"""A source that skips no number: what it skipped is told and listed until it comes, and nothing is refused for it."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.inventory.events import FeedNumbersSkipped
from chalicelib.records.inventory.feeds import steps
from chalicelib.records.inventory.feeds.rules import FeedNumbers, counted_on
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.runtime.journal import Journal
from tests.records.inventory.feeds.test_sync import SOURCE, commit
from tests.records.inventory.feeds.test_sync import counter as counter
from tests.records.inventory.feeds.test_sync import store as store
from tests.support import aws

NEW = FeedNumbers()


@pytest.fixture
def gapless(store):
    told = store.act("PUT", f"/v1/admin/stock-sources/{SOURCE}", {"name": "WMS", "gapless": True})
    assert (told.status, told.json["gapless"], told.json["gaps"]) == (200, True, [])
    return store


def gaps(store):
    (one,) = store.act("GET", "/v1/admin/stock-sources").json["sources"]
    return [(gap["first"], gap["last"]) for gap in one["gaps"]]


def told(store):
    """How often each gap was told of."""
    return sum((row.facts or "").count(FeedNumbersSkipped.wire) for row in aws.rows(Journal))


def test_what_was_skipped_is_told_once_and_listed_until_it_comes(gapless):
    assert gapless.sync(gapless.count(7, 5)) == ["accepted"], "where it begins is no gap"
    assert gapless.sync(gapless.count(8, 6)) == ["accepted"]
    assert (gaps(gapless), told(gapless)) == ([], 0)
    assert gapless.sync(gapless.count(12, 9)) == ["accepted"]
    assert gapless.shelf()[0] == 9
    assert (gaps(gapless), told(gapless)) == ([(9, 11)], 1)
    assert gapless.sync(gapless.count(12, 9)) == ["known"]
    assert gapless.sync(gapless.count(10, 7)) == ["known"], "it is older than the count that was taken"
    assert (gaps(gapless), told(gapless)) == ([(9, 9), (11, 11)], 1)
    gapless.sync(gapless.delta("late", 1, seq=11), gapless.delta("later", 1, seq=9))
    assert (gaps(gapless), told(gapless)) == ([], 1)


def test_a_row_that_is_refused_for_something_else_was_told_all_the_same(gapless):
    gapless.sync(gapless.count(1, 5))
    assert gapless.sync({"sku": "nothing", "count": 1, "seq": 2}, {"sku": gapless.sku, "count": -1, "seq": "3"}) == [
        "ROW_SKU_UNKNOWN",
        "ROW_NUMBER_NEGATIVE",
    ]
    gapless.sync(gapless.count(4, 6))
    assert (gaps(gapless), told(gapless)) == ([], 0)


def test_numbers_are_the_sources_and_not_a_skus(gapless):
    gapless.sync(gapless.count(1, 5))
    gapless.sync(gapless.count(2, 6, sku=gapless.other))
    gapless.sync(gapless.count(3, 7))
    assert gaps(gapless) == []


def test_who_does_not_say_so_may_skip_what_they_like(store):
    store.sync(store.count(1, 5))
    store.sync(store.count(9, 6))
    assert (gaps(store), told(store)) == ([], 0)


def test_a_push_of_which_nothing_is_new_writes_nothing(gapless):
    gapless.sync(gapless.count(1, 5))
    before = len(aws.rows(Journal))
    gapless.sync(gapless.count(1, 5))
    assert len(aws.rows(Journal)) == before


def test_a_new_secret_keeps_what_is_known_and_who_says_it_no_more_begins_anew(gapless):
    gapless.sync(gapless.count(1, 5))
    gapless.sync(gapless.count(3, 5))
    gapless.open(gapless=True)
    assert gaps(gapless) == [(2, 2)]
    gapless.open()
    assert (gaps(gapless), sources.find(SOURCE).numbers) == ([], NEW)
    gapless.open(gapless=True)
    gapless.sync(gapless.count(9, 5))
    assert gaps(gapless) == []


def test_of_two_pushes_at_once_one_looks_again(gapless):
    gapless.sync(gapless.count(1, 5))
    known = sources.find(SOURCE).numbers
    commit(steps.count_on(SOURCE, known, counted_on(known, [3])))
    for after in (counted_on(known, [2]), FeedNumbers(9)):
        with pytest.raises(CommitRejected) as refused:
            commit(steps.count_on(SOURCE, known, after))
        assert refused.value.only(StaleStock)
    with pytest.raises(CommitRejected):
        commit(steps.count_on(SOURCE, FeedNumbers(3), FeedNumbers(4)))
    assert gaps(gapless) == [(2, 2)]


def test_a_push_that_comes_between_is_looked_at_once_more(gapless, monkeypatch):
    gapless.sync(gapless.count(1, 5))
    find, once = sources.find, []

    def overtaken(code):
        found = find(code)
        if not once:
            once.append(commit(steps.count_on(SOURCE, found.numbers, counted_on(found.numbers, [2]))))
        return found

    monkeypatch.setattr(sources, "find", overtaken)
    assert gapless.push(gapless.count(3, 6)).status == 200
    assert (gaps(gapless), told(gapless)) == ([], 0)
