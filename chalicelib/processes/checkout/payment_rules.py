"""Refusals of deciding about money."""

from __future__ import annotations

from chalicelib.kernel.errors import Conflict


class ResolutionUnfit(Conflict):
    code = "RESOLUTION_UNFIT"
    zh, en = "该异常不能以“{resolution}”处理", "This exception cannot be resolved by {resolution}"
