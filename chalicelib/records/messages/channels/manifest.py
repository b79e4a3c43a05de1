"""What a channel says of itself before anybody sends by it: its manifest, plain data that every function may import."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import Any, Literal, NamedTuple

from chalicelib.kernel.credentials import Credential
from chalicelib.runtime import settings

from .port import UNSURE, Message, NotForMarketing

PACE = (
    Credential("per_second", "messages a second, where the contract grants others than the manifest", needed=False),
    Credential("per_day", "messages a day of the shop, likewise", needed=False),
)


class Channel(NamedTuple):
    """The manifest of a channel: which kinds of address it reaches, by which module `adapter` of its package, and the fields
    of its secret `messages/<name>`. A `local` one is for a shop on one machine, where it comes first; elsewhere the first of
    the others does.

    `asked` is whether the provider can be asked what became of a message; `marketing` whether it may carry any;
    `receipts` says whether it tells what became of messages, and what proves that it is the provider that tells: a secret in
    the address, or a signature; `media` is how they come, `echoes` whether an address is tried out first, and `repeats` whether
    they repeat our reference. `open_ids`: its addresses are ids of an app, and the shop knows them only where people sign in
    at that very app, which the secret's `signs_in` says. Rate a second and quota a day are those of a new contract; 0 is none.
    """

    name: str
    kinds: tuple[str, ...]
    zh: str
    en: str
    credentials: tuple[Credential, ...] = ()
    local: bool = False
    asked: bool = False
    marketing: bool = True
    receipts: Literal["", "secret", "signed"] = ""
    media: tuple[str, ...] = ()
    echoes: bool = False
    repeats: bool = False
    open_ids: bool = False
    per_second: int = 0
    per_day: int = 0
    module: str = "adapter"

    @property
    def secret(self) -> str:
        return f"messages/{self.name}"

    @property
    def fields(self) -> tuple[Credential, ...]:
        """All fields that its secret may have."""
        return (*self.credentials, *PACE) if self.credentials else ()

    def contracted(self) -> bool:
        """Whether the shop has a contract with it, by which it reaches the addresses that the shop knows."""
        try:
            held = settings.secret(self.secret)
        except KeyError:
            return False
        return not self.open_ids or held.get("signs_in") is True

    def deliver(self, message: Message) -> str:
        """Have a message sent; answers the provider's own number of it, "" where it gives none. Raises NotDelivered."""
        from . import pace

        if message.opt_out and not self.marketing:
            raise NotForMarketing(self.name)
        if message.reference:
            pace.take(self)
        told: str = self._adapter().deliver(message)
        return told

    def asks(self) -> bool:
        """Whether its provider can be asked what became of a message."""
        return self.asked

    def enquire(self, message: Message, since: datetime) -> str:
        """What became of a message that was handed over at this instant and of which no answer came: arrived, absent, unsure.
        Raises NotDelivered."""
        return str(self._adapter().enquire(message, since)) if self.asked else UNSURE

    def _adapter(self) -> Any:
        return import_module(f"{__package__}.{self.name}" + (f".{self.module}" if self.module else ""))
