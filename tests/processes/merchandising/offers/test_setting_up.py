"""Offers at the operators' door: set up, edited in versions, published as seen, ended, killed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.records.promotions.offers import service as offers
from tests.processes.merchandising.offers.staff import Staff, offer
from tests.support import people


@pytest.fixture
def staff(front):
    return Staff(front)


def code(answer):
    return answer.status, answer.json["code"]


def test_an_offer_is_set_up_edited_and_published_as_it_was_seen(staff):
    made = staff.draft()
    assert (made.status, made.json["version"], made.json["state"]) == (201, 1, "draft")
    name = made.json["id"]
    edited = staff.edit(name, 1, name={"zh": "满200减60", "en": "60 off 200"})
    assert (edited.status, edited.json) == (200, {"id": name, "version": 2, "state": "draft"})
    assert code(staff.publish(name, 1)) == (409, "STALE_VERSION")
    assert staff.publish(name, 2).json == {"id": name, "version": 2, "state": "published"}
    (held,) = offers.active().documents
    assert (held["id"], held["version"], held["name"]["zh"]) == (name, 2, "满200减60")
    assert (held["starts_at"], held["ends_at"]) == ("2026-06-01T02:00:00.000Z", "2026-06-17T16:00:00.000Z")


def test_what_is_published_stands_beside_what_was_edited_since(staff):
    name = staff.published()
    assert staff.edit(name, 1, priority=7).json["state"] == "published"
    told = staff.show(name)
    assert (told["version"], told["live"], told["state"]) == (2, 1, "published")
    assert (told["latest"]["document"]["priority"], told["published"]["document"]["priority"]) == (7, 0)
    assert told["latest"]["actor"] == staff.who.id
    assert offers.active().documents[0]["priority"] == 0
    staff.publish(name, 2)
    told = staff.show(name)
    assert (told["published"], told["live"]) == (None, 2)
    versions = staff.call("GET", f"/{name}/versions").json["items"]
    assert [(one["version"], one["document"]["priority"]) for one in versions] == [(2, 7), (1, 0)]


def test_an_edit_says_what_it_saw(staff):
    name = staff.drafted()
    assert code(staff.call("PUT", f"/{name}", offer())) == (422, "IF_MATCH_REQUIRED")
    assert staff.edit(name, 1).status == 200
    assert code(staff.edit(name, 1)) == (409, "STALE_VERSION")
    assert code(staff.edit("F01JZ0000000000000000000000", 1)) == (404, "OFFER_NOT_FOUND")


def test_an_offer_ends_now_or_is_killed_with_a_reason(staff, engine):
    ended, killed = staff.published(), staff.published()
    assert staff.end(ended).status == 204
    assert code(staff.end(ended)) == (409, "OFFER_STATE_CONFLICT")
    assert staff.kill(killed).status == 204
    assert (staff.show(ended)["state"], staff.show(killed)["state"]) == ("ended", "killed")
    assert staff.show(killed)["reason"] == "wrong price"
    assert offers.active().documents == ()
    assert offers.killed([ended, killed]) == [killed]
    assert code(staff.edit(killed, 1)) == (409, "OFFER_STATE_CONFLICT")


def test_a_draft_is_given_up_and_what_is_published_is_not(staff):
    draft, published = staff.drafted(), staff.published()
    assert staff.call("DELETE", f"/{draft}").status == 204
    assert code(staff.call("DELETE", f"/{published}")) == (409, "OFFER_STATE_CONFLICT")
    assert code(staff.publish(draft)) == (409, "OFFER_STATE_CONFLICT")
    assert code(staff.call("DELETE", "/F01JZ0000000000000000000000")) == (404, "OFFER_NOT_FOUND")


def test_lists_are_by_state_lane_and_kind(staff, engine):
    first = staff.published()
    engine.advance(timedelta(seconds=1))
    second = staff.published()
    draft = staff.drafted()
    listed = lambda query: [one["id"] for one in staff.call("GET", query).json["items"]]
    assert listed("") == [second, first]
    assert listed("?state=draft") == [draft]
    assert listed("?lane=shop&kind=threshold") == [second, first]
    assert listed("?lane=price") == listed("?kind=gift") == []
    page = staff.call("GET", "?limit=1").json
    assert [one["id"] for one in page["items"]] == [second]
    assert [one["id"] for one in staff.call("GET", f"?limit=1&cursor={page['next']}").json["items"]] == [first]


def test_what_is_over_by_itself_is_shown_as_ended(staff, engine):
    name = staff.published(ends_at="2026-06-01T02:05:00Z")
    engine.advance(timedelta(minutes=5))
    staff.again()
    assert staff.show(name)["state"] == "ended"
    assert code(staff.publish(name)) == (409, "OFFER_STATE_CONFLICT")


def test_one_publication_under_its_key_is_one(staff):
    name = staff.drafted()
    once = lambda: staff.call("POST", f"/{name}/publication", {"version": 1}, key="p")
    assert once().json == once().json
    assert offers.active().version == 1


def test_only_who_has_a_second_factor_publishes_and_only_operators_set_up(front, staff):
    name = staff.drafted()
    stale = people.member(front, "operator")
    told = front.post(f"/v1/admin/offers/{name}/publication", {"version": 1}, token=stale.token)
    assert code(told) == (403, "SECOND_FACTOR_NEEDED")
    for role, seen in (("support", 403), ("finance", 403), ("admin", 200)):  # an admin may be the second person
        other = Staff(front, role)
        assert (other.draft().status, other.call("GET", f"/{name}").status) == (403, seen)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"name": {"zh": "a", "en": ""}}, "name.en"), ({"name": {"zh": "a\nb", "en": "b"}}, "name.zh"),
        ({"lane": "coupon"}, "lane"), ({"kind": "No Such"}, "kind"), ({"starts_at": "2026-06-01T02:00:00"}, "starts_at"),
        ({"starts_at": "1999-12-31T23:59:59Z"}, "starts_at"), ({"ends_at": "2100-01-01T00:00:00Z"}, "ends_at"),
        ({"priority": -1}, "priority"), ({"priority": "1"}, "priority"), ({"stacks": "yes"}, "stacks"),
        ({"scope": {"skus": ["nonsense"]}}, "scope.skus.0"), ({"scope": None}, "scope"),
        ({"scope": {"every": True}}, "scope.every"),
        ({"limits": {"total": 0}}, "limits.total"), ({"limits": {"budget_fen": 1.5}}, "limits.budget_fen"),
        ({"needs": {"nth_order": 0}}, "needs.nth_order"), ({"audience": {"levels": [1]}}, "audience.levels.0"),
        ({"pick": "best"}, "pick"), ({"refund_policy": "never"}, "refund_policy"), ({"reference": "9900"}, "reference"),
        ({"terms": {"tiers": [{"note": "a\nb"}]}}, "terms.tiers"), ({"terms": {"No Such": 1}}, "terms"), ({"more": 1}, "more"),
    ],
)  # fmt: skip
def test_what_is_not_a_document_is_refused_where_it_is_wrong(staff, said, at):
    refused = staff.draft(**said)
    assert code(refused) == (422, "INVALID_REQUEST")
    assert [error["at"] for error in refused.json["errors"] if not f"{error['at']}.".startswith(f"{at}.")] == []
