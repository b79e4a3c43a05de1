"""Every door of the shop, by its registration: a body too large answers 413, a page too long or a quantity too great 422."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import app  # noqa: F401  # registers every door
from chalicelib.runtime import limits
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import OPERATIONS, PUBLIC, SIGNED, Operation

DOOR = sys.modules["chalicelib.runtime.http.endpoint"]  # the package's name `endpoint` is the function
OURS = [op for op in OPERATIONS if op.function.__module__.startswith("chalicelib.") and op.permit != SIGNED]
BODIES = [op for op in OURS if op.method in ("POST", "PUT", "PATCH")]
PAGES = [op for op in OURS if op.query is not None and "limit" in op.query.model_fields]
MOST = 999


class Everything(frozenset):
    """Every permit there is."""

    def __contains__(self, permit: object) -> bool:
        return True


@pytest.fixture(autouse=True)
def let_in(front, monkeypatch):
    monkeypatch.setattr(DOOR, "_identify", lambda token, now: Caller("U1", "test", Everything(), fresh=True))
    monkeypatch.setenv("LIMIT_SCALE", "1000")
    limits.forget()


def name(op: Operation) -> str:
    return f"{op.method} {op.path}"


def path(op: Operation) -> str:
    return re.sub(r"\{[^}]*\}", "O01JZ0000000000000000000001", op.path)


def asked(front: Any, op: Operation, **kwargs: Any) -> Any:
    return front.request(op.method, kwargs.pop("path", path(op)), token="any", key="k1", **kwargs)


def quantities(model: Any, seen: frozenset[Any] = frozenset()) -> list[tuple[type[BaseModel], str]]:
    """The fields called quantity in a model, however deep."""
    found: list[tuple[type[BaseModel], str]] = []
    if isinstance(model, type) and issubclass(model, BaseModel):
        if model in seen:
            return []
        found += [(model, field) for field in model.model_fields if field == "quantity"]
        for field in model.model_fields.values():
            found += quantities(field.annotation, seen | {model})
    for part in getattr(model, "__args__", ()):
        found += quantities(part, seen)
    return found


QUANTITIES = sorted({(m, f) for op in OURS for m, f in quantities(op.body)}, key=lambda pair: pair[0].__qualname__)


@pytest.mark.parametrize("op", BODIES, ids=name)
def test_a_body_above_a_quarter_megabyte_is_refused(front, op):
    answer = asked(front, op, raw=b'{"x":"' + b"a" * (256 * 1024) + b'"}', headers={"Content-Type": op.media[0]})
    assert (answer.status, answer.json["code"]) == (413, "TOO_LARGE")


def test_a_body_of_a_quarter_megabyte_is_read(front):
    largest = b'{"x":"' + b"a" * (256 * 1024 - 8) + b'"}'
    for raw, code in ((largest, "INVALID_REQUEST"), (largest + b" ", "TOO_LARGE")):
        assert front.post("/v1/quotes", token="any", raw=raw).json["code"] == code


@pytest.mark.parametrize("key", ["", "a b", "k\n", "\nk", "x" * 256, "中", "\ud800", "\x7f", "k\0"])
def test_an_idempotency_key_is_255_visible_characters_at_most(front, key):
    body = {"order_id": "O01JZ0000000000000000000001", "reason": "came late"}
    answer = front.post("/v1/admin/refunds", body, token="any", headers={"Idempotency-Key": key})
    assert (answer.status, answer.json["code"]) == (422, "IDEMPOTENCY_KEY_MALFORMED")
    answer = front.post("/v1/admin/refunds", body, token="any", headers={"Idempotency-Key": "~" * 255})
    assert answer.json["code"] == "SESSION_ENDED", "the key is taken; it is the session that nobody has"


@pytest.mark.parametrize("op", PAGES, ids=name)
@pytest.mark.parametrize("limit", ["101", "0", "-1", "x", "1000000000000"])
def test_a_page_is_one_to_a_hundred(front, op, limit):
    answer = asked(front, op, path=f"{path(op)}?limit={limit}")
    assert (answer.status, answer.json["code"]) == (422, "INVALID_REQUEST")
    assert {error["at"] for error in answer.json["errors"]} >= {"limit"}


@pytest.mark.parametrize(("model", "field"), QUANTITIES, ids=lambda part: getattr(part, "__qualname__", part))
@pytest.mark.parametrize("quantity", [MOST + 1, -1, 1.5, "3", True])
def test_a_quantity_is_a_whole_number_below_a_thousand(model, field, quantity):
    with pytest.raises(ValidationError) as refused:
        model.model_validate({field: quantity})
    assert field in {str(error["loc"][0]) for error in refused.value.errors()}


def test_lists_in_and_texts_in_have_an_end():
    """A client can make no field of a body or query endless."""
    endless = []
    for op in OURS:
        for model in (op.body, op.query):
            if model is not None:
                schema = model.model_json_schema()
                for owner, spot in [(model.__name__, schema), *schema.get("$defs", {}).items()]:
                    endless += [f"{owner}.{f}" for f, told in spot.get("properties", {}).items() if _endless(told)]
    assert sorted(set(endless)) == []


def _endless(told: dict[str, Any]) -> bool:
    choices = told.get("anyOf", [told])
    for choice in choices:
        if choice.get("type") == "array" and "maxItems" not in choice:
            return True
        if choice.get("type") == "string" and not ({"maxLength", "enum", "const", "pattern", "format"} & set(choice)):
            return True
    return False


def test_costly_doors_are_limited():
    """What takes stock, asks others or reads much has a limit of its own."""
    wanted = {
        "POST /v1/quotes": "quote", "POST /v1/orders": "place", "POST /v1/orders/one-click": "place",
        "POST /v1/orders/{order_id}/payments": "pay", "GET /v1/admin/search": "search",
        "POST /v1/payments/{payment_id}/refresh": "provider",
        "POST /v1/auth/register": "register", "POST /v1/auth/social/{provider}": "social", "POST /v1/me/data-exports": "export",
        "GET /v1/me/data-exports/{export_id}": "export_link",
        "POST /v1/coupons/redemptions": "coupon_code", "POST /v1/coupons/{template_id}/claims": "coupon_claim",
        "GET /v1/me/coupons/claimable": "coupons_claimable",
        "POST /v1/groups/{group_id}/coupons/{template_id}/claims": "group_claim", "GET /s/{code}": "short_link",
        "PUT /v1/me/watching/{kind}/{sku}": "watch", "POST /v1/me/tickets": "ticket",
        "POST /v1/me/tickets/{ticket_id}/replies": "ticket_reply", "POST /v1/unsubscribe": "unsubscribe",
        "PUT /v1/orders/{order_id}/surveys/{line}": "survey", "PUT /v1/surveys/{token}": "survey_link",
    }  # fmt: skip
    assert {name(op): op.limit.name for op in OURS if op.limit is not None} == wanted


def test_what_is_counted_under_one_name_is_one_limit():
    held = {op.limit for op in OURS if op.limit is not None}
    assert len({limit.name for limit in held}) == len(held)
    assert all(limit.rules and all(rule.times > 0 for rule in limit.rules) for limit in held)


def test_a_door_that_is_asked_too_often_says_when_to_come_back(front, monkeypatch):
    two = limits.Limit("door", limits.shared(2, per="minute", by="ip"))
    op = next(
        op for op in OURS if op.method == "GET" and op.permit == PUBLIC and "{" not in op.path and op.query is None
    )
    limited = op._replace(limit=two)
    monkeypatch.setenv("LIMIT_SCALE", "1")
    real = DOOR._serve
    monkeypatch.setattr(DOOR, "_serve", lambda o, *rest: real(limited if o is op else o, *rest))
    answers = [asked(front, op) for _ in range(3)]
    assert [answer.status for answer in answers][2] == 429
    assert answers[2].json["code"] == "TOO_MANY_REQUESTS"
    assert answers[2].headers["retry-after"] == str(answers[2].json["params"]["seconds"])
    assert answers[0].status == 200
