"""What is kept of goods that came to somebody: their categories, by their consent, until they take it back."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.care import consumers
from chalicelib.processes.care.aftercare.service import accompanying
from chalicelib.processes.privacy.service import sections
from chalicelib.records.identity.accounts.rules import ConsentWithdrawn
from chalicelib.records.identity.accounts.service import accounts, consents
from chalicelib.records.orders.rules import GoodsCount
from chalicelib.records.watching import service as watching
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.work import Work

from . import test_aftercare as after
from .test_aftercare import arrive, bought, ledger

care, me = after.care, after.me
assert consumers.worker  # it listens


def agree(care, purpose: str = "personalisation", *, granted: bool) -> None:
    body = {"purpose": purpose, "granted": granted, "policy": "2026-01"}
    assert care.counter.ask("PUT", "/v1/me/consents", body).status == 204
    care.counter.bus.run()


def kept(who: str) -> list[str]:
    return [row.mark for row in watching.every(who)]


def test_the_category_of_what_came_is_kept_of_who_agreed_to_that_once(care, me):
    agree(care, granted=True)
    arrive(care, bought(care, me))
    arrive(care, bought(care, me))
    assert kept(me) == [f"bought#{care.category}"]
    rows, last = watching.waiting("bought", care.category, "")
    assert ([row.person for row in rows], last) == ([me], "")
    assert [row["kind"] for row in sections.SECTIONS["watching"](me)] == ["bought"]
    assert care.counter.ask("GET", "/v1/me/watching?kind=favourite").json["items"] == []


def test_nothing_is_kept_of_who_did_not_agree(care, me):
    arrive(care, bought(care, me))
    assert kept(me) == []


@pytest.mark.parametrize(
    ("count", "state"),
    [
        (GoodsCount(shipped=2, delivered=1), "paid"),
        (GoodsCount(shipped=2, delivered=2, refunded=2), "paid"),
        (GoodsCount(shipped=2, delivered=2), "annulled"),
    ],
)
def test_what_came_in_part_or_went_back_is_not_kept(care, me, count, state):
    agree(care, granted=True)
    order = bought(care, me, state=state)
    ledger(order, count)
    own = Work(worker("care"), "test")
    accompanying.note(order, own)
    assert not own.pending


def test_who_wants_no_care_is_still_told_of_news_if_they_agreed(care, me):
    agree(care, granted=True)
    assert care.counter.ask("PUT", "/v1/me/care/quiet", {"quiet": True}).status < 300
    arrive(care, bought(care, me))
    assert kept(me) == [f"bought#{care.category}"]


def test_whoever_takes_it_back_has_nothing_kept_and_what_they_watch_stays(care, me):
    agree(care, granted=True)
    assert care.counter.ask("PUT", f"/v1/me/watching/arrival/{care.category}", {}).status < 300
    arrive(care, bought(care, me))
    agree(care, "marketing_email", granted=False)
    assert kept(me) == [f"arrival#{care.category}", f"bought#{care.category}"]
    agree(care, granted=False)
    assert kept(me) == [f"arrival#{care.category}"]


def test_a_consent_that_is_taken_back_while_a_delivery_is_heard_keeps_nothing(care, me):
    agree(care, granted=True)
    order = bought(care, me)
    ledger(order, GoodsCount(shipped=2, delivered=2))
    own = Work(worker("care"), "test")
    accompanying.note(order, own)
    consents.withdraw(me, consents.PERSONALISATION, late := Work(Caller(me, "customer"), "test"), way="account")
    late.commit()
    with pytest.raises(CommitRejected) as told:
        own.commit()
    assert told.value.only(ConsentWithdrawn)
    assert kept(me) == []


def test_nothing_is_kept_of_who_is_gone_whatever_they_agreed_to(care, me):
    agree(care, granted=True)
    order = bought(care, me)
    ledger(order, GoodsCount(shipped=2, delivered=2))
    own = Work(worker("care"), "test")
    accompanying.note(order, own)
    accounts.change(accounts.get(me), {"state": "erased"}, gone := Work(Caller(me, "customer"), "test"))
    gone.commit()
    with pytest.raises(CommitRejected):
        own.commit()
    later = Work(worker("care"), "test")
    accompanying.note(order, later)
    assert (later.pending, kept(me)) == (False, [])
