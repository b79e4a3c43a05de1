"""The way to addresses that others chose: what is judged, that what was judged is called, and what an answer may cost."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.runtime import strangers
from chalicelib.runtime.outside import NoAnswer
from chalicelib.runtime.strangers import Called, OpenNetwork, WebhookAddressRefused

NAME = "erp.example.com"
INSIDE = (
    "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8", "169.254.169.254",
    "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "::ffff:0:127.0.0.1", "64:ff9b::a00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "3fff::1", "5f00::1", "no number", "",
)  # fmt: skip
OUTSIDE = ("8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2400:3200::1", "::ffff:8.8.8.8")


@pytest.mark.parametrize("number", INSIDE)
def test_what_is_nobodys_own_or_leads_on_is_not_public(number):
    assert not strangers.public(number)


@pytest.mark.parametrize("number", OUTSIDE)
def test_what_is_of_the_public_network_is(number):
    assert strangers.public(number)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://erp.example.com", Called(True, NAME, 443, "/")),
        ("https://ERP.example.com:8443/a/b?c=d", Called(True, NAME, 8443, "/a/b?c=d")),
        ("https://erp.example.com?c=@", Called(True, NAME, 443, "/?c=@")),
        ("https://[2606:4700::1111]/", Called(True, "2606:4700::1111", 443, "/")),
    ],
)
def test_an_address_is_taken_apart_once(url, place):
    assert strangers.place_of(url) == place


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://user@erp.example.com/", "userinfo"), ("https://erp.example.com@evil.example/", "userinfo"),
        ("https://erp.example.com\\@evil.example/", "userinfo"), ("https://erp.example.com\\.evil/", "form"),
        ("https://erp.example.com/#x", "form"), ("https://erp.example.com/ x", "form"), ("https://erp.example.com/\n", "form"),
        ("https://例子.example/", "form"), ("https:///x", "form"), ("//erp.example.com/", "form"), ("file:///etc/passwd", "form"),
        ("gopher://erp.example.com/", "form"), ("https://erp.example.com/" + "a" * 500, "form"), ("https://a%2eb/", "form"),
        ("http://erp.example.com/", "scheme"), ("https://erp.example.com:80/", "port"), ("https://erp.example.com:0/", "port"),
        ("https://erp.example.com:99999/", "port"), ("https://[fe80::1%25eth0]/", "form"),
    ],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused_before_anybody_is_asked(url, why):
    with pytest.raises(WebhookAddressRefused) as refused:
        strangers.place_of(url)
    assert refused.value.why == why


def test_the_authority_names_a_port_that_is_not_the_usual_one_and_brackets_a_number():
    assert Called(True, NAME, 443, "/").authority == NAME
    assert Called(True, NAME, 8443, "/").authority == f"{NAME}:8443"
    assert Called(False, NAME, 80, "/").authority == NAME
    assert Called(True, "2606:4700::1111", 443, "/").authority == "[2606:4700::1111]"


class Names(OpenNetwork):
    """The network, where names lead as they are told."""

    def __init__(self, *numbers: str, context: ssl.SSLContext | None = None) -> None:
        super().__init__(context)
        self.found = list(numbers)

    def numbers(self, host: str, port: int) -> list[str]:
        if not self.found:
            raise socket.gaierror("no such name")
        return self.found


@pytest.fixture
def leads() -> Iterator[Callable[..., None]]:
    yield lambda *numbers: strangers.use_network(Names(*numbers))
    strangers.use_network(None)


@pytest.mark.parametrize(
    ("numbers", "why"),
    [((), "unknown"), (("10.0.0.1",), "private"), (("8.8.8.8", "10.0.0.1"), "private"), (("127.0.0.1",), "private")],
)
def test_all_numbers_of_a_name_must_be_public(leads, numbers, why):
    leads(*numbers)
    for ask in (strangers.check, lambda url: strangers.post(url, {}, b"")):
        with pytest.raises(WebhookAddressRefused) as refused:
            ask(f"https://{NAME}/")
        assert refused.value.why == why


@pytest.mark.parametrize(
    ("stage", "setting", "numbers", "why"),
    [
        ("local", "yes", ("127.0.0.1",), ""), ("local", "yes", ("::1", "127.0.0.1"), ""),
        ("local", "no", ("127.0.0.1",), "scheme"),
        ("prod", "yes", ("127.0.0.1",), "scheme"), ("local", "yes", ("127.0.0.2",), "private"),
        ("local", "yes", ("10.0.0.1",), "private"), ("local", "yes", ("8.8.8.8",), "scheme"),
        ("local", "yes", ("127.0.0.1", "8.8.8.8"), "scheme"),
    ],
)  # fmt: skip
def test_this_machine_is_called_only_by_a_shop_on_it_that_was_told_to(leads, monkeypatch, stage, setting, numbers, why):
    monkeypatch.setenv("JISHI_STAGE", stage)
    monkeypatch.setenv("WEBHOOK_LOOPBACK", setting)
    leads(*numbers)
    told = ""
    try:
        strangers.check("http://localhost:9100/hooks")
    except WebhookAddressRefused as refused:
        told = refused.why
    assert told == why


def test_a_name_that_cannot_be_written_leads_nowhere(leads):
    strangers.use_network(None)
    with pytest.raises(WebhookAddressRefused) as refused:
        strangers.check(f"https://{'a' * 70}.example/")
    assert refused.value.why == "unknown"


# ---- the exchange itself, with a real listener on this machine --------------------------------------------------------
@contextmanager
def listening(answer: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A listener that does so with whoever comes; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(line, server_side=True) if context else line as spoken:
                        answer(spoken)
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def whole(line: socket.socket) -> bytes:
    """All of a request, which ends with its body."""
    said = b""
    while not said.endswith(b"}"):
        said += line.recv(9999)
    return said


def post(port: int, *, secure: bool = False, context: ssl.SSLContext | None = None, target: str = "/hook?a=b"):
    place = Called(secure, NAME, port, target)
    return OpenNetwork(context).post(
        place, "127.0.0.1", {"webhook-id": "J1", "Content-Type": "application/json"}, b'{"a":1}'
    )


def test_what_is_sent_goes_to_the_number_and_names_the_host():
    heard = []

    def answer(line: socket.socket) -> None:
        heard.append(whole(line))
        line.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 2\r\n\r\nok")

    with listening(answer) as port:
        assert post(port) == (302, b"ok")
    assert len(heard) == 1
    head = heard[0].decode()
    assert head.startswith("POST /hook?a=b HTTP/1.1\r\n")
    assert head.count("Host: ") == 1
    assert f"Host: {NAME}:{port}\r\n" in head
    assert "webhook-id: J1\r\n" in head
    assert head.endswith('\r\n\r\n{"a":1}')


def test_of_an_answer_only_its_first_bytes_are_read():
    def answer(line: socket.socket) -> None:
        line.recv(9999)
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300)
        for _ in range(1000):
            line.sendall(b"x" * 100_000)

    with listening(answer) as port:
        assert post(port) == (200, b"x" * 256)


def test_who_never_answers_is_waited_for_so_long_and_who_drips_no_longer(monkeypatch):
    monkeypatch.setattr(strangers, "READ_SECONDS", 0.3)
    with listening(lambda line: time.sleep(2)) as port:
        begun = time.monotonic()
        with pytest.raises(NoAnswer):
            post(port)
        assert 0.2 < time.monotonic() - begun < 1.5

    def drip(line: socket.socket) -> None:
        for _ in range(40):
            line.sendall(b"H")
            time.sleep(0.1)

    monkeypatch.setattr(strangers, "WHOLE_SECONDS", 0.7)
    with listening(drip) as port:
        begun = time.monotonic()
        with pytest.raises(NoAnswer):
            post(port)
        assert 0.5 < time.monotonic() - begun < 2.5


def test_where_nobody_listens_or_nonsense_is_spoken_there_is_no_answer():
    with listening(lambda line: line.sendall(b"220 smtp\r\n")) as port, pytest.raises(NoAnswer):
        post(port)
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobodys = server.getsockname()[1]
    with pytest.raises(NoAnswer, match="NewConnectionError"):
        post(nobodys)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[ssl.SSLContext, ssl.SSLContext]]:
    """(the listener's context, the caller's that trusts it) for a certificate of this name."""
    folder: Path = tmp_path_factory.mktemp("tls")

    def made(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        one = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = one.public_bytes(serialization.Encoding.PEM)
        file = folder / f"{name}.pem"
        file.write_bytes(
            pem
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(file)
        return server, ssl.create_default_context(cadata=pem.decode())

    return made


def ok(line: socket.socket) -> None:
    whole(line)
    line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_the_certificate_is_of_the_name_though_a_number_is_called(certified):
    server, caller = certified(NAME)
    asked = []
    server.sni_callback = lambda _line, name, _context: asked.append(name)
    with listening(ok, server) as port:
        assert post(port, secure=True, context=caller).status == 204
    assert asked == [NAME]


def test_a_certificate_of_another_name_or_that_nobody_trusts_is_none(certified):
    server, caller = certified("other.example.com")
    with listening(ok, server) as port, pytest.raises(NoAnswer):
        post(port, secure=True, context=caller)
    server, _ = certified(NAME)
    with listening(ok, server) as port, pytest.raises(NoAnswer):
        post(port, secure=True)
