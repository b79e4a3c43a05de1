"""How often somebody may knock at a door, by caller, device or network address.

`LIMITS` is the whole policy; a route names its line (`endpoint(..., limit="place")`). What is `shared` is counted in the
table for the whole shop: at most `times` in each window of `seconds`, one conditional update a rule. What is not shared is
a token bucket in the process: it costs no round trip and stops a loop on one warm function, while the gateway and the
firewall stop the flood (docs/decisions/060). If the table does not answer, the door stays open and that is counted.

Codes, registrations and failed sign-ins have counts of their own, in the very transaction that they guard (identity).
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import NamedTuple

from botocore.exceptions import ClientError
from pynamodb.attributes import UnicodeAttribute

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import TooMany

from . import clients, keys, observe, settings, table, world
from .caller import Caller
from .memory import Memory
from .patience import LOST, code_of
from .table import Table, WholeAttribute, table_name

HOUR, DAY = 3600, 86_400
SCALE = settings.declare(
    "LIMIT_SCALE", "1", "multiplies what one caller, device or address may; a local shop has one address for all"
)
SHOP_OFFSET_MS = 8 * HOUR * 1000  # windows of a day begin at the shop's midnight
MOST_KEPT = 10_000  # buckets in one process


class Rule(NamedTuple):
    """At most `times` in `seconds`, by caller, device or ip."""

    by: str
    times: int
    seconds: int

    @property
    def most(self) -> int:
        """The number as the operator scaled it."""
        return self.times * settings.number(SCALE)

    @property
    def milliseconds(self) -> int:
        return self.seconds * 1000


class Limit(NamedTuple):
    """The rules of a door, and whether they are counted in the table or in the process."""

    rules: tuple[Rule, ...]
    shared: bool = True


LIMITS: dict[str, Limit] = {
    # in the process: no round trip may be spent on these
    "quote": Limit(
        (Rule("caller", 120, 60), Rule("ip", 1200, 60)), shared=False
    ),  # a new guest each time is one network
    "place": Limit((Rule("caller", 30, 60), Rule("ip", 300, 60)), shared=False),
    "pay": Limit((Rule("caller", 20, 60), Rule("ip", 300, 60)), shared=False),
    "search": Limit((Rule("caller", 120, 60),), shared=False),
    "export_link": Limit((Rule("caller", 60, 60),), shared=False),
    # in the table: each makes us ask a payment or login provider, or open all of a person's data
    "provider": Limit((Rule("caller", 20, 60),)),
    "register": Limit((Rule("ip", 60, HOUR), Rule("device", 20, HOUR))),  # each makes a data key
    "social": Limit((Rule("ip", 60, HOUR), Rule("device", 20, HOUR))),
    "export": Limit((Rule("caller", 5, DAY),)),
}


class TooManyRequests(TooMany):
    seconds: int
    zh, en = "请求过于频繁，请 {seconds} 秒后再试", "Asked too often; please try again in {seconds} seconds"


class Asked(Table):
    """How often was asked in one window; the key is a keyed digest, so that no address can be read from it."""

    class Meta:
        table_name = table_name("limits")

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    times = WholeAttribute(attr_name="c", null=True)
    expires = WholeAttribute(attr_name="x", null=True)


_full_at: Memory[str, int] = Memory(MOST_KEPT)  # a bucket is the instant at which it is full again, epoch ms


def check(name: str, caller: Caller) -> None:
    """Count one request against each rule of this limit, or raise TooManyRequests with the wait.

    A rule by something that the caller does not name (a device) is passed over.
    """
    limit, address, now = LIMITS[name], network(caller.ip), millis(world.now())
    known = {"ip": address, "device": caller.device, "caller": caller.id or address}
    for rule in limit.rules:
        if subject := known[rule.by]:
            key = f"{name}|{rule.by}|{rule.seconds}|{subject}"
            wait = _asked(name, key, rule, now) if limit.shared else _take(key, rule, now)
            if wait > 0:
                observe.count("Limited", limit=name)
                raise TooManyRequests(seconds=-(-wait // 1000))


def _asked(name: str, key: str, rule: Rule, now: int) -> int:
    """The wait in ms, 0 when counted. The limiter's own trouble never becomes a customer's."""
    try:
        return _count(key, rule, now)
    except (ClientError, KeyError, *LOST) as error:
        observe.count("LimiterFailed")
        observe.logger().warning("limiter failed", limit=name, causes=list(observe.causes(error)))
        return 0


def _count(key: str, rule: Rule, now: int) -> int:
    """One conditional update; a lost answer counts at most one more."""
    window, past = divmod(now + SHOP_OFFSET_MS, rule.milliseconds)
    values = {":x": now // 1000 + 2 * rule.seconds, ":one": 1, ":most": rule.most}
    try:
        clients.client("dynamodb").update_item(
            TableName=Asked.Meta.table_name, Key=table.key_of(Asked, keyed(f"{key}|{window}")),
            UpdateExpression="SET x = :x ADD c :one", ConditionExpression="attribute_not_exists(c) OR c < :most",
            ExpressionAttributeValues={name: table.raw(value) for name, value in values.items()},
        )  # fmt: skip
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        return rule.milliseconds - past
    return 0


def keyed(key: str) -> str:
    """A digest under the shop's key: there are too few addresses for a plain one to hide them."""
    secret = keys.signing_keys()[0].encode()[:64]
    return hashlib.blake2b(key.encode(), key=secret, digest_size=16).hexdigest()


def _take(key: str, rule: Rule, now: int) -> int:
    size = rule.most
    return _full_at.change(key, lambda full_at: after(full_at or 0, now, size, rule.milliseconds))


def after(full_at: int, now: int, size: int, milliseconds: int) -> tuple[int, int]:
    """A token bucket of this size, full again after so long, one token less: (when it is full, the wait if it was empty)."""
    each = max(1, milliseconds // size)
    latest, begun = now + each * (size - 1), max(full_at, now)
    return (begun + each, 0) if begun <= latest else (full_at, begun - latest)


def network(address: str) -> str:
    """The address a limit counts: an IPv4 address whole, an IPv6 one by its /64, which one line holds alone."""
    return networks(address)[0]


def networks(address: str) -> list[str]:
    """What somebody at an address has for themselves, then what they may have: of IPv4 the address, then its /24; of IPv6
    the /64 of one line, then the /48 that one customer of a provider is given.
    """
    try:
        told = ipaddress.ip_address(address)
    except ValueError:
        return [address, address]
    if told.version == 6 and (inner := told.ipv4_mapped) is not None:
        told = inner
    if told.version == 4:
        return [str(told), str(ipaddress.ip_network((told, 24), strict=False))]
    return [str(ipaddress.ip_network((told, bits), strict=False)) for bits in (64, 48)]


def forget() -> None:
    """Empty the process's own buckets (tests)."""
    _full_at.forget()
