"""E-mail by Amazon SES (version 2), from the secret `messages/ses`.

The claim travels as the tag `claim`, which every event of the configuration set repeats. SES knows no idempotency: a letter
is handed over once, also by the client beneath.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.runtime import clients
from chalicelib.runtime.deadline import NO_RESPONSE, TRANSIENT, UNSURE, code_of

from ..mail.adapter import leaving, one_mailbox
from ..port import AddressRefused, ChannelSilent, ChannelThrottled, Message, Misconfigured, NotDelivered, document

SECRET = "messages/ses"  # noqa: S105  # the name of a secret, not one
UTF8 = "UTF-8"
TROUBLES: dict[str, type[NotDelivered]] = {  # a code that is not listed: somebody must look
    "TooManyRequestsException": ChannelThrottled,
    "LimitExceededException": ChannelThrottled,
    **dict.fromkeys(TRANSIENT, ChannelThrottled),
    **dict.fromkeys(UNSURE, ChannelSilent),
}


@dataclass(frozen=True, slots=True, repr=False)
class SesContract:
    """The shop's identity at SES; never printed."""

    sender: str
    configuration_set: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SesContract:
        """Raises Misconfigured: something is missing."""
        try:
            return cls(str(config["sender"]), str(config["configuration_set"]))
        except (KeyError, TypeError):
            raise Misconfigured(SECRET) from None


def deliver(message: Message) -> str:
    """Hand a message to SES; answers its MessageId. Raises NotDelivered."""
    contract = SesContract.of(document(SECRET))
    if not one_mailbox(message.address):
        raise AddressRefused("address")
    logging.getLogger("botocore").setLevel(logging.INFO)  # below, it writes whole letters
    ses = clients.client("sesv2")
    try:
        told = ses.send_email(**asked(contract, message))
    except NO_RESPONSE as silence:
        raise ChannelSilent(type(silence).__name__) from None
    except ses.exceptions.ClientError as error:
        code = code_of(error)
        raise TROUBLES.get(code, Misconfigured)(code) from None
    return str(told.get("MessageId") or "")


def asked(contract: SesContract, message: Message) -> dict[str, Any]:
    """What SendEmail is asked."""
    headers = [{"Name": name, "Value": value} for name, value in leaving(message)]
    simple = {
        "Subject": {"Data": message.subject, "Charset": UTF8},
        "Body": {"Text": {"Data": message.text, "Charset": UTF8}},
        "Headers": [*headers, {"Name": "Auto-Submitted", "Value": "auto-generated"}],
    }
    return {
        "FromEmailAddress": contract.sender,
        "Destination": {"ToAddresses": [message.address]},
        "Content": {"Simple": simple},
        "ConfigurationSetName": contract.configuration_set,
    } | ({"EmailTags": [{"Name": "claim", "Value": tag(message.reference)}]} if message.reference else {})


def tag(reference: str) -> str:
    """A reference in the letters that SES takes."""
    return base64.urlsafe_b64encode(reference.encode()).decode().rstrip("=")


def untagged(told: str) -> str:
    """The reference of a tag; "" for what is none."""
    try:
        return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode()
    except ValueError:
        return ""
