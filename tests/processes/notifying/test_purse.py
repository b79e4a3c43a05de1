"""The day's money for offers: kept over batches that run at once, to the last fen, and given back where nothing went out."""

from __future__ import annotations

import pytest

from chalicelib.processes.notifying.service import foresee
from chalicelib.processes.notifying.service.purse import Purse
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.claims.rules import SHARE
from chalicelib.records.messages.model import SPENT, OfferSpending
from chalicelib.runtime import table, world
from tests.processes.notifying.conftest import wanted

SMS, EMAIL = "marketing_sms", "marketing_email"
FEN = 5  # what the text of these tests costs


@pytest.fixture(autouse=True)
def dear(monkeypatch):
    def costs(fen: int) -> None:
        monkeypatch.setenv("OFFERS_FEN_A_DAY", str(fen))

    costs(2 * FEN)
    return costs


def spent() -> int:
    return claims.spent(world.now())


def test_two_batches_at_once_never_spend_more_than_the_day_has(people):
    first, second, third = (people.new(SMS) for _ in range(3))
    inner = []

    def another(_wanted):
        if not inner:
            inner.append(people.send(wanted(second), wanted(third)))
        return ""

    outer = people.one(wanted(first), another)
    told = [outer[0], *(one.state for one in inner[0])]
    assert sorted(told) == ["sent", "sent", "suppressed"]
    assert {one.why for one in inner[0] if one.state == "suppressed"} == {"budget"}
    assert (len(people.got()), spent()) == (2, 2 * FEN)


def test_the_last_fen_are_taken_message_by_message_and_nothing_more(people, dear):
    dear(2 * FEN + 4)
    told = people.send(*(wanted(people.new(SMS)) for _ in range(4)))
    assert [(one.state, one.why) for one in told] == [("sent", "")] * 2 + [("suppressed", "budget")] * 2
    assert spent() == 2 * FEN


def test_what_did_not_go_out_is_given_back(people, monkeypatch):
    monkeypatch.setenv("PHONE_CHANNEL", "sms")  # it has no secret here
    assert people.one(wanted(people.new(SMS))) == ("held", "misconfigured")
    assert spent() == 0
    monkeypatch.delenv("PHONE_CHANNEL")
    assert people.one(wanted(people.new(SMS)), lambda _: "returned") == ("suppressed", "returned")
    assert spent() == 0
    assert people.one(wanted(people.new(SMS)))[0] == "sent"
    assert spent() == FEN


def test_what_costs_nothing_needs_none(people, dear):
    dear(1)
    who = people.new(EMAIL, phone=False, email=True)
    assert people.one(wanted(who))[0] == "sent"
    assert people.one(wanted(people.new(), "order#1", "service"))[0] == "sent", "nor does service"
    assert spent() == 0


def test_a_budget_is_asked_last_and_takes_nothing_of_who_is_kept_back_before(people):
    assert people.one(wanted(people.new(SMS, left_alone="control"))) == ("suppressed", "control")
    assert people.one(wanted(people.new())) == ("suppressed", "consent")
    assert spent() == 0


def test_a_rich_day_is_taken_in_parts_and_the_rest_comes_back(people, dear):
    dear(100 * FEN)
    purse = Purse(100, world.now())
    assert purse.takes(FEN, people.work())
    assert spent() == 100 * FEN // SHARE
    purse.gives(FEN)
    purse.close(people.work())
    assert spent() == 0


def test_a_batch_takes_no_more_than_it_could_spend(people, dear):
    dear(1000 * FEN)
    purse = Purse(3, world.now())
    assert all(purse.takes(FEN, people.work()) for _ in range(3))
    assert spent() == 3 * FEN
    purse.close(people.work())
    assert spent() == 3 * FEN


def test_a_forecast_takes_nothing(people, dear):
    dear(FEN - 1)
    (told,) = foresee([wanted(people.new(SMS))], people.work())
    assert (told.state, told.why) == ("suppressed", "budget")
    dear(FEN)
    (told,) = foresee([wanted(people.new(SMS))], people.work())
    assert (told.state, spent()) == ("sent", 0)


def test_without_a_bound_nothing_is_written_for_it(people, dear):
    dear(0)
    who = people.new(SMS)
    assert people.one(wanted(who))[0] == "sent"
    assert table.get(OfferSpending, f"spent#{claims.rules.today(world.now()):%Y%m%d}", SPENT) is None


def test_what_somebody_was_faster_than_is_paid_for_once(people, dear):
    """Their pace changed between the money and the claim: it is judged anew, and the day has lost what one costs."""
    dear(2 * FEN)
    who, turns = people.new(SMS), []

    def changes(_wanted):
        if not turns:
            turns.append(1)
            own = people.work(who)
            claims.set_pace("weekly", own)
            own.commit()
        return ""

    assert people.one(wanted(who), changes) == ("sent", "")
    assert (turns, spent()) == ([1], FEN)
    assert people.one(wanted(people.new(SMS)))[0] == "sent", "there is money for another"
