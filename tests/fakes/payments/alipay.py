"""Alipay's counter, after section 3 of the protocol document; key mode and certificate mode."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta, timezone
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.x509 import load_pem_x509_certificate

from chalicelib.records.payments.providers.port import RawNotify

from .common import Fake, Trade, certificate, fresh_key, pem_private, pem_public, sign, verify

SHANGHAI = timezone(timedelta(hours=8))
STATES = {"open": "WAIT_BUYER_PAY", "paid": "TRADE_SUCCESS", "closed": "TRADE_CLOSED"}


class FakeAlipay(Fake):
    name, method = "alipay", "qr"
    taken, again = (200, "success"), (200, "fail")
    host = "http://alipay.test"

    def __init__(self, mode="key"):
        super().__init__()
        self.mode = mode
        self.merchant, self.platform = fresh_key("alipay merchant"), fresh_key("alipay platform")
        root = fresh_key("alipay root")
        self.root_cert = certificate("Alipay Root", root)
        self.app_cert = certificate("app", self.merchant, "Alipay Root", root)
        self.own_cert = certificate("alipay", self.platform, "Alipay Root", root)
        self.config = {
            "gateway": f"{self.host}/gateway.do",
            "app_id": "2021000000000001",
            "seller_id": "2088000000000001",
            "private_key": "".join(pem_private(self.merchant).split("\n")[1:-2]),
            "alipay_public_key": pem_public(self.platform),
            "mode": mode,
            "app_cert": self.app_cert,
            "alipay_cert": self.own_cert,
            "alipay_root_cert": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + self.root_cert,
        }

    # ---- calls ----
    def open_front(self, next_action):
        """What a browser or the app brings: a signed text. Opens the trade as the buyer would."""
        text = urlsplit(next_action.url).query if next_action.url else next_action.fields["order_string"]
        asked = self._verified(dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True)))
        order = json.loads(asked["biz_content"])
        self.book.setdefault(order["out_trade_no"], Trade(_fen(order["total_amount"])))
        return asked

    def _verified(self, asked):
        text = "&".join(f"{k}={asked[k]}" for k in sorted(asked) if k != "sign" and asked[k])
        verify(self.merchant, text.encode(), asked["sign"])
        assert asked["sign_type"] == "RSA2"
        assert asked["timestamp"] == self.now().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        assert ("app_cert_sn" in asked) == (self.mode == "cert")
        if self.mode == "cert":
            assert asked["app_cert_sn"] == _sn(self.app_cert)
            assert asked["alipay_root_cert_sn"] == _sn(self.root_cert)
        return asked

    def answer(self, method, url, headers, body):
        if urlsplit(url).path == "/bill.zip":
            return 200, {}, self._bill()
        try:
            asked = self._verified(dict(parse_qsl(body.decode(), strict_parsing=True)))
        except InvalidSignature:
            return 200, {}, b'{"error_response":{"code":"40002","msg":"x","sub_code":"isv.invalid-signature"}}'
        call = asked["method"]
        self.seen.append(call)
        if self.fault and self.fault.startswith("code:"):
            _, code, sub_code = self.fault.split(":")
            told = {"code": code, "msg": "no", "sub_code": sub_code}
        else:
            told = self._work(call, json.loads(asked["biz_content"]))
        return 200, {}, self._say(call.replace(".", "_") + "_response", told)

    def _work(self, call, asked):
        number = asked.get("out_trade_no")
        ok = {"code": "10000", "msg": "Success", "out_trade_no": number, "trade_no": "2026112322001"}
        if call in ("alipay.trade.precreate", "alipay.trade.create"):
            self.book.setdefault(number, Trade(_fen(asked["total_amount"])))
            return ok | {"qr_code": "https://qr.alipay.com/bax/1"}
        if call == "alipay.data.dataservice.bill.downloadurl.query":
            return {"code": "10000", "msg": "Success", "bill_download_url": f"{self.host}/bill.zip"}
        trade = self.book.get(number)
        if trade is None:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST"}
        if call == "alipay.trade.query":
            told = ok | {
                "trade_status": STATES[trade.state],
                "total_amount": _yuan(trade.amount),
                "buyer_open_id": "o-secret-payer",
            }
            return told | ({"send_pay_date": "2026-11-23 12:00:00"} if trade.state == "paid" else {})
        if call == "alipay.trade.close":
            if trade.state == "paid":
                return {"code": "40004", "msg": "no", "sub_code": "ACQ.TRADE_STATUS_ERROR"}
            trade.state = "closed"
            return ok
        if call == "alipay.trade.refund":
            before = dict(trade.refunds)
            if not self.give_back(number, asked["out_request_no"], _fen(asked["refund_amount"])):
                return {"code": "40004", "msg": "no", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}
            return ok | {
                "fund_change": "N" if asked["out_request_no"] in before else "Y",
                "refund_fee": _yuan(sum(trade.refunds.values())),
            }
        if call == "alipay.trade.fastpay.refund.query":
            refund = asked["out_request_no"]
            if refund not in trade.refunds:
                return ok
            return ok | {
                "out_request_no": refund,
                "refund_status": "REFUND_SUCCESS",
                "refund_amount": _yuan(trade.refunds[refund]),
            }
        return {"code": "40004", "msg": "no", "sub_code": "isv.what"}

    def _say(self, name, told):
        inner = json.dumps(told).replace("/", "\\/")
        key = fresh_key("stranger") if self.fault == "forged" else self.platform
        parts = [f'"{name}" : {inner}']
        if self.mode == "cert":
            parts.append(f'"alipay_cert_sn":"{_sn(self.own_cert)}"')
        if self.fault != "unsigned":
            parts.append(f'"sign":"{sign(key, inner.encode())}"')
        return ("{" + ",".join(parts) + "}").encode()

    # ---- notices ----
    def notice(self, number, key=None, v2=False, **over):
        trade = self.book[number]
        told = {
            "gmt_create": "2026-11-23 11:59:00",
            "gmt_payment": "2026-11-23 12:00:00",
            "charset": "utf-8",
            "notify_time": "2026-11-23 12:00:01",
            "notify_type": "trade_status_sync",
            "notify_id": "n-1",
            "version": "1.0",
            "app_id": "2021000000000001",
            "auth_app_id": "2021000000000001",
            "trade_no": "2026112322001",
            "out_trade_no": number,
            "trade_status": STATES[trade.state],
            "total_amount": _yuan(trade.amount),
            "seller_id": "2088000000000001",
            "subject": "杯子 mug+cup",
            "buyer_logon_id": "xud***@126.com",
            "receipt_amount": _yuan(trade.amount),
            "refund_fee": "0.00",
            "fund_bill_list": '[{"amount":"0.10","fundChannel":"ALIPAYACCOUNT"}]',
            **over,
        }
        told["sign_type"] = "RSA2"
        skip = () if v2 else ("sign_type",)
        text = "&".join(f"{k}={told[k]}" for k in sorted(told) if k not in skip and told[k])
        told["sign"] = sign(key or self.platform, text.encode())
        return _form(told)

    def wrong_amount(self, number):
        return self.notice(number, total_amount="0.01")

    def wrong_merchant(self, number):
        return self.notice(number, app_id="2021000000000002")

    def wrong_currency(self, number):
        return self.notice(number, trans_currency="USD")

    def stranger(self, number):
        return self.notice(number, key=fresh_key("stranger"))

    def refund_notice(self, number, refund):
        return self.notice(
            number,
            refund_fee=_yuan(sum(self.book[number].refunds.values())),
            out_biz_no=refund,
            gmt_refund="2026-11-23 12:00:00.123",
        )

    @staticmethod
    def signature_of(notice):
        return dict(parse_qsl(notice.body.decode()))["sign"]

    @staticmethod
    def with_signature(notice, signature):
        return _form({**dict(parse_qsl(notice.body.decode(), keep_blank_values=True)), "sign": signature})

    def mutated(self, rng, notice):
        from .wechat import scratched

        told = dict(parse_qsl(notice.body.decode(), keep_blank_values=True))
        name = rng.choice([n for n in told if n != "sign_type"] + ["sign"] * 4)
        kind = rng.randrange(6)
        if kind == 0 and name not in ("sign",):
            told.pop(name)
        elif kind == 1:
            told[f"x{rng.randrange(99)}"] = "1"
        else:
            told[name] = scratched(rng, told[name].encode()).decode("latin-1")
        return _form(told)

    def _bill(self):
        head = (
            "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,对方账户,订单金额（元）,商家实收（元）,"
            "退款批次号/请求号,服务费（元）,备注"
        )
        lines = ["#支付宝业务明细查询", "#起始日期：[2026年11月22日 00:00:00]", "#-----业务明细列表-----", head]
        for number, trade in self.book.items():
            row = ["2026112322001", number, "交易", "mug", "2026-11-22 12:00:00", "2026-11-22 12:00:01", "", "x"]
            lines.append(",".join(f"{c}\t" for c in [*row, _yuan(trade.amount), _yuan(trade.amount), "", "-0.06", ""]))
            row[2] = "退款"
            for refund, amount in trade.refunds.items():
                lines.append(
                    ",".join(f"{c}\t" for c in [*row, "-" + _yuan(amount), "-" + _yuan(amount), refund, "0.00", ""])
                )
        lines.append("#-----业务明细列表结束-----")
        given = [amount for trade in self.book.values() for amount in trade.refunds.values()]
        paid = sum(trade.amount for trade in self.book.values())
        lines += [
            f"#交易合计：{len(self.book)}笔，商家实收共{_yuan(paid)}元，商家优惠共0.00元",
            f"#退款合计：{len(given)}笔，商家实收退款共-{_yuan(sum(given))}元，商家优惠退款共0.00元",
            "#导出时间：[2026年11月23日 05:46:49]",
        ]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("2088_20261122_detail.csv", "\r\n".join(lines).encode("gbk"))
            archive.writestr("2088_20261122_sum.csv", "#汇总\r\n门店编号,交易订单总笔数\r\n合计,1\r\n".encode("gbk"))
        return out.getvalue()


def _form(told):
    return RawNotify(
        {"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
        urlencode(told, quote_via=quote, safe="").encode(),
    )


def _sn(pem):
    cert = load_pem_x509_certificate(pem.encode())
    names = {"countryName": "C", "organizationName": "O", "commonName": "CN", "organizationalUnitName": "OU"}
    issuer = ",".join(f"{names[a.oid._name]}={a.value}" for a in list(cert.issuer)[::-1])
    return hashlib.md5(f"{issuer}{cert.serial_number}".encode(), usedforsecurity=False).hexdigest()


def _yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


def _fen(yuan):
    whole, rest = yuan.split(".")
    return int(whole) * 100 + int(rest)
