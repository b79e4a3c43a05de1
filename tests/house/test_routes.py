"""Every route: its permit, its refusals, its key, its place in the OpenAPI document."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import string

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.runtime.http import PUBLIC, SIGNED, Page, problem
from local import openapi
from tests.house import source

KEYLESS = {  # a POST that takes no Idempotency-Key, and why
    "/v1/quotes": "changes nothing",
    "/v1/admin/price-trials": "changes nothing",
    "/v1/orders": "the quote is the key",
    "/v1/payments/{payment_id}/refresh": "asks the provider; what it says is folded, so a second time changes nothing",
    "/v1/payments/return": "a browser lands here; nothing is changed",
    "/v1/admin/queues/{name}/redrive": "moves what lies there; a second time finds nothing",
    "/v1/admin/facts/resend": "publishing once more is harmless: consumers know what they have seen",
    "/v1/admin/users/{user_id}/disclosures": "its answer is personal and must not be kept in the journal",
    "/v1/admin/orders/{order_id}/disclosures": "its answer is personal and must not be kept in the journal",
    "/v1/admin/tickets/{ticket_id}/disclosures": "its answer is personal and must not be kept in the journal",
    "/v1/admin/coupon-templates/{template_id}/jobs/{job_id}/exports": "its answer is codes, which a journal does not keep",
    "/v1/admin/stock-sources/{source}/secrets": "its answer is a secret, which a journal does not keep",
    "/v1/admin/webhook-subscriptions": "its answer is a secret, which a journal does not keep",
    "/v1/admin/webhook-subscriptions/{subscription_id}/secret": "its answer is a secret, which a journal does not keep",
    "/v1/me/data-exports": "while one is being made, asking again answers that one",
}
CALLING = {  # a route under a key that may answer 503, and what stands then (docs/decisions/067)
    "POST /v1/orders/{order_id}/payments": "the attempt stays open; the same key asks again, the other ways are named",
    "POST /v1/orders/one-click": "nothing: it is answered from when its order stands",
    "POST /v1/admin/payments/exceptions/{case_id}/resolution": "nothing: the provider is asked before the commit",
    "POST /v1/admin/shipments/{number}/cancellation": "nothing: the carrier is asked before the commit",
    "POST /v1/admin/users": "the member, who is named; the same key mails what has not gone out",
    "POST /v1/admin/users/{user_id}/invitations": "the code, which the same key mails anew",
    "POST /v1/admin/users/{user_id}/data-key": "nothing: sealed before the commit",
    "POST /v1/me/addresses": "nothing: sealed before the commit",
    "POST /v1/me/tickets": "nothing: sealed before the commit",
    "POST /v1/me/tickets/{ticket_id}/replies": "nothing: sealed before the commit",
    "POST /v1/admin/tickets/{ticket_id}/answers": "nothing: sealed before the commit",
}
MONEY_MOVES = re.compile(r"/payments$|/refunds$|/approval$|one-click")
PUBLIC_PATHS = re.compile(
    r"^/(|health|ready|docs|docs/errors|console|openapi\.json|dev/outbox)$"  # the outbox answers 404 outside a local shop
    r"|^/v1/(auth|categories|products|media|cart|home|stock|regions|terms|shop|delivery-promise)\b"
    r"|^/v1/payments/(methods|return)$"
    r"|^/v1/coupons/available$"
    r"|^/v1/surveys/\{token\}$"  # whoever has the signed link
)


@pytest.fixture(scope="module")
def operations():
    import app  # noqa: F401  # registers the routes

    return openapi.operations()


@pytest.fixture(scope="module")
def document(operations):
    return openapi.document()


def named(op):
    return f"{op.method} {op.path}"


def test_every_route_of_the_app_is_a_declared_operation(operations):
    from app import app

    routed = {f"{method} {path}" for path, methods in app.routes.items() for method in methods}
    assert routed == {named(op) for op in operations}


def test_what_anyone_may_ask_is_a_short_known_list(operations):
    open_to_all = [named(op) for op in operations if op.permit == PUBLIC and not PUBLIC_PATHS.match(op.path)]
    assert not open_to_all


def test_only_webhooks_are_permitted_by_signature(operations):
    signed = [op.path for op in operations if op.permit == SIGNED]
    assert all("/webhooks/" in path or path.startswith("/v1/inventory/") for path in signed)


def test_every_post_that_changes_something_takes_a_key(operations):
    keyless = [
        named(op)
        for op in operations
        if op.method == "POST"
        and op.key == "none"
        and op.permit != SIGNED
        and not op.path.startswith("/v1/auth/")
        and op.path not in KEYLESS
    ]
    assert not keyless


def test_a_keyed_route_that_calls_somebody_says_what_becomes_of_what_it_stored(operations):
    """Such a route may fail after something stands: somebody has thought about what its caller hears, and hears again."""
    calling = {
        named(op) for op in operations if op.key != "none" and any(issubclass(e, Unavailable) for e in op.errors)
    }
    assert calling == set(CALLING)


def test_the_key_is_required_where_money_moves(operations):
    loose = [
        named(op)
        for op in operations
        if op.method == "POST" and op.permit != SIGNED and MONEY_MOVES.search(op.path) and op.key != "required"
    ]
    assert not loose


def test_put_and_delete_need_no_key(operations):
    assert not [named(op) for op in operations if op.method in ("PUT", "DELETE", "GET") and op.key != "none"]


def test_a_route_to_one_object_says_how_it_refuses(operations):
    silent = [
        named(op)
        for op in operations
        if "{" in op.path
        and op.permit != SIGNED
        and not (op.reply is not None and issubclass(op.reply, Page))  # a list of an unknown thing is empty
        and not any(issubclass(kind, NotFound | Conflict) for kind in op.errors)
    ]
    assert not silent


def test_routes_are_versioned_and_speak_in_nouns(operations):
    odd = [op.path for op in operations if not re.fullmatch(r"/v1(/[a-z][a-z-]*|/\{[a-z_]+\})+", op.path)]
    assert {*odd} <= {
        "/",
        "/health",
        "/ready",
        "/docs",
        "/docs/errors",
        "/console",
        "/openapi.json",
        "/dev/outbox",
    }


def test_path_variables_at_one_place_share_one_name(operations):
    names: dict[str, set[str]] = {}
    for op in operations:
        for found in re.finditer(r"\{(\w+)\}", op.path):
            names.setdefault(re.sub(r"\{\w+\}", "{}", op.path[: found.start()]), set()).add(found.group(1))
    assert not {place: found for place, found in names.items() if len(found) > 1}


def test_every_route_has_a_short_name_in_english_and_chinese(operations):
    """`English. · 中文`, the first line of its docstring; what more there is to say is its description."""
    wrong = []
    for op in operations:
        en, zh, more = openapi.spoken(op)
        if not re.fullmatch(r"[A-Z][ -~]{7,69}", en) or en.startswith(("The ", "A ", "An ")):
            wrong.append(f"{named(op)}: {en}")
        if not re.search("[\u4e00-\u9fff]{2}", zh) or len(zh) > 30:
            wrong.append(f"{named(op)}: {zh}")
        if more and not more.endswith((".", "```")):
            wrong.append(f"{named(op)}: {more}")
    assert not wrong, "\n".join(wrong)


def test_no_two_routes_have_one_name(operations):
    for language in (0, 1):
        told = [openapi.spoken(op)[language] for op in operations]
        assert sorted({one for one in told if told.count(one) > 1}) == []


def test_what_several_routes_refuse_with_is_told_once(document):
    answers = [a for methods in document["paths"].values() for op in methods.values() for a in op["responses"].values()]
    shared = [one for one in answers if "$ref" in one]
    assert len(document["components"]["responses"]) < len(shared) / 3
    assert not [one for one in answers if set(one.get("content", {})) == {problem.MEDIA}]


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_operation_names_are_unique(operations):
    names = [f"{openapi.context_of(op)}_{op.function.__name__}" for op in operations]
    assert sorted(names) == sorted(set(names))


def test_every_example_fits_its_schema(document):
    wrong = []
    for path, methods in document["paths"].items():
        for method, op in methods.items():
            answers = [one for one in op["responses"].values() if "$ref" not in one]
            for part in [op.get("requestBody", {}), *answers]:
                for content in part.get("content", {}).values():
                    if "example" in content:
                        wrong += [f"{method} {path}: {error}" for error in misfits(content, document)]
    assert not wrong, "\n".join(wrong)


def misfits(content, document):
    whole = {**content["schema"], "components": document["components"]}
    return [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(content["example"])]


def test_every_problem_example_fits_the_problem_schema(document):
    problem = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    validator = jsonschema.Draft202012Validator(problem)
    for code, example in document["components"]["examples"].items():
        validator.validate(example["value"])
        assert example["value"]["code"] == code


def test_every_reference_of_the_document_leads_somewhere(document):
    for ref in set(re.findall(r"'\$ref': '([^']+)'", repr(document))):
        at = document
        for part in ref.removeprefix("#/").split("/"):
            at = at[part]
        assert at


def test_every_refusal_speaks_chinese_and_english_about_the_same_facts():
    def blanks(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    odd = [k.code for k in openapi.catalogue() if not (k.zh and k.en) or blanks(k.zh) != blanks(k.en)]
    assert not odd
    assert not [k.code for k in openapi.catalogue() if not re.fullmatch(r"[A-Z][A-Z0-9_]+", k.code)]


def test_the_documents_page_runs_only_its_own_script(front):
    answer = front.get("/docs")
    script = re.search(r"<script>(.*?)</script>", answer.text, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert answer.status == 200
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"https?://", answer.text)
    assert answer.text.count("<script") == 1
    assert " on" + "click=" not in answer.text


def test_the_error_page_explains_where_a_problem_points(front):
    refused = front.get("/v1/orders")
    assert refused.status in (401, 403)
    if refused.json and "type" in refused.json:
        page = front.get(refused.json["type"].partition("#")[0])
        assert page.status == 200
        assert page.text == front.get("/docs").text


def test_the_front_leads_to_the_documentation_whatever_the_stage_is_called(front):
    answer = front.get("/")
    assert (answer.status, answer.headers["location"]) == (303, "docs")


def test_the_served_document_is_the_one_made_from_the_routes(front, document):
    assert front.get("/openapi.json").json["paths"] == json.loads(json.dumps(document))["paths"]


def test_health_needs_no_table_and_readiness_does(front):
    from chalicelib.runtime import clients

    assert front.get("/health").json == {"ok": True}
    assert front.get("/ready").json == {"ok": True}
    db = clients.client("dynamodb")
    before = []
    db.meta.events.register_first("before-call.dynamodb", lambda **_: before.append(1), unique_id="house")
    front.get("/health")
    assert not before
    front.get("/ready")
    assert before == [1]
    db.meta.events.unregister("before-call.dynamodb", unique_id="house")


def test_the_document_carries_the_projects_version():
    assert f'version = "{openapi.VERSION}"' in source.texts()["pyproject.toml"]


def test_every_door_tells_browsers_to_come_by_tls_alone(operations, front):
    """Pages, pictures, webhooks and refusals too; the gateway's own answers say the same (test_gateway)."""
    wanted = problem.SECURE["Strict-Transport-Security"]
    seconds = wanted.split("; ")[0]
    assert int(seconds.removeprefix("max-age=")) >= 365 * 86_400
    for op in operations:
        answer = front.request(op.method, re.sub(r"\{\w+\}", "x", op.path))
        assert answer.headers.get("strict-transport-security") == wanted, f"{named(op)}: {answer.status}"
