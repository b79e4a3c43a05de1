"""Consents: what a person agreed to, in which version of the policy, when; withdrawn as easily as given.

Guarantees: no consent is presumed or given to a text that was not published; each change is kept for good beside the
present state.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chalicelib.kernel.clock import millis
from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Step, put
from chalicelib.runtime.work import Work

from ...events import UserConsentChanged
from ...model import Consent
from ..rules import PURPOSES, ConsentPurposeUnknown, PolicyUnknown, TermsKept
from . import accounts

TERMS = "terms"
POLICIES = settings.declare(
    "POLICY_VERSIONS", "2026-01", "published versions of the terms and policies that may be agreed to, comma-separated"
)


class Given(NamedTuple):
    """The present state of one purpose; `at` is epoch ms, 0 when never asked."""

    purpose: str
    granted: bool
    policy: str
    at: int


def of(customer: str) -> list[Given]:
    """The state of every purpose."""
    rows, _ = table.query(Consent, customer, begins=("r", "consent#"), limit=50, consistent=True)
    held = {row.part.removeprefix("consent#"): row for row in rows}
    return [
        Given(purpose, bool(held[purpose].granted), held[purpose].policy, int(held[purpose].at))
        if purpose in held
        else Given(purpose, False, "", 0)
        for purpose in PURPOSES
    ]


def allows(customer: str, purpose: str) -> bool:
    """Whether a person has agreed to this purpose: what every send and every profile asks first."""
    row = table.get(Consent, customer, f"consent#{purpose}")
    return row is not None and bool(row.granted)


def change(purpose: str, granted: bool, policy: str, work: Work) -> None:
    """Give or withdraw a consent. Raises ConsentPurposeUnknown, TermsKept, PolicyUnknown, UserUnknown."""
    if purpose not in PURPOSES:
        raise ConsentPurposeUnknown()
    if purpose == TERMS and not granted:
        raise TermsKept()
    if granted:
        published(policy)
    account = accounts.get(work.caller.id)
    work.add(accounts.standing(account), *changing(account.owner, purpose, granted, policy, work))
    work.commit()


def published(policy: str) -> None:
    """Raises PolicyUnknown when there is no such version to agree to."""
    if policy not in settings.value(POLICIES).split(","):
        raise PolicyUnknown()


def changing(customer: str, purpose: str, granted: bool, policy: str, work: Work) -> list[Step]:
    """The steps of a change of consent, for composing."""
    work.publish(UserConsentChanged(customer, purpose, granted, policy))
    values: dict[str, Any] = {
        "granted": int(granted),
        "policy": policy,
        "at": millis(work.now),
        "terminal": work.caller.terminal,
    }
    return [
        put(Consent(customer, f"consent#{purpose}", **values)),
        put(Consent(customer, f"consented#{purpose}#{work.id}", **values)),
    ]


def history(customer: str) -> list[Given]:
    """Every change there was, oldest first."""
    found: list[Given] = []
    cursor: str | None = None
    while True:
        rows, cursor = table.query(Consent, customer, begins=("r", "consented#"), limit=100, cursor=cursor)
        found += [Given(row.part.split("#")[1], bool(row.granted), row.policy, row.at) for row in rows]
        if cursor is None:
            return sorted(found, key=lambda one: one.at)
