"""The table `orders`: one item an order; its bill as a compact list, no product copies.

The bill is what its quote promised (`kernel/bill.py`), as JSON and, where that is long, compressed; the snapshot of a line
is (sku, immutable catalog version). The goods ledger counts what became of the units of each line.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute

from chalicelib.kernel.bill import trimmed
from chalicelib.kernel.clock import business_day
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import FORMAT, Bill, QuoteLine
from chalicelib.runtime.journal import digest
from chalicelib.runtime.table import InstantAttribute, MoneyAttribute, Table, WholeAttribute, table_name

from .rules import FULFILLING, PARCELS, GoodsCount, arrived, kept_free, let_go, progress

DAY_SHARDS = 4  # a day's list of orders has this many hash keys, so that no one of them is hot
LONG = 700  # bytes of JSON from which compressing saves a write unit


class Order(Table):
    """Amounts in fen."""

    class Meta:
        table_name = table_name("orders")

    id = UnicodeAttribute(hash_key=True, attr_name="o")
    customer = UnicodeAttribute(attr_name="u", null=True)
    day = UnicodeAttribute(attr_name="g", null=True)
    state = UnicodeAttribute(attr_name="s", null=True)
    packed_bill = BinaryAttribute(attr_name="l", null=True, legacy_encoding=False)
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
    packed_ledger = UnicodeAttribute(
        attr_name="h", null=True
    )  # nothing has become of the units yet where there is none
    hold_reason = UnicodeAttribute(attr_name="x", null=True)  # why it may not be sent yet
    given_up_by = UnicodeAttribute(attr_name="e", null=True)  # customer or shop, where it was given up on purpose
    owed = BinaryAttribute(attr_name="b", null=True, legacy_encoding=False)  # for an order the shop gave up, sealed
    promise = UnicodeAttribute(attr_name="q", null=True)  # kept or broken, once that is known
    freight_back = MoneyAttribute(attr_name="j", null=True)  # given back since it goes where sending costs less
    supplier = UnicodeAttribute(attr_name="f", null=True)  # the warehouse's system that was told to pack it
    adjusted = BinaryAttribute(attr_name="w", null=True, legacy_encoding=False)  # why it was made cheaper, sealed
    received = UnicodeAttribute(attr_name="c", null=True)  # customer, time or provider, once that is known
    received_at = InstantAttribute(attr_name="i", null=True)
    receive_by = InstantAttribute(attr_name="v", null=True)  # then it counts as received, if all of it has arrived
    put_off = BooleanAttribute(attr_name="z", null=True)  # by its customer, which is once

    @property
    def bill(self) -> Bill:
        """What was bought and what it costs."""
        return unpack(self.packed_bill) if self.packed_bill else Bill()

    @property
    def lines(self) -> tuple[QuoteLine, ...]:
        """The lines as they were bought."""
        return self.bill.lines

    @property
    def quantity(self) -> int:
        """How many pieces of anything were ordered."""
        return sum(line.quantity for line in self.lines)

    @property
    def freight(self) -> Fen:
        """What is paid for having it sent."""
        return self.bill.freight

    @property
    def ledger(self) -> tuple[GoodsCount, ...]:
        """What became of the units of each line."""
        known = [GoodsCount(*counts) for counts in json.loads(self.packed_ledger or "[]")]
        return (*known, *[GoodsCount()] * (len(self.lines) - len(known)))

    @property
    def held(self) -> list[tuple[str, int, int]]:
        """(shelf, bucket, pieces) of what is still held, as inventory takes them."""
        pairs = [(line, count.freed + count.shipped) for line, count in zip(self.lines, self.ledger, strict=True)]
        return [part for line, gone in pairs for part in line.stock_of(gone, line.quantity - gone)]

    @property
    def kept(self) -> bool:
        """Whether there is something of it that was not paid back."""
        return any(line.quantity > count.refunded for line, count in zip(self.lines, self.ledger, strict=True))

    def complete_with(self, units: Sequence[int]) -> bool:
        """Whether all of it is there once so many more units of each line have arrived."""
        quantities = [line.quantity for line in self.lines]
        return progress(quantities, arrived(self.ledger, units)) == PARCELS["deliver"]

    def pieces(self, units: Sequence[int]) -> list[tuple[str, int, int]]:
        """(shelf, bucket, pieces) of so many units of each line that are still held."""
        rows = zip(self.lines, self.ledger, units, strict=True)
        return [part for line, gone, more in rows for part in line.stock_of(gone.freed + gone.shipped, more)]

    def by_shelf(self, units: Mapping[int, int]) -> dict[str, int]:
        """So many units of its lines, by shelf."""
        found: dict[str, int] = {}
        for line, count in units.items():
            found[self.lines[line].shelf] = found.get(self.lines[line].shelf, 0) + count
        return found

    def let_go(self, units: Sequence[int]) -> list[int]:
        """How many of the units that are paid back are held no more: none where nothing is held for it."""
        if not units or self.state not in FULFILLING:
            return [0] * len(self.lines)
        return let_go([line.quantity for line in self.lines], self.ledger, units)

    def pieces_back(self, units: Sequence[int]) -> tuple[list[tuple[str, int, int]], list[tuple[str, int, int]]]:
        """(shelf, bucket, pieces) of so many units of each line that were to be sent and are not: those that are held again, and
        those that are free, since they were paid back meanwhile."""
        held, free = [], []
        freed = kept_free(self.ledger, units)
        for line, gone, back, loose in zip(self.lines, self.ledger, units, freed, strict=True):
            before = gone.freed + gone.shipped - back
            free += line.stock_of(before, loose)
            held += line.stock_of(before + loose, back - loose)
        return held, free


class SealedRemark(NamedTuple):
    """A customer's words to the shop as an order keeps them: sealed for the law, and under the customer's own key."""

    legal: bytes | None = None
    own: bytes | None = None


UNSAID = SealedRemark()


def pack(bill: Bill) -> bytes:
    """A bill as the item keeps it."""
    plain = json.dumps([FORMAT, *bill.pack()], separators=(",", ":")).encode()
    return plain if len(plain) <= LONG else zlib.compress(plain)


def unpack(packed: bytes) -> Bill:
    """The reverse of `pack`. Raises ValueError for a format that it does not know."""
    form, *bill = json.loads(packed if packed[:1] == b"[" else zlib.decompress(packed))
    if form != FORMAT:
        raise ValueError(f"no known format: {form}")
    return Bill.unpack(bill)


def pack_ledger(ledger: Sequence[GoodsCount]) -> str:
    """The counts of all lines, without the noughts at their ends."""
    rows: list[list[Any]] = [trimmed(*counts) for counts in ledger]
    return json.dumps(trimmed(*rows), separators=(",", ":"))


def day_key(now: datetime, order_id: str) -> str:
    """The hash key of a day's list."""
    return f"{business_day(now):%Y%m%d}#{int(digest(order_id)[:4], 16) % DAY_SHARDS}"
