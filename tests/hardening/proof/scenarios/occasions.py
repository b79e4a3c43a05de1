"""What else sets journeys off, under every fault: told once, and never of what is not so any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.kernel import holdout
from chalicelib.processes.campaigns.events import ArrivalsPageDue
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.service import planning
from chalicelib.processes.campaigns.service.entering import Entrant, enter
from chalicelib.processes.storefront.service import filling
from chalicelib.records.care.model import TASK, ImprovementTask
from chalicelib.records.carts import service as carts
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.coupons.service import templates
from chalicelib.records.identity.accounts.service import accounts, consents
from chalicelib.records.identity.events import UserProfileChanged
from chalicelib.records.identity.self.service import profile
from chalicelib.records.journeys.model import Enrolment
from chalicelib.records.tickets.events import TicketAnswered
from chalicelib.records.tickets.model import TICKET_PART, TURN, Ticket, TicketTurn
from chalicelib.records.tickets.service import matters
from chalicelib.records.touches import steps as touches
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.rules import ARRIVED, BOUGHT
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START, Scenario, Step, expected, refused
from tests.hardening.proof.scenarios.journeys import CLERK, _fire, due, fires
from tests.hardening.proof.scenarios.messages import Street
from tests.hardening.proof.shop import ask, hand_over
from tests.hardening.proof.trade import SKU_A, SKU_B
from tests.records.coupons.wallets import terms

DAY = timedelta(days=1)


class Met(Street):
    """A shop with one journey that runs, and a customer who agreed to offers by text message."""

    journey = ""
    plan: Any = None

    def __init__(self) -> None:
        super().__init__("marketing_sms", askable=False)
        self.consumers = {sending.worker.name: sending.worker}
        with self.standing():
            plan = self.planned()
            for act in (
                lambda own: planning.plan(self.journey, 0, plan, own),
                lambda own: planning.move(self.journey, "start", own),
                lambda own: accounts.change(accounts.get(self.notes["who"]), {"seen_at": int(START.timestamp())}, own),
            ):
                work = Work(CLERK, "setup")
                act(work)
                work.commit()

    def planned(self) -> Any:
        return self.plan or planning.shipped()[self.journey]

    def _customer(self, agreed: tuple[str, ...]) -> str:
        while holdout.in_holdout(who := super()._customer(agreed), self.journey):
            pass
        return who

    @property
    def buyer(self) -> Caller:
        return Caller(self.notes["who"], "customer")


# ---- a cart that was left --------------------------------------------------------------------------------------------
class Left(Met):
    journey = "abandoned_cart"


def puts(sku: str, name: str, **later: float) -> Step:
    def act(stage: Any) -> Any:
        stage.advance(**later)
        told = ask(stage.buyer, "PUT /v1/cart/items/{sku}", filling.put_item, sku, 1)
        if not refused(told):
            stage.notes.setdefault("put", set()).add(sku)
        return told if refused(told) else "set"

    return Step(name, act, moody=True)


def empties(stage: Any) -> Any:
    """Everything is taken out again."""
    told = "emptied"
    for sku in (SKU_A, SKU_B):
        answer = ask(stage.buyer, "DELETE /v1/cart/items/{sku}", carts.remove_item, sku)
        told = answer if refused(answer) else told
    if not refused(told):
        stage.notes["emptied"] = len(stage.line.came)
        stage.notes["put"] = set()
    return told


def audit_cart(stage: Any, final: bool) -> list[str]:
    came, rows = len(stage.line.came), stage.rows(Enrolment)
    found = [f"F29: {came} messages of one cart"] if came > 1 else []
    found += [f"I10: in {len(rows)} journeys of one cart"] if len(rows) > 1 else []
    if came > stage.notes.get("emptied", came):
        found.append("F29: told of a cart that was emptied")
    if final:
        kept = {line.sku for line in carts.lines(stage.notes["who"])}
        found += ["F29: a line that was acknowledged is gone"] if stage.notes.get("put", set()) - kept else []
        found += [f"F29: {one} is due and nobody looks" for one in due(stage)]
    return found


def settle(*kinds: str) -> Any:
    """What is due is looked at again, for a day."""

    def act(stage: Any) -> None:
        for _ in range(4):
            for kind in kinds:
                _fire(stage, kind)
            stage.advance(minutes=20)
        stage.advance(days=15)
        for kind in (*kinds, "outcome"):
            _fire(stage, kind)

    return act


# ---- what the shop's own people are to do ------------------------------------------------------------------------------
PLAN = {
    "title": {"zh": "回访", "en": "A call"},
    "serves": "returned",
    "trigger": "order.placed",
    "holdout": False,
    "steps": [{"ticket": "请致电回访"}, {"task": "寄一份小样"}],
}


class Asked(Met):
    journey = "call"
    plan = PLAN


def enters(stage: Any) -> str:
    """Their order is heard of."""
    enter("order.placed", [Entrant(stage.notes["who"], "O1", stage.at)], Work(CLERK, "enters"))
    return "entered"


def audit_asked(stage: Any, final: bool) -> list[str]:
    tickets = [row for row in stage.rows(Ticket) if row.part == TICKET_PART]
    turns = [row for row in stage.rows(TicketTurn) if row.part.startswith(TURN)]
    tasks = [row for row in stage.rows(ImprovementTask) if row.part == TASK]
    found = [
        f"F29: {len(rows)} {what} of one occasion"
        for what, rows in (("tickets", tickets), ("tasks", tasks))
        if len(rows) > 1
    ]
    found += [] if len(tickets) == len(turns) else ["F29: a ticket without its words"]
    if final and stage.rows(Enrolment):
        found += [] if tickets and tasks else ["F29: entered, and nothing was asked for"]
    return found


# ---- a birthday -------------------------------------------------------------------------------------------------------
class Born(Met):
    """Somebody who is 57 days before their birthday, and a pack for it."""

    journey = "birthday"

    def planned(self) -> Any:
        work = Work(CLERK, "setup")
        template = templates.add(terms(), work)
        work.commit()
        work = Work(CLERK, "setup")
        templates.move(template, 1, "open", work)
        work.commit()
        return _given(template)


def _given(template: str) -> dict[str, Any]:
    plan = planning.shipped()["birthday"]
    return {**plan, "steps": [{"gift": [template]}, *plan["steps"][1:]]}


def says(birthday: str, name: str, **later: float) -> Step:
    """They say a birthday, and it is heard of."""

    def act(stage: Any) -> Any:
        stage.advance(**later)
        told = ask(
            stage.buyer, "PATCH /v1/me", lambda work: profile.edit(work, birthday=birthday), key=name, asked=name
        )
        if not refused(told):
            stage.notes.setdefault("said", stage.at)
        fact = UserProfileChanged(stage.notes["who"], "birthday")
        detail = {"id": f"J{name.replace(' ', '')}.0", "at": 0, "actor": "U", "version": 1, "data": fact.data()}
        hand_over(sending.worker, {"id": "m", "detail-type": fact.wire, "detail": detail})
        return told

    return Step(name, act, moody=True)


def audit_born(stage: Any, final: bool) -> list[str]:
    packs = [row for row in stage.rows(Coupon) if row.customer == stage.notes["who"]]
    came = len(stage.line.came)
    found = [f"E57: {len(packs)} gifts of one birthday"] if len(packs) > 1 else []
    found += [f"F29: {came} messages of one birthday"] if came > 1 else []
    found += ["F29: told of a gift that is not there"] if came and not packs else []
    early = packs and "said" in stage.notes and stage.at < stage.notes["said"] + timedelta(days=23)
    found += ["S90: a gift for a birthday that was only just said"] if early else []
    if final:
        found += [f"F29: {one} is due and nobody looks" for one in due(stage)]
    return found


# ---- what is new, and what was answered --------------------------------------------------------------------------------
class Looking(Met):
    """Somebody watches a category, into which something came."""

    journey = "new_arrivals"

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(self.buyer, "setup")
            watching.add("arrival", "G1", 0, work)
            work.add(*touches.arm(ARRIVED, "G1", START + timedelta(minutes=1)))
            work.commit()


class Bought(Met):
    """Somebody bought in a category, and agreed that this is kept; something came into it."""

    journey = "new_arrivals"

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(self.buyer, "setup")
            consents.record(self.notes["who"], consents.PERSONALISATION, True, "2026-01", work)
            watching.note_bought(self.notes["who"], ["G1"], work)
            work.add(*touches.arm(ARRIVED, "G1", START + timedelta(minutes=1)))
            work.commit()


def takes_back(stage: Any) -> Any:
    """They agree no more that it is kept what they bought."""
    told = ask(stage.buyer, "PUT /v1/me/consents", consents.change, consents.PERSONALISATION, False, "")
    if not refused(told):
        stage.notes.setdefault("taken", len(stage.line.came))
    return told


class Answered(Met):
    """Somebody asked, and was answered."""

    journey = "ticket_answered"

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(self.buyer, "setup")
            ticket = matters.open(matters.Asking("other", None, None, named=False), "问", work)
            work.commit()
            work = Work(CLERK, "setup")
            matters.answer(matters.find(ticket.id), "答", work)
            work.commit()
            self.notes["ticket"] = ticket.id


def hears(name: str, make: Any) -> Step:
    """The worker is told, as its queue hands it over."""

    def act(stage: Any) -> str:
        fact = make(stage)
        detail = {"id": f"J{name.replace(' ', '')}.0", "at": 0, "actor": "U", "version": 1, "data": fact.data()}
        hand_over(sending.worker, {"id": "m", "detail-type": fact.wire, "detail": detail})
        return "heard"

    return Step(name, act, moody=True)


def page(_: Any) -> ArrivalsPageDue:
    return ArrivalsPageDue("G1", "20260302", "")


def bought_page(_: Any) -> ArrivalsPageDue:
    return ArrivalsPageDue("G1", "20260302", "", BOUGHT)


def answer(stage: Any) -> TicketAnswered:
    return TicketAnswered(stage.notes["ticket"], stage.notes["who"], 2)


def audit_told(stage: Any, final: bool) -> list[str]:
    came, rows = len(stage.line.came), stage.rows(Enrolment)
    found = [f"F29: {came} messages of one occasion"] if came > 1 else []
    found += [f"I10: in {len(rows)} journeys of one occasion"] if len(rows) > 1 else []
    if came > stage.notes.get("taken", came):
        found.append("F29: told for what they bought after they took their word back")
    if final:
        found += [f"F29: {one} is due and nobody looks" for one in due(stage)]
    return found


def reaches(came: int, *states: str) -> Any:
    """So many messages, and so every enrolment ended."""

    def reached(shop: Any) -> list[str]:
        told = {"came": len(shop.line.came), "states": [row.state for row in shop.rows(Enrolment)]}
        return expected(told, {"came": came, "states": list(states)})

    return reached


LOOKS = [
    fires("looks too early", "cart_left", DAY - timedelta(minutes=1)),
    fires("looks", "cart_left", DAY + timedelta(hours=2, minutes=5)),
    fires("looks again", "cart_left", DAY + timedelta(hours=2, minutes=6)),
]
WALKS = [
    fires("walks", "journey", DAY + timedelta(hours=2, minutes=10)),
    fires("walks again", "journey", DAY + timedelta(hours=2, minutes=11)),
]
PUT_A, PUT_B, EMPTY = puts(SKU_A, "puts A"), puts(SKU_B, "puts B", hours=1), Step("empties", empties, moody=True)
ENTERS = [Step("enters", enters, moody=True), Step("enters again", enters, moody=True)]
SOON = [fires("walks", "journey", timedelta(minutes=5)), fires("walks again", "journey", timedelta(minutes=6))]
BORN = [
    fires("begins", "birthday", timedelta(days=54)),
    fires("begins again", "birthday", timedelta(days=54, minutes=1)),
    fires("gives", "journey", timedelta(days=54, minutes=5)),
    fires("gives again", "journey", timedelta(days=54, minutes=6)),
]
EARLY = [fires("begins", "birthday", timedelta(days=12)), fires("gives", "journey", timedelta(days=12, minutes=5))]
SCENARIOS = [
    Scenario(
        "occasions.left", Left, [PUT_A, PUT_B, *LOOKS, *WALKS], audit_cart, settle("cart_left", "journey"), ("F29",),
        races=[["looks", "looks again"], ["walks", "walks again"], ["puts A", "puts A"]],
        reaches=reaches(1, "done"),
    ),
    Scenario(
        "occasions.emptied", Left, [PUT_A, *LOOKS, EMPTY, *WALKS], audit_cart, settle("cart_left", "journey"), ("F29",),
        races=[["looks", "empties"]],
        reaches=reaches(0, "stopped"),
    ),
    Scenario(
        "occasions.asked", Asked, [*ENTERS, *SOON], audit_asked, settle("journey"), ("F29",),
        races=[["walks", "walks again"], ["enters", "enters again"]], reaches=reaches(0, "done"),
    ),
    Scenario(
        "occasions.born", Born,
        [says("04-30", "says"), says("03-20", "says another", days=1), *BORN, says("05-10", "says a third")],
        audit_born, settle("birthday", "journey"), ("F29",),
        races=[["begins", "begins again"], ["gives", "gives again"], ["says", "says another"]], reaches=reaches(1, "done"),
        refuses={"says another": "BIRTHDAY_KEPT", "says a third": "BIRTHDAY_KEPT"},
    ),
    Scenario(
        "occasions.born tomorrow", Born, [says("03-20", "says"), *EARLY], audit_born, settle("birthday", "journey"), ("F29",),
        reaches=reaches(0),
    ),
    Scenario(
        "occasions.arrived", Looking,
        [fires("looks", "arrivals", timedelta(minutes=5)), hears("page", page), hears("page again", page), *SOON],
        audit_told, settle("arrivals", "journey"), ("F29",), races=[["page", "page again"]], reaches=reaches(1, "done"),
    ),
    Scenario(
        "occasions.bought", Bought,
        [fires("looks", "arrivals", timedelta(minutes=5)), hears("page", bought_page), hears("page again", bought_page), *SOON],
        audit_told, settle("arrivals", "journey"), ("F29",), races=[["page", "page again"]], reaches=reaches(1, "done"),
    ),
    Scenario(
        "occasions.taken back", Bought,
        [hears("page", bought_page), Step("takes back", takes_back, moody=True), *SOON],
        audit_told, settle("arrivals", "journey"), ("F29",), races=[["page", "takes back"]], reaches=reaches(0, "stopped"),
    ),
    Scenario(
        "occasions.answered", Answered, [hears("answer", answer), hears("answer again", answer), *SOON],
        audit_told, settle("journey"), ("F29",), races=[["answer", "answer again"]], reaches=reaches(1, "done"),
    ),
]  # fmt: skip
