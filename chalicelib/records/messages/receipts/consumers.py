"""The worker that folds receipts of messages."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from ..events import MessagesReported
from .service import folding

bp = Blueprint(__name__)
worker = consumer(bp, "receipts")


@worker.on(MessagesReported)
def told(fact: MessagesReported, work: Work) -> None:
    """What became of messages, and of whom nobody writes any more."""
    folding.fold(fact, work)
