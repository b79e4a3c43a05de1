"""`App`: Chalice whose request belongs to the call it came with.

Chalice keeps the present request in an attribute of the app, one for all threads: a call that begins while another has
not yet read its own would hand it its token, path and body. Here each call runs in a context of its own and what Chalice
sets is seen in that context only, so that it matters to nobody how many calls run side by side.
"""

from __future__ import annotations

from contextvars import ContextVar, copy_context
from typing import Any

from chalice.app import Chalice


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
        answer: dict[str, Any] = copy_context().run(super().__call__, event, context)
        return answer
