"""The table `messages`: what was sent to a person or kept from them, and how often they were told of offers, lie together.

Nothing here names an address: a suppressed one is its blind index."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

REACH, SPENT = "reach", "spent"
TEMPLATES = "templates"  # the one hash of all stored texts: they are few
FAILED_PART, NUMBER_PART = "failed", "number"
SUPPRESSED = "suppressed"  # the range of a suppressed address, and the hash of their list in the index


class _Messages(Table):
    class Meta:
        table_name = table_name("messages")

    owner = UnicodeAttribute(hash_key=True, attr_name="k")
    part = UnicodeAttribute(range_key=True, attr_name="r")


class MessageClaim(_Messages):
    """What becomes of one message of an occasion to a person. Range `sent#<occasion>`. `turn` counts how often it was taken
    up or judged: whoever writes it names the turn that they read.

    `until` is when the lease of a claimed one ends, or a held one is judged again; `counted` the day under which it counts
    among the person's offers; `token` whose claim it is; `group` and `listed` lead to it by time once it has ended, and
    while it is held.
    """

    class Meta:
        table_name = table_name("messages")

    state = UnicodeAttribute(attr_name="s")
    turn = WholeAttribute(attr_name="n")
    why = UnicodeAttribute(attr_name="w", null=True)
    template = UnicodeAttribute(attr_name="m")
    purpose = UnicodeAttribute(attr_name="p")
    campaign = UnicodeAttribute(attr_name="c", null=True)
    way = UnicodeAttribute(attr_name="y", null=True)
    at = InstantAttribute(attr_name="a")
    until = InstantAttribute(attr_name="u", null=True)
    counted = UnicodeAttribute(attr_name="d", null=True)
    token = UnicodeAttribute(attr_name="o", null=True)
    group = UnicodeAttribute(attr_name="g", null=True)
    listed = InstantAttribute(attr_name="t", null=True)
    receipt = UnicodeAttribute(attr_name="e", null=True)
    expires = WholeAttribute(attr_name="x")

    @property
    def occasion(self) -> str:
        return self.part.partition("#")[2]


class Reach(_Messages):
    """How often a person was told of offers on which days, and how often they want to be. Range `reach`. Every claim of an
    offer is written under its version."""

    class Meta:
        table_name = table_name("messages")

    version = WholeAttribute(attr_name="v")
    days = UnicodeAttribute(attr_name="d", null=True)
    pace = UnicodeAttribute(attr_name="f", null=True)


class InboxMessage(_Messages):
    """What somebody reads in the shop itself. Range `inbox#<id>`, which sorts by time."""

    class Meta:
        table_name = table_name("messages")

    occasion = UnicodeAttribute(attr_name="o")
    purpose = UnicodeAttribute(attr_name="p")
    subject = UnicodeAttribute(attr_name="h")
    text = UnicodeAttribute(attr_name="b")
    at = InstantAttribute(attr_name="a")
    read_at = InstantAttribute(attr_name="e", null=True)
    expires = WholeAttribute(attr_name="x")

    @property
    def id(self) -> str:
        return self.part.partition("#")[2]


class MessageGrant(_Messages):
    """How many subscription messages of a template somebody agreed to in the mini program that were not sent yet. Range
    `grant#<template>`."""

    class Meta:
        table_name = table_name("messages")

    left = WholeAttribute(attr_name="n")
    at = InstantAttribute(attr_name="a")

    @property
    def template(self) -> str:
        return self.part.partition("#")[2]


class SuppressedAddress(_Messages):
    """An address that is not written to. Hash `<kind>#<blind index>`, range `suppressed`; `scope` says of what."""

    class Meta:
        table_name = table_name("messages")

    scope = UnicodeAttribute(attr_name="s")
    why = UnicodeAttribute(attr_name="w")
    by = UnicodeAttribute(attr_name="b")
    times = WholeAttribute(attr_name="n")
    group = UnicodeAttribute(attr_name="g")
    listed = InstantAttribute(attr_name="t")


class SentNumber(_Messages):
    """Which message a provider gave a number, where its receipts know no other name of it. Hash `number#<channel>#<number>`,
    range `number`."""

    class Meta:
        table_name = table_name("messages")

    reference = UnicodeAttribute(attr_name="f")
    expires = WholeAttribute(attr_name="x")


class FailedAddress(_Messages):
    """The messages that failed at an address lately, each by the digest of its name. Hash its mark, range `failed`."""

    class Meta:
        table_name = table_name("messages")

    version = WholeAttribute(attr_name="v")
    told = UnicodeAttribute(attr_name="d")
    expires = WholeAttribute(attr_name="x")


class MessageTemplate(_Messages):
    """Where a stored text is: `version` is its latest, `live` the one that is sent. Hash `templates`, range its name."""

    class Meta:
        table_name = table_name("messages")

    version = WholeAttribute(attr_name="v")
    live = WholeAttribute(attr_name="w", null=True)
    purpose = UnicodeAttribute(attr_name="p")
    edited = InstantAttribute(attr_name="a")

    @property
    def name(self) -> str:
        return str(self.part)


class MessageTemplateVersion(_Messages):
    """What a stored text says in one of its versions, for good. Hash `template#<name>`, range `v#<version>`."""

    class Meta:
        table_name = table_name("messages")

    content = UnicodeAttribute(attr_name="c")
    by = UnicodeAttribute(attr_name="b")
    at = InstantAttribute(attr_name="a")


class OfferSpending(_Messages):
    """What offers cost on a day (fen). Hash `spent#<day>`, range `spent`."""

    class Meta:
        table_name = table_name("messages")

    fen = WholeAttribute(attr_name="q")


def template_key(name: str) -> str:
    """The hash key of a stored text's versions."""
    return f"template#{name}"


def version_part(version: int) -> str:
    """The range key of a version."""
    return f"v#{version:06d}"


def number_key(channel: str, number: str) -> str:
    """The hash key of a number that a channel's provider gave."""
    return f"number#{channel}#{number}"


def claim_part(occasion: str) -> str:
    """The range key of a claim."""
    return f"sent#{occasion}"


def grant_part(template: str) -> str:
    """The range key of what somebody agreed to."""
    return f"grant#{template}"


def inbox_part(message_id: str) -> str:
    """The range key of what lies in an inbox."""
    return f"inbox#{message_id}"
