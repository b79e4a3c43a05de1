"""How often somebody may knock at a door, by caller, device or network address.

A limit is declared where the door is (docs/limits.md shows all of them):

    @endpoint(bp, "POST", "/v1/quotes", limit=Limit("quote", local(120, per="minute"), local(1200, per="minute", by="ip")))

What is `shared` is counted in the table for the whole shop: at most so many in each window, one conditional update a rule.
What is `local` is a token bucket in the process: it costs no round trip and stops a loop on one warm function, while the
gateway and the firewall stop the flood (docs/decisions/060). If the table does not answer, the door stays open and that is
counted.

Codes, registrations and failed sign-ins have counts of their own, in the very transaction that they guard (identity).
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Literal, NamedTuple

from botocore.exceptions import ClientError
from pynamodb.attributes import UnicodeAttribute

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import TooMany

from . import clients, keys, observe, settings, table, world
from .caller import Caller
from .deadline import NO_RESPONSE, code_of
from .memory import Memory
from .table import Table, WholeAttribute, table_name

PERIODS = {"minute": 60, "hour": 3600, "day": 86_400}
Period = Literal["minute", "hour", "day"]
Subject = Literal["caller", "device", "ip"]
SCALE = settings.declare(
    "LIMIT_SCALE", "1", "multiplies what one caller, device or address may; a local shop has one address for all"
)
SHOP_OFFSET_MS = 8 * 3600 * 1000  # windows of a day begin at the shop's midnight
FAILED = observe.alarmed("LimiterFailed", "The limiter does not answer; what it counts passes unlimited", periods=5)
MOST_KEPT = 10_000  # buckets in one process


class Rule(NamedTuple):
    """At most `times` in `seconds`, by caller, device or ip; counted in the table for the whole shop, or in the process."""

    by: Subject
    times: int
    seconds: int
    shared: bool = True

    @property
    def most(self) -> int:
        """The number as the operator scaled it."""
        return self.times * settings.number(SCALE)

    @property
    def milliseconds(self) -> int:
        return self.seconds * 1000


def local(times: int, *, per: Period, by: Subject = "caller") -> Rule:
    """So many at once, counted in this process: for doors that may spend no round trip."""
    return Rule(by, times, PERIODS[per], shared=False)


def shared(times: int, *, per: Period, by: Subject = "caller") -> Rule:
    """So many in each minute, hour or day of the shop, counted in the table: for what makes us ask others, or read all."""
    return Rule(by, times, PERIODS[per])


class Limit:
    """The rules of a door. Doors that hold one limit are counted together, under its name."""

    def __init__(self, name: str, *rules: Rule) -> None:
        self.name, self.rules = name, rules


class TooManyRequests(TooMany):
    seconds: int
    zh, en = "请求过于频繁，请 {seconds} 秒后再试", "Asked too often; please try again in {seconds} seconds"


class AskCount(Table):
    """How often was asked in one window; the key is a keyed digest, so that no address can be read from it."""

    class Meta:
        table_name = table_name("limits")

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    times = WholeAttribute(attr_name="c", null=True)
    expires = WholeAttribute(attr_name="x", null=True)


_full_at: Memory[str, int] = Memory(MOST_KEPT)  # a bucket is the instant at which it is full again, epoch ms


def check(limit: Limit, caller: Caller) -> None:
    """Count one request against each rule of this limit, or raise TooManyRequests with the wait.

    A rule by something that the caller does not name (a device) is passed over.
    """
    name, address, now = limit.name, network(caller.ip), millis(world.now())
    known = {"ip": address, "device": caller.device, "caller": caller.id or address}
    for rule in limit.rules:
        if subject := known[rule.by]:
            key = f"{name}|{rule.by}|{rule.seconds}|{subject}"
            wait = _asked(name, key, rule, now) if rule.shared else _take(key, rule, now)
            if wait > 0:
                observe.count("Limited", limit=name)
                raise TooManyRequests(seconds=-(-wait // 1000))


def _asked(name: str, key: str, rule: Rule, now: int) -> int:
    """The wait in ms, 0 when counted. The limiter's own trouble never becomes a customer's."""
    try:
        return _count(key, rule, now)
    except (ClientError, KeyError, *NO_RESPONSE) as error:
        observe.count(FAILED)
        observe.logger().warning("limiter failed", limit=name, causes=list(observe.causes(error)))
        return 0


def _count(key: str, rule: Rule, now: int) -> int:
    """One conditional update; a lost answer counts at most one more."""
    window, past = divmod(now + SHOP_OFFSET_MS, rule.milliseconds)
    values = {":x": now // 1000 + 2 * rule.seconds, ":one": 1, ":most": rule.most}
    try:
        clients.client("dynamodb").update_item(
            TableName=AskCount.Meta.table_name,
            Key=table.key_of(AskCount, keyed(f"{key}|{window}")),
            UpdateExpression="SET x = :x ADD c :one",
            ConditionExpression="attribute_not_exists(c) OR c < :most",
            ExpressionAttributeValues={name: table.raw(value) for name, value in values.items()},
        )
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        return rule.milliseconds - past
    return 0


def turn(name: str, per_second: int) -> int:
    """The wait in ms until one more of what this process does may be done, 0 when it is done now: so many a second, and a
    second's worth at once. What waits a little has its turn already."""
    now = millis(world.now())

    def next_(full_at: int | None) -> tuple[int, int]:
        begun = max(full_at or 0, now)
        return begun + max(1, 1000 // per_second), max(0, begun - now - 1000 + max(1, 1000 // per_second))

    return _full_at.change(name, next_)


def portion(name: str, pieces: int, most: int) -> int:
    """So many pieces of what the whole shop may do today, or 0 when the day has no room for them; a lost answer takes them
    and gives nothing. If the table does not answer, they are given and that is counted."""
    now = millis(world.now())
    day = (now + SHOP_OFFSET_MS) // (PERIODS["day"] * 1000)
    values = {":x": now // 1000 + 2 * PERIODS["day"], ":n": pieces, ":room": most - pieces}
    try:
        clients.client("dynamodb").update_item(
            TableName=AskCount.Meta.table_name,
            Key=table.key_of(AskCount, keyed(f"{name}|{day}")),
            UpdateExpression="SET x = :x ADD c :n",
            ConditionExpression="(attribute_not_exists(c) AND :room >= :zero) OR c <= :room",
            ExpressionAttributeValues={key: table.raw(value) for key, value in (values | {":zero": 0}).items()},
        )
    except (ClientError, KeyError, *NO_RESPONSE) as error:
        if isinstance(error, ClientError) and code_of(error) == "ConditionalCheckFailedException":
            return 0
        observe.count(FAILED)
        observe.logger().warning("limiter failed", limit=name, causes=list(observe.causes(error)))
    return pieces


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
