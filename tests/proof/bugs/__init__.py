"""The seeded bugs, one file a family."""

from tests.proof.bugs import core, toy

ALL = (*toy.BUGS, *core.BUGS)
