"""The index as it is looked through: every article, newest first, in lists beside each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from heapq import nsmallest
from operator import attrgetter

from .rules import FoundPage, Needle, Position, SearchEntry, Sort, Wanted

TITLE_COUNTS = 2  # so much more than elsewhere

ORDERS: dict[
    Sort, Callable[[SearchEntry, int], int]
] = {  # what of an article and its score orders it; ties: newest first
    "best": lambda entry, score: -score,
    "newest": lambda entry, score: 0,
    "price": lambda entry, score: entry.price,
    "price_down": lambda entry, score: -entry.price,
}


class Index:
    """What can be found. It does not change: what was edited makes another one."""

    def __init__(self, entries: Iterable[SearchEntry]) -> None:
        self.entries = sorted(entries, key=attrgetter("product"), reverse=True)
        self._products = [entry.product for entry in reversed(self.entries)]
        self._texts = [f"{entry.title}\n{entry.rest}" for entry in self.entries]

    def find(self, search: Wanted, limit: int, after: Position | None = None) -> FoundPage:
        """A page of what a search finds, behind a position."""
        order, fits = ORDERS[search.sort], search.filters.fits
        scores = self._scores(search)
        matching = [(order(self.entries[i], score), i) for i, score in scores.items() if fits(self.entries[i])]
        rest = matching
        if after is not None:
            begin = (after.value, self._behind(after.product))
            rest = [place for place in matching if place >= begin]
        page = nsmallest(limit, rest)
        entries = [self.entries[i] for _, i in page]
        end = Position(page[-1][0], entries[-1].product) if len(rest) > limit else None
        return FoundPage(entries, len(matching), end)

    def between(self, until: str, before: str) -> list[str]:
        """The products with ids above one and below another, newest first."""
        return [entry.product for entry in self.entries if until < entry.product < before]

    def _behind(self, product: str) -> int:
        """The place of the first product that is older than this one, which may be gone."""
        return len(self._products) - bisect_left(self._products, product)

    def _scores(self, search: Wanted) -> dict[int, int]:
        """Of each article that has every needle, how well it fits."""
        scores = dict.fromkeys(range(len(self.entries)), 0)
        for needle, categories in zip(search.needles, search.named, strict=True):
            hits = self._hits(needle, scores)
            if categories:
                for i in scores:
                    if not categories.isdisjoint(self.entries[i].places):
                        hits.setdefault(i, 1)
            scores = {i: scores[i] + score for i, score in hits.items()}
        return scores

    def _hits(self, needle: Needle, among: Iterable[int]) -> dict[int, int]:
        """Of each article that has a needle, how many of its parts it has, those of the title more than once."""
        texts, parts = self._texts, needle.parts
        if needle.spare:
            counts: dict[int, int] = {}
            for part in parts:
                for i in [i for i in among if part in texts[i]]:
                    counts[i] = counts.get(i, 0) + 1
            most = len(parts) - needle.spare
            found = {i: count for i, count in counts.items() if count >= most}
        else:
            left = among
            for part in parts:
                left = [i for i in left if part in texts[i]]
            found = dict.fromkeys(left, len(parts))
        titles = self.entries
        return {
            i: count + (TITLE_COUNTS - 1) * sum(part in titles[i].title for part in parts) for i, count in found.items()
        }
