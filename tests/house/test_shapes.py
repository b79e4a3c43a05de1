"""What goes in and out of routes stands in the room `shapes`; services answer plain values, of which shapes make views."""

from __future__ import annotations

import ast
import importlib

from chalicelib.runtime.http import Body
from tests.house import source

SHAPES = {"View", "Body", "Query", "Paging", "BaseModel"}
COMMANDED = (  # commands come in the form of the door
    "chalicelib/processes/fulfilment/",
    "chalicelib/processes/ordering/",
    "chalicelib/processes/paying/",
    "chalicelib/processes/refunding/",
)
KEPT = {  # and so is answered what a journal keeps, or what a refusal shows, where a price has changed or wants a yes
    "chalicelib/processes/fulfilment/service/ship_order.py",
    "chalicelib/processes/ordering/service/make_quote.py",
    "chalicelib/processes/ordering/service/one_click.py",
    "chalicelib/processes/ordering/service/place_order.py",
    "chalicelib/processes/paying/service/start_payment.py",
}


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


def taken(path: str, tree: ast.Module) -> dict[str, bool]:
    """What a file takes from a room of shapes, and whether that is a command."""
    package = path.removesuffix(".py").replace("/", ".").rpartition(".")[0]
    found = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        level, module = (node.level, node.module or "") if isinstance(node, ast.ImportFrom) else (0, "")
        shapes = importlib.import_module("." * level + module, package) if "shapes" in module.split(".") else None
        for one in node.names:
            if shapes is not None:
                kind = getattr(shapes, one.name)
                found[one.name] = isinstance(kind, type) and issubclass(kind, Body)
            elif "shapes" in one.name.split("."):
                found[one.name] = False
    return found


def test_services_know_no_shapes_but_commands_and_what_a_journal_keeps():
    inner = [
        path
        for path in source.python("chalicelib/records", "chalicelib/processes")
        if source.room(path) in ("service", "steps", "rules", "model")
    ]
    known = {path: found for path in inner if (found := taken(path, source.tree(path)))}
    assert [path for path in known if not path.startswith(COMMANDED)] == []
    assert {path for path, found in known.items() if not all(found.values())} == KEPT


def test_a_service_that_knows_a_view_is_found():
    path = "chalicelib/processes/refunding/service/ask_refund.py"
    assert taken(path, ast.parse("from ..shapes import AskRefund, RefundView")) == {
        "AskRefund": True,
        "RefundView": False,
    }
    absolute = "from chalicelib.processes.refunding.shapes import refund_view"
    assert taken(path, ast.parse(absolute)) == {"refund_view": False}
    assert taken(path, ast.parse("from .. import rules, shapes")) == {"shapes": False}
    assert taken(path, ast.parse("import chalicelib.processes.paying.shapes")) == {
        "chalicelib.processes.paying.shapes": False
    }


def test_a_shape_in_another_room_is_found():
    tree = ast.parse("class Told(View):\n    id: str")
    assert outside("chalicelib/records/x/routes.py", tree) == ["chalicelib/records/x/routes.py:Told"]
    assert outside("chalicelib/records/x/shapes.py", tree) == []
