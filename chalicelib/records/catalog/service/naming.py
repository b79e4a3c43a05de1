"""Refusals about articles say which: their titles, where they are not at hand, are looked up, one read for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from chalicelib.kernel.errors import ArticleConflict, CommitRejected, Overloaded
from chalicelib.runtime import table

from .reading import key


@contextmanager
def articles_named() -> Iterator[None]:
    """Whatever is refused within about an article carries its title; that is no reason to refuse otherwise."""
    try:
        yield
    except CommitRejected as refused:
        _name(reason for reason in refused.reasons if isinstance(reason, ArticleConflict))
        raise
    except ArticleConflict as refused:
        _name([refused])
        raise


def _name(refusals: Iterable[ArticleConflict]) -> None:
    bare = [one for one in refusals if one.title_zh is None]
    skus = list(dict.fromkeys(one.sku for one in bare))
    with suppress(Overloaded):
        rows = dict(zip(skus, table.batch([key(sku) for sku in skus]) if skus else [], strict=True))
        for one in bare:
            if (row := rows[one.sku]) is not None:
                one.title_zh, one.title_en = row.title_zh, row.title_en
