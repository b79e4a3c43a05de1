"""The workflows, one file a family. A new context joins the proof by adding its file here."""

from __future__ import annotations

from tests.proof.scenario import Scenario


def all_scenarios() -> list[Scenario]:
    """Every scenario; imported late, so that a seeded bug is in place before."""
    from tests.proof.scenarios import audit, cart, clicks, core, doors, exports, gates, identity, stock, toy, trade

    families = (core, trade, stock, cart, clicks, audit, identity, exports, gates, doors)
    return [*toy.scenarios(toy.Sound()), *(one for family in families for one in family.SCENARIOS)]
