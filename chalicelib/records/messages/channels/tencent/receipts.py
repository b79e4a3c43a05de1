"""What Tencent Cloud tells of text messages, and what their readers answer. It signs nothing: the address is the proof, which
nobody else was told."""

from __future__ import annotations

import re

from ..receiving import DELIVERED, OPT_OUT, RawReceipt, Reply, ToldReceipt, known_by, no_more, read, rows, text
from ..sms.receipts import failure
from .adapter import SECRET

MOST = 1000


def parse(raw: RawReceipt) -> list[ToldReceipt]:
    """Raises ReceiptForged, ReceiptMalformed."""
    known_by(SECRET, raw.token)
    told = read(raw.body)
    if isinstance(told, dict):  # an answer comes alone
        wants_none = no_more(told.get("text"))
        return [ToldReceipt(OPT_OUT, kind="phone", address=phone(told))] if wants_none else []
    found = []
    for row in rows(told)[:MOST]:
        outcome = DELIVERED if row.get("report_status") == "SUCCESS" else failure(text(row.get("errmsg")))
        found.append(ToldReceipt(outcome, number=text(row.get("sid")), kind="phone", address=phone(row)))
    return found


def phone(row: dict[str, object]) -> str:
    """A number as the shop keeps it; nothing for what is none."""
    country, mobile = text(row.get("nationcode")) or "86", text(row.get("mobile"))
    return f"+{country}{mobile}" if re.fullmatch("[0-9]{7,18}", country + mobile) else ""


def ack(ok: bool) -> Reply:
    return Reply('{"result":0,"errmsg":"OK"}' if ok else '{"result":1,"errmsg":"later"}')
