"""A mail server on a port of its own: who signs in rightly may hand letters over. It is on this machine, in clear, and hangs up
on what is no mail: a page of a browser's cannot speak to it."""

from __future__ import annotations

import base64
import email
import hmac
import socketserver
import threading
from email import policy
from typing import Any

from local import loopback

from ..wire import Reply, Request
from .box import Box

NAME, USER, SENDER, HOST = "mail", "shop", "集市 <shop@post.example>", loopback.HOST
LONGEST = 10_000
VERBS = frozenset({"EHLO", "HELO", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"})


class PostOffice:
    def __init__(self, box: Box) -> None:
        self.box = box
        self._server = _Server((HOST, 0), _Line)
        self._server.box = box
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        return {
            "messages/mail": {
                "host": HOST,
                "port": self._server.server_address[1],
                "user": USER,
                "password": self.box.keys["mail"],
                "sender": SENDER,
                "tls": "none",
            }
        }

    def respond(self, request: Request) -> Reply | None:
        return None

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    box: Box


class _Line(socketserver.StreamRequestHandler):
    """One conversation (RFC 5321)."""

    timeout = 20
    server: _Server

    def handle(self) -> None:
        self.inside, self.to = False, ""
        box = self.server.box
        if box.knob("down", NAME):
            return
        self._say("421 busy" if box.knob("throttle", NAME) else "220 post office")
        while line := self.rfile.readline(LONGEST):
            words = line.decode("utf-8", "replace").strip()
            verb = words.split(" ")[0].upper()
            if verb not in VERBS:
                return
            if verb == "QUIT":
                self._say("221 bye")
                return
            if not self._hear(verb, words):
                return

    def _hear(self, verb: str, words: str) -> bool:
        """Whether the line is kept."""
        if verb in ("EHLO", "HELO"):
            self._say("250-post office\r\n250 AUTH PLAIN" if verb == "EHLO" else "250 post office")
        elif verb == "AUTH":
            self.inside = self._signed_in(words)
            self._say("235 hello" if self.inside else "535 5.7.8 who?")
        elif not self.inside:
            self._say("530 5.7.0 sign in first")
        elif verb == "RCPT":
            self.to = words.partition("<")[2].partition(">")[0]
            code = self.server.box.knob("code", NAME)
            self._say(f"{code} 5.1.1 not here" if code else "250 ok")
        elif verb == "DATA":
            self._say("354 go on")
            return self._take()
        else:
            self._say("250 ok")
        return True

    def _signed_in(self, words: str) -> bool:
        try:
            _, user, password = base64.b64decode(words.split(" ")[2]).decode().split("\0")
        except (ValueError, IndexError):
            return False
        return user == USER and hmac.compare_digest(password.encode(), self.server.box.keys["mail"].encode())

    def _take(self) -> bool:
        written: list[bytes] = []
        while (line := self.rfile.readline(LONGEST)) not in (b".\r\n", b""):
            written.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        letter = email.message_from_bytes(b"".join(written), policy=policy.default)
        self.server.box.keep(
            NAME,
            self.to,
            template=str(letter["Subject"]),
            text=letter.get_content().strip(),
            values={name: str(told) for name, told in letter.items() if name not in ("Subject", "To")},
            reference=str(letter["Message-ID"]).strip("<>").partition("@")[0],
        )
        if self.server.box.slowly(NAME, ""):
            return False
        self._say("250 taken")
        return True

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")
