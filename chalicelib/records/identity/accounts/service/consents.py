"""Consents: what a person agreed to, in which version of the policy, when; withdrawn as easily as given.

Guarantees: no consent is presumed or given to a text that was not published; each change is kept for good beside the
present state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ...events import UserConsentChanged
from ...model import Consent
from .. import steps
from ..rules import PURPOSES, ConsentPurposeNotFound, PolicyNotFound, TermsKept
from . import accounts

TERMS, PERSONALISATION = "terms", "personalisation"
BY_THEMSELVES, BY_LINK = "account", "link"  # the ways in which people say so
TEXTS = Path(__file__).with_name("terms")
POLICIES = settings.declare(
    "POLICY_VERSIONS",
    "2026-01",
    "published versions of the terms that may be agreed to, comma-separated, the latest last",
)


class PolicyText(NamedTuple):
    """A version of the terms, in both languages."""

    version: str
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str


class Given(NamedTuple):
    """The present state of one purpose; `at` is None when it was never asked. `basis` of the law, `way` in which it was said."""

    purpose: str
    granted: bool
    policy: str
    at: datetime | None
    basis: str = ""
    way: str = ""


def of(customer: str) -> list[Given]:
    """The state of every purpose."""
    rows = table.every(Consent, customer, begins=("r", "consent#"), consistent=True)
    held = {one.purpose: one for one in map(_given, rows)}
    return [held.get(purpose, Given(purpose, False, "", None)) for purpose in PURPOSES]


def allows(customer: str, purpose: str) -> bool:
    """Whether a person has agreed to this purpose: what every send and every profile asks first."""
    return customer in agreeing([customer], purpose)


def agreeing(people: Sequence[str], purpose: str) -> frozenset[str]:
    """Those of these, a hundred at most, who agree to this purpose: one read."""
    rows = table.batch([Key(Consent, one, f"consent#{purpose}") for one in people], consistent=True) if people else []
    return frozenset(row.owner for row in rows if row is not None and row.granted)


def change(purpose: str, granted: bool, policy: str, work: Work) -> None:
    """Give or withdraw a consent. Raises ConsentPurposeNotFound, TermsKept, PolicyNotFound, UserNotFound."""
    if purpose not in PURPOSES:
        raise ConsentPurposeNotFound()
    if purpose == TERMS and not granted:
        raise TermsKept()
    if granted:
        published(policy)
    account = accounts.get(work.caller.id)
    work.add(steps.require_active(account))
    record(account.owner, purpose, granted, policy, work)


def published(policy: str) -> None:
    """Raises PolicyNotFound when there is no such version to agree to."""
    if policy not in _versions():
        raise PolicyNotFound()


def terms(version: str | None) -> PolicyText:
    """What people agree to: a published version, or the latest. Raises PolicyNotFound."""
    known = _versions()
    wanted = version or known[-1]
    if wanted not in known:
        raise PolicyNotFound()
    return _read(wanted)


@cache
def _read(version: str) -> PolicyText:
    """Each language is a file of ours: its first line is the title. Raises PolicyNotFound for a version without a text."""
    files = [TEXTS / f"{version}.{language}.txt" for language in ("zh", "en")]
    if not all(file.exists() for file in files):
        raise PolicyNotFound()
    (title_zh, _, zh), (title_en, _, en) = (file.read_text(encoding="utf-8").partition("\n") for file in files)
    return PolicyText(version, title_zh, title_en, zh.strip(), en.strip())


def _versions() -> list[str]:
    return settings.value(POLICIES).split(",")


def record(customer: str, purpose: str, granted: bool, policy: str, work: Work, *, way: str = BY_THEMSELVES) -> None:
    """Note a consent that somebody gave or withdrew, now and for good."""
    values = {
        "granted": int(granted),
        "policy": policy,
        "basis": "contract" if purpose == TERMS else "consent",
        "way": way,
        "at": work.now,
        "terminal": work.caller.terminal,
    }
    work.add(*steps.write_consent(customer, purpose, work.id, values))
    work.publish(UserConsentChanged(customer, purpose, granted, policy))


def withdraw(customer: str, purpose: str, work: Work, *, way: str) -> None:
    """Withdraw a consent for somebody who said so elsewhere than in their account; nothing is done where there is none."""
    row = table.get(Consent, customer, f"consent#{purpose}", consistent=True)
    if row is not None and row.granted:
        record(customer, purpose, False, row.policy, work, way=way)


def history(customer: str) -> list[Given]:
    """Every change there was, oldest first."""
    rows = table.every(Consent, customer, begins=("r", "consented#"))
    return [_given(row) for row in sorted(rows, key=lambda row: row.at)]


def _given(row: Consent) -> Given:
    told = row.basis or "", row.way or ""
    return Given(row.part.split("#")[1], bool(row.granted), row.policy, row.at, *told)
