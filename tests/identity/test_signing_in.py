"""Registering, signing in, staying signed in, and being locked out."""

from __future__ import annotations

from chalicelib.records.identity.service import identify
from chalicelib.runtime import world
from tests.support import people
from tests.support.people import TERMS
from tests.support.world import minutes


def test_phone_and_code_register_once_and_sign_in(front):
    who = people.register(front, "138 0013 8000")
    assert who.id.startswith("U")
    assert identify(who.token, world.now()).role == "customer"

    world.current().clock.advance(minutes(2))
    code = people.code_for(front, "login", phone="+8613800138000")
    again = front.post("/v1/auth/login", {"phone": "13800138000", "code": code})
    assert again.status == 200
    assert again.json["user_id"] == who.id


def test_a_guest_has_an_id_and_nothing_but_a_cart(front):
    who = people.guest(front)
    caller = identify(who.token, world.now())
    assert (who.id[0], caller.role) == ("G", "guest")
    assert caller.may("carts:edit")
    assert not caller.may("orders:place")


def test_email_and_password(front):
    body = {"email": "Li@Example.com", "password": "long enough 1", "terms": TERMS}
    made = front.post("/v1/auth/register", body)
    assert made.status == 201, made.text
    right = front.post("/v1/auth/login", {"email": "li@example.com", "password": "long enough 1"})
    wrong = front.post("/v1/auth/login", {"email": "li@example.com", "password": "long enough 2"})
    assert (right.status, right.json["user_id"]) == (200, made.json["user_id"])
    assert (wrong.status, wrong.json["code"]) == (401, "LOGIN_FAILED")
