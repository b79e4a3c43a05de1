"""Who may ask a server on this machine: whoever calls it by a name of this machine, and no page from elsewhere.

Any page that a developer opens can send requests to 127.0.0.1, and one whose name was pointed here meanwhile (DNS
rebinding) reads the answers too: here lie the local shop's keys. What it cannot choose is what its browser says of it:
the name that it asked for (`Host`) and the site that it comes from (`Origin`). A client that is no browser says no origin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, NamedTuple

HOST = "127.0.0.1"  # what every server here binds to

NAME = r"(127\.0\.0\.1|\[::1\]|([a-z0-9-]+\.)*localhost)(:[0-9]{1,5})?"  # browsers ask nobody where *.localhost is
ADDRESSED, PAGE = re.compile(NAME, re.IGNORECASE), re.compile(f"https?://{NAME}", re.IGNORECASE)


class Refusal(NamedTuple):
    """Why a request is not taken."""

    status: int
    code: str
    zh: str
    en: str

    @property
    def body(self) -> str:
        return json.dumps(self._asdict(), ensure_ascii=False)


MISDIRECTED = Refusal(
    421,
    "NOT_THIS_MACHINE",
    "此服务只应答发往 127.0.0.1 或 localhost 的请求",
    "This server answers only what is sent to 127.0.0.1 or localhost",
)
FOREIGN = Refusal(403, "FOREIGN_PAGE", "不接受其他网站页面发来的请求", "Pages of other sites may not ask here")

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


def refused(hosts: Iterable[str], origins: Iterable[str], *, pages: bool = True) -> Refusal | None:
    """What a request with these `Host` and `Origin` headers is refused with, None when it may come in. Without `pages`
    no page may ask at all, not even one of this machine.
    """
    if not all(ADDRESSED.fullmatch(host) for host in hosts):
        return MISDIRECTED
    if not all(pages and PAGE.fullmatch(origin) for origin in origins):
        return FOREIGN
    return None


def guarded(app: App) -> App:
    """An ASGI application that no page may ask."""

    async def guard(
        scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        told = [(name.lower(), value.decode("latin-1")) for name, value in scope.get("headers", ())]
        refusal = refused(
            (value for name, value in told if name == b"host"),
            (value for name, value in told if name == b"origin"),
            pages=False,
        )
        if scope["type"] == "lifespan" or refusal is None:
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            head = [(b"content-type", b"application/json; charset=utf-8")]
            await send({"type": "http.response.start", "status": refusal.status, "headers": head})
            await send({"type": "http.response.body", "body": refusal.body.encode()})

    return guard
