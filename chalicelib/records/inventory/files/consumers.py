"""The worker of stock files: it reads one that came in, compares it part by part, and takes it. A queue of its own: pushes do not
wait behind it."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from ..events import FileArrived, FilePartDue
from . import service

bp = Blueprint(__name__)
worker = consumer(bp, "counting", batch=1, concurrency=2)


@worker.on(FileArrived)
def read(fact: FileArrived, work: Work) -> None:
    """A file is there: it is read, or refused."""
    service.read(fact.file, work)


@worker.on(FilePartDue)
def go_on(fact: FilePartDue, work: Work) -> None:
    """The next part of it; a run that was cut short takes it again."""
    service.go_on(fact.file, fact.state, fact.part, work)
