"""Which facts are audited, how entries are chained, and how a broken chain shows.

An entry's hash covers its number, the hash before it and all it says. So a changed entry does not fit its own hash, a
removed one leaves a gap, an inserted one has no place: whoever wants to hide something must rewrite all that follows,
and the anchors (heads told elsewhere, daily) contradict that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import FACTS, Fact

KEPT_DAYS = 400  # at least; entries have no expiry at all
START = ""  # the hash before the first entry


class Audited(NamedTuple):
    """Why a fact is audited, which of its fields name what it is about, and, if not always, only when it says so."""

    why: str
    subject: str
    only: Mapping[str, Any] = {}


SECURITY, MONEY, SHOP = "security", "money", "shop"  # who came and saw; what was paid; what the shop's people changed

AUDITED: dict[str, Audited] = {
    "audit.anchored": Audited(SECURITY, "seq"),
    "facts.resend_asked": Audited(SHOP, "start"),
    "facts.resent": Audited(SHOP, "start"),
    "login.closed": Audited(SECURITY, "who"),
    "order.adjusted": Audited(MONEY, "order_id"),
    "order.annulled": Audited(MONEY, "order_id"),
    "order.cancelled": Audited(SHOP, "order_id", {"by": "shop"}),
    "order.revived": Audited(MONEY, "order_id"),
    "payment.doubled": Audited(MONEY, "order_id"),
    "payment.exception_resolved": Audited(MONEY, "case_id"),
    "payment.late": Audited(MONEY, "order_id"),
    "payment.mismatch": Audited(MONEY, "payment_id"),
    "payment.succeeded": Audited(MONEY, "order_id"),
    "product.published": Audited(SHOP, "product"),
    "product.unpublished": Audited(SHOP, "product"),
    "proposal.agreed": Audited(SHOP, "proposal_id"),
    "proposal.declined": Audited(SHOP, "proposal_id"),
    "proposal.made": Audited(SHOP, "proposal_id"),
    "queue.redriven": Audited(SHOP, "name"),
    "refund.asked": Audited(MONEY, "payment_id"),
    "refund.declined": Audited(MONEY, "payment_id"),
    "refund.failed": Audited(MONEY, "payment_id"),
    "refund.requested": Audited(MONEY, "payment_id"),
    "refund.succeeded": Audited(MONEY, "order_id"),
    "sku.price_changed": Audited(SHOP, "sku"),
    "staff.activated": Audited(SECURITY, "user_id"),
    "staff.factor_shown": Audited(SECURITY, "user_id"),
    "staff.invited": Audited(SECURITY, "user_id"),
    "staff.login_failed": Audited(SECURITY, "user_id"),
    "staff.looked_too_often": Audited(SECURITY, "user_id"),
    "staff.rescued": Audited(SECURITY, "user_id"),
    "staff.roles_changed": Audited(SECURITY, "user_id"),
    "staff.roles_proposed": Audited(SECURITY, "user_id"),
    "staff.signed_out": Audited(SECURITY, "user_id"),
    "stock.changed": Audited(SHOP, "sku"),
    "stock.closed": Audited(SHOP, "sku"),
    "stock.opened": Audited(SHOP, "sku"),
    "switch.turned": Audited(SHOP, "name"),
    "user.blocked": Audited(SECURITY, "user_id"),
    "user.data_disclosed": Audited(SECURITY, "user_id"),
    "user.data_exported": Audited(SECURITY, "user_id"),
    "user.beside_staff": Audited(SECURITY, "user_id"),
    "user.device_new": Audited(SECURITY, "user_id"),
    "user.erased": Audited(SECURITY, "user_id"),
    "user.key_renewed": Audited(SECURITY, "user_id"),
    "user.key_retired": Audited(SECURITY, "user_id"),
    "user.leaving": Audited(SECURITY, "user_id"),
    "user.logged_in": Audited(SECURITY, "user_id"),
    "user.profile_changed": Audited(SECURITY, "user_id"),
    "user.sessions_ended": Audited(SECURITY, "user_id"),
    "user.stayed": Audited(SECURITY, "user_id"),
    "user.unblocked": Audited(SECURITY, "user_id"),
}

# Every other fact, with the reason why it is not; a house test demands that each fact stands in one of the two.
NOT_AUDITED: dict[str, str] = {
    "facts.resend_goes_on": "a reminder for a worker; its beginning and its end are told",
    "order.expired": "nobody's act: time passed",
    "order.paid": "follows from payment.succeeded",
    "order.pay_due": "a reminder for later",
    "order.placed": "the order itself is kept",
    "login.failed": "a customer mistyped; a gate that closes is told apart, and of staff each failure is",
    "order.readdressed": "the customer's own act; versions of addresses are kept themselves",
    "payment.attempt_created": "no money moved; the attempt itself is kept",
    "payment.failed": "no money moved",
    "payment.query_due": "a reminder for later",
    "payment.unclaimed": "a reminder for later; the exception is told by payment.mismatch",
    "product.changed": "each edit keeps its own version with who made it; prices are told apart",
    "certificate.wanted": "a wish to look; what is fetched is proven and kept itself",
    "proposal.due": "a reminder for later",
    "refund.query_due": "a reminder for later",
    "user.consent_changed": "consents are kept themselves, each with its version and time",
    "user.erasure_due": "a reminder for later",
    "user.export_due": "a reminder for a worker; that it was asked for is told by user.data_exported",
    "user.export_ready": "follows from user.data_exported",
    "user.registration_tried": "nothing of the account was touched; its owner is told",
    "user.registered": "the account itself is kept",
    "user.reseal_due": "a reminder for a worker; its beginning and its end are told by user.key_renewed and user.key_retired",
    "user.sift_due": "a reminder for later",
}


class AuditHeadMoved(Conflict):
    code, zh, en = "AUDIT_HEAD_MOVED", "审计日志已追加，请重试", "The audit log has grown meanwhile; try again"


class AuditSlotTaken(Conflict):
    code, zh, en = (
        "AUDIT_SLOT_TAKEN",
        "审计日志的下一位置已被占用",
        "The audit log's next place is taken by a foreign row",
    )


class Entry(NamedTuple):
    """One entry as it is hashed. `at` is when it happened, `noted` when it was chained; epoch ms."""

    seq: int
    previous: str
    event: str
    wire: str
    at: int
    actor: str
    subject: str
    data: str
    noted: int

    @property
    def hash(self) -> str:
        """SHA-256 over everything above, in this order."""
        told = [
            self.seq,
            self.previous,
            self.event,
            self.wire,
            self.at,
            self.actor,
            self.subject,
            self.data,
            self.noted,
        ]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


class Break(NamedTuple):
    """A place where the chain does not hold: altered, missing, unlinked, foreign, or an anchor that disagrees."""

    seq: int
    trouble: str


def wanted(wire: str, data: Mapping[str, Any]) -> Audited | None:
    """The rule of a fact that is audited, or None."""
    rule = AUDITED.get(wire)
    if rule is None or any(data.get(name) != value for name, value in rule.only.items()):
        return None
    return rule


def audited(module: str) -> list[type[Fact]]:
    """The audited facts that a context's events module declares."""
    return [FACTS[wire] for wire in AUDITED if wire in FACTS and FACTS[wire].__module__ == module]


def canonical(data: Mapping[str, Any]) -> str:
    """A fact's data as the one text that is kept and hashed."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def breaks(
    rows: Iterable[tuple[Entry, str]], first: int, last: int, before: str | None, anchors: Mapping[int, str]
) -> Iterator[Break]:
    """Where the chain from `first` to `last` does not hold, given (entry, stored hash) in rising order.

    `before` is the hash that the first entry must name, if it is known. An entry beyond `last` is foreign.
    """
    due, previous = first, before
    for entry, stored in rows:
        if entry.seq > last or entry.seq < due:
            yield Break(entry.seq, "foreign")
            continue
        for seq in range(due, entry.seq):
            yield Break(seq, "missing")
        if previous is not None and entry.seq == due and entry.previous != previous:
            yield Break(entry.seq, "unlinked")
        if entry.hash != stored:
            yield Break(entry.seq, "altered")
        if anchors.get(entry.seq, stored) != stored:
            yield Break(entry.seq, "anchor")
        due, previous = entry.seq + 1, stored
    for seq in range(due, last + 1):
        yield Break(seq, "missing")
    for seq in anchors:
        if seq > last:
            yield Break(seq, "missing")
