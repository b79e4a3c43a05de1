"""The contract itself: whatever a client may send has an end, whatever it is answered is said beforehand, nothing leaks."""

from __future__ import annotations

import json
import re

import pytest

from chalicelib.runtime import world
from local import openapi
from tests.hardening.fuzz import nasty
from tests.house.test_permits import NAMES, NOBODYS, owned_doors


@pytest.fixture(scope="module")
def document():
    import app  # noqa: F401  # registers the routes

    return openapi.document()


def shapes(document, side):
    """(name, schema) of every shape that goes in ("requestBody") or comes out ("responses"), however deep."""
    waiting = [one.get(side, {}) for methods in document["paths"].values() for one in methods.values()]
    seen: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            ref = str(value.get("$ref", ""))
            kind, _, name = ref.removeprefix("#/components/").partition("/")
            if name and ref not in seen:
                seen.add(ref)
                waiting.append(document["components"][kind][name])
                if kind == "schemas":
                    yield name, document["components"]["schemas"][name]
            waiting += [inner for key, inner in value.items() if key not in ("example", "examples")]
        elif isinstance(value, list):
            waiting += value


def fields(schema, at=""):
    """(where, schema) of every value within a shape."""
    for name, inner in schema.get("properties", {}).items():
        yield f"{at}.{name}", inner
        for option in (inner, *inner.get("anyOf", ())):
            if option.get("type") == "array":
                yield f"{at}.{name}[]", option.get("items", {})


def options(schema):
    return schema.get("anyOf") or schema.get("oneOf") or [schema]


def test_every_shape_is_closed(document):
    """An unknown field is refused when it comes in, and never goes out."""
    kinds = {"Problem"}  # its facts differ
    for side in ("requestBody", "responses"):
        found = dict(shapes(document, side))
        assert len(found) > 20
        wide = [n for n, s in found.items() if s.get("type") == "object" and s.get("additionalProperties") is not False]
        assert set(wide) <= kinds, f"{side}: {sorted(set(wide) - kinds)}"


def test_every_number_text_and_list_that_comes_in_has_an_end(document):
    given = [(f"{name}{at}", field) for name, shape in shapes(document, "requestBody") for at, field in fields(shape)]
    given += [
        (f"{path}?{one['name']}", one["schema"])
        for path, methods in document["paths"].items()
        for asked in methods.values()
        for one in asked.get("parameters", ())
        if one.get("in") == "query"
    ]
    endless = []
    for name, field in given:
        for one in options(field):
            bounds = {
                "integer": ("maximum", "exclusiveMaximum", "enum", "const"), "array": ("maxItems",),
                "string": ("maxLength", "pattern", "enum", "const", "format"),
            }.get(one.get("type", ""), ())  # fmt: skip
            if bounds and not any(bound in one for bound in bounds):
                endless.append(f"{name} ({one['type']})")
    assert len(given) > 150
    assert not endless, f"without an end: {sorted(endless)}"


def test_every_list_has_pages_of_a_hundred_at_most(document):
    for path, methods in document["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", ()):
            if parameter.get("name") == "limit":
                assert parameter["schema"]["minimum"] == 1, path
                assert parameter["schema"]["maximum"] <= 100, path


def test_a_page_or_body_that_is_too_large_is_refused(shop):
    doors = nasty.Doors(shop)
    listing = [op for op in doors.known if op.query is not None and "limit" in op.query.model_fields]
    assert len(listing) >= 8
    for op in listing:
        for limit in ("0", "101", "-1", "100000000000000000000"):
            answer = shop.say("GET", f"{doors.path(op)}?limit={limit}", role=doors.role(op))
            assert (answer.status, answer.code) == (422, "INVALID_REQUEST"), op.path
    for quantity in (0, -1, 10**6, 2**63):
        answer = shop.say("PUT", f"/v1/cart/items/{shop.things['sku'][0]}", {"quantity": quantity}, role="customer")
        assert answer.status in (409, 422), quantity


@pytest.mark.parametrize("variable", sorted({"order_id", "payment_id", "address_id"}))
def test_what_is_anothers_is_answered_letter_by_letter_as_what_is_not_there(shop, variable):
    doors = nasty.Doors(shop)
    theirs = shop.things[variable][0]
    nobodys = NAMES[variable]
    told = 0
    for op, name in owned_doors(doors.known):
        if name != variable or name in NOBODYS:
            continue
        body = doors.body(op) if op.body is not None else None
        shop.back()
        foreign = shop.say(op.method, doors.path(op, **{name: theirs}), body, role="stranger", key="k")
        shop.back()
        missing = shop.say(op.method, doors.path(op, **{name: nobodys}), body, role="stranger", key="k")
        assert foreign.status == missing.status == 404, op.path
        assert (foreign.text, foreign.headers) == (missing.text, missing.headers), op.path
        told += 1
    assert told >= 2


MADE_BY_NAME = {
    "PUT /v1/admin/locations/{location}",
    "PUT /v1/admin/stock-sources/{source}",
}  # what is not there, is then


def test_what_is_well_named_and_not_there_is_404_at_every_door(shop):
    doors = nasty.Doors(shop)
    wrong, told = [], 0
    for op in (one for one in doors.known if f"{one.method} {one.path}" not in MADE_BY_NAME):
        for name in re.findall(r"\{(\w+)\}", op.path):
            shop.back()
            body = doors.body(op) if op.body is not None else None
            path = doors.path(op, **{name: NAMES.get(name, "nowhere")})
            answer = shop.say(op.method, path, body, role=doors.role(op), key="k", **{"If-Match": "1"})
            wrong += [f"{op.method} {path}: {answer.status} {answer.text}"] if answer.status != 404 else []
            told += 1
    assert not wrong, "\n".join(wrong)
    assert told >= 30


SKU, SHELF = NAMES["sku"], "G" + NAMES["product_id"][1:]


@pytest.mark.parametrize(("role", "method", "path", "body"), [
    ("customer", "POST", "/v1/quotes", {"items": [{"sku": SKU, "quantity": 1}]}),
    ("customer", "POST", "/v1/quotes", {"items": [{"sku": "{sku}", "quantity": 1}], "address": NAMES["address_id"]}),
    ("customer", "POST", "/v1/orders/one-click", {"sku": SKU}),
    ("customer", "PUT", "/v1/cart/selection", {"selected": True, "skus": [SKU]}),
    ("customer", "PUT", "/v1/orders/{order_id}/address", {"address": NAMES["address_id"]}),
    ("customer", "PUT", f"/v1/orders/{NAMES['order_id']}/receipt", None),
    ("customer", "PATCH", f"/v1/orders/{NAMES['order_id']}/receipt", None),
    ("customer", "GET", f"/v1/products?category={SHELF}", None),
    ("operator", "GET", f"/v1/admin/product-misfits?category={SHELF}", None),
    ("operator", "POST", "/v1/admin/categories", {"name": {"zh": "衫", "en": "Shirts"}, "parent": SHELF}),
    ("support", "POST", "/v1/admin/refunds", {"order_id": NAMES["order_id"], "reason": "came late"}),
])  # fmt: skip
def test_what_is_named_within_a_request_and_is_not_there_is_404(shop, role, method, path, body):
    there = lambda text: re.sub(r"\{(\w+)\}", lambda found: shop.things[found[1]][0], text)
    answer = shop.say(method, there(path), body and json.loads(there(json.dumps(body))), role=role, key="k")
    assert answer.status == 404, answer.text


def test_a_picture_that_is_not_there_is_named(shop):
    shown = {"small": "a" * 32, "large": "b" * 32, "blur": "342c26"}
    words = {"zh": "衫", "en": "Shirt"}
    listing = {
        "category": shop.things["category_id"][0],
        "title": words,
        "summary": words,
        "axes": [],
        "pictures": [shown],
    }
    path = f"/v1/admin/products/{shop.things['product_id'][0]}"
    answer = shop.say("PUT", path, listing, role="operator", **{"If-Match": "1"})
    assert (answer.status, answer.json["params"]) == (422, {"picture": "a" * 32}), answer.text


def test_ids_cannot_be_guessed_from_one_another(shop):
    """80 random bits each, in one and the same millisecond too: no counter, no order."""
    made = [world.new_id("O") for _ in range(500)]
    assert len({one[:11] for one in made}) == 1, "one millisecond"
    tails = [one[11:] for one in made]
    assert len(set(tails)) == 500
    assert tails != sorted(tails)
    assert all(len({tail[at] for tail in tails}) == 32 for at in range(16)), "every place takes every letter"
