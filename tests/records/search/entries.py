"""Articles to be found."""

from __future__ import annotations

from typing import Any

from chalicelib.records.search import rules
from chalicelib.records.search.rules import SearchEntry, SearchFilter, Wanted


def entry(
    number: int = 1, zh: str = "纯棉圆领T恤", en: str = "Cotton crew-neck T-shirt", **changes: Any
) -> SearchEntry:
    """An article of a brand in two categories, in stock, at ¥99.00."""
    made = SearchEntry(
        product=product(number),
        title_zh=zh,
        title_en=en,
        price=9_900,
        highest=None,
        picture=None,
        places=("G1", "G2"),
        brands=("集市", "jishi"),
        attributes={"season": "summer", "lined": "true"},
        stocked=True,
        title=rules.folded([zh, en]),
        rest=rules.folded(["集市", "jishi", *rules.code_words([f"TS-{number:03}"])]),
    )
    return made._replace(**changes)


def product(number: int) -> str:
    return f"P01JZ{number:022}"


def asked(query: str = "", sort: Any = "best", **filters: Any) -> Wanted:
    needles = rules.needles(query) if query else ()
    return Wanted(needles, tuple(frozenset() for _ in needles), SearchFilter(**filters), sort)
