"""Receipts under every fault: whatever comes again, late or in another order, a message has one last word, its address is kept
from once, and what somebody else tells changes nothing."""

from __future__ import annotations

from typing import Any

from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.events import MessagesReported
from chalicelib.records.messages.model import FailedAddress, MessageClaim, SentNumber, SuppressedAddress
from chalicelib.records.messages.receipts import rules
from chalicelib.records.messages.receipts.consumers import worker
from chalicelib.records.messages.receipts.service import folding, taking
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Request
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.fakes.messages import couriers
from tests.hardening.proof.scenario import Scenario, Step, expected
from tests.hardening.proof.shop import Shop
from tests.hardening.proof.trade import relay, ripen

PERSON, PHONE = "U01JZ0000000000000000000000", "13987654321"
DOCUMENT = {"receipts": couriers.SECRET}
LETTERS = {"sender": "shop@post.example", "configuration_set": "shop-mail"}
SECRETS = {"messages/sms": DOCUMENT, "messages/tencent": DOCUMENT, "messages/ses": LETTERS}
CODES = {"delivered": (True, "DELIVERED"), "failed": (False, "UNDELIV"), "bounced": (False, "MK:0001")}


class Counter(Shop):
    """A shop that sent two messages: one by Aliyun, which repeats our name of it, one by Tencent, which has its own."""

    def __init__(self) -> None:
        super().__init__(consumers={"receipts": worker})
        self.secrets = {**self.secrets, **SECRETS}
        with self.standing():
            for occasion in ("a", "b"):
                work = Work(Caller("sender", "worker"), "send")
                (stood,) = claims.held([(PERSON, occasion)])
                message = claims.ClaimedMessage(PERSON, occasion, "code", "service", "")
                claims.claim(message, stood, claims.Judgement("sms"), work)
                work.commit()

    def outcomes(self) -> dict[str, str | None]:
        return {row.occasion: row.receipt for row in self.rows(MessageClaim) if row.part.startswith("sent#")}

    def suppressed(self) -> list[Any]:
        return [row for row in self.rows(SuppressedAddress) if row.part == "suppressed"]


def door(channel: str, body: bytes, token: str = couriers.SECRET) -> Any:
    told = taking.take(channel, token, Request({}, body, {}, "1.2.3.4"), Work(Caller("", "guest"), "receipts"))
    if told.status == 503:
        raise RuntimeError("not taken: the provider comes again")
    return told.status


def tells(outcome: str, token: str = couriers.SECRET, name: str = "") -> Step:
    ok, code = CODES[outcome]
    body = couriers.sms_report(PHONE, f"{PERSON}!a", ok=ok, code=code)
    return Step(name or f"tell {outcome}", lambda stage: door("sms", body, token))


def reports(outcome: str) -> Step:
    ok, code = CODES[outcome]
    return Step(
        f"report {outcome}", lambda stage: door("tencent", couriers.tencent_report(PHONE, "7", ok=ok, code=code))
    )


def folds(outcome: str) -> Step:
    """A worker folds a receipt of its own."""
    told = MessagesReported("sms", [[outcome, f"{PERSON}!a", "B", "", f"key.{outcome}"]], 1)
    return Step(f"fold {outcome}", lambda stage: folding.fold(told, Work(Caller("receipts", "worker"), "fold")))


def hears(kind: str, name: str, reference: str = f"{PERSON}!a", sets: str = "shop-mail", **details: str) -> Step:
    """What SES tells on the account's own bus."""
    told = couriers.letter_event(kind, reference, "buyer@example.com", **details)
    told["mail"]["tags"]["ses:configuration-set"] = [sets]
    event = {"id": f"{kind}|{sets}", "source": "aws.ses", "detail-type": couriers.ON_BUS[kind], "detail": told}
    return Step(name, lambda stage: worker.deliver(event))


def note(stage: Any) -> None:
    folding.note_number("tencent", "7", f"{PERSON}!b", Work(Caller("sender", "worker"), "note"))


def audit(stage: Any, final: bool) -> list[str]:
    gone = stage.suppressed()
    failed = [row for row in stage.rows(FailedAddress) if row.part == "failed"]
    found = [f"F06: an address is kept from {row.times} times" for row in gone if row.times > 1]
    found += [f"F06: one message failed as {len(row.told.split())}" for row in failed if len(row.told.split()) > 1]
    rank = max((rules.RANK[one] for one in stage.notes.get("said", ())), default=0)
    for occasion, outcome in stage.outcomes().items():
        if final and rules.RANK[outcome or ""] < rank and occasion == "a":
            found.append(f"F04: {occasion} is {outcome} in the end")
    return [*found, *(stage.unpublished() if final else [])]


def said(*outcomes: str) -> Any:
    """A shop in which these are told in the end."""

    def build() -> Counter:
        made = Counter()
        made.notes["said"] = outcomes
        return made

    return build


def reaches(suppressed: int, **outcomes: str | None) -> Any:
    def look(stage: Any) -> list[str]:
        found = expected({"suppressed": len(stage.suppressed())}, {"suppressed": suppressed})
        return [*found, *expected(stage.outcomes(), outcomes)]

    return look


def nothing(stage: Any, final: bool) -> list[str]:
    """What somebody else tells writes not a byte."""
    wrote = [
        *stage.rows(Journal),
        *(one for one in stage.rows(SentNumber) if one.part == "number"),
        *stage.suppressed(),
    ]
    return [f"I10: {len(wrote)} rows were written for a stranger"] if wrote or any(stage.outcomes().values()) else []


SCENARIOS = [
    Scenario(
        "receipts.folded",
        said("delivered", "failed", "bounced"),
        [tells("bounced"), relay(), tells("delivered"), tells("failed"), relay("post again")],
        audit,
        settle=lambda stage: stage.settle(),
        rows=("F04", "F06"),
        races=[["tell bounced", "tell delivered"], ["tell delivered", "tell failed"], ["tell delivered", "post"]],
        reaches=reaches(1, a="bounced", b=None),
    ),
    Scenario(
        "receipts.numbered",
        said(),
        [reports("failed"), relay(), Step("note", note), ripen(minutes=6)],
        audit,
        settle=lambda stage: stage.settle(),
        rows=("F06",),
        races=[["report failed", "note"], ["post", "note"]],
        reaches=reaches(0, a=None, b="failed"),
    ),
    Scenario(
        "receipts.raced",
        said("delivered", "bounced"),
        [folds("bounced"), folds("delivered")],
        audit,
        settle=lambda stage: stage.settle(),
        rows=("F04",),
        races=[["fold bounced", "fold delivered"]],
        reaches=reaches(0, a="bounced", b=None),
    ),
    Scenario(
        "receipts.letters",
        said("delivered", "complained"),
        [hears("Delivery", "hear delivered"), hears("Complaint", "hear complained"), hears("Complaint", "hear again")],
        audit,
        settle=lambda stage: stage.settle(),
        rows=("F04", "F06"),
        races=[["hear delivered", "hear complained"], ["hear complained", "hear again"]],
        reaches=reaches(1, a="complained", b=None),
    ),
    Scenario(
        "receipts.of-others",
        said(),
        [hears("Complaint", "hear of another's", sets="another")],
        nothing,
        settle=lambda stage: stage.settle(),
        rows=("I10",),
        reaches=reaches(0, a=None, b=None),
    ),
    Scenario(
        "receipts.forged",
        said(),
        [tells("bounced", token=couriers.SECRET[::-1] + "x", name="forge")],
        nothing,
        settle=lambda stage: stage.settle(),
        rows=("I10",),
        reaches=reaches(0, a=None, b=None),
    ),
]
