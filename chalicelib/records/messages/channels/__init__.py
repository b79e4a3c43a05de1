"""Ways to reach people: name -> deliver(kind of address, address, text)."""

from __future__ import annotations

from collections.abc import Callable

from . import outbox

CHANNELS: dict[str, Callable[[str, str, str], None]] = {"outbox": outbox.deliver}
