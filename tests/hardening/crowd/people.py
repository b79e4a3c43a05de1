"""A shop with a crowd: who they are, what they agreed to, when they are due; and a line that remembers when it sent what."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.processes.campaigns import consumers
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.service import planning
from chalicelib.records.coupons.service import templates
from chalicelib.records.identity.accounts.service import accounts, consents
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.messages.channels import CHANNELS
from chalicelib.records.messages.channels.port import ABSENT, ARRIVED, UNSURE, ChannelSilent, Message
from chalicelib.records.messages.model import REACH, Reach
from chalicelib.records.messages.suppressions import service as suppressions
from chalicelib.records.touches import steps as touches
from chalicelib.runtime import clients, table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import Step
from chalicelib.runtime.work import Work
from tests.hardening.crowd.near import NearClient
from tests.hardening.proof.hook import HOOK, Hook, Lost, Reply
from tests.hardening.proof.scenario import START
from tests.hardening.proof.shop import Shop
from tests.records.coupons.wallets import terms

CLERK = Caller("A01KJPB7WG0000000000000000A", "staff")
NAME, SPRING = "come_back", "spring#1"
SILENT = timedelta(days=30, hours=1)
SMS, INBOX = "marketing_sms", "marketing_inbox"
FIRST, SPREAD = timedelta(hours=8), timedelta(hours=4)  # from 20:00 to midnight, the later half in the quiet hours
KINDS = {"sms": 50, "inbox": 15, "both": 10, "none": 5, "suppressed": 5, "full": 5, "back": 10}  # of a hundred
AGREED = {"inbox": (INBOX,), "both": (SMS, INBOX), "none": ()}


class Person(NamedTuple):
    """Somebody: what is special about them, and when they are due."""

    id: str
    kind: str
    due: datetime

    @property
    def occasion(self) -> str:
        """The silence that they are met for."""
        return str(int((self.due - SILENT).timestamp()))


class Line:
    """A provider of text messages that can be asked, and remembers when it delivered what."""

    name = "line"

    def __init__(self, now: Shop) -> None:
        self.now = now
        self.came: dict[str, list[datetime]] = {}
        self.forgets = False  # a provider that lies, for the test of the audit

    def asks(self) -> bool:
        return True

    def deliver(self, message: Message) -> None:
        def effect() -> Reply:
            self.came.setdefault(message.reference, []).append(self.now.now())
            return Reply(200, None)

        try:
            HOOK.passing("provider:line", "deliver", message.reference, effect)
        except Lost:
            raise ChannelSilent("lost") from None

    def enquire(self, message: Message, since: datetime) -> str:
        try:
            HOOK.passing("provider:line", "enquire", message.reference, lambda: Reply(200, None))
        except Lost:
            return UNSURE
        return ARRIVED if message.reference in self.came and not self.forgets else ABSENT


class Crowd(Shop):
    """The shop, its journey with a pack, and so many people, at whom nobody has looked yet."""

    def __init__(self, count: int, seed: int = 1, first: timedelta = FIRST, spread: timedelta = SPREAD) -> None:
        super().__init__(consumers={one.name: one for one in (consumers.worker, sending.worker)})
        self.line = Line(self)
        self.random = random.Random(seed)  # so that a run can be repeated
        with self.standing():
            self._plan()
            self.people = [self._join(number, START + first + spread * number / count) for number in range(count)]
        self.forget_the_past()

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        with super().standing() as hook:
            os.environ.update(PHONE_CHANNEL="line", PUBLIC_URL="https://shop.example.com")
            CHANNELS["phone"]["line"] = self.line  # type: ignore[assignment]  # it is asked as a channel is
            wired = clients.client("dynamodb")
            clients._clients["dynamodb"] = NearClient(self.cloud.engine)
            try:
                yield hook
            finally:
                clients._clients["dynamodb"] = wired
                del CHANNELS["phone"]["line"]

    def forget_the_past(self) -> None:
        """What no later call looks at: the order of writes, tokens of transactions, and what the bus has carried."""
        self.cloud.engine.log.clear()
        self.cloud.engine.tokens.clear()
        del self.cloud.bus[: self.post.routed]
        self.post.routed = self.post.streamed = 0

    def _plan(self) -> None:
        work = Work(CLERK, "setup")
        template = templates.add(terms(total=None, public=False), work)
        work.commit()
        plan = planning.shipped()["return_pack"]
        for act in (
            lambda own: templates.move(template, 1, "open", own),
            lambda own: planning.plan(NAME, 0, {**plan, "steps": [{**plan["steps"][0], "gift": [template]}]}, own),
            lambda own: planning.move(NAME, "start", own),
        ):
            work = Work(CLERK, "setup")
            act(work)
            work.commit()

    def _join(self, number: int, due: datetime) -> Person:
        (kind,) = self.random.choices([*KINDS], [*KINDS.values()])
        due = due.replace(microsecond=0)
        self.voice = f"joins {number}"
        work = Work(Caller("", "guest"), "setup")
        by = [accounts.identifier("phone", f"+86139{number:08d}")]
        row = accounts.new_account("U", by, ["customer"], work)
        came = due - SILENT + (timedelta(days=3) if kind == "back" else timedelta())
        row.seen_at = int(came.timestamp())
        work.add(*open_account(row, by), *touches.arm("silence", row.owner, due))
        for purpose in AGREED.get(kind, (SMS,)):
            consents.record(row.owner, purpose, True, "2026-01", work)
        if kind == "suppressed":
            suppressions.suppress(suppressions.mark("phone", f"+86139{number:08d}"), "complaint", work)
        if kind == "full":
            work.add(_full(row.owner))
        work.commit()
        return Person(str(row.owner), kind, due)


def _full(person: str) -> Step:
    """They had three offers in the last days."""
    days = " ".join(f"{START - timedelta(days=ago):%Y%m%d}:1" for ago in (3, 2, 1))
    return table.put(Reach(person, REACH, version=1, days=days))
