"""What a journey has the shop's own people do: a ticket opened for its person, a task for the staff, each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.processes.campaigns.service import planning
from chalicelib.processes.campaigns.service.entering import Entrant, enter
from chalicelib.records.care.model import ImprovementTask
from chalicelib.records.journeys.rules import JourneyPlanWrong
from chalicelib.records.tickets.model import Ticket
from chalicelib.records.tickets.service import desk, matters
from tests.support import aws, people

from . import shelf
from .test_return_pack import Sleepers, enrolled

TITLE = {"zh": "回访", "en": "A call"}
CALL, SAMPLE = "请致电了解使用感受", "寄一份小样"
PLAN = {
    "title": TITLE,
    "serves": "returned",
    "trigger": "order.placed",
    "holdout": False,
    "steps": [{"wait": {"minutes": 10}}, {"ticket": CALL}, {"task": SAMPLE}],
}


@pytest.fixture
def met(engine, bus, days):
    """Somebody who is in the journey."""
    who = Sleepers(engine).sleeper()
    shelf.running("call", PLAN)
    enter("order.placed", [Entrant(who, "O1", engine.now())], shelf.work())
    return who


def tickets() -> list[Ticket]:
    return [row for row in aws.rows(Ticket) if row.part == "ticket"]


def tasks() -> list[ImprovementTask]:
    return [row for row in aws.rows(ImprovementTask) if row.part == "task"]


def test_a_ticket_and_a_task_are_asked_for_once_however_often_the_row_fires(met, days):
    days.tick()
    assert (tickets(), tasks()) == ([], [])
    days.pass_(minutes=10)
    days.tick(times=3)
    (ticket,), (task,) = tickets(), tasks()
    assert (ticket.customer, ticket.state, ticket.kind, ticket.desk) == (met, "open", "other", "common#open")
    assert [(one.row.side, one.row.by, one.text) for one in matters.conversation(ticket)] == [("shop", "call", CALL)]
    assert ticket.sort == ticket.opened_at + timedelta(days=1)
    assert (task.journey, task.person, task.text, task.state, task.why) == ("call", met, SAMPLE, "open", "journey")
    assert [row.state for row in enrolled()] == ["done"]
    assert (shelf.counts("call")["ticket"], shelf.counts("call")["task"]) == (1, 1)


def test_a_journey_that_was_ended_asks_for_nothing(met, days):
    shelf.move("call", "end")
    days.pass_(minutes=11)
    days.tick()
    assert (tickets(), tasks(), [row.state for row in enrolled()]) == ([], [], ["stopped"])


def test_the_staff_see_take_and_settle_what_a_journey_asked_for(met, days, front):
    days.pass_(minutes=11)
    days.tick()
    clerk = people.member(front, "operator").token
    (told,) = front.get("/v1/admin/care/tasks", token=clerk).json["items"]
    assert (told["text"], told["customer"], told["journey"]) == (SAMPLE, met, "call")
    assert (told["sku"], told["product"]) == (None, None)
    path = f"/v1/admin/care/tasks/{told['task_id']}"
    assert front.post(f"{path}/taking", None, token=clerk).status == 204
    settled = front.post(f"{path}/settlement", {"outcome": "done", "note": "已寄"}, token=clerk)
    assert settled.status == 204, settled.text
    (row,) = tasks()
    assert (row.state, row.outcome) == ("settled", "done")


def test_a_ticket_may_go_to_the_named_person_and_while_that_one_is_away_to_another(engine, bus, days):
    plan = {**PLAN, "steps": [{"ticket": CALL, "named": True}]}
    shelf.running("named", plan)
    shelf.running("common", {**plan, "steps": [{"ticket": CALL, "named": False}]})
    sleepers, seats = Sleepers(engine), {"A1": True, "A2": True, "A3": False}

    def asked() -> tuple[str | None, timedelta]:
        who = sleepers.sleeper()
        enter("order.placed", [Entrant(who, "O1", engine.now())], shelf.work())
        days.tick(times=2)
        first, second = [row for row in tickets() if row.customer == who]
        assert {first.assignee, second.assignee} > {None}, "at the common desk, too"
        ticket = first if first.named else second
        return ticket.assignee, ticket.sort - ticket.opened_at

    def sit(**away: timedelta) -> None:
        for agent, named in seats.items():
            own = shelf.work()
            desk.seat(agent, own, named=named, away_until=engine.now() + away[agent] if agent in away else None)
            own.commit()

    sit(A1=timedelta(days=1))
    assert asked() == ("A2", timedelta(minutes=240))
    sit(A2=timedelta(days=1))
    assert asked() == ("A1", timedelta(minutes=240))


def test_where_no_named_person_is_there_a_ticket_waits_at_the_common_desk(engine, bus, days):
    shelf.running("named", {**PLAN, "steps": [{"ticket": CALL, "named": True}]})
    enter("order.placed", [Entrant(Sleepers(engine).sleeper(), "O1", engine.now())], shelf.work())
    days.tick(times=2)
    (ticket,) = tickets()
    assert (ticket.assignee, ticket.named, ticket.desk) == (None, True, "common#open")


@pytest.mark.parametrize("act", ["ticket", "task"])
@pytest.mark.parametrize("said", ["", " ", "a\nb", " a", "x" * 61, 7, None])
def test_what_is_asked_for_is_one_line_of_words(act, said):
    with pytest.raises(JourneyPlanWrong) as refused:
        planning.plan("call", 0, {**PLAN, "steps": [{act: said}]}, shelf.work())
    assert refused.value.params["at"] == f"steps.0.{act}"


def test_a_later_message_that_is_kept_back_ends_nothing(engine, bus, days):
    """The first went out, so the caps of the day keep the second back: what comes after it is done all the same."""
    sleepers = Sleepers(engine)
    engine.at = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    who = sleepers.sleeper("marketing_sms")
    offer = {"message": {"template": "birthday_gift", "purpose": "marketing"}}
    shelf.running("twice", PLAN | {"steps": [offer, offer, {"task": SAMPLE}]})
    enter("order.placed", [Entrant(who, "O1", engine.now())], shelf.work())
    days.tick(times=3)
    assert [(row.state, row.why) for row in enrolled()] == [("done", "")]
    assert [task.person for task in tasks()] == [who]
    told = shelf.counts("twice")
    assert (told["sent"], told["suppressed.caps"], told["task"]) == (1, 1, 1)
