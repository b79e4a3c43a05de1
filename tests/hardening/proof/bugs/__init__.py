"""The seeded bugs, one file a family."""

from tests.hardening.proof.bugs import core, identity, promotions, search, stock, toy, trade

ALL = (*toy.BUGS, *core.BUGS, *trade.BUGS, *stock.BUGS, *promotions.BUGS, *search.BUGS, *identity.BUGS)
