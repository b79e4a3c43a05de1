"""Files of people: page by page, nobody left out and nobody met twice, whoever dies and however often it is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.processes.campaigns.events import AudienceDue
from chalicelib.processes.campaigns.service import audiences
from chalicelib.records.messages.channels import outbox
from chalicelib.runtime import clients, showcase
from tests.support import people

from . import shelf
from .test_return_pack import SMS, Sleepers, enrolled

NAME = "news"
PLAN = {
    "title": {"zh": "新品", "en": "News"},
    "serves": "active",
    "trigger": "audience",
    "steps": [{"message": {"template": "new_arrivals", "purpose": "marketing"}}],
    "holdout": False,
}
FILE = "L01KT0EHJ80N33M21Z6DJRE9X6N"


@pytest.fixture
def crowd(engine):
    engine.at = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    outbox.clear()
    shelf.running(NAME, PLAN)
    yield Sleepers(engine)
    outbox.clear()


def lay(*ids: str) -> None:
    showcase.put_aside(FILE, "".join(f"{one}\n" for one in ids).encode())


def page(first: int, size: int) -> AudienceDue | None:
    """One page, and the task that follows it."""
    own = shelf.work()
    audiences.take_page(AudienceDue(NAME, FILE, first), own, page=size)
    found = [fact for fact, _ in own._facts]
    own.commit()
    return found[0] if found else None


def run(size: int) -> int:
    first, pages = 0, 0
    while (told := page(first, size)) is not None:
        first, pages = told.first, pages + 1
    return pages


def test_everybody_of_a_file_enters_once_and_lines_are_never_cut(crowd, days):
    ids = [crowd.sleeper(SMS) for _ in range(7)]
    lay(*ids[:3], "nonsense", *ids[3:], ids[0])
    assert run(70) > 3
    assert sorted(row.person for row in enrolled()) == sorted(ids)
    days.pass_(minutes=1)
    assert len(outbox.latest()) == 7


def test_m024_e78_a_page_in_which_everybody_is_blocked_does_not_end_it(crowd, days):
    blocked, open_ = [crowd.sleeper() for _ in range(4)], [crowd.sleeper(SMS) for _ in range(3)]
    lay(*blocked, *open_)
    assert run(2 * audiences.LINE) == 4
    days.pass_(minutes=1)
    assert len(outbox.latest()) == 3
    assert shelf.counts(NAME)["suppressed.consent"] == 4


def test_m023_e78_a_worker_that_dies_again_and_again_leaves_nobody_out_and_meets_nobody_twice(crowd, days):
    ids = [crowd.sleeper(SMS) for _ in range(5)]
    lay(*ids)
    events, calls, first = clients.client("dynamodb").meta.events, [0], 0
    while first < 5 * audiences.LINE:
        for death in range(1, 12):  # at each call of this page, and then not
            calls[0] = death

            def dies(**_):
                calls[0] -= 1
                if calls[0] == 0:
                    raise KeyboardInterrupt

            events.register_first("before-send.dynamodb", dies)
            try:
                told = page(first, 2 * audiences.LINE)
            except KeyboardInterrupt:
                told = None
            finally:
                events.unregister("before-send.dynamodb", dies)
        told = told or page(first, 2 * audiences.LINE)
        first = told.first
    assert sorted(row.person for row in enrolled()) == sorted(ids)
    days.pass_(minutes=1)
    days.tick(times=2)
    assert len(outbox.latest()) == 5


def test_a_journey_that_is_paused_waits_with_its_file_and_one_that_ended_takes_none(crowd, engine):
    lay(crowd.sleeper(SMS))
    shelf.move(NAME, "pause")
    assert page(0, 100) == AudienceDue(NAME, FILE, 0)
    shelf.move(NAME, "end")
    assert page(0, 100) is None
    assert enrolled() == []


def test_an_operator_gives_a_file_and_says_that_it_is_there(crowd, front, bus):
    operator = people.member(front, "operator")
    base = f"/v1/admin/journeys/{NAME}/audiences"
    opened = front.post(base, {"size": 56}, token=operator.token)
    assert opened.status == 201
    name = opened.json["audience"]
    arrive = lambda one, key: front.post(f"{base}/{one}/arrival", None, token=operator.token, key=key)
    assert arrive(name, "a").json["code"] == "AUDIENCE_NOT_FOUND"
    assert arrive("nothing", "b").json["code"] == "AUDIENCE_NOT_FOUND"
    showcase.put_aside(name, f"{crowd.sleeper(SMS)}\n".encode())
    assert arrive(name, "c").status == 204
    bus.run()
    assert len(enrolled()) == 1
    shelf.move(NAME, "pause")
    assert arrive(name, "d").json["code"] == "JOURNEY_STATE_CONFLICT"
    shelf.running("other", {**PLAN, "trigger": "silence"})
    wrong = front.post("/v1/admin/journeys/other/audiences", {"size": 56}, token=operator.token)
    assert wrong.json["code"] == "JOURNEY_PLAN_WRONG"
    for path in ("/v1/admin/journeys/nobody/audiences", "/v1/admin/journeys/nobody/audiences/x/arrival"):
        body = {"size": 56} if path.endswith("audiences") else None
        assert front.post(path, body, token=operator.token).json["code"] == "JOURNEY_NOT_FOUND"
