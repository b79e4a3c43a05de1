"""What providers tell of messages: a receipt as it came, and what it says in the shop's own words.

A receipt names a message by the reference that we told its provider, or by the number that the provider answered; what it
says of an address holds whether or not we know the message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.runtime import settings

DELIVERED, FAILED, BOUNCED, COMPLAINED, OPT_OUT = "delivered", "failed", "bounced", "complained", "opt_out"
# failed: not this time, and maybe next time; bounced: nobody is there; opt_out: its reader wants no more of them
LEAST_SECRET = 32
NO_MORE = frozenset({"退订", "退訂", "td", "t", "r", "n", "拒收", "拒收请回复r", "取消订阅", "stop", "unsubscribe"})


class ReceiptRefused(Exception):
    """A receipt that must change nothing."""


class ReceiptForged(ReceiptRefused):
    """Not told by the provider, as far as that can be seen."""


class ReceiptMalformed(ReceiptRefused):
    """Not a receipt that we can read without doubt."""


class RawReceipt(NamedTuple):
    """A receipt as it came: the end of its address, the query, and the body."""

    token: str
    query: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"RawReceipt({len(self.body)} bytes)"


class ToldReceipt(NamedTuple):
    """What is told of one message, or of an address: of which kind, and which."""

    outcome: str
    reference: str = ""
    number: str = ""
    kind: str = ""
    address: str = ""

    def __repr__(self) -> str:
        return f"ToldReceipt({self.outcome}, {self.reference or self.number})"


class Reply(NamedTuple):
    """The provider's own word for taken, or for try again."""

    body: str
    media: str = "application/json"


def known_by(secret: str, token: str) -> None:
    """Of an address that nobody else was told. Raises ReceiptForged."""
    import hmac

    told = str(contract(secret).get("receipts") or "")
    if len(told) < LEAST_SECRET or not hmac.compare_digest(told.encode(), token.encode()):
        raise ReceiptForged


def contract(name: str) -> dict[str, Any]:
    """The secret document of a channel. Raises ReceiptForged where there is none: nobody was told this address."""
    try:
        return settings.secret(name)
    except KeyError:
        raise ReceiptForged from None


def read(body: bytes | str) -> Any:
    """What is told in JSON. Raises ReceiptMalformed."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ReceiptMalformed from None


def rows(told: Any) -> list[dict[str, Any]]:
    """The objects of a list. Raises ReceiptMalformed for anything else."""
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise ReceiptMalformed
    return told


def text(told: object) -> str:
    """A field as text; nothing for what is neither text nor a whole number."""
    return str(told).strip() if isinstance(told, str | int) and not isinstance(told, bool) else ""


def no_more(words: object) -> bool:
    """Whether an answer to a text message asks for no more of them."""
    return text(words).strip(" 。.!！“”\"'").lower() in NO_MORE
