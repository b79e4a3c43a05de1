"""Fakes: the other side of each channel, with how it is made to fail and where its messages are seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.records.identity.access.texts import CODE
from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.channels.port import Message
from chalicelib.records.messages.service import CHOSEN
from chalicelib.runtime import clients, settings
from tests.fakes.messages.exchange import Exchange
from tests.fakes.messages.post_office import PostOffice
from tests.fakes.messages.ses import Ses
from tests.fakes.messages.tencent import Tencent
from tests.fakes.messages.weixin import Weixin
from tests.support import memories
from tests.support.world import secrets

ADDRESSES = {
    "phone": "+8613987654321", "email": "canary.bird@example.com", "wechat": "oCanaryOfficial", "mini": "oCanaryMini",
    "wecom": "canary", "group": "canary/wrGroup",
}  # fmt: skip


def message(kind: str, what: str = "code", language: str = "zh", code: str = "428913", reference: str = "") -> Message:
    return Message(
        what,
        kind,
        ADDRESSES[kind],
        language,
        {"code": code} if code else {},
        CODE.words(language).subject,
        f"text with {code}",
        reference=reference,
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
def tencent(clock):
    made = Tencent()
    made.now = clock.now()
    yield made
    made.close()


@pytest.fixture
def weixin():
    made = Weixin()
    yield made
    made.close()


@pytest.fixture
def ses(monkeypatch):
    made = Ses()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", made.url)
    clients._clients.pop("sesv2", None)
    yield made
    made.close()
    clients._clients.pop("sesv2", None)


@pytest.fixture
def told(clock):
    """Put secret documents in place: told(**{name: document})."""
    memories.forget()
    own = secrets()
    yield lambda documents: settings.use_secrets(own | documents)
    settings.use_secrets(None)


@pytest.fixture
def fakes(post, exchange, tencent, ses, weixin) -> dict[tuple[str, str], Fake]:
    def letters() -> list[tuple[str, str]]:
        return [(to.partition("<")[2].rstrip(">"), letter.get_content()) for _, to, letter in post.letters]

    def texts() -> list[tuple[str, str]]:
        return [(f"+86{one['PhoneNumbers']}", one["TemplateParam"]) for one in exchange.taken]

    def desk(made: Any) -> Callable[[], list[tuple[str, str]]]:
        return lambda: list(made.taken)

    def failing(made: Any) -> Callable[[Any], None]:
        return lambda fault: setattr(made, "fault", fault)

    def kept() -> list[tuple[str, str]]:
        return [(one.address, one.text) for one in reversed(outbox.latest())]

    def fail_post(fault: Any) -> None:
        post.faults.update(fault)

    def fail_exchange(fault: Any) -> None:
        exchange.fault = fault

    made = [
        Fake("phone", "sms", {"messages/sms": exchange.document}, texts, fail_exchange),
        Fake("email", "mail", {"messages/mail": post.document}, letters, fail_post),
        Fake("phone", "tencent", {"messages/tencent": tencent.document}, desk(tencent), failing(tencent)),
        Fake("email", "ses", {"messages/ses": ses.document}, desk(ses), failing(ses)),
        Fake("wechat", "wechat", {"messages/wechat": weixin.official()}, desk(weixin), failing(weixin)),
        Fake("mini", "mini", {"messages/mini": weixin.mini()}, desk(weixin), failing(weixin)),
        Fake("wecom", "wecom", {"messages/wecom": weixin.wecom()}, desk(weixin), failing(weixin)),
        Fake("group", "wecom", {"messages/wecom": weixin.wecom()}, desk(weixin), failing(weixin)),
        *(Fake(kind, "outbox", {}, kept, lambda _: None) for kind in ADDRESSES),
    ]
    return {(one.kind, one.name): one for one in made}


@pytest.fixture
def at_home(engine, monkeypatch, fakes):
    """A shop that has its accounts at these fakes: at_home(fake)."""

    def open_(fake: Fake) -> Fake:
        if fake.kind in CHOSEN:
            monkeypatch.setenv(CHOSEN[fake.kind], fake.name)
        settings.use_secrets(secrets() | fake.secrets)
        outbox.clear()
        return fake

    return open_
