"""What a receipt changes: the outcome of its message, which only ever rises, and whether its address is written to again."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from chalicelib.kernel.errors import Conflict

DELIVERED, FAILED, BOUNCED, COMPLAINED, OPT_OUT = "delivered", "failed", "bounced", "complained", "opt_out"
RANK = {"": 0, FAILED: 1, DELIVERED: 2, BOUNCED: 3, COMPLAINED: 4, OPT_OUT: 5}
SUPPRESSES = {BOUNCED: "bounce", COMPLAINED: "complaint", OPT_OUT: "opt_out"}  # outcome -> why an address is suppressed
ENOUGH = 5  # messages that failed at an address within the days, after which nobody is there
FAILED_DAYS = timedelta(days=30)
NUMBER_DAYS = timedelta(days=7)  # for so long a provider tells of a message by its number
LATER = timedelta(minutes=5)  # a receipt that is faster than we note its number
TURNS = 2


class ReceiptRaced(Conflict):
    zh, en = "该消息的回执刚刚变化，请重试", "What was told of this message changed just now; please try again"


def rises(before: str | None, outcome: str) -> bool:
    """Whether an outcome says more than what was told before: in whichever order they come, the last word is the same."""
    return RANK[outcome] > RANK[before or ""]


def digest(name: str) -> str:
    """A few letters that stand for a message among those of an address."""
    return sha256(name.encode()).hexdigest()[:16]


def added(told: str | None, name: str) -> str:
    """The messages that failed at an address, with this one."""
    known = (told or "").split()
    return " ".join(dict.fromkeys((*known, digest(name))))


def enough(told: str) -> bool:
    """Whether that many messages mean that nobody is there."""
    return len(told.split()) >= ENOUGH
