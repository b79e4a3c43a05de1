"""The customers' doors to the helpdesk."""

from chalice.app import Blueprint

from chalicelib.records.catalog.rules import ProductNotFound
from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.records.tickets.rules import (
    CUSTOMER,
    ConsultationNotFound,
    ConsultationOver,
    TicketFull,
    TicketMoved,
    TicketNotFound,
    TicketRated,
    TicketStateConflict,
    TicketSubjectWrong,
)
from chalicelib.records.tickets.service import consultations, matters
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.limits import Limit, local, shared
from chalicelib.runtime.vault import SealedDataUnreadable, VaultClosed
from chalicelib.runtime.work import Work

from . import service, shapes
from .shapes import ConsultationsView, OpenTicket, RateTicket, SayInTicket, TicketTalk, TicketView

bp = Blueprint(__name__)
BASE = "/v1/me/tickets"
ONE = f"{BASE}/{{ticket_id}}"
READ, ASK = "me:read", "tickets:ask"
MOVED = (TicketNotFound, TicketStateConflict, TicketMoved)


@endpoint(
    bp,
    "POST",
    BASE,
    permit=ASK,
    status=201,
    errors=(
        TicketSubjectWrong,
        OrderNotFound,
        ProductNotFound,
        ConsultationNotFound,
        ConsultationOver,
        VaultClosed,
    ),
    limit=Limit("ticket", shared(20, per="day")),
)
def open_ticket(body: OpenTicket, work: Work) -> TicketView:
    """Ask the shop's people. · 提交工单

    About an order or a product of the shop, or as a consultation that a paid order brought.
    """
    return shapes.ticket_view(service.ask(body.question(), work))


@endpoint(bp, "GET", BASE, permit=READ)
def list_tickets(query: Paging, caller: Caller) -> Page[TicketView]:
    """List one's own tickets, newest first. · 我的工单"""
    rows, more = matters.of_customer(caller.id, query.limit, query.cursor)
    return Page[TicketView](items=[shapes.ticket_view(row) for row in rows], next=more)


@endpoint(bp, "GET", ONE, permit=READ, errors=(TicketNotFound, SealedDataUnreadable, VaultClosed))
def read_ticket(ticket_id: str, caller: Caller) -> TicketTalk:
    """Read one's own ticket with what was said. · 工单详情"""
    row = matters.own(ticket_id, caller.id)
    return shapes.ticket_talk(row, matters.conversation(row))


@endpoint(
    bp,
    "POST",
    f"{ONE}/replies",
    permit=ASK,
    status=204,
    errors=(*MOVED, TicketFull, VaultClosed),
    raced=(TicketMoved,),
    limit=Limit("ticket_reply", local(30, per="minute")),
)
def reply(ticket_id: str, body: SayInTicket, work: Work) -> None:
    """Say more in a ticket that is not closed. · 回复工单"""
    service.reply(ticket_id, body.text, work)


@endpoint(bp, "POST", f"{ONE}/closure", permit=ASK, status=204, errors=MOVED, raced=(TicketMoved,))
def close(ticket_id: str, work: Work) -> None:
    """Close one's own ticket. · 关闭工单"""
    matters.close(matters.own(ticket_id, work.caller.id), CUSTOMER, work)


@endpoint(
    bp,
    "POST",
    f"{ONE}/rating",
    permit=ASK,
    status=204,
    errors=(TicketNotFound, TicketStateConflict, TicketRated),
)
def rate(ticket_id: str, body: RateTicket, work: Work) -> None:
    """Rate a closed ticket, once. · 评价工单"""
    matters.rate(matters.own(ticket_id, work.caller.id), body.stars, work)


@endpoint(bp, "GET", "/v1/me/consultations", permit=READ)
def list_consultations(caller: Caller) -> ConsultationsView:
    """List the consultations that one's orders brought. · 我的咨询权益"""
    return shapes.consultations_view(consultations.every(caller.id))
