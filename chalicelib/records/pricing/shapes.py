"""The words of offers, as whoever shows one tells them."""

from typing import Annotated

from chalicelib.runtime.http import one_of

from .rules.kinds import KINDS
from .rules.offers import LANES
from .rules.reasons import SENTENCES

OfferLane = Annotated[str, one_of(*LANES)]
OfferKindName = Annotated[str, one_of(*KINDS)]
OfferReason = Annotated[str, one_of(*SENTENCES)]
