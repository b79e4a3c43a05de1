"""The seeded bugs, one file a family."""

from tests.hardening.proof.bugs import core, identity, pricing, stock, toy, trade

ALL = (*toy.BUGS, *core.BUGS, *trade.BUGS, *stock.BUGS, *identity.BUGS, *pricing.BUGS)
