"""WeChat Pay's counter, after section 2 of the protocol document."""

import base64
import gzip
import hashlib
import json
import re
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.records.payments.providers.port import RawNotify

from .common import Fake, Trade, certificate, fresh_key, pem_private, pem_public, sign, verify

API_KEY = "0123456789abcdef0123456789ABCDEF"
DEFAULT = "wx0000000000000001"
APPIDS = {"official": DEFAULT, "mini": "wx0000000000000002", "app": "wx0000000000000003"}
FRONTS = {"jsapi": ("official", "mini"), "app": ("app",), "native": ("official",), "h5": ("official",)}
KEY_ID = "PUB_KEY_ID_0116000000000000000000000000000001"
AUTH = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(.+?)",nonce_str="(.+?)",timestamp="(.+?)",'
    r'serial_no="(.+?)",signature="(.+?)"$'
)
HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


class FakeWeChat(Fake):
    name, method = "wechat", "native"
    taken, again = (204, ""), (401, '{"code":"FAIL","message":"失败"}')
    host = "http://wechat.test"

    def __init__(self):
        super().__init__()
        self.merchant, self.platform = fresh_key("wechat merchant"), fresh_key("wechat platform")
        self.old_platform = fresh_key("wechat old platform")
        self.old_cert = certificate("platform", self.old_platform)
        self.old_serial = _serial(self.old_cert)
        self.appids = {}  # of each trade
        self.config = {
            "base_url": self.host,
            "mchid": "1900000001",
            "appid": DEFAULT,
            "appids": APPIDS,
            "serial": "5A5A5A",
            "private_key": pem_private(self.merchant),
            "apiv3_key": API_KEY,
            "public_key_id": KEY_ID,
            "platform_keys": {KEY_ID: pem_public(self.platform), self.old_serial: self.old_cert},
        }

    def answer(self, method, url, headers, body):
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        mchid, nonce, stamp, serial, signature = AUTH.match(headers["Authorization"]).groups()
        try:
            verify(self.merchant, f"{method}\n{path}\n{stamp}\n{nonce}\n".encode() + body + b"\n", signature)
        except InvalidSignature:
            return self._say(401, {"code": "SIGN_ERROR", "message": "no"})
        assert (mchid, serial, len(nonce)) == ("1900000001", "5A5A5A", 32)
        assert headers["Wechatpay-Serial"] == KEY_ID
        self.seen.append(f"{method} {parts.path}")
        if self.fault and self.fault.startswith("code:"):
            _, status, code = self.fault.split(":")
            return self._say(int(status), {"code": code, "message": "no"})
        if parts.path == "/v3/billdownload/file":
            return 200, {}, self._bill()
        return self._say(*self._work(method, parts, json.loads(body) if body else {}))

    def _work(self, method, parts, asked):
        path = parts.path
        if method == "POST" and path.startswith("/v3/pay/transactions/") and not path.endswith("/close"):
            product = path.rsplit("/", 1)[1]
            assert asked["amount"]["currency"] == "CNY"
            assert ("payer" in asked) == (product == "jsapi")
            assert asked["appid"] in {APPIDS[front] for front in FRONTS[product]}
            self.appids[asked["out_trade_no"]] = asked["appid"]
            trade = self.book.setdefault(asked["out_trade_no"], Trade(asked["amount"]["total"]))
            if trade.state == "paid":
                return 400, {"code": "ORDER_PAID", "message": "paid"}
            return 200, {
                "native": {"code_url": "weixin://wxpay/bizpayurl?pr=abc"},
                "h5": {"h5_url": "https://wx.tenpay.com/h5?prepay_id=1"},
            }.get(product, {"prepay_id": "wx201"})
        if path.startswith("/v3/pay/transactions/out-trade-no/"):
            number = path.split("/")[5]
            trade = self.book.get(number)
            if trade is None:
                return 404, {"code": "ORDER_NOT_EXIST", "message": "none"}
            if path.endswith("/close"):
                if trade.state == "paid":
                    return 400, {"code": "ORDERPAID", "message": "paid"}
                trade.state = "closed"
                return 204, None
            assert parse_qs(parts.query) == {"mchid": ["1900000001"]}
            return 200, self.trade_told(number)
        if path == "/v3/refund/domestic/refunds":
            if not self.give_back(asked["out_trade_no"], asked["out_refund_no"], asked["amount"]["refund"]):
                return 403, {"code": "NOT_ENOUGH", "message": "no"}
            return 200, self._refund_told(asked["out_refund_no"])
        if path.startswith("/v3/refund/domestic/refunds/"):
            told = self._refund_told(path.rsplit("/", 1)[1])
            return (200, told) if told else (404, {"code": "RESOURCE_NOT_EXISTS", "message": "none"})
        if path == "/v3/bill/tradebill":
            raw = gzip.decompress(self._bill())
            return 200, {
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(raw, usedforsecurity=False).hexdigest(),
                "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=t",
            }
        return 400, {"code": "PARAM_ERROR", "message": "what"}

    def trade_told(self, number, **over):
        trade = self.book[number]
        told = {
            "appid": self.appids.get(number, DEFAULT),
            "mchid": "1900000001",
            "out_trade_no": number,
            "trade_state": {"open": "NOTPAY", "paid": "REFUND" if trade.refunds else "SUCCESS", "closed": "CLOSED"}[
                trade.state
            ],
            "amount": {"total": trade.amount, "currency": "CNY"},
        }
        if trade.state == "paid":
            told |= {
                "transaction_id": "42000",
                "success_time": "2026-11-23T12:00:00+08:00",
                "payer": {"openid": "o-secret-payer"},
            }
        return told | over

    def _refund_told(self, refund):
        for number, trade in self.book.items():
            if refund in trade.refunds:
                return {
                    "refund_id": "50000",
                    "out_refund_no": refund,
                    "out_trade_no": number,
                    "status": "PROCESSING",
                    "amount": {"refund": trade.refunds[refund], "total": trade.amount, "currency": "CNY"},
                }
        return None

    def _say(self, status, told):
        body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
        headers = self.signed_headers(body)
        if self.fault == "unsigned":
            headers = {}
        elif self.fault == "forged":
            headers = self.signed_headers(body, key=fresh_key("stranger"))
        return status, headers, body

    def signed_headers(self, body, key=None, stamp=None, serial=KEY_ID):
        stamp, nonce = str(stamp or int(self.now().timestamp())), "answernonce"
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Signature": sign(key or self.platform, f"{stamp}\n{nonce}\n".encode() + body + b"\n"),
        }

    # ---- notices ----
    def notice(self, number, key=None, stamp=None, **over):
        return self._sealed("TRANSACTION.SUCCESS", self.trade_told(number, **over), key, stamp)

    def wrong_amount(self, number):
        return self.notice(number, amount={"total": 1, "currency": "CNY"})

    def wrong_merchant(self, number):
        return self.notice(number, mchid="1900000002")

    def wrong_currency(self, number):
        return self.notice(number, amount={"total": self.book[number].amount, "currency": "USD"})

    def stranger(self, number):
        return self.notice(number, key=fresh_key("stranger"))

    def refund_notice(self, number, refund):
        told = {
            "mchid": "1900000001",
            "out_trade_no": number,
            "out_refund_no": refund,
            "refund_id": "50000",
            "refund_status": "SUCCESS",
            "success_time": "2026-11-23T12:00:00+08:00",
            "amount": {"total": self.book[number].amount, "refund": self.book[number].refunds[refund]},
        }
        return self._sealed("REFUND.SUCCESS", told, None, None)

    def _sealed(self, event, told, key, stamp):
        sealed = AESGCM(API_KEY.encode()).encrypt(b"abcdefghijkl", json.dumps(told).encode(), b"transaction")
        body = json.dumps(
            {
                "id": "EV-1",
                "create_time": "2026-11-23T12:00:00+08:00",
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "ok",
                "resource": {
                    "original_type": "transaction",
                    "algorithm": "AEAD_AES_256_GCM",
                    "nonce": "abcdefghijkl",
                    "associated_data": "transaction",
                    "ciphertext": base64.b64encode(sealed).decode(),
                },
            }
        ).encode()
        return RawNotify(self.signed_headers(body, key, stamp), body)

    @staticmethod
    def signature_of(notice):
        return notice.headers["Wechatpay-Signature"]

    @staticmethod
    def with_signature(notice, signature):
        return RawNotify({**notice.headers, "Wechatpay-Signature": signature}, notice.body)

    def mutated(self, rng, notice):
        """One change of something signed, of the signature, or of what chooses the key and the time."""
        what = rng.choice(
            ["body", "body", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature"]
        )
        if what == "body":
            return RawNotify(notice.headers, scratched(rng, notice.body))
        text = scratched(rng, notice.headers[what].encode()).decode("latin-1")
        return RawNotify({**notice.headers, what: text}, notice.body)

    def _bill(self):
        lines = [HEADER]
        for number, trade in self.book.items():
            yuan = f"{trade.amount / 100:.2f}"
            base = ["2026-11-22 12:00:00", "wx0000000000000001", "1900000001", "0", "", "42000", number, "o", "NATIVE"]
            lines.append(
                _row(
                    [
                        *base,
                        "SUCCESS",
                        "OTHERS",
                        "CNY",
                        yuan,
                        "0.00",
                        "0",
                        "0",
                        "0.00",
                        "0.00",
                        "",
                        "",
                        "mug, white",
                        "",
                        "0.06",
                        "0.60%",
                        yuan,
                        "0.00",
                        "",
                    ]
                )
            )
            for refund, amount in trade.refunds.items():
                lines.append(
                    _row(
                        [
                            *base,
                            "REFUND",
                            "OTHERS",
                            "CNY",
                            "0.00",
                            "0.00",
                            "50000",
                            refund,
                            f"{amount / 100:.2f}",
                            "0.00",
                            "ORIGINAL",
                            "SUCCESS",
                            "mug, white",
                            "",
                            "-0.01",
                            "0.60%",
                            "0.00",
                            f"{amount / 100:.2f}",
                            "",
                        ]
                    )
                )
        lines += [SUMMARY, _row(_summed(lines[1:]))]
        return gzip.compress(b"\xef\xbb\xbf" + ("\r\n".join(lines) + "\r\n").encode())


def _summed(rows):
    """How many rows, and the sums of the columns that the summary names, fees in parts of a fen."""
    cells = [row[1:].split(",`") for row in rows]
    sums = [sum((Decimal(row[at]) for row in cells), Decimal()) for at in (12, 16, 17, 22, 24, 25)]
    return [str(len(rows)), *(f"{total:.{5 if at == 3 else 2}f}" for at, total in enumerate(sums))]


def scratched(rng, raw):
    """The bytes with one changed, one dropped, one doubled or one added."""
    at = rng.randrange(len(raw))
    kind = rng.randrange(4)
    if kind == 0:
        return raw[:at] + bytes([raw[at] ^ (1 << rng.randrange(7))]) + raw[at + 1 :]
    if kind == 1:
        return raw[:at] + raw[at + 1 :]
    if kind == 2:
        return raw[:at] + raw[at : at + 1] + raw[at:]
    return raw[:at] + bytes([rng.randrange(33, 127)]) + raw[at:]


def _row(cells):
    return ",".join(f"`{cell}" for cell in cells)


def _serial(pem):
    from cryptography.x509 import load_pem_x509_certificate

    return format(load_pem_x509_certificate(pem.encode()).serial_number, "X")
