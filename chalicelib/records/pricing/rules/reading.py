"""Reading what an operator set up: every field is asked for by name and kind, and what nobody asked for is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.kernel.errors import Invalid

from .goods import Scope

MOST_FEN = 10_000_000_000
MOST_PIECES = 1_000_000
WHOLE_BP = 10_000
MOST_INNER = 20  # tiers of an offer, or parts of a group
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OfferInvalid(Invalid):
    """`at`: the field, from the document's root."""

    at: str
    problem: str
    spoken = {
        "missing": "缺少该字段", "unknown": "没有该字段", "text": "应为文字", "whole_number": "应为整数",
        "too_small": "数值过小", "too_large": "数值过大", "true_or_false": "应为 true 或 false", "choice": "不在可选值之内",
        "object": "应为对象", "list": "应为非空列表", "instant": "应为带时区的时间", "order": "顺序不对",
        "other_lane": "该类活动不能放在这一层", "one_of": "应从几种中选一种", "nothing": "没有任何优惠",
        "no_goods": "没有包含任何商品", "uncounted": "预算不计积分和赠券",
        "two_thresholds": "退款按门槛保留优惠时，金额与件数门槛只能设一个",
    }  # fmt: skip
    spoken_en = {
        "missing": "it is missing", "unknown": "there is no such field", "text": "a text is wanted",
        "whole_number": "a whole number is wanted", "too_small": "it is too small", "too_large": "it is too large",
        "true_or_false": "true or false is wanted", "choice": "it is none of what may be chosen",
        "object": "an object is wanted", "list": "a list with something in it is wanted",
        "instant": "an instant with its zone is wanted", "order": "it is out of order",
        "other_lane": "this kind does not work in this lane", "one_of": "one of several is wanted, and only one",
        "nothing": "it gives nothing", "no_goods": "it names no goods",
        "uncounted": "a budget counts neither points nor coupons that are given",
        "two_thresholds": "where a refund keeps to the threshold, there is one, in fen or in pieces",
    }  # fmt: skip
    zh, en = "活动设置 {at} 有误：{problem}", "The offer's {at} does not fit: {problem}"


class Reader:
    """Takes an object apart; `done` refuses what is left. Raises OfferInvalid that says where."""

    def __init__(self, given: Any, at: str = "") -> None:
        self.at = at
        if not isinstance(given, Mapping):
            raise OfferInvalid(at=at or "document", problem="object")
        self._left: dict[str, Any] = {str(name): value for name, value in given.items() if value is not None}

    def where(self, name: str) -> str:
        """The field's path."""
        return f"{self.at}.{name}" if self.at else name

    def wrong(self, name: str, problem: str) -> OfferInvalid:
        """The refusal of a field."""
        return OfferInvalid(at=self.where(name), problem=problem)

    def has(self, name: str) -> bool:
        return name in self._left

    def _take(self, name: str) -> Any:
        if name not in self._left:
            raise self.wrong(name, "missing")
        return self._left.pop(name)

    def number(self, name: str, least: int = 1, most: int = MOST_PIECES) -> int:
        """A whole number within bounds."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, "whole_number")
        if not least <= value <= most:
            raise self.wrong(name, "too_small" if value < least else "too_large")
        return int(value)

    def fen(self, name: str, least: int = 1) -> int:
        """An amount."""
        return self.number(name, least, MOST_FEN)

    def paid(self, name: str) -> int:
        """The share that is paid, in basis points: 9折 is 9000; less than the whole."""
        return self.number(name, 0, WHOLE_BP - 1)

    def maybe(self, name: str, least: int = 1, most: int = MOST_FEN) -> int | None:
        """A whole number that may be missing."""
        return self.number(name, least, most) if self.has(name) else None

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "true_or_false")
        return value

    def choice(self, name: str, among: Sequence[str], default: str | None = None) -> str:
        """One of some words."""
        value = self._left.pop(name, default) if default is not None else self._take(name)
        if value not in among:
            raise self.wrong(name, "choice")
        return str(value)

    def text(self, name: str, default: str | None = None) -> str:
        """A text that says something, unless it may be missing."""
        if default is not None and not self.has(name):
            return default
        value = self._take(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "text")
        return value

    def names(self, name: str) -> frozenset[str]:
        """A list of ids, which may be missing."""
        value = self._left.pop(name, ())
        if not isinstance(value, list | tuple | set | frozenset):
            raise self.wrong(name, "list")
        if not all(isinstance(one, str) and one for one in value):
            raise self.wrong(name, "text")
        return frozenset(value)

    def inner(self, name: str) -> Reader:
        """An object within; an empty one when it is missing."""
        return Reader(self._left.pop(name, {}), self.where(name))

    def inners(self, name: str, most: int = MOST_INNER) -> list[Reader]:
        """A list of objects with at least one in it."""
        value = self._take(name)
        if not isinstance(value, list | tuple) or not value:
            raise self.wrong(name, "list")
        if len(value) > most:
            raise self.wrong(name, "too_large")
        return [Reader(one, f"{self.where(name)}[{i}]") for i, one in enumerate(value)]

    def instant(self, name: str) -> int | None:
        """An instant as epoch ms, from the text or as it is; None when it is missing."""
        value = self._left.pop(name, None)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        try:
            read = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.wrong(name, "instant") from None
        if read.tzinfo is None:
            raise self.wrong(name, "instant")
        return (read - EPOCH) // timedelta(milliseconds=1)

    def scope(self, name: str) -> Scope:
        """Which goods; everything when nothing is said of it, or only what is left out."""
        reader = self.inner(name)
        says = any(reader.has(one) for one in ("all", *NAMED))
        everything, left_out = reader.flag("all"), reader.inner("not")
        named = tuple(reader.names(one) for one in NAMED)
        without = tuple(left_out.names(one) for one in NAMED)
        reader.done()
        left_out.done()
        if says and not everything and not any(named):
            raise self.wrong(name, "no_goods")
        return Scope(everything or not any(named), *named, *without)

    def done(self) -> None:
        """Refuse what nobody asked for."""
        for name in sorted(self._left):
            raise self.wrong(name, "unknown")


NAMED = ("categories", "products", "skus")
