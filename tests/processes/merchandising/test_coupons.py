"""Coupons at the doors: set up and given out by the shop's own people, claimed and redeemed by customers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.clock import iso
from chalicelib.records.coupons import service as coupons
from chalicelib.records.pricing.rules.offers import parse
from chalicelib.runtime import world
from tests.records.coupons.wallets import BODY
from tests.support import people

TEMPLATES = "/v1/admin/coupon-templates"


@pytest.fixture
def operator(front):
    return people.member(front, "operator", fresh=True)


@pytest.fixture
def anna(front):
    return people.register(front)


class Staff:
    """What an operator does with a template, by its latest version."""

    def __init__(self, front, operator) -> None:
        self.front, self.token = front, operator.token

    def add(self, **other) -> dict:
        answer = self.front.post(TEMPLATES, {**BODY, **other}, token=self.token)
        assert answer.status == 201, answer.text
        return answer.json

    def put(self, path: str, body, version: int, status: int = 200) -> dict:
        told = self.front.put(f"{TEMPLATES}/{path}", body, token=self.token, headers={"If-Match": str(version)})
        assert told.status == status, told.text
        return told.json

    def opened(self, **other) -> str:
        made = self.add(**other)
        self.put(f"{made['id']}/status", {"action": "open"}, made["version"])
        return str(made["id"])

    def get(self, path: str = "", status: int = 200) -> dict:
        answer = self.front.get(f"{TEMPLATES}{path}", token=self.token)
        assert answer.status == status, answer.text
        return answer.json

    def post(self, path: str, body, key: str = "k", status: int = 202) -> dict:
        answer = self.front.post(f"{TEMPLATES}/{path}", body, token=self.token, key=key)
        assert answer.status == status, answer.text
        return answer.json


@pytest.fixture
def staff(front, operator):
    return Staff(front, operator)


def test_a_template_is_shown_as_it_was_set_up_and_edited_by_who_saw_it(staff):
    made = staff.add()
    shown = staff.get(f"/{made['id']}")
    assert (shown["state"], shown["version"]) == ("draft", 1)
    again = shown["template"]
    assert again["offer"]["terms"] == BODY["offer"]["terms"]
    assert staff.put(made["id"], {**again, "total": 7}, 1)["version"] == 2
    assert staff.get(f"/{made['id']}")["template"] == {**again, "total": 7}
    assert staff.put(made["id"], again, 1, 409)["code"] == "STALE_COUPON_TEMPLATE"
    for wrong in ({**again, "use": {}}, {**again, "offer": {**again["offer"], "scope": {}}}):
        assert staff.put("nowhere", wrong, 1, 404)["code"] == "COUPON_TEMPLATE_NOT_FOUND", (
            "told first, whatever is sent"
        )
        assert staff.put(made["id"], wrong, 2, 422)["code"] in ("COUPON_TERMS_WRONG", "OFFER_INVALID")
    told = staff.front.put(f"{TEMPLATES}/{made['id']}", again, token=staff.token)
    assert told.json["code"] == "IF_MATCH_REQUIRED"
    assert staff.get("/K01JZ0000000000000000000000", 404)["code"] == "COUPON_TEMPLATE_NOT_FOUND"


@pytest.mark.parametrize(
    ("wrong", "at", "problem"),
    [
        ({"use": {}}, "use", "one_of"),
        ({"use": {"days": 3, "ends_at": "2026-07-01T00:00:00Z"}}, "use", "one_of"),
        ({"use": {"ends_at": "2026-07-01T00:00:00Z"}}, "use.ends_at", "one_of"),
        ({"use": {"starts_at": "2026-07-01T00:00:00Z"}}, "use.ends_at", "one_of"),
        ({"use": {"starts_at": "2026-07-01T00:00:00Z", "ends_at": "2026-07-01T00:00:00Z"}}, "use.ends_at", "order"),
        ({"claim_from": "2026-07-01T00:00:00Z", "claim_to": "2026-07-01T00:00:00Z"}, "claim_to", "order"),
        ({"use": {"starts_at": "2026-05-01T00:00:00Z", "ends_at": "2026-06-01T00:00:00Z"}}, "use.ends_at", "over"),
        ({"use": {"starts_at": "2026-07-01T00:00:00Z", "ends_at": "2026-07-02T00:00:00Z"}, "claim_from": "2026-07-02T00:00:00Z"},
         "use.ends_at", "over"),
        ({"per_day": 2}, "per_day", "above_per_person"),
    ],
)  # fmt: skip
def test_a_template_that_contradicts_itself_is_refused_by_name(staff, wrong, at, problem):
    answer = staff.front.post(TEMPLATES, {**BODY, **wrong}, token=staff.token)
    assert (answer.status, answer.json["code"], answer.json["params"]) == (
        422,
        "COUPON_TERMS_WRONG",
        {"at": at, "problem": problem},
    )


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"kind": "nonsense"}, "kind"),
        ({"terms": {"off_fen": 0}}, "terms.off_fen"),
        ({"terms": {}}, "terms.off_fen"),
        ({"lane": "freight_coupon"}, "lane"),
    ],
)
def test_a_document_that_pricing_does_not_understand_is_refused_with_its_place(staff, wrong, at):
    answer = staff.front.post(TEMPLATES, {**BODY, "offer": {**BODY["offer"], **wrong}}, token=staff.token)
    assert (answer.status, answer.json["code"], answer.json["params"]["at"]) == (422, "OFFER_INVALID", at)


def test_pricing_reads_the_coupon_that_somebody_holds(staff, front, anna):
    template = staff.opened()
    front.post(f"/v1/coupons/{template}/claims", token=anna.token)
    (one,) = coupons.usable(anna.id, world.now())
    offer = parse(one.document)
    assert (offer.id, offer.version, offer.lane, offer.kind, offer.ends) == (template, 1, "coupon", "amount", None)


def test_templates_are_listed_by_what_is_asked(staff, engine):
    one = staff.opened()
    two = staff.opened(newcomer=True)
    staff.add()
    listed = lambda query: {line["id"] for line in staff.get(f"?{query}")["items"]}
    assert listed("state=open") == {one, two}
    assert listed("newcomer=true") == {two}
    assert listed("lane=freight_coupon") == set()
    assert len(listed("state=draft")) == 1
    first = staff.get("?limit=1")
    more = staff.get(f"?limit=1&cursor={first['next']}")
    assert {first["items"][0]["id"], more["items"][0]["id"]} == {one, two}


def test_a_customer_sees_claims_and_finds_a_coupon(staff, front, anna):
    template = staff.opened()
    (shown,) = front.get("/v1/coupons/available").json["items"]
    assert (shown["template_id"], shown["conditions"]["name"]["en"], shown["use"]["days"]) == (
        template,
        "10 off 100",
        10,
    )
    claim = lambda who, key: front.post(f"/v1/coupons/{template}/claims", token=who.token, key=key)
    made = claim(anna, "a")
    assert (made.status, made.json["coupon_id"]) == (201, f"{template}00")
    assert (claim(anna, "a").status, claim(anna, "a").json) == (200, made.json)
    assert claim(anna, "b").json["code"] == "CLAIMED_ENOUGH"
    assert claim(people.guest(front), "c").status == 403
    mine = front.get("/v1/me/coupons", token=anna.token).json["items"]
    assert [(one["coupon_id"], one["state"], one["way"]) for one in mine] == [(f"{template}00", "usable", "claim")]
    assert front.get("/v1/me/coupons?state=used", token=anna.token).json["items"] == []
    assert staff.get(f"/{template}/funnel") == {
        "left": 99,
        "had": {"claim": 1, "code": 0, "grant": 0, "newcomer": 0, "gift": 0},
        "used": 0,
        "returned": 0,
        "paid": 0,
        "off": {"fen": 0, "text": "¥0.00"},
        "worth": {"fen": 0, "text": "¥0.00"},
    }


def test_all_conditions_of_a_coupon_are_shown(staff, front):
    said = {
        "audience": {"segments": ["near"], "levels": ["gold"], "new_customers": True},
        "needs": {"basket_has": {"all": True}, "nth_order": 2},
        "exclusive": True,
        "excludes_discounted": True,
    }
    staff.opened(offer={**BODY["offer"], **said})
    (shown,) = front.get("/v1/coupons/available").json["items"]
    told = shown["conditions"]
    assert (told["segments"], told["levels"], told["new_customers"], told["nth_order"]) == (["near"], ["gold"], True, 2)
    assert told["basket_has"]["all"] is True
    assert (told["exclusive"], told["excludes_discounted"]) == (True, True)


def test_what_is_stopped_is_shown_as_void(staff, front, anna, engine):
    template = staff.opened()
    front.post(f"/v1/coupons/{template}/claims", token=anna.token)
    staff.put(f"{template}/status", {"action": "stop"}, 2)
    states = {
        state: len(front.get(f"/v1/me/coupons?state={state}", token=anna.token).json["items"])
        for state in ("usable", "void")
    }
    assert states == {"usable": 0, "void": 1}


def test_codes_are_made_by_a_worker_listed_exported_and_redeemed(staff, front, anna, bus):
    template = staff.opened(public=False)
    job = staff.post(f"{template}/codes", {"pieces": 95})
    assert (job["state"], job["done"], job["kind"]) == ("running", 0, "codes")
    bus.run(2)
    job = staff.get(f"/{template}/jobs/{job['id']}")
    assert (job["state"], job["done"], job["given"]) == ("done", 95, 95)
    page = staff.get(f"/{template}/jobs/{job['id']}/codes?limit=90")
    rest = staff.get(f"/{template}/jobs/{job['id']}/codes?first={page['next']}")
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (90, 5, None)
    code = rest["items"][4]["code"]
    told = front.post("/v1/coupons/redemptions", {"code": code.lower()}, token=anna.token, key="a")
    assert (told.status, told.json["coupon_id"]) == (201, f"{template}00")
    exported = front.post(f"{TEMPLATES}/{template}/jobs/{job['id']}/exports", {"first": 90}, token=staff.token)
    lines = exported.text.splitlines()
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert (lines[0], len(lines)) == ("code,used_at", 6)
    assert lines[5].startswith(f"{code},2026-")
    assert lines[1].endswith(",")
    assert staff.get(f"/{template}/jobs")["items"] == [job]
    assert staff.get(f"/{template}/jobs/B01JZ0000000000000000000000", 404)["code"] == "COUPON_JOB_NOT_FOUND"


def test_one_code_for_many_is_there_at_once(staff, front, anna):
    template = staff.opened(public=False)
    job = staff.post(f"{template}/codes", {"pieces": 2, "code": "Summer-26"})
    assert (job["state"], job["code"]) == ("done", "Summer-26")
    assert (
        staff.post(f"{template}/codes", {"pieces": 2, "code": "SUMMER-26"}, "other", 409)["code"] == "COUPON_CODE_TAKEN"
    )
    told = front.post("/v1/coupons/redemptions", {"code": "summer 26"}, token=anna.token)
    assert told.status == 201


def test_guessing_codes_is_slowed_down(front, anna):
    told = [front.post("/v1/coupons/redemptions", {"code": f"GUESS{n}"}, token=anna.token) for n in range(11)]
    assert {answer.json["code"] for answer in told[:10]} == {"COUPON_CODE_WRONG"}
    assert (told[10].status, told[10].json["code"]) == (429, "TOO_MANY_REQUESTS")


def test_a_grant_reaches_who_is_there_and_tells_of_the_others(staff, front, anna, bus):
    template = staff.opened(public=False)
    nobody = "U01JZ0000000000000000000000"
    job = staff.post(f"{template}/grants", {"customers": [anna.id, nobody, anna.id]})
    assert (job["state"], job["total"]) == ("running", 2)
    bus.run(2)
    job = staff.get(f"/{template}/jobs/{job['id']}")
    assert (job["state"], job["done"], job["given"]) == ("done", 2, 1)
    assert staff.get(f"/{template}/jobs/{job['id']}/missed")["items"] == [{"customer": nobody, "why": "not_found"}]
    assert len(front.get("/v1/me/coupons", token=anna.token).json["items"]) == 1


def test_a_large_grant_wants_a_second_person(staff, front, bus):
    template = staff.opened(public=False)
    many = [f"U01JZ00000000000000000{n:05d}" for n in range(101)]
    job = staff.post(f"{template}/grants", {"customers": many})
    assert job["state"] == "waiting"
    bus.run()
    assert staff.get(f"/{template}/jobs/{job['id']}")["done"] == 0
    asked = {"kind": "coupon_grant", "about": job["id"], "after": {"customers": 101}, "reason": "campaign"}
    proposed = front.post("/v1/admin/proposals", asked, token=staff.token, key="p")
    assert proposed.status == 201, proposed.text
    path = f"/v1/admin/proposals/{proposed.json['id']}/agreement"
    assert front.post(path, token=staff.token).json["code"] == "PROPOSAL_NEEDS_ANOTHER"
    admin = people.member(front, "admin", fresh=True)
    assert front.post(path, token=admin.token).status == 200
    bus.run(2)
    told = staff.get(f"/{template}/jobs/{job['id']}")
    assert (told["state"], told["done"], told["given"]) == ("done", 101, 0)


def test_many_codes_want_a_second_person(staff, front, bus):
    template = staff.opened(public=False, total=None)
    job = staff.post(f"{template}/codes", {"pieces": 1001})
    shared = staff.post(f"{template}/codes", {"pieces": 5000, "code": "SUMMER-26"}, "shared")
    assert (job["state"], shared["state"]) == ("waiting", "waiting")
    assert staff.post(f"{template}/codes", {"pieces": 1000}, "few")["state"] == "running"
    admin = people.member(front, "admin", fresh=True)
    for one in (job, shared):
        asked = {"kind": "coupon_codes", "about": one["id"], "after": {"pieces": one["total"]}, "reason": "campaign"}
        wrong = front.post(
            "/v1/admin/proposals", {**asked, "after": {"pieces": 7}}, token=staff.token, key=f"w{one['id']}"
        )
        assert wrong.json["code"] == "PROPOSAL_UNFIT"
        proposed = front.post("/v1/admin/proposals", asked, token=staff.token, key=f"p{one['id']}")
        path = f"/v1/admin/proposals/{proposed.json['id']}/agreement"
        assert front.post(path, token=staff.token).json["code"] == "PROPOSAL_NEEDS_ANOTHER"
        assert front.post(path, token=admin.token).status == 200
    bus.run(3)
    assert [staff.get(f"/{template}/jobs/{one['id']}")["state"] for one in (job, shared)] == ["done", "done"]


def test_a_grant_of_another_size_than_waits_is_not_proposed(staff, front):
    template = staff.opened(public=False)
    job = staff.post(f"{template}/grants", {"customers": [f"U01JZ00000000000000000{n:05d}" for n in range(101)]})
    asked = {"kind": "coupon_grant", "about": job["id"], "after": {"customers": 5}, "reason": "campaign"}
    proposed = front.post("/v1/admin/proposals", asked, token=staff.token, key="p").json
    assert (proposed["code"], proposed["params"]["at"]) == ("PROPOSAL_UNFIT", "customers")


DEEP = {**BODY["offer"], "kind": "percent", "terms": {"pay_bp": 0}}


def test_a_coupon_that_takes_nearly_all_is_opened_by_two(staff, front):
    made = staff.add(offer=DEEP, total=None)
    refused = staff.put(f"{made['id']}/status", {"action": "open"}, 1, 403)
    assert (refused["code"], refused["params"]) == (
        "SECOND_PERSON_NEEDED",
        {"kind": "coupon_template", "limit": "-50 %"},
    )
    asked = {"kind": "coupon_template", "about": made["id"], "after": {"version": 1}, "reason": "for the press"}
    proposed = front.post("/v1/admin/proposals", asked, token=staff.token, key="p")
    assert proposed.status == 201, proposed.text
    path = f"/v1/admin/proposals/{proposed.json['id']}/agreement"
    assert front.post(path, token=staff.token).json["code"] == "PROPOSAL_NEEDS_ANOTHER"
    admin = people.member(front, "admin", fresh=True)
    assert front.post(path, token=admin.token).status == 200
    assert staff.get(f"/{made['id']}")["state"] == "open"


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"kind": "amount", "terms": {"off_fen": 5000}}, 200),
        ({"kind": "amount", "terms": {"off_fen": 5001}}, 403),
        ({"kind": "amount", "terms": {"off_fen": 5001, "min_fen": 10_002}}, 200),
        ({"kind": "percent", "terms": {"pay_bp": 0, "cap_fen": 5000}}, 200),
        ({"kind": "percent", "terms": {"pay_bp": 5000}}, 200),
        ({"kind": "percent", "terms": {"pay_bp": 4999}}, 403),
    ],
)
def test_a_small_sum_or_half_the_price_is_given_by_one_person(staff, other, status):
    made = staff.add(offer={**BODY["offer"], **other})
    staff.put(f"{made['id']}/status", {"action": "open"}, 1, status)


def test_only_a_draft_is_made_deep_by_one_person(staff):
    template = staff.opened()
    body = staff.get(f"/{template}")["template"]
    deep = {**body, "offer": {**body["offer"], **DEEP}}
    assert staff.put(template, deep, 2, 403)["code"] == "COUPON_EDIT_TOO_DEEP"
    staff.put(f"{template}/status", {"action": "close"}, 2)
    assert staff.put(template, deep, 3, 403)["code"] == "COUPON_EDIT_TOO_DEEP", "broken promises may bring one of it"
    assert staff.get(f"/{template}")["template"] == body
    staff.put(template, {**body, "total": 7}, 3)
    draft = staff.add()["id"]
    staff.put(draft, deep, 1)
    assert staff.put(f"{draft}/status", {"action": "open"}, 2, 403)["code"] == "SECOND_PERSON_NEEDED"


def test_what_is_open_already_is_not_put_before_a_second_person(staff, front):
    template = staff.opened()
    asked = {"kind": "coupon_template", "about": template, "after": {"version": 2}, "reason": "again"}
    told = front.post("/v1/admin/proposals", asked, token=staff.token, key="p").json
    assert (told["code"], told["params"]) == ("COUPON_TEMPLATE_STATE_CONFLICT", {"state": "open"})
    staff.put(f"{template}/status", {"action": "close"}, 2)
    again = front.post("/v1/admin/proposals", {**asked, "after": {"version": 3}}, token=staff.token, key="q")
    assert again.status == 201, "what is closed may be opened again"


SKU, PRODUCT = "P01JZ000000000000000000000099", "P01JZ0000000000000000000000"
CATEGORY, TEMPLATE = "G01JZ0000000000000000000000", "K01JZ0000000000000000000000"


@pytest.mark.parametrize(
    ("other", "at"),
    [
        ({"scope": {"skus": [SKU]}}, "scope.skus[0]"),
        ({"scope": {"products": [PRODUCT]}}, "scope.products[0]"),
        ({"scope": {"categories": [CATEGORY]}}, "scope.categories[0]"),
        ({"kind": "gift", "terms": {"sku": SKU, "min_fen": 1}}, "terms.sku"),
        ({"kind": "gift", "terms": {"sku": "x" * 3000, "min_fen": 1}}, "terms.sku"),
        ({"kind": "threshold", "terms": {"by": "fen", "tiers": [{"at": 1, "coupon": TEMPLATE}]}}, "terms.tiers[0].coupon"),
        ({"kind": "groups", "terms": {"parts": [{"scope": {"categories": ["x" * 3000]}}], "off_fen": 1}},
         "terms.parts[0].scope.categories[0]"),
    ],
)  # fmt: skip
def test_a_template_names_goods_and_coupons_that_there_are(staff, other, at):
    body = {**BODY, "offer": {**BODY["offer"], **other}}
    answer = staff.front.post(TEMPLATES, body, token=staff.token)
    assert (answer.status, answer.json["code"], answer.json["params"]["at"]) == (422, "OFFER_GOODS_UNKNOWN", at)
    assert len(answer.json["params"]["id"]) <= 40
    made = staff.add()
    assert staff.put(made["id"], body, 1, 422)["code"] == "OFFER_GOODS_UNKNOWN"


def test_codes_are_made_of_what_is_given_out_and_no_more_than_there_are(staff):
    draft = staff.add(public=False)["id"]
    for body in ({"pieces": 1}, {"pieces": 1, "code": "EARLY"}):
        told = staff.post(f"{draft}/codes", body, body.get("code", "k"), 409)
        assert (told["code"], told["params"]) == ("COUPON_TEMPLATE_STATE_CONFLICT", {"state": "draft"})
    template = staff.opened(public=False)
    for body in ({"pieces": 101}, {"pieces": 101, "code": "MANY"}):
        told = staff.post(f"{template}/codes", body, f"2{body.get('code', 'k')}", 422)
        assert (told["code"], told["params"]) == ("COUPON_CODES_TOO_MANY", {"most": 100})
    staff.post(f"{template}/codes", {"pieces": 60, "code": "MANY"}, "3")
    told = staff.post(f"{template}/codes", {"pieces": 41}, "4", 422)
    assert (told["code"], told["params"]) == ("COUPON_CODES_TOO_MANY", {"most": 100}), "over all batches"
    staff.post(f"{template}/codes", {"pieces": 40}, "5")
    assert staff.post(f"{template}/codes", {"pieces": 1}, "6", 422)["code"] == "COUPON_CODES_TOO_MANY"
    endless = staff.opened(public=False, total=None)
    for key in "78":
        staff.post(f"{endless}/codes", {"pieces": 1000}, key)


def test_a_template_that_is_not_given_out_is_granted_to_nobody(staff, anna):
    draft = staff.add(public=False)["id"]
    asked = {"customers": [anna.id]}
    told = staff.post(f"{draft}/grants", asked, "a", 409)
    assert (told["code"], told["params"]) == ("COUPON_TEMPLATE_STATE_CONFLICT", {"state": "draft"})
    template = staff.opened(public=False)
    staff.put(f"{template}/status", {"action": "close"}, 2)
    assert staff.post(f"{template}/grants", asked, "b", 409)["params"] == {"state": "closed"}


def test_only_who_grants_sees_codes(staff, front):
    template = staff.opened(public=False)
    job = staff.post(f"{template}/codes", {"pieces": 1})
    support = people.member(front, "support", fresh=True)
    assert front.get(f"{TEMPLATES}/{template}/jobs/{job['id']}/codes", token=support.token).status == 403


@pytest.mark.parametrize(("most", "status"), [(79_920, 201), (79_921, 422)])
@pytest.mark.parametrize(
    ("kind", "terms", "at"),
    [
        ("amount", {"off_fen": 1000, "min_pieces": "?"}, "terms.min_pieces"),
        (
            "threshold",
            {"by": "pieces", "tiers": [{"at": 1, "off_fen": 100}, {"at": "?", "off_fen": 200}]},
            "terms.tiers[1].at",
        ),
        ("groups", {"parts": [{"scope": {"all": True}, "pieces": "?"}], "off_fen": 100}, "terms.parts[0].pieces"),
        ("choose", {"pieces": "?", "price_fen": 100}, "terms.pieces"),
        ("second_half", {"nth": "?", "pay_bp": 5000}, "terms.nth"),
        ("cheapest_free", {"of": "?"}, "terms.of"),
        ("buy_get", {"buy": "?", "get": 1, "pay_bp": 0}, "terms.buy"),
        ("buy_get", {"buy": 1, "get": "?", "pay_bp": 0}, "terms.get"),
    ],
)
def test_no_coupon_wants_more_pieces_than_an_order_holds(staff, kind, terms, at, most, status):
    meant = json.loads(json.dumps(terms).replace('"?"', str(most)))
    answer = staff.front.post(
        TEMPLATES, {**BODY, "offer": {**BODY["offer"], "kind": kind, "terms": meant}}, token=staff.token
    )
    assert answer.status == status, answer.text
    if status == 422:
        assert answer.json["params"] == {"at": at, "problem": "too_large"}


def test_what_a_refund_keeps_of_a_coupon_hangs_on_one_threshold(staff):
    terms = {"off_fen": 1000, "min_fen": 5000, "min_pieces": 2}
    kept = {**BODY["offer"], "kind": "amount", "terms": terms, "refund_policy": "keep_if_threshold_still_met"}
    told = staff.front.post(TEMPLATES, {**BODY, "offer": kept}, token=staff.token)
    assert (told.status, told.json["params"]) == (422, {"at": "terms.min_pieces", "problem": "two_thresholds"})


def test_a_tier_by_money_may_be_as_high_as_it_likes(staff):
    terms = {"by": "fen", "tiers": [{"at": 1_000_000, "off_fen": 100}], "parts": None}
    staff.add(offer={**BODY["offer"], "kind": "threshold", "terms": terms})


def test_a_customer_sees_which_coupons_they_may_claim_and_why_not_the_others(front, staff, anna):
    one, two, later, elsewhere = (
        staff.opened(**other)
        for other in (
            {"per_person": 1},
            {"per_person": 2, "per_day": 1},
            {"claim_from": iso(world.now() + timedelta(hours=1))},
            {"offer": {**BODY["offer"], "audience": {"channels": ["mini"]}}},
        )
    )
    hidden = staff.opened(public=False)
    claimable = lambda: {
        item["template_id"]: (item["claimed"], item["can_claim"], item["reason"])
        for item in front.get("/v1/me/coupons/claimable", token=anna.token).json["items"]
    }
    assert claimable() == {
        one: (0, True, None),
        two: (0, True, None),
        later: (0, False, "CLAIM_NOT_OPEN"),
        elsewhere: (0, False, "CLAIM_NOT_FOR_YOU"),
    }
    for template in (one, two):
        assert front.post(f"/v1/coupons/{template}/claims", {}, token=anna.token).status == 201
    assert (claimable()[one], claimable()[two]) == ((1, False, "CLAIMED_ENOUGH"), (1, False, "CLAIMED_ENOUGH_TODAY"))
    assert hidden not in claimable()
