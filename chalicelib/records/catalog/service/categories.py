"""The category tree: small enough to be read whole. A category stays where it is; its words and schema may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from chalicelib.kernel.ids import is_id
from chalicelib.runtime import table
from chalicelib.runtime.table import Step, delete, fresh, update
from chalicelib.runtime.work import Work

from .. import packing
from ..model import CATEGORIES, Category
from ..rules import DEEPEST, Attribute, CategoryInUse, CategoryTooDeep, CategoryUnknown, Edited, Words

MOST = 1000


class Named(NamedTuple):
    """What a person says of a category; `rank` orders it among its neighbours."""

    name: Words
    rank: int = 0
    schema: tuple[Attribute, ...] = ()


def every(*, consistent: bool = False) -> dict[str, Category]:
    """All categories by id, by rank and name."""
    rows, cursor = table.query(Category, CATEGORIES, limit=MOST, consistent=consistent)
    while cursor:
        more, cursor = table.query(Category, CATEGORIES, limit=MOST, cursor=cursor, consistent=consistent)
        rows += more
    return {row.id: row for row in sorted(rows, key=lambda row: (int(row.rank), row.name_en, row.id))}


def find(category: str) -> Category:
    """One category. Raises CategoryUnknown."""
    row = table.get(Category, CATEGORIES, category, consistent=True) if is_id(category, "G") else None
    if row is None:
        raise CategoryUnknown()
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
        raise CategoryUnknown()
    found: dict[str, Attribute] = {}
    for step in path_of(tree[category]):
        found.update({attribute.key: attribute for attribute in packing.schema_of(tree[step].schema)})
    return tuple(found.values())


def places_of(tree: Mapping[str, Category], categories: Iterable[str]) -> list[str]:
    """These categories and all above them, each once. Raises CategoryUnknown."""
    found: dict[str, None] = {}
    for category in categories:
        if category not in tree:
            raise CategoryUnknown()
        found.update(dict.fromkeys(path_of(tree[category])))
    return list(found)


def open_category(named: Named, parent: str | None, work: Work, *, category_id: str | None = None) -> str:
    """Add a category to the tree; describes, the door commits. Raises CategoryUnknown, CategoryTooDeep."""
    new = category_id or work.new_id("G")
    path: Sequence[str] = path_of(find(parent)) if parent else ()
    if len(path) >= DEEPEST:
        raise CategoryTooDeep(most=DEEPEST)

    row = Category(
        CATEGORIES, new, path=" ".join(path) or None, name_zh=named.name.zh, name_en=named.name.en, rank=named.rank,
        schema=packing.schema_text(named.schema), uses=0, below=0, version=1,
    )  # fmt: skip
    work.add(fresh(row, Edited()))
    if parent:
        work.add(
            update(
                Category, CATEGORIES, parent, actions=[Category.below.add(1)], when=Category.id.exists(),
                otherwise=CategoryUnknown(),
            )
        )  # fmt: skip
    return new


def edit_category(category: str, version: int, named: Named, work: Work) -> int:
    """Change a category's words and schema; products keep their spec tables until they are edited. Answers the version."""
    if not is_id(category, "G"):
        raise CategoryUnknown()
    work.add(
        update(
            Category, CATEGORIES, category,
            actions=[
                Category.name_zh.set(named.name.zh), Category.name_en.set(named.name.en), Category.rank.set(named.rank),
                Category.schema.set(packing.schema_text(named.schema)), Category.version.set(version + 1),
            ],
            when=Category.version == version,
            otherwise=lambda old: CategoryUnknown() if old is None else Edited(),
        )
    )  # fmt: skip
    return version + 1


def close_category(category: str, work: Work) -> None:
    """Take an empty category out of the tree. Raises CategoryUnknown, and Refused with CategoryInUse."""
    row = find(category)
    work.add(
        delete(
            Category, CATEGORIES, category, when=(Category.uses == 0) & (Category.below == 0),
            otherwise=lambda old: CategoryUnknown() if old is None else CategoryInUse(),
        )
    )  # fmt: skip
    if row.path:
        work.add(update(Category, CATEGORIES, row.path.split()[-1], actions=[Category.below.add(-1)]))


def count_uses(before: Iterable[str], after: Iterable[str]) -> list[Step]:
    """The steps that count a product where it now belongs and no more where it did."""
    left, come = set(before), set(after)
    return [
        update(
            Category, CATEGORIES, category, actions=[Category.uses.add(1 if category in come else -1)],
            when=Category.id.exists(), otherwise=CategoryUnknown(),
        )
        for category in sorted(left ^ come)
    ]  # fmt: skip
