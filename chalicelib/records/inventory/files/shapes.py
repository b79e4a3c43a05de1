"""What files of sources take and return."""

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from pydantic import AwareDatetime, Field

from chalicelib.kernel.clock import iso, millis
from chalicelib.kernel.errors import CATALOGUE, Refusal
from chalicelib.runtime.http import Body, Instant, Query, View
from chalicelib.runtime.http.kinds import EXACT, Whole, Words

from ..feeds.rules import MOST_SEQ
from ..model import FeedFile
from .rules import CSV, LARGEST, MOST_ROWS, FileMedia, FileTerms
from .service import OpenedFile, problem_of, tally_of, terms_of

FileState = Literal["waiting", "reading", "comparing", "parked", "taking", "done", "refused", "dropped"]
SourceCode = Annotated[str, Field(pattern="^[A-Z0-9][A-Z0-9-]{1,31}$", examples=["WMS-1"]), EXACT]


class NewFile(Body):
    """A file of a source. The first line of a CSV names its columns, a line of JSON lines is a row; both as rows of a push.
    `complete`: it lists all that the source has; what it does not list is reported, and with `zero_missing` is nothing. `seq`
    and `as_of` are those of rows that say none: now, unless told. `rows`: how many it must have."""

    source: SourceCode
    media: FileMedia = CSV
    size: int = Field(ge=1, le=LARGEST, examples=[2048])
    complete: bool = False
    zero_missing: bool = False
    seq: Annotated[int, Field(ge=0, le=MOST_SEQ)] | None = None
    as_of: AwareDatetime | None = None
    rows: Annotated[int, Field(ge=0, le=MOST_ROWS)] | None = None

    def terms(self, now: datetime) -> FileTerms:
        at = min(self.as_of or now, now)
        seq = millis(now) if self.seq is None else self.seq
        return FileTerms(self.media, self.complete, self.zero_missing, seq, millis(at), self.rows)


class OpenedFileView(View):
    """Where the file is to be PUT, with these headers, until when; then say that it has arrived."""

    id: str
    url: str
    headers: dict[str, str]
    until: Instant


class FileProblem(View):
    """Why a file was refused: a code of the catalogue of errors, and its sentence."""

    code: str
    message: str


class FileView(View):
    """A file and how far it is: `part` of `parts` are behind in this state. Of its rows so many are `refused`, `known` and
    `fresh`; of `stocked` shelves with `units` on them `down` would have less, by `less` pieces; `missing` are not listed.
    `taken`: shelves that were changed."""

    id: str
    source: str
    state: FileState
    media: FileMedia
    complete: bool
    zero_missing: bool
    seq: int
    begun_at: Instant
    begun_by: str
    problem: FileProblem | None
    total: int
    parts: int
    part: int
    refused: int
    known: int
    fresh: int
    stocked: int
    units: int
    down: int
    less: int
    missing: int
    taken: int
    decided_by: str | None
    reason: str | None


class AskFindings(Query):
    """Of which part; the one after the last of the file is what a complete listing does not name."""

    part: Whole = Field(default=0, ge=0, le=MOST_ROWS)


class RowError(View):
    line: int
    code: str
    message: str


class DriftLine(View):
    """What we have of a SKU at a location, and what the file says."""

    sku: str
    location: str
    ours: int
    theirs: int


class FileFindings(View):
    """What was found in a part: at most two hundred of each."""

    errors: list[RowError]
    drift: list[DriftLine]


class DecideFile(Body):
    """Release what was parked, or drop it, and why."""

    action: Literal["release", "drop"]
    reason: Words = Field(min_length=2, max_length=100, examples=["stock-take of the warehouse"])


def opened_view(opened: OpenedFile) -> OpenedFileView:
    return OpenedFileView(id=opened.id, url=opened.url, headers=opened.headers, until=iso(opened.until))


def file_view(row: FeedFile, language: str) -> FileView:
    terms = terms_of(row)
    return FileView(
        id=row.id,
        source=row.source,
        state=cast(FileState, row.state),
        media=terms.media,
        complete=terms.complete,
        zero_missing=terms.zero_missing,
        seq=terms.seq,
        begun_at=iso(row.begun_at),
        begun_by=row.begun_by,
        problem=_problem(row, language),
        total=row.total or 0,
        parts=row.parts or 0,
        part=row.part or 0,
        **tally_of(row)._asdict(),
        taken=row.taken or 0,
        decided_by=row.decided_by,
        reason=row.reason,
    )


def findings_view(errors: list[dict[str, Any]], drift: list[list[Any]], language: str) -> FileFindings:
    return FileFindings(
        errors=[
            RowError(
                line=one["line"],
                code=one["code"],
                message=CATALOGUE[one["code"]](**one["params"]).message(language),
            )
            for one in errors
        ],
        drift=[DriftLine(sku=sku, location=code, ours=ours, theirs=theirs) for sku, code, ours, theirs in drift],
    )


def _problem(row: FeedFile, language: str) -> FileProblem | None:
    refusal: Refusal | None = problem_of(row)
    return FileProblem(code=refusal.code, message=refusal.message(language)) if refusal is not None else None
