"""Whether a message goes out now, in figures: the order of reasons, quiet hours, caps, the day's money, names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.records.messages.claims import rules
from chalicelib.records.messages.claims.rules import MARKETING, SERVICE, Judgement, MessageCase, OfferCaps

LATER = datetime(2026, 6, 2, tzinfo=UTC)
WELL = MessageCase(
    MARKETING, "", ("sms", "inbox"), ("sms", "inbox"), ("sms", "inbox"), None, False, False, False, False
)
SHUT = WELL._replace(barred="minor", agreed=(), reached=(), open=(), quiet_until=LATER)
SHUT = SHUT._replace(control=True, holdout=True, full=True, dear=True)
ORDER = [
    ("barred", "", "minor"), ("agreed", ("sms",), "consent"), ("reached", ("sms",), "contact"),
    ("open", ("sms",), "suppression"), ("quiet_until", None, "quiet"), ("control", False, "control"),
    ("holdout", False, "holdout"), ("full", False, "caps"), ("dear", False, "budget"),
]  # fmt: skip


def test_the_order_of_reasons_is_that_of_the_house():
    told = SHUT
    for field, well, why in ORDER:
        judged = rules.judge(told)
        assert judged.why == why
        assert (judged.way, judged.state) == ("", "held" if why == "quiet" else "suppressed")
        assert judged.until == (LATER if why == "quiet" else None)
        told = told._replace(**{field: well})
    assert rules.judge(told) == Judgement("sms")


@pytest.mark.parametrize(("field", "well", "why"), ORDER)
def test_each_reason_is_enough_by_itself(field, well, why):
    assert rules.judge(WELL._replace(**{field: getattr(SHUT, field)})).why == why


def test_a_notice_of_service_is_kept_back_by_what_concerns_its_address_only():
    held = SHUT._replace(purpose=SERVICE, barred="", agreed=("sms",), reached=("sms",), open=("inbox", "sms"))
    assert rules.judge(held) == Judgement("inbox"), "by the first way that is open"
    assert rules.judge(held._replace(open=())).why == "suppression"
    assert rules.judge(held._replace(reached=())).why == "contact"


def test_offers_go_where_they_were_agreed_to_and_never_by_wechat():
    every = frozenset(f"marketing_{way}" for way in rules.WAYS)
    assert rules.ways(MARKETING, (), every) == ("sms", "email", "inbox")
    assert rules.ways(MARKETING, (), frozenset({"marketing_email"})) == ("email",)
    assert rules.ways(MARKETING, ("inbox", "sms", "pigeon"), every) == ("inbox", "sms")
    assert rules.ways(SERVICE, (), frozenset()) == ("mini", "sms", "email", "wechat", "inbox")
    assert rules.ways(SERVICE, ("wechat", "pigeon", "mini"), frozenset()) == ("wechat", "mini")


# ---- quiet hours ------------------------------------------------------------------------------------------------------
def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("now", "begins", "ends", "opens"),
    [
        (at(21, 59), 22, 8, None), (at(22), 22, 8, at(8, 0, 2)), (at(23, 59), 22, 8, at(8, 0, 2)), (at(0), 22, 8, at(8)),
        (at(7, 59), 22, 8, at(8)), (at(8), 22, 8, None), (at(21), 21, 9, at(9, 0, 2)), (at(8, 30), 21, 9, at(9)),
        (at(22), 23, 7, at(8, 0, 2)), (at(7, 30), 23, 7, at(8)),
    ],
)  # fmt: skip
def test_m014_m015_m021_quiet_hours_cross_midnight_may_be_wider_and_never_narrower(now, begins, ends, opens):
    told = rules.quiet_until(now, begins, ends, "U1", "a")
    assert told == (None if opens is None else opens + timedelta(seconds=rules.spread("U1", "a")))
    assert told is None or told.tzinfo is UTC, "as it was asked"


def test_what_is_held_is_spread_over_an_hour_by_its_name():
    told = {rules.spread("U1", f"a#{n}") for n in range(2000)}
    assert min(told) < 60
    assert 3540 < max(told) < 3600
    assert len(told) > 1400
    assert rules.spread("U1", "a") == rules.spread("U1", "a") != rules.spread("U2", "a")


# ---- caps -------------------------------------------------------------------------------------------------------------
TODAY = date(2026, 6, 30)


def told(**days: int) -> dict[date, int]:
    return {TODAY - timedelta(days=int(back[1:])): number for back, number in days.items()}


@pytest.mark.parametrize(
    ("days", "full"),
    [
        ({}, False), ({"d0": 1}, True), ({"d1": 1}, False), ({"d1": 2}, False), ({"d1": 3}, True), ({"d6": 3}, True),
        ({"d7": 3}, False), ({"d7": 7}, False), ({"d7": 8}, True), ({"d29": 8}, True), ({"d30": 8}, False),
    ],
)  # fmt: skip
def test_m010_m011_a_day_a_week_and_thirty_days_hold_so_many(days, full):
    assert rules.full(told(**days), TODAY, OfferCaps(1, 3, 8)) is full
    assert rules.full(told(**days), TODAY, OfferCaps(100, 100, 100)) is False
    assert rules.full(told(**days), TODAY, OfferCaps(100, 100, 100), OfferCaps(1, 3, 8)) is full


def test_one_more_is_counted_and_one_that_did_not_go_out_no_more():
    assert rules.counted({}, TODAY, None) == "20260630:1"
    assert rules.counted(told(d0=1, d1=2), TODAY, None) == "20260629:2 20260630:2"
    assert rules.counted(told(d0=1), TODAY, "20260630") == "20260630:1", "it counts already"
    assert rules.counted(told(d0=1, d1=2), TODAY, "20260629") == "20260629:1 20260630:2"
    assert rules.uncounted(told(d0=1, d1=2), TODAY, "20260630") == "20260629:2"
    assert rules.uncounted(told(d0=1), TODAY, None) == "20260630:1"
    assert rules.uncounted(told(d29=1, d30=1), TODAY, None) == "20260601:1", "no cap looks further back"
    assert rules.counts("20260629:2 20260630:1") == told(d0=1, d1=2)
    assert rules.counts(None) == {}


# ---- money and names ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fen", "messages", "left", "taken"),
    [
        (5, 100, 4, 0), (5, 100, 5, 5), (5, 100, 119, 5), (5, 100, 120, 6), (5, 100, 10_000, 500), (5, 3, 10_000, 15),
        (5, 1, 10_000, 5), (10, 2, 400, 20), (10, 2, 380, 19),
    ],
)  # fmt: skip
def test_a_batch_takes_a_twentieth_of_what_is_left_at_most_and_no_more_than_it_can_spend(fen, messages, left, taken):
    assert rules.portion(fen, messages, left) == taken


def test_a_reference_leads_back_to_its_claim():
    assert rules.reference("U1", "a#1") == "U1!a#1"
    assert rules.referred("U1!a#1") == ("U1", "a#1")
    assert rules.referred("!a") == rules.referred("U1") == rules.referred("U1!ä") == rules.referred("") == ("", "")
    assert rules.named("a" * 160) == "a" * 160
    for wrong in ("", "a" * 161, "a b", "a!"):
        with pytest.raises(rules.OccasionInvalid):
            rules.named(wrong)
    assert rules.today(at(0)) == date(2026, 6, 1)
    assert rules.purpose_of("sms") == "marketing_sms"


@pytest.mark.parametrize("day", range(1, 8))
def test_m017_m018_days_of_the_week_are_decided_otherwise_quiet_hours_are_the_same_on_each(day):
    """Windows by weekday are no rule of this shop: an operator who wants Fridays starts the journey, or its wait, on a Friday."""
    noon = datetime(2026, 6, day, 12, tzinfo=rules.SHOP_ZONE)  # a Monday to a Sunday
    assert rules.quiet_until(noon, 22, 8, "U1", "a") is None
    late = rules.quiet_until(noon.replace(hour=22), 22, 8, "U1", "a")
    assert late is not None
    assert late.date() == (noon + timedelta(days=1)).date()
