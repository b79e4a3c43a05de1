"""What feeds take and return."""

from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.runtime.http import Body, Instant, Query, Secret, View
from chalicelib.runtime.http.kinds import AS_SENT, EXACT, Words
from chalicelib.runtime.http.shapes import Paging

from ..model import Movement
from ..rules import LOCATION
from .rules import MOST_ROWS, SYNC, CountKind, WmsName
from .service.intake import LineAnswer, LineStatus
from .service.ledger import StockSpot
from .service.sources import Source, SourceTerms

Code = Annotated[str, Field(pattern="^[A-Z0-9][A-Z0-9-]{1,15}$", examples=[LOCATION]), EXACT]
ROWS: list[dict[str, Any]] = [
    {"sku": "P01JZ000000000000000000000001", "count": 12, "seq": 1},
    {"sku": "P01JZ000000000000000000000002", "delta": -1, "id": "sale-1"},
]


class SyncBatch(Body):
    """Rows of `sku`, `location` (else the source's own), and either `count` (all that lies there) with its `seq`, or `delta`
    with its `id` and, where counts and differences are mixed, its `seq`; `as_of` is when it was counted (RFC 3339), and
    `allocated` how many pieces of a count that leaves them out are set aside for the shop's orders. Whole pieces."""

    rows: Annotated[
        list[Annotated[Any, AS_SENT]],
        Field(examples=[ROWS], json_schema_extra={"minItems": 1, "maxItems": MOST_ROWS}),
    ]


class SyncLine(View):
    """What became of a row. `known`: it is no news. `accepted`: a worker takes it within seconds."""

    line: int
    status: LineStatus
    code: str | None = None
    message: str | None = None


class SyncAnswer(View):
    accepted: int
    known: int
    refused: int
    lines: list[SyncLine]


class SourceBody(Body):
    """What is agreed with a source. `counts`: whether its figures hold what is held for orders (`physical`) or leave out what it
    has set aside for them (`free`). `lag_minutes`: how late it books what left. From `guard_percent` less at once on, a file
    waits for a person. `wms`: the system to which paid orders go out, where it packs what is sold from there. `gapless`: each
    `seq` that it pushes, of whatever SKU, follows the one before, so that what is skipped is told; nothing is refused for it."""

    name: Words = Field(min_length=1, max_length=40, examples=["聚水潭"])
    counts: CountKind = "physical"
    location: Code = LOCATION
    lag_minutes: int = Field(default=0, ge=0, le=1440)
    guard_percent: int = Field(default=30, ge=1, le=100)
    active: bool = True
    wms: WmsName = ""
    gapless: bool = False

    def terms(self) -> SourceTerms:
        return SourceTerms(**self.model_dump())


class NumberGap(View):
    """Numbers that have not come though a later one did."""

    first: int
    last: int


class SourceView(View):
    """A source. `generation`: how many secrets it has had; `last_seq`: the latest it told of in its last push; `gaps`: of one
    that is `gapless`, the numbers that it skipped and has not told since, the latest hundred gaps."""

    source: str
    name: str
    counts: CountKind
    location: str
    lag_minutes: int
    guard_percent: int
    active: bool
    wms: WmsName
    gapless: bool
    gaps: list[NumberGap]
    generation: int
    last_at: Instant | None
    last_seq: int | None


class SourceList(View):
    sources: list[SourceView]


class SourceSecret(View):
    """With what a source signs from now on. It is shown here and never again."""

    source: str
    secret: Secret


class SpotView(View):
    """A SKU at a location. `available` is below nothing by what customers wait for; `lacking`: by how much the feed itself is
    below nothing."""

    location: str
    on_hand: int
    available: int
    held: int
    withheld: int
    source: str | None
    seq: int | None
    counted_at: Instant | None
    lacking: int


class SpotList(View):
    sku: str
    places: list[SpotView]


class AskLedger(Paging):
    location: Code = LOCATION


class AskSpot(Query):
    location: Code = LOCATION


class LedgerLine(View):
    """A change of what is on hand. `by`: a person's id, or the source that told it."""

    id: str
    at: Instant
    delta: int
    reason: str
    by: str
    kind: Literal["sync", "count"]
    agreed: bool


def sync_answer(answers: list[LineAnswer], language: str) -> SyncAnswer:
    lines = [
        SyncLine(
            line=one.line,
            status=one.status,
            code=one.refusal.code if one.refusal else None,
            message=one.refusal.message(language) if one.refusal else None,
        )
        for one in answers
    ]
    counts = {status: sum(one.status == status for one in answers) for status in ("accepted", "known", "refused")}
    return SyncAnswer(**counts, lines=lines)


def source_view(source: Source) -> SourceView:
    return SourceView(
        source=source.code,
        **source.terms._asdict(),
        gaps=[NumberGap(first=first, last=last) for first, last in source.numbers.gaps],
        generation=source.generation,
        last_at=iso_or_none(source.last_at),
        last_seq=source.last_seq,
    )


def spot_view(spot: StockSpot) -> SpotView:
    return SpotView(
        location=spot.location,
        on_hand=spot.on_hand,
        available=spot.level.there,
        held=spot.level.held,
        withheld=spot.level.kept,
        source=spot.source,
        seq=spot.seq,
        counted_at=iso_or_none(spot.counted_at),
        lacking=spot.lacking,
    )


def ledger_line(row: Movement) -> LedgerLine:
    kind: Literal["sync", "count"] = "sync" if row.reason == SYNC else "count"
    return LedgerLine(
        id=row.part.partition("#")[2],
        at=iso(row.at),
        delta=row.delta,
        reason=row.reason,
        by=row.actor,
        kind=kind,
        agreed=bool(row.agreed),
    )
