"""The search index behind the catalogue: whatever worker dies or is overtaken, it comes to say what can be bought."""

from __future__ import annotations

from typing import Any

from chalicelib.processes.searching import consumers as searching
from chalicelib.processes.searching import service
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.events import ProductChanged
from chalicelib.records.catalog.rules import Listing, SkuData, Text
from chalicelib.records.catalog.service import editing
from chalicelib.records.search import service as search
from chalicelib.records.search.model import segment_of
from chalicelib.records.search.rules import SearchFilter, Wanted
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import Scenario, Step, expected
from tests.hardening.proof.scenarios.stock import Shelved, move, rename
from tests.hardening.proof.trade import CLERK, PRODUCT, relay, settle, tell

NEIGHBOUR = next(
    product for n in range(9_999) if segment_of(product := f"{PRODUCT[:-4]}{n:04}") == segment_of(PRODUCT)
)  # in the same row of the index
GHOST = f"{PRODUCT[:-4]}ZZZZ"


class Sought(Shelved):
    """The shelf with another product on it, and the worker of searching, who alone listens."""

    def __init__(self) -> None:
        super().__init__()
        self.consumers = {searching.worker.name: searching.worker}
        with self.standing():
            shelf = catalog.find_product(PRODUCT, consistent=True).listing.category
            listing, work = Listing(Text("帽", "Hat"), Text("", ""), shelf), Work(CLERK, "setup")
            version = editing.add_product(listing, [SkuData("hat", 1_000)], work, product_id=NEIGHBOUR).version
            work.commit()
            work = Work(CLERK, "setup")
            editing.move_product(NEIGHBOUR, version, "publish", work)
            work.commit()
            self._stray()
        self.cloud.engine.tables[Journal.Meta.table_name].items.clear()  # what came before was never told

    def _stray(self) -> None:
        """Nothing is in the index yet."""


class Strayed(Sought):
    """The same, and the index has something that is not there."""

    def _stray(self) -> None:
        work, there = Work(CLERK, "setup"), service._entry(NEIGHBOUR)
        assert there is not None
        search.keep([there._replace(product=GHOST)], [], work)
        work.commit()


def indexed() -> dict[str, str]:
    """What a process that remembers nothing finds: titles by product."""
    search.forget()
    found, _ = search.find(Wanted((), (), SearchFilter(), "newest"), 9, None)
    return {entry.product: entry.title_en for entry in found.entries}


def follow(product: str, name: str) -> Step:
    """A fact of an edit, early, late or lost: what stands is put in."""
    return tell("searching", ProductChanged(product, 2), name)


def check() -> Step:
    return Step("check", lambda stage: searching.begin_check({}, None))


def audit(stage: Any, final: bool) -> list[str]:
    """In the end the index says what can be bought, under its present title."""
    if not final:
        return []
    wholes = [catalog.find_product(product, consistent=True) for product in (PRODUCT, NEIGHBOUR)]
    sold = {one.product.id: one.product.title_en for one in wholes if any(map(catalog.on_sale, one.skus))}
    return [] if indexed() == sold else [f"search: found {indexed()}, and there is {sold}"]


SCENARIOS = [
    Scenario(
        "search.follow", Sought,
        (follow(PRODUCT, "hear"), follow(NEIGHBOUR, "hear of the other"), rename(), follow(PRODUCT, "hear again"), relay()),
        audit, settle, ("F30", "F31"),
        [["hear", "hear of the other"], ["hear of the other", "rename"], ["rename", "hear again"]],
        [["hear", "hear of the other", "rename"]],
        reaches=lambda stage: expected({"found": sorted(indexed().values())}, {"found": ["Hat", "Jacket"]}),
    ),
    Scenario(
        "search.check", Strayed, (check(), move("withdraw"), relay()), audit, settle, ("F30", "F31"), [["check", "withdraw"]],
        reaches=lambda stage: expected({"found": sorted(indexed().values())}, {"found": ["Hat"]}),
    ),
]  # fmt: skip
