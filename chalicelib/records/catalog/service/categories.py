"""The category tree: small enough to be remembered whole. A category stays where it is; its words and schema may change.

Guarantees: the tree holds at most MOST_CATEGORIES; a process shows a change within ten seconds (REMEMBERED), and reads
the tree only when the mark beside it says that it changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.ids import is_id
from chalicelib.runtime import table, world
from chalicelib.runtime.memory import Memory
from chalicelib.runtime.table import delete, insert, update
from chalicelib.runtime.work import Work

from .. import packing, steps
from ..model import CATEGORIES, TREE, Category, Mark
from ..rules import (
    DEEPEST,
    Attribute,
    CategoryInUse,
    CategoryNotFound,
    CategoryTooDeep,
    StaleVersion,
    Text,
)

REMEMBERED = timedelta(seconds=10)
SETTLED = timedelta(seconds=10)  # a read right after a change may have fallen between the rows of its transaction


class Named(NamedTuple):
    """What a person says of a category; `rank` orders it among its neighbours."""

    name: Text
    rank: int = 0
    schema: tuple[Attribute, ...] = ()


class Tree(NamedTuple):
    """All categories by id, by rank and name, as they were under a version of the mark."""

    rows: Mapping[str, Category]
    version: int
    settled: bool


_remembered: Memory[str, tuple[datetime, Tree]] = Memory(1)  # with when the mark was last looked at


def tree(*, now: bool = False) -> Tree:
    """All categories as they were ten seconds ago at most, or as they are `now`: the mark is read, the tree if need be."""
    moment = world.now()
    looked, kept = _remembered.get(TREE) or (moment, None)
    if kept is not None and not now and timedelta() <= moment - looked < REMEMBERED:
        return kept
    mark = table.get(Mark, TREE, TREE, consistent=True)
    version = mark.version if mark else 0
    if kept is None or not kept.settled or kept.version != version:
        kept = Tree(every(), version, settled=mark is None or moment - mark.changed >= SETTLED)
    _remembered.put(TREE, (moment, kept))
    return kept


def forget() -> None:
    """Read again next time."""
    _remembered.forget()


def every() -> dict[str, Category]:
    """All categories by id, by rank and name, read afresh."""
    rows = table.every(Category, CATEGORIES, consistent=True)
    return {row.id: row for row in sorted(rows, key=lambda row: (row.rank, row.name_en, row.id))}


def find(category: str) -> Category:
    """One category. Raises CategoryNotFound."""
    row = table.get(Category, CATEGORIES, category, consistent=True) if is_id(category, "G") else None
    if row is None:
        raise CategoryNotFound()
    return row


def path_of(category: Category) -> list[str]:
    """Its ancestors, root first, and itself."""
    return [*(category.path or "").split(), category.id]


def parent_of(category: Category) -> str:
    """The category it lies below; empty at the root."""
    return (category.path or "").split()[-1] if category.path else ""


def schema_of(tree: Mapping[str, Category], category: str) -> tuple[Attribute, ...]:
    """The attributes that a category asks for: its own and those of all above it; the nearest word wins."""
    if category not in tree:
        raise CategoryNotFound()
    found: dict[str, Attribute] = {}
    for step in path_of(tree[category]):
        found.update({attribute.key: attribute for attribute in packing.schema_of(tree[step].schema)})
    return tuple(found.values())


def places_of(tree: Mapping[str, Category], categories: Iterable[str]) -> list[str]:
    """These categories and all above them, each once. Raises CategoryNotFound."""
    found: dict[str, None] = {}
    for category in categories:
        if category not in tree:
            raise CategoryNotFound()
        found.update(dict.fromkeys(path_of(tree[category])))
    return list(found)


def open_category(named: Named, parent: str | None, work: Work, *, category_id: str | None = None) -> str:
    """Add a category to the tree. Raises CategoryNotFound, CategoryTooDeep, and CommitRejected with CategoriesFull."""
    new = category_id or work.new_id("G")
    path: Sequence[str] = path_of(find(parent)) if parent else ()
    if len(path) >= DEEPEST:
        raise CategoryTooDeep(most=DEEPEST)

    row = Category(
        CATEGORIES,
        new,
        path=" ".join(path) or None,
        name_zh=named.name.zh,
        name_en=named.name.en,
        rank=named.rank,
        schema=packing.schema_text(named.schema),
        uses=0,
        below=0,
        version=1,
    )
    work.add(insert(row, StaleVersion()), steps.mark_tree(work.now, +1))
    if parent:
        work.add(steps.count_below(parent, +1))
    return new


def edit_category(category: str, version: int, named: Named, work: Work) -> int:
    """Change a category's words and schema; products keep their spec tables until they are edited. Returns the version."""
    if not is_id(category, "G"):
        raise CategoryNotFound()
    work.add(
        update(
            Category,
            CATEGORIES,
            category,
            actions=[
                Category.name_zh.set(named.name.zh),
                Category.name_en.set(named.name.en),
                Category.rank.set(named.rank),
                Category.schema.set(packing.schema_text(named.schema)),
                Category.version.set(version + 1),
            ],
            when=Category.version == version,
            otherwise=lambda old: CategoryNotFound() if old is None else StaleVersion(),
        ),
        steps.mark_tree(work.now),
    )
    return version + 1


def close_category(category: str, work: Work) -> None:
    """Take an empty category out of the tree. Raises CategoryNotFound, and CommitRejected with CategoryInUse."""
    row = find(category)
    work.add(
        delete(
            Category,
            CATEGORIES,
            category,
            when=(Category.uses == 0) & (Category.below == 0),
            otherwise=lambda old: CategoryNotFound() if old is None else CategoryInUse(),
        ),
        steps.mark_tree(work.now, -1),
    )
    if row.path:
        work.add(update(Category, CATEGORIES, row.path.split()[-1], actions=[Category.below.add(-1)]))
