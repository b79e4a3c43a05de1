"""What is answered to who takes their data along."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from chalicelib.kernel.clock import iso
from chalicelib.records.identity.self.service.exports import Asked
from chalicelib.runtime import archive
from chalicelib.runtime.http import Instant, View
from chalicelib.runtime.http.shapes import SECRET

LOOK_AGAIN_SECONDS = 3


class ExportView(View):
    """An export: `working`, `ready`, `expired` after a day, or `failed`; then ask again."""

    export_id: str
    state: Literal["working", "ready", "failed", "expired"]
    asked_at: Instant
    ready_at: Instant | None
    ends_at: Instant | None

    @property
    def retry_after(self) -> int | None:
        """Seconds until it is worth asking again."""
        return LOOK_AGAIN_SECONDS if self.state == "working" else None


class ExportLink(ExportView):
    """An export with, when it is ready, the link to it: a zip of JSON files. Whoever has the link has the data."""

    link: Annotated[str | None, SECRET]
    link_ends_at: Instant | None


def export_view(asked: Asked) -> ExportView:
    return ExportView(**_told(asked))


def export_link(asked: Asked, link: str | None, now: datetime) -> ExportLink:
    ends = None if link is None else iso(now + timedelta(seconds=archive.link_seconds()))
    return ExportLink(**_told(asked), link=link, link_ends_at=ends)


def _told(asked: Asked) -> dict[str, Any]:
    ready, ends = (None if at is None else iso(at) for at in (asked.ready_at, asked.ends_at))
    return {
        "export_id": asked.export_id,
        "state": asked.state,
        "asked_at": iso(asked.asked_at),
        "ready_at": ready,
        "ends_at": ends,
    }
