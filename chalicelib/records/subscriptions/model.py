"""The tables `subscriptions` and `webhook_messages`. `Binary` here means a sealed value or a wrapped key."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

ALL = "all"  # the one hash key of all subscriptions: they are few, and read together


class WebhookSubscription(Table):
    """Who is told: an address, what of, and how it has answered. Range: its id."""

    class Meta:
        table_name = table_name("subscriptions")

    group = UnicodeAttribute(hash_key=True, attr_name="k")
    id = UnicodeAttribute(range_key=True, attr_name="i")
    url = UnicodeAttribute(attr_name="u")
    types = UnicodeAttribute(attr_name="t")  # separated by spaces
    note = UnicodeAttribute(attr_name="n")
    state = UnicodeAttribute(attr_name="s")
    revision = WholeAttribute(attr_name="v")
    owner = UnicodeAttribute(attr_name="o")
    made_at = InstantAttribute(attr_name="a")
    key = BinaryAttribute(attr_name="w", legacy_encoding=False)  # wrapped
    secret = BinaryAttribute(attr_name="x", legacy_encoding=False)  # sealed
    former = BinaryAttribute(attr_name="y", null=True, legacy_encoding=False)  # sealed
    former_until = InstantAttribute(attr_name="z", null=True)
    failing_since = InstantAttribute(attr_name="f", null=True)
    silences = WholeAttribute(attr_name="c", null=True)
    rests_until = InstantAttribute(attr_name="r", null=True)
    why_off = UnicodeAttribute(attr_name="q", null=True)

    @property
    def type_names(self) -> list[str]:
        return self.types.split()

    @property
    def troubled(self) -> bool:
        """Whether its last message did not get through."""
        return self.failing_since is not None


class WebhookMessage(Table):
    """What one subscription is told, and each attempt to. Hash: the subscription; range: the event's id, which sorts by
    time."""

    class Meta:
        table_name = table_name("webhook_messages")

    subscription = UnicodeAttribute(hash_key=True, attr_name="s")
    id = UnicodeAttribute(range_key=True, attr_name="m")
    type = UnicodeAttribute(attr_name="t")
    at = InstantAttribute(attr_name="a")
    data = UnicodeAttribute(attr_name="d")
    state = UnicodeAttribute(attr_name="z")
    turn = WholeAttribute(attr_name="n")  # only the fact of this turn is heard
    tries = WholeAttribute(attr_name="c")  # since it was filed or asked for once more
    next_at = InstantAttribute(attr_name="q", null=True)
    log = UnicodeAttribute(attr_name="l", null=True)
    expires = WholeAttribute(attr_name="x")
