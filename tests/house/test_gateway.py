"""What the gateway answers by itself is a refusal of the catalogue, and the same here as on a stage."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from chalicelib.runtime.http import openapi, problem
from infra import build, draft, gateway
from local import engine, http

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", gateway.ANSWERS)
def test_what_the_gateway_refuses_is_told_in_the_catalogues_words(kind: str) -> None:
    status, headers, body = gateway.answer(kind, "https://api.example.cn/api/")
    told = json.loads(body)
    (line,) = [openapi.told(one) for one in openapi.catalogue() if one.code == told["code"]]
    assert told["status"] == status == line["status"]
    assert told["type"] == f"https://api.example.cn/api/docs/errors#{told['code']}"
    assert (told["title"], told["title_en"]) == tuple(line[one].format(**told["facts"]) for one in ("zh", "en"))
    assert headers["Content-Type"] == problem.MEDIA
    assert ("Retry-After" in headers) == (status in (429, 503))


def test_the_template_says_exactly_that() -> None:
    api = draft.template(ROOT, build.shop())["Resources"]["RestAPI"]["Properties"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED"} <= api["GatewayResponses"].keys()
    told = api["GatewayResponses"]["THROTTLED"]
    assert told["StatusCode"] == 429
    assert told["ResponseParameters"]["Headers"]["Content-Type"] == "'application/problem+json'"
    assert told["ResponseParameters"]["Headers"]["Retry-After"] == "'1'"
    body = told["ResponseTemplates"]["application/json"]["Fn::Sub"].replace("${PublicUrl}", "https://x")
    assert body == gateway.answer("THROTTLED", "https://x").body
    assert api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"] == ["*/*"]


def test_an_unknown_path_is_answered_here_as_on_a_stage(monkeypatch) -> None:
    from app import app

    monkeypatch.setenv("PUBLIC_URL", "https://api.example.cn")
    port = engine.free_port()
    serving = http.serve(app, port)
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/nowhere", timeout=5)
        with refused.value as answer:
            assert (answer.code, answer.headers["Content-Type"]) == (404, problem.MEDIA)
            assert answer.read().decode() == gateway.answer(gateway.NOWHERE, "https://api.example.cn").body
    finally:
        serving.stop()
        serving.server.server.server_close()


def test_a_problem_leads_to_its_explanation_below_the_stages_own_address(monkeypatch) -> None:
    told = lambda: problem.document([problem.RouteUnknown()], "en")["type"]
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    assert told() == "/docs/errors#ROUTE_UNKNOWN"
    monkeypatch.setenv("PUBLIC_URL", "https://x.execute-api.cn-north-1.amazonaws.com.cn/api/")
    assert told() == "https://x.execute-api.cn-north-1.amazonaws.com.cn/api/docs/errors#ROUTE_UNKNOWN"
