"""Many callers at once: each is answered with what it said itself, never with another's token, path, query or body."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from chalice.app import Blueprint

from chalicelib.records.identity.access.service.tokens import GUEST_SECONDS, issue
from chalicelib.runtime import settings, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import OPERATIONS, App, Body, Query, View, endpoint
from chalicelib.runtime.http.shapes import Personal
from local import engine
from local import http as local
from tests.support import world as made_up

CALLERS, ANSWERS = 16, 10_000
THRASHING = 1e-6  # seconds after which a thread must let another one run


class Said(Body):
    words: str


class Asked(Query):
    word: str


class Heard(View):
    """All that a door can know of a request."""

    caller: Personal
    device: str
    name: str
    words: str
    word: str


@pytest.fixture
def mirror() -> Iterator[App]:
    """A shop of one route by our own door, which answers what it heard; no engine is asked."""
    known, shop, bp = list(OPERATIONS), App(app_name="mirror", configure_logs=False), Blueprint(__name__)

    @endpoint(bp, "POST", "/v1/mirror/{name}", permit="carts:edit", key="none")
    def hear(caller: Caller, name: str, body: Said, query: Asked) -> Heard:
        """Say what was heard."""
        return Heard(caller=caller.id, device=caller.device, name=name, words=body.words, word=query.word)

    shop.register_blueprint(bp)
    made_up.install()
    yield shop
    settings.use_secrets(None)
    OPERATIONS[:] = known


class Voice(NamedTuple):
    """One caller; all that it says names it."""

    id: str
    token: str

    def asks(self, line: socket.socket, n: int) -> bool:
        """Whether the answer to its n-th request is its own. By a bare socket: a client would take half of the time."""
        mine = {"caller": self.id, "device": f"d{self.id}", "name": f"p{self.id}{n}", "words": f"b{self.id}{n}"}
        mine["word"] = f"q{self.id}{n}"
        body = json.dumps({"words": mine["words"]})
        head = (
            f"POST /v1/mirror/{mine['name']}?word={mine['word']} HTTP/1.1",
            f"Authorization: Bearer {self.token}", f"X-Device: {mine['device']}", f"Content-Length: {len(body)}",
        )  # fmt: skip
        line.sendall("\r\n".join((*head, "", body)).encode())
        told = b""
        while not told.endswith(b"}"):
            told += line.recv(4096) or b"the line was cut}"
        return told.startswith(b"HTTP/1.1 200 ") and json.loads(told.partition(b"\r\n\r\n")[2]) == mine


def voices() -> list[Voice]:
    import app  # noqa: F401  # says who turns a token into a caller

    now = world.now()
    ids = [world.new_id("G") for _ in range(CALLERS)]
    return [Voice(id_, issue(id_, ["guest"], now, seconds=GUEST_SECONDS)) for id_ in ids]


def test_of_ten_thousand_answers_to_sixteen_callers_none_is_anothers(mirror: App) -> None:
    port, own, foreign = engine.free_port(), [], []
    serving = local.serve(mirror, port)

    def call(voice: Voice) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
            for n in range(ANSWERS // CALLERS):
                (own if voice.asks(line, n) else foreign).append(n)

    usual = sys.getswitchinterval()
    sys.setswitchinterval(THRASHING)
    try:
        side_by_side([lambda voice=voice: call(voice) for voice in voices()])
    finally:
        sys.setswitchinterval(usual)
        serving.stop()
        serving.server.server.server_close()
    assert (len(own), len(foreign)) == (ANSWERS, 0)


def side_by_side(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_call_that_begins_while_another_waits_takes_nothing_from_it(mirror: App) -> None:
    meet, heard = threading.Barrier(2), {}

    def wait_for_both(event: Any, get_response: Callable[[Any], Any]) -> Any:
        """Between what Chalice sets for a call and the door that reads it."""
        meet.wait(10)
        return get_response(event)

    mirror.register_middleware(wait_for_both, "http")
    both = voices()[:2]
    side_by_side([lambda voice=voice: heard.update({voice.id: called(mirror, voice)}) for voice in both])

    assert {id_: told["caller"] for id_, told in heard.items()} == {voice.id: voice.id for voice in both}
    assert {id_: told["words"] for id_, told in heard.items()} == {voice.id: voice.id for voice in both}


def test_a_call_within_a_call_leaves_the_outer_one_its_own(mirror: App) -> None:
    outer, inner = voices()[:2]
    seen: list[Any] = []

    def calls_again(event: Any, get_response: Callable[[Any], Any]) -> Any:
        if not seen:
            seen.append(inner.id)
            seen.append(called(mirror, inner)["caller"])
        return get_response(event)

    mirror.register_middleware(calls_again, "http")
    assert (called(mirror, outer)["caller"], seen) == (outer.id, [inner.id, inner.id])


def test_a_call_leaves_nothing_on_the_app(mirror: App) -> None:
    during: list[Any] = []

    def look(event: Any, get_response: Callable[[Any], Any]) -> Any:
        during.extend((mirror.current_request.headers["x-device"], mirror.lambda_context))
        return get_response(event)

    mirror.register_middleware(look, "http")
    before = dict(vars(mirror))
    (voice, *_) = voices()
    assert called(mirror, voice)["caller"] == voice.id
    assert during == [voice.id, CONTEXT]
    assert vars(mirror) == before
    assert (mirror.current_request, mirror.lambda_context) == (None, None)


CONTEXT = object()


def called(shop: App, voice: Voice) -> Any:
    """What one call answers, as Lambda makes it."""
    event = {
        "requestContext": {"httpMethod": "POST", "resourcePath": "/v1/mirror/{name}", "identity": {}},
        "headers": {"authorization": f"Bearer {voice.token}", "x-device": voice.id}, "stageVariables": {},
        "pathParameters": {"name": voice.id}, "multiValueQueryStringParameters": {"word": [voice.id]},
        "body": json.dumps({"words": voice.id}),
    }  # fmt: skip
    return json.loads(shop(event, CONTEXT)["body"])
