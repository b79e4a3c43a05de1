"""The outbox of a local shop: what would have been sent, kept in a file (OUTBOX_DIR) or in this process.

Guarantees: on any other stage nothing is kept and nothing is shown, since the texts hold codes and addresses.
"""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import NamedTuple

from chalicelib.kernel.clock import iso
from chalicelib.runtime import settings, world

from .manifest import Channel
from .port import Message, is_local

CHANNEL = Channel(
    "outbox",
    ("phone", "email", "wechat", "mini", "wecom", "group"),
    "本机发件箱",
    "the outbox of a local shop",
    local=True,
    module="",
)
FOLDER = settings.declare("OUTBOX_DIR", "", "where a local shop keeps what it would have sent; empty: in memory")
MOST = 200


class OutboxMessage(NamedTuple):
    """One message: when, by which kind of address, to whom, what."""

    at: str
    kind: str
    address: str
    text: str


class OutboxElsewhere(RuntimeError):
    """The outbox is for local shops only."""


_memory: deque[OutboxMessage] = deque(maxlen=MOST)


def deliver(message: Message) -> str:
    """Keep a message. Raises OutboxElsewhere when the shop is not a local one."""
    if not is_local():
        raise OutboxElsewhere()
    sent = OutboxMessage(iso(world.now()), message.kind, message.address, message.text)
    _memory.append(sent)
    if file := _file():
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(sent, ensure_ascii=False) + "\n")
    return message.reference


def latest() -> list[OutboxMessage]:
    """The last messages, newest first."""
    if file := _file():
        lines = file.read_text(encoding="utf-8").splitlines()[-MOST:] if file.exists() else []
        return [OutboxMessage(*json.loads(line)) for line in reversed(lines)]
    return list(reversed(_memory))


def clear() -> None:
    """Forget the messages in memory (between tests)."""
    _memory.clear()


def _file() -> Path | None:
    folder = settings.value(FOLDER)
    return Path(folder) / "outbox.jsonl" if folder else None
