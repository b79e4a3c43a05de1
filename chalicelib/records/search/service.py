"""Searching, whichever engine does it: what can be bought is kept in its index, and found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from chalicelib.runtime import cursors
from chalicelib.runtime.work import Work

from . import segments
from .port import SearchEngine
from .rules import FoundPage, Position, SearchEntry, Wanted
from .segments import SegmentEngine

ENGINE: SearchEngine = SegmentEngine()


def keep(entries: Iterable[SearchEntry], gone: Iterable[str], work: Work) -> None:
    """Have these articles in the index as they are, and these products not. Its refusal: IndexMoved."""
    ENGINE.keep(entries, gone, work)


def find(search: Wanted, limit: int, cursor: str | None) -> tuple[FoundPage, str | None]:
    """A page of what is found, and the cursor of the next, which is bound to this very search. Raises CursorInvalid."""
    scope = f"search|{json.dumps([*search.needles, *search.filters, search.sort], ensure_ascii=False)}"
    after = Position(*cursors.open_cursor(cursor, scope)["k"]) if cursor else None
    found = ENGINE.find(search, limit, after)
    return found, cursors.seal_cursor({"k": found.end}, scope) if found.end else None


def between(until: str, before: str) -> Sequence[str]:
    """The indexed products with ids above one and below another, newest first."""
    return ENGINE.between(until, before)


def forget() -> None:
    """Read the index again next time."""
    segments.forget()
