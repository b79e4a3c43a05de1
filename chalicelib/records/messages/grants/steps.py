"""The lines of transactions that record a grant, spend it, give it back or void all."""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime.table import Step, update

from ..model import MessageGrant, grant_part
from .rules import MOST, MessageGrantsFull, MessageGrantSpent


def record(person: str, template: str, at: datetime) -> Step:
    """A person agreed to one more message."""
    return update(
        MessageGrant,
        person,
        grant_part(template),
        actions=[MessageGrant.left.add(1), MessageGrant.at.set(at)],
        when=MessageGrant.owner.does_not_exist() | (MessageGrant.left < MOST),
        otherwise=MessageGrantsFull(template=template),
    )


def spend(person: str, template: str) -> Step:
    """One of them goes with a message, if there is one."""
    return update(
        MessageGrant,
        person,
        grant_part(template),
        actions=[MessageGrant.left.add(-1)],
        when=MessageGrant.left >= 1,
        otherwise=MessageGrantSpent(),
    )


def give_back(person: str, template: str) -> Step:
    """The provider refused the message before it went out: its grant is there still."""
    return update(
        MessageGrant,
        person,
        grant_part(template),
        actions=[MessageGrant.left.add(1)],
        when=MessageGrant.owner.exists(),
        otherwise=MessageGrantSpent(),
    )


def void(person: str, template: str) -> Step:
    """The provider knows of no grant: what we counted is worth nothing."""
    return update(
        MessageGrant,
        person,
        grant_part(template),
        actions=[MessageGrant.left.set(0)],
        when=MessageGrant.owner.exists(),
        otherwise=MessageGrantSpent(),
    )
