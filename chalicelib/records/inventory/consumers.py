"""The feed of levels: who follows the table is told where SKUs stand once they moved, however often within the window.

The table's stream tells it, so that whoever moves stock writes nothing more for it, and no way of moving it is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import Change, following

from . import service

bp = Blueprint(__name__)


@following(bp, "StockTable", "stock_feed", batch=200, window=3)
def tell_levels(changes: Sequence[Change], work: Work) -> None:
    """Where the SKUs stand of which what can be had has changed."""
    service.tell_levels(changes, work)
