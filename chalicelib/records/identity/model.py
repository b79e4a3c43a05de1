"""The tables `people` (an owner's rows lie together) and `gates` (codes and counters, which pass by TTL).

Attributes that hold personal data are sealed: `Binary` here always means a sealed value or a wrapped key.
"""

from __future__ import annotations

import json
from typing import Any

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

ACCOUNT, IDENTIFIER, BOOK, STAFF, EXPORT = "account", "claim", "book", "staff", "export"
SEALED = ("name", "phone", "email", "wechat", "totp", "birthday")  # of an account, under its key


def _binary(name: str) -> BinaryAttribute:
    return BinaryAttribute(attr_name=name, null=True, legacy_encoding=False)


class _People(Table):
    class Meta:
        table_name = table_name("people")

    owner = UnicodeAttribute(hash_key=True, attr_name="k")
    part = UnicodeAttribute(range_key=True, attr_name="r")


class Account(_People):
    """A customer or a member of staff. Range `account`. Without `key` nothing sealed here opens any more.

    `former` is the key before it while addresses are still sealed under that; `renewed` counts the keys that came after
    the first. `awaited`: somebody will look when they have not come for long. `birthday`
    is month and day, `birthday_at` when it was last said. `unproven` names the contact (email) that
    nobody has yet shown to be theirs. `version` counts how often all sessions were ended; `keeps` is the one session that
    the last time left alone.
    """

    class Meta:
        table_name = table_name("people")

    day = UnicodeAttribute(attr_name="g", null=True)
    state = UnicodeAttribute(attr_name="s", null=True)
    roles = UnicodeAttribute(attr_name="o", null=True)
    version = WholeAttribute(attr_name="v", null=True)
    keeps = UnicodeAttribute(attr_name="b", null=True)
    key = _binary("w")
    former = _binary("wf")
    renewed = WholeAttribute(attr_name="wn", null=True)
    name = _binary("n")
    phone = _binary("p")
    email = _binary("e")
    wechat = _binary("c")
    password = UnicodeAttribute(attr_name="h", null=True)
    birthday = _binary("bd")
    birthday_at = InstantAttribute(attr_name="ba", null=True)
    totp = _binary("t")
    totp_step = WholeAttribute(attr_name="ts", null=True)
    identifiers = UnicodeAttribute(attr_name="i", null=True)
    unproven = UnicodeAttribute(attr_name="x", null=True)
    language = UnicodeAttribute(attr_name="l", null=True)
    minor = WholeAttribute(attr_name="m", null=True)
    joined_at = InstantAttribute(attr_name="j", null=True)
    seen_at = WholeAttribute(attr_name="a", null=True)
    awaited = WholeAttribute(attr_name="aw", null=True)
    leaving_at = InstantAttribute(attr_name="d", null=True)
    devices = UnicodeAttribute(attr_name="y", null=True)
    beside = UnicodeAttribute(attr_name="bs", null=True)
    proposed = UnicodeAttribute(attr_name="q", null=True)
    proposer = UnicodeAttribute(attr_name="u", null=True)
    proposed_at = InstantAttribute(attr_name="qt", null=True)

    @property
    def role_names(self) -> list[str]:
        return (self.roles or "").split()

    @property
    def device_marks(self) -> list[str]:
        """The devices that are known, oldest first, see `service.devices`."""
        return (self.devices or "").split()

    @property
    def identifier_keys(self) -> list[str]:
        """The keys of the identifiers (phone, e-mail, WeChat) that lead to this account."""
        return list(json.loads(self.identifiers or "[]"))


class IdentifierRow(_People):
    """A phone number, e-mail address or WeChat id (as a blind index) belongs to this account. Range `claim`."""

    class Meta:
        table_name = table_name("people")

    account = UnicodeAttribute(attr_name="a", null=True)


class StaffPlace(_People):
    """A device, or a network, from which one of the shop's own signed in last. Hash `seen#<mark>`, range `staff`."""

    class Meta:
        table_name = table_name("people")

    account = UnicodeAttribute(attr_name="a", null=True)
    at = WholeAttribute(attr_name="t", null=True)


class Session(_People):
    """A signed-in device: one refresh token at a time. Range `session#<id>`; digests are SHA-256."""

    class Meta:
        table_name = table_name("people")

    current = UnicodeAttribute(attr_name="c", null=True)
    previous = UnicodeAttribute(attr_name="p", null=True)
    version = WholeAttribute(attr_name="v", null=True)
    begun_at = WholeAttribute(attr_name="b", null=True)
    rotated_at = WholeAttribute(attr_name="t", null=True)
    ends_at = WholeAttribute(attr_name="e", null=True)
    fresh_at = WholeAttribute(attr_name="f", null=True)
    terminal = UnicodeAttribute(attr_name="m", null=True)


class Address(_People):
    """One immutable version of an address. Range `address#<id>`.

    `sealed` is under the customer's key; `legal`, the same text under the legal-records key, is what remains of a
    version that an order used when its customer is forgotten.
    """

    class Meta:
        table_name = table_name("people")

    region = UnicodeAttribute(attr_name="z", null=True)
    sealed = _binary("s")
    legal = _binary("l")
    hidden_at = InstantAttribute(attr_name="h", null=True)
    made_at = InstantAttribute(attr_name="t", null=True)


class Book(_People):
    """Which addresses of a customer are in use, oldest first, and which is the default. Range `book`.

    `hidden` counts the versions that went out of use since the last sifting, and those that it left unused.
    """

    class Meta:
        table_name = table_name("people")

    ids = UnicodeAttribute(attr_name="i", null=True)
    default = UnicodeAttribute(attr_name="d", null=True)
    region = UnicodeAttribute(attr_name="z", null=True)
    version = WholeAttribute(attr_name="v", null=True)
    hidden = WholeAttribute(attr_name="h", null=True)


class Consent(_People):
    """What a person agreed to or withdrew, on which legal basis and in which way they said so. Range `consent#<purpose>` now,
    `consented#<purpose>#<id>` each time."""

    class Meta:
        table_name = table_name("people")

    granted = WholeAttribute(attr_name="y", null=True)
    policy = UnicodeAttribute(attr_name="p", null=True)
    basis = UnicodeAttribute(attr_name="b", null=True)
    way = UnicodeAttribute(attr_name="w", null=True)
    at = InstantAttribute(attr_name="t", null=True)
    terminal = UnicodeAttribute(attr_name="m", null=True)


class Staff(_People):
    """The list of staff. Hash `staff`, range the account's id."""

    class Meta:
        table_name = table_name("people")


class Export(_People):
    """The last export that a person asked for. Range `export`. `pieces` of it are written, the orders go on at `cursor`;
    what there is of the `former` one is to be deleted."""

    class Meta:
        table_name = table_name("people")

    export_id = UnicodeAttribute(attr_name="i", null=True)
    former = UnicodeAttribute(attr_name="f", null=True)
    pieces = WholeAttribute(attr_name="n", null=True)
    cursor = UnicodeAttribute(attr_name="c", null=True)
    asked_at = InstantAttribute(attr_name="t", null=True)
    ready_at = InstantAttribute(attr_name="d", null=True)


class _Gates(Table):
    class Meta:
        table_name = table_name("gates")

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    expires = WholeAttribute(attr_name="x", null=True)


class Code(_Gates):
    """A one-time code that was sent; its digest is keyed. `own` counts the tries from where it was asked for (`asker`),
    `tries` all others."""

    class Meta:
        table_name = table_name("gates")

    digest = UnicodeAttribute(attr_name="d", null=True)
    tries = WholeAttribute(attr_name="n", null=True)
    own = WholeAttribute(attr_name="o", null=True)
    asker = UnicodeAttribute(attr_name="a", null=True)
    sent_at = WholeAttribute(attr_name="s", null=True)
    ends_at = WholeAttribute(attr_name="e", null=True)


class Count(_Gates):
    """How often something happened in a window; the window is part of the key."""

    class Meta:
        table_name = table_name("gates")

    number = WholeAttribute(attr_name="n", null=True)


class Lockout(_Gates):
    """Failures of one account or address, see `rules.Gate`. Epoch seconds."""

    class Meta:
        table_name = table_name("gates")

    failures = WholeAttribute(attr_name="n", null=True)
    closed_until = WholeAttribute(attr_name="u", null=True)
    forgotten_at = WholeAttribute(attr_name="f", null=True)


def place(owner: str, field: str) -> str:
    """Where a sealed value of an owner's row belongs: `people|owner|field`."""
    return f"people|{owner}|{field}"


def session_part(session: str) -> str:
    """The range key of a session."""
    return f"session#{session}"


def address_part(version: str) -> str:
    """The range key of a version of an address."""
    return f"address#{version}"


def packed(values: Any) -> str:
    """Short JSON, as rows keep lists."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
