"""Facts are what happened: frozen, past tense, versioned, ids and numbers only, never personal data.

    class StockClosed(Fact, context="inventory", audit=Audit("shop", "sku")):
        sku: str
        reason: str

The class `StockClosed` travels as `stock.closed`; `FACTS` finds the class of a name again. Each fact says whether it is
audited, or why not: without that it does not import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple, dataclass_transform

FACTS: dict[str, type[Fact]] = {}


class Audit(NamedTuple):
    """Why a fact is audited: who came and saw, what was paid, what the shop's people changed. `subject` is the field that
    names what it is about; `only` are the values of fields with which it is audited, if not always."""

    why: Literal["security", "money", "shop"]
    subject: str
    only: Mapping[str, Any] | None = None


class Left(NamedTuple):
    """A fact that is not audited, and why not."""

    why: str


REMINDER = Left("a reminder for later")


@dataclass_transform(frozen_default=True)
class Fact:
    """The base of all facts. The first word of the class name is the aggregate, the rest the verb.

    A fact is a frozen dataclass to readers and type checkers. Its methods are these, written once: dataclasses would
    compile six for each of some eighty facts at every cold start.
    """

    wire: ClassVar[str] = ""
    version: ClassVar[int] = 1
    context: ClassVar[str] = ""
    fields: ClassVar[tuple[str, ...]] = ()
    audit: ClassVar[Audit | Left]

    def __init_subclass__(
        cls, *, context: str, audit: Audit | Left, version: int = 1, name: str = "", **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.fields, cls.audit = tuple(cls.__annotations__), audit
        if isinstance(audit, Audit) and not {audit.subject, *(audit.only or ())} <= set(cls.fields):
            raise TypeError(f"{cls.__name__} is audited by fields that it does not have")
        first, *rest = re.findall(r"[A-Z][a-z0-9]*", cls.__name__)
        cls.wire = name or f"{first.lower()}.{'_'.join(word.lower() for word in rest)}"
        cls.version, cls.context = version, context
        other = FACTS.get(cls.wire)
        if other is not None and other.__qualname__ != cls.__qualname__:
            raise TypeError(f"two facts are called {cls.wire}")
        FACTS[cls.wire] = cls

    def __init__(self, *values: Any, **named: Any) -> None:
        told = dict(zip(self.fields, values, strict=False)) | named
        missing = [name for name in self.fields if name not in told and not hasattr(type(self), name)]
        if missing or len(told) != len(values) + len(named) or not told.keys() <= set(self.fields):
            raise TypeError(f"{type(self).__name__} holds {', '.join(self.fields)}")
        self.__dict__.update(told)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a fact does not change: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a fact does not change: {name}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.data() == self.data()

    def __hash__(self) -> int:
        return hash((type(self), *self.data().values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.data().items())})"

    def data(self) -> dict[str, Any]:
        """The plain values that travel."""
        return {name: getattr(self, name) for name in self.fields}

    @classmethod
    def marks(cls, data: Mapping[str, Any]) -> dict[str, str]:
        """What the event of a fact with these values says of its audit: why, and about what; nothing of one that is not."""
        rule = cls.audit
        if isinstance(rule, Left) or any(data.get(name) != value for name, value in (rule.only or {}).items()):
            return {}
        return {"audit": rule.why, "subject": str(data.get(rule.subject, ""))}


class Delivery(NamedTuple):
    """A fact as it was delivered, in plain values: the event's id, its instant (epoch ms), who acted; `audit` and `subject`
    of one that is audited."""

    id: str
    at: int
    actor: str
    wire: str
    data: Mapping[str, Any]
    audit: str = ""
    subject: str = ""


def read(wire: str, data: dict[str, Any]) -> Fact:
    """The fact a wire name and its data stand for; unknown fields of newer versions are left out."""
    kind = FACTS[wire]
    return kind(**{name: value for name, value in data.items() if name in kind.fields})
