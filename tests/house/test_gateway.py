"""What the gateway answers by itself is a refusal of the catalogue, and the same here as on a stage."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from chalicelib.runtime.http import problem
from chalicelib.runtime.http.endpoint import LARGEST_BODY
from infra import build, draft, expand, gateway, merge
from local import engine, http, openapi

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", gateway.ANSWERS)
def test_what_the_gateway_refuses_is_told_in_the_catalogues_words(kind: str) -> None:
    status, headers, body = gateway.answer(kind)
    told = json.loads(body)
    (line,) = [openapi.told(one) for one in openapi.catalogue() if one.code == told["code"]]
    assert told["status"] == status == line["status"]
    assert told["type"] == f"/docs/errors#{told['code']}"
    assert (told["title"], told["title_en"]) == tuple(line[one].format(**told["params"]) for one in ("zh", "en"))
    assert headers["Content-Type"] == problem.MEDIA
    assert headers.items() >= problem.SECURE.items()
    assert ("Retry-After" in headers) == (status in (429, 503))


def test_too_large_is_one_code_and_one_limit_before_the_gateway_and_behind_it() -> None:
    told = json.loads(gateway.answer("REQUEST_TOO_LARGE").body)
    assert (told["code"], told["status"], told["params"]) == ("TOO_LARGE", 413, {"limit": LARGEST_BODY})
    assert [one.code for one in openapi.catalogue() if "字节" in one.zh or "bytes" in one.en] == [
        "PICTURE_TOO_LARGE",  # of a file that is sent to the bucket, not to us
        "TOO_LARGE",
    ]


def test_the_template_says_exactly_that() -> None:
    plain = expand.expanded(draft.template(ROOT, build.shop()))["Resources"]
    (api,) = [r["Properties"]["Body"] for r in plain.values() if r["Type"] == "AWS::ApiGateway::RestApi"]
    assert api["x-amazon-apigateway-gateway-responses"].keys() == gateway.ANSWERS.keys()
    told = api["x-amazon-apigateway-gateway-responses"]["THROTTLED"]
    assert told["statusCode"] == "429"
    assert told["responseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert told["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"
    secured = told["responseParameters"]["gatewayresponse.header.Strict-Transport-Security"]
    assert secured == "'max-age=63072000; includeSubDomains'"
    assert told["responseTemplates"]["application/json"] == gateway.answer("THROTTLED").body


def test_no_parameter_is_in_the_apis_body_since_a_change_of_one_would_not_deploy_it_anew() -> None:
    plain = expand.expanded(draft.template(ROOT, build.shop()))
    (api,) = [r["Properties"]["Body"] for r in plain["Resources"].values() if r["Type"] == "AWS::ApiGateway::RestApi"]
    assert not merge.mentioned(api) & plain["Parameters"].keys()


def test_bytes_pass_the_gateway_as_they_are() -> None:
    api = draft.template(ROOT, build.shop())["Resources"]["RestAPI"]["Properties"]
    assert api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"] == ["*/*"]


def test_an_unknown_path_is_told_in_the_language_that_was_asked_for() -> None:
    from app import app

    port = engine.free_port()
    serving = http.serve(app, port)
    try:
        for asked, language in (("en-GB", "en"), ("zh-CN", "zh"), ("fr", "zh")):
            request = _asking(f"http://127.0.0.1:{port}/v1/nowhere", "GET", asked)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=5)  # noqa: S310  # the loopback
            with refused.value as answer:
                assert (answer.code, answer.headers["Content-Type"]) == (404, problem.MEDIA)
                told = json.loads(answer.read())
                assert (told["code"], told["title"]) == ("ROUTE_UNKNOWN", problem.RouteUnknown().message(language))
    finally:
        serving.stop()
        serving.server.server.server_close()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"), ("en", "en"), ("EN-gb", "en"), ("fr", "zh"), ("zh,en", "zh"), ("en,zh", "en"), ("fr,en;q=0.5", "en"),
        ("zh;q=0.1,en;q=0.9", "en"), ("en;q=0, zh", "zh"), ("en;q=0", "zh"), ("en;q=0.85,zh;q=0.9", "zh"),
        ("zh-Hant;q=0.05, en ; q=0.1", "en"), ("english", "zh"), ("en;q=x", "zh"), ("zh;q=1.000,en;q=0.999", "zh"),
    ],
)  # fmt: skip
def test_the_language_that_a_client_weighs_most_is_answered_in(accepted: str, language: str) -> None:
    assert problem.language(accepted) == language


def _asking(url: str, method: str, language: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers={"Accept-Language": language}, method=method)  # noqa: S310  # the loopback


def test_a_problem_leads_to_its_explanation_below_the_stages_own_address(monkeypatch) -> None:
    told = lambda: problem.document([problem.RouteUnknown()], "en")["type"]
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    assert told() == "/docs/errors#ROUTE_UNKNOWN"
    monkeypatch.setenv("PUBLIC_URL", "https://x.execute-api.cn-north-1.amazonaws.com.cn/api/")
    assert told() == "https://x.execute-api.cn-north-1.amazonaws.com.cn/api/docs/errors#ROUTE_UNKNOWN"
