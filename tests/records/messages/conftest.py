"""Fakes: the other side of each channel, with how it is made to fail and where its messages are seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.records.identity.access.texts import CODE
from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.channels.port import Message
from chalicelib.runtime import settings
from tests.fakes.messages.exchange import Exchange
from tests.fakes.messages.post_office import PostOffice
from tests.support.world import secrets

ADDRESSES = {"phone": "+8613987654321", "email": "canary.bird@example.com"}


def message(kind: str, what: str = "code", language: str = "zh", code: str = "428913") -> Message:
    return Message(
        what,
        kind,
        ADDRESSES[kind],
        language,
        {"code": code} if code else {},
        CODE.words(language).subject,
        f"text with {code}",
    )


@dataclass
class Fake:
    """A channel's other side: its secrets, and the texts that came to whom."""

    kind: str
    name: str
    secrets: dict[str, Any]
    came: Callable[[], list[tuple[str, str]]]
    fail: Callable[[Any], None]


@pytest.fixture
def post():
    office = PostOffice()
    yield office
    office.close()


@pytest.fixture
def exchange(clock):
    made = Exchange()
    made.now = clock.now()
    yield made
    made.close()


@pytest.fixture
def told(clock):
    """Put secret documents in place: told(**{name: document})."""
    yield lambda documents: settings.use_secrets(secrets() | documents)
    settings.use_secrets(None)


@pytest.fixture
def fakes(post, exchange) -> dict[tuple[str, str], Fake]:
    def letters() -> list[tuple[str, str]]:
        return [(to.partition("<")[2].rstrip(">"), letter.get_content()) for _, to, letter in post.letters]

    def texts() -> list[tuple[str, str]]:
        return [(f"+86{one['PhoneNumbers']}", one["TemplateParam"]) for one in exchange.taken]

    def kept() -> list[tuple[str, str]]:
        return [(one.address, one.text) for one in reversed(outbox.latest())]

    def fail_post(fault: Any) -> None:
        post.faults.update(fault)

    def fail_exchange(fault: Any) -> None:
        exchange.fault = fault

    made = [
        Fake("phone", "sms", {"messages/sms": exchange.document}, texts, fail_exchange),
        Fake("email", "mail", {"messages/mail": post.document}, letters, fail_post),
        Fake("phone", "outbox", {}, kept, lambda _: None),
        Fake("email", "outbox", {}, kept, lambda _: None),
    ]
    return {(one.kind, one.name): one for one in made}


@pytest.fixture
def at_home(engine, monkeypatch, fakes):
    """A shop that has its accounts at these fakes: at_home(fake)."""

    def open_(fake: Fake) -> Fake:
        monkeypatch.setenv("PHONE_CHANNEL" if fake.kind == "phone" else "EMAIL_CHANNEL", fake.name)
        settings.use_secrets(secrets() | fake.secrets)
        outbox.clear()
        return fake

    return open_
