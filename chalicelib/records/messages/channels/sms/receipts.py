"""What Aliyun tells of text messages (SmsReport) and what their readers answer (SmsUp). It signs nothing: the address is the
proof, which nobody else was told."""

from __future__ import annotations

import re

from ..receiving import (
    BOUNCED,
    DELIVERED,
    FAILED,
    OPT_OUT,
    RawReceipt,
    Reply,
    ToldReceipt,
    known_by,
    no_more,
    read,
    rows,
    text,
)
from .adapter import SECRET

MOST = 1000
GONE = frozenset({"MK:0001", "MOBILE_NOT_EXIST", "INVALID_NUMBER", "MOBILE_NUMBER_ILLEGAL"})  # nobody has this number
SHUT = frozenset({"MOBILE_IN_BLACK", "USER_REJECT", "BLACK", "MBBLACK", "UNSUBSCRIBE"})  # its owner wants none


def parse(raw: RawReceipt) -> list[ToldReceipt]:
    """Raises ReceiptForged, ReceiptMalformed."""
    known_by(SECRET, raw.token)
    found = []
    for row in rows(read(raw.body))[:MOST]:
        phone = number(text(row.get("phone_number")))
        if "content" in row:
            found += [ToldReceipt(OPT_OUT, kind="phone", address=phone)] if no_more(row["content"]) else []
            continue
        outcome = DELIVERED if row.get("success") is True else failure(text(row.get("err_code")))
        found.append(ToldReceipt(outcome, text(row.get("out_id")), text(row.get("biz_id")), "phone", phone))
    return found


def failure(code: str) -> str:
    """What an undelivered message means for its address."""
    return BOUNCED if code in GONE else OPT_OUT if code in SHUT else FAILED


def number(told: str) -> str:
    """A number as the shop keeps it; nothing for what is none."""
    bare = re.fullmatch("(?:[+]?86|0086)?(1[3-9][0-9]{9})", told)
    return f"+86{bare[1]}" if bare else f"+{told}" if re.fullmatch("[1-9][0-9]{6,14}", told) else ""


def ack(ok: bool) -> Reply:
    return Reply('{"code":0,"msg":"成功"}' if ok else '{"code":1,"msg":"失败"}')
