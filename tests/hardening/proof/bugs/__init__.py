"""The seeded bugs, one file a family."""

from tests.hardening.proof.bugs import core, identity, pricing, promotions, search, stock, toy, trade

ALL = (
    *toy.BUGS, *core.BUGS, *trade.BUGS, *stock.BUGS, *promotions.BUGS, *search.BUGS, *identity.BUGS, *pricing.BUGS,
)  # fmt: skip
