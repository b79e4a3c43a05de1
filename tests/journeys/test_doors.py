"""The doors themselves, here and on the packaged template: any method and any path is answered by the shop."""

from __future__ import annotations

import pytest

from tests.journeys.shop import Shop, call

ENGLISH = {"Accept-Language": "en"}


@pytest.mark.parametrize("path", ["/health", "/v1/products", "/openapi.json"])
def test_a_head_is_its_get_without_the_body(shop: Shop, path: str) -> None:
    whole, head = call("GET", shop.base + path), call("HEAD", shop.base + path)
    assert (head.status, head.json) == (whole.status, None)
    assert head.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize(("path", "allowed"), [("/v1/products", "GET, HEAD"), ("/v1/quotes", "POST")])
def test_another_method_is_refused_with_those_that_there_are(shop: Shop, path: str, allowed: str) -> None:
    answer = call("DELETE", shop.base + path, headers=ENGLISH)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    assert (answer.json["code"], answer.json["title"]) == ("METHOD_NOT_ALLOWED", f"This address takes {allowed}")


def test_a_path_that_there_is_not_is_told_in_the_language_that_was_asked_for(shop: Shop) -> None:
    for language, title in (("en-GB", "There is no such address here"), ("zh-CN", "没有这个地址")):
        answer = call("GET", f"{shop.base}/v1/no/such/place", headers={"Accept-Language": language})
        assert (answer.status, answer.json["code"], answer.json["title"]) == (404, "ROUTE_UNKNOWN", title)
