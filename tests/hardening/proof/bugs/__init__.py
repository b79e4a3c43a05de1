"""The seeded bugs, one file a family."""

from tests.hardening.proof.bugs import (
    core,
    coupons,
    fulfilment,
    identity,
    journeys,
    pricing,
    promotions,
    rewards,
    search,
    stock,
    supply,
    tariffs,
    touches,
    toy,
    trade,
    watching,
    webhooks,
)

ALL = (
    *toy.BUGS, *core.BUGS, *trade.BUGS, *stock.BUGS, *promotions.BUGS, *rewards.BUGS, *search.BUGS, *identity.BUGS,
    *pricing.BUGS, *coupons.BUGS, *fulfilment.BUGS, *supply.BUGS, *tariffs.BUGS, *watching.BUGS, *webhooks.BUGS,
    *touches.BUGS, *journeys.BUGS,
)  # fmt: skip
