"""The worker of pictures: it makes what is shown of a file that came in, notes who names it, and deletes what nobody does."""

from __future__ import annotations

from contextlib import suppress

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .events import PictureArrived, PictureDropDue, ProductChanged, ProductPublished
from .rules import ProductNotFound
from .service import pictures

bp = Blueprint(__name__)
worker = consumer(bp, "pictures", batch=1)


@worker.on(PictureArrived)
def make(fact: PictureArrived, work: Work) -> None:
    """A file is there: its sizes are made, or it is refused."""
    pictures.make(fact.upload, work)


@worker.on(PictureDropDue, keyed=False)
def drop(fact: PictureDropDue, work: Work) -> None:
    """A day has passed: what no product names goes; its state is the condition, so a second tick is harmless."""
    pictures.drop(fact.upload, work)


def note(fact: ProductChanged | ProductPublished, work: Work) -> None:
    """A product may name other pictures than before; of one that is not there nothing is named."""
    with suppress(ProductNotFound):
        pictures.note_uses(fact.product, work)


worker.on(ProductChanged, keyed=False)(note)
worker.on(ProductPublished, keyed=False)(note)
