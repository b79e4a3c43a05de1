"""People who agreed to be told of offers, and a sender."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.kernel import holdout
from chalicelib.kernel.messages import TEXTS, Template, Words
from chalicelib.processes.notifying.service import Outcome, Wanted, never, send_all
from chalicelib.records.identity.accounts.service import accounts, consents
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.messages.channels import outbox
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

YEAR = 2026


@pytest.fixture(scope="session")
def offer():
    """A text of an offer, as campaigns have them."""
    return TEXTS.get("test_offer") or Template(
        "test_offer",
        zh=Words("本周上新", "【集市】本周上新，{what}。拒收请回复R"),
        en=Words("New this week", "[Jishi] New this week: {what}. Reply R to stop"),
    )


@pytest.fixture
def texts(offer):
    """The test's own text stands while it runs, and in no other test."""
    TEXTS[offer.name] = offer
    yield offer
    del TEXTS[offer.name]


class People:
    """Makes customers, and has messages sent to them."""

    def __init__(self, clock: Any) -> None:
        self.clock, self.made = clock, 0

    def work(self, who: str = "sender") -> Work:
        return Work(Caller(who, "customer"), "setup")

    def new(self, *agreed: str, phone: bool = True, email: bool = False, left_alone: str = "") -> str:
        """A customer who agreed to these purposes; `left_alone`: control, or a campaign of whose holdout they are."""
        while True:
            self.made += 1
            by = [accounts.identifier("phone", f"+86138{self.made:08d}")] if phone else []
            by += [accounts.identifier("email", f"buyer{self.made}@example.com")] if email else []
            work = self.work()
            row = accounts.new_account("U", by, ["customer"], work)
            alone = holdout.in_control(row.owner, YEAR) or holdout.in_holdout(row.owner, left_alone or "spring")
            wished = {"": not alone, "control": holdout.in_control(row.owner, YEAR)}
            if wished.get(
                left_alone, holdout.in_holdout(row.owner, left_alone) and not holdout.in_control(row.owner, YEAR)
            ):
                break
        work.add(*open_account(row, by))
        work.commit()
        for purpose in agreed:
            self.agree(row.owner, purpose)
        return row.owner

    def agree(self, who: str, purpose: str, granted: bool = True) -> None:
        work = self.work(who)
        consents.record(who, purpose, granted, "2026-01", work)
        work.commit()

    def change(self, who: str, **values: Any) -> None:
        work = self.work(who)
        accounts.change(accounts.get(who), values, work)
        work.commit()

    def send(self, *wanted: Wanted, stop: Callable[[Wanted], str] = never) -> list[Outcome]:
        return send_all(wanted, Work(Caller("sender", "worker"), "send"), stop)

    def one(self, wanted: Wanted, stop: Callable[[Wanted], str] = never) -> tuple[str, str]:
        (told,) = self.send(wanted, stop=stop)
        return told.state, told.why

    def got(self) -> list[str]:
        return [one.address for one in reversed(outbox.latest())]


def wanted(who: str, occasion: str = "spring#1", purpose: str = "marketing", **more: Any) -> Wanted:
    return Wanted(who, occasion, "test_offer", purpose, {"what": "茶"}, **more)


@pytest.fixture
def people(engine, texts):
    outbox.clear()
    yield People(engine)
    outbox.clear()


def now() -> Any:
    return world.now()
