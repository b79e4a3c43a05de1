"""The gate's rules by themselves: the order of reasons, quiet hours, caps by calendar days, names, and the states of a claim."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.records.messages.claims import rules
from chalicelib.records.messages.claims.rules import CLAIM, MessageCase, OccasionInvalid, OfferCaps

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=SHOP_ZONE)
LATER = NOON + timedelta(hours=1)
TODAY = date(2026, 3, 30)
FREE = MessageCase("marketing", "", ("sms",), ("sms",), ("sms", "inbox"), None, False, False, False, False)
REASONS = (  # what keeps an offer back, the first of these that holds
    ({"barred": "minor"}, "suppressed", "minor"),
    ({"agreed": ()}, "suppressed", "consent"),
    ({"reached": ()}, "suppressed", "contact"),
    ({"open": ()}, "suppressed", "suppression"),
    ({"quiet_until": LATER}, "held", "quiet"),
    ({"control": True}, "suppressed", "control"),
    ({"holdout": True}, "suppressed", "holdout"),
    ({"full": True}, "suppressed", "caps"),
    ({"dear": True}, "suppressed", "budget"),
)


def told(case):
    judged = rules.judge(case)
    return judged.state, judged.why


@pytest.mark.parametrize("first", range(len(REASONS)))
def test_the_first_reason_that_holds_is_the_one_that_is_told(first):
    changes = {name: value for change, *_ in REASONS[first:] for name, value in change.items()}
    assert told(FREE._replace(**changes)) == REASONS[first][1:]
    assert told(FREE._replace(**REASONS[first][0])) == REASONS[first][1:]


def test_what_nothing_keeps_back_goes_out_by_the_first_open_way():
    assert rules.judge(FREE) == rules.Judgement("sms", "claimed", "", None)
    assert rules.judge(FREE._replace(open=("inbox",))).way == "inbox"


def test_what_is_held_says_until_when_and_by_no_way():
    judged = rules.judge(FREE._replace(quiet_until=LATER))
    assert (judged.way, judged.until) == ("", LATER)
    assert [rules.judge(FREE._replace(**change)).way for change, *_ in REASONS] == [""] * len(REASONS)
    assert [rules.judge(FREE._replace(**change)).until for change, state, _ in REASONS if state != "held"] == [None] * 8


def test_a_notice_of_service_skips_all_behind_suppression():
    service = FREE._replace(purpose="service")
    for change, *expected in REASONS[:4]:
        assert told(service._replace(**change)) == tuple(expected)
    for change, *_ in REASONS[4:]:
        assert told(service._replace(**change)) == ("claimed", "")


def test_ways_of_offers_are_those_agreed_to_in_the_order_wanted_and_never_wechat():
    agreed = frozenset({"marketing_sms", "marketing_inbox", "marketing_wechat"})
    assert rules.ways("marketing", (), agreed) == ("sms", "inbox")
    assert rules.ways("marketing", ("inbox", "sms", "email", "pigeon"), agreed) == ("inbox", "sms")
    assert rules.ways("service", (), frozenset()) == ("mini", "sms", "email", "wechat", "inbox")
    assert rules.ways("service", ("wechat", "pigeon"), agreed) == ("wechat",)
    assert rules.purpose_of("sms") == "marketing_sms"


# ---- quiet hours ----------------------------------------------------------------------------------------------------
def quiet(at, begins=22, ends=8):
    return rules.quiet_until(at, begins, ends, "U1", "o")


@pytest.mark.parametrize(
    ("hour", "minute", "waits"),
    [(7, 59, True), (8, 0, False), (21, 59, False), (22, 0, True), (23, 59, True), (0, 0, True)],
)
def test_quiet_hours_begin_with_ten_and_end_with_eight(hour, minute, waits):
    assert (quiet(NOON.replace(hour=hour, minute=minute)) is not None) == waits


def test_what_waits_goes_out_after_eight_of_this_morning_or_the_next_spread_by_its_name():
    morning = NOON.replace(hour=8)
    assert quiet(NOON.replace(hour=3)) == morning + timedelta(seconds=rules.spread("U1", "o"))
    assert quiet(NOON.replace(hour=22)) == morning + timedelta(days=1, seconds=rules.spread("U1", "o"))
    assert quiet(NOON.replace(hour=3).astimezone(UTC)).tzinfo is UTC
    times = {rules.spread(f"U{n}", "o") for n in range(2_000)}
    assert (min(times) < 60, 3_540 < max(times) < 3_600) == (True, True)
    assert rules.spread("U1", "o") != rules.spread("U1", "p") != rules.spread("U2", "o")
    assert rules.spread("U1", "o") == 2783  # the same in every process, for good


def test_quiet_hours_may_be_wider_and_never_narrower():
    assert quiet(NOON.replace(hour=20), begins=20, ends=9) is not None
    assert quiet(NOON.replace(hour=8, minute=30), begins=20, ends=9) == NOON.replace(hour=9) + timedelta(
        seconds=rules.spread("U1", "o")
    )
    assert quiet(NOON.replace(hour=22), begins=23, ends=6) is not None
    assert quiet(NOON.replace(hour=7), begins=23, ends=6) is not None


# ---- caps -----------------------------------------------------------------------------------------------------------
CAPS = OfferCaps(1, 3, 8)


def sent(*ago):
    return {TODAY - timedelta(days=n): 1 for n in ago}


@pytest.mark.parametrize(
    ("ago", "full"),
    [
        ((), False), ((0,), True), ((1,), False),
        ((1, 2, 6), True), ((1, 2, 7), False), ((1, 2), False),
        ((3, 4, 8, 11, 14, 17, 20, 29), True), ((3, 4, 8, 11, 14, 17, 20, 30), False), ((3, 4, 8, 11, 14, 17, 20), False),
    ],
)  # fmt: skip
def test_caps_count_calendar_days_today_among_them(ago, full):
    assert rules.full(sent(*ago), TODAY, CAPS) == full


def test_the_narrowest_of_caps_counts():
    assert rules.full(sent(5), TODAY, OfferCaps(100, 100, 100), rules.PACES["weekly"])
    assert not rules.full(sent(5), TODAY, rules.PACES["usual"])
    assert rules.full(sent(25), TODAY, rules.PACES["monthly"])
    assert not rules.full(sent(7, 14, 21, 28), TODAY, rules.PACES["weekly"])
    assert rules.full(sent(8, 14, 20, 26, 29), TODAY, rules.PACES["weekly"])


def test_days_are_written_sorted_and_read_again_and_those_that_no_cap_sees_are_left_out():
    days = {TODAY: 2, TODAY - timedelta(days=29): 1, TODAY - timedelta(days=30): 1, TODAY - timedelta(days=1): 0}
    text = rules.written(days, TODAY)
    assert text == "20260301:1 20260330:2"
    assert rules.counts(text) == {TODAY: 2, date(2026, 3, 1): 1}
    assert rules.counts(None) == rules.counts("") == {}


def test_one_more_counts_today_and_leaves_the_day_under_which_it_counted():
    assert rules.counted({}, TODAY, None) == "20260330:1"
    assert rules.counted({TODAY: 1}, TODAY, None) == "20260330:2"
    yesterday = TODAY - timedelta(days=1)
    assert rules.counted({yesterday: 2}, TODAY, "20260329") == "20260329:1 20260330:1"
    assert rules.counted({TODAY: 1}, TODAY, "20260330") == "20260330:1"
    assert rules.uncounted({TODAY: 2, yesterday: 1}, TODAY, "20260330") == "20260329:1 20260330:1"
    assert rules.uncounted({TODAY: 1}, TODAY, "20260330") == ""
    assert rules.uncounted({TODAY: 1}, TODAY, None) == "20260330:1"


def test_a_day_is_the_shops():
    assert rules.today(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)
    assert rules.today(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == date(2026, 3, 1)


# ---- names and states -----------------------------------------------------------------------------------------------
def test_a_reference_leads_back_to_its_claim():
    assert rules.referred(rules.reference("U1", "a#1#2")) == ("U1", "a#1#2")
    for strange in ("", "U1", "U1!", "!a", "U1!a b", "U1!x!a", "U1!" + "a" * 161):
        assert rules.referred(strange) == ("", "")


def test_an_occasion_names_a_claim_or_is_refused():
    assert rules.named("a" * 160) == "a" * 160
    for strange in ("", "a" * 161, "a b", "a!b", "中"):
        with pytest.raises(OccasionInvalid):
            rules.named(strange)


def test_a_claim_that_has_ended_moves_no_more():
    moves = {
        "claim": "claimed",
        "send": "sent",
        "stop": "suppressed",
        "hold": "held",
        "fail": "failed",
        "lose": "unknown",
    }
    assert {action: CLAIM.after("claimed", action) for action in moves} == moves
    assert {action for action in moves if CLAIM.after("held", action)} == {"claim", "stop", "hold"}
    assert {"sent", "suppressed", "failed", "unknown"} == rules.ENDED
    assert not any(CLAIM.after(state, action) for state in rules.ENDED for action in moves)
