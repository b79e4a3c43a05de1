"""The lines of transactions that set up offers, move them, and say to everybody what holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Action, Step, delete, insert, put, update

from .. import model
from ..model import ACTIVE, HEAD, ActiveHead, ActivePart, OfferDeal, OfferHead, OfferVersion
from . import rules
from .rules import EDITED, OFFER, ActiveOffers, OfferEditedMeanwhile, OfferNotFound, OffersMoved, OfferStateConflict


def add(offer_id: str, document: Mapping[str, Any], by: str, at: datetime) -> list[Step]:
    """A new offer, a draft, with its first version."""
    head = OfferHead(offer_id, HEAD, state=OFFER.initial, version=1, edited=at, **_shown(document))
    return [insert(head, OfferEditedMeanwhile()), _version(offer_id, 1, document, by, at)]


def edit(offer_id: str, seen: int, document: Mapping[str, Any], by: str, at: datetime) -> list[Step]:
    """Another version of an offer whose latest is the one that was seen. Its refusals: OfferNotFound, OfferStateConflict,
    OfferEditedMeanwhile."""
    step = update(
        OfferHead,
        offer_id,
        HEAD,
        actions=[
            OfferHead.version.set(seen + 1),
            OfferHead.edited.set(at),
            *(getattr(OfferHead, name).set(value) for name, value in _shown(document).items()),
        ],
        when=(OfferHead.version == seen) & OfferHead.state.is_in(*EDITED),
        otherwise=lambda old: _why_not(old, EDITED),
    )
    return [step, _version(offer_id, seen + 1, document, by, at)]


def move(offer_id: str, version: int, action: str, *changes: Action) -> Step:
    """Move an offer whose latest version is still this one. Its refusals: OfferNotFound, OfferStateConflict,
    OfferEditedMeanwhile."""
    sources = OFFER.sources(action)
    return update(
        OfferHead,
        offer_id,
        HEAD,
        actions=[OfferHead.state.set(OFFER.target(action)), *changes],
        when=(OfferHead.version == version) & OfferHead.state.is_in(*sources),
        otherwise=lambda old: _why_not(old, sources),
    )


def publish(offer_id: str, version: int, began: datetime, ends: datetime | None) -> Step:
    """This version is the one that holds, from when and until when. Its refusals: as `move`."""
    until = OfferHead.ends.remove() if ends is None else OfferHead.ends.set(ends)
    return move(offer_id, version, "publish", OfferHead.live.set(version), OfferHead.began.set(began), until)


def end(offer_id: str, version: int, ends: datetime) -> Step:
    """An offer holds no more since an instant. Its refusals: as `move`."""
    return move(offer_id, version, "end", OfferHead.ends.set(ends))


def kill(offer_id: str, version: int, reason: str, ends: datetime) -> Step:
    """An offer was a mistake, and holds no more since an instant. Its refusals: as `move`."""
    return move(offer_id, version, "kill", OfferHead.reason.set(reason), OfferHead.ends.set(ends))


def show(before: ActiveOffers, after: ActiveOffers) -> list[Step]:
    """What holds from now on, provided that it is still as it was before. Its refusal: OffersMoved."""
    parts = rules.packed(after)
    head = ActiveHead(ACTIVE, HEAD, version=after.version, parts=len(parts), killed=json.dumps(dict(after.killed)))
    same = ActiveHead.version == before.version if before.version else ActiveHead.version.does_not_exist()
    gone = range(len(parts), len(rules.packed(before)))
    return [
        put(head, same, OffersMoved()),
        *(
            put(ActivePart(ACTIVE, model.active_part(n), version=after.version, content=part))
            for n, part in enumerate(parts)
        ),
        *(delete(ActivePart, ACTIVE, model.active_part(n)) for n in gone),
    ]


def deals(offer_id: str, version: int, skus: Iterable[str], begins: datetime, ends: datetime | None) -> list[Step]:
    """Keep which SKUs a version of an offer makes cheaper, from when until when."""
    part = f"{millis(begins):013d}#{offer_id}#{version:06d}"
    return [
        put(OfferDeal(model.deals_of(sku), part, offer=offer_id, edit=version, begins=begins, ends=ends))
        for sku in skus
    ]


def _version(offer_id: str, version: int, document: Mapping[str, Any], by: str, at: datetime) -> Step:
    content = json.dumps(dict(document), ensure_ascii=False, separators=(",", ":"))
    return insert(
        OfferVersion(offer_id, model.version_part(version), content=content, actor=by, at=at), OfferEditedMeanwhile()
    )


def _shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """What lists show of an offer."""
    name = document["name"]
    return {"lane": document["lane"], "kind": document["kind"], "name_zh": name["zh"], "name_en": name["en"]}


def _why_not(old: OfferHead | None, sources: Sequence[str]) -> Refusal:
    if old is None:
        return OfferNotFound()
    if old.state not in sources:
        return OfferStateConflict(state=old.state)
    return OfferEditedMeanwhile()
