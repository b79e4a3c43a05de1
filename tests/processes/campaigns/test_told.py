"""What else people are told: that their ticket was answered, where to say how goods pleased them, what is new where they look."""

from __future__ import annotations

from datetime import datetime
from itertools import count

import pytest

from chalicelib.kernel import holdout
from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.processes.campaigns.events import ArrivalsPageDue
from chalicelib.processes.campaigns.service import arrivals, planning
from chalicelib.processes.care import consumers as care
from chalicelib.processes.care.watches.service import telling, wishes
from chalicelib.records.care.service import links
from chalicelib.records.catalog.events import ProductPublished
from chalicelib.records.journeys.rules import JourneyPlanWrong
from chalicelib.records.messages.channels import outbox, wording
from chalicelib.records.messages.channels.port import TemplateUnfit
from chalicelib.records.tickets.service import matters
from chalicelib.records.watching import rules
from chalicelib.records.watching.rules import ARRIVED
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from local import settle
from tests.records.catalog import goods

from . import shelf
from .conftest import touches
from .test_aftercare import LINE, accompanied
from .test_return_pack import SMS, Sleepers, enrolled

NUMBERS = count()
assert care.worker  # it listens
CLERK = Caller("A01JZ0000000000000000000000", "staff")


@pytest.fixture
def reader(engine, bus):
    people = Sleepers(engine)
    while holdout.in_holdout(who := people.sleeper(SMS), "new_arrivals"):
        pass
    outbox.clear()
    yield Caller(who, "customer")
    outbox.clear()


def start(name: str) -> None:
    shelf.running(name, dict(planning.shipped()[name]))


def said() -> list[str]:
    return [one.text for one in reversed(outbox.latest())]


# ---- tickets ----------------------------------------------------------------------------------------------------------
def does(who: Caller, act, days) -> object:
    own = Work(who, "test")
    told = act(own)
    own.commit()
    days.bus.run()
    return told


def test_whoever_asked_is_told_once_that_they_were_answered(reader, days):
    start("ticket_answered")
    ticket = does(reader, lambda own: matters.open(matters.Asking("other", None, None, named=False), "问", own), days)
    does(CLERK, lambda own: matters.answer(matters.find(ticket.id), "答", own), days)
    days.tick(times=2)
    days.tick()
    assert ["工单有新回复" in one for one in said()] == [True]
    assert "答" not in said()[0]


def test_an_answer_is_not_spoken_of_once_its_customer_has_said_more(reader, days):
    start("ticket_answered")
    ticket = does(reader, lambda own: matters.open(matters.Asking("other", None, None, named=False), "问", own), days)
    does(CLERK, lambda own: matters.answer(matters.find(ticket.id), "答", own), days)
    does(reader, lambda own: matters.reply(matters.find(ticket.id), None, "谢", own), days)
    days.tick(times=2)
    assert said() == []
    does(CLERK, lambda own: matters.answer(matters.find(ticket.id), "不谢", own), days)
    days.tick(times=2)
    assert len(said()) == 1


# ---- surveys ----------------------------------------------------------------------------------------------------------
def test_a_week_after_delivery_the_link_of_the_survey_comes_as_a_message(engine, days, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://shop.example.com")
    who = Sleepers(engine).sleeper()  # who agreed to no offers
    outbox.clear()
    start("care_visit")
    accompanied(who, "care_visit", days)
    days.pass_(hours=1, minutes=1)
    days.tick(times=2)
    (told,) = said()
    token = told.partition("https://shop.example.com/v1/surveys/")[2]
    assert links.read(token, days.clock.now()) == LINE


@pytest.mark.parametrize("template", ["SMS_1", {"code": "SMS_1"}, settle.template("messages/sms", "care_visit")])
def test_the_link_of_a_survey_fits_a_text_message_also_where_the_shop_has_a_long_address(engine, monkeypatch, template):
    monkeypatch.setenv("PUBLIC_URL", f"https://{'a' * 40}.example.com")
    link = links.url(LINE, engine.now())
    assert wording.of({"care_visit": template}, "care_visit").filled({"survey": link}) == {"survey": link}
    with pytest.raises(TemplateUnfit, match="length"):
        wording.of({"care_visit": template}, "care_visit").filled({"survey": "x" * 201})


def test_a_message_whose_blanks_the_trigger_does_not_fill_is_refused_at_save():
    plan = dict(planning.shipped()["care_visit"])
    for change in (
        {"trigger": "order.placed"},
        {"steps": [{"message": {"template": "late_paid", "purpose": "service"}}]},
    ):
        with pytest.raises(JourneyPlanWrong):
            planning.plan("visit", 0, {**plan, **change}, shelf.work())


# ---- new arrivals -----------------------------------------------------------------------------------------------------
@pytest.fixture
def shelves(engine, reader):
    engine.at = engine.at.replace(hour=1, minute=0, second=0, microsecond=0)  # nine in the morning
    return goods.category("arrived")


def watch(who: Caller, category: str) -> None:
    own = Work(who, "test")
    wishes.add("arrival", category, None, own)
    own.commit()


def arrives(category: str, days) -> None:
    goods.product(category, goods.article(code=f"N{next(NUMBERS)}"), attributes={})
    days.bus.run()


def awaited() -> list[tuple[str, datetime]]:
    return [(one.person, one.at.astimezone(SHOP_ZONE)) for one in touches() if one.kind == ARRIVED]


def test_whoever_watches_a_category_is_told_once_of_all_that_came_until_ten(reader, days, shelves):
    start("new_arrivals")
    watch(reader, shelves)
    for _ in range(3):
        arrives(shelves, days)
    ten = days.clock.now().astimezone(SHOP_ZONE).replace(hour=10, minute=0, second=0, microsecond=0)
    assert awaited() == [(shelves, ten)]
    days.pass_(minutes=59)
    assert said() == []
    days.pass_(minutes=2)
    days.tick(times=3)
    days.tick(times=2)
    assert (["新品上架" in one for one in said()], awaited()) == ([True], [])


def test_of_a_category_and_those_below_it_one_is_told_once_a_day_and_once_a_week(reader, days, shelves):
    start("new_arrivals")
    below = goods.category("below", shelves)
    watch(reader, shelves)
    watch(reader, below)
    arrives(below, days)
    assert {category for category, _ in awaited()} == {shelves, below}
    for _ in range(2):
        days.pass_(hours=1, minutes=1)
        days.tick(times=3)
        days.pass_(days=1)
        arrives(shelves, days)
    days.pass_(days=1)
    days.tick(times=3)
    assert len(said()) == 1


def test_a_publication_that_is_told_again_another_day_is_no_news(engine, days, shelves):
    article = goods.article(code=f"N{next(NUMBERS)}")
    fact = ProductPublished(goods.product(shelves, article, attributes={}, publish=False).id)
    told = {"detail-type": fact.wire, "detail": {"id": "E1", "at": 0, "actor": "test", "data": fact.data()}}
    care.worker.deliver(told)
    assert len(awaited()) == 1
    days.pass_(days=1)
    assert awaited() == []
    care.worker.deliver(told)
    assert awaited() == []


def test_what_is_back_on_the_shelf_is_not_new(reader, days, shelves):
    watch(reader, shelves)
    own = shelf.work()
    product = "P" + "0" * 26  # written down in 1970
    assert not rules.is_new(product, days.clock.now())
    telling.arrived(product, own)  # and not there any more
    assert not own.pending


def test_while_no_journey_runs_nobody_is_looked_for(reader, days, shelves, calls):
    watch(reader, shelves)
    arrives(shelves, days)
    days.pass_(hours=1, minutes=1)
    days.tick(times=3)
    assert (said(), awaited(), enrolled()) == ([], [], [])


def test_those_who_watch_are_taken_page_by_page(reader, days, shelves):
    start("new_arrivals")
    for n in range(4):
        watch(Caller(f"U{n:026d}", "customer"), shelves)
    told, after = [], ""
    for _ in range(3):
        own = shelf.work()
        arrivals.take_page(ArrivalsPageDue(shelves, "20260601", after), own, page=2)
        told += [fact.after for fact, _ in own._facts]
        after = told[-1] if told else ""
    assert told == [f"U{1:026d}"]
    assert len({row.person for row in enrolled()}) == 4


def test_a_category_is_watched_by_its_id_and_shown_without_goods(front, customer, engine):
    category = goods.category("watched")
    path = f"/v1/me/watching/arrival/{category}"
    ask = lambda method, to: front.request(method, to, {} if method == "PUT" else None, token=customer.token)
    assert ask("PUT", path).json["sku"] == category
    assert ask("PUT", f"{path}X").json["code"] == "CATEGORY_NOT_FOUND"
    (row,) = front.get("/v1/me/watching?kind=arrival", token=customer.token).json["items"]
    assert (row["sku"], row["goods"]) == (category, None)
    assert ask("DELETE", path).status == 204
