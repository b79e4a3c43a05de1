"""Who may do what, and how often one may knock: each role's permits, what stands together, when a gate closes."""

from __future__ import annotations

import itertools

import pytest

from chalicelib.kernel.permits import APART, ROLES, STAFF_ROLES, permits, together
from chalicelib.records.identity.access.rules import Gate, record_attempt
from chalicelib.runtime.caller import ANYONE, Caller, worker

NOON = 1_000_000


# ---- permits --------------------------------------------------------------------------------------------------------
def test_a_role_may_what_its_line_says_and_several_all_of_theirs():
    for role, may in ROLES.items():
        assert permits([role]) == may
    for one, other in itertools.combinations(ROLES, 2):
        assert permits([one, other]) == ROLES[one] | ROLES[other]
    assert permits(ROLES) == frozenset().union(*ROLES.values())


def test_an_unknown_role_may_nothing_and_takes_nothing_away():
    assert permits([]) == permits(["owner"]) == permits([""]) == frozenset()
    assert permits(["owner", "support"]) == ROLES["support"]


def test_a_caller_may_what_is_among_the_permits_and_nothing_like_it():
    caller = Caller("U1", "customer", frozenset({"orders:read"}))
    assert caller.may("orders:read")
    for other in ("orders:rea", "orders:read_any", "orders", "", "Orders:read"):
        assert not caller.may(other)
    assert not ANYONE.may("")
    assert not ANYONE.may("orders:read")


def test_a_worker_goes_by_its_name_and_comes_through_no_door():
    told = worker("ordering.expire")
    assert told == Caller("ordering.expire", "worker")
    assert (told.permits, told.session, told.ip) == (frozenset(), "", "")


@pytest.mark.parametrize("size", range(5))
def test_who_moves_money_neither_asks_for_it_nor_gives_out_rights(size):
    for roles in map(frozenset, itertools.combinations(sorted(STAFF_ROLES), size)):
        assert together(roles) is not any(pair <= roles for pair in APART)
        if "finance" in roles:
            assert together(roles) is (len(roles) == 1)
        assert not together(roles | {"customer"})
        assert not together(roles | {"owner"})


# ---- knocking -------------------------------------------------------------------------------------------------------
def knocks(most, times, *, now=NOON, gate=None, until_open=True):
    """The attempts that closed the gate, each with for how many seconds; a closed gate is waited for."""
    gate, closings = gate or Gate(), []
    for n in range(1, times + 1):
        after = record_attempt(gate, now, most)
        assert after is not None
        assert after.failures == gate.failures + 1
        gate = after
        if gate.closed_until:
            closings.append((n, gate.closed_until - now))
            now = gate.closed_until
    return closings


@pytest.mark.parametrize(
    ("most", "closings"),
    [
        (10, [(10, 900), (15, 1800), (20, 3600), (25, 3600), (30, 3600)]),
        (4, [(4, 900), (6, 1800), (8, 3600), (10, 3600)]),
        (3, [(3, 900), (4, 1800), (5, 3600), (6, 3600)]),
        (1, [(1, 900), (2, 1800), (3, 3600), (4, 3600)]),
    ],
)
def test_the_gate_closes_longer_each_time_but_never_for_good(most, closings):
    assert knocks(most, closings[-1][0]) == closings


def test_ten_failures_are_the_usual():
    gate = Gate()
    for _ in range(9):
        gate = record_attempt(gate, NOON)
        assert gate.closed_until == 0
    assert record_attempt(gate, NOON) == Gate(10, NOON + 900, NOON + 1800)


def test_a_closed_gate_hears_nobody_until_the_very_second_it_opens():
    gate = Gate(10, NOON + 900, NOON + 1800)
    assert record_attempt(gate, NOON) is None
    assert record_attempt(gate, NOON + 899) is None
    assert record_attempt(gate, NOON + 900) == Gate(11, 0, NOON + 1800)


def test_failures_are_forgotten_a_quarter_of_an_hour_after_the_first():
    first = record_attempt(Gate(), NOON)
    assert first == Gate(1, 0, NOON + 900)
    assert record_attempt(first, NOON + 899) == Gate(2, 0, NOON + 900)
    assert record_attempt(first, NOON + 900) == Gate(1, 0, NOON + 1800)


def test_a_lock_is_remembered_a_quarter_of_an_hour_after_it_opened():
    gate = Gate(14, NOON, NOON + 900)
    assert record_attempt(gate, NOON + 10) == Gate(15, NOON + 1810, NOON + 2710)
    assert record_attempt(Gate(15, NOON + 1810, NOON + 2710), NOON + 2709).failures == 16
    assert record_attempt(Gate(15, NOON + 1810, NOON + 2710), NOON + 2710).failures == 1


def test_what_is_remembered_longer_stays_so():
    assert record_attempt(Gate(9, 0, NOON + 99_999), NOON) == Gate(10, NOON + 900, NOON + 99_999)
