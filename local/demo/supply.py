"""Who counts the demo shop's stock: a warehouse, whose file `feed.csv` has a line of every kind of trouble."""

from __future__ import annotations

from pathlib import Path

from chalicelib.records.inventory.feeds.rules import SourceNotFound
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.feeds.service.sources import SourceTerms
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

SOURCE = "WMS-1"
FEED = Path(__file__).with_name("feed.csv")


def fill() -> None:
    """Agree with the source, once."""
    try:
        sources.find(SOURCE)
    except SourceNotFound:
        work = Work(Caller("seed", "operator"), "demo supply")
        sources.agree(SOURCE, SourceTerms("示例仓库", "physical", "MAIN", 0, 30, True), work)
        work.commit()
