"""The worker of groups: members come in, posts go out and are asked after, orders are counted for the group they came of."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.groups.events import (
    GroupImportDue,
    GroupMembersTold,
    GroupPostCheckDue,
    GroupPostDue,
    GroupPostEnded,
)
from chalicelib.records.groups.service import groups
from chalicelib.records.orders.events import OrderPaid, OrderRevived
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .service import belonging, posting

bp = Blueprint(__name__)
worker = consumer(bp, "grouping", batch=1)


@worker.on(GroupImportDue)
def take_in(fact: GroupImportDue, work: Work) -> None:
    """The next part of an import."""
    groups.go_on(fact.group_id, fact.import_id, work)


@worker.on(GroupMembersTold)
def follow_members(fact: GroupMembersTold, work: Work) -> None:
    """Who is in a chat of WeCom now."""
    belonging.follow_members(fact.chat, work)


@worker.on(GroupPostDue)
def go_out(fact: GroupPostDue, work: Work) -> None:
    """A post's time has come."""
    posting.go_out(fact.group_id, fact.post_id, work)


@worker.on(GroupPostCheckDue)
def look(fact: GroupPostCheckDue, work: Work) -> None:
    """Was it confirmed?"""
    posting.look(fact.group_id, fact.post_id, fact.turn, work)


@worker.on(GroupPostEnded, keyed=False)
def take_back(fact: GroupPostEnded, work: Work) -> None:  # a task that is taken back twice is taken back
    """What was stopped is taken back at WeCom."""
    posting.take_back(fact.group_id, fact.post_id)


@worker.on(OrderPaid)
def paid(fact: OrderPaid, work: Work) -> None:
    """Whose group an order came of."""
    belonging.follow_paid(fact.order_id, work)


@worker.on(OrderRevived)
def revived(fact: OrderRevived, work: Work) -> None:
    """An order that had expired was paid after all."""
    belonging.follow_paid(fact.order_id, work)
