"""The devices somebody signed in on: a new one is told to them, and one that is known is no stranger.

A client draws an id for itself once and sends it as X-Device; a client without one is known by its network, roughly. An
account keeps keyed digests of the last few, from which nothing can be read. Where the shop's own sign in is remembered for
a while, so that a customer who comes from there is seen: who sets prices should not buy at them unnoticed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Any

from chalicelib.kernel.ids import is_id
from chalicelib.runtime import limits, table, vault
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ...events import UserBesideStaff, UserDeviceNew
from ...model import STAFF, Account, StaffPlace
from ..steps.sessions import note_staff

LEAST_LETTERS = 16  # of an id that was drawn and not thought up: «tablet» is nobody's
MOST_KEPT = 20
MARK_LETTERS = 20
DEVICE, NETWORK = "device", "network"
REMEMBERED_DAYS = 30


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


def note(account: Account, work: Work) -> dict[str, Any]:
    """What changes on an account when its owner signs in on this device; a new one is told as a fact."""
    here, changed = mark(work), note_place(account, work)
    if here in account.device_marks:
        return changed
    work.publish(UserDeviceNew(account.owner, work.caller.terminal))
    return {**changed, "devices": " ".join([*account.device_marks, here][-MOST_KEPT:])}


def note_place(account: Account, work: Work) -> dict[str, Any]:
    """Where one of the shop's own signs in is noted; a customer who does so there, within a month, is told as a fact, once
    for each member of staff. Returns what changes on the account."""
    places = [place for place in (own(work), _address(work)) if place]
    at = int(work.now.timestamp())
    if is_id(account.owner, "A"):
        work.add(*(note_staff(_place(one), account.owner, at) for one in places))
        return {}
    for row in table.batch([Key(StaffPlace, _place(one), STAFF) for one in places]):
        if row is not None and at - row.at < REMEMBERED_DAYS * 86_400 and row.account != account.beside:
            by = DEVICE if row.owner == _place(own(work)) else NETWORK
            work.publish(UserBesideStaff(account.owner, row.account, by))
            return {"beside": row.account}
    return {}


def _address(work: Work) -> str:
    """The mark of the line that somebody comes from; a gateway inside says nothing of that."""
    try:
        outside = ipaddress.ip_address(work.caller.ip).is_global
    except ValueError:
        return ""
    return vault.blind("line", limits.network(work.caller.ip))[:MARK_LETTERS] if outside else ""


def _place(place: str) -> str:
    return f"seen#{place}"
