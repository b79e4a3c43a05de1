"""The canary: one person's data, unmistakable in every spelling, and where it was found."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

NAME, PHONE, EMAIL = "欧阳金丝雀", "13987654321", "canary.bird@example.com"
LINE, DEVICE = "金丝雀路 77 号 1903 室", "canary-device-8c1f"
CARD, PASSWORD, NEW_PASSWORD = "6222021234567890128", "quite-Secret-1-canary", "other-Secret-2-canary"
PAYER, ACCOUNT = "o-canary-payer-55", "canary.payer@example.net"
REMARK, REASON, NOTE = f"请放金丝雀笼旁 {CARD}", f"金丝雀说坏了 {CARD}", f"金丝雀来电 {PHONE}"
TEXTS: dict[str, str] = {
    "name": NAME, "phone": PHONE, "phone as written": "139 8765 4321", "phone with hyphens": "139-8765-4321", "e-mail": EMAIL,
    "address": LINE, "device": DEVICE, "card": CARD, "card as written": "6222 0212 3456 7890 128", "password": PASSWORD,
    "new password": NEW_PASSWORD, "payer": PAYER, "payer's account": ACCOUNT, "bird": "金丝雀", "kana": "canary",
}  # fmt: skip


def spellings(text: str) -> Iterator[bytes]:
    """The ways in which a text may lie about in bytes."""
    raw = text.encode()
    yield raw
    yield text.encode("utf-16-le")
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(json.dumps(text)[1:-1])[1:-1].encode()
    yield quote(text).encode()
    yield raw.hex().encode()
    for shift in range(3):  # base64 of a longer text that holds it somewhere: what does not hang on its neighbours
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * shift + raw)
            start, end = (0, 2, 3)[shift], -4 if (len(raw) + shift) % 3 else None
            if len(middle := encoded[start:end].rstrip(b"=")) >= 8:
                yield middle


def key(more: Mapping[str, str]) -> dict[str, list[bytes]]:
    return {name: list(dict.fromkeys(spellings(text))) for name, text in {**TEXTS, **more}.items()}


def found(places: Mapping[str, Iterable[Any]], more: Mapping[str, str]) -> list[str]:
    """Every needle in every place, as `place: what, in its neighbourhood`."""
    needles = key(more)
    told = []
    for place, things in places.items():
        for thing in things:
            hay = plain(thing)
            for name, ways in needles.items():
                at = next((at for way in ways if (at := hay.find(way)) >= 0), None)
                if at is not None:
                    told.append(f"{place}: {name} in {hay[max(0, at - 80) : at + 80]!r}")
    return list(dict.fromkeys(told))


def plain(thing: Any) -> bytes:
    """A thing as bytes, whatever is base64 in it also as what it stands for."""
    if isinstance(thing, bytes):
        return thing
    text = thing if isinstance(thing, str) else json.dumps(thing, ensure_ascii=False, default=repr)
    return b"\n".join([text.encode("utf-8", "replace"), *_opened(thing)])


def _opened(thing: Any) -> Iterator[bytes]:
    """The binary values of DynamoDB items, as they are."""
    if isinstance(thing, Mapping):
        for name, inner in thing.items():
            if name == "B" and isinstance(inner, str):
                yield base64.b64decode(inner)
            else:
                yield from _opened(inner)
    elif isinstance(thing, list | tuple):
        for inner in thing:
            yield from _opened(inner)
