"""The seeded bugs, one file a family."""

from tests.hardening.proof.bugs import (
    care,
    core,
    coupons,
    fulfilment,
    identity,
    pricing,
    promotions,
    rewards,
    search,
    stock,
    supply,
    tariffs,
    tickets,
    toy,
    trade,
    watching,
    webhooks,
)

ALL = (
    *toy.BUGS, *care.BUGS, *core.BUGS, *trade.BUGS, *stock.BUGS, *promotions.BUGS, *rewards.BUGS, *search.BUGS, *identity.BUGS,
    *pricing.BUGS, *coupons.BUGS, *fulfilment.BUGS, *supply.BUGS, *tariffs.BUGS, *tickets.BUGS, *watching.BUGS, *webhooks.BUGS,
)  # fmt: skip
