"""The receiver of webhooks: it keeps what came where it came, and answers as it is asked to."""

from __future__ import annotations

import simulator
from simulator.receiver import Receiver
from simulator.wire import Request
from tests.simulator.shop import call


def posted(target: str, body: bytes = b"{}", **headers: str) -> Request:
    return Request("POST", target, {f"webhook-{name}": value for name, value in headers.items()}, body)


def test_what_came_is_shown_where_it_came_newest_first() -> None:
    receiver = Receiver()
    for number in ("1", "2"):
        answer = receiver.respond(posted("/hooks/erp", b'{"n":1}', id=number, timestamp="9", signature="v1,x"))
        assert answer is not None
        assert answer.status == 204
    receiver.respond(posted("/hooks/other"))
    shown = receiver.respond(Request("GET", "/hooks/erp"))
    assert shown is not None
    assert b'"id": "2"' in shown.body.split(b'"id": "1"')[0]
    assert b"other" not in shown.body


def test_it_answers_what_its_address_says_and_no_other_path() -> None:
    receiver = Receiver()
    answers = [receiver.respond(posted(f"/hooks/erp?answer={word}")) for word in ("500", "410", "nonsense")]
    assert [one.status for one in answers if one] == [500, 410, 204]
    assert receiver.respond(posted("/hooks/erp/deeper")) is None
    assert receiver.respond(posted("/v3/pay")) is None


def test_the_simulator_has_one(sim: simulator.Simulator) -> None:
    assert call("POST", f"{sim.url}/hooks/erp", b"{}").status == 204
    assert b'"to": "erp"' in call("GET", f"{sim.url}/hooks/erp").body
