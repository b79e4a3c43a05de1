"""E-mail through the shop's mail server: SMTP, always under TLS, from the secret `messages/mail`.

The secret holds {host, port, user, password, sender}, an empty user where nobody signs in. The port says how TLS begins,
unless `tls` says it: `implicit`, `starttls`, or `none`, which only a local stage may say of its own machine. A server that
offers no TLS gets nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.runtime import world

from ..port import (
    AddressRefused,
    ChannelSilent,
    ChannelThrottled,
    Message,
    Misconfigured,
    NotDelivered,
    document,
    may_be_in_clear,
)

if TYPE_CHECKING:
    from smtplib import SMTP

SECRET = "messages/mail"  # noqa: S105  # the name of a secret, not one
IMPLICIT, STARTTLS, CLEAR = "implicit", "starttls", "none"
IMPLICIT_PORTS = {465, 994, 2465}
STEP_SECONDS, WHOLE_SECONDS = 4.0, 12.0  # one exchange, all of them


@dataclass(frozen=True, slots=True, repr=False)
class MailContract:
    """The shop's account at its mail server; never printed."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    tls: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> MailContract:
        """Raises Misconfigured: something is missing, or would go in clear."""
        try:
            host, port, sender = str(config["host"]), int(config["port"]), str(config["sender"])
            user, password = str(config["user"]), str(config["password"])
        except (KeyError, TypeError, ValueError):
            raise Misconfigured(SECRET) from None
        tls = config.get("tls") or (IMPLICIT if port in IMPLICIT_PORTS else STARTTLS)
        if tls not in (IMPLICIT, STARTTLS, CLEAR) or (tls == CLEAR and not may_be_in_clear(host)):
            raise Misconfigured("tls")
        made = cls(host, port, user, password, sender, tls)
        if not made.domain:
            raise Misconfigured("sender")
        return made

    @property
    def mailbox(self) -> str:
        """The sender's bare address."""
        from email.utils import parseaddr

        return parseaddr(self.sender)[1]

    @property
    def domain(self) -> str:
        return self.mailbox.partition("@")[2]


def deliver(message: Message, step_seconds: float = STEP_SECONDS) -> str:
    """Hand a message to the shop's mail server; answers what stands before the `@` of its Message-ID. Raises NotDelivered."""
    contract = MailContract.of(document(SECRET))
    if not one_mailbox(message.address):
        raise AddressRefused("address")
    number = message.reference or world.new_id("M")
    try:
        _hand_over(contract, message.address, letter(contract, message, number), step_seconds)
    except (OSError, ValueError) as trouble:  # all of smtplib's and ssl's are OSErrors
        raise _meant(trouble) from None
    return number


def one_mailbox(address: str) -> bool:
    """Whether what the mail library writes on the envelope is the address itself, and not what it takes it to mean."""
    from smtplib import quoteaddr

    return re.fullmatch("[!-~]+@[!-~]+", address) is not None and quoteaddr(address) == f"<{address}>"


def letter(contract: MailContract, message: Message, number: str) -> bytes:
    """The message as it travels (RFC 5322), in UTF-8; no machine shall answer it."""
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime

    made = EmailMessage(policy=SMTP)
    made["From"], made["To"] = contract.sender, message.address
    made["Subject"] = message.subject
    made["Date"], made["Message-ID"] = format_datetime(world.now()), f"<{number}@{contract.domain}>"
    made["Auto-Submitted"] = "auto-generated"
    for name, value in leaving(message):
        made[name] = value
    made.set_content(message.text, charset="utf-8", cte="base64")
    made["Content-Language"] = message.language
    return made.as_bytes()


def leaving(message: Message) -> list[tuple[str, str]]:
    """The headers by which one click of a mail program ends such letters (RFC 8058)."""
    if not message.opt_out:
        return []
    return [("List-Unsubscribe", f"<{message.opt_out}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]


def _hand_over(contract: MailContract, to: str, written: bytes, step_seconds: float) -> None:
    until = world.current().elapsed() + WHOLE_SECONDS
    line = _line(contract, step_seconds)
    steps: tuple[Callable[[], object], ...] = (
        lambda: contract.tls != STARTTLS or line.starttls(context=_trust()),
        line.ehlo_or_helo_if_needed,
        lambda: not contract.user or line.login(contract.user, contract.password),
        lambda: _granted(line.mail(contract.mailbox)),
        lambda: _granted(line.rcpt(to), AddressRefused),
        lambda: _granted(line.data(written)),
    )
    try:
        for step in steps:
            _wait_at_most(line, min(step_seconds, until - world.current().elapsed()))
            step()
        with suppress(OSError):
            line.putcmd("QUIT")  # it has the letter; whether it says good-bye does not matter
    finally:
        line.close()


def _line(contract: MailContract, seconds: float) -> SMTP:
    """A connection; it says whose it is by the sender's domain, since to look up this machine's name takes time."""
    import smtplib

    place, name = (contract.host, contract.port), contract.domain
    if contract.tls == IMPLICIT:
        return smtplib.SMTP_SSL(*place, local_hostname=name, timeout=seconds, context=_trust())
    return smtplib.SMTP(*place, local_hostname=name, timeout=seconds)


def _trust() -> Any:
    import ssl

    return ssl.create_default_context()


def _wait_at_most(line: SMTP, seconds: float) -> None:
    if seconds <= 0 or line.sock is None:
        raise TimeoutError
    line.sock.settimeout(seconds)


def _granted(reply: tuple[int, bytes], otherwise: type[NotDelivered] = Misconfigured) -> None:
    if not 200 <= reply[0] < 300:
        raise _refusal(reply[0], otherwise)


def _refusal(code: int, otherwise: type[NotDelivered] = Misconfigured) -> NotDelivered:
    """4xx is `not now` at every step; what 5xx means depends on the step."""
    return (ChannelThrottled if 400 <= code < 500 else otherwise)(str(code))


def _meant(trouble: Exception) -> NotDelivered:
    import smtplib
    import ssl

    if isinstance(trouble, smtplib.SMTPResponseException):
        return _refusal(trouble.smtp_code)
    kinds: tuple[tuple[type[Exception], type[NotDelivered]], ...] = (
        (smtplib.SMTPServerDisconnected, ChannelSilent),
        (smtplib.SMTPException, Misconfigured),  # no TLS is offered, or no way to sign in: then nothing was said
        (ssl.SSLCertVerificationError, Misconfigured),
        (Exception, ChannelSilent),
    )
    means = next(means for kind, means in kinds if isinstance(trouble, kind))
    return means(type(trouble).__name__)
