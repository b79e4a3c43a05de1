"""The HTTP front door on this machine: chalice's own local gateway, a thread a request, on the loopback."""

import logging
import threading
from dataclasses import dataclass
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer, ThreadedHTTPServer

from infra import gateway


class _Quiet(ChaliceRequestHandler):
    """Says nothing a request: the app's own log does. Headers and body leave at once: waiting for the peer's
    acknowledgement between them would cost 40 ms an answer.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _send_error_response(self, error: Any) -> None:  # the parent's name: no such path
        status, headers, body = gateway.answer(gateway.NOWHERE)
        self._send_http_response(status, headers, body)

    def _send_http_response(self, code: int, headers: Any, body: Any) -> None:  # the parent's name
        if code == 405:  # Chalice's own word for a method that is not there; no function would be asked
            code, headers, body = gateway.answer(gateway.NOWHERE)
        super()._send_http_response(code, headers, body)

    def log_message(self, format: str, *args: Any) -> None:  # the parent's name
        logging.getLogger("local.http").debug(format, *args)


class _Server(ThreadedHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True


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
    server = LocalDevServer(app, config, "127.0.0.1", port, handler_cls=_Quiet, server_cls=_Server)
    thread = threading.Thread(target=server.server.serve_forever, name="http", daemon=True)
    thread.start()
    return Serving(server, thread)
