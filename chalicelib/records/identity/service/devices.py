"""The devices somebody signed in on: a new one is told to them, and one that is known is no stranger.

A client draws an id for itself once and sends it as X-Device; a client without one is known by its network, roughly. An
account keeps keyed digests of the last few, from which nothing can be read.
"""

from __future__ import annotations

from typing import Any

from chalicelib.runtime import limits, vault
from chalicelib.runtime.work import Work

from ..events import UserDeviceNew
from ..model import Account

LEAST_LETTERS = 16  # of an id that was drawn and not thought up: «tablet» is nobody's
MOST_KEPT = 20
MARK_LETTERS = 20


def mark(work: Work) -> str:
    """What this device is known by."""
    drawn = work.caller.device if len(work.caller.device) >= LEAST_LETTERS else ""
    kind, text = ("device", drawn) if drawn else ("surroundings", limits.networks(work.caller.ip)[-1])
    return vault.blind(kind, text)[:MARK_LETTERS]


def noted(account: Account, work: Work) -> dict[str, Any]:
    """What changes on an account when its owner signs in on this device; a new one is told as a fact."""
    here = mark(work)
    if here in account.device_marks:
        return {}
    work.publish(UserDeviceNew(account.owner, work.caller.terminal))
    return {"devices": " ".join([*account.device_marks, here][-MOST_KEPT:])}
