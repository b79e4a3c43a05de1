"""People who agreed to be told of offers, and a sender."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import simulator
from chalicelib.kernel import holdout
from chalicelib.kernel.messages import TEXTS, Template, Words
from chalicelib.processes.notifying.service import Outcome, Wanted, never, send_all
from chalicelib.records.identity.accounts.service import accounts, consents, contact
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.model import SUPPRESSED, MessageClaim, SuppressedAddress, claim_part
from chalicelib.records.messages.service import CHOSEN
from chalicelib.runtime import clients, settings, table, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from local import settle
from simulator import Simulator
from tests.support import memories
from tests.support.world import secrets

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

    def new(
        self, *agreed: str, phone: bool = True, email: bool = False, wechat: bool = False, left_alone: str = ""
    ) -> str:
        """A customer who agreed to these purposes; `left_alone`: control, or a campaign of whose holdout they are."""
        while True:
            self.made += 1
            by = [accounts.identifier("phone", f"+86138{self.made:08d}")] if phone else []
            by += [accounts.identifier("email", f"buyer{self.made}@example.com")] if email else []
            by += [accounts.identifier("wechat", f"oBuyer{self.made}")] if wechat else []
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

    def address(self, who: str, kind: str) -> str:
        return str(contact.address_of(contact.reachable([who])[who], kind))

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


# ---- a shop whose messages go to the simulator --------------------------------------------------------------------------
WAYS = {  # channel -> the way that it goes, its kind of address and the setting that chooses it
    "sms": ("sms", "phone"), "tencent": ("sms", "phone"), "mail": ("email", "email"), "ses": ("email", "email"),
    "wechat": ("wechat", "wechat"),
}  # fmt: skip
REFUSED = {  # what a provider answers who will never deliver to an address
    "sms": "isv.MOBILE_NUMBER_ILLEGAL", "tencent": "InvalidParameterValue.IncorrectPhoneNumber", "mail": "550",
    "wechat": "40003",
}  # fmt: skip
KEYS = {"sms": "access_key_secret", "tencent": "secret_key", "mail": "password", "wechat": "secret", "mini": "secret"}
GONE = {
    "sms": "MK:0001",
    "tencent": "MK:0001",
    "ses": "Permanent",
    "wechat": "failed:user block",
}  # its receipt says so


class Played:
    """A shop of one channel, whose provider the simulator plays on the shop's own clock."""

    def __init__(self, name: str, sim: Simulator, people: People, front: Any, bus: Any) -> None:
        self.name, self.sim, self.people, self.front, self.bus = name, sim, people, front, bus
        self.way, self.kind = WAYS[name]

    def new(self, purpose: str) -> str:
        agreed = (f"marketing_{self.way}",) if purpose == "marketing" else ()
        return self.people.new(
            *agreed, phone=self.kind == "phone", email=self.kind == "email", wechat=self.kind == "wechat"
        )

    def want(self, who: str, occasion: str = "spring#1", purpose: str = "marketing") -> Wanted:
        return wanted(who, occasion, purpose, channels=(self.way,))

    def one(self, who: str, occasion: str = "spring#1", purpose: str = "marketing") -> tuple[str, str]:
        return self.people.one(self.want(who, occasion, purpose))

    def came(self) -> list[dict[str, Any]]:
        return [one for one in self.sim.letters.box.came if one["provider"] == self.name]

    def fault(self, **knobs: Any) -> None:
        self.sim.faults(self.name, **knobs)

    def receipts(self) -> list[int]:
        """What the shop answers to what is owed to it, and what it makes of it."""

        def carry(push: Any) -> tuple[int, bytes]:
            told = self.front.post(push.path, raw=push.body, headers={"content-type": push.media})
            assert (told.status == 200) == (push.word in told.text.encode())
            return told.status, told.text.encode()

        said = self.sim.letters.box.deliver(carry)
        self.bus.run()
        return said

    def outcome(self, who: str, occasion: str = "spring#1") -> str | None:
        return table.get(MessageClaim, who, claim_part(occasion)).receipt

    def suppressed(self, who: str) -> str | None:
        """Why the address of somebody is not written to."""
        (mark,) = contact.reachable([who])[who].marks.values()
        row = table.get(SuppressedAddress, mark, SUPPRESSED)
        return row.why if row is not None else None


@pytest.fixture(scope="session")
def key_ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once for all tests: making them is the slow part of a first start."""
    state = tmp_path_factory.mktemp("keys")
    simulator.start(state, notify=False).stop()
    return state / "keys.json"


@pytest.fixture
def sim(tmp_path: Path, key_ring: Path, clock: Any) -> Iterator[Simulator]:
    shutil.copy(key_ring, tmp_path / "keys.json")
    key = os.environ["AWS_SECRET_ACCESS_KEY"]
    made = simulator.start(tmp_path, notify=False, seed=1, wall=lambda: clock.now().timestamp(), aws_key=key)
    yield made
    made.stop()


@pytest.fixture
def contracts(sim, engine, texts, monkeypatch):
    """A shop that has a contract with each provider that the simulator plays."""
    documents = {}
    for name, told in sim.merchant.items():
        held = {"test_offer": settle.template(name, "test_offer")} if told.get("templates") == {} else {}
        documents[name] = {**told, "templates": held} if held else told
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", sim.url)
    clients._clients.pop("sesv2", None)
    memories.forget()
    settings.use_secrets(secrets() | {name: told for name, told in documents.items() if name.startswith("messages/")})
    yield documents
    settings.use_secrets(None)
    clients._clients.pop("sesv2", None)


@pytest.fixture
def played(contracts, sim, people, front, bus, monkeypatch):
    """A shop of this channel: played(name)."""

    def open_(name: str) -> Played:
        made = Played(name, sim, people, front, bus)
        monkeypatch.setenv(CHOSEN[made.kind], name)
        return made

    return open_
