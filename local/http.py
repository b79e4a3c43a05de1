"""The HTTP front door on this machine: chalice's own local gateway, a thread a request, for who may ask on the loopback.

Guarantees: what the gateway would answer by itself is answered so here; a connection that is kept open carries one
request and its answer after the other, never a rest of one before the next; text is compressed where a client takes it;
a client that hangs up is no event.
"""

import gzip
import importlib
import logging
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, BinaryIO

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer, ThreadedHTTPServer

from chalicelib.kernel.errors import Refusal
from infra import derive, functions, gateway

from . import loopback, media

LONGEST_LINE = 1024  # of a chunk's head or a trailer
TEXT = re.compile(r"(text/|application/([a-z0-9.-]+\+)?(json|javascript|xml)|image/svg).*", re.IGNORECASE)


class Unreadable(Exception):
    """A body that cannot be taken off the line; the kind of the gateway's answer."""


class _Quiet(ChaliceRequestHandler):
    """Says nothing a request: the app's own log does. Headers and body leave at once: waiting for the peer's
    acknowledgement between them would cost 40 ms an answer.
    """

    protocol_version = default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    body = b""

    def parse_request(self) -> bool:  # the parent's name
        if not super().parse_request():
            return False
        told = loopback.refused(self.headers.get_all("host", []), self.headers.get_all("origin", []))
        if told is not None:
            head = {"Content-Type": "application/json; charset=utf-8", "Connection": "close"}
            self._send_http_response(told.status, head, told.body)
            return False
        try:
            self.body = body_of(self.rfile, self.headers)
        except Unreadable as kind:
            self._refuse(gateway.refused(str(kind)), Connection="close")  # where the next would begin, nobody knows
            return False
        return True

    def _generic_handle(self) -> None:  # the parent's name
        """A picture comes from the bucket; everything else is asked of the app."""
        try:
            shown = media.answer(self.command, self.path)
        except Refusal as refusal:
            self._refuse(refusal)
            return
        if shown is None:
            super()._generic_handle()
        else:
            self._send_http_response(*shown)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _generic_handle

    def _refuse(self, refusal: Refusal, **more: str) -> None:
        """What the gateway, or the bucket, would refuse, as the app refuses: in the language that was asked for."""
        problem = importlib.import_module("chalicelib.runtime.http.problem")
        told = ",".join(self.headers.get_all("accept-language", [])) if getattr(self, "headers", None) else ""
        body, status, headers = problem.answer([refusal], problem.language(told))
        allowed = {"Allow": refusal.params["allow"]} if "allow" in refusal.params else {}
        self._send_http_response(
            status, {"Access-Control-Allow-Origin": "*", **problem.PLAIN, **headers, **allowed, **more}, body
        )

    def _parse_payload(self) -> tuple[dict[str, Any], bytes | None]:  # the parent's name
        self.local_gateway.event_converter.LOCAL_SOURCE_IP = self.client_address[0]  # as the gateway tells it
        # in capitals, as any case will do: what Chalice finds under "Authorization" it would quote at an unknown path
        return {name.upper(): text for name, text in self.headers.items()}, self.body or None

    def _send_error_response(self, error: Any) -> None:  # the parent's name: no such path
        asked = {"resourcePath": derive.NOWHERE, "httpMethod": self.command}
        told = self.local_gateway._app_object({"requestContext": asked, "headers": dict(self.headers)}, None)
        self._send_http_response(told["statusCode"], told["headers"], told["body"])

    def _send_http_response(self, code: int, headers: Any, body: Any) -> None:  # the parent's name
        content = body.encode() if isinstance(body, str) else body or b""
        if len(content) >= functions.COMPRESSED_FROM and TEXT.fullmatch(str(headers.get("Content-Type", ""))):
            headers = {**headers, "Vary": "Accept-Encoding"}
            if takes_gzip(getattr(self, "headers", None)):
                content = gzip.compress(content, 6, mtime=0)
                headers["Content-Encoding"] = "gzip"
        if self.command == "HEAD":
            self.send_response(code)  # without a length where the body that is left out was not made
            self._send_headers({**headers, "Content-Length": str(len(content))} if content else headers)
        else:
            super()._send_http_response(code, headers, None if body is None else content)

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:  # the parent's name
        """What is no request at all, in the gateway's words; a method that nobody knows the app refuses as any other."""
        if code == 501:
            self._generic_handle()
            return
        kind = gateway.HEAD_TOO_LARGE if code in (414, 431) else "DEFAULT_4XX"
        self._refuse(gateway.refused(kind), Connection="close")

    def log_message(self, format: str, *args: Any) -> None:  # the parent's name
        logging.getLogger("local.http").debug(format, *args)


def takes_gzip(headers: Message | None) -> bool:
    """Whether who asked said that it reads compressed answers."""
    told = ",".join(headers.get_all("accept-encoding", [])) if headers else ""
    wanted = (part.replace(" ", "").lower().partition(";") for part in told.split(","))
    return any(name in ("gzip", "*") and not re.fullmatch(r"q=0(\.0*)?", q) for name, _, q in wanted)


def body_of(line: BinaryIO, headers: Message) -> bytes:
    """The whole body that follows these headers. Raises Unreadable when its end is not plainly told, or too far away."""
    lengths, codings = headers.get_all("content-length", []), headers.get_all("transfer-encoding", [])
    if codings:
        if lengths or [coding.lower() for coding in codings] != ["chunked"]:
            raise Unreadable("DEFAULT_4XX")
        return b"".join(_chunks(line))
    if not lengths:
        return b""
    if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
        raise Unreadable("DEFAULT_4XX")
    if int(lengths[0]) > gateway.LARGEST_BODY:
        raise Unreadable("REQUEST_TOO_LARGE")
    return _exactly(line, int(lengths[0]))


def _chunks(line: BinaryIO) -> Iterator[bytes]:
    left = gateway.LARGEST_BODY
    while size := int(_head(line), 16):
        left -= size
        if left < 0:
            raise Unreadable("REQUEST_TOO_LARGE")
        yield _exactly(line, size)
        if _exactly(line, 2) != b"\r\n":
            raise Unreadable("DEFAULT_4XX")
    while line.readline(LONGEST_LINE).strip():
        pass  # trailers say nothing that anybody reads


def _head(line: BinaryIO) -> str:
    found = re.fullmatch(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[^\r\n]*)?\r\n", line.readline(LONGEST_LINE))
    if found is None:
        raise Unreadable("DEFAULT_4XX")
    return found[1].decode()


def _exactly(line: BinaryIO, size: int) -> bytes:
    read = line.read(size)
    if len(read) < size:
        raise Unreadable("DEFAULT_4XX")
    return read


class _Server(ThreadedHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # the parent's name
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):  # whoever hung up is told nothing more
            super().handle_error(request, client_address)


@dataclass(frozen=True)
class Serving:
    server: LocalDevServer
    thread: threading.Thread

    def stop(self) -> None:
        """Take no new request; those in hand are answered."""
        self.server.shutdown()
        self.thread.join(5)


def serve(app: Chalice, port: int) -> Serving:
    config = Config.create(app_name="jishi", chalice_stage="local", lambda_timeout=30)
    server = LocalDevServer(app, config, loopback.HOST, port, handler_cls=_Quiet, server_cls=_Server)
    thread = threading.Thread(target=server.server.serve_forever, name="http", daemon=True)
    thread.start()
    return Serving(server, thread)
