"""The lines of transactions that move a proposal."""

from __future__ import annotations

from chalicelib.runtime import table
from chalicelib.runtime.table import Step

from .model import Proposal
from .rules import PROPOSAL


def move(name: str, action: str, by: str | None = None) -> Step:
    """Decide a proposal that is open, by a person or by time; nobody waits for it any more."""
    decided = [Proposal.decided_by.set(by)] if by is not None else []
    return table.transition(Proposal, name, PROPOSAL, action, Proposal.waits.remove(), *decided)
