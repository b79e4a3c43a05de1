"""Refusals: every condition that can fail has a named error with a stable code, the parameters a person needs, zh and en.

Kinds say how a door answers (422, 401, 403, 404, 409, 413, 429, 503); only `runtime.http` knows the numbers.
Contexts subclass a kind; the code follows from the name, here OUT_OF_STOCK, and the parameters are fields:

    class OutOfStock(Conflict):
        sku: str
        left: int
        zh, en = "{sku} 库存不足，剩余 {left} 件", "{sku} is out of stock, {left} left"
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from inspect import get_annotations
from typing import Any, ClassVar, dataclass_transform

from .money import Fen

CATALOGUE: dict[str, type[Refusal]] = {}


@dataclass_transform(kw_only_default=True, eq_default=False)
class Refusal(Exception):
    """The base of all refusals. Its parameters fill the messages and are answered to the client.

    A field without a default has to be given, one that is None is not told. `seconds` of a refusal that has it is how
    long to wait.
    """

    code: ClassVar[str] = ""
    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""
    fields: ClassVar[tuple[str, ...]] = ()
    retry_after: ClassVar[int | None] = None
    spoken: ClassVar[Mapping[str, str]] = {}  # what a parameter's word is called in a Chinese sentence
    spoken_en: ClassVar[Mapping[str, str]] = {}  # and in an English one, where the word itself will not do

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        hints = {name: hint for kind in reversed(cls.__mro__) for name, hint in get_annotations(kind).items()}
        cls.fields = tuple(name for name, hint in hints.items() if not str(hint).startswith("ClassVar"))
        if "en" not in cls.__dict__:
            return  # a kind
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper()
        other = CATALOGUE.get(cls.code)
        if other is not None and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two refusals are called {cls.__name__}")
        CATALOGUE[cls.code] = cls

    def __init__(self, **params: Any) -> None:
        missing = [name for name in self.fields if name not in params and not hasattr(type(self), name)]
        if missing or not params.keys() <= set(self.fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self.fields) or 'nothing'}")
        self.__dict__.update(params)
        self.beside: dict[str, Any] = {}  # what a caller adds for the client
        super().__init__(self.code)

    @property
    def params(self) -> dict[str, Any]:
        """What is answered beside the code."""
        own = {name: getattr(self, name) for name in self.fields}
        optional = {name for name in self.fields if hasattr(type(self), name)}
        return {name: value for name, value in own.items() if value is not None or name not in optional} | self.beside

    @property
    def wait(self) -> int | None:
        """How many seconds to wait before asking again, if that helps."""
        return getattr(self, "seconds", self.retry_after)

    def message(self, language: str) -> str:
        """The sentence for a person; `language` is zh or en."""
        known = self.spoken if language == "zh" else self.spoken_en
        return self.sentence(language).format_map(
            {name: known.get(str(value), value) for name, value in self.blanks(language).items()}
        )

    def sentence(self, language: str) -> str:
        """The sentence with its blanks."""
        return self.zh if language == "zh" else self.en

    def blanks(self, language: str) -> Mapping[str, Any]:
        """What fills the blanks of the sentence."""
        return self.params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code


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


class AboutArticle(Refusal):
    """About an article. Where its title is at hand, it is told beside its id, and said in the sentence in place of it."""

    sku: str
    title_zh: str | None = None
    title_en: str | None = None

    def blanks(self, language: str) -> Mapping[str, Any]:
        title = self.title_zh if language == "zh" else self.title_en
        said = super().blanks(language)
        return said if title is None else {**said, "sku": title}


class AboutOffer(Refusal):
    """About an offer. Where its name is at hand, it is told beside its id, and said in the sentence in place of it."""

    offer: str
    offer_zh: str | None = None
    offer_en: str | None = None

    def blanks(self, language: str) -> Mapping[str, Any]:
        name = self.offer_zh if language == "zh" else self.offer_en
        said = super().blanks(language)
        return said if name is None else {**said, "offer": name}


class AboutSums(Refusal):
    """Its parameters are amounts in fen: the sentence says them as sums, ¥8.00."""

    def blanks(self, language: str) -> Mapping[str, Any]:
        return {name: Fen(fen).text for name, fen in super().blanks(language).items()}


class ArticleInvalid(AboutArticle, Invalid):
    """What the request says of an article is wrong."""


class ArticleConflict(AboutArticle, Conflict):
    """An article's state does not allow it now."""


class CommitRejected(Exception):
    """A commit that did not happen: all the refusals of its failed steps, in the steps' order."""

    def __init__(self, reasons: Sequence[Refusal]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(str(reason) for reason in reasons))

    def only(self, *kinds: type[Refusal]) -> bool:
        """Whether every reason is of these kinds."""
        return all(isinstance(reason, kinds) for reason in self.reasons)

    def some(self, *kinds: type[Refusal]) -> bool:
        """Whether at least one reason is of these kinds."""
        return any(isinstance(reason, kinds) for reason in self.reasons)


class Overloaded(Unavailable):
    zh, en = "系统繁忙，请稍后重试", "The shop is busy; please try again shortly"


class TooLarge(Refusal):
    """More bytes than are taken here, whoever finds out: the gateway, the door, or what reads a picture (413)."""

    limit: int
    zh, en = "内容超过 {limit} 字节", "This is larger than {limit} bytes"


class SecondPersonNeeded(Forbidden):
    """`kind`: what to propose it as, POST /v1/admin/proposals."""

    limit: str
    kind: str
    spoken = {"sku_price": "价格（sku_price）", "stock": "库存（stock）", "offer": "优惠活动（offer）"}
    zh, en = (
        "超出单人权限（{limit}），请提交 {kind} 变更申请并由他人同意",
        "This is beyond what one person may do alone ({limit}): propose it as {kind}, and somebody else may agree",
    )


class IdempotencyKeyReused(Invalid):
    zh, en = "同一幂等键已用于不同的请求", "This idempotency key was used for another request"


class ResourceNotFound(NotFound):
    zh, en = "未找到该内容", "There is no such thing here"
