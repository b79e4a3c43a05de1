"""What a process remembers: bounded, the longest unused goes first, and side by side no change is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.runtime.memory import Memory, Recent


def test_what_was_put_longest_ago_goes_first():
    kept: Memory[str, int] = Memory(2)
    for n, key in enumerate(("a", "b", "a", "c")):
        kept.put(key, n)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (2, None, 3, 2)


def test_a_change_sees_what_is_there_and_answers_beside_it():
    kept: Memory[str, int] = Memory(2)
    assert kept.change("a", lambda was: (1, was)) is None
    assert kept.change("a", lambda was: (2, was)) == 1
    assert kept.get("a") == 2


def test_one_entry_or_all_are_forgotten():
    kept: Memory[str, int] = Memory(9)
    for key in "abc":
        kept.put(key, 1)
    kept.forget("a")
    kept.forget("nobody")
    assert (kept.get("a"), len(kept)) == (None, 2)
    kept.forget()
    assert len(kept) == 0


def test_a_change_that_comes_during_another_is_made_after_it():
    kept: Memory[str, int] = Memory(2)
    meanwhile(kept, lambda: kept.change("a", _one_more))
    assert kept.get("a") == 2


@pytest.mark.parametrize("key", ["a", None])
def test_what_is_forgotten_during_a_change_is_gone_after_it(key):
    kept: Memory[str, int] = Memory(2)
    meanwhile(kept, lambda: kept.forget(key))
    assert kept.get("a") is None


def meanwhile(kept: Memory[str, int], act: Callable[[], object]) -> None:
    """Change an entry, and let another thread act before that is done."""
    other = threading.Thread(target=act)

    def step(count: int | None) -> tuple[int, None]:
        other.start()
        other.join(0.1)
        return _one_more(count)

    kept.change("a", step)
    other.join()


def _one_more(count: int | None) -> tuple[int, None]:
    return (count or 0) + 1, None


def test_what_was_read_lately_is_not_read_again_and_then_with_what_was_known(clock):
    kept: Recent[str, int] = Recent(10_000)
    asked: list[int | None] = []

    def read(known: int | None) -> int:
        asked.append(known)
        return len(asked)

    assert [kept.recall("a", read), kept.recall("a", read)] == [1, 1]
    clock.advance(timedelta(milliseconds=9_999))
    assert kept.recall("a", read) == 1
    clock.advance(timedelta(milliseconds=1))
    assert (kept.recall("a", read), asked) == (2, [None, 1])
    clock.advance(timedelta(milliseconds=-1))
    assert kept.recall("a", read) == 3, "a clock that went back is believed"
    assert (kept.recall("b", read), asked) == (4, [None, 1, 2, None])
    kept.forget()
    assert (kept.recall("a", read), asked[-1]) == (5, None)


def test_of_several_only_what_was_not_read_lately_is_read_and_together(clock):
    kept, asked = Recent[str, int](1000), list[list[str]]()

    def read(keys: list[str]) -> dict[str, int]:
        asked.append(keys)
        return {key: len(asked) for key in keys if key != "nowhere"}

    assert kept.recall_all(["a", "b"], read) == {"a": 1, "b": 1}
    assert kept.recall_all(["b", "c", "nowhere"], read) == {"b": 1, "c": 2}
    assert kept.recall_all(["a", "b", "c"], read) == {"a": 1, "b": 1, "c": 2}
    assert kept.recall_all([], read) == {}
    assert asked == [["a", "b"], ["c", "nowhere"]]
    clock.advance(timedelta(milliseconds=999))
    assert kept.recall_all(["a"], read) == {"a": 1}
    clock.advance(timedelta(milliseconds=1))
    assert kept.recall_all(["a", "nowhere"], read) == {"a": 3}
    clock.advance(timedelta(seconds=-5))
    assert kept.recall_all(["a"], read) == {"a": 4}, "a clock that went back is believed"


def test_what_was_not_there_is_looked_for_again(clock):
    kept, there = Recent[str, str | None](1000), dict[str, str | None]()
    assert kept.recall("a", lambda _: there.get("a")) is None
    assert kept.recall_all(["b"], lambda keys: {key: there.get(key) for key in keys}) == {"b": None}
    there |= {"a": "A", "b": "B"}
    assert kept.recall("a", lambda _: there.get("a")) == "A"
    assert kept.recall_all(["b"], lambda keys: {key: there.get(key) for key in keys}) == {"b": "B"}
