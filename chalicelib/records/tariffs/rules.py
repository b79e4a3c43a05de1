"""Which zone of a template a place lies in, when a delivery service delivers, how what holds is packed, and this context's
refusals. No clock, no input or output.

A place is a six-digit code of GB/T 2260; an area is the beginning of codes (`65` is a province, `6523` a prefecture). The
longest area that fits decides, an empty one fits everywhere; where a zone and a refusal are equally long, nothing is sent.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Refusal
from chalicelib.kernel.states import States

SORTS = TEMPLATES, SERVICES = "templates", "services"
PREFIXES = {TEMPLATES: "T", SERVICES: "V"}
STANDARD, NEXT_DAY, HOURLY = KINDS = "standard", "next_day", "hourly"
MOST_PUBLISHED = 100  # templates, and as many services
LARGEST = 300_000  # bytes of the book; an item takes 400 KB


class TariffNotFound(NotFound):
    zh, en = "没有这个运费模板或配送服务", "There is no such freight template or delivery service"


class TariffStateConflict(Conflict):
    spoken = {"draft": "草稿", "published": "已发布", "withdrawn": "已停用"}
    state: str
    zh, en = "运费模板或配送服务当前状态为 {state}，不能这样操作", "The tariff is {state}; this cannot be done now"


class TariffEditedMeanwhile(Conflict):
    zh, en = "内容已被他人修改，请刷新后重试", "Somebody edited this tariff meanwhile; please read it again"


class TariffsMoved(Conflict):
    zh, en = "已发布的运费与配送规则刚刚变化，请重试", "What is published changed just now; please try again"


class TariffsFull(Conflict):
    most: int
    zh, en = (
        "同时发布的运费模板和配送服务最多各 {most} 个",
        "At most {most} templates and as many services are published",
    )


class ZonesWrong(Invalid):
    area: str
    zh, en = "地区 {area} 重复出现", "The area {area} stands in two places"


class StepMissing(Invalid):
    zh, en = "设置了续件费用，则续件单位须大于 0", "What every further step costs needs a step of at least one unit"


class HoursWrong(Invalid):
    opens: str
    closes: str
    zh, en = "营业时间 {opens}–{closes} 不正确", "It cannot be open from {opens} to {closes}"


class NextDayTooLate(Invalid):
    days: int
    zh, en = "次日达最晚次日送达，不能为 {days} 天", "Next-day delivery takes a day at most, not {days}"


# edit makes a version and moves nothing; what was withdrawn may be published again.
TARIFF = States(
    "draft",
    {
        "draft": {"publish": "published", "withdraw": "withdrawn"},
        "published": {"publish": "published", "withdraw": "withdrawn"},
        "withdrawn": {"publish": "published"},
    },
    absent=TariffNotFound,
    conflict=TariffStateConflict,
)

Document = Mapping[str, Any]


class TariffBook(NamedTuple):
    """What is published under a version: documents with `id` and `version`, by id; which template is the default one."""

    version: int = 0
    templates: Mapping[str, Document] = {}
    services: Mapping[str, Document] = {}
    default: str | None = None

    def template(self, name: str) -> Document | None:
        """The template of this name, or the default one where it is not published or nothing is named."""
        return self.templates.get(name) or self.templates.get(self.default or "")


def with_tariff(book: TariffBook, sort: str, document: Document) -> TariffBook:
    """The book, one version on, in which a tariff holds as this document says. Raises TariffsFull."""
    held = dict(getattr(book, sort))
    held[document["id"]] = document
    if len(held) > MOST_PUBLISHED:
        raise TariffsFull(most=MOST_PUBLISHED)
    default = book.default
    if sort == TEMPLATES and (document["default"] or default == document["id"]):
        default = document["id"] if document["default"] else None
    after = book._replace(version=book.version + 1, default=default, **{sort: held})
    if len(packed(after)) > LARGEST:
        raise TariffsFull(most=MOST_PUBLISHED)
    return after


def without(book: TariffBook, sort: str, tariff_id: str) -> TariffBook:
    """The book, one version on, without a tariff."""
    held = {name: document for name, document in getattr(book, sort).items() if name != tariff_id}
    default = None if book.default == tariff_id else book.default
    return book._replace(version=book.version + 1, default=default, **{sort: held})


def packed(book: TariffBook) -> bytes:
    """What a book says, without its version."""
    content = {"templates": book.templates, "services": book.services, "default": book.default}
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(), 9)


def unpacked(version: int, content: bytes) -> TariffBook:
    """The reverse of `packed`."""
    said = json.loads(zlib.decompress(content))
    return TariffBook(version, said["templates"], said["services"], said["default"])


# ---- where ----------------------------------------------------------------------------------------------------------
def longest(areas: Iterable[str], region: str) -> int:
    """How long the longest of these areas is that a place lies in; -1 for none."""
    return max((len(area) for area in areas if region.startswith(area)), default=-1)


def zone_of(template: Document, region: str | None) -> Document | None:
    """The zone of a template that a place lies in; None where nothing is sent. What names no place is in the widest zone."""
    if region is None:
        return min(template["zones"], key=lambda zone: min(map(len, zone["areas"]), default=0))  # type: ignore[no-any-return]  # a document is plain JSON
    found = max(template["zones"], key=lambda zone: _reach(zone, region))
    reach = _reach(found, region)
    return found if reach >= 0 and reach > longest(template["not_delivered"], region) else None


def _reach(zone: Document, region: str) -> int:
    return longest(zone["areas"] or [""], region)


def unfit(sort: str, document: Document) -> Refusal | None:
    """What a document says that cannot hold, whatever else there is."""
    if sort == TEMPLATES:
        if any(zone["step_fen"] and not zone["step"] for zone in document["zones"]):
            return StepMissing()
        area = doubled(document)
    else:
        if document["service"] == HOURLY and document["opens"] >= document["closes"]:
            return HoursWrong(opens=document["opens"], closes=document["closes"])
        if document["service"] == NEXT_DAY and document["days"] > 1:
            return NextDayTooLate(days=document["days"])
        area = next((one for one in document["areas"] if one in document["not_areas"]), None)
    return ZonesWrong(area=area) if area is not None else None


def areas_of(sort: str, document: Document) -> list[str]:
    """Every area that a document names."""
    if sort == SERVICES:
        return [*document["areas"], *document["not_areas"]]
    return [area for zone in document["zones"] for area in zone["areas"]] + list(document["not_delivered"])


def doubled(template: Document) -> str | None:
    """An area that stands in two places of a template, where there is one; the empty one is everywhere else."""
    named = [area for zone in template["zones"] for area in (zone["areas"] or [""])]
    named += template["not_delivered"]
    return next((area or "*" for n, area in enumerate(named) if area in named[:n]), None)


# ---- when -----------------------------------------------------------------------------------------------------------
class DeliveryOption(NamedTuple):
    """A way in which goods can be sent to a place: until when they arrive if the order is made before `latest`, and what it
    costs beside the freight (fen). `compensation` is the coupon template that a breach brings."""

    id: str
    service: str
    location: str
    carrier: str
    promised_at: datetime
    latest: datetime
    fee: int
    compensation: str | None


def option(document: Document, now: datetime, cutoff: str = "") -> DeliveryOption | None:
    """What a service promises for an order that is made now; None where it is too late, or too early, for it. `cutoff` is that of
    its location, where that has one of its own."""
    local = now.astimezone(SHOP_ZONE)
    if document["service"] == HOURLY:
        opens, closes = _at(local.date(), document["opens"]), _at(local.date(), document["closes"])
        if not opens <= local < closes:
            return None
        return _option(document, local + timedelta(minutes=document["minutes"]), closes)
    latest = _at(local.date(), cutoff or document["cutoff"])
    if local >= latest:
        if document["service"] == NEXT_DAY:
            return None
        latest += timedelta(days=1)
    arrives = latest.date() + timedelta(days=document["days"])
    return _option(document, _at(arrives, document["by"]), latest)


def _at(day: date, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime.combine(day, time(int(hour), int(minute)), SHOP_ZONE)


def _option(document: Document, promised: datetime, latest: datetime) -> DeliveryOption:
    return DeliveryOption(
        document["id"],
        document["service"],
        document["location"],
        document["carrier"],
        promised,
        latest,
        document["fee_fen"],
        document["compensation"],
    )


def serving(book: TariffBook, service: str, region: str, location: str) -> Document | None:
    """What is said of the service to a place from a location, whatever time it is; None where there is none."""
    found = [
        (reach, name, document)
        for name, document in book.services.items()
        if document["service"] == service and (reach := _served(document, region, location)) >= 0
    ]
    return min(found, key=lambda one: (-one[0], one[1]))[2] if found else None


def _served(document: Document, region: str, location: str) -> int:
    """How long the area is in which a service serves a place; -1 where it does not."""
    reach = longest(document["areas"] or [""], region)
    there = document["location"] == location and reach > longest(document["not_areas"], region)
    return reach if there else -1


def options(book: TariffBook, region: str, location: str, now: datetime, cutoff: str = "") -> list[DeliveryOption]:
    """The ways in which goods can be sent from a location to a place, one a service: of several, the one whose area is
    named most closely, then the soonest."""
    found: dict[str, tuple[int, datetime, str, DeliveryOption]] = {}
    for name, document in book.services.items():
        reach = _served(document, region, location)
        one = option(document, now, cutoff) if reach >= 0 else None
        if one is None:
            continue
        ranked = (-reach, one.promised_at, name, one)
        if one.service not in found or ranked < found[one.service]:
            found[one.service] = ranked
    return [found[kind][-1] for kind in KINDS if kind in found]
