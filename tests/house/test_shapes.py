"""What goes in and out of routes stands in the room `shapes`; services answer plain values, of which shapes make views."""

from __future__ import annotations

import ast

from tests.house import source

SHAPES = {"View", "Body", "Query", "Paging", "BaseModel"}
HANDED_ON = (  # commands come, and what a journal keeps is answered, in the form of the door
    "chalicelib/processes/ordering/",
    "chalicelib/processes/paying/",
    "chalicelib/processes/refunding/",
)


def outside(path: str, tree: ast.Module) -> list[str]:
    """The shapes that a file of another room defines."""
    if source.room(path) == "shapes":
        return []
    return [
        f"{path}:{node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and SHAPES & {ast.unparse(base) for base in node.bases}
    ]


def test_views_and_bodies_stand_in_shapes_only():
    contexts = source.python("chalicelib/records", "chalicelib/processes")
    assert [one for path in contexts for one in outside(path, source.tree(path))] == []


def test_services_know_no_shapes():
    contexts = source.python("chalicelib/records", "chalicelib/processes")
    wrong = [
        f"{path}:{line}"
        for path in contexts
        if source.room(path) in ("service", "steps", "rules", "model") and not path.startswith(HANDED_ON)
        for line, module in source.imports(path)
        if "shapes" in module.split(".")
    ]
    assert wrong == []


def test_a_shape_in_another_room_is_found():
    tree = ast.parse("class Told(View):\n    id: str")
    assert outside("chalicelib/records/x/routes.py", tree) == ["chalicelib/records/x/routes.py:Told"]
    assert outside("chalicelib/records/x/shapes.py", tree) == []
