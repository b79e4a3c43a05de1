"""The arithmetic of stock and its refusals. Quantities are whole pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from chalicelib.kernel.errors import ArticleConflict, Conflict, Invalid, NotFound

MOST_BUCKETS = 32
LOCATION = "MAIN"
SYNC = "sync"  # why a line of the ledger is there
LOW = 10  # pieces from which a shopper is told how many are left
AVAILABILITY = IN_STOCK, FEW, BACKORDER, SOLD_OUT, OFF = "in_stock", "low", "backorder", "sold_out", "off"
MOST_BEYOND = 10_000


class OutOfStock(ArticleConflict):
    """Somebody wants more than there is. How many there are is told only when they are few, as everywhere in the shop."""

    left: int | None
    zh, en = "{sku} 库存不足，剩余 {left} 件", "{sku} is out of stock: {left} left"
    many: ClassVar[Mapping[str, str]] = {
        "zh": "{sku} 库存不足，没有这么多件",
        "en": "There are not so many pieces of {sku}",
    }

    @property
    def params(self) -> dict[str, Any]:
        few = self.left is not None and self.left <= LOW
        return {**super().params, "left": self.left if few else None}

    def sentence(self, language: str) -> str:
        return super().sentence(language) if self.params["left"] is not None else self.many[language]


class SaleStopped(ArticleConflict):
    zh, en = "{sku} 已停止销售", "{sku} is not on sale any more"


class StockNotFound(NotFound):
    sku: str
    zh, en = "{sku} 没有库存记录", "There is no stock record of {sku}"


class StockTooLow(Conflict):
    sku: str
    left: int
    zh, en = "调整后可用库存将为负，当前可用 {left} 件", "This would leave less than nothing: {left} available"


class TooFewThere(ArticleConflict):
    there: int
    wanted: int
    zh, en = (
        "{sku} 实际仅有 {there} 件，不足以发出 {wanted} 件",
        "Of {sku} there are {there} pieces and {wanted} are to be sent",
    )


class StaleStock(Conflict):
    zh, en = "库存刚刚变化，请重试", "The stock moved just now; please try again"


class StockMoved(ArticleConflict):
    on_hand: int
    zh, en = (
        "{sku} 盘点期间有出入库，账面现为 {on_hand} 件，请重新盘点",
        "{sku} moved since it was counted: {on_hand} now; count it again",
    )


class BackordersInOneBucket(Conflict):
    sku: str
    zh, en = "{sku} 允许缺货预订时只能有一个库存桶", "What may be sold beyond its stock has one bucket: {sku}"


class BackordersMiscounted(Conflict):
    sku: str
    source: str
    zh, en = (
        "{sku} 由来源 {source} 按扣除占用后的数量计数，不能缺货预订",
        "{sku} is counted by {source} without what orders hold, so it cannot be sold beyond its stock",
    )


class BackordersUndated(Invalid):
    zh, en = (
        "缺货预订须填写晚于当前的承诺发货时间",
        "Who may sell beyond the stock says by when it is sent, in time to come",
    )


class BackorderPostponed(ArticleConflict):
    zh, en = (
        "{sku} 的预计发货时间已推迟，请按新的时间重新确认",
        "{sku} will be sent later than it was said; please look at it again",
    )


class AdjustmentEmpty(Invalid):
    zh, en = "调整数量不能为 0", "An adjustment changes the stock by something"


def availability(*, on: bool, available: int) -> str:
    """The coarse word for a SKU's stock."""
    if not on:
        return OFF
    if available <= 0:
        return SOLD_OUT
    return FEW if available <= LOW else IN_STOCK


def of_all(words: Iterable[str]) -> str:
    """The word for a product, of those of its SKUs: the best that somebody can get."""
    told = set(words)
    return next((word for word in AVAILABILITY if word in told), OFF)


def left(word: str, available: int) -> int | None:
    """How many pieces a shopper is told of: only when they are few."""
    return available if word == FEW else None


def merged(lines: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """(shelf, bucket, quantity) with one entry a bucket: DynamoDB takes one action an item, and two lines may share one."""
    summed: dict[tuple[str, int], int] = {}
    for sku, bucket, quantity in lines:
        summed[sku, bucket] = summed.get((sku, bucket), 0) + quantity
    return [(sku, bucket, quantity) for (sku, bucket), quantity in sorted(summed.items())]


def spread(total: int, buckets: int) -> list[int]:
    """A quantity over buckets, as evenly as whole pieces allow, the first ones fuller."""
    each, rest = divmod(total, buckets)
    return [each + (1 if i < rest else 0) for i in range(buckets)]


def fallen_upon(buckets: Sequence[int], quantity: int, spot: int) -> int | None:
    """The bucket on whose pieces `spot` falls, among those that have the whole quantity; None when none has.

    A bucket is hit as often as it is full. Buyers who look at the same moment see the same shelf: were they all sent to
    its fullest bucket, more buckets would help nobody.
    """
    enough = [(bucket, pieces) for bucket, pieces in enumerate(buckets) if 0 < quantity <= pieces]
    left = spot % sum(pieces for _, pieces in enough) if enough else 0
    for bucket, pieces in enough:
        if left < pieces:
            return bucket
        left -= pieces
    return None


def taken_from(buckets: Sequence[int], change: int) -> list[int]:
    """By how much each bucket changes, the first one first: what is more goes to the first; what is less is taken where
    something is available, fullest first, and what nobody has is lacking in the first."""
    left, parts = -change, [0] * len(buckets)
    for bucket in sorted(range(len(buckets)), key=lambda i: -buckets[i]):
        part = max(0, min(left, buckets[bucket]))
        parts[bucket] -= part
        left -= part
    parts[0] -= left
    return parts
