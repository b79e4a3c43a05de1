"""Facts are what happened: frozen, past tense, versioned, ids and numbers only, never personal data.

    class OrderPlaced(Fact, context="orders"):
        order_id: str
        payable: int

The class `OrderPlaced` travels as `order.placed`; `FACTS` finds the class of a name again.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, NamedTuple, dataclass_transform

FACTS: dict[str, type[Fact]] = {}


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

    def __init_subclass__(cls, context: str = "", version: int = 1, name: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.fields = tuple(cls.__annotations__)
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


class Told(NamedTuple):
    """A fact as it was delivered: with the event's id, its instant (epoch ms) and who acted."""

    id: str
    at: int
    actor: str
    fact: Fact


def read(wire: str, data: dict[str, Any]) -> Fact:
    """The fact a wire name and its data stand for; unknown fields of newer versions are left out."""
    kind = FACTS[wire]
    return kind(**{name: value for name, value in data.items() if name in kind.fields})
