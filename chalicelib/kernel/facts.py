"""Facts are what happened: frozen, past tense, versioned, ids and numbers only, never personal data.

    @dataclass(frozen=True, slots=True)
    class OrderPlaced(Fact, context="orders"):
        order_id: str
        payable: int

The class `OrderPlaced` travels as `order.placed`; `FACTS` finds the class of a name again.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

FACTS: dict[str, type[Fact]] = {}


@dataclass(frozen=True)
class Fact:
    """The base of all facts. The first word of the class name is the aggregate, the rest the verb."""

    wire: ClassVar[str] = ""
    version: ClassVar[int] = 1
    context: ClassVar[str] = ""

    def __init_subclass__(cls, context: str = "", version: int = 1, name: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not context:
            return
        first, *rest = re.findall(r"[A-Z][a-z0-9]*", cls.__name__)
        cls.wire = name or f"{first.lower()}.{'_'.join(word.lower() for word in rest)}"
        cls.version, cls.context = version, context
        other = FACTS.get(cls.wire)
        if other is not None and other.__qualname__ != cls.__qualname__:
            raise TypeError(f"two facts are called {cls.wire}")
        FACTS[cls.wire] = cls

    def data(self) -> dict[str, Any]:
        """The plain values that travel."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as it was delivered: with the event's id, its instant (epoch ms) and who acted."""

    id: str
    at: int
    actor: str
    fact: Fact


def read(wire: str, data: dict[str, Any]) -> Fact:
    """The fact a wire name and its data stand for; unknown fields of newer versions are left out."""
    kind = FACTS[wire]
    fields = kind.__dataclass_fields__
    return kind(**{name: value for name, value in data.items() if name in fields})
