"""The index in rows: what a search reads, when a change is found, and that no change is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.search import model, segments, service
from chalicelib.records.search.rules import IndexMoved
from chalicelib.runtime.cursors import CursorInvalid
from tests.records.catalog.goods import work
from tests.records.search.entries import asked, entry, product
from tests.support import aws


def keep(*entries, gone=()):
    made = work()
    service.keep(entries, gone, made)
    made.commit()


def found(query="", sort="newest", limit=10, cursor=None, **filters):
    told, following = service.find(asked(query, sort, **filters), limit, cursor)
    return [int(each.product[5:]) for each in told.entries], told.total, following


def test_an_empty_index_finds_nothing(engine):
    assert found("裙") == ([], 0, None)


def test_what_is_kept_is_found_as_it_was_said(engine):
    said = entry(1, highest=12_000, picture="f" * 32)
    keep(said, entry(2))
    told, _ = service.find(asked(sort="newest"), 10, None)
    assert told.entries == [entry(2), said]


def test_a_process_without_an_index_reads_all_segments_in_one_call_and_then_its_marks(engine, calls):
    keep(entry(1))
    calls.clear()
    assert found()[0] == [1]
    assert calls == ["BatchGetItem"]
    engine.advance(timedelta(seconds=2.9))
    assert found()[0] == [1]
    assert calls == ["BatchGetItem"]
    engine.advance(timedelta(seconds=0.2))
    assert found()[0] == [1]
    assert calls == ["BatchGetItem", "Query"]


def test_a_change_by_another_process_is_found_three_seconds_later_in_two_reads(engine, calls):
    assert found() == ([], 0, None)
    keep(entry(1), entry(2))
    assert found()[0] == []
    engine.advance(timedelta(seconds=3))
    calls.clear()
    assert found()[0] == [2, 1]
    assert calls == ["Query", "BatchGetItem"]
    keep(entry(2, "新"), gone=[product(1)])
    engine.advance(timedelta(seconds=3))
    assert found() == ([2], 1, None)
    assert found("新")[0] == [2]


def test_only_the_segments_that_changed_are_read_again(engine, monkeypatch):
    keep(*(entry(n) for n in range(1, 40)))
    found()
    read = []
    was = segments._read
    monkeypatch.setattr(segments, "_read", lambda numbers, **kw: read.append(list(numbers)) or was(numbers, **kw))
    engine.advance(timedelta(seconds=4))
    found()
    assert read == [], "nothing changed"
    keep(entry(7, "新"))
    read.clear()
    engine.advance(timedelta(seconds=4))
    assert found("新")[0] == [7]
    assert read == [[model.segment_of(product(7))]]


def test_a_clock_that_goes_back_makes_the_index_be_looked_at_again(engine, calls):
    found()
    calls.clear()
    engine.advance(timedelta(seconds=-1))
    found()
    assert calls == ["Query"]


def test_the_same_again_writes_nothing(engine):
    keep(entry(1))
    made = work()
    service.keep([entry(1)], [product(9)], made)
    assert not made.pending


def test_of_two_who_change_a_segment_at_once_one_is_refused_and_nothing_is_lost(engine):
    twin = next(n for n in range(2, 999) if model.segment_of(product(n)) == model.segment_of(product(1)))
    first, second = work(), work()
    service.keep([entry(1)], [], first)
    service.keep([entry(twin)], [], second)
    first.commit()
    with pytest.raises(CommitRejected) as refused:
        second.commit()
    assert refused.value.only(IndexMoved)
    keep(entry(twin))
    assert found()[0] == [twin, 1]
    third, fourth = work(), work()
    service.keep([], [product(1)], third)
    service.keep([entry(twin, "新")], [], fourth)
    third.commit()
    with pytest.raises(CommitRejected):
        fourth.commit()


def test_an_article_that_is_gone_and_kept_at_once_is_kept(engine):
    keep(entry(1), gone=[product(1)])
    assert found()[0] == [1]


def test_a_mark_has_its_segments_version(engine):
    keep(entry(1))
    keep(entry(1, "新"))
    (segment,) = aws.rows_of(model.Segment, model.ROWS)
    (mark,) = aws.rows_of(model.SegmentMark, segment.number)
    assert (segment.version, mark.version, mark.number) == (2, 2, segment.number)


def test_the_segments_fit_one_batch_and_articles_spread_over_all():
    assert model.SEGMENTS <= 100
    assert len({model.segment_of(product(n)) for n in range(2_000)}) == model.SEGMENTS


def test_a_cursor_goes_on_and_belongs_to_its_search(engine):
    keep(*(entry(n) for n in range(1, 6)))
    page, total, following = found("纯棉", "best", 2)
    assert (page, total) == ([5, 4], 5)
    page, total, following = found("纯棉", "best", 2, following)
    assert (page, total) == ([3, 2], 5)
    for other in (("纯", "best"), ("纯棉", "price")):
        with pytest.raises(CursorInvalid):
            found(*other, 2, following)
    with pytest.raises(CursorInvalid):
        found("纯棉", "best", 2, following, in_stock=True)
    assert found("纯棉", "best", 2, following) == ([1], 5, None)


def test_what_lies_between_ids_is_told(engine):
    keep(entry(1), entry(2), entry(3))
    assert service.between(product(1), "Q") == [product(3), product(2)]
