"""The seeded bugs, one file a family."""

from tests.hardening.proof.bugs import (
    care,
    core,
    coupons,
    fulfilment,
    groups,
    identity,
    journeys,
    messages,
    occasions,
    pricing,
    promotions,
    receipts,
    replenishment,
    reports,
    rewards,
    search,
    stock,
    supply,
    tariffs,
    tickets,
    touches,
    toy,
    trade,
    warehouses,
    watching,
    webhooks,
)

ALL = (
    *toy.BUGS, *care.BUGS, *core.BUGS, *trade.BUGS, *stock.BUGS, *promotions.BUGS, *rewards.BUGS, *search.BUGS, *identity.BUGS,
    *pricing.BUGS, *coupons.BUGS, *fulfilment.BUGS, *supply.BUGS, *tariffs.BUGS, *tickets.BUGS, *watching.BUGS, *webhooks.BUGS,
    *messages.BUGS, *touches.BUGS, *journeys.BUGS, *occasions.BUGS, *replenishment.BUGS, *groups.BUGS, *receipts.BUGS,
    *reports.BUGS, *warehouses.BUGS,
)  # fmt: skip
