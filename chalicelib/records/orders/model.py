"""The table `orders`: one item an order; lines as compact JSON, no product copies.

A line is [sku, quantity, unit fen, off fen, bucket, catalog version]; the snapshot is (sku, immutable catalog version).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.kernel.clock import business_day
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import QuoteLine
from chalicelib.runtime.journal import digest
from chalicelib.runtime.table import InstantAttribute, MoneyAttribute, Table, WholeAttribute, table_name

DAY_SHARDS = 4  # a day's list of orders has this many hash keys, so that no one of them is hot


class Order(Table):
    """Amounts in fen."""

    class Meta:
        table_name = table_name("orders")

    id = UnicodeAttribute(hash_key=True, attr_name="o")
    customer = UnicodeAttribute(attr_name="u", null=True)
    day = UnicodeAttribute(attr_name="g", null=True)
    state = UnicodeAttribute(attr_name="s", null=True)
    packed_lines = UnicodeAttribute(attr_name="l", null=True)
    freight = MoneyAttribute(attr_name="f", null=True)
    payable = MoneyAttribute(attr_name="p", null=True)
    address = UnicodeAttribute(attr_name="a", null=True)
    placed_at = InstantAttribute(attr_name="t", null=True)
    pay_before = InstantAttribute(attr_name="k", null=True)
    remark = BinaryAttribute(attr_name="m", null=True, legacy_encoding=False)  # sealed for the law
    own_remark = BinaryAttribute(attr_name="mo", null=True, legacy_encoding=False)  # the same, under its customer's key
    attempts = WholeAttribute(attr_name="n", null=True)
    payment = UnicodeAttribute(attr_name="y", null=True)
    paid_at = InstantAttribute(attr_name="d", null=True)
    refunded = MoneyAttribute(attr_name="r", null=True)
    packed_freed = UnicodeAttribute(attr_name="h", null=True)  # units of each line that it holds no more
    given_up_by = UnicodeAttribute(attr_name="e", null=True)  # customer or shop, where it was given up on purpose
    owed = BinaryAttribute(attr_name="b", null=True, legacy_encoding=False)  # for an order the shop gave up, sealed
    adjusted = BinaryAttribute(attr_name="w", null=True, legacy_encoding=False)  # why it was made cheaper, sealed

    @property
    def lines(self) -> list[QuoteLine]:
        """The lines as they were bought."""
        return [QuoteLine(s, q, Fen(u), Fen(off), b, v) for s, q, u, off, b, v in json.loads(self.packed_lines or "[]")]

    @property
    def quantity(self) -> int:
        """How many pieces of anything were ordered."""
        return sum(line.quantity for line in self.lines)

    @property
    def freed(self) -> list[int]:
        """How many units of each line went back before anything was sent, so that they are held no more."""
        return json.loads(self.packed_freed) if self.packed_freed else [0] * len(self.lines)

    @property
    def held(self) -> list[tuple[str, int, int]]:
        """(sku, bucket, quantity) of each line that is still held, as inventory takes them."""
        return self.pieces([line.quantity - gone for line, gone in zip(self.lines, self.freed, strict=True)])

    def pieces(self, units: Sequence[int]) -> list[tuple[str, int, int]]:
        """(sku, bucket, quantity) of so many units of each line."""
        return [(line.sku, line.bucket, count) for line, count in zip(self.lines, units, strict=True) if count]


class SealedRemark(NamedTuple):
    """A customer's words to the shop as an order keeps them: sealed for the law, and under the customer's own key."""

    legal: bytes | None = None
    own: bytes | None = None


UNSAID = SealedRemark()


def pack(lines: tuple[QuoteLine, ...]) -> str:
    """Lines as the item keeps them."""
    rows = [[line.sku, line.quantity, int(line.unit), int(line.off), line.bucket, line.version] for line in lines]
    return json.dumps(rows, separators=(",", ":"))


def day_key(now: datetime, order_id: str) -> str:
    """The hash key of a day's list."""
    return f"{business_day(now):%Y%m%d}#{int(digest(order_id)[:4], 16) % DAY_SHARDS}"
