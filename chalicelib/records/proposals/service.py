"""Proposals: made, decided, read. What a change is, its composer knows.

Guarantees: a proposal is decided once, and never by who made it (but that they may take it back).
"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.runtime import table, vault
from chalicelib.runtime.table import insert
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work

from . import steps
from .events import ProposalAgreed, ProposalDeclined, ProposalDue, ProposalMade
from .model import Proposal as Proposal  # what reads answer
from .rules import LIFE, PROPOSAL, ProposalExists, ProposalNeedsAnother, ProposalNotFound, ProposalStateConflict

WAITING = "open"


def make(kind: str, about: str, before: Any, after: Any, reason: str, work: Work, by: str = "") -> Proposal:
    """A new proposal by the caller, or by a person for whom a worker acts; somebody else has three days to decide it."""
    name, ends = work.new_id("N"), work.now + LIFE
    row = Proposal(
        name,
        kind=kind,
        about=about,
        before=json.dumps(before),
        after=json.dumps(after),
        state=PROPOSAL.initial,
        said=vault.seal_legal(reason, _place(name)),
        proposed_by=by or work.caller.id,
        proposed_at=work.now,
        ends_at=ends,
        waits=WAITING,
    )
    work.add(insert(row, ProposalExists()))
    work.publish(ProposalMade(name, kind, about))
    work.publish(ProposalDue(name), at=ends)
    return row


def agree(row: Proposal, work: Work) -> None:
    """The caller, somebody else than who proposed it, agrees in time. Raises ProposalNeedsAnother, ProposalStateConflict."""
    if row.proposed_by == work.caller.id:
        raise ProposalNeedsAnother()
    _in_time(row, work)
    work.add(steps.move(row.id, "agree", work.caller.id))
    work.publish(ProposalAgreed(row.id, row.kind, row.about, row.proposed_by))


def decline(row: Proposal, work: Work) -> None:
    """The caller does not agree, or takes it back. Raises ProposalStateConflict."""
    work.add(steps.move(row.id, "decline", work.caller.id))
    work.publish(ProposalDeclined(row.id, row.kind, row.about, row.proposed_by))


def expire(name: str, work: Work) -> None:
    """Nobody decided it in time; one that was decided is left alone."""
    row = find(name)
    if row.state == PROPOSAL.initial and work.now >= row.ends_at:
        work.add(steps.move(row.id, "expire"))


def _in_time(row: Proposal, work: Work) -> None:
    if row.state != PROPOSAL.initial:  # its change was made, or is not wanted: what stands by now is no matter
        raise ProposalStateConflict(state=row.state)
    if work.now >= row.ends_at:
        raise ProposalStateConflict(state=PROPOSAL.target("expire"))


# reading


def find(name: str) -> Proposal:
    """The proposal. Raises ProposalNotFound."""
    found = table.get(Proposal, name, consistent=True)
    if found is None:
        raise ProposalNotFound()
    return found


def waiting(limit: int, cursor: str | None) -> tuple[list[Proposal], str | None]:
    """A page of the proposals that wait for somebody, oldest first."""
    rows, more = table.listed(Proposal, WAITING, index="waiting", hash_name="z", limit=limit, cursor=cursor)
    return [row for row in rows if row.waits], more


def why(row: Proposal) -> str:
    """The words of who proposed it; empty when they can no longer be opened."""
    try:
        return vault.unseal_legal(row.said, _place(row.id))
    except SealedDataUnreadable:
        return ""


def _place(name: str) -> str:
    return f"proposal|{name}|said"
