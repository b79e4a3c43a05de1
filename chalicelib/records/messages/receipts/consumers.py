"""The worker that folds receipts of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from ..events import MessagesReported
from .service import folding, hearing

bp = Blueprint(__name__)
worker = consumer(bp, "receipts")


@worker.on(MessagesReported)
def told(fact: MessagesReported, work: Work) -> None:
    """What became of messages, and of whom nobody writes any more."""
    folding.fold(fact, work)


@worker.on_foreign("aws.ses", "Email Bounced", "Email Complaint Received", "Email Delivered")
def letter(event: Mapping[str, Any], work: Work) -> None:
    """What SES tells of letters, on the account's own bus."""
    hearing.letter(event, work)
