"""What is told of promotions."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact


class OfferEdited(Fact, context="promotions", audit=Audit("shop", "offer_id")):
    """An offer was edited, its version `edit` made; what it said before is version `before`. Nobody gets it yet."""

    offer_id: str
    edit: int
    before: int | None


class OfferPublished(Fact, context="promotions", audit=Audit("shop", "offer_id")):
    """This version (`edit`) of an offer holds from its start on, in place of version `before`, if that was published."""

    offer_id: str
    edit: int
    before: int | None


class OfferDiscarded(Fact, context="promotions", audit=Audit("shop", "offer_id")):
    """A draft was given up."""

    offer_id: str


class OfferEnded(Fact, context="promotions", audit=Audit("shop", "offer_id")):
    """An offer holds no more: `by` person or time. What was quoted with it is honoured."""

    offer_id: str
    edit: int
    by: str


class OfferKilled(Fact, context="promotions", audit=Audit("shop", "offer_id")):
    """An offer was a mistake: it holds no more, and what was quoted with it is refused."""

    offer_id: str
    edit: int
    reason: str


class OfferStartDue(Fact, context="promotions", audit=REMINDER):
    """A published offer begins: what was its goods' price before is known now."""

    offer_id: str
    edit: int
