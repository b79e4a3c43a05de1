"""Being forgotten, across all records.

Guarantee: forgetting keeps exactly what the law wants kept, pseudonymous: orders and payments under an id that leads nowhere,
and the addresses of those orders sealed for the law. What somebody was to take along goes too.
"""

from __future__ import annotations

from chalicelib.records.care.service import courses
from chalicelib.records.carts import service as carts
from chalicelib.records.coupons.service import held
from chalicelib.records.groups.service import groups
from chalicelib.records.identity.accounts.rules import HIDDEN_KEPT, SIFTED_AT
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.identity.events import UserErasureDue, UserSiftDue
from chalicelib.records.identity.self.service import deletion
from chalicelib.records.journeys import service as journeys
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.tickets.service import consultations, matters
from chalicelib.records.watching import service as watching
from chalicelib.runtime.work import Work

from . import exporting, sections

AT_ONCE = 80  # rows of one transaction


def forget(fact: UserErasureDue, work: Work) -> None:
    """The cool-off is over: close the account and, a while later, forget, unless the person stayed. Commits in stretches."""
    if deletion.due(fact.user_id, work):
        deletion.erase(fact.user_id, _used(fact.user_id), work)
        exporting.drop(fact.user_id, work)
        if skus := [line.sku for line in carts.lines(fact.user_id)]:
            emptied = work.separate()
            carts.take(fact.user_id, skus, emptied)
            emptied.commit()
        held.forget(fact.user_id, work)
        claims.forget(fact.user_id, work)
        watching.forget(fact.user_id, work)
        matters.forget(fact.user_id, work)
        consultations.forget(fact.user_id, work)
        courses.forget(fact.user_id, work)
        journeys.forget(fact.user_id, work)
        groups.forget(fact.user_id, work)


def sift(fact: UserSiftDue, work: Work) -> None:
    """Versions of a person's addresses have piled up: forget those out of use that no order names."""
    left = addresses.sift(fact.user_id, _used(fact.user_id), AT_ONCE, work)
    if left >= SIFTED_AT:
        work.publish(UserSiftDue(fact.user_id), at=work.now + HIDDEN_KEPT)


def _used(customer: str) -> frozenset[str]:
    """The versions of addresses that orders of a person name."""
    return frozenset(order.address for page in sections.every_order(customer) for order in page if order.address)
