"""The tables `payments`, `refunds`, `payment_exceptions` and `provider_keys`. No card is kept anywhere, and a payer only
while an attempt is open, sealed, where its provider must be told the same again.

A payment's row stays below one kilobyte, so that settling it costs two write units: what a provider hands over is kept
only where getting it again would need a call.
"""

from __future__ import annotations

import json

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.kernel.ids import OrderId, PaymentId, order_of
from chalicelib.runtime.table import Condition, InstantAttribute, MoneyAttribute, Table, table_name

from .rules import Sent, ShippingTold

WAITING = "finance"  # who must decide a refund


class Payment(Table):
    """One attempt to pay an order; its id is the order's and two digits."""

    class Meta:
        table_name = table_name("payments")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    customer = UnicodeAttribute(attr_name="u", null=True)
    provider = UnicodeAttribute(attr_name="v", null=True)
    product = UnicodeAttribute(attr_name="c", null=True)
    amount = MoneyAttribute(attr_name="a", null=True)
    state = UnicodeAttribute(attr_name="s", null=True)
    created_at = InstantAttribute(attr_name="t", null=True)
    expires_at = InstantAttribute(attr_name="x", null=True)
    asked = UnicodeAttribute(attr_name="k", null=True)  # a keyed fingerprint of all that its provider was told of it
    told = BinaryAttribute(attr_name="p", null=True, legacy_encoding=False)  # of it, who pays and from where; sealed
    next_action = UnicodeAttribute(attr_name="h", null=True)
    valid_until = InstantAttribute(attr_name="m", null=True)
    provider_ref = UnicodeAttribute(attr_name="n", null=True)
    captured = MoneyAttribute(attr_name="g", null=True)
    paid_at = InstantAttribute(attr_name="d", null=True)
    evidence = UnicodeAttribute(attr_name="e", null=True)
    late = BooleanAttribute(attr_name="l", null=True)
    refund_reserved = MoneyAttribute(attr_name="r", null=True)  # all that was asked for and not declined or released
    returned = MoneyAttribute(attr_name="w", null=True)  # what of it has gone back
    units = UnicodeAttribute(attr_name="q", null=True)
    refunds = UnicodeSetAttribute(attr_name="b", null=True)
    cases = UnicodeSetAttribute(attr_name="j", null=True)  # the exceptions that it may put right itself
    packed_told = UnicodeAttribute(attr_name="o", null=True)  # what its provider was told of having been sent

    @property
    def order_id(self) -> OrderId:
        return order_of(PaymentId(self.id))

    @property
    def shipping_told(self) -> ShippingTold:
        """What its provider was told last of what was sent."""
        return ShippingTold(*json.loads(self.packed_told)) if self.packed_told else ShippingTold()


class Refund(Table):
    """Money on its way back; its id is the number the provider knows. `waits` is set while finance must decide."""

    class Meta:
        table_name = table_name("refunds")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    payment = UnicodeAttribute(attr_name="p", null=True)
    amount = MoneyAttribute(attr_name="a", null=True)
    state = UnicodeAttribute(attr_name="s", null=True)
    reason = UnicodeAttribute(attr_name="w", null=True)  # the shop's own word for it
    said = BinaryAttribute(attr_name="x", null=True, legacy_encoding=False)  # what a person wrote, sealed for the law
    cause = UnicodeAttribute(attr_name="c", null=True)
    units = UnicodeAttribute(attr_name="q", null=True)
    created_at = InstantAttribute(attr_name="t", null=True)
    asked_by = UnicodeAttribute(attr_name="u", null=True)
    decided_by = UnicodeAttribute(attr_name="v", null=True)
    provider_ref = UnicodeAttribute(attr_name="n", null=True)
    refunded_at = InstantAttribute(attr_name="d", null=True)
    evidence = UnicodeAttribute(attr_name="e", null=True)
    code = UnicodeAttribute(attr_name="o", null=True)
    waits = UnicodeAttribute(attr_name="z", null=True)
    packed_sent = UnicodeAttribute(attr_name="b", null=True)  # its sendings, where its provider names it by them too
    cases = UnicodeSetAttribute(attr_name="j", null=True)  # the exceptions that it may put right itself

    @property
    def unit_counts(self) -> list[int]:
        """How many units of each line it is for; none when it is for an amount."""
        return list(json.loads(self.units)) if self.units else []

    @property
    def sent(self) -> Sent:
        """What was sent of it to a dated provider."""
        if not self.packed_sent:
            return Sent()
        times, *known = json.loads(self.packed_sent)
        return Sent(tuple(times), *known)

    @sent.setter
    def sent(self, sent: Sent) -> None:
        self.packed_sent = pack_sent(sent)


class ProviderKey(Table):
    """A certificate that a provider signs with, by the provider and its own name of it."""

    class Meta:
        table_name = table_name("provider_keys")

    provider = UnicodeAttribute(hash_key=True, attr_name="v")
    serial = UnicodeAttribute(range_key=True, attr_name="i")
    pem = UnicodeAttribute(attr_name="c", null=True)
    begins = InstantAttribute(attr_name="b", null=True)
    ends = InstantAttribute(attr_name="x", null=True)
    at = InstantAttribute(attr_name="t", null=True)


OPEN, RESOLVED = "open", "resolved"


class PaymentException(Table):
    """Something about money that a person must look at. Its id follows from what it is about, so it is told once."""

    class Meta:
        table_name = table_name("payment_exceptions")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    state = UnicodeAttribute(attr_name="s", null=True)
    at = InstantAttribute(attr_name="t", null=True)
    kind = UnicodeAttribute(attr_name="k", null=True)
    provider = UnicodeAttribute(attr_name="v", null=True)
    payment = UnicodeAttribute(attr_name="p", null=True)
    refund = UnicodeAttribute(attr_name="r", null=True)
    expected = MoneyAttribute(attr_name="a", null=True)
    received = MoneyAttribute(attr_name="g", null=True)
    provider_ref = UnicodeAttribute(attr_name="n", null=True)
    evidence = UnicodeAttribute(attr_name="e", null=True)
    resolution = UnicodeAttribute(attr_name="o", null=True)
    resolved_by = UnicodeAttribute(attr_name="u", null=True)
    note = BinaryAttribute(attr_name="x", null=True, legacy_encoding=False)  # sealed for the law


def as_read(row: Payment | Refund | None) -> Condition:
    """That a row has the exceptions that were read with it; a row that was not read, none."""
    kept = type(row).cases if row is not None else Payment.cases
    return kept == row.cases if row is not None and row.cases else kept.does_not_exist()


def told_place(number: str) -> str:
    """Where what was told of an attempt is sealed to."""
    return f"payment|{number}|told"


def pack_sent(sent: Sent) -> str:
    """What is known of a refund's sendings as the row keeps it."""
    return json.dumps(sent, separators=(",", ":"))


def pack_told(told: ShippingTold) -> str:
    """What a provider was told of what was sent as the row keeps it."""
    return json.dumps(told, separators=(",", ":"))
