"""DynamoDB's update expressions: SET, REMOVE, ADD and DELETE, all read from the item as it stood before.

Guarantees: the result is a new item, clauses see only the old one, arithmetic is exact, and what DynamoDB refuses
(wrong types, overlapping paths, a parent that is not there) raises `Malformed`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from tests.hardening.proof.expressions import Bindings, Item, Malformed, Operand, Path, Reader, Value, number, placed

Change = Callable[[Item, Item, Bindings], Item]  # (old, draft, bindings) -> draft
CLAUSES = frozenset({"SET", "REMOVE", "ADD", "DELETE"})


def _term(reader: Reader) -> Operand:
    name = reader.peek().lower()
    if name in ("if_not_exists", "list_append") and reader.peek(1) == "(":
        reader.at += 2
        if name == "if_not_exists":
            path = reader.path()
            reader.take(",")
            fallback = _sum(reader)
            reader.take(")")
            return lambda item, bound: path.find(item, bound) or fallback(item, bound)
        first = _term(reader)
        reader.take(",")
        second = _term(reader)
        reader.take(")")
        return lambda item, bound: {"L": [*needed(first(item, bound))["L"], *needed(second(item, bound))["L"]]}
    return reader.operand()


def needed(value: Value | None) -> Value:
    if value is None:
        raise Malformed("The provided expression refers to an attribute that does not exist in the item")
    return value


def _sum(reader: Reader) -> Operand:
    left = _term(reader)
    while reader.peek() in ("+", "-"):
        left = _added(left, 1 if reader.take() == "+" else -1, _term(reader))
    return left


def _added(left: Operand, sign: int, right: Operand) -> Operand:
    def total(item: Item, bound: Bindings) -> Value:
        one, other = needed(left(item, bound)), needed(right(item, bound))
        if "N" not in one or "N" not in other:
            raise Malformed("An operand in the update expression has an incorrect data type")
        return {"N": str(number(one) + sign * number(other))}

    return total


def _set(path: Path, operand: Operand) -> Change:
    def change(old: Item, draft: Item, bound: Bindings) -> Item:
        return placed(draft, path.resolved(bound[0]), needed(operand(old, bound)))

    return change


def _remove(path: Path) -> Change:
    def change(old: Item, draft: Item, bound: Bindings) -> Item:
        return placed(draft, path.resolved(bound[0]), None) if path.find(old, bound) is not None else draft

    return change


def _add(path: Path, operand: Operand) -> Change:
    def change(old: Item, draft: Item, bound: Bindings) -> Item:
        held, more = path.find(old, bound), needed(operand(old, bound))
        ((kind, raw),) = more.items()
        if kind not in ("N", "SS", "NS", "BS") or (held is not None and kind not in held):
            raise Malformed("An operand in the update expression has an incorrect data type")
        if kind == "N":
            value: Value = {"N": str((number(held) if held else 0) + number(more))}
        else:
            value = {kind: sorted({*(held[kind] if held else ()), *raw})}
        return placed(draft, path.resolved(bound[0]), value)

    return change


def _delete(path: Path, operand: Operand) -> Change:
    def change(old: Item, draft: Item, bound: Bindings) -> Item:
        held, gone = path.find(old, bound), needed(operand(old, bound))
        ((kind, raw),) = gone.items()
        if held is None:
            return draft
        if kind not in ("SS", "NS", "BS") or kind not in held:
            raise Malformed("An operand in the update expression has an incorrect data type")
        left = [one for one in held[kind] if one not in raw]
        return placed(draft, path.resolved(bound[0]), {kind: left} if left else None)

    return change


def _change(reader: Reader, clause: str) -> tuple[Path, Change]:
    path = reader.path()
    if clause == "SET":
        reader.take("=")
        return path, _set(path, _sum(reader))
    if clause == "REMOVE":
        return path, _remove(path)
    return path, (_add if clause == "ADD" else _delete)(path, reader.operand())


@lru_cache(maxsize=4096)
def update(text: str) -> tuple[tuple[tuple[Path, Change], ...], frozenset[str]]:
    """An update expression as its changes and the placeholders it uses."""
    reader, changes, seen = Reader(text), list[tuple[Path, Change]](), set[str]()
    while reader.peek():
        clause = reader.take().upper()
        if clause not in CLAUSES or clause in seen:
            raise Malformed(f"Syntax error in {text!r} near {clause!r}")
        seen.add(clause)
        changes.append(_change(reader, clause))
        while reader.took(","):
            changes.append(_change(reader, clause))
    return tuple(changes), reader.used


def applied(changes: tuple[tuple[Path, Change], ...], old: Item, bound: Bindings) -> tuple[Item, set[str]]:
    """The new item and the names of the top-level attributes that were touched."""
    paths = [path.resolved(bound[0]) for path, _ in changes]
    for place, one in enumerate(paths):
        for other in paths[place + 1 :]:
            if one[: len(other)] == other or other[: len(one)] == one:
                raise Malformed("Two document paths overlap with each other")
    draft = old
    for _, change in changes:
        draft = change(old, draft, bound)
    return draft, {str(path[0]) for path in paths}
