"""The gateway in a test: an HTTP request becomes the event that API Gateway hands to the function, and back.

Unlike chalice's own local gateway it hands over what AWS does: the body as text or base64, path values decoded, JSON all
the way. It is a WSGI application, so that schemathesis may stand before it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from chalice.local import RouteMatcher

from infra import gateway

ADDRESS = "203.0.113.9"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if "json" in self.headers.get("content-type", "") and self.text else None

    @property
    def code(self) -> str:
        told = self.json
        return str(told.get("code", "")) if isinstance(told, dict) else ""


NOWHERE = Answer(404, {"content-type": "application/problem+json"}, gateway.answer(gateway.NOWHERE).body)


@cache
def _shop() -> tuple[Any, Any]:
    from app import app

    return app, RouteMatcher(list(app.routes))


def ask(
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    query: str = "",
    *,
    base64_body: bool = False,
    ip: str = ADDRESS,
) -> Answer:
    """One request. `path` as it is on the wire; a body that is no UTF-8 arrives as the gateway would pass it on."""
    app, routes = _shop()
    try:
        route = routes.match_route(path.replace("?", "%3F").replace("#", "%23").replace(";", "%3B"))
    except ValueError:
        return NOWHERE
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    told: Any = base64.b64encode(body).decode() if base64_body else body.decode("utf-8", "replace")
    event = {
        "requestContext": {
            "httpMethod": method, "resourcePath": route.route, "identity": {"sourceIp": ip}, "path": path,
        },
        "headers": lowered, "pathParameters": {name: unquote(value) for name, value in route.captured.items()},
        "stageVariables": None, "body": told or None, "isBase64Encoded": base64_body,
        "multiValueQueryStringParameters": parse_qs(query, keep_blank_values=True) or None,
    }  # fmt: skip
    answer = json.loads(
        json.dumps(app(json.loads(json.dumps(event)), None), ensure_ascii=False).encode()
    )  # as Lambda does
    found = {name.lower(): value for name, value in answer["headers"].items()}
    found |= {name.lower(): ", ".join(values) for name, values in (answer.get("multiValueHeaders") or {}).items()}
    text = answer["body"] or ""
    if answer.get("isBase64Encoded"):
        text = base64.b64decode(text).decode("utf-8", "replace")
    return Answer(answer["statusCode"], found, text)


def wsgi(bearer: Callable[[], str], seen: Callable[[Answer], None]) -> Callable[..., Iterable[bytes]]:
    """The gateway as a WSGI application: asked with this bearer, whatever else is sent; answers are shown to `seen`."""

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        headers = {name[5:].replace("_", "-"): text for name, text in environ.items() if name.startswith("HTTP_")}
        headers |= {"content-type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}
        headers.pop("AUTHORIZATION", None)
        headers |= {"authorization": f"Bearer {bearer()}"} if bearer() else {}
        method, path = environ["REQUEST_METHOD"], environ.get("REQUEST_URI", environ["PATH_INFO"]).partition("?")[0]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = ask(method, path, body, headers, environ.get("QUERY_STRING", ""))
        seen(answer)
        start(f"{answer.status} Told", list(answer.headers.items()))
        return [answer.text.encode()]

    return application
