"""What every provider does with its book alike: open, pay, close, give back, and owe the merchant a notice for it.

The providers word it (`Provider`), the till counts it: a payment is paid once, and no more goes back than came in.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .book import CLOSED, OPEN, PAID, PROCESSING, SUCCESS, Book, Notice, Payment, Refund
from .faults import Faults
from .keys import Keys
from .wire import Clock, Reply, Request

PROVIDERS = ("wechat", "alipay", "unionpay")


class Refused(Exception):
    """The till says no; `code` is its own word for the reason, each provider has another."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Provider(Protocol):
    """One payment provider at the counter."""

    @property
    def name(self) -> str: ...

    @property
    def retries(self) -> tuple[float, ...]:
        """Seconds between the deliveries of a notice that is not accepted."""

    @property
    def patience(self) -> float:
        """Seconds it waits for the merchant's answer."""

    @property
    def settling(self) -> float:
        """Seconds until a refund has gone through."""

    def describe(self, request: Request) -> tuple[str, str]:
        """Name the call and the number it is about, without believing a word of it."""

    def handle(self, request: Request) -> Reply | None:
        """Answer a call, or None when the path is not this provider's."""

    def broken(self, request: Request, status: int) -> Reply:
        """Say that the system is down (503, 500) or too busy (429), unsigned."""

    def refuse(self, request: Request, code: str) -> Reply:
        """Say no with this code, signed as other noes are."""

    def spoil(self, reply: Reply) -> Reply:
        """Put somebody else's signature on an answer."""

    def notice(self, payment: Payment, refund: Refund | None) -> dict[str, Any]:
        """Word what has happened, unsigned."""

    def pack(self, notice: Notice, twists: set[str]) -> tuple[dict[str, str], bytes]:
        """Sign a notice for one delivery; `twists` are the faults that bend it."""

    def accepted(self, status: int, body: bytes) -> bool:
        """Tell whether this answer ends the deliveries."""

    def way_back(self, payment: Payment) -> tuple[str, str, Mapping[str, str]] | None:
        """Return method, address and fields that lead the payer back to the shop."""


@dataclass(slots=True)
class Till:
    book: Book
    clock: Clock
    keys: Keys
    faults: Faults
    speedup: float
    url: str = ""
    modes: dict[str, str] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    wake: threading.Event = field(default_factory=threading.Event)

    def cashier(self, payment: Payment) -> str:
        return f"{self.url}/cashier/{payment.provider}/{payment.token}"

    def open(self, provider: str, number: str, kind: str, amount: int, **more: Any) -> Payment:
        """Write a new payment; the provider has made sure that the number is free."""
        with self.book as book:
            serial = book.count(f"{provider} trades")
            payment = Payment(
                provider, number, book.luck("token", provider, number, length=20), kind, amount, state=OPEN,
                trade_no=_trade_no(provider, serial, book), created=self.clock.now(),
                **({"subject": "", "notify_url": "", "return_url": "", "asked": {}, "extra": {}} | more),
            )  # fmt: skip
            book.put(payment)
        return payment

    def pay(self, payment: Payment, *, times: int = 1, late: bool = False) -> Payment:
        """Take the money once and owe `times` notices, each with an id of its own.

        `late` pays although the payment is closed or overdue, as a payer can who was quicker than the closing.
        """
        with self.book as book:
            payment = book.payment(payment.provider, payment.number) or payment
            if payment.state == PAID:
                raise Refused("paid")
            if payment.state == CLOSED and not late:
                raise Refused("closed")
            if payment.expires is not None and payment.expires <= self.clock.now() and not late:
                raise Refused("expired")
            payer = payment.extra.get("payer") or "o" + book.luck("payer", payment.number, length=27)
            paid = replace(payment, state=PAID, paid=self.clock.now(), extra=payment.extra | {"payer": payer})
            book.put(paid)
            for _ in range(times):
                self.owe(paid, None)
        return paid

    def fail(self, payment: Payment) -> Payment:
        """Note a payer's failed attempt; the payment stays open and may be tried again."""

        def tried(payment: Payment) -> Payment:
            if payment.state != OPEN:
                raise Refused(payment.state)
            return replace(payment, extra=payment.extra | {"failed": payment.extra.get("failed", 0) + 1})

        return self.book.change(payment, tried)

    def close(self, payment: Payment) -> Payment:
        def shut(payment: Payment) -> Payment:
            if payment.state == PAID:
                raise Refused("paid")
            return replace(payment, state=CLOSED, closed=payment.closed or self.clock.now())

        return self.book.change(payment, shut)

    def give_back(self, payment: Payment, refund_no: str, amount: int, **more: Any) -> Refund:
        """Write a refund on its way; refuses what was not paid and what is more than is left."""
        provider = self.providers[payment.provider]
        with self.book as book:
            if payment.state != PAID:
                raise Refused("unpaid")
            if amount > payment.amount - book.refunded(payment):
                raise Refused("too_much")
            if self.faults.take("not_enough", payment.provider, payment.number, "refund"):
                raise Refused("not_enough")
            now = self.clock.now()
            refund = Refund(
                payment.provider,
                payment.number,
                refund_no,
                settles=now + provider.settling / self.speedup,
                refund_id=_trade_no(payment.provider, book.count(f"{payment.provider} trades"), book, "5"),
                amount=amount,
                state=PROCESSING,
                created=now,
                **({"notify_url": "", "extra": {}} | more),
            )
            book.put(refund)
        self.wake.set()
        return refund

    def settle(self) -> None:
        """End every refund whose time has come, and owe its notice."""
        with self.book as book:
            for refund in book.unsettled(self.clock.now()):
                payment = book.payment(refund.provider, refund.number)
                if payment is None:
                    continue
                outcome = self.faults.take("refund_outcome", refund.provider, refund.number) or SUCCESS
                done = replace(refund, state=str(outcome).lower(), done=self.clock.now())
                book.put(done)
                if done.state == SUCCESS or refund.provider == "wechat":
                    self.owe(payment, done)

    def owe(self, payment: Payment, refund: Refund | None) -> None:
        """Write a notice, due now (or later when `delay` says so)."""
        own = refund is not None and payment.provider != "alipay"  # Alipay tells refunds where it tells payments
        url = refund.notify_url if refund is not None and own else payment.notify_url
        if not url:
            return
        with self.book as book:
            now = self.clock.now()
            held = float(self.faults.take("delay", payment.provider, payment.number) or 0)
            notice_id = book.luck("notice", book.count("notices"))
            message = self.providers[payment.provider].notice(payment, refund)
            about = (payment.provider, payment.number, refund.refund_no if refund else "")
            book.put(Notice(None, *about, notice_id, url, message, now, now + held, 0, "waiting", []))
        self.wake.set()


def _trade_no(provider: str, serial: int, book: Book, lead: str = "4") -> str:
    """Make a number that looks like this provider's own and never comes twice."""
    tail = f"{int(book.luck('trade', provider, serial, length=8), 16) % 10**6:06d}"
    width = {"wechat": 28, "alipay": 28, "unionpay": 21}[provider]
    return lead + f"{serial:0{width - 7}d}" + tail
