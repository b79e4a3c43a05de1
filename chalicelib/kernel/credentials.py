"""The fields of a secret document, as a manifest names them: who stores one and who reads about it are told the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Credential(NamedTuple):
    """One field: what it is, and whether a shop can go without it."""

    name: str
    about: str
    needed: bool = True


def misfits(fields: Iterable[Credential], document: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The needed fields that a document lacks, and what it has that nobody reads."""
    known = {field.name: field for field in fields}
    return [name for name, field in known.items() if field.needed and name not in document], sorted(
        document.keys() - known
    )
