"""Ways to reach people, by kind of address and name. A new one is a module with `deliver(message)` and a line here.

A channel is imported when it first delivers: most functions send nothing before their first answer.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from . import outbox
from .port import Message

Deliver = Callable[[Message], None]


def _by(module: str) -> Deliver:
    def deliver(message: Message) -> None:
        import_module(f"{__name__}.{module}").deliver(message)

    return deliver


CHANNELS: dict[str, dict[str, Deliver]] = {
    "phone": {"outbox": outbox.deliver, "sms": _by("aliyun_sms")},
    "email": {"outbox": outbox.deliver, "mail": _by("mail")},
}
