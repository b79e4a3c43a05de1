"""What WeChat tells of a mini program's subscription messages (subscribe_msg_sent_event), sealed."""

from __future__ import annotations

from collections.abc import Mapping

from .. import crypt
from ..receiving import DELIVERED, FAILED, OPT_OUT, RawReceipt, ToldReceipt, contract
from ..wechat.receipts import ack as ack
from .adapter import SECRET

REFUSED = frozenset({"43101", "43107"})


def parse(raw: RawReceipt) -> list[ToldReceipt]:
    """Raises ReceiptForged, ReceiptMalformed."""
    document = contract(SECRET)
    told = crypt.event(document, raw.query, raw.body, str(document.get("appid")))
    if told.get("Event") != "subscribe_msg_sent_event":
        return []
    code = told.get("ErrorCode", "")
    outcome = DELIVERED if code == "0" else OPT_OUT if code in REFUSED else FAILED
    return [ToldReceipt(outcome, number=told.get("MsgID", ""), kind="mini", address=told.get("FromUserName", ""))]


def echo(query: Mapping[str, str]) -> str:
    """Raises ReceiptForged."""
    document = contract(SECRET)
    return crypt.echo(document, query, str(document.get("appid")))
