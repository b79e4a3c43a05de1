"""Somebody registers with an address that is not theirs, and waits; its owner comes by a code and gets an account of their own.

The squatter has filled what he holds: an address, a cart, a consent, an order. Nothing of it may reach the owner, and
nothing of the owner's may reach him.
"""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.events import UserSessionsEnded
from chalicelib.records.identity.model import ACCOUNT, IDENTIFIER, Account, IdentifierRow
from chalicelib.runtime import table
from chalicelib.runtime.work import Work
from tests.records.identity.test_staff import facts
from tests.support import aws, people
from tests.support.counter import ADDRESS, counter  # noqa: F401  # a shop with goods
from tests.support.people import TERMS
from tests.support.world import minutes

EMAIL, PASSWORD, OWN = "li@example.com", "long enough 1", "my very own 1"


@pytest.fixture
def shop(counter):  # noqa: F811  # the fixture
    return counter


@pytest.fixture
def thief(shop):
    """A squatter with everything that an account may hold."""
    body = {"email": EMAIL, "password": PASSWORD, "terms": TERMS, "name": "Thief"}
    who = people.person(shop.front.post("/v1/auth/register", body))
    assert shop.ask("POST", "/v1/me/addresses", ADDRESS, token=who.token).status == 201
    consent = {"purpose": "marketing_email", "granted": True, "policy": TERMS}
    assert shop.ask("PUT", "/v1/me/consents", consent, token=who.token).status == 204
    quote = shop.quote((0, 1), token=who.token)["quote"]
    assert shop.ask("POST", "/v1/orders", {"quote": quote}, token=who.token).status == 201
    assert shop.ask("PUT", f"/v1/cart/items/{shop.skus[1]}", {"quantity": 2}, token=who.token).status == 200
    return who


def by_login(front, code):
    return front.post("/v1/auth/login", {"email": EMAIL, "code": code})


def by_reset(front, code):
    return front.post("/v1/auth/password", {"email": EMAIL, "code": code, "password": OWN})


def by_registering(front, code):
    return front.post("/v1/auth/register", {"email": EMAIL, "code": code, "terms": TERMS, "password": OWN})


WAYS = {"login": ("login", by_login), "reset": ("password", by_reset), "register": ("register", by_registering)}


def comes(front, way):
    """The owner, by a code to the address."""
    purpose, act = WAYS[way]
    answer = act(front, people.code_for(front, purpose, email=EMAIL))
    assert answer.status in (200, 201), answer.text
    return people.person(answer)


@pytest.mark.parametrize("way", WAYS)
def test_the_owner_of_an_address_gets_an_account_to_which_nothing_leads_that_was_done_before(shop, thief, way):
    owner = comes(shop.front, way)
    assert owner.id != thief.id
    ask = lambda path: shop.ask("GET", path, token=owner.token).json
    assert ask("/v1/me/addresses")["items"] == ask("/v1/orders")["items"] == ask("/v1/cart")["lines"] == []
    agreed = {one["purpose"] for one in ask("/v1/me/consents")["items"] if one["granted"]}
    assert agreed == ({"terms"} if way == "register" else set()), "nobody agreed to anything for the owner"
    told = ask("/v1/me")
    assert (told["email"], told["name"], told["has_password"]) == (EMAIL, None, way != "login")


@pytest.mark.parametrize("way", WAYS)
def test_the_squatters_tokens_lead_nowhere(shop, thief, way):
    owner = comes(shop.front, way)
    added = shop.ask("POST", "/v1/me/addresses", ADDRESS, token=owner.token)
    assert added.status == 201
    for method, path, body in (
        ("GET", "/v1/me", None), ("GET", "/v1/me/addresses", None), ("POST", "/v1/me/addresses", ADDRESS),
        ("PUT", "/v1/me/password", {"password": OWN, "old_password": PASSWORD}), ("DELETE", "/v1/me", None),
    ):  # fmt: skip
        assert shop.ask(method, path, body, token=thief.token).json["code"] == "SESSION_ENDED", path
    refreshed = shop.front.post("/v1/auth/refresh", {"refresh_token": thief.refresh})
    assert refreshed.json["code"] == "SESSION_ENDED"
    again = shop.front.post("/v1/auth/login", {"email": EMAIL, "password": PASSWORD})
    assert (again.status, again.json["code"]) == (401, "CREDENTIALS_WRONG")
    assert shop.front.post("/v1/auth/refresh", {"refresh_token": owner.refresh}).status == 200


@pytest.mark.parametrize("way", WAYS)
def test_the_squatters_account_stays_with_its_orders_and_without_the_address(shop, thief, way):
    owner = comes(shop.front, way)
    row = table.get(Account, thief.id, ACCOUNT, consistent=True)
    assert (row.state, row.email, row.identifier_keys, row.unproven) == ("active", None, [], None)
    assert [claim.account for claim in aws.rows_of(IdentifierRow, IDENTIFIER) if claim.owner.startswith("email#")] == [
        owner.id
    ]
    support = people.member(shop.front, "support")
    found = shop.ask("GET", f"/v1/admin/users?email={EMAIL}", token=support.token).json["items"]
    assert [one["user_id"] for one in found] == [owner.id]
    orders = shop.ask("GET", f"/v1/admin/search?q={EMAIL}", token=support.token).json
    assert (orders["customer"]["id"], orders["orders"]) == (owner.id, [])
    assert {"user_id": thief.id, "why": "claimed"} in facts(UserSessionsEnded.wire)


def test_the_owner_then_comes_back_to_the_same_account(shop, thief):
    owner = comes(shop.front, "reset")
    shop.clock.advance(minutes(2))
    assert comes(shop.front, "login").id == owner.id
    assert shop.front.post("/v1/auth/login", {"email": EMAIL, "password": OWN}).json["user_id"] == owner.id


def test_an_address_is_taken_from_a_squatter_into_an_account_that_its_owner_has(shop, thief):
    owner = people.proven(shop.front, shop.clock, people.Person("", shop.token))
    code = people.code_for(shop.front, "bind", email=EMAIL)
    assert shop.ask("PUT", "/v1/me/contact", {"email": EMAIL, "code": code}, token=owner.token).status == 204
    assert shop.ask("GET", "/v1/me", token=owner.token).json["email"] == EMAIL
    assert table.get(Account, thief.id, ACCOUNT, consistent=True).email is None
    assert shop.ask("GET", "/v1/me", token=thief.token).json["code"] == "SESSION_ENDED"
    shop.clock.advance(minutes(2))
    assert comes(shop.front, "login").id == owner.id


@pytest.mark.parametrize("state", ["blocked", "closed"])
def test_a_squatter_who_is_shut_out_shuts_nobody_else_out(shop, thief, state):
    row, work = accounts.get(thief.id), Work(people_worker(), "test")
    accounts.change(row, {"state": state, "version": int(row.version) + 1}, work)
    work.commit()
    owner = comes(shop.front, "login")
    assert owner.id != thief.id
    assert table.get(Account, thief.id, ACCOUNT, consistent=True).state == state


def people_worker():
    from chalicelib.runtime.caller import worker

    return worker("test")


def test_whoever_has_shown_that_an_address_is_theirs_keeps_their_account(shop, thief):
    """It is the code to the address that counts, not who came first."""
    code = people.code_for(shop.front, "bind", email=EMAIL)
    assert shop.ask("PUT", "/v1/me/contact", {"email": EMAIL, "code": code}, token=thief.token).status == 204
    shop.clock.advance(minutes(2))
    assert comes(shop.front, "login").id == thief.id
    assert len(shop.ask("GET", "/v1/me/addresses", token=thief.token).json["items"]) == 1


@pytest.mark.parametrize("way", ["register", "bind"])
def test_a_proven_address_is_nobody_elses(shop, thief, way):
    owner = comes(shop.front, "login")
    shop.clock.advance(minutes(2))
    if way == "register":
        code = people.code_for(shop.front, "register", email=EMAIL)
        taken = by_registering(shop.front, code)
    else:
        other = people.proven(shop.front, shop.clock, people.Person("", shop.token))
        code = people.code_for(shop.front, "bind", email=EMAIL)
        taken = shop.ask("PUT", "/v1/me/contact", {"email": EMAIL, "code": code}, token=other.token)
    assert (taken.status, taken.json["code"]) == (409, "IDENTITY_TAKEN")
    assert table.get(Account, owner.id, ACCOUNT, consistent=True).email is not None


def test_a_wrong_code_takes_nothing_from_anybody(shop, thief):
    code = people.code_for(shop.front, "login", email=EMAIL)
    assert by_login(shop.front, f"{(int(code) + 1) % 1_000_000:06d}").json["code"] == "CODE_WRONG"
    assert shop.ask("GET", "/v1/me", token=thief.token).status == 200


def test_of_an_owner_who_comes_and_a_squatter_who_proves_at_once_one_wins(shop, thief, monkeypatch):
    """Both hold a code: the second finds that the address is no squatter's any more."""
    code = people.code_for(shop.front, "login", email=EMAIL)
    shop.clock.advance(minutes(2))
    bind = people.code_for(shop.front, "bind", email=EMAIL)
    commit, once = Work.commit, []

    def overtaken(self, reply=None):
        if not once and self.scope == "POST /v1/auth/login":
            once.append(0)
            body = {"email": EMAIL, "code": bind}
            once[0] = shop.ask("PUT", "/v1/me/contact", body, token=thief.token).status
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", overtaken)
    late = by_login(shop.front, code)
    monkeypatch.undo()
    if once:  # the first code may have given way to the second
        assert (once, late.status) == ([204], 409)
        assert {one["code"] for one in late.json.get("reasons", [late.json])} <= {"STALE_ACCOUNT", "IDENTITY_TAKEN"}
    assert [claim.account for claim in aws.rows_of(IdentifierRow, IDENTIFIER) if claim.owner.startswith("email#")] == [
        thief.id
    ]


def test_a_claim_moves_only_from_whom_it_was_read_to_belong(shop, thief):
    row = accounts.get(thief.id)
    comes(shop.front, "login")
    work = Work(people_worker(), "test")
    one = accounts.identifier("email", EMAIL)
    accounts.take_over(row, one, "U01JZ0000000000000000000000", work)
    with pytest.raises(CommitRejected) as refused:
        work.commit()
    assert {reason.code for reason in refused.value.reasons} == {"IDENTITY_TAKEN", "STALE_ACCOUNT"}
