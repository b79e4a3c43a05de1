"""Toy Pay's own counter: the other side of the toy's adapter, as the other fakes are of theirs."""

import json
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature

from chalicelib.records.payments.providers.port import RawNotify
from tests.fakes.payments.common import Fake, Trade, fresh_key, pem_private, pem_public, sign, verify
from tests.fakes.payments.wechat import scratched

AT = "2026-11-23 12:00:00"
BILLED = "2026-11-22 12:00:00"


class FakeToy(Fake):
    name, host, method = "toy", "https://toy.test", "tin"
    taken, again = (200, "thanks"), (500, "again")

    def __init__(self):
        super().__init__()
        self.merchant, self.platform = fresh_key("toy merchant"), fresh_key("toy platform")
        self.config = {
            "base_url": self.host, "merchant": "M-1", "private_key": pem_private(self.merchant),
            "toy_key": pem_public(self.platform),
        }  # fmt: skip

    def answer(self, method, url, headers, body):
        try:
            verify(self.merchant, body, headers["X-Signature"])
        except InvalidSignature:
            return self._say({"code": "SIGNATURE"})
        call = urlsplit(url).path.strip("/")
        self.seen.append(call)
        return self._say(self._work(call, json.loads(body)))

    def _work(self, call, asked):
        number = asked.get("number")
        if call == "bill":
            paid = [["PAY", n, "", "ref", t.amount, BILLED] for n, t in self.book.items()]
            back = [["REFUND", n, r, "ref", a, BILLED] for n, t in self.book.items() for r, a in t.refunds.items()]
            return {"rows": [*paid, *back]}
        if call == "open":
            self.book.setdefault(number, Trade(asked["amount"]))
            return {"url": f"{self.host}/tin/{number}"}
        trade = self.book.get(number)
        if trade is None:
            return {"code": "ABSENT"}
        if call == "query":
            return self._told(number)
        if call == "close":
            if trade.state == "paid":
                return {"code": "PAID"}
            trade.state = "closed"
            return {}
        if call == "refund" and not self.give_back(number, asked["refund"], asked["amount"]):
            return {"code": "TOO_MUCH"}
        return self._told_refund(number, asked["refund"]) if asked["refund"] in trade.refunds else {"code": "ABSENT"}

    def _told(self, number, **over):
        trade = self.book[number]
        at = {"at": AT} if trade.state == "paid" else {}
        told = {"number": number, "state": trade.state, "amount": trade.amount, "ref": "toy-1", "merchant": "M-1"}
        return told | {"currency": "CNY", **at, **over}

    def _told_refund(self, number, refund):
        told = {"number": number, "refund": refund, "amount": self.book[number].refunds[refund], "ref": "toy-2"}
        return told | {"merchant": "M-1", "currency": "CNY", "at": AT}

    def _say(self, told):
        body = json.dumps(told).encode()
        key = fresh_key("stranger") if self.fault == "forged" else self.platform
        return 200, {} if self.fault == "unsigned" else {"X-Signature": sign(key, body)}, body

    # ---- notices ----
    def notice(self, number, key=None, **over):
        return self._note({"id": "n-1", "kind": "pay", **self._told(number, **over)}, key)

    def refund_notice(self, number, refund):
        return self._note({"id": "n-2", "kind": "refund", **self._told_refund(number, refund)})

    def wrong_amount(self, number):
        return self.notice(number, amount=1)

    def wrong_merchant(self, number):
        return self.notice(number, merchant="M-2")

    def wrong_currency(self, number):
        return self.notice(number, currency="USD")

    def stranger(self, number):
        return self.notice(number, key=fresh_key("stranger"))

    def _note(self, told, key=None):
        body = json.dumps(told).encode()
        return RawNotify({"x-signature": sign(key or self.platform, body)}, body)

    @staticmethod
    def signature_of(notice):
        return notice.headers["x-signature"]

    @staticmethod
    def with_signature(notice, signature):
        return RawNotify({"x-signature": signature}, notice.body)

    def mutated(self, rng, notice):
        if rng.randrange(4):
            return RawNotify(notice.headers, scratched(rng, notice.body))
        return self.with_signature(notice, scratched(rng, self.signature_of(notice).encode()).decode("latin-1"))
