"""From which location each SKU of a quote is sent: by the shop's policy, among the locations from which its service goes there.

Guarantees: nothing is read beside the quote's own batch; a SKU that one location can give whole is not refused for want of
stock, and waits for none where one can give it at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.records.holds import service as holds
from chalicelib.records.inventory.places.rules import Site
from chalicelib.records.inventory.rules import LOW
from chalicelib.records.inventory.service import StockLevel
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.inventory.sourcing.rules import covers
from chalicelib.records.inventory.sourcing.service import Levels, SkuWish
from chalicelib.records.tariffs import service as tariffs

from ..rules import STANDARD


def find_locations(
    goods: Mapping[str, int], on: Levels, sites: Sequence[Site], service: str, region: str, now: datetime
) -> dict[str, str]:
    """The location of every SKU. `goods` are pieces of what is bought; what an offer may bring beside is looked for where ten of
    it lie, or as many as lie anywhere."""
    bought = [_wanted(sku, on[sku], pieces) for sku, pieces in goods.items()]
    brought = [_wanted(sku, there, _usual(there)) for sku, there in on.items() if sku not in goods]
    return sourcing.choose([*bought, *brought], _serving(bought, sites, service, region, now), region)


def _wanted(sku: str, there: Mapping[str, StockLevel], pieces: int) -> SkuWish:
    given = {code: level for code, level in there.items() if _gives(sku, level, pieces)}
    whole = [code for code, level in given.items() if level.here >= pieces] or given
    return SkuWish(sku, {code: level.left for code, level in there.items()}, frozenset(whole))


def _gives(sku: str, level: StockLevel, pieces: int) -> bool:
    return level.left >= pieces and not level.closed and holds.check_share(sku, pieces, level.left) is None


def _usual(there: Mapping[str, StockLevel]) -> int:
    return min(LOW, max(level.here for level in there.values()))


def _serving(
    bought: Sequence[SkuWish], sites: Sequence[Site], service: str, region: str, now: datetime
) -> Sequence[Site]:
    """The locations from which a service goes there, where these have everything; else all, and the service is refused."""
    if service == STANDARD or len(sites) == 1:
        return sites
    able = [
        one for one in sites if service in {way.service for way in tariffs.options(region, one.code, now, one.cutoff)}
    ]
    return able if able and covers(bought, able) else sites
