"""A mail server in a thread: it keeps letters, speaks TLS or none, and fails at the step it is told to."""

from __future__ import annotations

import base64
import email
import ipaddress
import socketserver
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD, SENDER = "shop@post.example", "mail-password-9f", "集市 <shop@post.example>"
SHUT, HANG = "shut", "hang"


class PostOffice:
    """`faults` maps a step (a command, `.` for the letter's end, `hello`) to a reply, SHUT or HANG."""

    def __init__(self, tls: str = "none", certificate: Path | None = None) -> None:
        self.tls, self.certificate = tls, certificate
        self.faults: dict[str, str] = {}
        self.letters: list[tuple[str, str, EmailMessage]] = []
        self.commands: list[str] = []
        self.name: str | None = None
        office = self

        class Counter(socketserver.StreamRequestHandler):
            timeout = 5

            def handle(self) -> None:
                with suppress(OSError, _Shut):
                    Talk(office, self.connection).hold()

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Counter)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Ends when all talks have ended."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    @property
    def document(self) -> dict[str, object]:
        """The secret `messages/mail` of a shop that has its account here."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "password": PASSWORD,
            "sender": SENDER,
            "tls": self.tls,
        }

    def context(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self.certificate is not None
        made.load_cert_chain(self.certificate)
        return made


class _Shut(Exception):
    pass


class Talk:
    """One connection, line by line."""

    def __init__(self, office: PostOffice, connection) -> None:
        self.office, self.to, self.sender = office, "", ""
        self.connection = connection
        if office.tls == "implicit":
            self.secure()
        self.lines = self.connection.makefile("rb")

    def secure(self) -> None:
        self.connection = self.office.context().wrap_socket(self.connection, server_side=True)
        self.lines = self.connection.makefile("rb")

    def say(self, text: str) -> None:
        self.connection.sendall(text.encode() + b"\r\n")

    def reply(self, step: str, text: str) -> bool:
        """Answers whether all went well."""
        fault = self.office.faults.get(step)
        if fault == SHUT:
            raise _Shut
        if fault == HANG:
            time.sleep(0.3)
            raise _Shut
        self.say(fault or text)
        return fault is None

    def hold(self) -> None:
        try:
            self.reply("hello", "220 post office")
            while line := self.lines.readline():
                word = line.decode().strip()
                self.office.commands.append(word)
                self.hear(word)
        finally:
            self.lines.close()
            self.connection.close()

    def hear(self, word: str) -> None:
        verb = word.split(" ")[0].upper()
        if verb == "EHLO":
            offers = ["250-post office", *(["250-STARTTLS"] if self.office.tls == "starttls" else [])]
            self.office.name = word.split(" ")[1]
            self.reply("EHLO", "\r\n".join([*offers, "250 AUTH PLAIN"]))
        elif verb == "STARTTLS":
            if self.reply("STARTTLS", "220 now"):
                self.lines.close()
                self.secure()
        elif verb == "AUTH":
            said = base64.b64decode(word.split(" ")[2]).decode()
            right = said.split("\0")[1:] == [USER, PASSWORD]
            self.reply("AUTH", "235 hello" if right else "535 who?")
        elif verb == "DATA":
            if self.reply("DATA", "354 go on"):
                self.take()
        elif verb == "QUIT":
            self.say("221 bye")
            raise _Shut
        else:
            self.sender, self.to = (word, self.to) if verb == "MAIL" else (self.sender, word)
            self.reply(verb, "250 ok")

    def take(self) -> None:
        written = []
        while (line := self.lines.readline()) != b".\r\n":
            written.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.office.faults.get(".") is None:  # kept before it is said so, since a test may look at once
            letter = email.message_from_bytes(b"".join(written), policy=policy.default)
            self.office.letters.append((self.sender, self.to, letter))
        self.reply(".", "250 taken")


@cache
def _certificate() -> bytes:
    """Key and certificate of this machine, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "post office")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return kept + made.public_bytes(serialization.Encoding.PEM)


def certificate_file(folder: Path) -> Path:
    path = folder / "post-office.pem"
    path.write_bytes(_certificate())
    return path
