"""The local server's connections: one request and its answer after the other, whatever the requests are made of."""

from __future__ import annotations

import gzip
import io
import json
import socket
import struct
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPConnection
from threading import Event

import chalice.app
import pytest

from chalicelib.kernel.errors import CATALOGUE
from chalicelib.runtime.http import OPERATIONS
from infra import gateway
from local import engine, http

NOTHING = {"statusCode": 200, "headers": {}, "multiValueHeaders": {}, "body": ""}
JSON_TYPE = "Content-Type: application/json"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    from app import app

    serving = http.serve(app, port := engine.free_port())
    yield port
    serving.stop()
    serving.server.server.server_close()


def said(port: int, *requests: str) -> list[tuple[int, str]]:
    """Status and body of each answer on one connection, read as a client reads them, to its end."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall("".join(requests).encode("latin-1"))
        line.shutdown(socket.SHUT_WR)
        reader, found = line.makefile("rb"), []
        asked = iter(requests)
        while status := reader.readline().decode():
            heads = dict(iter(lambda: reader.readline().decode().strip().lower().partition(": ")[::2], ("", "")))
            bodiless = next(asked, "").startswith("HEAD ")
            body = b"" if bodiless else reader.read(int(heads.get("content-length", 0)))
            found.append((int(status.split()[1]), body.decode()))
        return found


HEALTHY = (200, '{"ok":true}')
HEALTH = "GET /health HTTP/1.1\r\n\r\n"


def test_an_answer_to_a_head_request_is_no_part_of_the_next_answer(port: int) -> None:
    assert said(port, "HEAD /health HTTP/1.1\r\n\r\n", HEALTH) == [(200, ""), HEALTHY]


@pytest.mark.parametrize("path", ["/health", "/v1/nowhere"])
@pytest.mark.parametrize(
    "body",
    [
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: Chunked\r\n\r\n5 ;name=x\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        "Content-Length: 5\r\n\r\nhello",
    ],
)
def test_a_body_that_nobody_reads_is_no_part_of_the_next_request(port: int, path: str, body: str) -> None:
    told = said(port, f"POST {path} HTTP/1.1\r\n{JSON_TYPE}\r\n{body}", HEALTH)
    assert [status for status, _ in told] == [405 if path == "/health" else 404, 200]
    assert told[1] == HEALTHY


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("DEFAULT_4XX", "Content-Length: five\r\n"),
        ("DEFAULT_4XX", "Content-Length: -1\r\n"),
        ("DEFAULT_4XX", "Content-Length: +1\r\n"),
        ("DEFAULT_4XX", "Content-Length: \xb2\r\n"),
        ("DEFAULT_4XX", "Content-Length: 2\r\nContent-Length: 3\r\n"),
        ("DEFAULT_4XX", "Content-Length: 40\r\nTransfer-Encoding: chunked\r\n"),
        ("DEFAULT_4XX", "Transfer-Encoding: gzip, chunked\r\n"),
        ("DEFAULT_4XX", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        ("REQUEST_TOO_LARGE", f"Content-Length: {gateway.LARGEST_BODY + 1}\r\n"),
    ],
)
def test_where_a_bodys_end_is_unclear_nothing_after_it_is_taken_for_a_request(port: int, kind: str, head: str) -> None:
    told = said(port, f"POST /v1/quotes HTTP/1.1\r\n{head}\r\n", HEALTH)
    assert [status for status, _ in told] == [gateway.answer(kind).status]
    assert json.loads(told[0][1])["code"] in ("REQUEST_MALFORMED", "TOO_LARGE")


NO_REQUESTS = {
    "one word": b"GET\r\n\r\n", "noise": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "nulls": b"\0" * 100 + b"\r\n\r\n",
    "a later HTTP": b"GET /health HTTP/9.9\r\n\r\n", "no HTTP": b"GET /health HTTP/x\r\n\r\n",
    "four words": b"GET /health HTTP/1.1 x\r\n\r\n", "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method of no-one": b"BREW /health HTTP/1.1\r\n\r\n", "in small letters": b"get /health HTTP/1.1\r\n\r\n",
    "traced": b"TRACE /health HTTP/1.1\r\n\r\n", "connected": b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    "a long path": b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    "a long header": b"GET /health HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    "many headers": b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 300 + b"\r\n",
    "a token in Chinese, nowhere": "GET /v1/nowhere HTTP/1.1\r\nAuthorization: Bearer 中\r\n\r\n".encode(),
    "a token in Chinese": "GET /v1/me HTTP/1.1\r\nAuthorization: Bearer 中\r\n\r\n".encode(),
    "a token of odd bytes": b"GET /v1/me HTTP/1.1\r\nAuthorization: \xff\x00\r\n\r\n",
    "half an address": b"GET //[ HTTP/1.1\r\n\r\n", "half a host": b"GET http://[ HTTP/1.1\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\n\r\n", "a null in the path": b"GET /media/%00 HTTP/1.1\r\n\r\n",
    "odd bytes in the path": b"GET /media/\xff%ff%zz?%ff=%00&=&& HTTP/1.1\r\n\r\n",
    "a medium of odd bytes": b"POST /v1/auth/guests HTTP/1.1\r\nContent-Length: 2\r\nContent-Type: \xff\r\n\r\n{}",
}  # fmt: skip
NO_HTTP = {
    "one word": 400, "noise": 400, "nulls": 400, "a later HTTP": 400, "no HTTP": 400, "four words": 400, "HTTP/2": 400,
    "a long path": 431, "a long header": 431, "many headers": 431, "a medium of odd bytes": 415, "a token in Chinese": 401,
    "a token of odd bytes": 401, "a method of no-one": 405, "in small letters": 405, "traced": 405,
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_REQUESTS)
def test_what_is_no_request_is_a_problem_of_whoever_sent_it(
    port: int, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(NO_REQUESTS[kind])
        line.shutdown(socket.SHUT_WR)
        told = b"".join(iter(lambda: line.recv(65536), b""))
    status, head = int(told.split()[1]), told.partition(b"\r\n\r\n")[0].lower()
    assert status == NO_HTTP.get(kind, 404)
    assert b"content-type: application/problem+json" in head
    assert "Traceback" not in capsys.readouterr().err
    assert said(port, HEALTH) == [HEALTHY]


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("zh;q=0.1,en;q=0.9", "en"), ("en;q=0, zh", "zh")])
@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ("FOO /v1/products", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE /v1/products", 405, "METHOD_NOT_ALLOWED"),
        ("FOO /v1/nowhere", 404, "ROUTE_UNKNOWN"),
        (f"POST /v1/quotes HTTP/1.1\r\nContent-Length: {gateway.LARGEST_BODY + 1}", 413, "TOO_LARGE"),
        ("POST /v1/quotes HTTP/1.1\r\nContent-Length: five", 400, "REQUEST_MALFORMED"),
    ],
)
def test_whatever_refuses_says_one_form_in_the_asked_language(
    port: int, line: str, status: int, code: str, asked: str, language: str
) -> None:
    first, _, more = line.partition(" HTTP/1.1\r\n")
    head = f"{more}\r\n" if more else ""
    ((got, body),) = said(port, f"{first} HTTP/1.1\r\n{head}Accept-Language: {asked}\r\n\r\n")
    told = json.loads(body)
    assert (got, told["status"], told["code"]) == (status, status, code)
    assert told["title"] == CATALOGUE[code](**told["params"]).message(language)
    assert "title_en" not in told


def headed(name: str, value: str) -> Message:
    told = Message()
    told[name] = value
    return told


def test_chunks_are_put_together() -> None:
    line = io.BytesIO(b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\nGET")
    assert http.body_of(line, headed("Transfer-Encoding", "chunked")) == b"abc0123456789"
    assert line.read() == b"GET"


@pytest.mark.parametrize(
    "sent",
    [b"", b"3\r\nab", b"3\r\nabcd\r\n0\r\n\r\n", b"x\r\n\r\n", b"-3\r\nabc\r\n", b"0x3\r\nabc\r\n", b"3\nabc\r\n"],
)
def test_broken_chunks_are_no_body(sent: bytes) -> None:
    with pytest.raises(http.Unreadable, match="DEFAULT_4XX"):
        http.body_of(io.BytesIO(sent), headed("Transfer-Encoding", "chunked"))


def test_chunks_may_together_be_as_large_as_a_body_told_by_its_length_and_no_larger() -> None:
    half = b"%x\r\n" % (gateway.LARGEST_BODY // 2) + b"x" * (gateway.LARGEST_BODY // 2) + b"\r\n"
    chunked = headed("Transfer-Encoding", "chunked")
    assert len(http.body_of(io.BytesIO(half + half + b"0\r\n\r\n"), chunked)) == gateway.LARGEST_BODY
    with pytest.raises(http.Unreadable, match="REQUEST_TOO_LARGE"):
        http.body_of(io.BytesIO(half + half + b"1\r\nx\r\n0\r\n\r\n"), chunked)
    whole = headed("Content-Length", str(gateway.LARGEST_BODY))
    assert len(http.body_of(io.BytesIO(b"x" * gateway.LARGEST_BODY), whole)) == gateway.LARGEST_BODY


def test_a_body_that_is_cut_off_is_none() -> None:
    with pytest.raises(http.Unreadable, match="DEFAULT_4XX"):
        http.body_of(io.BytesIO(b"abc"), headed("Content-Length", "4"))


def test_an_address_of_the_loopback_is_a_place_of_its_own(port, monkeypatch):
    """As the gateway does, the server tells where a request comes from: strangers can be tried out on one machine."""
    seen = []
    monkeypatch.setattr(chalice.app.Chalice, "__call__", lambda self, event, context: seen.append(event) or NOTHING)
    for address in ("127.0.0.1", "127.0.2.1"):
        with socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0)) as line:
            line.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            line.makefile("rb").read()
    assert [event["requestContext"]["identity"]["sourceIp"] for event in seen] == ["127.0.0.1", "127.0.2.1"]


GETS = sorted(op.path for op in OPERATIONS if op.method == "GET")


@pytest.mark.parametrize("path", GETS)
def test_each_get_answers_a_head_as_itself_without_its_body(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked as a stage's gateway asks; what the route itself answers is played."""
    from app import app

    seen = []
    played = NOTHING | {"body": "all of it", "headers": {"ETag": "x"}}
    monkeypatch.setattr(chalice.app.Chalice, "__call__", lambda self, event, context: seen.append(event) or played)
    asked = {"resourcePath": path, "httpMethod": "HEAD"}
    answer = app({"requestContext": asked, "headers": None}, None)
    assert (answer["statusCode"], answer["headers"], answer["body"]) == (200, {"ETag": "x"}, "")
    assert [event["requestContext"]["httpMethod"] for event in seen] == ["GET"]


def test_a_head_tells_no_length_that_its_body_would_not_have(port: int) -> None:
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("HEAD", "/docs/errors")
    answer = line.getresponse()
    assert (answer.status, answer.read(), answer.getheader("Content-Length")) == (200, b"", None)
    assert str(answer.getheader("Content-Type")).startswith("text/html")
    line.close()


@pytest.mark.parametrize("path", sorted({op.path for op in OPERATIONS}))
def test_another_method_is_refused_with_those_that_there_are(path: str) -> None:
    from app import app

    there = {op.method for op in OPERATIONS if op.path == path}
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - there - ({"HEAD"} if "GET" in there else set()):
        asked = {"requestContext": {"resourcePath": path, "httpMethod": method}, "headers": {"Accept-Language": "en"}}
        answer = app(asked, None)
        assert answer["statusCode"] == 405
        assert answer["headers"]["Content-Type"] == "application/problem+json"
        told = set(answer["headers"]["Allow"].split(", "))
        assert told == there | ({"HEAD"} if "GET" in there else set())
        assert json.loads(answer["body"])["title"] == f"This address takes {answer['headers']['Allow']}"


@pytest.mark.parametrize(
    ("accepts", "compressed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
def test_long_text_is_compressed_for_those_who_read_it(port: int, accepts: str, compressed: bool) -> None:
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", "/docs/errors", headers={"Accept-Encoding": accepts})
    answer = line.getresponse()
    told = answer.read()
    assert answer.getheader("Vary") == "Accept-Encoding"
    assert (answer.getheader("Content-Encoding") == "gzip") == compressed
    assert (gzip.decompress(told) if compressed else told).decode().strip().endswith("</html>")
    line.request("GET", "/health", headers={"Accept-Encoding": "gzip"})
    short = line.getresponse()
    assert (short.read(), short.getheader("Content-Encoding")) == (b'{"ok":true}', None)
    line.close()


def test_a_client_that_hangs_up_is_no_event_and_a_fault_of_ours_is(
    port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = Event()

    def hung_up(self: object, code: int, headers: object, body: object) -> None:
        written.set()
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(http._Quiet, "_send_http_response", hung_up)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(HEALTH.encode())
        assert written.wait(10)
        assert line.recv(10) == b""
    assert capsys.readouterr().err == ""

    monkeypatch.setattr(http._Quiet, "_send_http_response", lambda *_: 1 / 0)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(HEALTH.encode())
        assert line.recv(10) == b""
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize(
    "sent", ["GET /docs/errors HTTP/1.1\r\n\r\n", "POST /v1/quotes HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"]
)
def test_a_client_that_resets_its_connection_leaves_no_traceback(
    port: int, sent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        line = socket.create_connection(("127.0.0.1", port), timeout=10)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, no farewell
        line.sendall(sent.encode())
        line.close()
    assert said(port, HEALTH) == [HEALTHY]
    assert capsys.readouterr().err == ""
