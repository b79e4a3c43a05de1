"""A quote is what a customer was promised: lines, prices, discounts, address, until when. It is signed, never stored.

Quote id = idempotency key = order id: one quote can only ever be one order. Amounts are fen, instants epoch ms.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .money import Fen


class QuoteLine(NamedTuple):
    """One SKU of a quote: quantity, unit price and this line's whole discount, the stock bucket, the catalog version.

    `rest` is what other buckets give when no bucket has it all: (bucket, pieces). A quote has one line a SKU.
    """

    sku: str
    quantity: int
    unit: Fen
    off: Fen
    bucket: int
    version: int
    rest: tuple[tuple[int, int], ...] = ()

    @property
    def parts(self) -> list[tuple[str, int, int]]:
        """(sku, bucket, pieces) of every bucket that gives."""
        first = self.quantity - sum(pieces for _, pieces in self.rest)
        return [(self.sku, bucket, pieces) for bucket, pieces in ((self.bucket, first), *self.rest)]

    @property
    def gross(self) -> Fen:
        """Before discounts."""
        return self.unit * self.quantity

    @property
    def payable(self) -> Fen:
        """After discounts."""
        return self.gross - self.off


class Quote(NamedTuple):
    """A priced, addressed promise to one customer; `epoch` is the price epoch it was made in."""

    order_id: str
    customer: str
    expires: int
    lines: tuple[QuoteLine, ...]
    address: str | None
    freight: Fen
    payable: Fen
    epoch: int
    from_cart: bool
    coupon: str | None = None
    points: int = 0

    @property
    def skus(self) -> list[str]:
        return [line.sku for line in self.lines]

    def pack(self) -> list[Any]:
        """The compact list that is signed."""
        lines = [
            [line.sku, line.quantity, int(line.unit), int(line.off), line.bucket, line.version, *line.rest]
            for line in self.lines
        ]
        return [
            self.order_id,
            self.customer,
            self.expires,
            lines,
            self.address,
            int(self.freight),
            int(self.payable),
            self.epoch,
            int(self.from_cart),
            self.coupon,
            self.points,
        ]

    @classmethod
    def unpack(cls, packed: list[Any]) -> Quote:
        """The reverse of `pack`."""
        order_id, customer, expires, lines, address, freight, payable, epoch, from_cart, coupon, points = packed
        return cls(
            order_id,
            customer,
            expires,
            tuple(QuoteLine(s, q, Fen(u), Fen(o), b, v, tuple((n, p) for n, p in r)) for s, q, u, o, b, v, *r in lines),
            address,
            Fen(freight),
            Fen(payable),
            epoch,
            bool(from_cart),
            coupon,
            points,
        )
