"""A few mutants in every run of the tests: money and stock are watched between one `make mutate` and the next.

They are the same few until the code changes.
"""

from __future__ import annotations

import random

from tests.hardening.mutation.__main__ import SEED, explanations, judge
from tests.hardening.mutation.parts import PARTS, Part
from tests.hardening.mutation.workshop import Workshop, function_of

FEW, SECONDS = 25, 120.0


def test_a_few_changes_of_what_decides_money_and_stock_are_noticed(tmp_path):
    taken = [part for part in PARTS if part.name in ("money", "folding", "stock")]
    together = Part(
        "a few",
        tuple(file for part in taken for file in part.files),
        tuple(test for part in taken for test in part.tests),
        tuple(pattern for part in taken for pattern in part.whole),
    )
    shop = Workshop(together, tmp_path)
    shop.prepare()
    names = [name for name in shop.names() if together.exhaustive(function_of(name))]
    few = random.Random(SEED).sample(names, FEW)

    shop.run(few, SECONDS)

    assert judge(shop, few, len(names), 0.0, explanations(), set()).broken == []
