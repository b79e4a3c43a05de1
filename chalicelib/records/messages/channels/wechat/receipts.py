"""What WeChat tells of an official account's template messages (TEMPLATESENDJOBFINISH), sealed."""

from __future__ import annotations

from collections.abc import Mapping

from .. import crypt
from ..receiving import DELIVERED, FAILED, OPT_OUT, RawReceipt, Reply, ToldReceipt, contract
from .adapter import SECRET


def parse(raw: RawReceipt) -> list[ToldReceipt]:
    """Raises ReceiptForged, ReceiptMalformed."""
    document = contract(SECRET)
    told = crypt.event(document, raw.query, raw.body, str(document.get("appid")))
    if told.get("Event") != "TEMPLATESENDJOBFINISH":
        return []
    status = told.get("Status", "")
    outcome = DELIVERED if status == "success" else OPT_OUT if "user block" in status else FAILED
    number = told.get("MsgID") or told.get("MsgId") or ""
    return [ToldReceipt(outcome, number=number, kind="wechat", address=told.get("FromUserName", ""))]


def echo(query: Mapping[str, str]) -> str:
    """Raises ReceiptForged."""
    document = contract(SECRET)
    return crypt.echo(document, query, str(document.get("appid")))


def ack(ok: bool) -> Reply:
    return Reply("success" if ok else "", "text/plain")
