"""The lines of transactions that follow from an edit: counts of the category tree, codes, and places in lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.runtime.table import Step, Table, delete, insert, put, update

from .model import CATEGORIES, TREE, Category, Claim, Mark
from .rules import MOST_CATEGORIES, CategoriesFull, CategoryNotFound, CodeTaken


def mark_tree(now: datetime, more: int = 0) -> Step:
    """Say that the tree changed, and by how many categories. Its refusal: CategoriesFull."""
    room = Mark.categories.does_not_exist() | (Mark.categories < MOST_CATEGORIES)
    return update(
        Mark,
        TREE,
        TREE,
        actions=[Mark.version.add(1), Mark.categories.add(more), Mark.changed.set(now)],
        when=room if more > 0 else None,
        otherwise=CategoriesFull(most=MOST_CATEGORIES),
    )


def count_uses(before: Iterable[str], after: Iterable[str]) -> list[Step]:
    """Count a product in the categories where it now belongs, and no more where it did. Its refusal: CategoryNotFound."""
    left, come = set(before), set(after)
    return [
        update(
            Category,
            CATEGORIES,
            category,
            actions=[Category.uses.add(1 if category in come else -1)],
            when=Category.id.exists(),
            otherwise=CategoryNotFound(),
        )
        for category in sorted(left ^ come)
    ]


def count_below(category: str, more: int) -> Step:
    """Count the categories right below one. Its refusal: CategoryNotFound."""
    return update(
        Category,
        CATEGORIES,
        category,
        actions=[Category.below.add(more)],
        when=Category.id.exists(),
        otherwise=CategoryNotFound(),
    )


def claim(code: Claim) -> Step:
    """Take a code for a SKU. Its refusal: CodeTaken."""
    return insert(code, CodeTaken(taken=code.code.split("#", 1)[1]))


def follow(
    before: Mapping[tuple[str, str], Table], after: Mapping[tuple[str, str], Table], *, new: Callable[[Any], Step]
) -> list[Step]:
    """Make the rows `after` of the rows `before`; a row that was ours may change its words."""
    gone = [delete(type(before[key]), *key) for key in sorted(set(before) - set(after))]
    come = [new(row) for key, row in sorted(after.items()) if key not in before]
    changed = [
        put(row) for key, row in sorted(after.items()) if key in before and row.serialize() != before[key].serialize()
    ]
    return gone + come + changed
