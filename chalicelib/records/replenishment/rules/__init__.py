"""What is decided of a shelf, pure: its forecast, its reorder point, its alerts, and this context's refusals."""

from __future__ import annotations

from chalicelib.kernel.errors import Conflict, Invalid, NotFound


class ShelfNotFound(NotFound):
    sku: str
    location: str
    zh, en = "没有 {sku} 在 {location} 的补货记录", "Nothing is kept of {sku} at {location}"


class ReorderBoundsCrossed(Invalid):
    zh, en = "补货点下限不能高于上限", "The least reorder point is above the greatest"


class ShelfMoved(Conflict):
    zh, en = "补货数据刚刚变化，请重试", "The shelf was looked at just now; please try again"
