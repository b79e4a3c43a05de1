"""The worker of stock: it takes what sources told, and reads, compares and takes their files part by part."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .events import CountsReceived, FileArrived, FilePartDue
from .feeds.service import counts
from .files import service as files

bp = Blueprint(__name__)
worker = consumer(bp, "stock", batch=1, concurrency=4)


@worker.on(CountsReceived, keyed=False)
def take(fact: CountsReceived, work: Work) -> None:
    """A source told of so many SKUs; what is known of it by now changes nothing."""
    counts.take(fact.source, fact.rows, work)


@worker.on(FileArrived)
def read(fact: FileArrived, work: Work) -> None:
    """A file is there: it is read, or refused."""
    files.read(fact.file, work)


@worker.on(FilePartDue)
def go_on(fact: FilePartDue, work: Work) -> None:
    """The next part of a file; a run that was cut short takes it again."""
    files.go_on(fact.file, fact.state, fact.part, work)
