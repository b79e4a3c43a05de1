"""What is told of subscriptions."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class WebhookSubscriptionChanged(Fact, context="subscriptions", audit=Audit("security", "subscription_id")):
    """Who outside is told of what changed; `what` is added, edited, secret, pause, resume or removed."""

    subscription_id: str
    what: str


class WebhookSubscriptionSwitchedOff(Fact, context="subscriptions", audit=Audit("shop", "subscription_id")):
    """Nothing is sent any more to a receiver that failed for days, or said that it is gone; `why` is failing or gone."""

    subscription_id: str
    owner: str
    why: str


class WebhookDue(Fact, context="subscriptions", audit=REMINDER):
    """A message waits to be sent for the `turn`-th time, to a receiver of which nothing bad is known."""

    subscription_id: str
    message_id: str
    turn: int


class WebhookRetryDue(Fact, context="subscriptions", audit=REMINDER):
    """A message waits to be sent again, or to a receiver that is in trouble: behind nobody who is well."""

    subscription_id: str
    message_id: str
    turn: int


class WebhookDeliveryFailed(Fact, context="subscriptions", audit=Left("the message itself is kept, with each attempt")):
    """A message was given up."""

    subscription_id: str
    message_id: str


class WebhookRedeliveryAsked(Fact, context="subscriptions", audit=Audit("shop", "subscription_id")):
    """A member of staff asked for the messages of a stretch once more, of these instants (epoch ms); `only` says which of
    them: all, or those that failed."""

    subscription_id: str
    start: int
    end: int
    only: str


class WebhookRedeliveryDue(
    Fact, context="subscriptions", audit=Left("a reminder for a worker; that it was asked for is told by itself")
):
    """The next part of a stretch, behind this message, waits to be sent once more."""

    subscription_id: str
    after: str
    until: str
    only: str
