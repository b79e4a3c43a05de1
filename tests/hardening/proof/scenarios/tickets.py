"""Tickets and consultations under every fault: nothing that was said is lost or said twice, what is late is told once, and
never more consultations are used than an order brought."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from chalicelib.processes.care import consumers
from chalicelib.processes.care.helpdesk import service as helpdesk
from chalicelib.processes.care.helpdesk.service import Question
from chalicelib.processes.privacy.service import sections
from chalicelib.records.tickets.model import ConsultationRight, Ticket, TicketAgent, TicketTurn
from chalicelib.records.tickets.rules import TicketMoved
from chalicelib.records.tickets.service import consultations, desk, matters
from chalicelib.runtime import vault
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.caller import worker as worker_caller
from chalicelib.runtime.work import Work, perform
from tests.hardening.proof.scenario import Scenario, Step, expected, refused
from tests.hardening.proof.shop import Shop, ask
from tests.hardening.proof.trade import CLERK, relay

WHO = Caller("U01KJPB7WG0000000000000000A", "customer")
ORDER, PRODUCT = "O01KJPB7WG0000000000000000A", "P01KJPB7WG0000000000000000A"
OTHER = "A01KJPB7WG0000000000000000B"


def build() -> Shop:
    shop = Shop(consumers={"care": consumers.worker})
    with shop.standing():
        work = Work(CLERK, "setup")
        desk.seat(CLERK.id, work, named=True, away_until=None)
        work.commit()
    return shop


def opened(stage: Any) -> str:
    return str(stage.notes.get("ticket", "T01KJPB7WG0000000000000000A"))


def asking(kind: str, name: str) -> Step:
    def act(stage: Any) -> Any:
        question = Question(kind, None, None, None, "问")
        told = ask(
            WHO, "POST /v1/me/tickets", lambda work: {"id": helpdesk.ask(question, work).id}, key=name, asked=name
        )
        if not refused(told):
            stage.notes.setdefault("ticket", told["id"])
            stage.notes.setdefault("said", []).append(told["id"])
        return told

    return Step(f"ask {name}", act)


def act_on(name: str, use_case: Any, who: Caller, *, moody: bool = True) -> Step:
    """Something is done to the first ticket, under a key."""

    def act(stage: Any) -> Any:
        ticket = opened(stage)
        told = ask(who, f"POST {name}", lambda work: use_case(ticket, work), key=name, asked=name, raced=(TicketMoved,))
        if told is None:
            stage.notes.setdefault("done", set()).add(name)
        return told

    return Step(name, act, moody=moody)


def _late(ticket: str, work: Work) -> None:
    matters.breach(ticket, 1, work)


def breach(name: str) -> Step:
    """The time to answer ran out, as the worker hears it."""

    def act(stage: Any) -> Any:
        work = Work(worker_caller(name), name)
        perform(work, _late, opened(stage), work)
        return "heard"

    return Step(f"breach {name}", act, moody=True)


def to_common(ticket: str, work: Work) -> None:
    helpdesk.reassign(ticket, None, work)


def close(ticket: str, work: Work) -> None:
    matters.close(matters.own(ticket, WHO.id), "customer", work)


def rate(name: str, stars: int) -> Step:
    """Whoever is told that it was taken, was the first."""
    given = act_on(name, lambda ticket, work: matters.rate(matters.own(ticket, WHO.id), stars, work), WHO)

    def act(stage: Any) -> Any:
        told = given.act(stage)
        if told is None:
            stage.notes.setdefault("stars", stars)
        return told

    return Step(name, act, moody=True)


def by_worker(name: str, use_case: Any) -> Step:
    """As a fact brings it, delivered again until it is handled."""

    def act(stage: Any) -> Any:
        work = Work(worker_caller(name), name)
        perform(work, lambda: use_case(work))
        return "handled"

    return Step(name, act, moody=True)


def grant(work: Work) -> None:
    consultations.grant(WHO.id, ORDER, 0, PRODUCT, 2, work.now + timedelta(days=9), work)


def end(work: Work) -> None:
    consultations.end(WHO.id, ORDER, 0, work)


def refund(stage: Any) -> Any:
    work = Work(worker_caller("refund"), "refund")
    perform(work, lambda: end(work))
    stage.notes["ended"] = True
    return "handled"


def look(stage: Any) -> Any:
    vault.forget()  # another process, which asks for the key
    tickets, _ = matters.of_customer(WHO.id, 20, None)
    queue, _ = matters.queue("open", "", "", 20, None)
    helpdesk.look(tickets[0].id)
    return len(tickets), len(queue), len(sections.SECTIONS["tickets"](WHO.id)["tickets"])


def forget(stage: Any) -> Any:
    stage.notes["forgotten"] = True
    stage.notes.pop("ended", None)
    matters.forget(WHO.id, Work(worker_caller("privacy"), "privacy"))
    consultations.forget(WHO.id, Work(worker_caller("privacy"), "privacy"))
    return "gone"


# ---- what must hold -------------------------------------------------------------------------------------------------
def tickets(shop: Any) -> list[Ticket]:
    return [row for row in shop.rows(Ticket) if row.part == "ticket"]


def _used(shop: Any) -> list[str]:
    return [row.right for row in tickets(shop) if row.right]


def told_of(shop: Any, wire: str) -> list[Any]:
    details = [json.loads(one["Detail"]) for one in shop.cloud.bus if one["DetailType"] == wire]
    return list({detail["id"]: detail["data"] for detail in details}.values())


def audit(shop: Any, final: bool) -> list[str]:
    """Each ticket has as many turns as it counts, in order; late turns are told once, and only where nobody answered."""
    found = []
    turns = [row for row in shop.rows(TicketTurn) if row.part.startswith("t#")]
    for row in tickets(shop):
        mine = sorted(turn.number for turn in turns if turn.id == row.id)
        if mine != list(range(1, row.turns + 1)):
            found.append(f"T1: ticket of {row.turns} turns has {mine}")
        said = {"ask first", *shop.notes.get("done", set())} & {"ask first", "answer", "reply"}
        if len(mine) < len(said) and not shop.notes.get("forgotten"):
            found.append(f"T1: {sorted(said)} were taken, and {len(mine)} turns are there")
        shop_said = [turn for turn in turns if turn.id == row.id and turn.side == "shop"]
        if row.state == "answered" and not shop_said:
            found.append("T1: answered by nobody")
        late = [one["turn"] for one in told_of(shop, "ticket.breached") if one["ticket_id"] == row.id]
        if len(late) > len(set(late)) or (final and len(late) != (row.breaches or 0)):
            found.append(f"T2: the turns {late} were late, counted {row.breaches}")
    gone = shop.notes.get("forgotten")
    there = {row.id for row in tickets(shop)}
    found += [
        f"T1: {one} was opened and is not there" for one in shop.notes.get("said", ()) if one not in there and not gone
    ]
    found += (
        ["T1: a rating was lost"] if any(row.stars == 2 for row in tickets(shop)) and shop.notes.get("rated") else []
    )
    for right in (row for row in shop.rows(ConsultationRight) if row.part.startswith("right#")):
        used = len(_used(shop))
        if right.granted and not right.ended_at and right.left + used != right.granted and not gone:
            found.append(f"T3: {right.left} left, {used} used of {right.granted}")
        if right.left < 0:
            found.append(f"T3: {right.left} are left")
        if right.ended_at and right.left:
            found.append("T3: what was ended is there again")
    if shop.notes.get("ended") and not any(row.ended_at for row in shop.rows(ConsultationRight)):
        found.append("T3: what was given back goes on")
    return [*found, *(shop.unpublished() if final else [])]


def reached(**wanted: Any) -> Any:
    def reaches(shop: Any) -> list[str]:
        rows = tickets(shop)
        found = {
            "tickets": len(rows), "turns": sum(row.turns for row in rows), "stars": [row.stars for row in rows if row.stars],
            "late": len(told_of(shop, "ticket.breached")), "used": len(_used(shop)),
            "agents": sum(row.group == "agents" for row in shop.rows(TicketAgent)),
        }  # fmt: skip
        return expected(found, wanted)

    return reaches


def settle(stage: Any) -> None:
    stage.settle()


def answering(ticket: str, work: Work) -> None:
    vault.forget()
    helpdesk.answer(ticket, "答", work)


ANSWER = act_on("answer", answering, CLERK)
REPLY = act_on("reply", lambda ticket, work: helpdesk.reply(ticket, "再问", work), WHO)
LOOK = Step("look", look, moody=True)
SCENARIOS = [
    Scenario(
        "tickets.talk", build,
        [asking("other", "first"), LOOK, ANSWER, REPLY, act_on("reassign", to_common, CLERK), act_on("close", close, WHO),
         rate("rate", 5), rate("rate again", 2)],
        audit, settle, ("T1", "T2"),
        races=[["answer", "reply"], ["answer", "close"], ["reply", "close"], ["ask first", "ask first"], ["rate", "rate again"],
               ["reassign", "answer"]],
        triples=[["answer", "reply", "close"]], reaches=reached(tickets=1, turns=3, stars=[5]),
        refuses={"rate again": "TICKET_RATED"},
    ),
    Scenario(
        "tickets.late", build, [asking("other", "first"), breach("one"), breach("two"), ANSWER, REPLY],
        audit, settle, ("T1", "T2"),
        races=[["answer", "breach one"], ["breach one", "breach two"], ["reply", "breach one"]],
        triples=[["answer", "breach one", "breach two"]], reaches=reached(tickets=1, late=2, turns=3),
    ),
    Scenario(
        "tickets.consultations", build,
        [by_worker("grant", grant), by_worker("grant again", grant), asking("consultation", "one"), asking("consultation", "two"),
         asking("consultation", "three"), Step("refund", refund), Step("refund again", refund), relay()],
        audit, settle, ("T3",),
        races=[["ask one", "ask two"], ["ask two", "ask three"], ["ask one", "refund"], ["grant", "refund"],
               ["refund", "refund again"], ["grant", "grant again"]],
        triples=[["ask one", "ask two", "ask three"]], reaches=reached(tickets=2, used=2),
        refuses={"ask three": "CONSULTATION_NOT_FOUND"},
    ),
    Scenario(
        "tickets.forgotten", build, [by_worker("grant", grant), asking("other", "first"), Step("forget", forget), REPLY],
        audit, settle, ("T1",), races=[["forget", "reply"], ["forget", "forget"]], reaches=reached(tickets=0),
        refuses={"reply": "TICKET_NOT_FOUND"},
    ),
]  # fmt: skip
