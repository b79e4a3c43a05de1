"""The one way to an address that somebody else chose, such as a receiver of webhooks.

Guarantees: an address is looked up and judged each time, and the connection goes to the very number that was judged (the
name stays in Host and in TLS): nothing of ours, of this machine or of its neighbours is ever reached. Redirects are not
followed, an exchange ends after WHOLE_SECONDS whatever the other side does, and of the answer only its first bytes are
read.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from chalicelib.kernel.errors import Invalid

from . import settings
from .outside import NoAnswer

if TYPE_CHECKING:
    from ssl import SSLContext

    from urllib3.connection import HTTPConnection

LOOPBACK = settings.declare(
    "WEBHOOK_LOOPBACK",
    "no",
    "yes: a local stage sends webhooks to this machine too, by http and at any port",
    form=settings.choice("yes", "no"),
)
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 3.0, 5.0, 8.0
KEPT_BYTES = 256  # of an answer
LONGEST = 500  # letters of an address
PORTS = frozenset({443, 8443})
PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][!-\[\]-~]*)?"
)
# What lies at addresses that are nobody's own, or that lead on to others: `is_global` says no more of them than this.
FOREIGN = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
            "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
            "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ),
    )
)  # fmt: skip

Why = Literal["form", "scheme", "userinfo", "port", "unknown", "private"]


class WebhookAddressRefused(Invalid):
    spoken = {
        "form": "格式不正确", "scheme": "仅支持 https", "userinfo": "不得包含用户名或密码", "port": "端口仅限 443 与 8443",
        "unknown": "域名无法解析", "private": "不得指向内网、本机或保留地址",
    }  # fmt: skip
    spoken_en = {
        "form": "it is no address of the kind https://host/path", "scheme": "only https is taken",
        "userinfo": "it may name no user", "port": "only the ports 443 and 8443 are taken",
        "unknown": "its host cannot be looked up", "private": "it leads to a private, local or reserved address",
    }  # fmt: skip
    why: Why
    zh, en = "回调地址不可用：{why}", "This address cannot be called: {why}"


class Called(NamedTuple):
    """An address, taken apart once: nobody parses it a second time, and maybe otherwise."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


class Said(NamedTuple):
    """What came back: the status and the first bytes of the answer."""

    status: int
    body: bytes


class Network(Protocol):
    """What lies outside: names, and what answers there."""

    def numbers(self, host: str, port: int) -> list[str]:
        """Every address of a name. Raises OSError when there is none."""

    def post(self, place: Called, number: str, headers: Mapping[str, str], body: bytes) -> Said:
        """One exchange with what answers at this number; raises NoAnswer."""


def place_of(url: str) -> Called:
    """An address taken apart. Raises WebhookAddressRefused when it is of a kind that is not called, wherever it leads."""
    if "@" in re.split(r"[/?#]", url.partition("://")[2])[0]:
        raise WebhookAddressRefused(why="userinfo")
    found = PARTS.fullmatch(url) if len(url) <= LONGEST else None
    if found is None or "#" in url:
        raise WebhookAddressRefused(why="form")
    secure, host = found["scheme"] == "https", found["host"].strip("[]").lower()
    port, target = int(found["port"] or (443 if secure else 80)), found["target"] or "/"
    if not _at_home():
        if not secure:
            raise WebhookAddressRefused(why="scheme")
        if port not in PORTS:
            raise WebhookAddressRefused(why="port")
    return Called(secure, host, port, target if target.startswith("/") else f"/{target}")


def numbers_of(place: Called) -> list[str]:
    """Where a name leads now. Raises WebhookAddressRefused when it leads nowhere, or to anything that is not public."""
    try:
        found = _network.numbers(place.host, place.port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise WebhookAddressRefused(why="unknown")
    if not all(public(number) or (_at_home() and _loops(number)) for number in found):
        raise WebhookAddressRefused(why="private")
    if not place.secure and not all(map(_loops, found)):
        raise WebhookAddressRefused(why="scheme")  # in clear only to this machine
    return found


def check(url: str) -> None:
    """Raises WebhookAddressRefused unless an address may be called as things are now."""
    numbers_of(place_of(url))


def post(url: str, headers: Mapping[str, str], body: bytes) -> Said:
    """One exchange, never repeated here. Raises WebhookAddressRefused, NoAnswer."""
    place = place_of(url)
    return _network.post(place, numbers_of(place)[0], headers, body)


def public(number: str) -> bool:
    """Whether an address is one of the public network, and of nobody's own."""
    try:
        told = ipaddress.ip_address(number)
    except ValueError:  # `fe80::1%eth0` too: with a zone it is no address of the public network
        return False
    if told.version == 6 and told.ipv4_mapped is not None:
        told = told.ipv4_mapped
    return told.is_global and not any(told in network for network in FOREIGN if network.version == told.version)


def _loops(number: str) -> bool:
    return number in ("127.0.0.1", "::1")


def _at_home() -> bool:
    """Whether this machine may be called: only where the shop runs on it, and only where its setting says so."""
    return settings.value(settings.STAGE) == "local" and settings.value(LOOPBACK) == "yes"


class OpenNetwork:
    """The network as it is."""

    def __init__(self, context: SSLContext | None = None) -> None:
        self._context = context

    def numbers(self, host: str, port: int) -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(one[4][0]) for one in found))

    def post(self, place: Called, number: str, headers: Mapping[str, str], body: bytes) -> Said:
        import urllib3

        connection = self._connection(place, number)
        limit = threading.Timer(WHOLE_SECONDS, _cut, (connection,))
        limit.daemon = True
        limit.start()
        try:
            connection.connect()
            connection.timeout = READ_SECONDS  # what it gives its socket when it asks
            told = {**headers, "Host": place.authority, "Connection": "close"}
            connection.request("POST", place.target, body, told, preload_content=False, decode_content=False)
            answer = connection.getresponse()
            return Said(answer.status, answer.read(KEPT_BYTES))
        except (OSError, ValueError, HTTPException, urllib3.exceptions.HTTPError) as silence:
            raise NoAnswer(type(silence).__name__) from None
        finally:
            limit.cancel()
            connection.close()

    def _connection(self, place: Called, number: str) -> HTTPConnection:
        from urllib3.connection import HTTPConnection, HTTPSConnection
        from urllib3.util.ssl_ import create_urllib3_context

        if not place.secure:
            return HTTPConnection(number, place.port, timeout=CONNECT_SECONDS)
        if self._context is None:
            self._context = create_urllib3_context()
            self._context.load_default_certs()
        return HTTPSConnection(
            number,
            place.port,
            timeout=CONNECT_SECONDS,
            ssl_context=self._context,
            cert_reqs="CERT_REQUIRED",
            server_hostname=place.host,
            assert_hostname=place.host,
        )


def _cut(connection: HTTPConnection) -> None:
    """End an exchange that takes too long: whoever waits for its next byte is told that there is none."""
    with suppress(OSError, AttributeError):
        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


_network: Network = OpenNetwork()


def use_network(network: Network | None) -> None:
    """Reach others by another way (tests); None goes back to the network."""
    global _network
    _network = network or OpenNetwork()
