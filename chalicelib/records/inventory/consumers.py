"""The worker of stock: it takes what sources told, and reads, compares and takes their files part by part. Beside it the feed
of levels, which follows the table's stream: whoever moves stock writes nothing more for it, and no way of moving is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import Change, consumer, following

from . import service
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


@following(bp, "StockTable", "stock_feed", batch=200, window=3)
def tell_levels(changes: Sequence[Change], work: Work) -> None:
    """Where the SKUs stand of which what can be had has changed."""
    service.tell_levels(changes, work)
