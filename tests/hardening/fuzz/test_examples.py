"""The examples of the documents work when they are sent: what a door refuses is not how they are written."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError

from chalicelib.runtime.http import Operation
from local import openapi
from tests.hardening.fuzz.gate import Answer, ask
from tests.hardening.fuzz.nasty import Doors, described, leaves, put
from tests.hardening.fuzz.staffed import StaffedShop

MEDIUM = "application/json"
# What no written example can be: signed by this shop, or of these days.
OF_THE_SHOP = {
    "QUOTE_INVALID", "GUEST_NEEDED", "RESEND_SPAN_WRONG", "CURSOR_INVALID", "WEBHOOK_ADDRESS_REFUSED",
    "OPT_OUT_LINK_INVALID", "MINI_TEMPLATE_UNKNOWN",
}  # fmt: skip


@pytest.fixture(scope="module")
def known() -> list[Operation]:
    described()
    return openapi.operations()


def parameters(op: Operation) -> list[dict[str, Any]]:
    document = described()
    found = document["paths"][op.path][op.method.lower()]["parameters"]
    return [
        document["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one for one in found
    ]


def shown(parameter: dict[str, Any]) -> Any:
    """Its example, None where it has none."""
    schema = parameter["schema"]
    return parameter.get("example", next(iter(schema.get("examples", ())), schema.get("default")))


def sent(shop: StaffedShop, op: Operation, without: str = "") -> Answer:
    """What the documents show of an operation, sent by who may; path variables name what is there."""
    doors = Doors(shop)
    told = described()["paths"][op.path][op.method.lower()]
    query = {p["name"]: shown(p) for p in parameters(op) if p["in"] == "query" and shown(p) not in (None, "")}
    headers = {p["name"]: shown(p) for p in parameters(op) if p["in"] == "header" and p.get("required")}
    body = told.get("requestBody", {}).get("content", {}).get(MEDIUM, {}).get("example")
    headers |= {"Idempotency-Key": "an-example"} if op.key == "required" else {}
    if role := doors.role(op):
        headers["Authorization"] = f"Bearer {shop.tokens[role]}"
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    plain = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
    return ask(
        op.method, doors.path(op), content, headers | ({"Content-Type": MEDIUM} if content else {}), urlencode(plain)
    )


def test_each_documented_example_is_taken_for_what_it_is(known, shop):
    tried, wrong = 0, []
    for op in known:
        if op.permit == "signed" or (op.body is None and op.query is None):
            continue
        shop.back()
        answer = sent(shop, op)
        tried += 1
        if answer.status in (400, 405, 413, 415, 422, 500) and answer.code not in OF_THE_SHOP:
            wrong.append(f"{op.method} {op.path}: {answer.status} {answer.text[:300]}")
    assert wrong == []
    assert tried > 60


def test_a_body_that_is_missing_is_told_in_a_sentence(known, shop):
    for op in known:
        if op.body is None:
            continue
        doors = Doors(shop)
        token = {"Authorization": f"Bearer {shop.tokens[role]}"} if (role := doors.role(op)) else {}
        answer = ask(op.method, doors.path(op), b"", {"Content-Type": MEDIUM, "Accept-Language": "en", **token})
        assert (answer.status, answer.code) == (422, "BODY_MISSING"), f"{op.method} {op.path}"
        assert answer.json["title"] == "This request needs a JSON body"


def test_a_parameter_that_comes_twice_is_told_by_name(shop):
    answer = ask("GET", "/v1/products", headers={"Accept-Language": "en"}, query="limit=5&limit=6")
    assert (answer.status, answer.code) == (422, "PARAMETER_REPEATED")
    assert answer.json["title"] == "The query parameter limit may be given once only"
    odd = ask("GET", "/v1/products", query="%E4%B8%AD=1&%E4%B8%AD=2")
    assert (odd.code, odd.json["params"]) == ("PARAMETER_REPEATED", {"name": "-"})
    assert ask("GET", "/v1/products", query="limit=5").status == 200


def test_a_phone_that_is_too_short_is_told_what_is_missing(shop):
    body = json.dumps({"phone": "1380013", "purpose": "register"}).encode()
    answer = ask("POST", "/v1/auth/codes", body, {"Content-Type": MEDIUM, "Accept-Language": "en"})
    assert (answer.status, answer.code) == (422, "PHONE_INVALID")
    assert "11 digits" in answer.json["title"]


ONE_WORD = {"PUT /v1/admin/switches/{name}": "a switch takes what is of its own type"}
READ_LATER = {"plan", "terms", "after", "rows"}  # documents that rules read, with words of their own


def test_a_number_is_no_text_and_yes_is_no_1(known):
    tried = 0
    for op in known:
        told = described()["paths"][op.path][op.method.lower()]
        example = told.get("requestBody", {}).get("content", {}).get(MEDIUM, {}).get("example")
        for at, value in leaves(example) if op.body is not None and f"{op.method} {op.path}" not in ONE_WORD else ():
            if not isinstance(value, int) or READ_LATER & set(at):
                continue
            for odd in ("true", 1) if isinstance(value, bool) else (str(value), value + 0.5, True):
                with pytest.raises(ValidationError):
                    op.body.model_validate_json(json.dumps(put(example, at, odd)))
                tried += 1
    assert tried > 100
