"""Claims to the letter: what is written of a message that is taken up, what may end it, what counts, and the day's money."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.messages.claims import rules, service, steps
from chalicelib.records.messages.claims.rules import MARKETING, SERVICE, Judgement, MessageTaken, ReachChanged
from chalicelib.records.messages.claims.service import ClaimedMessage, StoodMessage
from chalicelib.records.messages.model import MessageClaim, Reach
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

ANNA, OCCASION = "U01JZ0000000000000000000000", "return_pack#1#20260601#hello"
OFFER = ClaimedMessage(ANNA, OCCASION, "return_pack", MARKETING, "spring")
NOTICE = ClaimedMessage(ANNA, OCCASION, "order_sent", SERVICE, "")
GOES, KEPT_BACK = Judgement("sms"), Judgement("", "suppressed", "caps")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TODAY = "20260601"
ENDS = [("send", "sent"), ("stop", "suppressed"), ("lose", "unknown"), ("fail", "failed"), ("hold", "held")]


def work():
    return Work(Caller(ANNA, "customer"), "r")


def stood():
    return service.held([(ANNA, OCCASION)])[0]


def claim(message=OFFER, told=GOES, seen=None):
    doing = work()
    row = service.claim(message, seen if seen is not None else stood(), told, doing)
    doing.commit()
    return row, doing.id


def kept():
    """The claim as its fields stand."""
    row = stood().claim
    names = (
        "state",
        "turn",
        "why",
        "template",
        "purpose",
        "campaign",
        "way",
        "at",
        "until",
        "counted",
        "token",
        "group",
        "listed",
    )
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def refusals(told):
    return [type(one) for one in told.value.reasons]


def end(row, action, at=None, why="", until=None):
    doing = work()
    doing.add(steps.end(row, action, at or world.now(), why, until))
    doing.commit()


# ---- taking up ------------------------------------------------------------------------------------------------------
def test_an_offer_that_goes_out_is_written_whole_and_counted(engine):
    now = world.now()
    _, token = claim()
    assert kept() == {
        "state": "claimed",
        "turn": 1,
        "template": "return_pack",
        "purpose": "marketing",
        "campaign": "spring",
        "way": "sms",
        "at": now,
        "until": now + timedelta(minutes=5),
        "counted": TODAY,
        "token": token,
    }
    assert stood().claim.expires == int((now + timedelta(days=400)).timestamp())
    assert (stood().reach.days, stood().reach.version) == (f"{TODAY}:1", 1)


def test_a_notice_counts_for_nobody_and_is_no_campaigns(engine):
    _, token = claim(NOTICE)
    now = world.now()
    assert kept() == {
        "state": "claimed",
        "turn": 1,
        "template": "order_sent",
        "purpose": "service",
        "way": "sms",
        "at": now,
        "until": now + timedelta(minutes=5),
        "token": token,
    }
    assert stood().reach is None


def test_what_is_kept_back_is_shown_at_once_with_the_reason_and_does_not_count(engine):
    now = world.now()
    _, token = claim(told=KEPT_BACK)
    assert kept() == {
        "state": "suppressed",
        "turn": 1,
        "why": "caps",
        "template": "return_pack",
        "purpose": "marketing",
        "campaign": "spring",
        "at": now,
        "token": token,
        "group": ANNA,
        "listed": now,
    }
    assert stood().reach is None


def test_what_waits_says_until_when_and_is_shown(engine):
    later = world.now() + timedelta(hours=8)
    claim(told=Judgement("", "held", "quiet", later))
    told = kept()
    assert (told["state"], told["why"], told["until"], told["group"], "counted" in told) == (
        "held",
        "quiet",
        later,
        ANNA,
        False,
    )


def test_each_time_has_the_next_turn_and_who_read_the_one_before_is_late(engine):
    nobody = stood()
    claim()
    with pytest.raises(CommitRejected) as told:
        claim(NOTICE, seen=nobody)
    assert refusals(told) == [MessageTaken]
    before = stood()
    claim(NOTICE, seen=before)
    assert kept()["turn"] == 2
    with pytest.raises(CommitRejected) as told:
        claim(NOTICE, seen=StoodMessage(before.claim, stood().reach))
    assert refusals(told) == [MessageTaken]
    assert kept()["turn"] == 2


def test_an_offer_taken_up_anew_counts_once_on_the_day_it_goes_out(engine):
    claim()
    claim()
    assert (stood().reach.days, stood().reach.version) == (f"{TODAY}:1", 1)
    engine.advance(DAY)
    claim()
    assert (kept()["counted"], stood().reach.days, stood().reach.version) == ("20260602", "20260602:1", 2)
    claim(told=KEPT_BACK)
    assert ("counted" in kept(), stood().reach.days, stood().reach.version) == (False, "", 3)


def test_two_offers_at_once_do_not_both_count_from_the_same_days(engine):
    other = ClaimedMessage(ANNA, "birthday#2026", "birthday", MARKETING, "")
    mine, others = stood(), service.held([(ANNA, other.occasion)])[0]
    claim(seen=mine)
    with pytest.raises(CommitRejected) as told:
        claim(other, seen=others)
    assert refusals(told) == [ReachChanged]
    assert service.held([(ANNA, other.occasion)])[0].claim is None
    claim(other, seen=service.held([(ANNA, other.occasion)])[0])
    assert (stood().reach.days, stood().reach.version) == (f"{TODAY}:2", 2)
    with pytest.raises(CommitRejected) as told:
        claim(seen=StoodMessage(None, Reach(ANNA, "reach", version=1, days=None)))
    assert set(refusals(told)) == {MessageTaken, ReachChanged}


def test_an_occasion_that_can_name_no_claim_is_refused(engine):
    with pytest.raises(rules.OccasionInvalid):
        service.claim(OFFER._replace(occasion="a b"), StoodMessage(None, None), GOES, work())


# ---- what came of it ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("action", "state"), ENDS)
def test_how_a_claim_ends_is_written_and_shown_from_then_on(engine, action, state):
    row, token = claim()
    began = kept()
    engine.advance(MINUTE)
    until = world.now() + timedelta(hours=1)
    end(row, action, why="because", until=until)
    expected = began | {"state": state, "why": "because", "until": until, "group": ANNA, "listed": world.now()}
    if action in ("fail", "hold"):
        del expected["counted"]
    assert kept() == expected
    assert expected["token"] == token


@pytest.mark.parametrize(("action", "state"), ENDS)
def test_what_gives_nothing_back_may_be_written_twice_and_the_others_once(engine, action, state):
    row, _ = claim()
    end(row, action)
    engine.advance(MINUTE)
    if action in ("fail", "hold"):
        with pytest.raises(CommitRejected) as told:
            end(row, action)
        assert refusals(told) == [MessageTaken]
        assert kept()["listed"] == world.now() - MINUTE
    else:
        end(row, action)
        assert kept()["listed"] == world.now()
    assert kept()["state"] == state
    assert "why" not in kept()


@pytest.mark.parametrize("later", [action for action, _ in ENDS])
@pytest.mark.parametrize(("first", "state"), ENDS)
def test_what_ended_one_way_ends_no_other_way(engine, first, state, later):
    if first == later:
        return
    row, _ = claim()
    end(row, first)
    with pytest.raises(CommitRejected) as told:
        end(row, later)
    assert refusals(told) == [MessageTaken]
    assert kept()["state"] == state


@pytest.mark.parametrize("action", [action for action, _ in ENDS])
def test_nobody_ends_what_somebody_else_took_up_since(engine, action):
    mine, _ = claim()
    claim()
    with pytest.raises(CommitRejected) as told:
        end(mine, action)
    assert refusals(told) == [MessageTaken]
    assert (kept()["state"], kept()["turn"]) == ("claimed", 2)


def test_of_a_message_that_nobody_claimed_nothing_comes(engine):
    row = MessageClaim(ANNA, f"sent#{OCCASION}", turn=1)
    with pytest.raises(CommitRejected) as told:
        end(row, "send")
    assert refusals(told) == [MessageTaken]
    assert stood().claim is None


def test_sent_and_lost_are_written_at_once(engine):
    row, _ = claim()
    engine.advance(MINUTE)
    service.sent(row, work())
    assert (kept()["state"], kept()["listed"], "why" in kept()) == ("sent", world.now(), False)
    other, _ = claim(seen=stood())
    service.lost(other, work())
    assert (kept()["state"], kept()["why"], kept()["counted"]) == ("unknown", "unanswered", TODAY)


# ---- what did not go out counts no more -----------------------------------------------------------------------------
def test_what_did_not_go_out_counts_no_more_and_what_follows_is_kept_with_it(engine):
    row, _ = claim()
    followed = []

    def also(doing):
        followed.append(True)
        doing.add(steps.spend("spent#20260601", -7))

    service.undone(row, "fail", "refused", None, work(), also)
    assert (kept()["state"], kept()["why"], "counted" in kept()) == ("failed", "refused", False)
    assert (stood().reach.days, stood().reach.version) == ("", 2)
    assert followed == [True]
    assert service.spent(world.now()) == -7


def test_of_a_notice_that_did_not_go_out_no_day_is_touched(engine):
    row, _ = claim(NOTICE)
    later = world.now() + MINUTE
    service.undone(row, "hold", "busy", later, work())
    assert (kept()["state"], kept()["until"], stood().reach) == ("held", later, None)


def test_what_others_counted_meanwhile_stays_counted(engine):
    row, _ = claim()
    claim(ClaimedMessage(ANNA, "birthday#2026", "x", MARKETING, ""), seen=StoodMessage(None, stood().reach))
    service.undone(row, "hold", "busy", None, work())
    assert (kept()["state"], stood().reach.days) == ("held", f"{TODAY}:1")


def test_a_claim_that_ended_meanwhile_is_not_undone(engine):
    row, _ = claim()
    service.sent(row, work())
    with pytest.raises(CommitRejected) as told:
        service.undone(row, "fail", "refused", None, work())
    assert refusals(told) == [MessageTaken]
    assert (kept()["state"], stood().reach.days) == ("sent", f"{TODAY}:1")


# ---- pace and days --------------------------------------------------------------------------------------------------
def test_a_pace_is_kept_beside_the_days_and_who_read_before_is_late(engine):
    before = stood()
    doing = work()
    service.set_pace("weekly", doing)
    doing.commit()
    assert service.pace_of(ANNA) == "weekly"
    with pytest.raises(CommitRejected) as told:
        claim(seen=before)
    assert refusals(told) == [ReachChanged]
    claim()
    assert (service.pace_of(ANNA), stood().reach.days, stood().reach.version) == ("weekly", f"{TODAY}:1", 2)
    assert service.pace_of("U01JZ0000000000000000000001") == "usual"


def test_one_message_is_not_counted_twice_against_who_is_full(engine):
    claim()
    assert not service.full(stood(), world.now())
    fresh = StoodMessage(None, stood().reach)
    assert service.full(fresh, world.now())
    assert not service.full(fresh, world.now() + DAY)


# ---- the day's money ------------------------------------------------------------------------------------------------
def test_money_is_taken_up_to_the_bound_and_not_a_fen_further(engine):
    now = world.now()
    assert service.spent(now) == 0
    assert service.take(60, 100, now, work())
    assert not service.take(41, 100, now, work())
    assert service.spent(now) == 60
    assert service.take(40, 100, now, work())
    assert not service.take(1, 100, now, work())
    assert service.spent(now) == 100
    assert service.take(100, 100, now + DAY, work())
    assert (service.spent(now), service.spent(now + DAY)) == (100, 100)


def test_what_was_not_needed_is_given_back_to_its_day(engine):
    now = world.now()
    for fen in (50, -20):
        doing = work()
        service.spend(fen, now, doing)
        doing.commit()
    assert (service.spent(now), service.spent(now + DAY)) == (30, 0)


# ---- whose they are -------------------------------------------------------------------------------------------------
def test_messages_are_listed_for_their_person_the_latest_first(engine):
    for number in range(3):
        claim(ClaimedMessage(ANNA, f"o#{number}", "x", SERVICE, ""), KEPT_BACK, StoodMessage(None, None))
        engine.advance(MINUTE)
    claim(ClaimedMessage("U01JZ0000000000000000000001", "o#9", "x", SERVICE, ""), KEPT_BACK, StoodMessage(None, None))
    claim(NOTICE)  # goes out just now: not shown
    page, cursor = service.of_person(ANNA, 2, None)
    rest, end_ = service.of_person(ANNA, 2, cursor)
    assert [row.occasion for row in page + rest] == ["o#2", "o#1", "o#0"]
    assert end_ is None


def test_who_is_forgotten_leaves_nothing(engine):
    claim()
    service.forget(ANNA, work())
    assert stood() == StoodMessage(None, None)
