"""What providers send to the shop, made without a line of the product: sealed pushes of WeChat and WeCom, signed notices of
SNS, the plain ones of text messages. `seal` is proved on WeCom's published example."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from .desk import Desk

TOKEN = "token-of-the-shop-3e"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
SECRET = "s" * 40  # the end of an address that nobody else was told
TOPIC = "arn:aws:sns:us-east-1:123456789012:shop-mail"
ON_BUS = {"Delivery": "Email Delivered", "Bounce": "Email Bounced", "Complaint": "Email Complaint Received"}
STAMP, NONCE = "1790279800", "47744683"


def sign(token: str, *words: str) -> str:
    text = "".join(sorted([token, *words]))
    return hashlib.new("sha1", text.encode(), usedforsecurity=False).hexdigest()


def seal(said: str, owner: str, key: str = AES_KEY, salt: bytes | None = None) -> str:
    raw = base64.b64decode(key + "=")
    inner = (salt or os.urandom(16)) + len(said.encode()).to_bytes(4, "big") + said.encode() + owner.encode()
    fill = 32 - len(inner) % 32
    writer = Cipher(AES256(raw), CBC(raw[:16])).encryptor()
    return base64.b64encode(writer.update(inner + bytes([fill]) * fill) + writer.finalize()).decode()


def push(said: str, owner: str, token: str = TOKEN, key: str = AES_KEY) -> tuple[dict[str, str], bytes]:
    """The query and body of a sealed push."""
    sealed = seal(said, owner, key)
    query = {
        "timestamp": STAMP,
        "nonce": NONCE,
        "msg_signature": sign(token, STAMP, NONCE, sealed),
        "encrypt_type": "aes",
    }
    return (
        query,
        f"<xml><ToUserName><![CDATA[gh_shop]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode(),
    )


def template_done(number: str, openid: str, status: str = "success") -> str:
    return (
        f"<xml><ToUserName><![CDATA[gh_shop]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        "<CreateTime>1395658920</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>{number}</MsgID><Status><![CDATA[{status}]]></Status></xml>"
    )


def subscription_sent(number: str, openid: str, code: str = "0") -> str:
    inner = (
        f"<List><TemplateId><![CDATA[SUB1]]></TemplateId><MsgID>{number}</MsgID><ErrorCode>{code}</ErrorCode>"
        "<ErrorStatus><![CDATA[success]]></ErrorStatus></List>"
    )
    return (
        f"<xml><FromUserName><![CDATA[{openid}]]></FromUserName><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[subscribe_msg_sent_event]]></Event><SubscribeMsgSentEvent>{inner}</SubscribeMsgSentEvent></xml>"
    )


def sms_report(phone: str, reference: str, ok: bool = True, code: str = "DELIVERED", number: str = "B") -> bytes:
    row = {
        "phone_number": phone, "send_time": "2026-06-01 10:00:00", "report_time": "2026-06-01 10:00:05", "success": ok,
        "err_code": code, "err_msg": "", "sms_size": "1", "biz_id": number, "out_id": reference,
    }  # fmt: skip
    return json.dumps([row]).encode()


def sms_answer(phone: str, words: str) -> bytes:
    row = {
        "phone_number": phone,
        "send_time": "2026-06-01 10:10:00",
        "content": words,
        "sign_name": "集市",
        "dest_code": "1",
    }
    return json.dumps([row | {"sequence_id": 1}], ensure_ascii=False).encode()


def tencent_report(phone: str, number: str, ok: bool = True, code: str = "DELIVRD") -> bytes:
    row = {
        "user_receive_time": "2026-06-01 10:00:05", "nationcode": "86", "mobile": phone,
        "report_status": "SUCCESS" if ok else "FAIL", "errmsg": code, "description": "", "sid": number,
    }  # fmt: skip
    return json.dumps([row]).encode()


def tencent_answer(phone: str, words: str) -> bytes:
    told = {"extend": "0", "mobile": phone, "nationcode": "86", "sign": "集市", "text": words, "time": 1457336869}
    return json.dumps(told, ensure_ascii=False).encode()


class Topic(Desk):
    """A topic of SNS: its certificate lies at `url`, and who confirms a subscription is heard."""

    def __init__(self) -> None:
        super().__init__()
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        self.pem = made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.asked: list[str] = []

    def hear(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self.asked.append(path)
        return 200, self.pem

    def notice(self, message: dict[str, Any], version: str = "2", **changed: str) -> bytes:
        told = {
            "Type": "Notification", "MessageId": "m1", "TopicArn": TOPIC, "Message": json.dumps(message),
            "Timestamp": "2026-06-01T02:00:00.000Z",
        } | changed  # fmt: skip
        return self.signed(told, version)

    def invitation(self) -> bytes:
        return self.signed(
            {
                "Type": "SubscriptionConfirmation",
                "MessageId": "m0",
                "TopicArn": TOPIC,
                "Message": "You have chosen",
                "Token": "t",
                "SubscribeURL": f"{self.url}/?Action=ConfirmSubscription&Token=t",
                "Timestamp": "2026-06-01T02:00:00Z",
            },
            "2",
        )

    def signed(self, told: dict[str, str], version: str) -> bytes:
        names = sorted(set(told) - {"Signature", "SignatureVersion", "SigningCertURL"})
        text = "".join(f"{name}\n{told[name]}\n" for name in names)
        digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303  # as old topics sign
        signature = base64.b64encode(self.key.sign(text.encode(), padding.PKCS1v15(), digest)).decode()
        place = f"{self.url}/SimpleNotificationService-0a1b2c3d4e5f.pem"
        return json.dumps(
            told | {"Signature": signature, "SignatureVersion": version, "SigningCertURL": place}
        ).encode()


def letter_event(kind: str, reference: str, address: str, **details: str) -> dict[str, Any]:
    """What SES tells of a letter: Delivery, Bounce, Complaint."""
    tag = base64.urlsafe_b64encode(reference.encode()).decode().rstrip("=")
    mail = {
        "messageId": "0100",
        "destination": [address],
        "tags": {"claim": [tag], "ses:configuration-set": ["shop-mail"]},
    }
    people: list[Any] = [address] if kind == "Delivery" else [{"emailAddress": address}]
    listed = {"Delivery": "recipients", "Bounce": "bouncedRecipients", "Complaint": "complainedRecipients"}[kind]
    return {"eventType": kind, "mail": mail, kind.lower(): {listed: people, **details}}
