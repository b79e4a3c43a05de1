"""What subscriptions take and return."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import instant, iso, iso_or_none, millis
from chalicelib.runtime.http import Body, Instant, View
from chalicelib.runtime.http.kinds import Exact, Words
from chalicelib.runtime.http.shapes import Secret
from chalicelib.runtime.strangers import LONGEST

from .model import WebhookMessage, WebhookSubscription
from .rules import STATES, SUBSCRIPTION, TEST, TYPES, attempts, body
from .service.subscribing import MadeSubscription

Address = Annotated[Exact, Field(min_length=9, max_length=LONGEST, examples=["https://erp.example.com/jishi"])]


class AddSubscription(Body):
    """Where facts go, and which."""

    url: Address
    types: list[Literal[tuple(TYPES)]] = Field(  # type: ignore[valid-type]  # the table's names
        min_length=1, max_length=len(TYPES), examples=[["order.paid", "shipment.created"]]
    )
    note: Words = Field(default="", max_length=80, examples=["ERP"], description="what it is for, for the shop's own")


class EditSubscription(AddSubscription):
    """What a subscription says from now on; `revision` is the one that was read."""

    revision: int = Field(ge=1, le=1_000_000, examples=[1])


class MoveSubscription(Body):
    """pause keeps what happens until it goes on; resume sends what waited."""

    action: Literal["pause", "resume"]


class AskRedelivery(Body):
    """The messages of which stretch, by when their facts happened, are sent once more."""

    start: datetime = Field(examples=["2026-06-01T00:00:00Z"])
    end: datetime = Field(examples=["2026-06-02T00:00:00Z"])
    only: Literal["failed", "all"] = "failed"


class SubscriptionSecret(View):
    """A secret, shown this once: what a message is signed by. Until then the former one signs as well."""

    subscription_id: str
    secret: Secret
    former_until: Instant | None


class SubscriptionRevision(View):
    """How a subscription stands after a change."""

    subscription_id: str
    revision: int


class SubscriptionView(View):
    """A subscription as it stands."""

    subscription_id: str
    url: str
    types: list[str]
    note: str
    state: Literal[tuple(SUBSCRIPTION.all)]  # type: ignore[valid-type]  # the machine's states
    revision: int
    owner: str = Field(description="who made it, and is told when it is switched off")
    made_at: Instant
    failing_since: str | None = Field(description="since when no message got through; null while they do")
    rests_until: Instant | None = Field(description="until when nothing is tried, since nobody answered")
    switched_off: str | None = Field(description="why it is off: failing or gone")
    two_secrets_until: Instant | None = Field(description="until when the former secret signs as well")


class SubscriptionsView(View):
    """All subscriptions, oldest first, and what can be subscribed to."""

    items: list[SubscriptionView]
    types: list[str]


class MessageMade(View):
    """A message that was made now."""

    message_id: str


class AttemptView(View):
    """One try to send a message."""

    at: Instant
    status: int = Field(description="what the receiver answered; 0: nothing came")
    milliseconds: int
    said: str = Field(description="the first bytes of the answer, or what kept it from coming")


class MessageView(View):
    """A message and each attempt to send it, the oldest first."""

    message_id: str
    type: Literal[(TEST, *TYPES)]  # type: ignore[valid-type]  # the table's names
    happened_at: Instant
    state: Literal[STATES]  # type: ignore[valid-type]  # the words of the rules
    tries: int
    next_at: Instant | None
    attempts: list[AttemptView]


class MessageDetail(MessageView):
    """A message with what it says."""

    body: str


def made_view(made: MadeSubscription) -> SubscriptionSecret:
    return SubscriptionSecret(subscription_id=made.id, secret=made.secret, former_until=iso_or_none(made.former_until))


def subscription_view(row: WebhookSubscription) -> SubscriptionView:
    return SubscriptionView(
        subscription_id=row.id,
        url=row.url,
        types=row.type_names,
        note=row.note,
        state=row.state,
        revision=row.revision,
        owner=row.owner,
        made_at=iso(row.made_at),
        failing_since=iso_or_none(row.failing_since),
        rests_until=iso_or_none(row.rests_until),
        switched_off=row.why_off,
        two_secrets_until=iso_or_none(row.former_until),
    )


def subscriptions_view(rows: list[WebhookSubscription]) -> SubscriptionsView:
    return SubscriptionsView(items=[subscription_view(row) for row in rows], types=list(TYPES))


def message_view(row: WebhookMessage) -> MessageView:
    return MessageView(**_message(row))


def message_detail(row: WebhookMessage) -> MessageDetail:
    return MessageDetail(**_message(row), body=body(row.type, millis(row.at), row.data).decode())


def _message(row: WebhookMessage) -> dict[str, Any]:
    return {
        "message_id": row.id,
        "type": row.type,
        "happened_at": iso(row.at),
        "state": row.state,
        "tries": row.tries,
        "next_at": iso_or_none(row.next_at),
        "attempts": [
            AttemptView(at=iso(instant(one.at)), status=one.status, milliseconds=one.ms, said=one.said)
            for one in attempts(row.log)
        ],
    }
