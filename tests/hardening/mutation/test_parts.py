"""The mutation run's own parts: every file and test it names is there, names are read rightly, samples are repeatable."""

from __future__ import annotations

from tests.hardening.mutation.__main__ import explanations
from tests.hardening.mutation.parts import PARTS
from tests.hardening.mutation.workshop import ROOT, Workshop, function_of
from tests.support.trees import changed


def test_every_file_and_test_of_a_part_is_there():
    assert len({part.name for part in PARTS}) == len(PARTS)
    for part in PARTS:
        assert [name for name in (*part.files, *part.tests) if not (ROOT / name).exists()] == []


def test_every_part_has_functions_that_are_never_sampled():
    assert [part.name for part in PARTS if not part.whole] == []


def test_a_mutant_s_name_tells_its_function():
    assert function_of("chalicelib.kernel.money.xǁFenǁshare__mutmut_7") == "chalicelib.kernel.money.Fen.share"
    assert function_of("chalicelib.kernel.money.x__whole__mutmut_12") == "chalicelib.kernel.money._whole"
    assert function_of("chalicelib.kernel.money.xǁFenǁ__add____mutmut_1") == "chalicelib.kernel.money.Fen.__add__"


def test_a_sample_is_the_same_each_time_and_holds_all_that_is_never_sampled():
    shop = Workshop(next(part for part in PARTS if part.name == "money"))
    names = [f"chalicelib.kernel.money.xǁFenǁshare__mutmut_{n}" for n in range(5)]
    names += [f"chalicelib.kernel.money.x__whole__mutmut_{n}" for n in range(40)]
    chosen = shop.chosen(names, 10, 1)
    assert chosen == shop.chosen(names, 10, 1)
    assert chosen != shop.chosen(names, 10, 2)
    assert chosen[:5] == names[:5]
    assert len(chosen) == 10
    assert shop.chosen(names, None, 1) == names
    assert shop.chosen(names, 3, 1) == names[:5]


def test_every_survivor_is_explained_in_a_sentence_about_code_that_is_there():
    modules = tuple(file.removesuffix(".py").replace("/", ".") + "." for part in PARTS for file in part.files)
    for (function, was, now), why in explanations().items():
        assert function.startswith(modules)
        assert changed(function, was, now)
        assert was != now
        assert len(why) > 15
