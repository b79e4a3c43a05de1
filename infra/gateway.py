"""What the gateway answers by itself, before or instead of the function: problem documents in the catalogue's words.

It knows no language, so a document says its title in Chinese and, as `title_en`, in English; and it does not know by which
address it was reached, so `type` is a path. (A parameter in the API's body would reach it only with the next change of it.)
"""

import importlib
import json
from typing import Any, NamedTuple

from .merge import Document

NOWHERE = "MISSING_AUTHENTICATION_TOKEN"  # what the gateway calls a path that it does not know
LARGEST_BODY = 10 * 1024 * 1024  # bytes that the gateway passes on
TAKEN = 256 * 1024  # bytes that the door behind it takes; who is refused here need not try those in between
WINDOW_SECONDS = 300  # in which the firewall counts


class Own(NamedTuple):
    """A refusal of the gateway: its class in the catalogue (module:name) and its parameters."""

    refusal: str
    params: dict[str, Any] = {}


_PROBLEM, _LIMITS, _ERRORS = (
    f"chalicelib.{name}" for name in ("runtime.http.problem", "runtime.limits", "kernel.errors")
)
ROUTE, ASKED = Own(f"{_PROBLEM}:RouteUnknown"), f"{_LIMITS}:TooManyRequests"
ANSWERS = {
    NOWHERE: ROUTE,
    "RESOURCE_NOT_FOUND": ROUTE,
    "INVALID_SIGNATURE": ROUTE,  # a bearer token on an unknown path is taken for a signature
    "REQUEST_TOO_LARGE": Own(f"{_ERRORS}:TooLarge", {"limit": TAKEN}),
    "THROTTLED": Own(ASKED, {"seconds": 1}),
    "QUOTA_EXCEEDED": Own(ASKED, {"seconds": 1}),
    "WAF_FILTERED": Own(ASKED, {"seconds": WINDOW_SECONDS}),  # the firewall's one rule
    "DEFAULT_4XX": Own(f"{_PROBLEM}:RequestMalformed"),
    "DEFAULT_5XX": Own(f"{_ERRORS}:Overloaded"),
}
HEAD_TOO_LARGE = "HEAD_TOO_LARGE"
BEFORE = {HEAD_TOO_LARGE: Own(f"{_PROBLEM}:HeadTooLarge")}  # a stage's edge answers it before its gateway sees it


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


def answer(kind: str) -> Answer:
    """What the gateway says for a kind of its own responses."""
    problem = importlib.import_module("chalicelib.runtime.http.problem")
    refusal = refused(kind)
    told = problem.document([refusal], "zh")
    told |= {"type": f"/docs/errors#{refusal.code}", "title_en": refusal.message("en")}
    headers = {"Content-Type": problem.MEDIA, "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    headers |= problem.SECURE
    headers |= {"Retry-After": str(refusal.wait)} if refusal.wait else {}
    return Answer(told["status"], headers, json.dumps(told, ensure_ascii=False))


def refused(kind: str) -> Any:
    """The refusal that a kind of the gateway's own responses is."""
    own = (ANSWERS | BEFORE)[kind]
    module, name = own.refusal.split(":")
    return getattr(importlib.import_module(module), name)(**own.params)


def responses() -> Document:
    """The gateway's own responses, as the template describes them."""
    return {kind: _described(answer(kind)) for kind in ANSWERS}


def _described(told: Answer) -> Document:
    return {
        "StatusCode": told.status,
        "ResponseParameters": {"Headers": {name: f"'{text}'" for name, text in told.headers.items()}},
        "ResponseTemplates": {"application/json": told.body},  # the key: what is not asked for otherwise
    }
