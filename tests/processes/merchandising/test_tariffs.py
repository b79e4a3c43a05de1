"""Freight templates and delivery services at the operators' door: edited in versions, published as seen, withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.records.tariffs import rules
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.rules import TARIFF, TariffNotFound
from tests.support import people

TEMPLATES, SERVICES = "/v1/admin/freight-templates", "/v1/admin/delivery-services"


class Desk:
    """What one member of staff does to tariffs."""

    def __init__(self, front: Any, path: str = TEMPLATES, role: str = "operator") -> None:
        self.front, self.path, self.who = front, path, people.member(front, role, fresh=True)

    def call(self, method: str, path: str = "", body: Any = None, **more: Any) -> Any:
        return self.front.request(method, f"{self.path}{path}", body, token=self.who.token, **more)

    def drafted(self, **more: Any) -> str:
        made = self.call("POST", body=document(**more) if self.path == TEMPLATES else service(**more))
        assert made.status == 201, made.text
        return str(made.json["id"])

    def publish(self, name: str, version: int = 1) -> Any:
        return self.call("POST", f"/{name}/publication", {"version": version})

    def published(self, **more: Any) -> str:
        name = self.drafted(**more)
        told = self.publish(name)
        assert told.status == 200, told.text
        return name


def zone(*areas: str, fen: int = 800, **more: Any) -> dict[str, Any]:
    return {"areas": list(areas), "first_fen": fen, **more}


def document(**more: Any) -> dict[str, Any]:
    return {"name": {"zh": "普通快递", "en": "Standard"}, "zones": [zone()], **more}


def service(**more: Any) -> dict[str, Any]:
    return {"name": {"zh": "次日达", "en": "Next day"}, "service": "next_day", "days": 1, **more}


@pytest.fixture
def desk(front):
    return Desk(front)


def code(answer):
    return answer.status, answer.json["code"]


def test_a_template_is_edited_in_versions_and_published_as_it_was_seen(desk):
    name = desk.drafted()
    edited = desk.call("PUT", f"/{name}", document(zones=[zone(fen=900)]), headers={"If-Match": "1"})
    assert edited.json == {"id": name, "version": 2, "state": "draft"}
    assert code(desk.call("PUT", f"/{name}", document(), headers={"If-Match": "1"})) == (409, "TARIFF_EDITED_MEANWHILE")
    assert code(desk.call("PUT", f"/{name}", document())) == (422, "IF_MATCH_REQUIRED")
    assert code(desk.publish(name, 1)) == (409, "TARIFF_EDITED_MEANWHILE")
    assert desk.publish(name, 2).json == {"id": name, "version": 2, "state": "published"}
    told = desk.call("GET", f"/{name}").json
    assert (told["live"], told["state"], told["latest"]["document"]["zones"][0]["first_fen"]) == (2, "published", 900)
    assert told["latest"]["actor"] == desk.who.id
    versions = desk.call("GET", f"/{name}/versions").json["items"]
    assert [(one["version"], one["document"]["zones"][0]["first_fen"]) for one in versions] == [(2, 900), (1, 800)]
    assert tariffs.book().templates[name]["version"] == 2


def test_what_the_book_said_in_a_version_can_be_read_for_good(desk):
    first = desk.published(default=True)
    desk.published()
    assert (set(tariffs.book_of(1).templates), tariffs.book_of(1).default) == ({first}, first)
    assert len(tariffs.book_of(2).templates) == 2
    with pytest.raises(TariffNotFound):
        tariffs.book_of(3)
    book = lambda version: desk.front.get(f"/v1/admin/freight-books/{version}", token=desk.who.token)
    held = {"version": 1, "default": first, "templates": [{"id": first, "version": 1}], "services": []}
    assert book(1).json == held
    assert [book(version).status for version in ("3", "0", "x", "-1")] == [404] * 4


def test_the_default_is_the_last_template_that_says_so(desk):
    first, second = desk.published(default=True), desk.published(default=True)
    assert tariffs.book().default == second
    assert tariffs.book().template("T0")["id"] == second
    assert tariffs.book().template(first)["id"] == first
    assert desk.call("PUT", f"/{second}", document(), headers={"If-Match": "1"}).status == 200
    assert desk.publish(second, 2).status == 200
    assert tariffs.book().default is None
    assert desk.call("POST", f"/{first}/withdrawal").status == 204
    assert set(tariffs.book().templates) == {second}


def test_what_is_withdrawn_holds_no_more_until_it_is_published_again(desk, bus):
    name = desk.published(default=True)
    assert desk.call("POST", f"/{name}/withdrawal").status == 204
    assert (tariffs.book().templates, tariffs.book().default) == ({}, None)
    assert code(desk.call("POST", f"/{name}/withdrawal")) == (409, "TARIFF_STATE_CONFLICT")
    assert desk.call("GET", f"/{name}").json["live"] is None
    assert desk.publish(name).status == 200
    assert tariffs.book().version == 3
    told = [one for one in bus.run() if one.startswith("tariff.")]
    assert sorted(told) == ["tariff.edited", "tariff.published", "tariff.published", "tariff.withdrawn"]


def test_what_one_process_publishes_others_know_within_ten_seconds(desk, clock):
    name = desk.published()
    assert desk.call("PUT", f"/{name}", document(zones=[zone(fen=1)]), headers={"If-Match": "1"}).status == 200
    known = tariffs.book()
    desk.publish(name, 2)
    tariffs._kept.put("book", (int(clock.now().timestamp() * 1000), known))  # as another process knows it
    clock.advance(timedelta(seconds=9))
    assert tariffs.book().version == 1
    clock.advance(timedelta(seconds=1))
    assert tariffs.book().version == 2


def test_a_list_shows_the_newest_first_and_each_sort_for_itself(front, desk):
    services = Desk(front, SERVICES)
    names, other = [desk.drafted() for _ in range(3)], services.drafted()
    page = desk.call("GET", "?limit=2").json
    rest = desk.call("GET", f"?limit=2&cursor={page['next']}").json
    assert [one["id"] for one in (*page["items"], *rest["items"])] == names[::-1]
    assert [one["id"] for one in services.call("GET").json["items"]] == [other]
    assert code(desk.call("GET", f"/{other}")) == (404, "TARIFF_NOT_FOUND")
    assert services.call("GET", f"/{other}").json["latest"]["document"]["service"] == "next_day"


@pytest.mark.parametrize("wrong", [
    {"zones": [zone("65"), zone("65")]}, {"zones": [zone(), zone()]}, {"zones": [zone("65")], "not_delivered": ["65"]},
])  # fmt: skip
def test_an_area_stands_in_one_place_of_a_template(desk, wrong):
    assert code(desk.call("POST", body=document(**wrong))) == (422, "ZONES_WRONG")
    name = desk.drafted()
    assert code(desk.call("PUT", f"/{name}", document(**wrong), headers={"If-Match": "1"})) == (422, "ZONES_WRONG")


@pytest.mark.parametrize("wrong", [
    {"zones": []}, {"by": "mood"}, {"zones": [zone("6")]}, {"zones": [zone("650")]}, {"zones": [zone("05")]},
    {"zones": [zone(fen=-1)]}, {"free_pieces": 0}, {"zones": [zone(step=1.5)]}, {"more": 1},
])  # fmt: skip
def test_a_template_that_says_nonsense_is_refused(desk, wrong):
    assert desk.call("POST", body=document(**wrong)).status == 422


def test_further_units_cost_something_only_a_step_at_a_time(desk):
    assert code(desk.call("POST", body=document(zones=[zone(step_fen=1)]))) == (422, "STEP_MISSING")
    assert desk.drafted(zones=[zone(step=1, step_fen=1)])


@pytest.mark.parametrize(("wrong", "why"), [
    ({"service": "hourly", "opens": "21:00", "closes": "21:00"}, "HOURS_WRONG"),
    ({"service": "hourly", "opens": "21:01", "closes": "21:00"}, "HOURS_WRONG"),
    ({"days": 2}, "NEXT_DAY_TOO_LATE"), ({"areas": ["31", "32"], "not_areas": ["32"]}, "ZONES_WRONG"),
])  # fmt: skip
def test_a_service_that_cannot_be_is_refused_at_once(front, wrong, why):
    services = Desk(front, SERVICES)
    assert code(services.call("POST", body=service(**wrong))) == (422, why)
    name = services.drafted()
    assert code(services.call("PUT", f"/{name}", service(**wrong), headers={"If-Match": "1"})) == (422, why)


@pytest.mark.parametrize(("wrong", "status", "why"), [
    ({"carrier": "zzz"}, 422, "NO_SUCH_CARRIER"), ({"location": "NOPE"}, 404, "LOCATION_NOT_FOUND"),
    ({"areas": ["99"]}, 422, "REGION_NOT_FOUND"), ({"not_areas": ["3199"]}, 422, "REGION_NOT_FOUND"),
    ({"compensation": "K01JZ0000000000000000000000"}, 404, "COUPON_TEMPLATE_NOT_FOUND"),
])  # fmt: skip
def test_what_a_service_names_is_there_when_it_is_published(front, wrong, status, why):
    services = Desk(front, SERVICES)
    assert code(services.publish(services.drafted(**wrong))) == (status, why)
    assert tariffs.book().services == {}
    services.published(carrier="sf", areas=["31", "3205"], not_areas=["310115"])


@pytest.mark.parametrize("wrong", [{"zones": [zone(), zone("99")]}, {"not_delivered": ["99"]}])
def test_the_areas_of_a_template_are_there_when_it_is_published(desk, wrong):
    assert code(desk.publish(desk.drafted(**wrong))) == (422, "REGION_NOT_FOUND")


def test_only_who_may_edits_and_who_watches_reads(front, desk):
    support = Desk(front, role="support")
    name = desk.drafted()
    assert support.call("GET", f"/{name}").status == 200
    assert support.publish(name).status == 403
    assert Desk(front, role="finance").call("GET").status == 403


def test_too_many_templates_are_refused_by_name(desk, monkeypatch):
    monkeypatch.setattr(rules, "MOST_PUBLISHED", 1)
    desk.published()
    assert code(desk.publish(desk.drafted())) == (409, "TARIFFS_FULL")


def test_every_state_is_spoken():
    assert set(TARIFF.all) == set(TARIFF.conflict.spoken)
