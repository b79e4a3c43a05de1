"""The shop's own people at the helpdesk."""

from chalice.app import Blueprint

from chalicelib.records.identity.accounts.rules import UserNotFound
from chalicelib.records.identity.staff.rules import DisclosedTooOften
from chalicelib.records.tickets.rules import (
    SHOP,
    TicketAgentUnfit,
    TicketFull,
    TicketMoved,
    TicketNotFound,
    TicketStateConflict,
)
from chalicelib.records.tickets.service import desk, matters
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.vault import SealedDataUnreadable, VaultClosed
from chalicelib.runtime.work import Work

from . import service, shapes
from .shapes import (
    AgentsView,
    DiscloseTicket,
    ListTickets,
    ReassignTicket,
    SayInTicket,
    SeatAgent,
    TicketFile,
    TicketRow,
    UncoveredTicket,
)

bp = Blueprint(__name__)
READ, ANSWER, DESK = "tickets:read", "tickets:answer", "tickets:desk"
BASE = "/v1/admin/tickets"
ONE = f"{BASE}/{{ticket_id}}"
AGENTS = "/v1/admin/ticket-agents"
MOVED = (TicketNotFound, TicketStateConflict, TicketMoved)


@endpoint(bp, "GET", BASE, permit=READ)
def list_queue(query: ListTickets) -> Page[TicketRow]:
    """List tickets by desk and state, what is due first first. · 工单队列

    A page may be short and still have a next one.
    """
    rows, more = matters.queue(query.state, query.desk, query.kind, query.limit, query.cursor)
    return Page[TicketRow](items=[shapes.ticket_row(row) for row in rows], next=more)


@endpoint(bp, "GET", ONE, permit=READ, errors=(TicketNotFound, SealedDataUnreadable, VaultClosed))
def read_any_ticket(ticket_id: str) -> TicketFile:
    """Read a ticket, numbers and addresses of people covered. · 工单详情（脱敏）"""
    return shapes.ticket_file(*service.look(ticket_id))


@endpoint(
    bp,
    "POST",
    f"{ONE}/disclosures",
    permit="pii:read",
    step_up=True,
    key="none",
    errors=(TicketNotFound, DisclosedTooOften, SealedDataUnreadable, VaultClosed),
)
def disclose_ticket(ticket_id: str, body: DiscloseTicket, work: Work) -> UncoveredTicket:
    """Read what was said in a ticket uncovered. · 查看工单明文

    For a reason; that it was looked at is on record.
    """
    return shapes.uncovered_ticket(ticket_id, service.disclose(ticket_id, body.reason, work))


@endpoint(
    bp,
    "POST",
    f"{ONE}/answers",
    permit=ANSWER,
    status=204,
    errors=(*MOVED, TicketFull, VaultClosed),
    raced=(TicketMoved,),
)
def answer(ticket_id: str, body: SayInTicket, work: Work) -> None:
    """Answer a ticket; one of nobody's is yours then. · 回复客户工单"""
    service.answer(ticket_id, body.text, work)


@endpoint(
    bp,
    "PUT",
    f"{ONE}/assignee",
    permit=DESK,
    status=204,
    errors=(TicketNotFound, UserNotFound, TicketAgentUnfit, TicketMoved),
    raced=(TicketMoved,),
)
def reassign(ticket_id: str, body: ReassignTicket, work: Work) -> None:
    """Have another answer a ticket. · 转派工单"""
    service.reassign(ticket_id, body.to, work)


@endpoint(bp, "POST", f"{ONE}/closure", permit=ANSWER, status=204, errors=MOVED, raced=(TicketMoved,))
def close_any(ticket_id: str, work: Work) -> None:
    """Close a ticket. · 关闭客户工单"""
    matters.close(matters.find(ticket_id), SHOP, work)


@endpoint(bp, "GET", AGENTS, permit=READ)
def list_agents() -> AgentsView:
    """List who sits at the desk. · 客服人员列表"""
    return shapes.agents_view(desk.seats())


@endpoint(bp, "PUT", f"{AGENTS}/{{user_id}}", permit=DESK, status=204, errors=(UserNotFound, TicketAgentUnfit))
def seat_agent(user_id: str, body: SeatAgent, work: Work) -> None:
    """Seat somebody at the helpdesk. · 设置专属客服与请假

    Named for customers of high value or not, away until an instant or there.
    """
    service.seat(user_id, work, named=body.named, away_until=body.away_until)
