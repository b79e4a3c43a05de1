"""What the shop says to people by itself: news of their money and account, and whatever else wants a message sent."""

from .sending import MessageOutcome as Outcome
from .sending import WantedMessage as Wanted
from .sending import never as never
from .sending import send_all as send_all
from .telling import TAIL as TAIL
from .telling import notify_customer as notify_customer
from .telling import notify_owner as notify_owner

__all__ = ["TAIL", "Outcome", "Wanted", "never", "notify_customer", "notify_owner", "send_all"]
