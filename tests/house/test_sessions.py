"""Which doors believe an access token alone, and which look before they leap: two short lists, said with their reasons."""

from __future__ import annotations

import re

import pytest

from chalicelib.kernel.permits import ROLES, permits
from chalicelib.records.identity.access.service import tokens
from chalicelib.runtime.http import OPERATIONS, PUBLIC, SIGNED
from infra import ship
from tests.house import source

TOKEN_ALONE = {
    "GET /v1/cart": "a cart holds SKUs and numbers, nothing of a person; guests have no session",
    "PUT /v1/cart/items/{sku}": "the same; one write and no read, the busiest door of all",
    "DELETE /v1/cart/items/{sku}": "the same",
    "PUT /v1/cart/selection": "the same",
    "POST /v1/quotes": "reads prices and stock, writes nothing, tells no address",
    "POST /v1/orders": "moves neither goods nor money: what is not paid goes back, starting to pay is checked, a new address "
    "too, and what costs nothing is checked in the placing itself",
    "GET /v1/session": "tells what the token itself says, and of staff what was looked up a moment ago; guests have no session",
    "POST /v1/auth/logout": "ends the session that it names, which may have ended; everywhere is checked in the act",
}
LOOKED_UP_FIRST = {
    "POST /v1/orders/{order_id}/payments": "a provider is asked, and a former attempt closed there",
    "POST /v1/payments/{payment_id}/refresh": "a provider is asked, and what it says is folded whoever asked",
    "POST /v1/orders/{order_id}/cancellation": "open attempts are closed at their providers",
    "POST /v1/admin/orders/{order_id}/cancellation": "the same",
    "POST /v1/admin/orders/{order_id}/price-adjustments": "the same",
    "POST /v1/admin/payments/exceptions/{case_id}/resolution": "a provider is asked",
    "GET /v1/me/data-exports/{export_id}": "its link opens all that is held of a person",
    "PUT /v1/me/password": "tries of the old password are counted",
    "PUT /v1/me/contact": "tries of a code are counted",
    "POST /v1/auth/step-up": "tries of a code are counted",
    "POST /v1/auth/totp": "tries of the second factor are counted",
    "POST /v1/admin/queues/{name}/redrive": "messages are moved",
    "POST /v1/groups/{group_id}/passes": "a pass is believed for an hour",
}


@pytest.fixture(scope="module")
def operations():
    import app  # noqa: F401  # registers the routes

    return [op for op in OPERATIONS if op.function.__module__.startswith("chalicelib.")]


def named(operations, session):
    return {f"{op.method} {op.path}" for op in operations if op.session == session}


def test_these_doors_and_no_others_believe_a_token_alone(operations):
    assert named(operations, "token") == set(TOKEN_ALONE)


def test_these_doors_look_before_they_ask_or_move_anything_elsewhere(operations):
    assert named(operations, "first") == set(LOOKED_UP_FIRST)


def test_every_other_door_that_somebody_signed_in_enters_checks_the_session_or_only_reads(operations):
    known = named(operations, "token") | named(operations, "first")
    for op in operations:
        if op.permit in (PUBLIC, SIGNED):
            assert op.session == "none", op.path
        elif f"{op.method} {op.path}" not in known:
            assert op.session == ("read" if op.method == "GET" else "checked"), op.path


def test_who_has_no_session_enters_only_doors_that_ask_for_none(operations):
    assert {op.session for op in operations if op.permit in permits(["guest"])} == {"token"}
    assert ROLES["guest"]


def test_a_door_of_another_kind_of_session_is_not_built():
    from chalice.app import Blueprint

    from chalicelib.runtime.http import endpoint

    for permit, session in (("carts:edit", "some"), (PUBLIC, "token")):
        with pytest.raises(TypeError):
            endpoint(Blueprint("x"), "GET", "/v1/x", permit=permit, session=session)


def test_what_asks_for_a_second_person_says_so_where_doors_are_listed(operations):
    """`second` of a door is what docs/routes.md shows: it is said wherever a refusal tells that somebody else is needed."""
    said = {f"{op.method} {op.path}": op.second for op in operations if op.second}
    for op in operations:
        codes, name = {kind.code for kind in op.errors}, f"{op.method} {op.path}"
        if "SECOND_PERSON_NEEDED" in codes:
            assert said[name] == "beyond a limit"
        if any(code.endswith("_NEEDS_ANOTHER") for code in codes):
            assert said[name].startswith("is one")
    assert set(said) == {
        "PUT /v1/admin/coupon-templates/{template_id}/status",
        "POST /v1/admin/coupon-templates/{template_id}/grants",
        "POST /v1/admin/coupon-templates/{template_id}/codes",
        "POST /v1/admin/offers/{offer_id}/publication",
        "POST /v1/admin/products/{product_id}/skus",
        "PUT /v1/admin/products/{product_id}/skus/{sku}",
        "POST /v1/admin/stock/{sku}/adjustments",
        "POST /v1/admin/stock-takes",
        "POST /v1/admin/proposals",
        "POST /v1/admin/proposals/{proposal_id}/agreement",
        "PUT /v1/admin/users/{user_id}/roles",
        "POST /v1/admin/refunds",
        "POST /v1/admin/refunds/{refund_id}/approval",
    }
    assert not [name for name in said if name.startswith("GET")]


def test_what_is_said_of_a_tokens_life_is_how_long_it_lives():
    assert (tokens.ACCESS_SECONDS, tokens.GUEST_SECONDS) == (600, 90 * 86_400)
    assert "up to ten minutes" in ship.TOKENS
    assert "lives for ten minutes" in source.texts()["README.md"]
    assert "lives for ten minutes" in source.texts()["docs/routes.md"]
    assert re.search(r"README, (.+)$", ship.TOKENS)[1] in source.texts()["README.md"]
