"""How a provider's codes are read, a row for each operation and code: what it is to us and the payer, and whom it calls.

A code without a row is Unknown, of every provider and at every operation: nobody can say what it means, so it ends neither
an attempt nor a refund. It is asked again, is told as a gap in the table, and lies before a person at last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from .manifest import PaymentMethod
from .port import AttemptRequest, Calls, ProviderError, Throttled, Unknown

# create_told: opened for a payer whom only the client names; its rows are those of create but for its own.
# trade and returned: not a call's own answer, but what a query tells of a payment and of a refund.
Operation = Literal[
    "create", "create_told", "query", "close", "refund", "query_refund", "bill", "certificates", "trade", "returned", "shipping"
]  # fmt: skip
# shipping: being told, and asked, what was sent
CALLS = "create query close refund query_refund bill certificates"
KEYS: Calls = "keys"
CONFIGURATION: Calls = "configuration"


class Meaning(NamedTuple):
    """What a code is (the payer of an attempt is told: wait and choose another way for most kinds, your mistake for
    PayerWrong, no for Declined), and who must be called for it."""

    kind: type[ProviderError]
    calls: Calls = "nobody"


Table = Mapping[tuple[str, str], Meaning]
UNLISTED = Meaning(Unknown, "table")


def table(*rows: tuple[str, str, type[ProviderError]] | tuple[str, str, type[ProviderError], Calls]) -> Table:
    """Rows of operations, codes, what they mean and whom they call; each operation and code has one row."""
    found: dict[tuple[str, str], Meaning] = {}
    for operations, codes, *meaning in rows:
        for key in ((operation, code) for operation in operations.split() for code in codes.split()):
            if key in found:
                raise ValueError(f"two rows for {key}")
            found[key] = Meaning(*meaning)
    return {("create_told", code): meaning for (of, code), meaning in found.items() if of == "create"} | found


def opening(row: PaymentMethod, a: AttemptRequest) -> Operation:
    """Which opening of an attempt it is: a payer whom only the client names may be made up."""
    return "create_told" if "payer" in row.needs and not a.payer_known else "create"


def provider_error(known: Table, operation: Operation, *codes: str, status: int = 200) -> ProviderError:
    """What a no means: by the first of its codes that has a row, else by the status of the exchange."""
    said = next(filter(None, codes), f"http_{status}")
    rows = (known[operation, code] for code in codes if (operation, code) in known)
    kind, calls = next(rows, None) or _by_status(status)
    return kind(said, calls=calls)


def _by_status(status: int) -> Meaning:
    if status == 429:
        return Meaning(Throttled)
    return Meaning(Unknown) if status >= 500 else UNLISTED
