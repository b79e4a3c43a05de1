"""Care after the sale under every fault: a line is accompanied once and ends once, an answer counts once, and a SKU has one
improvement task at a time."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.facts import Fact
from chalicelib.processes.care import consumers
from chalicelib.processes.care.aftercare.service import accompanying, asking
from chalicelib.processes.privacy.service import sections
from chalicelib.records.care.model import NPS, CareCourse, ImprovementTask, Quiet, Survey, SurveyCount
from chalicelib.records.care.rules import CareCourseMoved
from chalicelib.records.care.service import courses, planning, surveys
from chalicelib.records.care.service.planning import Planned
from chalicelib.records.care.service.surveys import Opinion
from chalicelib.records.catalog import model as catalog
from chalicelib.records.catalog.model import CATEGORIES, Category, Mark
from chalicelib.records.identity.accounts.service import consents
from chalicelib.records.identity.accounts.service.consents import PERSONALISATION
from chalicelib.records.identity.events import UserConsentChanged
from chalicelib.records.identity.model import ACCOUNT, Account, Consent
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderPaid
from chalicelib.records.orders.model import Order, pack_ledger
from chalicelib.records.orders.rules import GoodsCount
from chalicelib.records.payments.events import RefundSucceeded
from chalicelib.records.shipping.events import ShipmentDelivered
from chalicelib.records.tickets.model import ConsultationRight
from chalicelib.records.touches.model import Touch
from chalicelib.records.watching.model import Watch
from chalicelib.runtime import vault
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.caller import worker as worker_caller
from chalicelib.runtime.table import put, update
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START, Scenario, Step, expected
from tests.hardening.proof.shop import Shop, ask
from tests.hardening.proof.trade import CLERK, PRODUCT, SKU_A, relay
from tests.support.trade import describe, line, promised

WHO = Caller("U01KJPB7WG0000000000000000A", "customer")
ORDER, GROUP = "O01KJPB7WG0000000000000000A", "G1"
LINE = f"{ORDER}00"


def build() -> Shop:
    """A delivered order of two pieces, of a planned category, that brings consultations; a SKU is judged by two answers."""
    shop = Shop(consumers={"care": consumers.worker})
    with shop.standing():
        describe(PRODUCT)
        work = Work(CLERK, "setup")
        quote = promised(ORDER, WHO.id, [line(SKU_A, 2, 1999)])
        work.add(order_steps.open(quote, work.now, work.now))
        group = Category(
            CATEGORIES, GROUP, name_zh="类", name_en="Group", rank=0, schema="[]", uses=0, below=0, version=1
        )
        mark = Mark(catalog.TREE, catalog.TREE, categories=1, version=1, changed=START)
        work.add(put(group), put(mark))
        work.commit()
        work = Work(CLERK, "setup")
        planning.plan(GROUP, 0, Planned("用", "Use", 7, 30), work)
        planning.consultations(PRODUCT, 1, 30, work)
        work.commit()
        _is(GoodsCount(shipped=2, delivered=2))
    return shop


def _is(count: GoodsCount) -> None:
    work = Work(CLERK, "setup")
    done = [Order.state.set("delivered"), Order.paid_at.set(START), Order.packed_ledger.set(pack_ledger([count]))]
    work.add(update(Order, ORDER, actions=done))
    work.commit()


def hear(name: str, fact: Fact, before: Any = None) -> Step:
    """A fact comes to the worker, as its queue hands it over."""

    def act(stage: Any) -> Any:
        if before is not None and not stage.notes.get(fact.wire):
            stage.notes[fact.wire] = True
            before()
        detail = {
            "id": f"J{name.replace(' ', '')}.0",
            "at": millis(START),
            "actor": "U",
            "version": 1,
            "data": fact.data(),
        }
        consumers.worker.deliver({"detail-type": fact.wire, "detail": detail})
        return "heard"

    return Step(name, act)


def refunded() -> None:
    _is(GoodsCount(shipped=2, delivered=2, refunded=2))


def quiet(name: str, wanted: bool) -> Step:
    def act(stage: Any) -> Any:
        use_case = lambda work: accompanying.quiet(work, wanted=wanted)
        return ask(WHO, "PUT /v1/me/care/quiet", use_case, raced=(CareCourseMoved,))

    return Step(name, act, moody=True)


def survey(name: str, score: int) -> Step:
    def act(stage: Any) -> Any:
        verdict = Opinion(score, ["damaged"], "碎")
        use_case = lambda work: asking.answer(WHO.id, ORDER, 0, verdict, work)
        return ask(WHO, "PUT /v1/orders/{order_id}/surveys/{line}", use_case)

    return Step(name, act, moody=True)


def others(stage: Any) -> Any:
    """Nineteen others were not pleased either."""
    if not stage.notes.get("others"):
        stage.notes["others"] = True
        for n in range(19):
            work = Work(Caller(f"U{n:026d}", "customer"), "setup")
            surveys.answer(work.caller.id, f"O{n:026d}00", SKU_A, Opinion(0, [], None), work)
            work.commit()
    return "said"


def judge(name: str) -> Step:
    def act(stage: Any) -> Any:
        work = Work(worker_caller(name), name)
        surveys.judge(SKU_A, work)
        work.settled(None)
        return "judged"

    return Step(name, act, moody=True)


def on_task(name: str, use_case: Any) -> Step:
    def act(stage: Any) -> Any:
        found, _ = surveys.tasks("open", 5, None)
        task = found[0].id if found else "V01KJPB7WG0000000000000000A"
        return ask(CLERK, f"POST {name}", lambda work: use_case(task, work))

    return Step(name, act, moody=True)


def look(stage: Any) -> Any:
    vault.forget()  # another process, which asks for the key
    rows, _ = asking.mine(WHO.id, 20, None, stage.now())
    if rows:
        asking.shown(rows[0].link, stage.now())
    return len(rows), len(sections.SECTIONS["care"](WHO.id)["surveys"]), planning.find(GROUP).revision


def forget(stage: Any) -> Any:
    stage.notes["gone"] = True
    courses.forget(WHO.id, Work(worker_caller("privacy"), "privacy"))
    return "gone"


# ---- what came to somebody ------------------------------------------------------------------------------------------
def agreed() -> Shop:
    """The same order, of a customer who agreed that it is kept what they bought."""
    shop = build()
    with shop.standing():
        work = Work(WHO, "setup")
        work.add(put(Account(WHO.id, ACCOUNT, state="active", version=1)))
        consents.record(WHO.id, PERSONALISATION, True, "2026-01", work)
        work.commit()
    return shop


def takes_back(stage: Any) -> Any:
    return ask(WHO, "PUT /v1/me/consents", consents.change, PERSONALISATION, False, "")


def hears_of_it(stage: Any) -> Any:
    """It is heard that they took it back, if they did."""
    if not consents.allows(WHO.id, PERSONALISATION):
        fact = UserConsentChanged(WHO.id, PERSONALISATION, False, "2026-01")
        detail = {"id": "JTAKENBACK.0", "at": millis(START), "actor": "U", "version": 1, "data": fact.data()}
        consumers.worker.deliver({"detail-type": fact.wire, "detail": detail})
        stage.notes["heard"] = True
    return "heard"


def settle_remembered(stage: Any) -> None:
    if not stage.notes.get("heard"):
        hears_of_it(stage)


def audit_remembered(shop: Any, final: bool) -> list[str]:
    kept = [row.mark for row in shop.rows(Watch) if row.mark.startswith("bought#")]
    taken = any(row.part == f"consent#{PERSONALISATION}" and not row.granted for row in shop.rows(Consent))
    return [f"C6: {kept} is kept of who took it back"] if final and kept and taken else []


def remembers(shop: Any) -> list[str]:
    return expected({"heard": bool(shop.notes.get("heard")), "kept": len(shop.rows(Watch))}, {"heard": True, "kept": 0})


# ---- what must hold -------------------------------------------------------------------------------------------------
def audit(shop: Any, final: bool) -> list[str]:
    """What is due is due for a course that stands; answers are counted as often as there are; one open task at most."""
    found = []
    due = [row.order.split("#")[1] for row in shop.rows(Touch) if "#" in row.order]
    going = [row for row in shop.rows(CareCourse) if row.part.startswith("c#") and row.why is None]
    if sorted(due) != sorted(["care_guide", "care_refill", "care_visit"] * len(going)) and not shop.notes.get("gone"):
        found.append(f"C1: {due} is due of {len(going)} courses")
    if final and going and any(row.part == "quiet" for row in shop.rows(Quiet)):
        found.append("C5: who wants to be left alone is accompanied")
    said = sum(row.part.startswith("s#") for row in shop.rows(Survey))
    counts = [row for row in shop.rows(SurveyCount) if row.part == NPS]
    counted = sum(row.answers or 0 for row in counts)
    if counted != said and not shop.notes.get("gone"):
        found.append(f"C2: {counted} answers counted of {said}")
    opened = [row.id for row in shop.rows(ImprovementTask) if row.part == "task" and row.state != "settled"]
    if len(opened) > 1 or {row.task for row in counts if row.task} != set(opened):
        found.append(f"C3: {opened} are under way, noted {[row.task for row in counts]}")
    rights = [row.left for row in shop.rows(ConsultationRight) if row.part.startswith("right#")]
    if final and shop.notes.get("refund.succeeded"):
        found += ["C4: a course outlived its refund"] if going else []
        found += ["C4: a right outlived its refund"] if any(rights) else []
    return [*found, *(shop.unpublished() if final else [])]


def reached(**wanted: Any) -> Any:
    def reaches(shop: Any) -> list[str]:
        tasks = [row.state for row in shop.rows(ImprovementTask) if row.part == "task"]
        found = {
            "courses": [row.why for row in shop.rows(CareCourse) if row.part.startswith("c#")],
            "surveys": sum(row.part.startswith("s#") for row in shop.rows(Survey)), "tasks": tasks,
            "rights": [row.left for row in shop.rows(ConsultationRight) if row.part.startswith("right#")],
        }  # fmt: skip
        return expected(found, wanted)

    return reaches


def settle(stage: Any) -> None:
    stage.settle()


LOOK = Step("look", look, moody=True)
PAID, DELIVERED = OrderPaid(ORDER, "Y"), ShipmentDelivered(ORDER, "S", millis(START))
BACK = RefundSucceeded("R", "Y", ORDER, 1)
SCENARIOS = [
    Scenario(
        "care.courses", build,
        [hear("paid", PAID), hear("delivered", DELIVERED), hear("delivered again", DELIVERED), LOOK,
         hear("refund", BACK, refunded), hear("refund again", BACK, refunded)],
        audit, settle, ("C1", "C4"),
        races=[["delivered", "delivered again"], ["delivered", "refund"], ["refund", "refund again"], ["paid", "refund"]],
        triples=[["delivered", "refund", "refund again"]], reaches=reached(courses=["refund"], rights=[0]),
    ),
    Scenario(
        "care.quiet", build,
        [hear("delivered", DELIVERED), quiet("be quiet", True), hear("delivered again", DELIVERED), quiet("be loud", False)],
        audit, settle, ("C1", "C5"),
        races=[["delivered", "be quiet"], ["be quiet", "be quiet"], ["be quiet", "be loud"]], reaches=reached(courses=["quiet"]),
    ),
    Scenario(
        "care.surveys", build,
        [hear("delivered", DELIVERED), Step("others", others), survey("survey", 3), survey("survey again", 9), judge("judge one"),
         judge("judge two"), on_task("take", surveys.take), LOOK,
         on_task("settle", lambda task, work: surveys.settle(task, "improved", "", work)), relay()],
        audit, settle, ("C2", "C3"),
        races=[["survey", "survey again"], ["judge one", "judge two"], ["settle", "judge two"], ["take", "settle"]],
        triples=[["survey", "survey again", "judge one"]], reaches=reached(surveys=20, tasks=["in_hand"]),
        refuses={"survey again": "SURVEY_GIVEN_ALREADY", "settle": "IMPROVEMENT_TASK_NOT_FOUND"},
    ),
    Scenario(
        "care.forgotten", build, [hear("delivered", DELIVERED), survey("survey", 3), Step("forget", forget)],
        audit, settle, ("C3",), races=[["forget", "forget"]], reaches=reached(courses=[], surveys=0),
    ),
    Scenario(
        "care.remembered", agreed,
        [hear("delivered", DELIVERED), hear("delivered again", DELIVERED), Step("takes back", takes_back, moody=True),
         Step("hears of it", hears_of_it)],
        audit_remembered, settle_remembered, ("C6",),
        races=[["delivered", "takes back"], ["delivered", "delivered again"]],
        triples=[["delivered again", "takes back", "hears of it"]], reaches=remembers,
    ),
]  # fmt: skip
