"""What the suppression list takes and returns."""

from typing import Literal

from pydantic import Field

from chalicelib.kernel.clock import iso
from chalicelib.runtime.http import Body, Instant, View
from chalicelib.runtime.http.kinds import Email, Exact, Phone

from ..model import SuppressedAddress
from .rules import OFFERS, REASONS, WHYS


class SuppressAddress(Body):
    """A phone or an e-mail that is not to be written to, and why."""

    phone: Phone | None = None
    email: Email | None = None
    why: Literal[tuple(WHYS)]  # type: ignore[valid-type]  # the table's names


class LiftSuppression(Body):
    """Which address may be written to again, by its mark, and why."""

    mark: Exact = Field(min_length=3, max_length=100, examples=[f"phone#{'0' * 64}"])
    reason: Literal[REASONS]  # type: ignore[valid-type]  # the words of the rules


class SuppressionMark(View):
    """What a suppressed address is known by from now on."""

    mark: str


class SuppressionView(View):
    """An address that is not written to, by its blind index."""

    mark: str
    kind: str
    why: str
    offers_only: bool
    by: str
    times: int = Field(description="how often it was told")
    at: Instant


def suppression_view(row: SuppressedAddress) -> SuppressionView:
    return SuppressionView(
        mark=row.owner,
        kind=row.owner.partition("#")[0],
        why=row.why,
        offers_only=row.scope == OFFERS,
        by=row.by,
        times=row.times,
        at=iso(row.listed),
    )
