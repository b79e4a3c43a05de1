"""What becomes of a message: the order of reasons, each outcome once, and what a sender leaves who ends in the middle.

Cases of the library are cited by their id; M013 and M020 are decided otherwise: the shop has one time zone, and no person has
one that could be missing or invalid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.suppressions import service as suppressions
from chalicelib.records.messages.templates import service as templates
from tests.processes.notifying.conftest import wanted

SMS, EMAIL, INBOX = "marketing_sms", "marketing_email", "marketing_inbox"


def at(people, day: int, hour: int, minute: int = 0, second: int = 0) -> None:
    """So much of the clock in the shop's zone, in June."""
    people.clock.at = datetime(2026, 6, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=8)


def shown(who: str) -> list[tuple[str, str | None, datetime | None]]:
    """What the shop's own people see of the messages to somebody."""
    rows, _ = claims.of_person(who, 20, None)
    return [(row.state, row.why, row.until if row.state == "held" else None) for row in rows]


def test_an_offer_goes_to_who_agreed_and_is_told_again_as_it_was(people):
    who = people.new(SMS)
    assert people.one(wanted(who)) == ("sent", "")
    assert people.one(wanted(who)) == ("sent", "")
    assert len(people.got()) == 1


def test_nobody_is_told_of_offers_who_did_not_agree_and_a_notice_of_service_needs_no_consent(people):
    who = people.new()
    assert people.one(wanted(who)) == ("suppressed", "consent")
    assert people.one(wanted(who, "order#1", "service")) == ("sent", "")
    assert len(people.got()) == 1


def test_m030_whoever_withdraws_after_the_selection_gets_nothing(people):
    chosen = [people.new(SMS) for _ in range(20)]
    for who in chosen[:5]:
        people.agree(who, SMS, granted=False)
    told = people.send(*(wanted(who) for who in chosen))
    assert [one.state for one in told] == ["suppressed"] * 5 + ["sent"] * 15
    assert {one.why for one in told[:5]} == {"consent"}
    assert len(people.got()) == 15


def test_e74_a_consent_that_is_withdrawn_while_the_sender_decides_is_seen_in_its_transaction(people):
    who = people.new(SMS)

    def withdraws(_wanted):
        people.agree(who, SMS, granted=False)
        return ""

    assert people.one(wanted(who), withdraws) == ("suppressed", "consent")
    assert people.got() == []


@pytest.mark.parametrize(
    ("changed", "why"), [({"minor": 1}, "minor"), ({"leaving_at": datetime(2026, 6, 8, tzinfo=UTC)}, "leaving")]
)
def test_minors_and_who_is_leaving_hear_of_no_offers_but_of_their_orders(people, changed, why):
    who = people.new(SMS)
    people.change(who, **changed)
    assert people.one(wanted(who)) == ("suppressed", why)
    assert people.one(wanted(who, "order#1", "service"))[0] == "sent"


def test_whoever_is_not_there_gets_nothing(people):
    assert people.one(wanted("U01JZ0000000000000000000000")) == ("suppressed", "gone")


def test_m027_an_address_at_which_a_notice_bounced_gets_no_offers_and_still_hears_of_service(people):
    who = people.new(SMS)
    work = people.work()
    suppressions.suppress(suppressions.mark("phone", f"+86138{people.made:08d}"), "bounce", work)
    work.commit()
    assert people.one(wanted(who)) == ("suppressed", "suppression")
    assert people.one(wanted(who, "order#1", "service"))[0] == "sent"


def test_an_address_that_is_not_the_customers_hears_nothing(people):
    who = people.new(SMS)
    work = people.work()
    suppressions.suppress(suppressions.mark("phone", f"+86138{people.made:08d}"), "wrong_person", work)
    work.commit()
    assert people.one(wanted(who, "order#1", "service", channels=("sms",))) == ("suppressed", "suppression")


def test_a_suppressed_address_leaves_the_other_ways_open(people):
    who = people.new(SMS, EMAIL, email=True)
    work = people.work()
    suppressions.suppress(suppressions.mark("phone", f"+86138{people.made:08d}"), "opt_out", work)
    work.commit()
    assert people.one(wanted(who))[0] == "sent"
    assert people.got() == [f"buyer{people.made}@example.com"]


def test_e75_what_comes_at_night_waits_until_eight_is_spread_over_an_hour_and_judged_again(people):
    at(people, 1, 22)
    first, second = people.new(SMS), people.new(SMS)
    told = people.send(wanted(first), wanted(second))
    assert {(one.state, one.why) for one in told} == {("held", "quiet")}
    opens = datetime(2026, 6, 2, 0, 0, tzinfo=UTC)
    assert all(opens <= one.until < opens + timedelta(hours=1) for one in told)
    assert told[0].until != told[1].until
    people.agree(second, SMS, granted=False)
    people.clock.at = max(one.until for one in told)
    assert [one.state for one in people.send(wanted(first), wanted(second))] == ["sent", "suppressed"]


def test_a_held_message_that_is_asked_for_early_goes_on_waiting(people):
    at(people, 1, 23)
    who = people.new(SMS)
    (told,) = people.send(wanted(who))
    people.clock.at = told.until - timedelta(seconds=1)
    assert people.send(wanted(who)) == [told]
    assert shown(who) == [("held", "quiet", told.until)]
    people.clock.at = told.until
    assert people.one(wanted(who)) == ("sent", "")
    assert shown(who) == [("sent", None, None)]


@pytest.mark.parametrize(
    ("hour", "minute", "state"), [(21, 59, "sent"), (22, 0, "held"), (7, 59, "held"), (8, 0, "sent")]
)
def test_m015_quiet_hours_begin_with_ten_and_end_before_eight(people, hour, minute, state):
    at(people, 2, hour, minute, 59 * (minute == 59))
    assert people.one(wanted(people.new(SMS)))[0] == state


def test_notices_of_service_go_at_night(people):
    at(people, 1, 23)
    assert people.one(wanted(people.new(), "order#1", "service")) == ("sent", "")


def test_who_is_in_the_control_or_in_the_holdout_gets_no_offer(people):
    control, out = people.new(SMS, left_alone="control"), people.new(SMS, left_alone="autumn")
    assert people.one(wanted(control)) == ("suppressed", "control")
    assert people.one(wanted(out, campaign="autumn")) == ("suppressed", "holdout")
    assert people.one(wanted(control, "order#1", "service"))[0] == "sent"


def test_m032_who_is_left_alone_is_filtered_as_the_others_are(people):
    control = people.new(left_alone="control")
    assert people.one(wanted(control)) == ("suppressed", "consent"), "consent is asked before the arms are told apart"


def test_m010_a_day_holds_one_offer_and_the_second_ends_with_its_reason(people):
    who = people.new(SMS, INBOX)
    assert people.one(wanted(who, "a"))[0] == "sent"
    assert people.one(wanted(who, "b", channels=("inbox",))) == ("suppressed", "caps"), "over all channels"
    at(people, 2, 10)
    assert people.one(wanted(who, "c"))[0] == "sent"
    assert people.one(wanted(who, "b", channels=("inbox",))) == ("suppressed", "caps"), "what has ended has ended"


def test_e76_a_week_holds_three_and_thirty_days_eight(people):
    who, sent = people.new(SMS), []
    for day in range(1, 31):
        at(people, day, 10)
        sent += [day] * (people.one(wanted(who, f"day#{day}"))[0] == "sent")
    assert sent == [1, 2, 3, 8, 9, 10, 15, 16]
    assert len(people.got()) == 8


def test_what_did_not_go_out_counts_no_more(people, monkeypatch):
    who = people.new(SMS)
    monkeypatch.setenv("PHONE_CHANNEL", "sms")  # it has no secret here
    assert people.one(wanted(who)) == ("held", "misconfigured")
    assert [row[:2] for row in shown(who)] == [("held", "misconfigured")]
    monkeypatch.delenv("PHONE_CHANNEL")
    assert people.one(wanted(who, "other")) == ("sent", "")


def test_e77_stop_is_asked_last_and_says_why(people):
    who, asked = people.new(SMS), []

    def stop(one):
        asked.append(one.person)
        return "returned"

    assert people.one(wanted(people.new()), stop) == ("suppressed", "consent")
    assert asked == []
    assert people.one(wanted(who), stop) == ("suppressed", "returned")
    assert people.one(wanted(who)) == ("suppressed", "returned")


def test_m008_m029_one_who_cannot_be_reached_stops_no_other(people):
    chosen = [people.new(SMS), people.new(SMS, phone=False), people.new(SMS)]
    assert [one.state for one in people.send(*map(wanted, chosen))] == ["sent", "suppressed", "sent"]
    assert len(people.got()) == 2
    assert [one.state for one in people.send(*map(wanted, chosen))] == ["sent", "suppressed", "sent"]
    assert len(people.got()) == 2


def test_a_template_that_nobody_knows_fails(people):
    who = people.new(SMS)
    assert people.one(wanted(who)._replace(template="nothing")) == ("failed", "template")


def test_a_message_in_somebodys_hands_is_left_to_them_until_their_lease_is_over(people):
    who = people.new(SMS)
    (stood,) = claims.held([(who, "spring#1")])
    work = people.work()
    message = claims.ClaimedMessage(who, "spring#1", "test_offer", "marketing", "")
    claims.claim(message, stood, claims.Judgement("sms"), work)
    work.commit()
    (told,) = people.send(wanted(who))
    assert (told.state, told.why) == ("held", "taken")
    people.clock.at = told.until
    assert people.one(wanted(who)) == ("unknown", "unanswered"), "an offer that may have gone out goes out no more"
    assert people.got() == []
    assert people.one(wanted(who, "other")) == ("suppressed", "caps"), "and it counts"


def test_a_notice_of_service_whose_sender_ended_is_sent_again(people):
    who = people.new()
    (stood,) = claims.held([(who, "order#1")])
    work = people.work()
    claims.claim(
        claims.ClaimedMessage(who, "order#1", "test_offer", "service", ""), stood, claims.Judgement("sms"), work
    )
    work.commit()
    people.clock.advance(timedelta(minutes=5))
    assert people.one(wanted(who, "order#1", "service")) == ("sent", "")


def test_more_than_a_hundred_at_once_are_refused(people):
    with pytest.raises(ValueError, match="at most 100"):
        people.send(*[wanted("U1")] * 101)


def test_a_message_lies_in_the_inbox_of_who_wants_it_there(people):
    who = people.new(INBOX)
    assert people.one(wanted(who)) == ("sent", "")
    assert outbox.latest() == []


def stored(people, name, **other):
    document = {
        "purpose": "marketing",
        "zh": ["上新", "【集市】{what}。退订：{opt_out}"],
        "en": ["New", "[Jishi] {what}. {opt_out}"],
        "lengths": {"what": 5},
        "code": "SMS_1",
        "approval": "approved",
        **other,
    }
    work = people.work()
    templates.publish(name, templates.add(name, document, work), publishing := people.work())
    work.commit()
    publishing.commit()


def test_a_stored_text_is_sent_with_the_link_by_which_its_reader_wants_no_more(people):
    stored(people, "spring_mail")
    who = people.new(EMAIL, phone=False, email=True)
    assert people.one(wanted(who)._replace(template="spring_mail")) == ("sent", "")
    (letter,) = outbox.latest()
    assert "/v1/unsubscribe?token=" in letter.text


def test_a_stored_text_is_for_what_it_says_and_takes_no_more_than_fits(people):
    stored(people, "spring_sms")
    who = people.new(SMS)
    asked = wanted(who)._replace(template="spring_sms")
    assert people.one(asked._replace(purpose="service", occasion="a")) == ("failed", "template"), (
        "an offer is no service"
    )
    assert people.one(asked._replace(values={"what": "sixsix"}, occasion="b")) == ("failed", "values")
    assert people.one(asked._replace(values={}, occasion="c")) == ("failed", "values")
    assert people.one(asked) == ("sent", "")


def test_what_its_provider_has_not_approved_goes_by_no_text_message(people):
    stored(people, "spring_asked", approval="asked")
    who = people.new(SMS, EMAIL, email=True)
    assert people.one(wanted(who)._replace(template="spring_asked")) == ("sent", "")
    assert people.got() == [f"buyer{people.made}@example.com"]


def test_offers_end_where_the_days_money_ends_and_notices_of_service_do_not(people, monkeypatch):
    monkeypatch.setenv("OFFERS_FEN_A_DAY", "12")
    chosen = [people.new(SMS) for _ in range(3)]
    told = people.send(*map(wanted, chosen))
    assert [(one.state, one.why) for one in told] == [("sent", ""), ("sent", ""), ("suppressed", "budget")]
    assert people.one(wanted(people.new(SMS))) == ("suppressed", "budget"), "a batch leaves what it spent to the next"
    assert people.one(wanted(chosen[2], "order#1", "service"))[0] == "sent"
    at(people, 2, 10)
    assert people.one(wanted(people.new(SMS)))[0] == "sent"
    monkeypatch.setenv("OFFERS_FEN_A_DAY", "10")
    assert people.one(wanted(people.new(SMS)))[0] == "sent", "as much as there is"


def test_m011_whoever_wants_to_hear_seldom_hears_seldom(people):
    who = people.new(SMS)
    work = people.work(who)
    claims.set_pace("weekly", work)
    work.commit()
    sent = []
    for day in range(1, 16):
        at(people, day, 10)
        sent += [day] * (people.one(wanted(who, f"day#{day}"))[0] == "sent")
    assert sent == [1, 8, 15]


def test_m003_m004_an_occasion_comes_once_however_often_its_step_runs(people):
    who = people.new(SMS)
    assert [people.one(wanted(who, "welcome"))[0] for _ in range(10)] == ["sent"] * 10
    assert len(people.got()) == 1
