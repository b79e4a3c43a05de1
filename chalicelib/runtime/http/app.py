"""`App`: Chalice whose request belongs to the call it came with, and that answers for every path and method itself.

Chalice keeps the present request in an attribute of the app, one for all threads: a call that begins while another has
not yet read its own would hand it its token, path and body. Here each call runs in a context of its own and what Chalice
sets is seen in that context only, so that it matters to nobody how many calls run side by side.

What a GET answers a HEAD answers without its body; another method, and a path that there is not, are refused as anything
else is: with a code, in the language that was asked for. The gateway hands those over as well (infra/derive.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar, copy_context
from typing import Any

from chalice.app import Chalice

from chalicelib.kernel.errors import Refusal

from . import problem


class PerCall:
    """An attribute that is seen in the call which set it; None in any other, in other threads and after the call."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._held: ContextVar[Any] = ContextVar(f"{owner.__name__}.{name}", default=None)

    def __get__(self, app: Any, owner: type) -> Any:
        return self._held.get()

    def __set__(self, app: Any, value: Any) -> None:
        self._held.set(value)


class App(Chalice):
    """The shop's app. Only the door (endpoint.py) reads its request."""

    current_request = PerCall()
    lambda_context = PerCall()

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        asked = event["requestContext"]
        method, there = asked["httpMethod"], self.routes.get(asked["resourcePath"], {})
        if method == "HEAD" and "GET" in there:
            whole = self(event | {"requestContext": asked | {"httpMethod": "GET"}}, context)
            return whole | {"body": "", "isBase64Encoded": False}
        if method not in there:
            return _refused(_allowed(there), event.get("headers") or {})
        answer: dict[str, Any] = copy_context().run(super().__call__, event, context)
        return answer


def _allowed(there: Iterable[str]) -> str:
    """The methods of a path; "" where there is no such path."""
    return ", ".join(sorted({*there, *(("HEAD",) if "GET" in there else ())}))


def _refused(allowed: str, headers: Mapping[str, str]) -> dict[str, Any]:
    language = problem.language(next((text for name, text in headers.items() if name.lower() == "accept-language"), ""))
    refusal: Refusal = problem.MethodNotAllowed(allow=allowed) if allowed else problem.RouteUnknown()
    text, status, told = problem.answer([refusal], language)
    told |= {"Access-Control-Allow-Origin": "*", **problem.PLAIN, **({"Allow": allowed} if allowed else {})}
    return {"statusCode": status, "headers": told, "multiValueHeaders": {}, "body": text}
