"""How codes reach people, for the faces that send them."""

from chalicelib.records.identity.access.service.verification_codes import use_sender
from chalicelib.records.messages.service import AddressBusy, AddressRefused, send


def by_message() -> None:
    """Codes go out as messages."""
    use_sender(send, refused=AddressRefused, busy=AddressBusy)
