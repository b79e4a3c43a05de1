"""What goes out as text message: a template that the provider approved, with what is filled in, never free text.

A contract's `templates` names each message's own: its code, or {code, approved, blanks, most}: whether it is approved yet, in
which order its blanks are filled, and how many letters each takes, where that is not what is usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .port import Misconfigured, TemplateUnfit

MOST_LETTERS = 35  # in a blank, where the template does not say it
LINKS = {"opt_out": 200, "survey": 200}  # letters of a blank that holds the address of a page


class Wording(NamedTuple):
    """A template as the provider keeps it."""

    code: str
    approved: bool
    blanks: tuple[str, ...] | None
    most: Mapping[str, int]

    def filled(self, values: Mapping[str, str]) -> dict[str, str]:
        """What is filled in, in the template's order. Raises TemplateUnfit."""
        if not self.approved:
            raise TemplateUnfit("approval")
        blanks = self.blanks if self.blanks is not None else tuple(values)
        if set(blanks) - set(values):
            raise TemplateUnfit("blanks")
        if any(len(values[name]) > self.most.get(name, LINKS.get(name, MOST_LETTERS)) for name in blanks):
            raise TemplateUnfit("length")
        return {name: values[name] for name in blanks}


def of(templates: Mapping[str, Any], what: str, code: str = "") -> Wording:
    """The template of a message; a text that is stored brings its own code. Raises Misconfigured."""
    told = code or templates.get(what)
    if isinstance(told, str):
        return Wording(told, True, None, {})
    try:
        blanks = told.get("blanks")  # type: ignore[union-attr]  # what is none of this is caught below
        most = {str(name): int(letters) for name, letters in dict(told.get("most", {})).items()}  # type: ignore[union-attr]  # likewise
        approved = told.get("approved", True) is True  # type: ignore[union-attr]  # likewise
        return Wording(str(told["code"]), approved, None if blanks is None else tuple(blanks), most)  # type: ignore[index]  # likewise
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Misconfigured("templates") from None
