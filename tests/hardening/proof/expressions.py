"""DynamoDB's expression language: conditions, updates and projections over items in wire form.

An expression is compiled once per text into closures and then applied to many items. Guarantees: the grammar is the
documented one, a placeholder that is missing or left unused is refused as DynamoDB refuses it, and no item handed in
is ever changed (an update returns a new item).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

Value = dict[str, Any]
Item = dict[str, Value]
Bindings = tuple[Mapping[str, str], Mapping[str, Value]]
Operand = Callable[[Item, Bindings], Value | None]
Test = Callable[[Item, Bindings], bool]

TOKEN = re.compile(
    r"\s*(?:(?P<word>[#:]?[A-Za-z_][\w\-]*|[#:]\w+)|(?P<number>\d+)|(?P<sign><>|<=|>=|[=<>()\[\],.+\-]))"
)
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
ORDERED = frozenset("SNB")


class Malformed(ValueError):
    """The expression, or what is bound to it, is one that DynamoDB answers with ValidationException."""


def number(value: Value) -> Decimal:
    """The exact number in a wire value."""
    return Decimal(value["N"])


def plain(value: Value) -> tuple[str, Any]:
    """A wire value as (type, comparable): numbers by worth and sets without order."""
    ((kind, raw),) = value.items()
    if kind == "N":
        return kind, Decimal(raw)
    if kind == "NS":
        return kind, frozenset(map(Decimal, raw))
    if kind in ("SS", "BS"):
        return kind, frozenset(raw)
    if kind == "L":
        return kind, tuple(plain(one) for one in raw)
    if kind == "M":
        return kind, frozenset((name, plain(one)) for name, one in raw.items())
    return kind, raw


def same(left: Value, right: Value) -> bool:
    return plain(left) == plain(right)


@dataclass(frozen=True, slots=True)
class Path:
    """Where an attribute lives: a name, then names of maps and places in lists."""

    parts: tuple[str | int, ...]

    def resolved(self, names: Mapping[str, str]) -> tuple[str | int, ...]:
        return tuple(names[part] if isinstance(part, str) and part[0] == "#" else part for part in self.parts)

    def find(self, item: Item, bound: Bindings) -> Value | None:
        """The value at this path, or None when any step of it is absent."""
        here: Value | None = {"M": item}
        for part in self.resolved(bound[0]):
            if here is None:
                return None
            if isinstance(part, int):
                listed = here.get("L")
                here = listed[part] if listed is not None and part < len(listed) else None
            else:
                here = here["M"].get(part) if "M" in here else None
        return here


def placed(item: Item, path: tuple[str | int, ...], value: Value | None) -> Item:
    """A new item with `value` at `path` (None removes it); the parents must exist, as in DynamoDB."""
    return _placed({"M": item}, path, value)["M"]


def _placed(holder: Value, path: tuple[str | int, ...], value: Value | None) -> Value:
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        if "L" not in holder:
            raise Malformed("The document path provided in the update expression is invalid for update")
        listed = list(holder["L"])
        if rest:
            listed[head] = _placed(listed[head], rest, value)
        elif value is None:
            del listed[head : head + 1]
        elif head < len(listed):
            listed[head] = value
        else:
            listed.append(value)
        return {"L": listed}
    if "M" not in holder:
        raise Malformed("The document path provided in the update expression is invalid for update")
    mapped = dict(holder["M"])
    if rest:
        if head not in mapped:
            raise Malformed("The document path provided in the update expression is invalid for update")
        mapped[head] = _placed(mapped[head], rest, value)
    elif value is None:
        mapped.pop(head, None)
    else:
        mapped[head] = value
    return {"M": mapped}


class Reader:
    """One pass over the tokens of an expression, remembering which placeholders it met."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.tokens, self.mentioned = text, 0, list[str](), list[Path]()
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            if not found:
                raise Malformed(f"Syntax error in {text!r} at {position}")
            self.tokens.append(found.group().strip())
            position = found.end()
        self.used = frozenset(token for token in self.tokens if token[0] in "#:")

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token.upper() != expected):
            raise Malformed(f"Syntax error in {self.text!r}: {token!r} where {expected or 'more'!r} was due")
        self.at += 1
        return token

    def took(self, word: str) -> bool:
        if self.peek().upper() == word:
            self.at += 1
            return True
        return False

    def path(self) -> Path:
        parts: list[str | int] = [self.take()]
        while self.peek() in (".", "["):
            if self.take() == ".":
                parts.append(self.take())
            else:
                parts.append(int(self.take()))
                self.take("]")
        self.mentioned.append(Path(tuple(parts)))
        return self.mentioned[-1]

    def operand(self) -> Operand:
        token = self.peek()
        if token.startswith(":"):
            self.take()
            return lambda _, bound: bound[1][token]
        if token.lower() == "size" and self.peek(1) == "(":
            self.at += 2
            inner = self.operand()
            self.take(")")
            return lambda item, bound: measured(inner(item, bound))
        return self.path().find

    def disjunction(self) -> Test:
        left = self.conjunction()
        while self.took("OR"):
            left = _either(left, self.conjunction())
        return left

    def conjunction(self) -> Test:
        left = self.negation()
        while self.took("AND"):
            left = _both(left, self.negation())
        return left

    def negation(self) -> Test:
        if self.took("NOT"):
            inner = self.negation()
            return lambda item, bound: not inner(item, bound)
        if self.took("("):
            test = self.disjunction()
            self.take(")")
            return test
        if self.peek().lower() in FUNCTIONS and self.peek(1) == "(":
            return self.function()
        return self.comparison()

    def function(self) -> Test:
        name = self.take().lower()
        self.take("(")
        first = self.operand()
        second = self.operand() if self.took(",") else None
        self.take(")")
        return FUNCTIONS[name](first, second)

    def comparison(self) -> Test:
        left = self.operand()
        sign = self.take().upper()
        if sign == "BETWEEN":
            low = self.operand()
            self.take("AND")
            high = self.operand()
            return _both(compared(left, ">=", low), compared(left, "<=", high))
        if sign == "IN":
            self.take("(")
            choices = [self.operand()]
            while self.took(","):
                choices.append(self.operand())
            self.take(")")
            tests = [compared(left, "=", choice) for choice in choices]
            return lambda item, bound: any(test(item, bound) for test in tests)
        if sign not in COMPARE:
            raise Malformed(f"Syntax error in {self.text!r} near {sign!r}")
        return compared(left, sign, self.operand())


def _both(left: Test, right: Test) -> Test:
    return lambda item, bound: left(item, bound) and right(item, bound)


def _either(left: Test, right: Test) -> Test:
    return lambda item, bound: left(item, bound) or right(item, bound)


def compared(left: Operand, sign: str, right: Operand) -> Test:
    compare = COMPARE[sign]

    def test(item: Item, bound: Bindings) -> bool:
        one, other = left(item, bound), right(item, bound)
        if one is None or other is None:
            return sign == "<>" and (one is None) != (other is None)
        (kind, a), (other_kind, b) = plain(one), plain(other)
        if sign in ("=", "<>"):
            return compare((kind, a), (other_kind, b))
        return kind == other_kind and kind in ORDERED and compare(a, b)

    return test


def measured(value: Value | None) -> Value | None:
    """`size(path)`: length of a string, binary, set, list or map."""
    if value is None:
        return None
    ((kind, raw),) = value.items()
    if kind in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(len(raw.encode()) if kind == "S" else len(raw))}


def _exists(first: Operand, _: Operand | None) -> Test:
    return lambda item, bound: first(item, bound) is not None


def _absent(first: Operand, _: Operand | None) -> Test:
    return lambda item, bound: first(item, bound) is None


def _begins(first: Operand, second: Operand | None) -> Test:
    def test(item: Item, bound: Bindings) -> bool:
        whole, start = first(item, bound), second(item, bound) if second else None
        return bool(whole and start and "S" in whole and "S" in start and whole["S"].startswith(start["S"]))

    return test


def _contains(first: Operand, second: Operand | None) -> Test:
    def test(item: Item, bound: Bindings) -> bool:
        whole, part = first(item, bound), second(item, bound) if second else None
        if whole is None or part is None:
            return False
        ((kind, raw),) = whole.items()
        if kind == "S":
            return "S" in part and part["S"] in raw
        if kind in ("SS", "NS", "BS"):
            return any(same({kind[0]: one}, part) for one in raw)
        return kind == "L" and any(same(one, part) for one in raw)

    return test


def _typed(first: Operand, second: Operand | None) -> Test:
    def test(item: Item, bound: Bindings) -> bool:
        value, kind = first(item, bound), second(item, bound) if second else None
        return value is not None and kind is not None and kind["S"] in value

    return test


FUNCTIONS: Mapping[str, Callable[[Operand, Operand | None], Test]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _absent,
    "attribute_type": _typed,
    "begins_with": _begins,
    "contains": _contains,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition: its test, the placeholders it uses and the paths it mentions."""

    test: Test
    used: frozenset[str]
    mentions: tuple[Path, ...]

    def heads(self, names: Mapping[str, str]) -> set[str]:
        """The top-level attributes it speaks of."""
        return {str(path.resolved(names)[0]) for path in self.mentions}


@lru_cache(maxsize=4096)
def condition(text: str) -> Condition:
    """A condition, filter or key condition, compiled once."""
    reader = Reader(text)
    test = reader.disjunction()
    if reader.peek():
        raise Malformed(f"Syntax error in {text!r} near {reader.peek()!r}")
    return Condition(test, reader.used, tuple(reader.mentioned))


@lru_cache(maxsize=1024)
def projection(text: str) -> tuple[tuple[Path, ...], frozenset[str]]:
    """The paths of a projection and the placeholders they use."""
    reader = Reader(text)
    paths = [reader.path()]
    while reader.took(","):
        paths.append(reader.path())
    return tuple(paths), reader.used


def projected(item: Item, paths: tuple[Path, ...], bound: Bindings) -> Item:
    """The part of an item that a projection names (nested paths keep their parents)."""
    result: Item = {}
    for path in paths:
        value = path.find(item, bound)
        where = path.resolved(bound[0])
        if value is None:
            continue
        if len(where) == 1:
            result[str(where[0])] = value
        else:
            held = {"M": result}
            for part in where[:-1]:
                held = held["M"].setdefault(part, {"M": {}})
            held["M"][where[-1]] = value
    return result
