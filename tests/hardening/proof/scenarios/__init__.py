"""The workflows, one file a family. A new context joins the proof by adding its file here."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.hardening.proof.scenario import Scenario


def all_scenarios() -> list[Scenario]:
    """Every scenario; imported late, so that a seeded bug is in place before."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name != "toy")
    families = [import_module(f"{__name__}.{name}") for name in names]
    toy = import_module(f"{__name__}.toy")
    return [*toy.scenarios(toy.Sound()), *(one for family in families for one in family.SCENARIOS)]
