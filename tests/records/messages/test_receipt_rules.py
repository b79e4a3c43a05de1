"""What a receipt changes, to the letter."""

from __future__ import annotations

import pytest

from chalicelib.records.messages.receipts import rules

ORDER = (None, "failed", "delivered", "bounced", "complained", "opt_out")


@pytest.mark.parametrize("later", range(1, len(ORDER)))
@pytest.mark.parametrize("before", range(len(ORDER)))
def test_an_outcome_only_rises(before, later):
    assert rules.rises(ORDER[before], ORDER[later] or "") == (later > before)


def test_a_message_fails_once_at_its_address_and_five_are_enough():
    told = None
    for n in range(5):
        assert not rules.enough(told or "")
        told = rules.added(rules.added(told, f"m{n}"), f"m{n}")
        assert len(told.split()) == n + 1
    assert rules.enough(told or "")


def test_a_digest_is_short_and_of_one_name():
    assert len(rules.digest("a")) == 16
    assert rules.digest("a") != rules.digest("b")
