"""The lines of transactions that follow from an edit: counts of the category tree, codes, and places in lists; and those of
uploads and of who has a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.runtime.table import Step, Table, delete, insert, put, update

from . import model
from .model import CATEGORIES, TREE, Category, Claim, ListEntry, Mark, PictureUse, Upload
from .picture_rules import UPLOAD, PictureNotFound, PictureStateConflict, ShownPicture
from .rules import MOST_CATEGORIES, CategoriesFull, CategoryNotFound, CodeTaken, StaleVersion


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


def tell_stock(place: str, product: str, word: str) -> Step:
    """Have a card say how much of its product is left. Its refusal: StaleVersion, when the list shows it no more."""
    return update(
        ListEntry,
        place,
        product,
        actions=[ListEntry.stock.set(word)],
        when=ListEntry.price.exists(),
        otherwise=StaleVersion(),
    )


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


# ---- pictures ---------------------------------------------------------------------------------------------------------


def begin_upload(upload: str, kind: str, size: int, now: datetime) -> Step:
    row = Upload(upload, model.UPLOAD, state=UPLOAD.initial, kind=kind, size=size, began=now)
    return insert(row, PictureStateConflict(state=UPLOAD.initial))


def move_upload(upload: str, action: str, *changes: Any) -> Step:
    """Move an upload. Its refusals: PictureNotFound, PictureStateConflict."""
    return update(
        Upload,
        upload,
        model.UPLOAD,
        actions=[Upload.state.set(UPLOAD.target(action)), *changes],
        when=Upload.state.is_in(*UPLOAD.sources(action)),
        otherwise=lambda old: PictureNotFound() if old is None else PictureStateConflict(state=old.state),
    )


def finish_upload(upload: str, shown: ShownPicture) -> list[Step]:
    """It is ready, and has its files until it is dropped."""
    told = Upload.shown.set(json.dumps(shown._asdict()))
    return [move_upload(upload, "finish", told), *(use_picture(name, upload) for name in shown.files)]


def refuse_upload(upload: str, told: str) -> Step:
    return move_upload(upload, "refuse", Upload.refused.set(told))


def use_picture(name: str, by: str) -> Step:
    return put(PictureUse(name, by))


def drop_upload(upload: str, files: Iterable[str]) -> list[Step]:
    """It is gone, and has its files no more."""
    return [move_upload(upload, "drop"), *(delete(PictureUse, name, upload) for name in files)]
