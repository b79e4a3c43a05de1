"""What follows an order: consultations, company after delivery, surveys and what is improved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.money import Fen
from chalicelib.processes.campaigns.triggers import CARE
from chalicelib.processes.care import consumers
from chalicelib.processes.care.aftercare.service import accompanying
from chalicelib.processes.privacy.service import sections
from chalicelib.records.care import rules
from chalicelib.records.care.model import CareCourse, CarePlan, ImprovementTask, Survey
from chalicelib.records.care.rules import Grievance, Spoken
from chalicelib.records.care.service import courses, links, surveys
from chalicelib.records.care.service.surveys import Opinion
from chalicelib.records.catalog.service import find_product
from chalicelib.records.identity.access.service.tokens import identify
from chalicelib.records.orders.events import OrderAnnulled, OrderPaid
from chalicelib.records.orders.model import Order, pack_ledger
from chalicelib.records.orders.rules import GoodsCount
from chalicelib.records.payments.events import RefundSucceeded
from chalicelib.records.shipping.events import ShipmentDelivered
from chalicelib.records.tickets.service import consultations
from chalicelib.records.touches.model import Touch
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.trade import order as placed

from .test_tickets import refused_second

PLAN = {"revision": 0, "guide_zh": "取适量涂抹", "guide_en": "Apply some", "visit_days": 7, "refill_days": 30}


@pytest.fixture
def care(desk):
    """A planned category with a shirt that brings two consultations."""
    desk.sku = desk.counter.skus[0]
    desk.product = desk.sku[:27]
    desk.category = find_product(desk.product, consistent=True).listing.category

    desk.keys = iter(range(1000))

    def act(method, path, body=None, who="operator"):
        somebody = people.member(desk.counter.front, who, fresh=True)
        key = f"key-{next(desk.keys)}" if method == "POST" else None
        return desk.counter.front.request(method, path, body, token=somebody.token, key=key)

    desk.act = act
    assert act("PUT", f"/v1/admin/care/plans/{desk.category}", PLAN).json == {"category": desk.category, "revision": 1}
    assert act("PUT", f"/v1/admin/care/products/{desk.product}", {"count": 2, "days": 90}).status == 204
    desk.counter.bus.run()
    return desk


@pytest.fixture
def me(care):
    """The customer at the counter."""
    return identify(care.counter.token, world.now()).id


def bought(care, who, *, quantity=2, count=None, more=(), state="paid", refunded=None):
    """A paid order of the shirt, and of more goods."""
    lines = ((care.sku, quantity, 9_900, 0), *more)
    order = placed(who, lines=lines, freight=0)
    change(order, Order.state.set(state))
    if count is not None:
        ledger(order, count, len(lines))
    if refunded is not None:
        change(order, Order.refunded.set(Fen(refunded)))
    return order


def change(order, *actions):
    made = Work(Caller("A1", "operator"), "test")
    made.add(update(Order, order, actions=list(actions)))
    made.commit()


def ledger(order, count, lines=1):
    change(order, Order.packed_ledger.set(pack_ledger([count] * lines)))


def hear(handler, fact):
    made = Work(worker("care"), "test")
    handler(fact, made)
    if made.pending:
        made.commit()


def arrive(care, order, quantity=2):
    ledger(order, GoodsCount(shipped=quantity, delivered=quantity), len(accompanying.orders.find(order).lines))
    hear(consumers.delivered, ShipmentDelivered(order, "S1", at_ms(care)))
    return care.counter.clock.now()


def at_ms(care):
    return millis(care.counter.clock.now())


def dues():
    kinds = [row.order.split("#")[1] for row in aws.rows(Touch) if "#" in row.order]
    return sorted(kind for kind in kinds if kind in CARE)


# ---- consultations --------------------------------------------------------------------------------------------------
def test_each_piece_of_a_paid_line_brings_what_its_product_brings_once(care, me):
    order = bought(care, me, quantity=3, more=(("P01JZ000000000000000000000001", 1, 100, 0),))
    hear(consumers.paid, OrderPaid(order, ""))
    hear(consumers.paid, OrderPaid(order, ""))
    (right,) = consultations.every(me)
    assert (right.name, right.left, right.granted, right.product) == (f"{order}#00", 6, 6, care.product)
    assert right.ends_at - care.counter.clock.now() == timedelta(days=90)


def test_a_product_that_brings_nothing_any_more_brings_nothing(care, me):
    assert care.act("PUT", f"/v1/admin/care/products/{care.product}", {"count": 0, "days": 1}).status == 204
    hear(consumers.paid, OrderPaid(bought(care, me), ""))
    assert consultations.every(me) == []
    told = care.act("PUT", "/v1/admin/care/products/P01JZ0000000000000000000000", {"count": 1, "days": 1})
    assert told.json["code"] == "PRODUCT_NOT_FOUND"


@pytest.mark.parametrize(
    ("count", "refunded", "state", "left"),
    [
        (GoodsCount(refunded=1), 9_900, "paid", 4),
        (GoodsCount(refunded=2), 19_800, "paid", 0),
        (GoodsCount(), 19_800, "paid", 0),
        (GoodsCount(), 19_799, "paid", 4),
        (GoodsCount(), 0, "annulled", 0),
    ],
)
def test_what_is_left_of_a_right_ends_with_its_whole_line(care, me, count, refunded, state, left):
    order = bought(care, me)
    hear(consumers.paid, OrderPaid(order, ""))
    ledger(order, count)
    change(order, Order.refunded.set(Fen(refunded)), Order.state.set(state))
    hear(consumers.given_back, RefundSucceeded("R1", "P1", order, 1))
    hear(consumers.given_back, OrderAnnulled(order))
    assert [row.left for row in consultations.every(me)] == [left]


def test_a_refund_that_is_heard_before_the_payment_leaves_nothing_to_grant(care, me):
    order = bought(care, me, count=GoodsCount(refunded=2))
    hear(consumers.given_back, RefundSucceeded("R1", "P1", order, 1))
    ledger(order, GoodsCount())
    hear(consumers.paid, OrderPaid(order, ""))
    assert [row.left for row in consultations.every(me)] == [0]
    other = bought(care, me, count=GoodsCount(refunded=2))
    hear(consumers.paid, OrderPaid(other, ""))
    assert len(consultations.every(me)) == 1


# ---- company --------------------------------------------------------------------------------------------------------
def test_a_line_that_is_there_whole_is_accompanied_by_its_categorys_plan(care, me):
    order = bought(care, me, more=((care.counter.skus[1], 2, 9_900, 0),))
    ledger(order, GoodsCount(shipped=2, delivered=1), 2)
    hear(consumers.delivered, ShipmentDelivered(order, "S1", at_ms(care)))
    assert (courses.every(me), dues()) == ([], [])
    now = arrive(care, order)
    arrive(care, order)
    told = [(row.line, row.category, row.visit_at - now, row.refill_at - now) for row in courses.every(me)]
    assert told == [(f"{order}{n:02d}", care.category, timedelta(days=7), timedelta(days=30)) for n in (0, 1)]
    assert dues() == ["care_guide"] * 2 + ["care_refill"] * 2 + ["care_visit"] * 2
    assert accompanying.courses.stands(me, f"{order}00")
    (shown, _) = care.ask("GET", "/v1/me/care").json["items"]
    assert (shown["guide_zh"], shown["ended"], shown["answered"]) == ("取适量涂抹", False, False)


def test_freed_units_are_not_waited_for_and_goods_without_a_plan_are_left(care, me):
    order = bought(care, me, quantity=2)
    ledger(order, GoodsCount(freed=1, refunded=1, shipped=1, delivered=1))
    hear(consumers.delivered, ShipmentDelivered(order, "S1", at_ms(care)))
    assert len(courses.every(me)) == 1
    assert care.act("DELETE", f"/v1/admin/care/plans/{care.category}").status == 204
    assert care.act("DELETE", f"/v1/admin/care/plans/{care.category}").json["code"] == "CARE_PLAN_NOT_FOUND"
    arrive(care, bought(care, me))
    assert len(courses.every(me)) == 1
    assert care.ask("GET", "/v1/me/care").json["items"][0]["guide_zh"] == ""


def test_the_nearest_plan_is_for_goods_and_steps_may_be_left_out(care, me):
    assert rules.nearest(["a", "b", "c"], {"a": 1, "b": 1}) == "b"
    assert rules.nearest(["a", "b", "c"], {"d": 1}) is None
    path = f"/v1/admin/care/plans/{care.category}"
    assert care.act("PUT", path, PLAN).json["code"] == "STALE_CARE_PLAN"
    assert care.act("PUT", path, {**PLAN, "revision": 1, "refill_days": 7}).json["code"] == "CARE_DAYS_WRONG"
    assert care.act("PUT", "/v1/admin/care/plans/nowhere", PLAN).json["code"] == "CATEGORY_NOT_FOUND"
    assert care.act("PUT", path, {**PLAN, "revision": 1, "refill_days": None}).json["revision"] == 2
    arrive(care, bought(care, me))
    assert dues() == ["care_guide", "care_visit"]
    (told,) = care.act("GET", "/v1/admin/care/plans").json["items"]
    assert (told["revision"], told["refill_days"]) == (2, None)


def test_a_course_ends_with_the_refund_of_its_line_and_nothing_of_it_falls_due(care, me):
    order = bought(care, me)
    arrive(care, order)
    ledger(order, GoodsCount(refunded=1, shipped=2, delivered=2))
    hear(consumers.given_back, RefundSucceeded("R1", "P1", order, 1))
    assert len(dues()) == 3
    ledger(order, GoodsCount(refunded=2, shipped=2, delivered=2))
    hear(consumers.given_back, RefundSucceeded("R2", "P1", order, 1))
    hear(consumers.given_back, RefundSucceeded("R2", "P1", order, 1))
    assert (dues(), [row.why for row in courses.every(me)]) == ([], ["refund"])
    assert not courses.stands(me, f"{order}00")
    assert not courses.stands(me, "O01JZ000000000000000000000000")
    arrive(care, bought(care, me, refunded=19_800))
    assert dues() == []


def test_who_wants_to_be_left_alone_is_from_then_on_until_they_say_otherwise(care, me):
    for _ in range(2):
        arrive(care, bought(care, me))
    assert care.ask("PUT", "/v1/me/care/quiet", {"quiet": True}).status == 204
    assert (dues(), [row.why for row in courses.every(me)]) == ([], ["quiet", "quiet"])
    arrive(care, bought(care, me))
    assert len(courses.every(me)) == 2
    assert care.ask("PUT", "/v1/me/care/quiet", {"quiet": False}).status == 204
    arrive(care, bought(care, me))
    assert (len(courses.every(me)), len(dues())) == (3, 3)


# ---- surveys --------------------------------------------------------------------------------------------------------
def answer(care, order, line=0, status=204, **more):
    body = {"score": 9, **more}
    told = care.ask("PUT", f"/v1/orders/{order}/surveys/{line}", body)
    assert told.status == status, told.text
    return told.json["code"] if status != 204 else None


def results(care):
    return care.act("GET", f"/v1/admin/care/results/{care.sku}").json


def test_a_line_is_answered_for_once_and_counted_once(care, me):
    order = bought(care, me)
    assert answer(care, order, status=409) == "SURVEY_NOT_YET"
    arrive(care, order)
    assert answer(care, order, line=1, status=404) == "SURVEY_LINE_NOT_FOUND"
    assert answer(care, order, line="x", status=404) == "SURVEY_LINE_NOT_FOUND"
    assert answer(care, order, status=422, tags=["wonderful"]) == "INVALID_REQUEST"
    answer(care, order, tags=["effective", "effective", "damaged"], text="瓶子碎了")
    assert answer(care, order, status=409, score=1) == "SURVEY_GIVEN_ALREADY"
    told = results(care)
    assert (
        told["ever"]
        == told["lately"]
        == {
            "answers": 1,
            "promoters": 1,
            "detractors": 0,
            "nps": 100,
            "tags": {"damaged": 1, "effective": 1},
        }
    )
    assert all("碎".encode() not in bytes(row.text) for row in aws.rows(Survey) if row.part.startswith("s#"))
    assert care.ask("GET", "/v1/me/care").json["items"][0]["answered"]
    assert answer(care, placed("U2"), status=404) == "ORDER_NOT_FOUND"
    assert care.counter.bus.run().count("survey.answered") == 1


def test_a_signed_link_asks_without_signing_in_once_and_for_thirty_days(care, me):
    order = bought(care, me)
    arrive(care, order)
    link = care.ask("GET", "/v1/me/care").json["items"][0]["survey"]
    told = care.ask("GET", f"/v1/surveys/{link}", token=None)
    assert (told.json["goods"]["sku"], told.json["answered"]) == (care.sku, False)
    assert care.ask("PUT", f"/v1/surveys/{link}", {"score": 3}, token=None).status == 204
    assert care.ask("PUT", f"/v1/surveys/{link}", {"score": 3}, token=None).json["code"] == "SURVEY_GIVEN_ALREADY"
    assert care.ask("GET", f"/v1/surveys/{link}", token=None).json["answered"]
    assert care.ask("GET", f"/v1/surveys/{link[:-1]}", token=None).json["code"] == "SURVEY_LINK_INVALID"
    assert care.ask("PUT", "/v1/surveys/nonsense", {"score": 3}, token=None).json["code"] == "SURVEY_LINK_INVALID"
    now = care.counter.clock.now()
    assert links.read(link, now + timedelta(days=30, seconds=-1)) == f"{order}00"
    with pytest.raises(rules.SurveyLinkInvalid):
        links.read(link, now + timedelta(days=30))


@pytest.mark.parametrize(
    ("spoken", "why"),
    [
        (Spoken(19, 0, 19, {}), None),
        (Spoken(20, 5, 5, {}), None),
        (Spoken(20, 5, 6, {}), Grievance("nps", -5)),
        (Spoken(20, 20, 0, {"damaged": 6}), None),
        (Spoken(20, 20, 0, {"damaged": 7, "irritating": 8}), Grievance("irritating", 40)),
        (Spoken(20, 20, 0, {"effective": 20}), None),
        (Spoken(0, 0, 0, {}), None),
    ],
)
def test_a_sku_is_to_be_improved_by_its_nps_or_a_loud_complaint(spoken, why):
    assert rules.alarming(spoken, least=20, nps=0, percent=30) == why


def test_the_nps_is_a_whole_percent():
    assert [Spoken(n, p, d, {}).nps for n, p, d in ((3, 2, 0), (3, 0, 2), (0, 0, 0), (4, 1, 1))] == [66, -66, 0, 0]
    assert (Spoken(3, 0, 0, {"a": 1}).share("a"), Spoken(0, 0, 0, {}).share("a")) == (33, 0)


def say(care, n, score, *tags):
    made = Work(Caller(f"U{n:026d}", "customer"), "test")
    surveys.answer(made.caller.id, f"O{n:026d}00", care.sku, Opinion(score, tags, None), made)
    made.commit()


def test_enough_bad_answers_raise_one_task_and_after_it_only_new_ones_raise_another(care, me):
    for n in range(19):
        say(care, n, 6)
    assert "improvement.raised" not in care.counter.bus.run()
    say(care, 19, 7, "damaged")
    assert care.counter.bus.run().count("improvement.raised") == 1
    say(care, 20, 0)
    assert "improvement.raised" not in care.counter.bus.run()
    (told,) = care.act("GET", "/v1/admin/care/tasks").json["items"]
    task = told["task_id"]
    assert (told["sku"], told["why"], told["figure"], told["answers"], told["state"]) == (
        care.sku,
        "nps",
        -95,
        20,
        "open",
    )
    path = f"/v1/admin/care/tasks/{task}"
    assert care.act("POST", f"{path}/taking").status == 204
    settled = {"outcome": "improved", "note": "换了泵头"}
    assert care.act("POST", f"{path}/settlement", settled).status == 204
    assert (
        care.act("POST", f"{path}/settlement", {"outcome": "no_fault"}).json["code"]
        == "IMPROVEMENT_TASK_STATE_CONFLICT"
    )
    assert care.act("POST", f"{path}/taking").json["code"] == "IMPROVEMENT_TASK_STATE_CONFLICT"
    for tail in ("taking", "settlement"):
        missing = care.act(
            "POST", f"/v1/admin/care/tasks/V01JZ0000000000000000000000/{tail}", settled if tail[0] == "s" else None
        )
        assert missing.json["code"] == "IMPROVEMENT_TASK_NOT_FOUND"
    (row,) = [row for row in aws.rows(ImprovementTask) if row.part == "task"]
    assert (row.state, row.outcome, row.note, row.owner) == (
        "settled",
        "improved",
        "换了泵头",
        people.member(care.counter.front, "operator").id,
    )
    told = results(care)
    assert (told["ever"]["answers"], told["lately"]["answers"], told["lately"]["tags"], told["task_id"]) == (
        21,
        0,
        {},
        None,
    )
    for n in range(30, 50):
        say(care, n, 10, "damaged")
    assert care.counter.bus.run().count("improvement.raised") == 1
    (told,) = care.act("GET", "/v1/admin/care/tasks").json["items"]
    assert (told["why"], told["figure"]) == ("damaged", 100)


def test_scores_from_nine_promote_and_up_to_six_detract(care):
    for n, score in enumerate((10, 9, 8, 7, 6, 0)):
        say(care, n, score)
    told = results(care)["ever"]
    assert (told["promoters"], told["detractors"]) == (2, 2)


def test_what_was_said_is_taken_along_and_forgotten_and_stays_counted(care, me):
    order = bought(care, me)
    arrive(care, order)
    answer(care, order, text="好用", tags=["pleasant"])
    told = sections.SECTIONS["care"](me)
    assert (told["surveys"][0]["text"], told["courses"][0]["line"], told["quiet"]) == ("好用", f"{order}00", False)
    courses.forget(me, Work(worker("privacy"), "test"))
    assert [row for row in aws.rows(CareCourse) if row.person == me] == []
    assert results(care)["ever"]["answers"] == 1


# ---- two at once ----------------------------------------------------------------------------------------------------
def test_of_two_that_begin_or_end_company_for_a_line_at_once_one_does(engine):
    plan = CarePlan("plans", "G1", guide_zh="用", guide_en="Use", visit_days=7, refill_days=None, revision=1)
    begin = lambda own: courses.begin("U1", "O100", "S1", plan, engine.now(), own)
    assert refused_second(begin, begin) is rules.CareCourseMoved
    row = courses.find("U1", "O100")
    assert [kind for kind, _ in courses.dues(row)] == ["care_guide", "care_visit"]
    end = lambda own: courses.end(row, "refund", own)
    assert refused_second(end, end) is rules.CareCourseMoved
    assert not courses.stands("U1", "O100")


def test_what_is_said_twice_at_once_counts_once_and_raises_one_task(engine, monkeypatch):
    monkeypatch.setenv("SURVEY_LEAST", "1")
    say = lambda own: surveys.answer("U1", "O100", "S1", Opinion(0, ["damaged"], None), own)
    assert refused_second(say, say) is rules.SurveyGivenAlready
    spoken = surveys.standing("S1")
    assert (spoken.ever, spoken.lately) == (Spoken(1, 0, 1, {"damaged": 1}), Spoken(1, 0, 1, {"damaged": 1}))
    judge = lambda own: surveys.judge("S1", own)
    assert refused_second(judge, judge) is rules.ImprovementTaskRaised
    (task,) = [row for row in aws.rows(ImprovementTask) if row.part == "task"]
    assert (task.why, task.figure, task.answers, surveys.standing("S1").task) == ("nps", -100, 1, task.id)
    settle = lambda own: surveys.settle(task.id, "done", "", own)
    assert refused_second(settle, settle) is rules.ImprovementTaskStateConflict
    assert surveys.standing("S1") == (spoken.ever, Spoken(0, 0, 0, {"damaged": 0}), None)
