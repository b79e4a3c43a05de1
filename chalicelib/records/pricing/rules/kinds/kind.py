"""What a kind of offer is: how its terms are read, and when which of its questions is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from ..goods import Scope
from ..reading import Reader
from ..units import Deal, Lack, Stand

PIECEWISE = frozenset({"activity", "price"})
SUMMED = frozenset({"shop", "campaign", "coupon"})
CARRIAGE = frozenset({"freight", "freight_coupon"})


class Condition(NamedTuple):
    """From how much on an offer holds: in fen after the lanes before it, without freight, and in pieces."""

    min_fen: int | None = None
    min_pieces: int | None = None

    def lack(self, fen: int, pieces: int) -> Lack | None:
        """What is missing, if anything is; money is told first."""
        if self.min_fen is not None and fen < self.min_fen:
            return Lack("MISSING_FEN", fen=self.min_fen - fen)
        if self.min_pieces is not None and pieces < self.min_pieces:
            return Lack("MISSING_PIECES", pieces=self.min_pieces - pieces)
        return None

    @property
    def threshold(self) -> int:
        """What is frozen with a layer: fen, or pieces below nothing."""
        return self.min_fen or -(self.min_pieces or 0)


NONE = Condition()


def condition(terms: Reader) -> Condition:
    """`min_fen` and `min_pieces`, both of which may be missing."""
    return Condition(terms.maybe("min_fen"), terms.maybe("min_pieces"))


class OfferKind:
    """A kind of offer. `lanes` are where it may work, `example` is terms that it reads.

    `read` is called once when an offer is set up and once a snapshot, with the lane it is meant for; it raises OfferInvalid.
    `uncounted` is called when an offer with a budget is set up.
    `also` and `brings` are called when a snapshot is indexed: other goods it takes, SKUs that it may give or add.
    `each` is called in the lanes of prices for every unit: what a piece costs less. Only kinds of those lanes have it.
    `most_pieces` is called there, too: how many pieces may have that price, None for all.
    `deal` is called in the other lanes of goods, perhaps several times an order, with pieces that no other offer of the lane
    has taken: what it takes off, or what is missing.
    `freight` is called in the lanes of freight: what is off a fee, or what is missing.
    All are pure: the same units, the same answer.
    """

    name: ClassVar[str]
    lanes: ClassVar[frozenset[str]]
    example: ClassVar[Mapping[str, Any]]

    def read(self, terms: Reader, lane: str) -> Any:
        raise NotImplementedError

    def also(self, terms: Any) -> tuple[Scope, ...]:
        """Goods that it takes beside those of the offer's scope."""
        return ()

    def brings(self, terms: Any) -> tuple[str, ...]:
        """SKUs that it may give or add."""
        return ()

    def uncounted(self, terms: Any) -> bool:
        """Whether it gives what no budget in fen counts: points, or coupons."""
        return False

    def each(self, terms: Any, left: int) -> int:
        raise NotImplementedError

    def most_pieces(self, terms: Any) -> tuple[int | None, str]:
        """At most so many pieces an order, or a line."""
        return None, "order"

    def deal(self, terms: Any, stand: Stand) -> Deal | Lack:
        raise NotImplementedError

    def freight(self, terms: Any, fee: int, goods: int, pieces: int) -> Deal | Lack:
        raise NotImplementedError
