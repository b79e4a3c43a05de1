"""Taking one's data along: asked for once, made by a worker piece by piece, fetched by a link that soon is none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.ids import payment_id
from chalicelib.processes.privacy.service import exporting, forgetting, sections
from chalicelib.records.groups.service import groups, posts
from chalicelib.records.identity.access.service import identify
from chalicelib.records.identity.events import UserErasureDue, UserExportDue
from chalicelib.records.identity.model import EXPORT, Export
from chalicelib.records.identity.self.service import exports
from chalicelib.records.journeys import steps
from chalicelib.records.orders import service as orders
from chalicelib.records.payments.service import attempts
from chalicelib.runtime import archive, clients, settings, table, world
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.work import Work, perform
from tests.processes.privacy import taken
from tests.processes.privacy.taken import DOOR
from tests.support import people
from tests.support.doors import done


@pytest.fixture
def who(counter):
    """The customer at the counter, who has just shown a code."""
    token = counter.newcomer("13700137000")
    person = people.Person(identify(token, world.now()).id, token)
    person = people.proven(counter.front, counter.clock, person, phone="13700137000")
    counter.token = person.token
    counter.bus.run()
    return person


@pytest.fixture
def buyer(counter, who, fake):
    """The same with an order that is being paid."""
    answer = counter.place(counter.quote((0, 1)))
    assert answer.status == 201, answer.text
    placed = answer.json["order_id"]
    body = {"provider": "wechat", "product": "native"}
    assert counter.ask("POST", f"/v1/orders/{placed}/payments", body, key="pay").status in (200, 201)
    return placed


def many(order_id: str, count: int) -> set[str]:
    """So many orders more, each like this one."""
    order, payment = orders.find(order_id), attempts.of_order(order_id, 1)[0]
    ids = [world.new_id("O") for _ in range(count)]
    for n, each in enumerate(ids):
        for row in (
            type(order)(
                **{
                    **order.attribute_values,
                    "id": each,
                    "placed_at": order.placed_at + timedelta(milliseconds=n),
                    "remark": None,
                }
            ),
            type(payment)(**{**payment.attribute_values, "id": payment_id(each, 1)}),
        ):
            work = Work(worker("test"), "test")
            work.add(table.put(row))
            work.commit()
    return {order_id, *ids}


def one_page_a_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting.export, "__defaults__", (1, sections.PAGE))


def files() -> list[str]:
    found = clients.client("s3").list_objects_v2(Bucket=settings.value(archive.BUCKET)).get("Contents", [])
    return [one["Key"] for one in found]


def begin(counter) -> str:
    asked = counter.ask("POST", DOOR)
    assert asked.status == 202, asked.text
    return asked.json["export_id"]


def stretch(owner: str, export_id: str, key: str = "") -> None:
    """One delivery to the worker."""
    work = Work(worker("privacy"), "privacy.export", consumer=True)
    if key:
        work.with_key(key)
    perform(work, lambda work: exporting.export(UserExportDue(owner, export_id), work), work)


def test_asking_is_answered_at_once_and_asking_again_is_the_same_while_it_is_made(counter, who):
    first = counter.ask("POST", DOOR)
    assert (first.status, first.json["state"], first.json["ready_at"]) == (202, "working", None)
    assert first.headers["retry-after"] == "3"
    again = counter.ask("POST", DOOR)
    assert (again.status, again.json) == (202, first.json)
    told = counter.bus.run()
    assert told.count("user.export_due") == told.count("user.data_exported") == told.count("user.export_ready") == 1


def test_a_link_is_good_for_a_quarter_of_an_hour_at_most(counter, who, monkeypatch):
    made = begin(counter)
    assert counter.ask("GET", f"{DOOR}/{made}").json["link"] is None
    counter.bus.run()
    for wanted, seconds in (("600", "600"), ("900", "900")):
        monkeypatch.setenv("EXPORT_LINK_SECONDS", wanted)
        told = counter.ask("GET", f"{DOOR}/{made}").json
        query = taken.asked_of(told["link"])
        assert (query["X-Amz-Expires"], query["X-Amz-Algorithm"]) == (seconds, "AWS4-HMAC-SHA256")
        assert query["response-content-disposition"] == 'attachment; filename="jishi-data.zip"'
    assert set(taken.sections(taken.fetched(told["link"]))) == {
        "identity",
        "carts",
        "coupons",
        "orders",
        "care",
        "tickets",
        "messages",
        "watching",
        "journeys",
        "groups",
    }


def test_who_was_in_a_journey_and_in_a_group_is_told_so(counter, who):
    me, other, now = Caller(who.id, "customer"), "U01JZ0000000000000000000000", world.now()
    group = done(groups.add, "wechat", "华东群友", "A01JZ0000000000000000000000", "")
    done(groups.add, "wechat", "华南群友", "A01JZ0000000000000000000000", "")
    done(groups.set_members, group, [who.id, other], "import")
    post = done(posts.plan, group, "group_new", "新品", "/p", "", None)
    done(posts.visit, post.code, work=Work(me, "test"))
    work = Work(me, "test")
    for person in (who.id, other):
        work.add(steps.enrol(person, "return_pack", "1793000000", 1, now - timedelta(days=31), now))
    work.commit()
    told = taken.sections(taken.along(counter))
    (one,) = told["journeys"]
    assert (one["journey"], one["occasion"], one["state"], one["came_again"]) == (
        "return_pack",
        "1793000000",
        "under_way",
        None,
    )
    assert [(one["group"], one["way"], one["left_at"]) for one in told["groups"]["groups"]] == [(group, "import", None)]
    assert (told["groups"]["came_by"]["group"], told["groups"]["came_by"]["post"]) == (group, post.id)
    done(groups.set_members, group, [other], "import")
    assert groups.kept(who.id)[0][0].left_at is not None
    assert groups.kept(other)[1] is None


def test_only_its_owner_finds_an_export_and_only_by_a_fresh_code(counter, who):
    made = begin(counter)
    counter.bus.run()
    stranger = people.proven(
        counter.front, counter.clock, people.register(counter.front, "13700137001"), phone="13700137001"
    )
    assert counter.ask("GET", f"{DOOR}/{made}", token=stranger.token).status == 404
    assert counter.front.get(f"{DOOR}/{made}").status == 401
    stale = counter.ask("GET", f"{DOOR}/{made}", token=people.token(who.id, "customer"))
    assert (stale.status, stale.json["code"]) == (403, "FRESH_CODE_NEEDED")
    assert counter.ask("POST", "/v1/auth/logout", {"everywhere": True}).status == 204
    assert counter.ask("GET", f"{DOOR}/{made}").status == 401


def test_what_was_written_piece_by_piece_is_one_file_in_the_end(counter, who, buyer, monkeypatch):
    one_page_a_stretch(monkeypatch)
    wanted = many(buyer, 210)
    made = begin(counter)
    told = counter.bus.run(times=2)  # every stretch delivered twice
    assert told.count("user.export_due") == 3
    assert told.count("user.export_ready") == 1
    assert files() == [f"{made}/jishi-data.zip"]
    found = taken.sections(taken.fetched(counter.ask("GET", f"{DOOR}/{made}").json["link"]))["orders"]
    assert sorted(one["id"] for one in found) == sorted(wanted)


@pytest.mark.parametrize("deadly", range(1, 10))
def test_a_worker_that_dies_in_the_middle_costs_a_stretch_and_not_the_export(counter, who, buyer, monkeypatch, deadly):
    one_page_a_stretch(monkeypatch)
    wanted = many(buyer, 110)
    made, left = begin(counter), [deadly]
    genuine = {name: getattr(archive, name) for name in ("put", "get", "clear")}

    def dying(name):
        def act(*asked):
            left[0] -= 1
            if left[0] == 0:
                raise SystemExit
            return genuine[name](*asked)

        return act

    for name in genuine:
        monkeypatch.setattr(archive, name, dying(name))
    for n in range(4):  # its message comes again
        try:
            stretch(who.id, made, f"stretch {n}")
        except SystemExit:
            continue
    assert left[0] <= 0
    found = taken.sections(taken.fetched(counter.ask("GET", f"{DOOR}/{made}").json["link"]))["orders"]
    assert sorted(one["id"] for one in found) == sorted(wanted)


def test_who_is_forgotten_meanwhile_leaves_nothing_behind(counter, who, buyer, monkeypatch):
    one_page_a_stretch(monkeypatch)
    many(buyer, 110)
    made = begin(counter)
    stretch(who.id, made)
    assert files()
    counter.ask("DELETE", "/v1/me")
    counter.clock.advance(timedelta(days=8))
    for wait in (0, 16):
        counter.clock.advance(timedelta(minutes=wait))
        done(forgetting.forget, UserErasureDue(who.id), work=Work(worker("privacy"), "privacy"))
    assert files() == []
    stretch(who.id, made)  # its message was still on the way
    assert files() == []
    assert table.get(Export, who.id, EXPORT) is None


def test_what_is_written_while_its_owner_is_forgotten_is_deleted_by_who_wrote_it(counter, who, buyer, monkeypatch):
    made, genuine = begin(counter), Work.commit

    def forgotten_just_before(self, reply=None):
        monkeypatch.setattr(Work, "commit", genuine)
        exporting.drop(who.id, Work(worker("privacy"), "privacy"))
        assert files() == []
        exporting._put(made, "late", {})  # a piece that this one writes after the deletion
        return genuine(self, reply)

    monkeypatch.setattr(Work, "commit", forgotten_just_before)
    stretch(who.id, made)
    assert files() == []


def test_a_finished_export_goes_with_its_owner_also_when_it_is_finished_at_that_moment(counter, who, monkeypatch):
    made, genuine = begin(counter), archive.clear

    def finished_meanwhile(beginning):
        genuine(beginning)
        monkeypatch.setattr(archive, "clear", genuine)
        stretch(who.id, made)
        assert files() == [f"{made}/jishi-data.zip"]

    monkeypatch.setattr(archive, "clear", finished_meanwhile)
    exporting.drop(who.id, Work(worker("privacy"), "privacy"))
    assert files() == []
    assert exports.last(who.id) is None


def test_a_day_later_it_is_there_no_more_and_a_new_one_takes_its_place(counter, who):
    made = begin(counter)
    counter.bus.run()
    counter.clock.advance(timedelta(hours=24))
    counter.token = people.token(who.id, "customer", fresh=True)
    told = counter.ask("GET", f"{DOOR}/{made}").json
    assert (told["state"], told["link"]) == ("expired", None)
    other = begin(counter)
    assert other != made
    counter.bus.run()
    assert files() == [f"{other}/jishi-data.zip"], "what was there before is gone"
    assert counter.ask("GET", f"{DOOR}/{made}").status == 404


def test_one_that_was_not_finished_in_an_hour_has_failed_and_may_be_asked_for_anew(counter, who):
    made = begin(counter)
    counter.clock.advance(timedelta(hours=1))
    counter.token = people.token(who.id, "customer", fresh=True)
    assert counter.ask("GET", f"{DOOR}/{made}").json["state"] == "failed"
    other = begin(counter)
    counter.bus.run()
    stretch(who.id, made)  # what is dead letters now, sent back much later
    assert files() == [f"{other}/jishi-data.zip"]


def test_two_who_ask_at_once_get_one(counter, who, monkeypatch):
    genuine, ids = Work.commit, []

    def another_asks_first(self, reply=None):
        monkeypatch.setattr(Work, "commit", genuine)
        ids.append(begin(counter))
        return genuine(self, reply)

    monkeypatch.setattr(Work, "commit", another_asks_first)
    assert begin(counter) == ids[0]
    assert counter.bus.run().count("user.export_due") == 1


def test_asking_is_limited_by_the_day(counter, who):
    for _ in range(5):
        assert counter.ask("POST", DOOR).status == 202
    assert counter.ask("POST", DOOR).status == 429
