"""What is filled into the messages of a journey, by what set it off: links and nothing personal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.records.care.service import links

from .conditions import Case
from .triggers import CARE

BLANKS: Mapping[str, Mapping[str, Callable[[Case], str]]] = {
    trigger: {"survey": lambda case: links.url(case.occasion, case.now)} for trigger in CARE
}


def filled(trigger: str, case: Case) -> dict[str, str]:
    """The blanks that such a journey can fill in."""
    return {name: make(case) for name, make in BLANKS.get(trigger, {}).items()}
