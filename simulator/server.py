"""One HTTP server for all: it finds who answers a path, and lets the fault knobs do their work around the answer."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local import loopback

from . import cashier, control, knobs, login, yard
from .alipay_voice import Fault
from .carriers import Carriers
from .letters import Letters
from .notifier import Notifier
from .receiver import Receiver
from .till import Provider, Refused, Till
from .warehouse import Warehouse
from .wire import Reply, Request

LARGEST = 1_000_000  # bytes of a request
DOORS = (("/v3/", "wechat"), ("/gateway.do", "alipay"), ("/alipay/", "alipay"), ("/gateway/api/", "unionpay"),
         ("/file/", "unionpay"))  # fmt: skip


def respond(
    till: Till, carriers: Carriers, letters: Letters, warehouse: Warehouse, notifier: Notifier, request: Request
) -> Reply | None:
    """Answer a request; None means that the answer is lost and the connection closed."""
    path = request.path
    if path in ("/_sim/letters", "/_sim/warehouse") and request.method == "POST" and control.foreign(till, request):
        return Reply(403, b"another site may not turn these knobs\n", "text/plain")
    if (lettered := letters.respond(request)) is not None:
        return lettered
    if (packed := warehouse.respond(request)) is not None:
        return packed
    if path in ("/yard", "/_sim/parcels"):
        return yard.respond(till, carriers, request)
    if (brought := carriers.respond(request)) is not None:
        return brought
    if path == "/_sim" or path.startswith("/_sim/"):
        return control.respond(till, notifier, request)
    if path == "/knobs":
        return knobs.respond(till, request)
    if path.startswith("/sns/"):
        return login.respond(till, request)
    if path.startswith("/cashier/") or (path == "/" and request.method in ("GET", "HEAD")):
        return cashier.respond(till, request)
    name = next((name for door, name in DOORS if path.startswith(door)), "unionpay" if path == "/" else "")
    if not name:
        return Reply(404, b"not found\n", "text/plain")
    return _call(till, till.providers[name], request) or Reply(404, b"not found\n", "text/plain")


def _call(till: Till, provider: Provider, request: Request) -> Reply | None:
    try:
        call, number = provider.describe(request)
    except Fault:
        call, number = "", ""
    where = (provider.name, number, call)
    take = till.faults.take
    for knob, status in (("throttle", 429), ("down", 503)):
        if take(knob, *where):
            return provider.broken(request, status)
    if code := take("code", *where):
        return provider.refuse(request, code)
    reply = provider.handle(request)
    if reply is None:
        return None
    payment = till.book.payment(provider.name, number) if call == "create" else None
    if payment is not None and take("pay_at_create", *where):
        with contextlib.suppress(Refused):  # paid by an earlier call of the same number: nothing left to do
            till.pay(payment)
    if waits := take("slow", *where):
        time.sleep(float(waits))
    if take("lost_answer", *where):
        return Reply(0)
    if take("answer_500", *where):
        return provider.broken(request, 500)
    return provider.spoil(reply) if take("bad_answer", *where) else reply


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, till: Till, carriers: Carriers, letters: Letters, warehouse: Warehouse, notifier: Notifier
    ) -> None:
        self.till, self.carriers, self.letters, self.notifier = till, carriers, letters, notifier
        self.warehouse = warehouse
        self.receiver = Receiver()
        super().__init__((loopback.HOST, port), Handler)

    def serve(self) -> threading.Thread:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        return thread

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client hangs up."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: Server

    def answer(self) -> None:
        told = loopback.refused(self.headers.get_all("host", []), self.headers.get_all("origin", []))
        if told is not None:
            self._write(Reply(told.status, told.body.encode(), "application/json; charset=utf-8"))
            self.close_connection = True
            return
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,9}", length) or int(length) > LARGEST:
            self._write(Reply(413, b"too large\n", "text/plain"))
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        try:
            server = self.server
            reply = server.receiver.respond(request) or respond(
                server.till, server.carriers, server.letters, server.warehouse, server.notifier, request
            )
        except Exception:
            traceback.print_exc()  # a fault of the simulator itself: seen by whoever runs it, 500 for the caller
            reply = Reply(500, b"the simulator failed\n", "text/plain")
        if reply is not None and reply.status:
            self._write(reply)
            return
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_HEAD = do_POST = do_DELETE = answer

    def _write(self, reply: Reply) -> None:
        """Send head and body as one piece."""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
        self._headers_buffer.append(b"\r\n" + (b"" if self.command == "HEAD" else reply.body))  # type: ignore[attr-defined]  # the buffer the base class keeps
        self.flush_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the book remembers what matters."""
