"""What a channel is handed, and why it may not have delivered it.

Guarantees: a trouble carries a short code of the provider and never its text, so neither an address nor a one-time code can
lie in a log by it. A message leaves in clear only towards this machine and only on a local stage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.runtime import settings

ARRIVED, ABSENT, UNSURE = "arrived", "absent", "unsure"  # what a provider says of a message whose answer was lost
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SHORT = re.compile(
    "[0-9]{3}|errcode[.]-?[0-9]{1,5}|[A-Za-z._/]{1,64}"
)  # a reply of SMTP, a number of WeChat's, or a name; no digits more, since they might be a code


class Message(NamedTuple):
    """One message: the name of its text, to which kind of address and where, in zh or en; what is filled into the text; the
    subject, and that text whole.

    `reference` is told to the provider and comes back in its receipts; an offer has in `opt_out` the page at which its reader
    wants no more of them. `code` is the provider's for the text, where that is stored; `link` is where it leads.
    """

    what: str
    kind: str
    address: str
    language: str
    values: Mapping[str, str]
    subject: str
    text: str
    reference: str = ""
    opt_out: str = ""
    code: str = ""
    link: str = ""

    def __repr__(self) -> str:
        """Without the person: a log may hold it."""
        return f"Message({self.what}, {self.kind}, {self.reference})"


class NotDelivered(Exception):
    """Base of all troubles; `answer` is the provider's short code."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer if SHORT.fullmatch(answer) else "unreadable"
        super().__init__(self.answer)


class ChannelSilent(NotDelivered):
    """No complete answer came: the message may have gone out all the same."""


class AddressRefused(NotDelivered):
    """The provider does not deliver to this address."""


class NotSubscribed(AddressRefused):
    """Whoever has this address did not ask for such messages, or does not want them any more."""


class AddressBusy(NotDelivered):
    """Not to this address now: it was sent too many."""


class ChannelThrottled(NotDelivered):
    """Not now: too many messages of this shop."""


class Misconfigured(NotDelivered):
    """The contract, its keys, sender or templates are wrong, or its account is empty: somebody must be called."""


class TemplateUnfit(Misconfigured):
    """The provider's template for it is not approved, or what is filled in does not fit it: nothing was sent."""


class NotForMarketing(Misconfigured):
    """This channel carries notices of service only."""


def is_local() -> bool:
    return settings.value(settings.STAGE) == "local"


def may_be_in_clear(host: str) -> bool:
    """Whether a message may go to this host without TLS."""
    return is_local() and host in LOOPBACK


def document(name: str) -> dict[str, Any]:
    """The secret document of a channel. Raises Misconfigured when this stage has none."""
    try:
        return settings.secret(name)
    except KeyError:
        raise Misconfigured(name) from None
