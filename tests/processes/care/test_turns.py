"""A deadline is of one turn: it says nothing of what was asked after it."""

from __future__ import annotations

from chalicelib.records.tickets.service import matters
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

from . import test_tickets as tickets
from .test_tickets import answer_to, asked, find

helpdesk = tickets.helpdesk


def test_the_deadline_of_a_turn_that_was_answered_makes_the_next_one_no_sooner_late(helpdesk):
    row = find(asked(helpdesk))
    for act in (answer_to(row.id), lambda own: matters.reply(find(row.id), None, "还有", own)):
        own = Work(Caller("A1", "operator"), "test")
        act(own)
        own.commit()
    assert (find(row.id).state, find(row.id).asked) == ("open", 3)
    for turn in (1, 2, 4):
        own = Work(Caller("A1", "operator"), "test")
        matters.breach(row.id, turn, own)
        assert not own.pending, turn
    own = Work(Caller("A1", "operator"), "test")
    matters.breach(row.id, 3, own)
    assert own.pending
