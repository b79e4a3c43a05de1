"""Offers: set up in versions, known to everybody within ten seconds, ended to the instant, killed for good."""

from __future__ import annotations

import json
from datetime import timedelta
from types import MappingProxyType

import pytest

from chalicelib.kernel.clock import iso, millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.promotions.events import OfferEnded, OfferKilled, OfferPublished, OfferStartDue
from chalicelib.records.promotions.model import ActivePart
from chalicelib.records.promotions.offers import rules
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.promotions.offers.rules import (
    OFFER,
    OfferEditedMeanwhile,
    OfferNotFound,
    OffersFull,
    OffersMoved,
    OfferStateConflict,
)
from chalicelib.records.promotions.offers.service import OfferSpan, Publication
from chalicelib.runtime import relay
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws, doors
from tests.support.shelf import calls
from tests.support.world import START

__all__ = ["calls"]
HOUR = timedelta(hours=1)
SOON = timedelta(seconds=10)


def document(name="满200减50", *, starts=START, ends=START + HOUR, **more):
    return {
        "name": {"zh": name, "en": "50 off 200"},
        "lane": "shop",
        "kind": "threshold",
        "terms": {},
        "starts_at": iso(starts),
        "ends_at": ends and iso(ends),
        **more,
    }


def drafted(**more):
    return doors.done(offers.draft, document(**more))


def published(*, skus=(), references=MappingProxyType({}), **more):
    offer_id = drafted(**more)
    publish(offer_id, skus, references)
    return offer_id


def publish(offer_id, skus=(), references=MappingProxyType({})):
    doors.done(offers.publish, *said(offer_id, skus, references))


def said(offer_id, skus=(), references=MappingProxyType({})):
    draft = offers.read(offer_id)
    return draft, Publication(draft.document, skus, references)


def names():
    return [(one["id"], one["version"], one["name"]["zh"]) for one in offers.active().documents]


def refusal(use_case, *args):
    with pytest.raises((CommitRejected, OfferNotFound, OfferStateConflict, OffersFull)) as refused:
        doors.done(use_case, *args)
    return refused.value.reasons if isinstance(refused.value, CommitRejected) else [refused.value]


def told(fact):
    entries = [entry for row in aws.rows(Journal) if row.facts for entry in relay.entries(row)[0]]
    return [json.loads(entry["Detail"])["data"] for entry in entries if entry["DetailType"] == fact.wire]


# ---- versions -------------------------------------------------------------------------------------------------------
def test_a_draft_is_nothing_to_anybody_until_it_is_published(engine):
    offer_id = drafted()
    assert (names(), offers.find(offer_id).state) == ([], "draft")
    publish(offer_id)
    assert names() == [(offer_id, 1, "满200减50")]
    assert offers.find(offer_id).state == "published"


def test_an_edit_makes_a_version_and_what_is_published_stays_until_that_is(engine):
    offer_id = published()
    assert doors.done(offers.edit, offer_id, 1, document("满200减60")) == 2
    assert names() == [(offer_id, 1, "满200减50")]
    publish(offer_id)
    assert names() == [(offer_id, 2, "满200减60")]
    said, following = offers.versions(offer_id, 10, None)
    assert [(one.version, one.document["name"]["zh"]) for one in said] == [(2, "满200减60"), (1, "满200减50")]
    assert following is None
    assert offers.read(offer_id, 1).document == document()


def test_an_edit_of_what_somebody_edited_meanwhile_is_refused(engine):
    offer_id = drafted()
    doors.done(offers.edit, offer_id, 1, document("a"))
    (told,) = refusal(offers.edit, offer_id, 1, document("b"))[:1]
    assert isinstance(told, OfferEditedMeanwhile)
    assert offers.read(offer_id).document["name"]["zh"] == "a"


def test_what_was_not_seen_is_not_published(engine):
    offer_id = drafted()
    seen = said(offer_id)
    doors.done(offers.edit, offer_id, 1, document("unseen"))
    assert isinstance(refusal(offers.publish, *seen)[0], OfferEditedMeanwhile)
    assert names() == []


def test_a_discarded_draft_comes_back_no_more(engine):
    offer_id = drafted()
    doors.done(offers.discard, offer_id)
    assert offers.find(offer_id).state == "discarded"
    for act in (offers.discard, offers.end):
        (told,) = refusal(act, offer_id)
        assert (type(told), told.params) == (OfferStateConflict, {"state": "discarded"})
    assert isinstance(refusal(offers.edit, offer_id, 1, document())[0], OfferStateConflict)


def test_what_there_never_was_is_not_found(engine):
    for name in ("F01JZ0000000000000000000000", "nonsense", "active"):
        with pytest.raises(OfferNotFound):
            offers.find(name)
    with pytest.raises(OfferNotFound):
        offers.read(drafted(), 2)
    assert isinstance(refusal(offers.edit, "F01JZ0000000000000000000000", 1, document())[0], OfferNotFound)


# ---- the snapshot ---------------------------------------------------------------------------------------------------
def test_everybody_knows_what_holds_ten_seconds_later_at_one_read(engine, calls):
    first = published()
    assert [name for name, *_ in names()] == [first]
    del calls[:]
    assert offers.active() is offers.active()
    assert calls == []
    before = offers.active()
    doors.done(offers.end, first)
    known = offers._kept
    known.put("active", (int(START.timestamp() * 1000), before))  # another process, which has seen nothing of it
    engine.advance(SOON - timedelta(milliseconds=1))
    assert offers.active() is before
    del calls[:]
    engine.advance(timedelta(milliseconds=1))
    assert names() == []
    assert calls == ["GetItem", "BatchGetItem"]


def test_what_did_not_change_is_not_read_again(engine, calls):
    published()
    before = offers.active()
    engine.advance(SOON)
    del calls[:]
    assert offers.active() is before
    assert calls == ["GetItem"]


def test_two_that_publish_at_once_do_not_undo_each_other(engine):
    first, second = drafted(), drafted()
    slow, quick = Work(ANYONE, "slow"), Work(ANYONE, "quick")
    offers.publish(*said(first), slow)
    offers.publish(*said(second), quick)
    quick.commit()
    with pytest.raises(CommitRejected) as refused:
        slow.commit()
    assert refused.value.only(OffersMoved)
    assert [name for name, *_ in names()] == [second]
    publish(first)
    assert [name for name, *_ in names()] == sorted([first, second])


def test_a_snapshot_too_large_for_a_row_stands_in_several_and_shrinks_again(engine, monkeypatch):
    monkeypatch.setattr(rules, "PART", 100)
    kept = [published(name=f"活动{n}{'x' * n}") for n in range(4)]
    assert [name for name, *_ in names()] == sorted(kept)
    large = len(aws.rows_of(ActivePart, "p"))
    assert large > 2
    for offer_id in kept[1:]:
        doors.done(offers.end, offer_id)
    assert [name for name, *_ in names()] == kept[:1]
    assert 0 < len(aws.rows_of(ActivePart, "p")) < large


def test_a_snapshot_that_changes_between_the_reads_is_read_again(engine, monkeypatch):
    first = published()
    offers.forget()
    batch, moved = offers.table.batch, []

    def meanwhile(wanted, **how):
        if not moved:
            moved.append("")
            moved[0] = published(name="meanwhile")
        return batch(wanted, **how)

    monkeypatch.setattr(offers.table, "batch", meanwhile)
    assert [name for name, *_ in names()] == sorted([first, *moved])
    assert len(moved) == 1


def test_there_is_room_for_so_many(engine, monkeypatch):
    monkeypatch.setattr(rules, "MOST_ACTIVE", 2)
    published(), published()
    (told,) = refusal(offers.publish, *said(drafted()))
    assert (type(told), told.params) == (OffersFull, {"most": 2})


def test_references_stand_beside_what_holds_and_go_with_it(engine):
    first = published(references={"P1": 9900})
    second = published()
    assert offers.active().references == {first: {"P1": 9900}}
    doors.done(offers.end, first)
    assert (offers.active().references, [name for name, *_ in names()]) == ({}, [second])


# ---- ends -----------------------------------------------------------------------------------------------------------
def test_what_is_over_by_itself_has_ended_and_is_put_away_with_the_next_change(engine):
    over = published()
    engine.advance(HOUR)
    assert offers.state_of(offers.find(over), engine.now()) == "ended"
    for act in (lambda: refusal(offers.end, over), lambda: refusal(offers.publish, *said(over))):
        assert act()[0].params == {"state": "ended"}
    other = published(ends=None)
    assert [name for name, *_ in names()] == [other]
    assert offers.find(over).state == "ended"
    assert offers.find(over).ends == START + HOUR


def test_an_end_is_no_part_of_an_offer_and_a_moment_before_is(engine):
    offer_id = published()
    head = offers.find(offer_id)
    assert offers.state_of(head, START + HOUR - timedelta(milliseconds=1)) == "published"
    assert offers.state_of(head, START + HOUR) == "ended"
    assert not offers.is_over(offers.find(drafted()), START + HOUR)


def test_what_would_be_over_at_once_is_not_published(engine):
    (told,) = refusal(offers.publish, *said(drafted(ends=START)))
    assert told.params == {"state": "ended"}


def test_an_offer_that_is_over_lasts_no_longer_by_another_version(engine):
    offer_id = published()
    doors.done(offers.edit, offer_id, 1, document(ends=START + 3 * HOUR))
    engine.advance(2 * HOUR)
    (told,) = refusal(offers.publish, *said(offer_id))
    assert told.params == {"state": "ended"}


def test_an_end_by_a_person_kills_nothing(engine, bus):
    offer_id = published()
    engine.advance(timedelta(minutes=1))
    doors.done(offers.end, offer_id)
    assert (names(), offers.killed([offer_id])) == ([], [])
    assert offers.find(offer_id).ends == START + timedelta(minutes=1)
    assert told(OfferEnded) == [{"offer_id": offer_id, "edit": 1, "by": "person"}]
    assert OfferEnded.wire in bus.run()


def test_what_is_killed_is_known_by_name_for_a_day(engine, bus):
    offer_id, other = published(), published(ends=None)
    doors.done(offers.kill, offer_id, "wrong price")
    assert offers.killed([other, offer_id]) == [offer_id]
    assert [name for name, *_ in names()] == [other]
    head = offers.find(offer_id)
    assert (head.state, head.reason, head.ends) == ("killed", "wrong price", START)
    assert told(OfferKilled) == [{"offer_id": offer_id, "edit": 1, "reason": "wrong price"}]
    assert OfferKilled.wire in bus.run()
    engine.advance(timedelta(days=1) - timedelta(milliseconds=1))
    latest = published(ends=None)
    assert offers.killed([offer_id]) == [offer_id]
    engine.advance(timedelta(milliseconds=1))
    doors.done(offers.end, latest)
    assert offers.killed([offer_id]) == []


def test_what_was_ended_can_be_killed_and_what_was_killed_not_again(engine):
    offer_id = published()
    doors.done(offers.end, offer_id)
    engine.advance(timedelta(minutes=1))
    doors.done(offers.kill, offer_id, "wrong")
    assert offers.find(offer_id).ends == START
    assert offers.killed([offer_id]) == [offer_id]
    assert isinstance(refusal(offers.kill, offer_id, "wrong")[0], OfferStateConflict)
    assert isinstance(refusal(offers.kill, drafted(), "wrong")[0], OfferStateConflict)


def test_a_publication_says_what_it_took_the_place_of(engine):
    offer_id = published()
    doors.done(offers.edit, offer_id, 1, document("b"))
    publish(offer_id)
    assert sorted(told(OfferPublished), key=lambda one: one["edit"]) == [
        {"offer_id": offer_id, "edit": 1, "before": None},
        {"offer_id": offer_id, "edit": 2, "before": 1},
    ]


# ---- what touched a price -------------------------------------------------------------------------------------------
def test_which_offers_touched_a_price_is_known_with_their_time(engine):
    first = published(skus=["P1", "P2"])
    engine.advance(timedelta(minutes=1))
    other = published(skus=["P1"], ends=None, starts=START + timedelta(minutes=5))
    plus = lambda minutes: START + timedelta(minutes=minutes)
    assert offers.deals("P1") == [
        OfferSpan(first, 1, START, START + HOUR),
        OfferSpan(other, 1, plus(5), None),
    ]
    assert offers.deals("P2") == [OfferSpan(first, 1, START, START + HOUR)]
    assert offers.deals("P3") == []
    engine.advance(timedelta(minutes=9))
    doors.done(offers.end, other)
    doors.done(offers.edit, first, 1, document(ends=None))
    publish(first, ["P2"])
    assert offers.deals("P1") == [OfferSpan(first, 1, START, START + HOUR), OfferSpan(other, 1, plus(5), plus(10))]
    assert offers.deals("P2") == [OfferSpan(first, 1, START, START + HOUR), OfferSpan(first, 2, plus(10), None)]


def test_struck_through_prices_that_depend_on_the_start_are_asked_for_then(engine):
    later = START + timedelta(minutes=5)
    offer_id = published(starts=later, skus=["P1"], references=None)
    assert offers.active().references == {}
    (due,) = [
        entry for row in aws.rows(Journal) if row.facts for entry, at in relay.entries(row)[1] if at == millis(later)
    ]
    assert due["DetailType"] == OfferStartDue.wire
    assert json.loads(due["Detail"])["data"] == {"offer_id": offer_id, "edit": 1}
    doors.done(offers.refer, offer_id, {"P1": 9900})
    assert (offers.active().references, offers.active().version) == ({offer_id: {"P1": 9900}}, 2)
    doors.done(offers.end, offer_id)
    doors.done(offers.refer, offer_id, {"P1": 9900})
    assert offers.active().references == {}


def test_an_offer_that_began_stays_begun(engine):
    offer_id = published(starts=START + timedelta(minutes=5))
    assert offers.find(offer_id).began == START + timedelta(minutes=5)
    doors.done(offers.edit, offer_id, 1, document(starts=START + timedelta(minutes=9)))
    publish(offer_id)
    assert offers.find(offer_id).began == START + timedelta(minutes=9)
    engine.advance(timedelta(minutes=10))
    doors.done(offers.edit, offer_id, 2, document(starts=START + timedelta(minutes=20)))
    publish(offer_id)
    assert offers.find(offer_id).began == START + timedelta(minutes=9)


# ---- lists ----------------------------------------------------------------------------------------------------------
def test_a_list_has_the_offers_of_a_state_lane_and_kind_newest_first(engine):
    gift = published(lane="shop", kind="gift")
    engine.advance(timedelta(seconds=1))
    cut = published(lane="price", kind="percent")
    draft = drafted()
    listed = lambda *asked: [row.id for row in offers.listed(*asked, 10, None)[0]]
    assert listed("published", None, None) == [cut, gift]
    assert listed("published", "price", None) == [cut]
    assert listed("published", None, "gift") == [gift]
    assert listed("published", "price", "gift") == []
    assert listed("draft", None, None) == [draft]
    page, following = offers.listed("published", None, None, 1, None)
    assert [row.id for row in page] == [cut]
    assert [row.id for row in offers.listed("published", None, None, 1, following)[0]] == [gift]


def test_every_state_is_spoken():
    assert set(OFFER.all) == set(OFFER.conflict.spoken)
