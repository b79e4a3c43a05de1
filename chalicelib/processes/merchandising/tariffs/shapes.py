"""What the shop's own people send and see of tariffs. A document is replaced whole."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso
from chalicelib.kernel.ids import ULID
from chalicelib.records.catalog.shapes import TextBody
from chalicelib.records.tariffs.rules import TARIFF, Document, TariffBook
from chalicelib.records.tariffs.service import TariffDraft, TariffHead
from chalicelib.runtime.http import Body, Instant, View
from chalicelib.runtime.http.kinds import EXACT, Exact, Word

TariffState = Literal["draft", "published", "withdrawn"]
Area = Annotated[
    str,
    Field(pattern="^[1-9][0-9]([0-9]{2}){0,2}$", examples=["65"], description="the beginning of region codes"),
    EXACT,
]
Money = Annotated[int, Field(ge=0, le=10_000_000, examples=[800])]
Units = Annotated[int, Field(ge=0, le=10_000_000, examples=[1])]
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["16:00"]), EXACT]
TemplateOfCoupons = Annotated[str, Field(pattern=f"^K{ULID}$", examples=["K01JZ0000000000000000000000"]), EXACT]


class ZoneBody(Body):
    """What sending to some areas costs: `first_fen` up to `first` units, `step_fen` for every `step` begun beyond (0 where
    there is no `step_fen`). The surcharge of a remote area stays where the freight is free; `free` False: nothing makes it so."""

    areas: list[Area] = Field(default=[], max_length=400, description="none: everywhere else")
    first: Units = 1
    first_fen: Money
    step: Units = 0
    step_fen: Money = 0
    surcharge_fen: Money = 0
    free: bool = True


class TemplateBody(Body):
    """A freight template: by pieces, grams or cm³. Freight is free from an amount of goods and from so many pieces; where both
    are set, both are wanted. The longest area decides; the default template is for what names none."""

    name: TextBody
    by: Literal["piece", "weight", "volume"] = "piece"
    default: bool = False
    zones: list[ZoneBody] = Field(min_length=1, max_length=60)
    free_from_fen: Annotated[int, Field(ge=0, le=10**9, examples=[9900])] | None = None
    free_pieces: Annotated[int, Field(ge=1, le=100_000)] | None = None
    not_delivered: list[Area] = Field(default=[], max_length=400)

    def document(self) -> dict[str, Any]:
        """What is kept: plain JSON."""
        return self.model_dump(mode="json")


class ServiceBody(Body):
    """A delivery service. Standard and next-day: made before `cutoff` it arrives after so many `days` until `by`, in Shanghai;
    after it, standard counts from the next day, and next-day is not to be had. Hourly: from `opens` to `closes`, in so many
    `minutes`. `fee_fen` comes on top of the freight; a breach brings the coupon of the template `compensation`, once."""

    name: TextBody
    service: Literal["standard", "next_day", "hourly"] = "standard"
    location: Exact = Field(default="MAIN", min_length=1, max_length=32)
    carrier: Word = Field(default="", max_length=20, examples=["sf"])
    areas: list[Area] = Field(default=[], max_length=400, description="none: everywhere else")
    not_areas: list[Area] = Field(default=[], max_length=400)
    cutoff: Clock = "16:00"
    days: int = Field(default=3, ge=0, le=60)
    by: Clock = "22:00"
    opens: Clock = "09:00"
    closes: Clock = "21:00"
    minutes: int = Field(default=60, ge=10, le=720)
    fee_fen: Money = 0
    compensation: TemplateOfCoupons | None = None

    def document(self) -> dict[str, Any]:
        """What is kept: plain JSON."""
        return self.model_dump(mode="json")


class PublishTariff(Body):
    """The version that was seen, which is the latest."""

    version: int = Field(ge=1, le=999_999, examples=[1])


class TariffRef(View):
    """A tariff and its latest version: send it as If-Match with the next edit."""

    id: str = Field(examples=["T01JZ0000000000000000000000"])
    version: int
    state: TariffState


class TariffLine(TariffRef):
    """A tariff in a list. `live` is the version that is published; null for none."""

    live: int | None
    name_zh: str
    name_en: str
    edited_at: Instant


class TariffVersionView(View):
    """Who wrote a version, and when."""

    version: int
    actor: str
    at: Instant


class TemplateVersionView(TariffVersionView):
    """What a template said in one of its versions."""

    document: TemplateBody


class ServiceVersionView(TariffVersionView):
    """What a service said in one of its versions."""

    document: ServiceBody


class TemplateAdmin(TariffLine):
    """A template as it is kept: what its latest version says."""

    latest: TemplateVersionView


class ServiceAdmin(TariffLine):
    """A service as it is kept: what its latest version says."""

    latest: ServiceVersionView


class HeldTariff(View):
    """A tariff that held, in which of its versions."""

    id: str
    version: int


class BookView(View):
    """What held together in a version of the book; `default` is the template for what names none."""

    version: int
    default: str | None
    templates: list[HeldTariff]
    services: list[HeldTariff]


def book_view(book: TariffBook) -> BookView:
    return BookView(
        version=book.version, default=book.default, templates=_held(book.templates), services=_held(book.services)
    )


def _held(documents: Mapping[str, Document]) -> list[HeldTariff]:
    return [HeldTariff(id=name, version=one["version"]) for name, one in sorted(documents.items())]


def drafted(tariff_id: str) -> TariffRef:
    return TariffRef.model_validate({"id": tariff_id, "version": 1, "state": TARIFF.initial})


def tariff_line(head: TariffHead) -> TariffLine:
    return TariffLine.model_validate(_line(head))


def template_version(said: TariffDraft) -> TemplateVersionView:
    return TemplateVersionView.model_validate(_version(said))


def service_version(said: TariffDraft) -> ServiceVersionView:
    return ServiceVersionView.model_validate(_version(said))


def template_admin(said: TariffDraft) -> TemplateAdmin:
    return TemplateAdmin.model_validate({**_line(said.head), "latest": _version(said)})


def service_admin(said: TariffDraft) -> ServiceAdmin:
    return ServiceAdmin.model_validate({**_line(said.head), "latest": _version(said)})


def tariff_ref(head: TariffHead, version: int, state: str = "") -> TariffRef:
    return TariffRef.model_validate({"id": head.id, "version": version, "state": state or head.state})


def _version(said: TariffDraft) -> dict[str, Any]:
    return {"version": said.version, "actor": said.actor, "at": iso(said.at), "document": dict(said.document)}


def _line(head: TariffHead) -> dict[str, Any]:
    return {
        "id": head.id,
        "version": head.version,
        "state": head.state,
        "live": head.live,
        "name_zh": head.name_zh,
        "name_en": head.name_en,
        "edited_at": iso(head.edited),
    }
