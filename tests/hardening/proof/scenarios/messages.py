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
from chalicelib.records.identity.accounts.service import accounts, consents, opting_out
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.identity.model import Consent
from chalicelib.records.messages.channels import CHANNELS
from chalicelib.records.messages.channels.port import ABSENT, ARRIVED, UNSURE, ChannelSilent, ChannelThrottled, Message
from chalicelib.records.messages.claims import rules
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.grants.steps import record
from chalicelib.records.messages.model import InboxMessage, MessageClaim, MessageGrant, OfferSpending, Reach
from chalicelib.records.messages.suppressions import service as suppressions
from chalicelib.records.messages.templates import service as templates
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.work import Work
from tests.hardening.proof.hook import HOOK, Hook, Lost, Reply
from tests.hardening.proof.scenario import Scenario, Step, expected
from tests.hardening.proof.shop import Shop, ask

SENDER, CLERK = Caller("sender", "worker"), Caller("clerk", "operator")
SMS, INBOX = "marketing_sms", "marketing_inbox"
KINDS = ("phone", "mini")  # what the line reaches
FEN = 5  # what a text message costs
WORDS = Words("proof", "【集市】proof {what}")


class FakeLine:
    """A provider of text messages: what it was handed under which reference, and whether it can be asked."""

    name = "line"
    local = True

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

    def __init__(self, *agreed: str, askable: bool = True, hours: int = 0, by: str = "phone", **told: str) -> None:
        self.line, self.by = FakeLine(askable=askable), by
        self.told = {"OFFERS_FEN_A_DAY": "100000"} | told
        super().__init__(self.line, consumers={})
        self.wanted: list[Wanted] = []
        self.advance(hours=hours)
        with self.standing():
            self.notes["who"] = self._customer(agreed)

    def _customer(self, agreed: tuple[str, ...]) -> str:
        while True:
            work = Work(Caller("", "guest"), "setup")
            by = [accounts.identifier(self.by, "+8613800138000" if self.by == "phone" else "oBuyer")]
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
            os.environ.update(
                PHONE_CHANNEL="line", MINI_CHANNEL="line", PUBLIC_URL="https://shop.example.com", **self.told
            )
            TEXTS["proof"] = TEXTS.get("proof") or Template("proof", zh=WORDS, en=WORDS)
            for kind in KINDS:
                CHANNELS[kind]["line"] = self.line  # type: ignore[assignment]  # it is asked as a channel is
            try:
                yield hook
            finally:
                for kind in KINDS:
                    del CHANNELS[kind]["line"]
                del TEXTS["proof"]

    def want(self, occasion: str, purpose: str) -> Wanted:
        template = self.notes.get("template", "proof")
        by = ("mini",) if self.by == "wechat" else ()
        return Wanted(self.notes["who"], occasion, template, purpose, {"what": occasion}, by, campaign="spring")


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


def writes(stage: Any) -> Any:
    """A text is stored and published; from then on it is what is sent."""
    document = {
        "purpose": "marketing",
        "zh": ["proof", "【集市】proof {what} 拒收请回复R"],
        "en": ["proof", "[Jishi] proof {what}. Reply R to stop"],
        "lengths": {"what": 5},
        "code": "SMS_1",
        "approval": "approved",
    }
    stored = ask(CLERK, "POST templates", templates.add, "stored", document, key="stored", asked="stored")
    told = ask(CLERK, "PUT publication", templates.publish, "stored", 1)
    stage.notes["template"] = "stored"
    return [stored, told]


def seldom(stage: Any) -> Any:
    return ask(
        Caller(stage.notes["who"], "customer"), "PUT pace", claims.set_pace, "weekly", raced=(rules.ReachChanged,)
    )


def clicks(stage: Any) -> Any:
    token = opting_out.link(stage.notes["who"], SMS).partition("token=")[2]
    return ask(ANYONE, "POST unsubscribe", opting_out.withdraw, token)


def grants(stage: Any) -> Any:
    who = Caller(stage.notes["who"], "customer")
    return ask(who, "POST grant", lambda work: work.add(record(who.id, "proof", work.now)), key="grant", asked="proof")


def forgets(stage: Any) -> None:
    claims.forget(stage.notes["who"], Work(SENDER, "erasing"))
    stage.notes["wanted"] = {}


def settle(stage: Any) -> None:
    """Whoever wants a message comes again until it has ended, a day at most."""
    stage.line.mood = ""
    for _ in range(4):
        stage.advance(hours=6)
        for occasion, purpose in stage.notes.get("wanted", {}).items():
            send_all([stage.want(occasion, purpose)], Work(SENDER, "send"))


def kept(stage: Any, model: Any, part: str) -> list[Any]:
    """The rows of a kind: several lie in one table."""
    rows = stage.cloud.engine.rows(model.Meta.table_name)
    return [model.from_raw_data(item) for item in rows if item["r"]["S"].startswith(part)]


def audit(stage: Any, final: bool) -> list[str]:
    line, who = stage.line, stage.notes["who"]
    rows = kept(stage, MessageClaim, "sent#")
    lying = kept(stage, InboxMessage, "inbox#")
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
    return next((row.days for row in kept(stage, Reach, "reach")), None)


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


def audit_grants(stage: Any, final: bool) -> list[str]:
    """One grant is one message at most, whoever sends and however it ends."""
    left = sum(row.left for row in kept(stage, MessageGrant, "grant#"))
    found = [f"S36: {left} grants are left"] if left < 0 else []
    if left + len(stage.line.came) > 1:
        found.append(f"S36: of one grant {left} are left, and {len(stage.line.came)} messages came")
    if final:
        rows = kept(stage, MessageClaim, "sent#")
        found += [f"S36: {row.occasion} is {row.state}" for row in rows if row.state not in rules.ENDED]
    return found


def audit_money(stage: Any, final: bool) -> list[str]:
    """No day costs more than it may, and what is told of it is at least what it cost."""
    gone = [
        row
        for row in kept(stage, MessageClaim, "sent#")
        if row.way == "sms" and row.state in (rules.CLAIMED, rules.SENT, rules.UNKNOWN)
    ]
    days = {row.owner: row.fen for row in kept(stage, OfferSpending, "spent")}
    found = [f"S36: {fen} fen are spent on {day}" for day, fen in days.items() if not 0 <= fen <= FEN]
    for day in {row.counted for row in gone}:
        cost = FEN * sum(row.counted == day for row in gone)
        if cost > min(FEN, days.get(f"spent#{day}", 0)):
            found.append(f"S36: offers cost {cost} fen on {day}")
    return found


def reaching(**wanted: str) -> Any:
    """The states that an undisturbed run comes to, by occasion."""

    def reaches(stage: Any) -> list[str]:
        rows = {one.occasion: one.state for one in kept(stage, MessageClaim, "sent#")}
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
    Scenario(
        "messages.chosen",
        lambda: Street(SMS),
        [
            Step("write", writes, moody=True),
            sends("a"),
            Step("seldom", seldom, moody=True),
            sends("b", hours=24),
            Step("click", clicks, moody=True),
            sends("c", hours=240),
        ],
        audit,
        settle=settle,
        rows=("S36", "E74", "E76"),
        races=[["write", "write"], ["send a", "seldom"], ["seldom", "send b"], ["click", "send c"]],
        reaches=reaching(a="sent", b="suppressed", c="suppressed"),
    ),
    Scenario(
        "messages.granted",
        lambda: Street(askable=False, by="wechat"),
        [
            Step("grant", grants),
            line("busy"),
            sends("a", "service"),
            line(),
            sends("b", "service"),
            sends("a", "service", name="send a again", hours=24),
        ],
        audit_grants,
        settle=settle,
        rows=("S36",),
        races=[["send a", "send b"], ["send b", "send a again"]],
        reaches=reaching(a="suppressed", b="sent"),
    ),
    Scenario(
        "messages.dear",
        lambda: Street(SMS, OFFERS_FEN_A_DAY=f"{FEN}", OFFERS_A_DAY="9", OFFERS_A_WEEK="9"),
        [line("busy"), sends("a"), line(), sends("b"), sends("c")],
        audit_money,
        settle=settle,
        rows=("S36",),
        races=[["send a", "send b"], ["send b", "send c"]],
        reaches=reaching(a="suppressed", b="sent", c="suppressed"),
    ),
    Scenario(
        "messages.forgotten",
        lambda: Street(SMS, INBOX),
        [sends("a"), Step("forget", forgets, moody=True)],
        lambda stage, final: ["S38: something is left"] if final and _left(stage) else [],
        settle=lambda stage: forgets(stage),
        rows=("S36",),
        reaches=lambda stage: [],
    ),
]


def _left(stage: Any) -> bool:
    return any(item["k"]["S"] == stage.notes["who"] for item in stage.cloud.engine.rows(OfferSpending.Meta.table_name))
