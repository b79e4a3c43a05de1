"""Habits of the wire that all carriers share: exchanging JSON and forms, Shanghai time, digests, sums in yuan."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.kernel.money import Fen
from chalicelib.runtime import settings
from chalicelib.runtime.outside import HttpPort, NoAnswer

from ..rules import Trace, discreet
from .port import CarrierError, CarrierMisconfigured, CarrierThrottled, CarrierUnsure, Party, PushMalformed

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
_YUAN = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?")

T = TypeVar("T")
Table = Mapping[str, type[CarrierError]]


def safe(url: str) -> str:
    """A carrier's address. Raises CarrierMisconfigured when what is sent there could be read on the way."""
    if not url.startswith("https://") and settings.value(settings.STAGE) != "local":
        raise CarrierMisconfigured("PLAIN_HTTP")
    return url.rstrip("/")


def compact(obj: object) -> str:
    return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))


def exchange(http: HttpPort, url: str, body: bytes, media: str) -> dict[str, Any]:
    """One POST; its answer as an object. Silence and trouble leave one unsure; too many calls are throttled."""
    try:
        status, _, answer = http.request("POST", url, {"content-type": f"{media};charset=utf-8"}, body)
    except NoAnswer:
        raise CarrierUnsure("no_answer") from None
    if status == 429:
        raise CarrierThrottled("http_429")
    if status != 200:
        raise CarrierUnsure(f"http_{status}")
    return answered(answer)


def form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()


def answered(raw: bytes | str) -> dict[str, Any]:
    """The object that a carrier answered. Raises CarrierUnsure."""
    return _object(raw, lambda: CarrierUnsure("unreadable"))


def pushed(raw: bytes | str) -> dict[str, Any]:
    """The object that a carrier pushed. Raises PushMalformed."""
    return _object(raw, lambda: PushMalformed("not an object"))


def _object(raw: bytes | str, trouble: Callable[[], Exception]) -> dict[str, Any]:
    try:
        found = json.loads(raw, parse_float=str)
    except (ValueError, RecursionError):
        raise trouble() from None
    if not isinstance(found, dict):
        raise trouble()
    return found


def meaning(table: Table, code: str) -> CarrierError:
    """What a no means; a code without a row is CarrierUnsure, and the table is to be completed."""
    kind = table.get(code)
    return CarrierUnsure(code, calls="table") if kind is None else kind(code)


def text(told: object) -> str:
    """A field as text; nothing for what is neither text nor a whole number."""
    return str(told).strip() if isinstance(told, str | int) and not isinstance(told, bool) else ""


def rows(told: object) -> list[dict[str, Any]]:
    """The objects of a list; nothing for what is none."""
    return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []


def instant(told: object) -> datetime | None:
    """UTC from "YYYY-MM-DD HH:MM:SS" in Shanghai; None for anything else."""
    if not isinstance(told, str) or not _TIME.fullmatch(told):
        return None
    try:
        return datetime.fromisoformat(told).replace(tzinfo=SHOP_ZONE).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment(at: datetime) -> str:
    return at.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def yuan(told: object) -> Fen | None:
    """A sum in yuan, as a text or a JSON number; None for anything else."""
    said = text(told)
    return Fen.from_yuan(said) if _YUAN.fullmatch(said) else None


def md5_hex(words: str) -> str:
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()


def md5_base64(words: str) -> str:
    return base64.b64encode(hashlib.md5(words.encode(), usedforsecurity=False).digest()).decode()


def short(words: str) -> str:
    """A few letters that stand for a text."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def trace(
    at: datetime, status: Any, code: str, words: object, place: object, *, key: str, source: str, proven: bool
) -> Trace:
    """A trace as it may be kept: its words discreet."""
    return Trace(at, status, code[:16], discreet(text(words)), discreet(text(place))[:60], key, source, proven)


def sender(document: Mapping[str, Any]) -> Party:
    """Who sends, by a carrier's document."""
    return Party(*(str(document[f"sender_{field}"]) for field in Party._fields))
