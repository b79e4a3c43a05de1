"""A quote is what a customer was promised: a bill, an address, until when. It is signed, never stored.

Quote id = idempotency key = order id: one quote can only ever be one order. Amounts are fen, instants epoch ms. The number of
the format comes first in what is signed; what was signed in the former one opens, too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .bill import BOUGHT, MAIN, bought, with_freight
from .bill import Ahead as Ahead
from .bill import Bill as Bill
from .bill import CounterUse as CounterUse
from .bill import CouponUse as CouponUse
from .bill import FreightPart as FreightPart
from .bill import Layer as Layer
from .bill import PointsUse as PointsUse
from .bill import QuoteLine as QuoteLine
from .bill import Tie as Tie
from .money import Fen

FORMAT = 2
FROM_CART, BEST = 1, 2  # flags


class Quote(NamedTuple):
    """A bill promised to one customer until `expires`; `epoch` is the price epoch it was made in. From `lines` to `ahead` it
    has the bill's own fields. An order with a `hold_reason` is not sent before that is gone. `best`: its coupons are the best of
    those that its customer has, and are chosen anew where it is made anew."""

    order_id: str
    customer: str
    expires: int
    epoch: int
    from_cart: bool
    address: str | None
    lines: tuple[QuoteLine, ...]
    layers: tuple[Layer, ...] = ()
    freights: tuple[FreightPart, ...] = ()
    coupons: tuple[CouponUse, ...] = ()
    points: PointsUse = PointsUse()
    counters: tuple[CounterUse, ...] = ()
    tie: Tie | None = None
    earn: int = 0
    service: str = ""
    gifted: tuple[str, ...] = ()
    promised: int = 0
    ahead: tuple[Ahead, ...] = ()
    hold_reason: str = ""
    best: bool = False

    @property
    def bill(self) -> Bill:
        """What the order keeps."""
        return Bill(*self[6:-2])

    @property
    def goods(self) -> Fen:
        """What is paid for the goods."""
        return self.bill.goods

    @property
    def freight(self) -> Fen:
        """What is paid for having them sent."""
        return self.bill.freight

    @property
    def payable(self) -> Fen:
        """What is paid in all."""
        return self.bill.payable

    @property
    def pieces(self) -> int:
        """Pieces of anything."""
        return sum(line.quantity for line in self.lines)

    @property
    def bought(self) -> list[str]:
        """The SKUs that were chosen, each once; gifts and add-ons were not."""
        return list(dict.fromkeys(line.sku for line in self.lines if line.kind == BOUGHT))

    def pack(self) -> list[Any]:
        """The compact list that is signed, its format first."""
        flags = FROM_CART * self.from_cart + BEST * self.best
        mine = [self.order_id, self.customer, self.expires, self.epoch, flags, self.address, self.hold_reason]
        return [FORMAT, *mine, *self.bill.pack()]

    @classmethod
    def unpack(cls, packed: list[Any]) -> Quote:
        """The reverse of `pack`; what was signed in the former format opens, too. Raises ValueError for any other."""
        if not isinstance(packed, list) or not packed:
            raise ValueError("a quote is a list")
        if isinstance(packed[0], str):
            return _former(*packed)
        if packed[0] != FORMAT:
            raise ValueError(f"no known format: {packed[0]}")
        order_id, customer, expires, epoch, flags, address, hold_reason = packed[1:8]
        bill = Bill.unpack(packed[8:])
        from_cart, best = bool(flags & FROM_CART), bool(flags & BEST)
        return cls(order_id, customer, expires, epoch, from_cart, address, *bill, hold_reason, best)


def _former(
    order_id: str,
    customer: str,
    expires: int,
    lines: list[Any],
    address: str | None,
    freight: int,
    payable: int,
    epoch: int,
    from_cart: int,
    _coupon: None,
    _points: int,
) -> Quote:
    """A quote of the first format, which knew neither offers nor coupons: (sku, quantity, unit, off, bucket, version, rest)."""
    plain_lines = []
    for sku, quantity, unit, _off, bucket, version, *rest in lines:
        first = quantity - sum(pieces for _, pieces in rest)
        parts = ((bucket, first), *((other, pieces) for other, pieces in rest))
        plain_lines.append(bought(sku, version, Fen(unit), parts))
    fee = Fen(freight)
    fees = (FreightPart(MAIN, 0, fee),) if fee else ()
    made = Quote(order_id, customer, expires, epoch, bool(from_cart), address, with_freight(plain_lines, fee), (), fees)
    if made.payable != payable:
        raise ValueError("its lines do not cost what it says")
    return made
