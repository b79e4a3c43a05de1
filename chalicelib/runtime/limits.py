"""How often somebody may ask, by address, device, caller, or whatever is asked about (such as where a code is sent).

`LIMITS` is the whole policy. What is `shared` is counted in the table for the whole shop: at most `times` in each window
of `seconds` (windows of the shop's own clock; `times` 1 is a pause since the last time), one conditional update a rule.
What is not shared is a token bucket in the process: it costs no round trip and stops a loop on one warm function, while
the gateway and the firewall stop the flood (docs/decisions/060).

If the limiter itself fails, what costs nothing passes and is counted; what costs money (a text message) is refused.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal, TooMany, Unavailable

from . import clients, keys, observe, settings, table, world
from .caller import Caller
from .patience import LOST, code_of
from .table import Table, table_name

HOUR, DAY = 3600, 86_400
SMS_BUDGET = settings.declare("SMS_DAILY_BUDGET", "5000", "text messages a day in the whole shop; each costs money")
SCALE = settings.declare(
    "LIMIT_SCALE", "1", "multiplies what one caller, address or device may; a local shop has one address for all"
)
OF_ONE = frozenset({"caller", "ip", "device"})
SHOP_OFFSET_MS = 8 * HOUR * 1000  # windows of a day begin at the shop's midnight
MOST_KEPT = 10_000  # buckets in one process


class Rule(NamedTuple):
    """At most `times` in `seconds`. `by`: ip, device, caller, shop, or a subject that the use case hands over."""

    by: str
    times: int
    seconds: int
    setting: str = ""  # where the number is the operator's: the setting that holds it

    @property
    def most(self) -> int:
        """The number as the operator set it."""
        if self.setting:
            return settings.number(self.setting)
        return self.times * settings.number(SCALE) if self.by in OF_ONE else self.times

    @property
    def milliseconds(self) -> int:
        return self.seconds * 1000


class Limit(NamedTuple):
    """The rules of one thing that can be overdone. `shared`: counted in the table. `closed`: refuse while it cannot be."""

    rules: tuple[Rule, ...]
    shared: bool = True
    closed: bool = False


LIMITS: dict[str, Limit] = {
    # text messages: S16 c and S16 b; `target` is the phone or address a code goes to
    "codes": Limit((
        Rule("target", 1, 60), Rule("target", 10, DAY), Rule("ip", 20, HOUR), Rule("device", 10, HOUR),
        Rule("shop", 0, DAY, SMS_BUDGET),
    ), closed=True),
    "login": Limit((Rule("ip", 60, HOUR), Rule("device", 30, HOUR))),
    "register": Limit((Rule("ip", 20, HOUR), Rule("device", 10, DAY))),
    # no round trip may be spent on these
    "quote": Limit((Rule("caller", 60, 60),), shared=False),
    "place": Limit((Rule("caller", 20, 60),), shared=False),
    "search": Limit((Rule("caller", 120, 60),), shared=False),
}  # fmt: skip


class AskedTooOften(TooMany):
    code = "TOO_MANY_REQUESTS"
    zh, en = "请求过于频繁，请 {seconds} 秒后再试", "Asked too often; please try again in {seconds} seconds"

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.retry_after = seconds  # type: ignore[misc]  # this refusal knows its own wait


class LimiterDown(Unavailable):
    code, zh, en = "LIMITER_UNAVAILABLE", "暂时无法处理，请稍后重试", "This cannot be done right now; please try again"


class Asked(Table):
    """How often was asked in one window, or until when to pause (epoch ms); the key is a keyed digest."""

    class Meta:
        table_name = table_name("limits")

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    times = NumberAttribute(attr_name="c", null=True)
    until = NumberAttribute(attr_name="u", null=True)
    expires = NumberAttribute(attr_name="x", null=True)


_full_at: OrderedDict[str, int] = OrderedDict()  # a bucket is the instant at which it is full again, epoch ms


def check(name: str, caller: Caller, subjects: Mapping[str, str] | None = None) -> None:
    """Count one request against each rule of this limit, or raise AskedTooOften with the wait.

    `subjects` answers rules by other names than ip, device, caller, shop. A rule without a subject is passed over.
    Raises LimiterDown when a closed limit cannot be asked.
    """
    limit, address, now = LIMITS[name], network(caller.ip), millis(world.now())
    known = {"ip": address, "device": caller.device, "caller": caller.id or address, "shop": "shop", **(subjects or {})}
    for rule in limit.rules:
        if not (subject := known.get(rule.by, "")):
            continue
        key = f"{name}|{rule.by}|{rule.seconds}|{subject}"
        wait = _asked(name, limit, key, rule, now) if limit.shared else _take(key, rule, now)
        if wait > 0:
            observe.count("Limited", limit=name, by=rule.by)
            raise AskedTooOften(-(-wait // 1000))


def _asked(name: str, limit: Limit, key: str, rule: Rule, now: int) -> int:
    """The wait in ms, 0 when counted. Its own trouble never becomes a customer's, except where a request costs money."""
    try:
        return _pause(key, rule, now) if rule.most == 1 else _count(key, rule, now)
    except (ClientError, KeyError, *LOST) as error:
        observe.count("LimiterFailed")
        observe.logger().warning("limiter failed", limit=name, causes=list(observe.causes(error)))
        if limit.closed:
            raise LimiterDown() from error
        return 0


def _count(key: str, rule: Rule, now: int) -> int:
    window, past = divmod(now + SHOP_OFFSET_MS, rule.milliseconds)
    change, when = "SET x = :x ADD c :one", "attribute_not_exists(c) OR c < :most"
    values = {":x": now // 1000 + 2 * rule.seconds, ":one": 1, ":most": rule.most}
    return 0 if _update(f"{key}|{window}", change, when, values) is None else rule.milliseconds - past


def _pause(key: str, rule: Rule, now: int) -> int:
    change, when = "SET x = :x, u = :u", "attribute_not_exists(u) OR u <= :now"
    values = {":x": now // 1000 + 2 * rule.seconds, ":u": now + rule.milliseconds, ":now": now}
    stood = _update(key, change, when, values)
    return 0 if stood is None else max(1, int(stood.until) - now)


def _update(key: str, change: str, when: str, values: Mapping[str, int]) -> Asked | None:
    """One conditional update; None when it was done, else the row as it stood. A lost answer counts at most one more."""
    try:
        clients.client("dynamodb").update_item(
            TableName=Asked.Meta.table_name, Key=table.key_of(Asked, keyed(key)), UpdateExpression=change,
            ConditionExpression=when, ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ExpressionAttributeValues={name: table.raw(value) for name, value in values.items()},
        )  # fmt: skip
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        return Asked.from_raw_data(error.response["Item"])
    return None


def keyed(key: str) -> str:
    """A digest under the shop's key: addresses and phones are too few for a plain one to hide them."""
    secret = keys.signing_keys()[0].encode()[:64]
    return hashlib.blake2b(key.encode(), key=secret, digest_size=16).hexdigest()


def _take(key: str, rule: Rule, now: int) -> int:
    full_at, wait = after(_full_at.get(key, 0), now, rule.most, rule.milliseconds)
    _full_at[key] = full_at
    _full_at.move_to_end(key)
    if len(_full_at) > MOST_KEPT:
        _full_at.popitem(last=False)
    return wait


def after(full_at: int, now: int, size: int, milliseconds: int) -> tuple[int, int]:
    """A token bucket of this size, full again after so long, one token less: (when it is full, the wait if it was empty)."""
    each = max(1, milliseconds // size)
    latest, begun = now + each * (size - 1), max(full_at, now)
    return (begun + each, 0) if begun <= latest else (full_at, begun - latest)


def network(address: str) -> str:
    """The address a limit counts: an IPv4 address whole, an IPv6 one by its /64, which one line holds alone."""
    try:
        told = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((told, 64), strict=False)) if told.version == 6 else str(told)


def forget() -> None:
    """Empty the process's own buckets (tests)."""
    _full_at.clear()


def refusals(name: str) -> tuple[type[Refusal], ...]:
    """What a door with this limit may answer."""
    return (AskedTooOften, LimiterDown) if LIMITS[name].closed else (AskedTooOften,)
