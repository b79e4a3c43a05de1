"""The formatter lays out everything but tables (docs/decisions/145)."""

from __future__ import annotations

import ast

from tests.house import source

ROWS = 4  # a display of fewer things is no table
SKIP = "  # fmt: skip"


def tables(text: str) -> set[int]:
    """The last lines of what is a table: data that is named, walked over, or a test's parameters."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, (ast.Assign, ast.AnnAssign))
            and node.value is not None
            and any(map(_display, ast.walk(node.value)))
        ):
            found.add(node.end_lineno or 0)
        elif isinstance(node, ast.For) and isinstance(node.iter, (ast.Tuple, ast.List)):
            found.add(node.iter.end_lineno or 0)
        elif isinstance(node, ast.FunctionDef):
            found |= {one.end_lineno or 0 for one in node.decorator_list if "parametrize" in ast.unparse(one)}
    return found


def _display(node: ast.AST) -> bool:
    if isinstance(node, ast.Dict):
        return len(node.values) >= ROWS
    return isinstance(node, (ast.List, ast.Tuple, ast.Set)) and len(node.elts) >= ROWS


def skipped(text: str) -> set[int]:
    return {number for number, line in enumerate(text.split("\n"), 1) if line.endswith(SKIP)}


def test_only_tables_are_laid_out_by_hand():
    wrong = [
        f"{path}:{number}" for path, text in source.python().items() for number in sorted(skipped(text) - tables(text))
    ]
    assert wrong == []


def test_a_skip_that_is_no_table_is_found():
    table = f"A = {{\n    1: 2, 3: 4,\n    5: 6, 7: 8,\n}}{SKIP}\n"
    call = f"work(\n    1, 2,\n    3, 4,\n){SKIP}\n"
    short = f"A = (\n    1, 2,\n){SKIP}\n"
    assert [skipped(text) - tables(text) for text in (table, call, short)] == [set(), {4}, {3}]
