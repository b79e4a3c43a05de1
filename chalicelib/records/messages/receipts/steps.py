"""The lines of transactions that fold receipts."""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime import table
from chalicelib.runtime.table import Step, update

from ..model import FAILED_PART, NUMBER_PART, FailedAddress, MessageClaim, SentNumber, number_key
from .rules import FAILED_DAYS, NUMBER_DAYS, ReceiptRaced


def note(channel: str, number: str, reference: str, at: datetime) -> Step:
    """Which message a provider gave this number; noted twice is noted once."""
    return update(
        SentNumber,
        number_key(channel, number),
        NUMBER_PART,
        actions=[SentNumber.reference.set(reference), SentNumber.expires.set(int((at + NUMBER_DAYS).timestamp()))],
        when=SentNumber.owner.does_not_exist() | (SentNumber.reference == reference),
        otherwise=ReceiptRaced(),
    )


def tell(row: MessageClaim, outcome: str) -> Step:
    """What became of a message, if nobody told meanwhile."""
    same = MessageClaim.receipt.does_not_exist() if row.receipt is None else MessageClaim.receipt == row.receipt
    return update(
        MessageClaim,
        row.owner,
        row.part,
        actions=[MessageClaim.receipt.set(outcome)],
        when=MessageClaim.owner.exists() & same,
        otherwise=ReceiptRaced(),
    )


def count_failed(mark: str, read: FailedAddress | None, told: str, at: datetime) -> Step:
    """One message more failed at an address."""
    row = FailedAddress(
        mark,
        FAILED_PART,
        version=(read.version if read is not None else 0) + 1,
        told=told,
        expires=int((at + FAILED_DAYS).timestamp()),
    )
    when = FailedAddress.owner.does_not_exist() if read is None else FailedAddress.version == read.version
    return table.put(row, when, ReceiptRaced())
