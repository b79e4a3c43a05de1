"""Taking along what was written: how an export stands, and its link."""

from __future__ import annotations

from chalicelib.records.identity.self.service import exports
from chalicelib.records.identity.self.service.exports import Asked
from chalicelib.runtime import archive
from chalicelib.runtime.work import Work

WHOLE = "jishi-data.zip"


def take(export_id: str, work: Work) -> tuple[Asked, str | None]:
    """How an export of the caller's stands, and the link to it when it is ready.

    Raises UserNotFound, FreshCodeNeeded, ExportNotFound.
    """
    asked = exports.take(export_id, work)
    return asked, archive.link(f"{export_id}/{WHOLE}", WHOLE) if asked.state == "ready" else None
