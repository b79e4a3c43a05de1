"""Telling a customer what became of money that came late, came twice or went back; and an account's owner what somebody who
had stolen their way in would do.

Guarantees: it is said once at most, to a contact that is proven theirs (what concerns the account, to each of them); the
text names an order by the end of its number. A message that cannot be delivered is counted and logged where it is sent.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.kernel.messages import Template
from chalicelib.records.identity.accounts.service.contact import Contact, find_contact, find_contacts
from chalicelib.records.messages.service import NotDelivered, send
from chalicelib.records.orders import service as orders
from chalicelib.runtime.work import Work

TAIL = 6  # letters of an order's number, as the shop's own find it by


def notify_customer(what: Template, order_id: str, work: Work, **values: str) -> None:
    """Say so to the customer of an order. Commits. Raises OrderNotFound, VaultClosed."""
    to = find_contact(orders.find(order_id).customer)
    work.commit()  # first noted, then said: a message is tried once
    if to is not None:
        _say(what, to, order=order_id[-TAIL:], **values)


def notify_owner(what: Template, account: str, work: Work, *, only: str = "", **values: str) -> None:
    """Say so to every proven contact of an account, or to one kind only. Commits. Raises VaultClosed."""
    found = [to for to in find_contacts(account) if to.kind == (only or to.kind)]
    work.commit()
    for to in found:
        _say(what, to, **values)


def _say(what: Template, to: Contact, **values: str) -> None:
    with suppress(NotDelivered):
        send(what, to.kind, to.address, to.language, **values)
