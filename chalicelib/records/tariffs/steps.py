"""The lines of transactions that set up tariffs, move them, and say to everybody what holds."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Action, Step, insert, put, update

from . import rules
from .model import BOOK, NOW, BookRow, TariffHead, TariffVersion, version_part
from .rules import (
    TARIFF,
    Document,
    TariffBook,
    TariffEditedMeanwhile,
    TariffNotFound,
    TariffsMoved,
    TariffStateConflict,
)


def add(sort: str, tariff_id: str, document: Document, by: str, at: datetime) -> list[Step]:
    """A new tariff, a draft, with its first version."""
    head = TariffHead(sort, tariff_id, state=TARIFF.initial, version=1, edited=at, **_shown(document))
    return [insert(head, TariffEditedMeanwhile()), _version(tariff_id, 1, document, by, at)]


def edit(sort: str, tariff_id: str, seen: int, document: Document, by: str, at: datetime) -> list[Step]:
    """Another version of a tariff whose latest is the one that was seen. Its refusals: TariffNotFound,
    TariffEditedMeanwhile."""
    step = update(
        TariffHead,
        sort,
        tariff_id,
        actions=[
            TariffHead.version.set(seen + 1),
            TariffHead.edited.set(at),
            *(getattr(TariffHead, name).set(value) for name, value in _shown(document).items()),
        ],
        when=TariffHead.version == seen,
        otherwise=lambda old: TariffNotFound() if old is None else TariffEditedMeanwhile(),
    )
    return [step, _version(tariff_id, seen + 1, document, by, at)]


def move(sort: str, tariff_id: str, version: int, action: str, *changes: Action) -> Step:
    """Move a tariff whose latest version is still this one. Its refusals: TariffNotFound, TariffStateConflict,
    TariffEditedMeanwhile."""
    sources = TARIFF.sources(action)

    def meaning(old: TariffHead | None) -> Refusal:
        if old is None:
            return TariffNotFound()
        return TariffEditedMeanwhile() if old.state in sources else TariffStateConflict(state=old.state)

    return update(
        TariffHead,
        sort,
        tariff_id,
        actions=[TariffHead.state.set(TARIFF.target(action)), *changes],
        when=(TariffHead.version == version) & TariffHead.state.is_in(*sources),
        otherwise=meaning,
    )


def publish(sort: str, tariff_id: str, version: int) -> Step:
    """This version of a tariff is the one that holds. Its refusals: as `move`."""
    return move(sort, tariff_id, version, "publish", TariffHead.live.set(version))


def withdraw(sort: str, tariff_id: str, version: int) -> Step:
    """A tariff holds no more. Its refusals: as `move`."""
    return move(sort, tariff_id, version, "withdraw", TariffHead.live.remove())


def show(after: TariffBook) -> list[Step]:
    """What holds from now on, provided that no other book of its version was made meanwhile; what it says is kept for good.
    Its refusal: TariffsMoved."""
    version, content = after.version, rules.packed(after)
    return [
        insert(BookRow(BOOK, version_part(version), version=version, content=content), TariffsMoved()),
        put(BookRow(BOOK, NOW, version=version, content=content)),
    ]


def _version(tariff_id: str, version: int, document: Document, by: str, at: datetime) -> Step:
    content = json.dumps(dict(document), ensure_ascii=False, separators=(",", ":"))
    row = TariffVersion(tariff_id, version_part(version), content=content, actor=by, at=at)
    return insert(row, TariffEditedMeanwhile())


def _shown(document: Document) -> dict[str, Any]:
    """What lists show of a tariff."""
    return {"name_zh": document["name"]["zh"], "name_en": document["name"]["en"]}
