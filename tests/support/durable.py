"""A DynamoDB that survives kill -9: the proof's engine behind HTTP, with a log of what it has done.

    python -m tests.support.durable --port 8001 --data DIR

A write is answered only after its request lies in the log (fsync); a start does all logged requests again. So it keeps
what it acknowledged, as the service does, and a test can look at what the shop makes of an engine that dies.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.hardening.proof.engine import Engine, Fault

READS = frozenset({"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan", "DescribeTable"})


class Kept:
    """The engine and its log; one request at a time."""

    def __init__(self, folder: Path) -> None:
        self.engine, self.lock = Engine(), threading.Lock()
        path = folder / "requests.jsonl"
        done = path.read_text().split("\n")[:-1] if path.exists() else []  # a line cut off was never answered
        for line in done:
            self.engine.answer(*json.loads(line))
        path.write_text("".join(f"{line}\n" for line in done))
        self.log = path.open("a", encoding="utf-8")

    def answer(self, op: str, body: Any) -> tuple[int, dict[str, Any]]:
        with self.lock:
            try:
                told = self.engine.answer(op, body)
            except Fault as fault:
                return fault.status, {"__type": fault.code, "message": fault.message, **fault.more}
            if op not in READS:
                self.log.write(json.dumps([op, body]) + "\n")
                self.log.flush()
                os.fsync(self.log.fileno())
            return 200, told


class Server(ThreadingHTTPServer):
    daemon_threads = True
    kept: Kept


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, told = self.server.kept.answer(self.headers["X-Amz-Target"].partition(".")[2], body)
        text = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--data", type=Path, required=True)
    given = asked.parse_args()
    server = Server(("127.0.0.1", given.port), Door)
    server.kept = Kept(given.data)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
