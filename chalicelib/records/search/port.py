"""What a search engine is asked. The shop's own keeps its index in rows (`segments`); a real one fills the same port."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from chalicelib.runtime.work import Work

from .rules import FoundPage, Position, SearchEntry, Wanted


class SearchEngine(Protocol):
    """An index of articles by product."""

    def keep(self, entries: Iterable[SearchEntry], gone: Iterable[str], work: Work) -> None:
        """Have these articles in the index as they are, and these products not. Asked again it changes nothing."""

    def find(self, search: Wanted, limit: int, after: Position | None) -> FoundPage:
        """A page of what is found, behind a position. What was kept is found within ten seconds."""

    def between(self, until: str, before: str) -> Sequence[str]:
        """The indexed products with ids above one and below another, newest first."""
