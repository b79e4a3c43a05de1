"""UnionPay's counter, after section 4 of the protocol document, with a chain of certificates of its own."""

import base64
import hashlib
import io
import zipfile
import zlib
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.x509 import load_pem_x509_certificate

from chalicelib.records.payments.providers.port import RawNotify

from .common import Fake, Trade, certificate, fresh_key, pem_private, sign, verify

OWNER = "041@SIM@00040000:SIGN@00000001"
FRESH = timedelta(minutes=5)  # by how much a txnTime may differ from the time it comes at
WIDTHS = (
    3,
    11,
    11,
    6,
    10,
    19,
    12,
    4,
    2,
    21,
    2,
    32,
    2,
    6,
    10,
    13,
    13,
    4,
    15,
    2,
    2,
    6,
    2,
    4,
    32,
    1,
    21,
    15,
    1,
    15,
    32,
    13,
    13,
    8,
    32,
    13,
    13,
    12,
    2,
    1,
    131,
)


class FakeUnionPay(Fake):
    name, method = "unionpay", "qr"
    closes, hands_over_once = False, True
    taken, again = (200, "ok"), (500, "fail")
    host = "http://unionpay.test"

    def __init__(self):
        super().__init__()
        root, middle = fresh_key("up root"), fresh_key("up middle")
        self.merchant, self.platform = fresh_key("up merchant"), fresh_key("up leaf")
        self.middle_key = middle
        self.root_cert = certificate("UP ROOT", root)
        self.middle_cert = certificate("UP OCA1", middle, "UP ROOT", root)
        self.leaf = self.leaf_cert(OWNER)
        self.sent, self.asked = {}, []  # (number, txnTime) of a refund -> its name in the book; those asked about
        self.seen_from, self.lag = {}, timedelta()  # from when a query knows of one
        self.returned = {}  # what a query says of it, if not that it is done
        self.merchant_cert = certificate("041@SIM@777:SIGN@1", self.merchant, "UP OCA1", middle)
        self.config = {
            "base_url": f"{self.host}/gateway/api/",
            "file_url": f"{self.host}/file",
            "mer_id": "777290058110048",
            "private_key": pem_private(self.merchant),
            "merchant_cert": self.merchant_cert,
            "middle_cert": self.middle_cert,
            "root_cert": self.root_cert,
            "cn_owner": "00040000:SIGN",
        }

    def leaf_cert(self, common_name, issuer="UP OCA1", issuer_key=None, **more):
        return certificate(common_name, self.platform, issuer, issuer_key or self.middle_key, **more).replace(
            "\n", "\r\n"
        )

    # ---- calls ----
    def open_front(self, next_action):
        return self._open(self._verified(dict(next_action.fields)))

    def _open(self, asked):
        self.book.setdefault(asked["orderId"], Trade(int(asked["txnAmt"])))
        return asked

    def _verified(self, asked):
        verify(self.merchant, _hashed(asked), asked["signature"])
        assert asked["certId"] == str(load_pem_x509_certificate(self.merchant_cert.encode()).serial_number)
        assert (asked["version"], asked["merId"]) == ("5.1.0", "777290058110048")
        return asked

    def answer(self, method, url, headers, body):
        try:
            asked = self._verified(dict(parse_qsl(body.decode(), strict_parsing=True)))
        except InvalidSignature:
            return 200, {}, b"respCode=9100004&respMsg=signature"
        self.seen.append(urlsplit(url).path + " " + asked["txnType"])
        echo = {k: v for k, v in asked.items() if k in ("orderId", "txnTime", "merId", "txnType", "bizType")}
        told = {"respCode": "00", "respMsg": "ok", **echo, "reqReserved": "{a=1&b=2}"}
        if self.fault and self.fault.startswith("code:"):
            told["respCode"] = self.fault.split(":")[1]
        else:
            told |= self._work(asked)
        return 200, {}, self._say(told)

    def _work(self, asked):
        number = asked.get("orderId")
        if asked["txnType"] == "01":
            if number in self.book:
                return {"respCode": "12"}
            self._open(asked)
            return {"tn": "tn-1", "qrCode": "https://qr.95516.com/1"}
        if asked["txnType"] == "00":
            if number in self.book:
                trade = self.book[number]
                told = {
                    "origRespCode": "00" if trade.state == "paid" else "05",
                    "txnAmt": str(trade.amount),
                    "queryId": self.query_id(number),
                }
                return told | {"currencyCode": "156", "traceTime": "1123120000", "traceNo": "1"}
            self.asked.append((number, asked["txnTime"]))
            for trade in self.book.values():
                name = self.sent.get(
                    (number, asked["txnTime"]), number if number not in [n for n, _ in self.sent] else ""
                )
                if name in trade.refunds and self.now() >= self.seen_from.get(name, self.now()):
                    told = {
                        "origRespCode": self.returned.get(name, "00"),
                        "txnAmt": str(trade.refunds[name]),
                        "queryId": "7",
                    }
                    return told | {"currencyCode": "156"}
            return {"respCode": "34"}
        if asked["txnType"] == "04":
            number_of = next(n for n in self.book if self.query_id(n) == asked["origQryId"])
            at = datetime.strptime(asked["txnTime"] + "+0800", "%Y%m%d%H%M%S%z")
            if abs(self.now() - at) > FRESH:
                return {"respCode": "10"}
            if self.sent.get((number, asked["txnTime"])) in self.book[number_of].refunds:
                return {"respCode": "12"}
            known = number in self.book[number_of].refunds  # under another second it is another refund
            name = f"{number}@{asked['txnTime']}" if known else number
            if not self.give_back(number_of, name, int(asked["txnAmt"])):
                return {"respCode": "61"}
            self.sent[number, asked["txnTime"]], self.seen_from[name] = name, self.now() + self.lag
            return {}
        return {"fileName": "f.zip", "fileContent": self._bill()}

    def _say(self, told):
        if self.fault == "unsigned":
            return "&".join(f"{k}={v}" for k, v in told.items()).encode()
        return "&".join(f"{k}={v}" for k, v in self._sign(told).items()).encode()

    def _sign(self, told, key=None, cert=None):
        full = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "accessType": "0",
            "signPubKeyCert": cert or self.leaf,
            **told,
        }
        stranger = fresh_key("stranger") if self.fault == "forged" else None
        return full | {"signature": sign(key or stranger or self.platform, _hashed(full))}

    def query_id(self, number):
        return str(6 + [*self.book].index(number))

    # ---- notices ----
    def notice(self, number, key=None, cert=None, **over):
        trade = self.book[number]
        return _form(
            self._sign(
                {
                    "merId": "777290058110048",
                    "orderId": number,
                    "txnTime": "20261123115900",
                    "txnType": "01",
                    "txnSubType": "01",
                    "txnAmt": str(trade.amount),
                    "respCode": "00",
                    "respMsg": "成功",
                    "queryId": self.query_id(number),
                    "currencyCode": "156",
                    "settleAmt": str(trade.amount),
                    "settleDate": "1123",
                    "traceNo": "1",
                    "traceTime": "1123120000",
                    "accNo": "6226****0001",
                    "reqReserved": "{a=1&b=2}",
                    **over,
                },
                key,
                cert,
            )
        )

    def wrong_amount(self, number):
        return self.notice(number, txnAmt="1")

    def wrong_merchant(self, number):
        return self.notice(number, merId="777290058110049")

    def wrong_currency(self, number):
        return self.notice(number, currencyCode="840")

    def stranger(self, number):
        return self.notice(number, key=fresh_key("stranger"))

    def refund_notice(self, number, refund):
        return (
            self.notice(refund, txnType="04", origQryId="6", txnAmt=str(self.book[number].refunds[refund]))
            if refund in self.book
            else self._refund(number, refund)
        )

    def _refund(self, number, refund):
        self.book[refund] = Trade(self.book[number].refunds[refund], "paid")
        try:
            return self.notice(refund, txnType="04", txnSubType="00", origQryId="6")
        finally:
            del self.book[refund]

    @staticmethod
    def signature_of(notice):
        return dict(parse_qsl(notice.body.decode()))["signature"]

    @staticmethod
    def with_signature(notice, signature):
        return _form({**dict(parse_qsl(notice.body.decode(), keep_blank_values=True)), "signature": signature})

    def mutated(self, rng, notice):
        from .wechat import scratched

        told = dict(parse_qsl(notice.body.decode(), keep_blank_values=True))
        name = rng.choice([*told] + ["signature"] * 4)
        kind = rng.randrange(6)
        if kind == 0:
            told.pop(name)
        elif kind == 1:
            told[f"x{rng.randrange(99)}"] = "1"
        else:
            told[name] = scratched(rng, told[name].encode()).decode("latin-1")
        return _form(told)

    def _bill(self):
        lines = []
        for number, trade in self.book.items():
            lines.append(_line(number, trade.amount, "01"))
            lines += [_line(refund, amount, "04") for refund, amount in trade.refunds.items()]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("INN26112288ZM_777290058110048", "\r\n".join(lines).encode("gbk"))
            archive.writestr("INN26112288ZME_777290058110048", b"noise of other columns")
        return base64.b64encode(zlib.compress(out.getvalue())).decode()


def _line(number, amount, kind):
    cells = [""] * len(WIDTHS)
    cells[4], cells[6], cells[9], cells[11], cells[19] = "1122120000", str(amount).zfill(12), "6", number, kind
    return " ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))


def _hashed(told):
    text = "&".join(f"{k}={told[k]}" for k in sorted(told) if k != "signature" and told[k])
    return hashlib.sha256(text.encode()).hexdigest().encode()


def _form(told):
    return RawNotify(
        {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        urlencode(told, quote_via=quote, safe="").encode(),
    )
