"""A place in the code, named by its function and what stands there, found and changed in the syntax tree.

`at` names a function, a class or a module's own name by the end of its dotted path: `inventory.service.hold`. `was` is
one expression, or statements that follow each other, that occurs there exactly once, however it is laid out in lines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("chalicelib", "tests/hardening/proof/scenarios")
TOO_LITTLE = ast.Name | ast.Constant  # says little by itself
NO_PLACE = ast.Starred | ast.FormattedValue  # is no expression by itself
Piece = ast.AST | list[ast.stmt]


class Misfit(ValueError):
    """What is named is not there, or there more than once."""


# ---- finding --------------------------------------------------------------------------------------------------------
def located(at: str) -> tuple[Path, str]:
    """The file and the name within it. Raises Misfit unless exactly one place ends so."""
    parts = at.split(".")
    for cut in range(len(parts), 0, -1):
        module, name = ".".join(parts[:cut]), ".".join(parts[cut:])
        found = [path for whole, path in _modules() if f".{whole}".endswith(f".{module}")]
        found = [path for path in found if _scope(_tree(path), name) is not None]
        if len(found) == 1:
            return found[0], name
        if found:
            raise Misfit(f"{at} is the end of {len(found)} names")
    raise Misfit(f"{at} is nowhere")


def dotted(at: str) -> str:
    """The whole name of what `at` is the end of."""
    path, name = located(at)
    return ".".join([*path.relative_to(ROOT).with_suffix("").parts, name])


def changed(at: str, was: str, now: str) -> tuple[Path, ast.Module]:
    """The file, and its tree with `now` in the place of `was`. Raises Misfit when it does not occur exactly once."""
    path, name = located(at)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    scope = _scope(tree, name)
    assert scope is not None
    wanted, instead = _read(was), _read(now)
    if isinstance(wanted, ast.AST) and isinstance(instead, list):
        wanted = [ast.Expr(wanted)]
    times = _count(scope, wanted)
    if times != 1:
        raise Misfit(f"{at}: there {times} times: {was}")
    _Swap(_text(wanted), wanted, instead).visit(scope)
    return path, ast.fix_missing_locations(tree)


def _read(text: str) -> Piece:
    """One expression, or statements (none for no text)."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return ast.parse(text).body


def _scope(tree: ast.Module, name: str) -> ast.AST | None:
    here: ast.AST = tree
    for part in name.split(".") if name else ():
        inner = [one for one in ast.walk(here) if one is not here and part in _names(one)]
        if not inner:
            return None
        here = inner[0]
    return here


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [one.id for one in targets if isinstance(one, ast.Name)]


@cache
def _modules() -> list[tuple[str, Path]]:
    files = [path for source in SOURCES for path in sorted((ROOT / source).rglob("*.py"))]
    return [(".".join(path.relative_to(ROOT).with_suffix("").parts), path) for path in files]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# ---- comparing ------------------------------------------------------------------------------------------------------
def difference(before: ast.AST, after: ast.AST) -> tuple[str, str]:
    """The smallest expression or run of statements that tells the two apart and occurs in `before` once."""
    chain = [(was, now) for was, now in reversed(list(_chain(before, after))) if _count(before, was) == 1]
    telling = [one for one in chain if isinstance(one[0], ast.expr) and not isinstance(one[0], TOO_LITTLE)]
    if not chain:
        raise Misfit("they are alike, or told apart by nothing that occurs once")
    was, now = (telling or chain)[0]
    return _text(was), _text(now)


def _chain(was: ast.AST, now: ast.AST) -> Iterator[tuple[Piece, Piece]]:
    """From the whole to the smallest part that holds every difference: what may stand as a place."""
    if isinstance(was, ast.expr | ast.stmt) and not isinstance(was, NO_PLACE):
        yield (was if isinstance(was, ast.expr) else [was]), (now if isinstance(now, ast.expr) else [now])  # type: ignore[list-item]  # a statement is replaced by one
    if type(was) is not type(now):
        return
    fields = [(getattr(was, name), getattr(now, name)) for name in was._fields]
    apart = [(a, b) for a, b in fields if _dumped(a) != _dumped(b)]
    if len(apart) != 1:
        return
    a, b = apart[0]
    if isinstance(a, ast.AST) and isinstance(b, ast.AST):
        yield from _chain(a, b)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _chain_of(a, b)


def _chain_of(was: list[ast.AST], now: list[ast.AST]) -> Iterator[tuple[Piece, Piece]]:
    first = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if _dumped(a) != _dumped(b)), None)
    if first is None:
        first = min(len(was), len(now))
    last = 0
    while last < min(len(was), len(now)) - first and _dumped(was[-1 - last]) == _dumped(now[-1 - last]):
        last += 1
    if first + last == len(was):  # something is put in: told by what it stands beside
        first, last = (first - 1, last) if first else (first, last - 1)
    old, new = was[first : len(was) - last], now[first : len(now) - last]
    if all(isinstance(one, ast.stmt) for one in (*was, *now)):
        yield was, now  # type: ignore[misc]  # statements, as just asked
        yield old, new  # type: ignore[misc]  # the same
    if len(old) == len(new) == 1:
        yield from _chain(old[0], new[0])


def _dumped(one: object) -> str:
    if isinstance(one, list):
        return "\n".join(map(_dumped, one))
    return ast.dump(one) if isinstance(one, ast.AST) else repr(one)


# ---- parts of both --------------------------------------------------------------------------------------------------
def _text(piece: Piece) -> str:
    return "\n".join(map(ast.unparse, piece)) if isinstance(piece, list) else ast.unparse(piece)


def _count(scope: ast.AST, piece: Piece) -> int:
    wanted = _text(piece)
    if isinstance(piece, list):
        return sum(len(list(_runs(body, wanted, len(piece)))) for node in ast.walk(scope) for body in _bodies(node))
    return sum(type(one) is type(piece) and ast.unparse(one) == wanted for one in ast.walk(scope))


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list):
            yield body


def _runs(body: Sequence[ast.stmt], wanted: str, length: int) -> Iterator[int]:
    for start in range(len(body) - length + 1):
        if _text(list(body[start : start + length])) == wanted:
            yield start


class _Swap(ast.NodeTransformer):
    """Puts one piece in another's place, once."""

    def __init__(self, wanted: str, piece: Piece, instead: Piece) -> None:
        self.wanted, self.piece, self.instead = wanted, piece, instead

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(self.piece, list):
            for body in _bodies(node):
                for start in list(_runs(body, self.wanted, len(self.piece))):
                    body[start : start + len(self.piece)] = self.instead  # type: ignore[assignment]  # statements by statements
                    node.body = node.body or [ast.Pass()]  # type: ignore[attr-defined]  # what has a list has a body
                    return node
        elif type(node) is type(self.piece) and ast.unparse(node) == self.wanted:
            return self.instead  # type: ignore[return-value]  # an expression by an expression
        self.generic_visit(node)
        return node
