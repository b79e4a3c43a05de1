"""Servers on this machine: bound to the loopback, asked by its names, and by no page from elsewhere.

The intruder is a page that a developer opens in passing: it would read the local shop's keys, pay at its cashier, turn its
clock, or, its own name pointed at 127.0.0.1 meanwhile, read whatever is answered.
"""

from __future__ import annotations

import ast
import asyncio
import socket
from collections.abc import Iterator

import pytest

import simulator
from local import engine, http, loopback
from tests.house import source

SERVING = {
    "HTTPServer", "ThreadingHTTPServer", "ThreadedHTTPServer", "BaseHTTPRequestHandler", "ChaliceRequestHandler",
    "LocalDevServer", "TCPServer", "ThreadingTCPServer", "UDPServer", "WSGIServer", "make_server", "create_server",
    "start_server", "hypercorn", "uvicorn",
}  # fmt: skip
FOREIGN_HOSTS = [
    "evil.example", "127.0.0.1.evil.example", "evil.example:8000", "localhost.evil.example", "evil-localhost",
    "127.0.0.2", "10.0.0.1", "192.168.0.1", "[::2]", "127.0.0.1:8000:1", "127.0.0.1, evil.example", "",
    "127.0.0.1@evil.example", "2130706433",
]  # fmt: skip
OWN_HOSTS = ["127.0.0.1", "127.0.0.1:8000", "localhost:9100", "LOCALHOST", "[::1]:4566", "bucket.localhost:4566"]
FOREIGN_PAGES = [
    "null", "http://evil.example", "https://127.0.0.1.evil.example", "http://evil.example:8000", "file://", "http://10.0.0.1",
    "chrome-extension://x", "http://127.0.0.1:8000 http://evil.example", "http://127.0.0.1:8000/evil.example", "",
]  # fmt: skip
OWN_PAGES = ["http://127.0.0.1:8000", "http://localhost:5173", "https://localhost", "http://[::1]:9100"]


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[int, str]]]:
    """The servers: name -> (port, a path that answers 200)."""
    from app import app

    serving = http.serve(app, port := engine.free_port())
    sim = simulator.start(tmp_path_factory.mktemp("sim"), notify=False)
    yield {
        "api": (port, "/health"),
        "outbox": (port, "/dev/outbox"),
        "console": (port, "/console"),
        "cashier": (sim.port, "/"),
        "book": (sim.port, "/_sim/book"),
        "knobs": (sim.port, "/knobs"),
    }
    sim.stop()
    serving.stop()
    serving.server.server.server_close()


SERVERS = ("api", "console", "cashier", "book", "knobs")


def asked(port: int, path: str, *heads: str, method: str = "GET") -> tuple[int, str]:
    with socket.create_connection((loopback.HOST, port), timeout=10) as line:
        line.sendall(
            "".join([f"{method} {path} HTTP/1.1\r\n", *(f"{one}\r\n" for one in heads), "\r\n"]).encode("latin-1")
        )
        line.shutdown(socket.SHUT_WR)
        told = b"".join(iter(lambda: line.recv(65536), b"")).decode("utf-8", "replace")
    return int(told.split()[1]), told


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_name_that_was_pointed_here_reads_nothing(ports, server, host):
    status, told = asked(*ports[server], f"Host: {host}")
    assert (status, "NOT_THIS_MACHINE" in told) == (421, True)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("page", FOREIGN_PAGES)
def test_a_page_from_elsewhere_neither_reads_nor_acts(ports, server, method, page):
    if (server, method) in {("cashier", "OPTIONS"), ("book", "OPTIONS"), ("knobs", "OPTIONS")}:
        assert asked(*ports[server], "Host: localhost", f"Origin: {page}", method=method)[0] == 501, "nobody answers it"
        return
    status, told = asked(*ports[server], "Host: localhost", f"Origin: {page}", method=method)
    assert (status, "FOREIGN_PAGE" in told, "access-control" in told.lower()) == (403, True, False)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("host", OWN_HOSTS)
def test_who_calls_this_machine_by_its_names_is_answered(ports, server, host):
    assert asked(*ports[server], f"Host: {host}")[0] == 200


@pytest.mark.parametrize("server", ["api", "console", "cashier"])
@pytest.mark.parametrize("page", OWN_PAGES)
def test_pages_of_this_machine_may_ask(ports, server, page):
    assert asked(*ports[server], "Host: localhost", f"Origin: {page}")[0] == 200


def test_two_hosts_are_not_this_machine(ports):
    assert asked(*ports["api"], "Host: localhost", "Host: evil.example")[0] == 421
    assert asked(*ports["cashier"], "Host: localhost", "Host: evil.example")[0] == 421


def test_the_outbox_is_shut_to_them_too(ports):
    """Codes and invitations lie there."""
    assert asked(*ports["outbox"], "Host: evil.example")[0] == 421
    assert asked(*ports["outbox"], "Host: localhost", "Origin: http://evil.example")[0] == 403


def through_guard(kind: str, *headers: tuple[bytes, bytes]) -> list[dict[str, object]]:
    sent: list[dict[str, object]] = []

    async def app(scope, receive, send):
        await send({"type": "inside"})

    async def send(message):
        sent.append(message)

    asyncio.run(loopback.guarded(app)({"type": kind, "headers": headers}, None, send))  # type: ignore[arg-type]  # nobody receives
    return sent


def test_the_engine_answers_no_page_at_all():
    for name, value, status in ((b"Host", b"evil.example", 421), (b"origin", b"http://127.0.0.1:8000", 403)):
        assert [one.get("status") for one in through_guard("http", (name, value))] == [status, None]
        assert through_guard("websocket", (name, value)) == [{"type": "websocket.close", "code": 1008}]
    assert through_guard("http", (b"host", b"127.0.0.1:4566")) == [{"type": "inside"}]
    assert through_guard("lifespan") == [{"type": "inside"}]


OF_MAIL = {"simulator/letters/smtp.py"}  # it speaks no HTTP, hangs up on what does, and demands a password


def test_whatever_serves_on_this_machine_asks_who_may_and_binds_to_the_loopback():
    serving, loose = set(), []
    for path in source.python("local", "simulator"):
        tree = source.tree(path)
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        texts = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if names & SERVING or "ministack.app" in texts:
            serving.add(path)
            if not ("loopback" in names and (names & {"refused", "guarded"} or path in OF_MAIL)):
                loose.append(path)
        if path != "local/loopback.py" and texts & {"0.0.0.0", "::"}:  # noqa: S104  # what is looked for
            loose.append(path)
    assert serving == {"local/http.py", "local/ministack.py", "simulator/server.py", *OF_MAIL}
    assert not loose
