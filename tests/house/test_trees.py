"""Places in the code are found by function and expression: layout does not matter, what is gone or there twice is told."""

from __future__ import annotations

import ast

import pytest

from tests.support.trees import Misfit, changed, difference, dotted

PLACE = "inventory.steps.hold"
WAS = "_had(quantity, said.get(shelf)) & Stock.closed.does_not_exist()"

LINE_BREAK = "\\\n  & "


def told(before: str, after: str) -> tuple[str, str]:
    return difference(ast.parse(before), ast.parse(after))


def test_a_place_is_the_end_of_one_name():
    assert dotted(PLACE) == "chalicelib.records.inventory.steps.hold"
    with pytest.raises(Misfit, match="nowhere"):
        dotted("inventory.steps.no_such_step")
    with pytest.raises(Misfit, match="the end of"):
        dotted("service")


def test_an_expression_is_replaced_however_it_is_laid_out():
    _, tree = changed(PLACE, f"(({WAS.replace(' & ', LINE_BREAK)}))", "Stock.x")
    assert "Stock.x" in ast.unparse(tree)
    assert WAS not in ast.unparse(next(one for one in tree.body if getattr(one, "name", "") == "hold"))


def test_what_is_not_there_or_there_twice_is_told():
    for was in ("Stock.held > quantity", "quantity"):
        with pytest.raises(Misfit, match=r"there (0|[2-9]) times"):
            changed(PLACE, was, "1")


def test_statements_are_replaced_and_removed():
    _, tree = changed("work.Work.commit", "steps = standing.within(steps)", "")
    assert "standing.within" not in ast.unparse(tree)


def test_the_smallest_part_that_differs_is_told_and_grows_until_it_is_there_once():
    assert told("a = f(x < 1)", "a = f(x <= 1)") == ("x < 1", "x <= 1")
    assert told("a = f(x) + g(x)", "a = f(x) + g(y)") == ("g(x)", "g(y)")
    assert told("p(1)\nq(1)\nr(1)", "p(1)\nr(1)") == ("q(1)", "")
    assert told("p(1)\nq(1)", "p(1)\nz()\nq(1)") == ("p(1)", "p(1)\nz()")
    assert told("if a:\n    b()\nc()", "b()\nc()") == ("if a:\n    b()", "b()")
    with pytest.raises(Misfit):
        told("a = 1", "a = 1")
