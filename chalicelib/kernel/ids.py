"""Ids are a prefix letter and a ULID: 27 characters of [0-9A-Z], sortable by time, fit for every payment provider.

A payment's id is its order's id and a two-character attempt; a notice therefore addresses both rows without a read.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import NewType

OrderId = NewType("OrderId", str)
PaymentId = NewType("PaymentId", str)
RefundId = NewType("RefundId", str)
CustomerId = NewType("CustomerId", str)
SkuId = NewType("SkuId", str)
ProductId = NewType("ProductId", str)
CategoryId = NewType("CategoryId", str)
AddressId = NewType("AddressId", str)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
ATTEMPTS = 99
ULID = "[0-9A-HJKMNP-TV-Z]{26}"  # the shape of its letters
SKU = f"P{ULID}[0-9]{{2}}"  # a product's id and two digits


def ulid(now: datetime, entropy: bytes) -> str:
    """26 characters: 48 bits of epoch milliseconds, 80 bits of entropy (10 bytes)."""
    if len(entropy) != 10:
        raise ValueError("a ULID takes 10 bytes of entropy")
    number = (int(now.timestamp() * 1000) << 80) | int.from_bytes(entropy, "big")
    return _letters(number)


def made_at(text: str) -> int:
    """When an id was made, in epoch ms; 0 for what has not its shape."""
    if not re.fullmatch(f"[A-Z]{ULID}", text):
        return 0
    return _number(text[1:11])


def is_id(text: str, prefix: str) -> bool:
    """Whether a text has the shape of an id with this prefix letter."""
    return re.fullmatch(prefix + ULID, text) is not None


def is_sku(text: str) -> bool:
    """Whether a text has the shape of a SKU's id."""
    return re.fullmatch(SKU, text) is not None


def is_payment_id(text: str) -> bool:
    """Whether a text has the shape of a payment attempt's id."""
    return re.fullmatch(f"O{ULID}[0-9]{{2}}", text) is not None


def packed(sku: str) -> str:
    """A SKU's id in 23 characters, for where many stand in one item."""
    number = _number(sku[1:27]) * 100 + int(sku[27:])
    return base64.urlsafe_b64encode(number.to_bytes(18, "big")).decode()[1:]  # below 2 ** 137: the first is always A


def unpacked(text: str) -> str:
    """The SKU of which `packed` made this."""
    number, variant = divmod(int.from_bytes(base64.urlsafe_b64decode(f"A{text}"), "big"), 100)
    return f"P{_letters(number)}{variant:02d}"


def _letters(number: int) -> str:
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 32 + ALPHABET.index(letter)
    return number


def payment_id(order_id: OrderId, attempt: int) -> PaymentId:
    """The id of an order's n-th payment attempt, 1…99."""
    if not 1 <= attempt <= ATTEMPTS:
        raise ValueError(f"attempts are 1…{ATTEMPTS}")
    return PaymentId(f"{order_id}{attempt:02d}")


def order_of(payment: PaymentId) -> OrderId:
    """The order a payment belongs to."""
    return OrderId(payment[:-2])
