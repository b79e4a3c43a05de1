"""What watching tells."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Fact, Left

PERSONS = Left("nobody's act: what somebody waited for is so")


class WatchingBackInStock(Fact, context="watching", audit=PERSONS):
    """What a person waited for can be had again; `watch` names the wish, which is used by it."""

    person: str
    sku: str
    watch: str


class WatchingPriceDropped(Fact, context="watching", audit=PERSONS):
    """What a person waited for costs less than they saw, fen; `watch` names the wish, which is used by it."""

    person: str
    sku: str
    watch: str
    seen: int
    now: int


class WatchCheckDue(Fact, context="watching", audit=REMINDER):
    """For later: what a person has just begun to wait for may have come about while it was noted."""

    person: str
    kind: str
    sku: str
    watch: str


class WatchPageDue(Fact, context="watching", audit=REMINDER):
    """The next of those who wait for a SKU, behind this person, are to be told; `price` in fen where it is about that."""

    kind: str
    sku: str
    price: int
    after: str = ""


class WatchOfferDue(Fact, context="watching", audit=REMINDER):
    """An offer holds by then: whoever waits for a lower price of its goods is to be told."""

    offer_id: str
    edit: int
