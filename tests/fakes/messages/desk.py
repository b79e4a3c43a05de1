"""A provider's counter in a thread: what comes is handed to `hear`, and its answer goes back, or nothing does."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SHUT, HANG = "shut", "hang"
LOST = "lost"  # the work is done, then the connection is closed


class Desk:
    """`fault` is (status, body), SHUT, HANG or LOST; `taken` are the messages sent, as (to whom, what is read)."""

    def __init__(self) -> None:
        self.fault: Any = None
        self.now: datetime | None = None
        self.taken: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.nonces: set[str] = set()
        desk = self

        class Door(BaseHTTPRequestHandler):
            timeout = 5

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                told = {name.lower(): value for name, value in self.headers.items()}
                if desk.fault == HANG:
                    time.sleep(0.3)
                if desk.fault in (HANG, SHUT):
                    return
                said = desk.hear(self.command, self.path, told, body)
                if desk.fault == LOST:
                    return
                self.send_response(said[0])
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(said[1])))
                self.end_headers()
                self.wfile.write(said[1])

            do_GET = do_POST = answer

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.url = f"http://{self.host}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def hear(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """What is answered."""
        raise NotImplementedError
