"""The house's own workers: the relay on the journal's stream and the sweep of due facts."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from . import relay as relaying
from .work import Work
from .workers import scheduled

bp = Blueprint(__name__)


@bp.on_dynamodb_record(
    stream_arn="arn:aws:dynamodb:region:account:table/JournalTable/stream/x", batch_size=100, name="relay"
)
def relay(event: Any) -> dict[str, Any]:
    """Journal stream to bus and due."""
    return relaying.from_stream(event.to_dict())


@scheduled(bp, "rate(1 minute)", "sweep")
def sweep(work: Work) -> None:
    """Deliver the facts whose time has come."""
    relaying.sweep()
