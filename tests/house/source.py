"""The project's own text, read once: what the house inspects when it inspects itself."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {
    ".git", ".venv", ".venv-engine", ".state", ".sim", "build", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis",
    ".pytest_cache", ".import_linter_cache", "deployed", "deployments", "node_modules",
}  # fmt: skip
MADE = {"openapi.json", "schemas"}  # written from the code
TEXT = {".py", ".html", ".js", ".css", ".md", ".yaml", ".yml", ".json", ".toml", ".txt", ".in", ".svg", ".sh", ""}
FOLDERS = {
    "rules",
    "service",
    "steps",
    "providers",
    "kinds",
    "channels",
    "carriers",
    "warehouses",
}  # rooms that may be folders; others are wings
CODE = {".py", ".html", ".js", ".css", ".yaml", ".sh"}


@cache
def texts() -> dict[str, str]:
    """Path below the project -> text, for every text file of ours."""
    found = {}
    for folder, names, files in os.walk(ROOT):
        names[:] = sorted(name for name in names if name not in NOT_OURS)
        for name in sorted(files):
            path = Path(folder, name)
            if (path.suffix in TEXT and not name.startswith(".git")) or name == ".gitignore":
                found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
    return found


def python(*under: str) -> dict[str, str]:
    """The Python files below these folders (all, when none is named)."""
    return {
        path: text
        for path, text in texts().items()
        if path.endswith(".py") and (not under or any(path == one or path.startswith(f"{one}/") for one in under))
    }


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(texts()[path], path)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run; what stands under `if TYPE_CHECKING:` is only for readers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _running(child)


def imports(path: str) -> Iterator[tuple[int, str]]:
    """(line, absolute module) of every import of a file that happens, also those within functions."""
    package = path.removesuffix(".py").removesuffix("/__init__").split("/")
    base = package if path.endswith("/__init__.py") else package[:-1]
    for node in _running(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(base[: len(base) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (start, node.module or "") if part)
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def room(path: str) -> str:
    """The room of a file, also in a wing: `chalicelib/records/orders/service/open.py` -> service."""
    parts = path.removesuffix(".py").split("/")
    inside = parts[4:] if len(parts) > 4 and parts[3] not in FOLDERS else parts[3:]
    return inside[0] if inside else parts[-1]


def entered(module: str) -> str:
    """The room of a context, or of a wing of it, that an absolute import enters; empty for the context or the wing itself."""
    parts = module.split(".")
    inside = parts[3:]
    if inside and inside[0] not in FOLDERS and ROOT.joinpath(*parts[:4]).is_dir():
        inside = inside[1:]  # a wing
    return inside[0] if inside else ""
