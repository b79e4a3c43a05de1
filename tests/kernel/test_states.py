"""A state machine says just what its table says."""

from __future__ import annotations

from collections import namedtuple

import pytest

from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.states import States


class NoSuchDoor(NotFound):
    zh, en = "没有门", "no door"


class DoorStateConflict(Conflict):
    state: str | None
    zh, en = "门 {state}", "the door is {state}"


def machine(initial, edges):
    return States(initial, edges, absent=NoSuchDoor, conflict=DoorStateConflict)


DOOR = machine(
    "shut", {"shut": {"open": "ajar", "lock": "locked"}, "ajar": {"close": "shut"}, "locked": {"open": "ajar"}}
)


def test_an_action_leads_where_the_table_says_and_nowhere_else():
    assert DOOR.after("shut", "open") == "ajar"
    assert DOOR.after("locked", "open") == "ajar"
    assert DOOR.after("ajar", "close") == "shut"
    assert DOOR.after("ajar", "open") is None
    assert DOOR.after("nowhere", "open") is None


def test_an_action_has_its_sources_and_one_target():
    assert DOOR.sources("open") == ["shut", "locked"]
    assert DOOR.sources("close") == ["ajar"]
    assert [DOOR.target(action) for action in ("open", "lock", "close")] == ["ajar", "locked", "shut"]


def test_an_action_of_no_state_is_unknown():
    for ask in (DOOR.sources, DOOR.target):
        with pytest.raises(KeyError, match="paint"):
            ask("paint")


def test_all_states_are_listed_the_initial_one_first():
    assert machine("shut", DOOR.edges).initial == "shut"
    assert DOOR.all == ["shut", "ajar", "locked"]
    assert machine("b", {"b": {"go": "c"}, "a": {"go": "c"}}).all == ["b", "a", "c"]


def test_an_action_may_not_lead_to_two_states():
    with pytest.raises(ValueError, match=r"^go leads to more than one state$"):
        machine("a", {"a": {"go": "b"}, "b": {"go": "c"}})
    with pytest.raises(ValueError, match=r"^go leads to more than one state$"):
        machine("a", {"a": {"go": "b"}, "b": {"go": "c"}, "c": {"go": "d", "stay": "c"}})


def test_a_table_is_its_own_once_it_is_made():
    edges = {"a": {"go": "b"}}
    made = machine("a", edges)
    edges["a"]["stay"] = "a"
    assert made.after("a", "stay") is None


def test_a_failed_condition_means_that_it_is_not_there_or_in_another_state():
    door = namedtuple("Door", "state")
    assert type(DOOR.refusal(None)) is NoSuchDoor
    locked = DOOR.refusal(door("locked"))
    assert (type(locked), locked.params, locked.message("en")) == (
        DoorStateConflict,
        {"state": "locked"},
        "the door is locked",
    )
    assert DOOR.refusal(object()).params == {"state": None}
