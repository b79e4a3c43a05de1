"""What is measured of messages: one that goes out, by each kind of claim, and a grant that is recorded."""

import itertools
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

from chalicelib.kernel import holdout
from chalicelib.processes.notifying.service import Wanted, send_all
from chalicelib.records.identity.accounts.service import accounts, consents
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.claims.rules import MARKETING, SERVICE
from chalicelib.records.messages.grants.steps import record
from chalicelib.runtime import settings
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.work import Work
from tests.support import people

from .stage import Stage

YEAR = 2026
OFFER, NOTICE = "new_arrivals", "order_unpaid"
MINI = {"messages/mini": {"appid": "wx", "secret": "s", "templates": {NOTICE: {"id": "TPL", "fields": {}}}}}
_numbers = itertools.count()


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    yield "record a grant", partial(granting, stage), stage.send
    yield "send an offer", partial(wanted, "marketing_inbox", ("inbox",)), send
    yield "send an offer by text message where a day has a budget", partial(wanted, "marketing_sms", ("sms",)), dearly
    yield "send a notice in the mini program", granted, send


def granting(stage: Stage) -> Any:
    settings.use_secrets({**(settings._injected or {}), **MINI})
    token = people.token(person(), "customer")
    body, key = {"accepted": [NOTICE]}, {"Idempotency-Key": f"grant-of-window-{next(_numbers)}"}
    return stage.event("POST", "/v1/me/message-preferences", body, Authorization=f"Bearer {token}", **key)


def wanted(purpose: str, channels: tuple[str, ...]) -> list[Wanted]:
    return [Wanted(person(purpose), "bench#1", OFFER, MARKETING, {}, channels)]


def granted() -> list[Wanted]:
    who = person()
    work = Work(Caller(who, "customer"), "bench")
    work.add(record(who, NOTICE, work.now))
    work.commit()
    return [Wanted(who, "bench#1", NOTICE, SERVICE, {}, ("mini",))]


def send(messages: list[Wanted]) -> None:
    (told,) = send_all(messages, Work(worker("meeting"), "bench"))
    if told.state != "sent":
        raise ValueError(f"{told.state}: {told.why}")
    outbox.clear()


def dearly(messages: list[Wanted]) -> None:
    os.environ["OFFERS_FEN_A_DAY"] = "1000000"
    try:
        send(messages)
    finally:
        del os.environ["OFFERS_FEN_A_DAY"]


def person(*agreed: str) -> str:
    """Somebody with a phone who signs in by WeChat and is in nobody's holdout."""
    while True:
        number, work = next(_numbers), Work(Caller("bench", "worker"), "bench")
        by = [accounts.identifier("phone", f"+86137{number:08d}"), accounts.identifier("wechat", f"oBench{number}")]
        row = accounts.new_account("U", by, ["customer"], work)
        if not holdout.in_control(row.owner, YEAR):
            break
    work.add(*open_account(row, by))
    work.commit()
    for purpose in agreed:
        work = Work(Caller(row.owner, "customer"), "bench")
        consents.record(row.owner, purpose, True, "2026-01", work)
        work.commit()
    return str(row.owner)
