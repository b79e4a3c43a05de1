"""A tiny shop written from the providers' rules alone: it signs, sends, verifies, and listens for notices.

It shares no line with the simulator or with the adapters, so that the three prove one another.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


def beijing(pattern: str, ahead: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, seconds=ahead)).strftime(pattern)


def sign(pem: str, text: str) -> str:
    key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), hashes.SHA256())).decode()


def verify(pem: str, text: str, signature: str) -> None:
    """Raise InvalidSignature unless the key or certificate in `pem` signed the text."""
    cert = "BEGIN CERTIFICATE" in pem
    key = x509.load_pem_x509_certificate(pem.encode()).public_key() if cert else load_pem_public_key(pem.encode())
    key.verify(base64.b64decode(signature), text.encode(), PKCS1v15(), hashes.SHA256())


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(method: str, url: str, body: bytes | str = b"", headers: dict[str, str] | None = None) -> Answer:
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request(method, target, body, headers or {})
        found = line.getresponse()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read())
    finally:
        line.close()


class WeChatShop:
    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held

    def ask(self, method: str, target: str, body: Any = None, *, at: float | None = None, **bend: str) -> Answer:
        """Send a signed call; `bend` replaces parts of the Authorization after signing, or headers by `h_`."""
        raw = "" if body is None else json.dumps(body, ensure_ascii=False)
        stamp, nonce = str(int(at if at is not None else time.time())), secrets.token_hex(16).upper()
        given = {"mchid": self.held["mchid"], "nonce_str": nonce, "timestamp": stamp, "serial_no": self.held["serial"]}
        text = f"{method}\n{target}\n{stamp}\n{nonce}\n{raw}\n"
        given["signature"] = sign(self.held["private_key"], text)
        given |= {name: value for name, value in bend.items() if not name.startswith("h_")}
        parts = ",".join(f'{name}="{value}"' for name, value in given.items())
        headers = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "test"}
        headers["Authorization"] = "WECHATPAY2-SHA256-RSA2048 " + parts
        headers |= {"Wechatpay-Serial": bend["h_serial"]} if "h_serial" in bend else {}
        return call(method, self.held["base_url"] + target, raw.encode(), headers)

    def trusted(self, answer: Answer) -> Any:
        """Return the answer's JSON after its signature was verified."""
        self.check(answer.headers, answer.body)
        return answer.json if answer.body else None

    def check(self, headers: dict[str, str], body: bytes) -> None:
        text = f"{headers['wechatpay-timestamp']}\n{headers['wechatpay-nonce']}\n{body.decode()}\n"
        verify(self.held["platform_keys"][headers["wechatpay-serial"]], text, headers["wechatpay-signature"])
        assert abs(time.time() - int(headers["wechatpay-timestamp"])) < 300

    def open_notice(self, notice: Received) -> dict[str, Any]:
        self.check(notice.headers, notice.body)
        return self.decrypt(json.loads(notice.body)["resource"])

    def decrypt(self, sealed: dict[str, str]) -> Any:
        key = AESGCM(self.held["apiv3_key"].encode())
        about = sealed["associated_data"].encode()
        text = key.decrypt(sealed["nonce"].encode(), base64.b64decode(sealed["ciphertext"]), about)
        return json.loads(text) if text.startswith(b"{") else text.decode()

    def order(self, number: str, total: int = 1230, **more: Any) -> dict[str, Any]:
        return {
            "appid": self.held["appid"],
            "mchid": self.held["mchid"],
            "description": "集市 茶壶",
            "out_trade_no": number,
            "notify_url": "http://127.0.0.1:1/notices",
            "amount": {"total": total, "currency": "CNY"},
        } | more

    def create(self, number: str, kind: str = "native", total: int = 1230, **more: Any) -> Answer:
        return self.ask("POST", f"/v3/pay/transactions/{kind}", self.order(number, total, **more))

    def query(self, number: str) -> Answer:
        return self.ask("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.held['mchid']}")

    def close(self, number: str) -> Answer:
        return self.ask("POST", f"/v3/pay/transactions/out-trade-no/{number}/close", {"mchid": self.held["mchid"]})

    def refund(self, number: str, refund_no: str, amount: int, total: int = 1230, **more: Any) -> Answer:
        money = {"refund": amount, "total": total, "currency": "CNY"}
        body = {"out_trade_no": number, "out_refund_no": refund_no, "amount": money} | more
        return self.ask("POST", "/v3/refund/domestic/refunds", body)


class AlipayShop:
    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held

    def params(self, method: str, biz: dict[str, Any], **more: str) -> dict[str, str]:
        given = {
            "app_id": self.held["app_id"], "method": method, "format": "JSON", "charset": "utf-8", "sign_type": "RSA2",
            "timestamp": beijing("%Y-%m-%d %H:%M:%S"), "version": "1.0",
            "biz_content": json.dumps(biz, ensure_ascii=False, separators=(",", ":")),
        } | more  # fmt: skip
        return given | {"sign": sign(self.held["private_key"], self.content(given))}

    def content(self, given: dict[str, str]) -> str:
        return "&".join(f"{name}={value}" for name, value in sorted(given.items()) if value and name != "sign")

    def ask(self, method: str, biz: dict[str, Any], **more: str) -> Any:
        """Send a signed call and return the inner object, its signature verified when it has one."""
        return self.send(method, self.params(method, biz, **more))

    def send(self, method: str, given: dict[str, str]) -> Any:
        answer = call(
            "POST",
            self.held["gateway"],
            urlencode(given),
            {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
        )
        text, name = answer.body.decode(), f'"{method.replace(".", "_")}_response"'
        if "sign" not in answer.json:
            return answer.json["error_response"]
        begin = text.index(name) + len(name) + 1
        inner, end = json.JSONDecoder(strict=False).raw_decode(text, begin)
        pem = self.held["alipay_cert"] if "alipay_cert_sn" in answer.json else self.held["alipay_public_key"]
        verify(pem, text[begin:end], answer.json["sign"])
        return inner

    def visit(self, method: str, biz: dict[str, Any], **more: str) -> Answer:
        """Open a page as the payer's browser does."""
        return call("GET", self.held["gateway"] + "?" + urlencode(self.params(method, biz, **more)))

    def open_notice(self, notice: Received, *, certified: bool = False) -> dict[str, str]:
        form = dict(parse_qsl(notice.body.decode(), keep_blank_values=True))
        pem = self.held["alipay_cert"] if certified else self.held["alipay_public_key"]
        verify(pem, self.content({k: v for k, v in form.items() if k != "sign_type"}), form["sign"])
        return form


class UnionPayShop:
    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held
        self.cert_id = str(x509.load_pem_x509_certificate(held["merchant_cert"].encode()).serial_number)

    def fields(self, txn_type: str, number: str, txn_time: str, **more: str) -> dict[str, str]:
        given = {
            "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "certId": self.cert_id, "accessType": "0",
            "merId": self.held["mer_id"], "txnType": txn_type, "txnSubType": "00", "bizType": "000201",
            "orderId": number, "txnTime": txn_time,
        } | more  # fmt: skip
        given = {name: value for name, value in given.items() if value}
        return given | {"signature": sign(self.held["private_key"], self.hashed(given))}

    def hashed(self, given: dict[str, str]) -> str:
        text = "&".join(f"{k}={v}" for k, v in sorted(given.items()) if v and k != "signature")
        return hashlib.sha256(text.encode()).hexdigest()

    def post(self, door: str, given: dict[str, str]) -> Answer:
        url = self.held["file_url"] if door == "file" else f"{self.held['base_url']}{door}.do"
        return call("POST", url, urlencode(given), {"Content-Type": "application/x-www-form-urlencoded"})

    def ask(self, door: str, given: dict[str, str]) -> dict[str, str]:
        answer = self.post(door, given)
        return self.trusted(dict(pair.split("=", 1) for pair in answer.body.decode().split("&")))

    def trusted(self, form: dict[str, str]) -> dict[str, str]:
        """Return the fields after certificate chain, owner and signature were verified."""
        leaf, middle, root = (
            x509.load_pem_x509_certificate(pem.encode())
            for pem in (form["signPubKeyCert"], self.held["middle_cert"], self.held["root_cert"])
        )
        for cert, issuer in ((leaf, middle), (middle, root), (root, root)):
            assert cert.issuer == issuer.subject
            algorithm = cert.signature_hash_algorithm
            issuer.public_key().verify(cert.signature, cert.tbs_certificate_bytes, PKCS1v15(), algorithm)
        common = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        assert str(common).split("@")[2] == self.held["cn_owner"]
        verify(form["signPubKeyCert"], self.hashed(form), form["signature"])
        return form

    def pay_fields(self, number: str, txn_time: str, amount: str = "1230", **more: str) -> dict[str, str]:
        given = {"txnSubType": "01", "channelType": "08", "currencyCode": "156", "txnAmt": amount} | more
        given.setdefault("backUrl", "http://127.0.0.1:1/notices")
        return self.fields("01", number, txn_time, **given)

    def query(self, number: str, txn_time: str) -> dict[str, str]:
        return self.ask("queryTrans", self.fields("00", number, txn_time, bizType="000000"))

    def open_notice(self, notice: Received) -> dict[str, str]:
        return self.trusted(dict(parse_qsl(notice.body.decode(), keep_blank_values=True)))


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Listener:
    """The shop's webhook: keeps what comes, answers what `replies` says, then 200 `success`."""

    replies: list[tuple[int, bytes]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.received.append(Received(self.path, headers, body, time.monotonic()))
                status, reply = listener.replies.pop(0) if listener.replies else (200, b"success")
                self.send_response(status)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/notices"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def wait(self, count: int, patience: float = 5.0) -> list[Received]:
        """Return what came once there are `count`, or fail."""
        until = time.monotonic() + patience
        while len(self.received) < count:
            assert time.monotonic() < until, f"{len(self.received)} of {count} notices came"
            time.sleep(0.005)
        return list(self.received)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
