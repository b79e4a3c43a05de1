"""What becomes of an offer, how what holds is packed for everybody, and this wing's refusals. Pure."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.states import States

MOST_ACTIVE = 400  # offers that are published and not over
PART = 300_000  # bytes of one row of the snapshot; an item takes 400 KB
KILLED_KEPT = timedelta(days=1)  # no quote lives as long


class OfferNotFound(NotFound):
    zh, en = "没有这个优惠活动", "There is no such offer"


class OfferStateConflict(Conflict):
    spoken = {"draft": "草稿", "published": "已发布", "ended": "已结束", "killed": "已撤销", "discarded": "已删除"}
    state: str
    zh, en = "优惠活动当前状态为 {state}，不能这样操作", "The offer is {state}; this cannot be done now"


class OfferEditedMeanwhile(Conflict):
    zh, en = "活动已被他人修改，请刷新后重试", "Somebody edited this offer meanwhile; please read it again"


class OffersMoved(Conflict):
    zh, en = "活动列表刚刚变化，请重试", "What is on offer changed just now; please try again"


class OffersFull(Conflict):
    most: int
    zh, en = "同时发布的活动最多 {most} 个", "At most {most} offers can be published at once"


# edit makes a version and moves nothing; a draft may be published or given up, what is published anew, ended or killed.
OFFER = States(
    "draft",
    {
        "draft": {"publish": "published", "discard": "discarded"},
        "published": {"publish": "published", "end": "ended", "kill": "killed"},
        "ended": {"kill": "killed"},
    },
    absent=OfferNotFound,
    conflict=OfferStateConflict,
)
EDITED = ("draft", "published")  # in which an offer may be edited


class ActiveOffers(NamedTuple):
    """What is published and not over, under a version: documents with `id` and `version`, by id; reference prices by
    offer and SKU; who was killed lately, and when (epoch ms)."""

    version: int = 0
    documents: tuple[Mapping[str, Any], ...] = ()
    references: Mapping[str, Mapping[str, int]] = {}
    killed: Mapping[str, int] = {}

    def document(self, offer_id: str) -> Mapping[str, Any] | None:
        return next((one for one in self.documents if one["id"] == offer_id), None)


def at_of(text: str) -> datetime:
    """An instant of a document."""
    return datetime.fromisoformat(text)


def ends_of(document: Mapping[str, Any]) -> datetime | None:
    """When an offer is over, by its document; None when that is open."""
    return at_of(document["ends_at"]) if document.get("ends_at") else None


def is_over(ends: datetime | None, now: datetime) -> bool:
    """Whether an offer is over: an end is no part of it."""
    return ends is not None and ends <= now


def over(offers: ActiveOffers, now: datetime) -> list[str]:
    """The offers of a snapshot that are over by now."""
    return [one["id"] for one in offers.documents if is_over(ends_of(one), now)]


def with_offer(
    offers: ActiveOffers, document: Mapping[str, Any], references: Mapping[str, int], now: datetime
) -> ActiveOffers:
    """The snapshot in which an offer holds as this document says. Raises OffersFull."""
    left = without(offers, [document["id"]], now)
    if len(left.documents) >= MOST_ACTIVE:
        raise OffersFull(most=MOST_ACTIVE)
    documents = tuple(sorted((*left.documents, document), key=lambda one: str(one["id"])))
    named = {**left.references, document["id"]: dict(references)} if references else left.references
    return left._replace(documents=documents, references=named)


def referred(offers: ActiveOffers, offer_id: str, references: Mapping[str, int]) -> ActiveOffers:
    """The snapshot in which an offer's struck-through prices are these, one version on."""
    return offers._replace(version=offers.version + 1, references={**offers.references, offer_id: dict(references)})


def without(offers: ActiveOffers, gone: Iterable[str], now: datetime, *, killed: Iterable[str] = ()) -> ActiveOffers:
    """The snapshot without these offers, one version on; what was killed is remembered for a day."""
    left_out = {*gone, *killed}
    documents = tuple(one for one in offers.documents if one["id"] not in left_out)
    references = {offer: prices for offer, prices in offers.references.items() if offer not in left_out}
    lately = {offer: at for offer, at in offers.killed.items() if now - instant(at) < KILLED_KEPT}
    return ActiveOffers(
        offers.version + 1, documents, references, {**lately, **{offer: millis(now) for offer in killed}}
    )


def packed(offers: ActiveOffers) -> list[bytes]:
    """What a snapshot says, in as many stretches as it takes."""
    content = {"documents": list(offers.documents), "references": offers.references}
    whole = zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return [whole[i : i + PART] for i in range(0, len(whole), PART)]


def unpacked(version: int, parts: Iterable[bytes], killed: Mapping[str, int]) -> ActiveOffers:
    """The reverse of `packed`."""
    content = json.loads(zlib.decompress(b"".join(parts)))
    return ActiveOffers(version, tuple(content["documents"]), content["references"], killed)
