"""Many at once at the door: one account, one session, five tries, ten failures; threads on the real engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.records.identity.access.service import sessions, throttle, verification_codes
from chalicelib.records.identity.model import ACCOUNT, IDENTIFIER, Account, IdentifierRow, Session
from chalicelib.records.identity.sign_in.service import signing_in
from chalicelib.runtime import clients, vault
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work
from tests.support import aws

TERMS, PASSWORD = "2026-01", "long enough 1"


@pytest.fixture
def door(live: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The engine with a key for personal data; answers the codes that were sent."""
    key = clients.client("kms").create_key()["KeyMetadata"]["KeyId"]
    monkeypatch.setenv("PERSONAL_KEY", key)
    vault.forget()
    sent: list[str] = []
    before = list(verification_codes._sender)
    verification_codes._sender[:] = [lambda _what, _kind, _to, _language, code: sent.append(code)]
    yield sent
    verification_codes._sender[:] = before
    vault.forget()


def at_once(times: int, act: Callable[[Work], Any]) -> Counter[str]:
    """How often each outcome came: ok, or the codes of the refusals."""

    def one(n: int) -> str:
        try:
            work = Work(ANYONE._replace(ip=""), f"thread {n}")
            work.settled(act(work))
        except CommitRejected as refused:
            return " ".join(sorted({reason.code for reason in refused.reasons}))
        except Refusal as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(one, range(times)))


def email(name: str = "li") -> verification_codes.Target:
    return verification_codes.target(None, f"{name}@example.com")


def test_one_address_registered_by_many_at_once_is_one_account(door):
    told = at_once(8, lambda work: signing_in.register(email(), TERMS, work, password=PASSWORD))
    assert told == {"ok": 1, "IDENTITY_TAKEN": 7}
    assert len(aws.rows_of(Account, ACCOUNT)) == len(aws.rows_of(IdentifierRow, IDENTIFIER)) == 1


def test_one_code_used_by_many_at_once_counts_once(door):
    verification_codes.ask("register", email(), Work(ANYONE, "ask"))
    told = at_once(8, lambda work: signing_in.register(email(), TERMS, work, code=door[0]))
    assert told["ok"] == 1
    assert len(aws.rows_of(Account, ACCOUNT)) == 1


def test_many_guesses_at_once_are_five_tries(door):
    verification_codes.ask("register", email(), Work(ANYONE, "ask"))
    wrong = f"{(int(door[0]) + 1) % 10**6:06d}"
    assert at_once(20, lambda work: verification_codes.check("register", email(), wrong, work)) == {"CODE_WRONG": 20}
    with pytest.raises(Refusal, match="CODE_WRONG"):
        verification_codes.check("register", email(), door[0], Work(ANYONE, "late"))


def test_one_code_asked_for_by_many_at_once_is_sent_once(door):
    told = at_once(12, lambda work: verification_codes.ask("login", email(), work))
    assert told == {"ok": 1, "CODE_TOO_SOON": 11}
    assert len(door) == 1


def test_many_attempts_at_once_close_the_gate_after_ten(door):
    def attempt(work):
        heard = throttle.admit_login("somebody", (), work)
        if heard.closed:
            raise heard.wrong

    told = at_once(24, attempt)
    assert told["ok"] <= 10
    assert set(told) <= {"ok", "LOGIN_LOCKED"}


def test_one_refresh_token_used_by_many_at_once_gives_one_answer(door):
    made = signing_in.register(email(), TERMS, Work(ANYONE, "register"), password=PASSWORD)
    given = []
    told = at_once(12, lambda work: given.append(sessions.refresh(made.refresh, work)))
    assert told == {"ok": 12}
    assert len({one.refresh for one in given}) == 1
    assert len(aws.rows_of(Session, "session#")) == 1
    assert sessions.refresh(given[0].refresh, Work(ANYONE, "next")).refresh != given[0].refresh
