"""Messages under every fault: an offer comes at most once, a notice of service at least once, each ends with one outcome, and
no day holds more offers than it may, whoever else sends, withdraws or changes their mind meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from chalicelib.kernel import holdout
from chalicelib.kernel.messages import TEXTS, Template, Words
from chalicelib.processes.notifying.service import Wanted, send_all
from chalicelib.records.identity.accounts.service import accounts, consents
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.identity.model import Consent
from chalicelib.records.messages.channels import CHANNELS
from chalicelib.records.messages.channels.port import ABSENT, ARRIVED, UNSURE, ChannelSilent, ChannelThrottled, Message
from chalicelib.records.messages.claims import rules
from chalicelib.records.messages.model import InboxMessage, MessageClaim, Reach
from chalicelib.records.messages.suppressions import service as suppressions
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.hardening.proof.hook import HOOK, Hook, Lost, Reply
from tests.hardening.proof.scenario import Scenario, Step, expected
from tests.hardening.proof.shop import Shop, ask

SENDER, CLERK = Caller("sender", "worker"), Caller("clerk", "operator")
SMS, INBOX = "marketing_sms", "marketing_inbox"
WORDS = Words("proof", "【集市】proof {what}")


class FakeLine:
    """A provider of text messages: what it was handed under which reference, and whether it can be asked."""

    name = "line"

    def __init__(self, *, askable: bool) -> None:
        self.askable = askable
        self.came: list[str] = []
        self.mood = ""  # silent, busy, or well

    def snapshot(self) -> Any:
        return list(self.came), self.mood

    def restore(self, saved: Any) -> None:
        came, self.mood = saved
        self.came = list(came)

    def asks(self) -> bool:
        return self.askable

    def deliver(self, message: Message) -> None:
        def effect() -> Reply:
            if self.mood != "busy":
                self.came.append(message.reference)
            return Reply(200, None)

        try:
            reply = HOOK.passing("provider:line", "deliver", message.reference, effect)
        except Lost:
            raise ChannelSilent("lost") from None
        if reply.status != 200:
            raise ChannelThrottled(str(reply.status))
        if self.mood:
            raise {"silent": ChannelSilent, "busy": ChannelThrottled}[self.mood](self.mood)

    def enquire(self, message: Message, since: datetime) -> str:
        told = [ABSENT]

        def effect() -> Reply:
            told[0] = ARRIVED if message.reference in self.came else ABSENT
            return Reply(200, None)

        try:
            reply = HOOK.passing("provider:line", "enquire", message.reference, effect)
        except Lost:
            return UNSURE
        return told[0] if reply.status == 200 else UNSURE

    def times(self, who: str, occasion: str) -> int:
        return self.came.count(rules.reference(who, occasion))


class Street(Shop):
    """A shop whose messages go over one line; one customer who agreed to offers by text message, or in the inbox."""

    def __init__(self, *agreed: str, askable: bool = True, hours: int = 0) -> None:
        self.line = FakeLine(askable=askable)
        super().__init__(self.line, consumers={})
        self.wanted: list[Wanted] = []
        self.advance(hours=hours)
        with self.standing():
            self.notes["who"] = self._customer(agreed)

    def _customer(self, agreed: tuple[str, ...]) -> str:
        while True:
            work = Work(Caller("", "guest"), "setup")
            by = [accounts.identifier("phone", "+8613800138000")]
            row = accounts.new_account("U", by, ["customer"], work)
            if not (holdout.in_control(row.owner, 2026) or holdout.in_holdout(row.owner, "spring")):
                break
        work.add(*open_account(row, by))
        for purpose in agreed:
            consents.record(row.owner, purpose, True, "2026-01", work)
        work.commit()
        return str(row.owner)

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        with super().standing() as hook:
            os.environ.update(PHONE_CHANNEL="line", PUBLIC_URL="https://shop.example.com")
            TEXTS["proof"] = TEXTS.get("proof") or Template("proof", zh=WORDS, en=WORDS)
            CHANNELS["phone"]["line"] = self.line  # type: ignore[assignment]  # it is asked as a channel is
            try:
                yield hook
            finally:
                del CHANNELS["phone"]["line"]
                del TEXTS["proof"]

    def want(self, occasion: str, purpose: str) -> Wanted:
        return Wanted(self.notes["who"], occasion, "proof", purpose, {"what": occasion}, campaign="spring")


def sends(occasion: str, purpose: str = "marketing", name: str = "", **later: float) -> Step:
    """A sender comes by a message, after so much time."""

    def act(stage: Any) -> Any:
        stage.advance(**later)
        stage.notes.setdefault("wanted", {})[occasion] = purpose
        (told,) = send_all([stage.want(occasion, purpose)], Work(SENDER, "send"))
        return told.state

    return Step(name or f"send {occasion}", act, moody=True)


def line(mood: str = "") -> Step:
    """From now on the line takes what it is handed and says nothing (silent), takes nothing (busy), or is well."""

    def act(stage: Any) -> None:
        stage.line.mood = mood

    return Step(mood or "well", act)


def consent(granted: bool) -> Step:
    def act(stage: Any) -> Any:
        who = stage.notes["who"]
        return ask(Caller(who, "customer"), "PUT consent", consents.change, SMS, granted, "2026-01")

    return Step("agree" if granted else "withdraw", act)


def suppressing(*, lift: bool = False) -> Step:
    def act(stage: Any) -> Any:
        mark = suppressions.mark("phone", "+8613800138000")
        if lift:
            return ask(CLERK, "lift", suppressions.lift, mark, "mistake")
        return ask(CLERK, "suppress", suppressions.suppress, mark, "complaint", key="complaint", asked=mark)

    return Step("lift" if lift else "suppress", act, moody=True)


def settle(stage: Any) -> None:
    """Whoever wants a message comes again until it has ended, a day at most."""
    stage.line.mood = ""
    for _ in range(4):
        stage.advance(hours=6)
        for occasion, purpose in stage.notes.get("wanted", {}).items():
            send_all([stage.want(occasion, purpose)], Work(SENDER, "send"))


def audit(stage: Any, final: bool) -> list[str]:
    line, who = stage.line, stage.notes["who"]
    rows = [one for one in stage.rows(MessageClaim) if one.part.startswith("sent#")]
    lying = [one for one in stage.rows(InboxMessage) if one.part.startswith("inbox#")]
    found = [
        f"E73: an offer for {row.occasion} came {line.times(who, row.occasion)} times"
        for row in rows
        if row.purpose == "marketing" and line.times(who, row.occasion) > 1
    ]
    found += [
        f"E73: {row.occasion} lies in the inbox twice"
        for row in rows
        if sum(one.occasion == row.occasion for one in lying) > 1
    ]
    gone = [
        row for row in rows if row.purpose == "marketing" and row.state in (rules.CLAIMED, rules.SENT, rules.UNKNOWN)
    ]
    for day in {row.counted for row in gone}:
        if sum(row.counted == day for row in gone) > 1:
            found.append(f"E76: more than one offer on {day}")
    counted = sum(rules.counts(_reach(stage)).values())
    if counted != len(gone):
        found.append(f"E76: {counted} offers are counted, {len(gone)} went out")
    found += _after_withdrawal(stage)
    if final:
        found += _ended(stage, rows, lying)
    return found


def _reach(stage: Any) -> str | None:
    return next((row.days for row in stage.rows(Reach) if row.part == "reach"), None)


def _ended(stage: Any, rows: list[Any], lying: list[Any]) -> list[str]:
    line, who = stage.line, stage.notes["who"]
    found = [f"S36: {row.occasion} is {row.state}" for row in rows if row.state not in rules.ENDED]
    found += [
        f"S36: nothing became of {one}"
        for one in stage.notes.get("wanted", {})
        if one not in {r.occasion for r in rows}
    ]
    for row in rows:
        came = line.times(who, row.occasion) + sum(one.occasion == row.occasion for one in lying)
        if row.state == rules.SENT and not came:
            found.append(f"E73: {row.occasion} was never sent")
        if row.state in (rules.SUPPRESSED, rules.FAILED) and came:
            found.append(f"E73: {row.occasion} came and is {row.state}")
        if row.state == rules.UNKNOWN and (row.purpose == "service" or line.askable):
            found.append(f"E73: nobody asked what became of {row.occasion}")
    return found


def _after_withdrawal(stage: Any) -> list[str]:
    """No claim of an offer was written after its consent was withdrawn."""
    withdrawn, found = False, []
    for written in stage.cloud.engine.log:
        row = written.new or {}
        if written.table == Consent.Meta.table_name and row.get("r", {}).get("S") == f"consent#{SMS}":
            withdrawn = row["y"]["N"] == "0"
        claimed = written.table == MessageClaim.Meta.table_name and row.get("s", {}).get("S") == rules.CLAIMED
        if claimed and withdrawn and row["p"]["S"] == "marketing" and row["y"]["S"] == "sms":
            found.append(f"E74: {row['r']['S']} was taken up after the consent was withdrawn")
    return found


def reaching(**wanted: str) -> Any:
    """The states that an undisturbed run comes to, by occasion."""

    def reaches(stage: Any) -> list[str]:
        rows = {one.occasion: one.state for one in stage.rows(MessageClaim) if one.part.startswith("sent#")}
        return expected(rows, wanted)

    return reaches


SCENARIOS = [
    Scenario(
        "messages.asked",
        lambda: Street(SMS),
        [line("silent"), sends("a"), line(), sends("a", name="send a again", minutes=6)],
        audit,
        settle=settle,
        rows=("E73", "S36"),
        races=[["send a", "send a again"]],
        reaches=reaching(a="sent"),
    ),
    Scenario(
        "messages.unasked",
        lambda: Street(SMS, askable=False),
        [line("silent"), sends("a"), line(), sends("a", name="send a again", minutes=6)],
        audit,
        settle=settle,
        rows=("E73",),
        races=[["send a", "send a again"]],
        reaches=reaching(a="unknown"),
    ),
    Scenario(
        "messages.service",
        lambda: Street(askable=False),
        [
            line("silent"),
            sends("a", "service"),
            line(),
            sends("a", "service", name="send a again", minutes=6),
        ],
        audit,
        settle=settle,
        rows=("E73",),
        races=[["send a", "send a again"]],
        reaches=reaching(a="sent"),
    ),
    Scenario(
        "messages.throttled",
        lambda: Street(SMS),
        [line("busy"), sends("a"), line(), sends("b"), sends("a", name="send a again", hours=24)],
        audit,
        settle=settle,
        rows=("E76",),
        races=[["send a", "send b"]],
        reaches=reaching(a="sent", b="sent"),
    ),
    Scenario(
        "messages.capped",
        lambda: Street(SMS, INBOX),
        [sends("a"), sends("b")],
        audit,
        settle=settle,
        rows=("E76",),
        races=[["send a", "send b"]],
        reaches=reaching(a="sent", b="suppressed"),
    ),
    Scenario(
        "messages.inbox",
        lambda: Street(INBOX),
        [sends("a"), sends("a", name="send a again", minutes=6)],
        audit,
        settle=settle,
        rows=("E73",),
        races=[["send a", "send a again"]],
        reaches=reaching(a="sent"),
    ),
    Scenario(
        "messages.withdrawn",
        lambda: Street(SMS),
        [consent(granted=True), sends("a"), consent(granted=False), sends("b", hours=24)],
        audit,
        settle=settle,
        rows=("E74", "S36"),
        races=[["send a", "withdraw"]],
        reaches=reaching(a="sent", b="suppressed"),
    ),
    Scenario(
        "messages.suppressed",
        lambda: Street(SMS),
        [suppressing(), sends("a"), suppressing(lift=True), sends("b")],
        audit,
        settle=settle,
        rows=("S36",),
        races=[["suppress", "send a"], ["suppress", "lift"]],
        reaches=reaching(a="suppressed", b="sent"),
    ),
    Scenario(
        "messages.night",
        lambda: Street(SMS, hours=12),
        [sends("a"), consent(granted=False), sends("a", name="send a at eight", hours=9)],
        audit,
        settle=settle,
        rows=("E75",),
        races=[["withdraw", "send a at eight"]],
        reaches=reaching(a="suppressed"),
    ),
]
