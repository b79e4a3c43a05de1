"""Ways to reach people, by kind of address and name. A new one is a module with `deliver(message)` and a row here.

A channel is imported when it first delivers: most functions send nothing before their first answer.
"""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import Literal, NamedTuple

from chalicelib.kernel.credentials import Credential

from .port import UNSURE, Message

Kind = Literal["phone", "email"]


class Channel(NamedTuple):
    """One way: to which kind of address, by which module, and the fields of its secret. A `local` one is for a shop on one
    machine, where it comes first; elsewhere the first of the others does."""

    kind: Kind
    name: str
    module: str
    credentials: tuple[Credential, ...] = ()
    local: bool = False

    @property
    def secret(self) -> str:
        return f"messages/{self.name}"

    def deliver(self, message: Message) -> None:
        """Have a message sent. Raises NotDelivered."""
        import_module(f"{__name__}.{self.module}").deliver(message)

    def asks(self) -> bool:
        """Whether its provider can be asked what became of a message."""
        return hasattr(import_module(f"{__name__}.{self.module}"), "enquire")

    def enquire(self, message: Message, since: datetime) -> str:
        """What became of a message that was handed over at this instant and of which no answer came: arrived, absent, unsure.
        A module that has an `enquire` of its own can tell."""
        module = import_module(f"{__name__}.{self.module}")
        return str(module.enquire(message, since)) if self.asks() else UNSURE


TABLE = (
    Channel("phone", "outbox", "outbox", local=True),
    Channel("email", "outbox", "outbox", local=True),
    Channel("phone", "sms", "aliyun_sms", (
        Credential("access_key_id", "of a user who may do nothing but SendSms"),
        Credential("access_key_secret", "its secret"),
        Credential("sign_name", "the approved signature"),
        Credential("templates", "{message: SMS_…}: the template of each message above by its name, with its blanks"),
        Credential("endpoint", "only where it is not https://dysmsapi.aliyuncs.com", needed=False),
    )),
    Channel("email", "mail", "mail", (
        Credential("host", "the mail server"),
        Credential("port", "465 begins with TLS, 587 turns to it"),
        Credential("user", "who signs in; empty where nobody does"),
        Credential("password", "the user's"),
        Credential("sender", "集市 <shop@example.com>"),
        Credential("tls", "implicit or starttls, where the port does not say it", needed=False),
    )),
)  # fmt: skip
CHANNELS: dict[str, dict[str, Channel]] = {
    kind: {one.name: one for one in TABLE if one.kind == kind} for kind in dict.fromkeys(one.kind for one in TABLE)
}
