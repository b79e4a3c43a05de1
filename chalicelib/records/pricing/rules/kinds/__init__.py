"""The kinds of offers: a file each and a line in the table; nothing else names one."""

from __future__ import annotations

from .add_on import AddOn
from .amount import AmountOff
from .buy_get import BuyGet
from .cheapest_free import CheapestFree
from .choose import Choose
from .freight_amount import FreightAmount
from .freight_free import FreightFree
from .freight_percent import FreightPercent
from .freight_price import FreightPrice
from .gift import GiftKind
from .group_amount import GroupAmount
from .group_percent import GroupPercent
from .groups import Groups
from .kind import OfferKind
from .line_amount import LineAmount
from .percent import Percent
from .piece_amount import PieceAmount
from .piece_percent import PiecePercent
from .price import FixedPrice
from .second_half import SecondHalf
from .threshold import Threshold

KINDS: dict[str, OfferKind] = {
    kind.name: kind
    for kind in (
        FixedPrice(), Percent(), PieceAmount(), PiecePercent(),
        AmountOff(), LineAmount(), Threshold(), SecondHalf(), CheapestFree(), Choose(), BuyGet(), Groups(), GroupAmount(),
        GroupPercent(), GiftKind(), AddOn(),
        FreightAmount(), FreightPercent(), FreightPrice(), FreightFree(),
    )
}  # fmt: skip
