"""The devices somebody signed in on: a new one is told to them, and one that is known is no stranger.

A client draws an id for itself once and sends it as X-Device; a client without one is known by its network, roughly. An
account keeps keyed digests of the last few, from which nothing can be read.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from chalicelib.runtime import limits, vault
from chalicelib.runtime.work import Work

from ..events import UserDeviceNew
from ..model import Account

LEAST_LETTERS = 16  # of an id that was drawn and not thought up: «tablet» is nobody's
MOST_KEPT = 20
MARK_LETTERS = 20
DEVICE, NETWORK = "device", "network"


def mark(work: Work) -> str:
    """What this device is known by."""
    return own(work) or surroundings(work)


def own(work: Work) -> str:
    """The mark of an id that the client drew for itself; empty where it drew none."""
    drawn = work.caller.device
    return vault.blind("device", drawn)[:MARK_LETTERS] if len(drawn) >= LEAST_LETTERS else ""


def surroundings(work: Work) -> str:
    """The mark of the network that a client without an id comes from."""
    return vault.blind("surroundings", limits.networks(work.caller.ip)[-1])[:MARK_LETTERS]


def here(work: Work) -> frozenset[str]:
    """All that this device may be known by."""
    return frozenset({own(work), surroundings(work)} - {""})


def known(marks: Collection[str], work: Work) -> str:
    """Whether this `device` signed in before, or one without an id from its `network`; empty for a stranger."""
    if own(work) in marks:
        return DEVICE
    return NETWORK if surroundings(work) in marks else ""


def noted(account: Account, work: Work) -> dict[str, Any]:
    """What changes on an account when its owner signs in on this device; a new one is told as a fact."""
    here = mark(work)
    if here in account.device_marks:
        return {}
    work.publish(UserDeviceNew(account.owner, work.caller.terminal))
    return {"devices": " ".join([*account.device_marks, here][-MOST_KEPT:])}
