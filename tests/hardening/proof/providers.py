"""A payment provider with a state of its own, behind the same hook as AWS.

It keeps what a real one keeps: attempts that a buyer may pay at any moment until they are closed, refunds under the
shop's number, and the money it took. It speaks the adapters' interface, not their wire format (that is tested against
the published vectors); silence, throttling and broken answers reach the product as the adapters' own troubles.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.money import Fen
from chalicelib.records.payments.providers import port
from chalicelib.records.payments.rules import PaymentSnapshot, RefundSnapshot
from tests.hardening.proof.hook import HOOK, Lost, Reply

OK = 200
FRESH = 60  # seconds by which the second of a sending may differ from the time it comes at


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as the provider knows it."""

    amount: int
    state: str = "PENDING"
    refunded: int = 0


class Till:
    """All providers' state: attempts and refunds by number."""

    def __init__(self) -> None:
        self.attempts: dict[str, Attempt] = {}
        self.words: dict[str, Any] = {}  # what was first asked for an attempt
        self.reworded: set[str] = set()  # attempts that were asked for again in other words
        self.refunds: dict[str, tuple[str, int, str]] = {}  # number -> (attempt, fen, state)
        self.deaf = False  # an outage: every call is lost on its way
        self.signer = ""  # the name of a certificate that it signs with now; "" while its key is given by hand
        self.busy = False  # questions about refunds are refused, as when there were too many
        self.unsure = False  # what became of a refund is told by a code that nobody knows
        self.fussy = ""  # every second of a sending is wrong ("late"), or every sending is said to have come "before"
        self.lag = 0  # minutes for which a query knows nothing of a refund
        self.told: dict[
            str, list[tuple[bool, tuple[str, ...]]]
        ] = {}  # of each attempt: (all of it?, waybills), as it came
        self.stubborn = False  # it takes no word of what was sent
        self.shown: dict[str, int] = {}  # from when a query knows of it (epoch ms)

    def snapshot(self) -> Any:
        return {name: copy.copy(value) for name, value in vars(self).items()}

    def restore(self, saved: Any) -> None:
        vars(self).update({name: copy.copy(value) for name, value in saved.items()})

    def buyer_pays(self, number: str, *, closed: bool = False) -> bool:
        """The buyer pays at the provider, who takes the money if the attempt is open there.

        `closed`: the money was on its way already when the attempt was closed.
        """
        attempt = self.attempts.get(number)
        if attempt is None or attempt.state not in (("PENDING", "CLOSED") if closed else ("PENDING",)):
            return False
        self.attempts[number] = replace(attempt, state="PAID")
        return True

    @property
    def captured(self) -> dict[str, Attempt]:
        return {number: attempt for number, attempt in self.attempts.items() if attempt.state == "PAID"}

    def given_back(self, number: str) -> int:
        """What really went back of an attempt, fen."""
        return sum(fen for attempt, fen, state in self.refunds.values() if attempt == number and state == "SUCCEEDED")

    def ends_all(self) -> None:
        """What it has taken to give back goes back, whether or not anybody asks."""
        self.refunds = {
            number: (attempt, fen, "SUCCEEDED" if state == "PROCESSING" else state)
            for number, (attempt, fen, state) in self.refunds.items()
        }

    # -- calls ---------------------------------------------------------------------------------------------------

    def create(self, asked: Mapping[str, Any]) -> Any:
        number = asked["number"]
        known = self.attempts.setdefault(number, Attempt(asked["amount"]))
        if self.words.setdefault(number, asked) != asked:
            self.reworded.add(number)
            return {"trouble": "AlreadyDone"}
        if known.state == "PAID":
            return {"trouble": "AlreadyDone"}
        if known.state == "CLOSED" or known.amount != asked["amount"]:
            return {"trouble": "Declined"}
        return {"url": f"pay://{number}"}

    def query(self, asked: Mapping[str, Any]) -> Any:
        known = self.attempts.get(asked["number"])
        return {"status": "NOT_FOUND"} if known is None else {"status": known.state, "amount": known.amount}

    def close(self, asked: Mapping[str, Any]) -> Any:
        known = self.attempts.get(asked["number"])
        if known is None:
            return {"outcome": "NOT_FOUND"}
        if known.state == "PAID":
            return {"outcome": "ALREADY_PAID"}
        self.attempts[asked["number"]] = replace(known, state="CLOSED")
        return {"outcome": "CLOSED"}

    def refund(self, asked: Mapping[str, Any]) -> Any:
        """A second sending under the number is the first one; where the second of sending is part of the name, it is not."""
        number, attempt, fen = asked["number"], asked["attempt"], asked["amount"]
        if "at" in asked:
            if self.fussy == "before":
                return {"status": "PROCESSING", "code": "12"}
            if self.fussy or abs(asked["now"] // 1000 - asked["at"]) > FRESH:
                return {"trouble": "Untimely"}
            number = f"{number}@{asked['at']}"
            self.shown.setdefault(number, asked["now"] + self.lag * 60_000)
        if number in self.refunds:
            return {"status": self.refunds[number][2]} if self.refunds[number][1] == fen else {"trouble": "Declined"}
        known = self.attempts.get(attempt)
        if known is None or known.state != "PAID" or known.refunded + fen > known.amount:
            return {"trouble": "Declined"}
        self.attempts[attempt] = replace(known, refunded=known.refunded + fen)
        self.refunds[number] = (attempt, fen, "PROCESSING")
        return {"status": "PROCESSING"}

    def shipping(self, asked: Mapping[str, Any]) -> Any:
        told = self.told.get(asked["number"], ())
        return {"waybills": told[-1][1] if told else (), "wholes": sum(whole for whole, _ in told)}

    def report_shipping(self, asked: Mapping[str, Any]) -> Any:
        if self.stubborn:
            return {"trouble": "Declined"}
        self.told[asked["number"]] = [*self.told.get(asked["number"], ()), (asked["whole"], asked["waybills"])]
        return {}

    def query_refund(self, asked: Mapping[str, Any]) -> Any:
        """Asking is what lets a refund end: the provider's own time goes by between the calls."""
        if self.busy:
            return {"trouble": "Declined"}
        if "sent" in asked:
            names = (f"{asked['number']}@{at}" for at in asked["sent"])
            shown = [name for name in names if name in self.refunds and asked["now"] >= self.shown[name]]
            return self.query_refund({"number": shown[-1]}) if shown else {"status": "UNKNOWN"}
        known = self.refunds.get(asked["number"])
        if known is None:
            return {"status": "UNKNOWN"}
        if self.unsure:
            return {"status": "PROCESSING", "amount": known[1], "code": "ZZ"}
        self.refunds[asked["number"]] = (known[0], known[1], "SUCCEEDED")
        return {"status": "SUCCEEDED", "amount": known[1]}


class Provider:
    """`port.PaymentProvider` over a till."""

    def __init__(self, name: str, till: Till, now: Callable[[], datetime], fetched: port.Keyring) -> None:
        self.name, self.dated, self._till, self._now, self._fetched = name, name == "unionpay", till, now, fetched

    def _ask(self, op: str, **asked: Any) -> dict[str, Any]:
        act: Callable[[Mapping[str, Any]], Any] = getattr(self._till, op)
        try:
            reply = HOOK.passing(f"provider:{self.name}", op, asked, lambda: self._effect(act, asked))
        except Lost:
            raise port.Unknown("no answer") from None
        if reply.status == 429:
            raise port.Throttled("throttled")
        if reply.status != OK:
            raise port.ProtocolViolation("broken")
        if not self._known():
            raise port.UnknownSigner(self._till.signer)
        body: dict[str, Any] = reply.body
        if "trouble" in body:
            raise getattr(port, body["trouble"])(body["trouble"])
        return body

    def _effect(self, act: Callable[[Mapping[str, Any]], Any], asked: Mapping[str, Any]) -> Reply:
        if self._till.deaf:
            raise Lost
        return Reply(OK, act(asked))

    def _known(self) -> bool:
        return not self._till.signer or self._fetched.find(self._till.signer) is not None

    def certificates(self) -> list[port.SignerCertificate]:
        dates = (self._now() - timedelta(days=1), self._now() + timedelta(days=365))
        return [port.SignerCertificate(self._till.signer, "PEM", *dates)] if self._till.signer else []

    def own_ends(self) -> list[datetime]:
        return []

    def words(self, a: port.AttemptRequest) -> dict[str, Any]:
        return {"number": a.number, "amount": int(a.amount), "subject": a.subject, "from": a.client_ip}

    def create(self, a: port.AttemptRequest) -> port.CreateResult:
        told = self._ask("create", **self.words(a))
        life = timedelta(minutes=5) if a.client_ip else timedelta(hours=2)
        return port.CreateResult(port.NextAction("qr", told["url"]), self._now() + life)

    def query(self, ref: port.AttemptRef) -> PaymentSnapshot:
        told = self._ask("query", number=ref.number)
        return snapshot(ref.number, told)

    def close(self, ref: port.AttemptRef) -> Any:
        return self._ask("close", number=ref.number)["outcome"]

    def refund(self, r: port.RefundRequest) -> RefundSnapshot:
        second = {"at": millis(r.sent_at) // 1000, "now": millis(self._now())} if self.dated else {}
        told = self._ask("refund", number=r.number, attempt=r.attempt.number, amount=int(r.amount), **second)
        return RefundSnapshot(r.number, told["status"], amount=r.amount, code=told.get("code", ""))

    def query_refund(self, r: port.RefundRef) -> RefundSnapshot:
        sent = [millis(one.at) // 1000 for one in r.sendings]
        told = self._ask(
            "query_refund", number=r.number, **{"sent": sent, "now": millis(self._now())} if self.dated else {}
        )
        amount = Fen(told["amount"]) if "amount" in told else None
        return RefundSnapshot(r.number, told["status"], amount=amount, code=told.get("code", ""))

    def fitting(self, parcels: Sequence[port.ReportedParcel]) -> tuple[port.ReportedParcel, ...]:
        return tuple(parcels)

    def shipping(self, ref: port.AttemptRef) -> port.ShippingStanding:
        told = self._ask("shipping", number=ref.number)
        state: port.ShippingState = "sent" if told["wholes"] else "unsent"
        return port.ShippingStanding(state, frozenset(told["waybills"]), told["wholes"], "payer")

    def report_shipping(self, report: port.ShippingReport, standing: port.ShippingStanding) -> None:
        waybills = tuple(sorted(one.waybill for one in report.parcels))
        self._ask("report_shipping", number=report.number, whole=report.whole, waybills=waybills)

    def parse_notify(self, n: port.RawNotify) -> port.NotifyEvent:
        told = json.loads(n.body)
        if not self._known():
            raise port.SignatureInvalid("unknown")
        if "refund" in told:
            news = RefundSnapshot(told["refund"], told["status"], amount=Fen(told["amount"]))
            return port.NotifyEvent(told["id"], "REFUND", refund=news)
        return port.NotifyEvent(told["id"], "PAYMENT", payment=snapshot(told["number"], told))

    def ack(self, ok: bool) -> port.HttpReply:
        return port.HttpReply(200 if ok else 500, "ok" if ok else "fail")

    def fetch_bill(self, day: date) -> Any:
        raise port.BillEmpty


def snapshot(number: str, told: Mapping[str, Any]) -> PaymentSnapshot:
    amount = Fen(told["amount"]) if "amount" in told else None
    return PaymentSnapshot(number, told["status"], amount=amount, provider_ref=f"T{number}", evidence="proof")
