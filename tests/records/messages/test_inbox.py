"""One's own messages: the inbox, how often offers come, and what the shop's own see of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.claims.rules import Judgement
from chalicelib.records.messages.inbox import service as inbox
from chalicelib.records.messages.inbox.steps import lay
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support import people

INBOX, PACE = "/v1/me/inbox", "/v1/me/message-preferences"


def put(who: str, number: int, purpose: str = "marketing") -> str:
    work = Work(Caller("sender", "worker"), "setup")
    message = work.new_id("N")
    work.add(lay(who, message, f"a#{number}", purpose, f"主题{number}", f"正文{number}", work.now))
    work.commit()
    return message


def test_an_inbox_shows_the_latest_first_counts_the_unread_and_remembers_what_was_read(front, engine):
    who = people.register(front)
    ids = []
    for number in range(3):
        ids.append(put(who.id, number, "service" if number else "marketing"))
        engine.advance(timedelta(seconds=1))
    first = front.get(f"{INBOX}?limit=2", token=who.token).json
    rest = front.get(f"{INBOX}?limit=2&cursor={first['next']}", token=who.token).json
    assert [one["message_id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert [one["offer"] for one in first["items"] + rest["items"]] == [False, False, True]
    assert front.get(f"{INBOX}/unread", token=who.token).json == {"unread": 3}
    assert front.request("PUT", f"{INBOX}/{ids[0]}/read", token=who.token).status == 204
    assert front.get(f"{INBOX}/unread", token=who.token).json == {"unread": 2}
    assert front.get(f"{INBOX}?limit=3", token=who.token).json["items"][2]["read_at"] is not None


def test_nobody_reads_the_inbox_of_another(front):
    who, other = people.register(front), people.register(front, "13900139000")
    message = put(who.id, 1)
    assert front.get(INBOX, token=other.token).json["items"] == []
    told = front.request("PUT", f"{INBOX}/{message}/read", token=other.token)
    assert (told.status, told.json["code"]) == (404, "INBOX_MESSAGE_NOT_FOUND")


def test_unread_ones_are_counted_among_the_latest_hundred(front):
    who = people.register(front)
    for number in range(101):
        put(who.id, number)
    assert inbox.unread(who.id) == 100


def test_a_message_cannot_lie_there_twice(front):
    who = people.register(front)
    work, again = Work(Caller("s", "worker"), "a"), Work(Caller("s", "worker"), "a")
    for one in (work, again):
        one.add(lay(who.id, "N1", "a", "service", "s", "t", one.now))
    work.commit()
    with pytest.raises(CommitRejected, match="INBOX_MESSAGE_TWICE"):
        again.commit()


def test_how_often_offers_come_is_ones_own_choice(front):
    who = people.register(front)
    assert front.get(PACE, token=who.token).json == {"pace": "usual", "subscriptions": []}
    assert front.request("PUT", PACE, {"pace": "weekly"}, token=who.token).status == 204
    assert front.get(PACE, token=who.token).json == {"pace": "weekly", "subscriptions": []}
    assert front.request("PUT", PACE, {"pace": "hourly"}, token=who.token).status == 422


def test_a_pace_that_changes_while_a_sender_decides_has_it_judge_anew(front):
    """The pair edit|send: both write the person's counts under the version that they read."""
    who = people.register(front)
    (stood,) = claims.held([(who.id, "a")])
    work = Work(Caller("s", "worker"), "send")
    claims.claim(claims.ClaimedMessage(who.id, "a", "t", "marketing", ""), stood, Judgement("sms"), work)
    assert front.request("PUT", PACE, {"pace": "monthly"}, token=who.token).status == 204
    with pytest.raises(CommitRejected, match="REACH_CHANGED"):
        work.commit()


def test_the_shops_own_see_what_was_sent_and_what_was_not_and_why(front, engine):
    who, clerk = people.register(front), people.member(front, "support").token
    for number, told in enumerate(
        (Judgement("sms"), Judgement("", "suppressed", "caps"), Judgement("", "held", "quiet", engine.now()))
    ):
        (stood,) = claims.held([(who.id, f"a#{number}")])
        work = Work(Caller("s", "worker"), "send")
        row = claims.claim(
            claims.ClaimedMessage(who.id, f"a#{number}", "hello", "marketing", "spring"), stood, told, work
        )
        work.commit()
        if not number:
            claims.sent(row, Work(Caller("s", "worker"), "sent"))
        engine.advance(timedelta(seconds=1))
    shown = front.get(f"/v1/admin/users/{who.id}/messages", token=clerk).json["items"]
    assert [(one["occasion"], one["state"], one["why"]) for one in shown] == [
        ("a#2", "held", "quiet"),
        ("a#1", "suppressed", "caps"),
        ("a#0", "sent", None),
    ]
    waits, *ended = [(one["until"] is not None, one["ended_at"] is None) for one in shown]
    assert (waits, ended) == ((True, True), [(False, False)] * 2)
    assert "phone" not in str(shown)
