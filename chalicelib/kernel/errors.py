"""Refusals: every condition that can fail has a named error with a stable code, the facts a person needs, zh and en.

Kinds say how a door answers (422, 401, 403, 404, 409, 413, 429, 503); only `runtime.http` knows the numbers.
Contexts subclass a kind:

    class OutOfStock(Conflict):
        code, zh, en = "OUT_OF_STOCK", "{sku} 库存不足，剩余 {left} 件", "{sku} is out of stock, {left} left"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

CATALOGUE: dict[str, type[Refusal]] = {}


class Refusal(Exception):
    """The base of all refusals. Facts given to it fill the messages and are answered to the client."""

    code: ClassVar[str] = ""
    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""
    retry_after: ClassVar[int | None] = None
    spoken: ClassVar[Mapping[str, str]] = {}  # what a fact's word is called in a Chinese sentence

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            other = CATALOGUE.get(cls.code)
            if other is not None and other.__qualname__ != cls.__qualname__:
                raise TypeError(f"{cls.__qualname__} and {other.__qualname__} share the code {cls.code}")
            CATALOGUE[cls.code] = cls

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def message(self, language: str) -> str:
        """The sentence for a person; `language` is zh or en."""
        if language != "zh":
            return self.en.format_map(_Blank(self.facts))
        return self.zh.format_map(_Blank({name: self.spoken.get(str(fact), fact) for name, fact in self.facts.items()}))

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


class Invalid(Refusal):
    """The request itself is wrong; sending it again will not help (422)."""


class Unauthenticated(Refusal):
    """Nobody is known to be asking (401)."""


class Forbidden(Refusal):
    """The asker may not (403)."""


class NotFound(Refusal):
    """No such object, or not yours (404)."""


class Conflict(Refusal):
    """The state of the shop does not allow it now (409)."""


class TooMany(Refusal):
    """Asked too often (429)."""

    retry_after: ClassVar[int | None] = 60


class Unavailable(Refusal):
    """A thing we depend on does not answer; nothing was changed, or asking again tells (503)."""

    retry_after: ClassVar[int | None] = 1


class Refused(Exception):
    """A commit that did not happen: all the refusals of its failed steps, in the steps' order."""

    def __init__(self, reasons: Sequence[Refusal]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(str(reason) for reason in reasons))


class Overloaded(Unavailable):
    code, zh, en = "OVERLOADED", "系统繁忙，请稍后重试", "The shop is busy; please try again shortly"


class TooLarge(Refusal):
    """More bytes than are taken here, whoever finds out: the gateway, the door, or what reads a picture (413)."""

    code, zh, en = "TOO_LARGE", "内容超过 {limit} 字节", "This is larger than {limit} bytes"


class SecondPersonNeeded(Forbidden):
    """`kind`: what to propose it as, POST /v1/admin/proposals."""

    code = "SECOND_PERSON_NEEDED"
    spoken = {"sku_price": "价格（sku_price）", "stock": "库存（stock）"}
    zh, en = (
        "超出单人权限（{limit}），请提交 {kind} 变更申请并由他人同意",
        "This is beyond what one person may do alone ({limit}): propose it as {kind}, and somebody else may agree",
    )


class KeyReused(Invalid):
    code = "IDEMPOTENCY_KEY_REUSED"
    zh, en = "同一幂等键用于了不同的请求", "This idempotency key was used for another request"


class Vanished(NotFound):
    code, zh, en = "NOT_FOUND", "未找到该内容", "There is no such thing here"
