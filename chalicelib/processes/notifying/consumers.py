"""The worker that tells customers about their money, and owners about their accounts. A queue of its own: of the workers it
alone may open a contact and send."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kernel.clock import business_day, instant
from chalicelib.kernel.money import Fen
from chalicelib.records.identity.events import (
    StaffActivated,
    UserDataExported,
    UserDeviceNew,
    UserExportReady,
    UserLeaving,
    UserRegistrationTried,
    UserSessionsEnded,
)
from chalicelib.records.payments.events import PaymentDoubled, PaymentLate, RefundSucceeded
from chalicelib.records.subscriptions.events import WebhookSubscriptionSwitchedOff
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from . import texts
from .service import TAIL, notify_customer, notify_owner

bp = Blueprint(__name__)
worker = consumer(bp, "notifying", batch=2)
LATE = {  # what is told of late money, by why it goes back; of what revived its order there is no why
    "": texts.PAID_LATE, "gone": texts.LATE_RETURNED, "cancelled": texts.CANCELLED_RETURNED,
    "called_off": texts.CALLED_OFF_RETURNED, "repriced": texts.REPRICED_RETURNED, "free": texts.FREE_RETURNED,
}  # fmt: skip


@worker.on(PaymentLate)
def late(fact: PaymentLate, work: Work) -> None:
    """Their money came when the order did not wait for it any more."""
    notify_customer(LATE[fact.why], fact.order_id, work)


@worker.on(PaymentDoubled)
def twice(fact: PaymentDoubled, work: Work) -> None:
    """They paid twice."""
    notify_customer(texts.PAID_TWICE, fact.order_id, work)


@worker.on(RefundSucceeded)
def returned(fact: RefundSucceeded, work: Work) -> None:
    """Their money went back."""
    notify_customer(texts.RETURNED, fact.order_id, work, amount=Fen(fact.amount).text)


# ---- what somebody who had stolen their way into an account would do --------------------------------------------------
@worker.on(UserSessionsEnded)
def password(fact: UserSessionsEnded, work: Work) -> None:
    """Their account has another password."""
    if fact.why == "password":
        notify_owner(texts.PASSWORD_SET, fact.user_id, work)


@worker.on(StaffActivated)
def activated(fact: StaffActivated, work: Work) -> None:
    """An invitation was taken up: password and second factor are others now."""
    notify_owner(texts.PASSWORD_SET, fact.user_id, work)


@worker.on(UserDeviceNew)
def device(fact: UserDeviceNew, work: Work) -> None:
    """Somebody signed in on a device of which they have not heard."""
    notify_owner(texts.DEVICE_NEW, fact.user_id, work)


@worker.on(UserRegistrationTried)
def tried(fact: UserRegistrationTried, work: Work) -> None:
    """Somebody registered with their e-mail address: said there, and once a day however often it is tried."""
    work.with_key(f"{fact.user_id}|{business_day(work.now):%Y%m%d}")
    notify_owner(texts.REGISTRATION_TRIED, fact.user_id, work, only="email")


@worker.on(UserDataExported)
def exported(fact: UserDataExported, work: Work) -> None:
    """All that is held of them was asked for."""
    notify_owner(texts.DATA_EXPORTED, fact.user_id, work)


@worker.on(UserExportReady)
def ready(fact: UserExportReady, work: Work) -> None:
    """What they asked for can be fetched."""
    notify_owner(texts.DATA_READY, fact.user_id, work)


@worker.on(UserLeaving)
def leaving(fact: UserLeaving, work: Work) -> None:
    """Their account is to be closed."""
    notify_owner(texts.LEAVING, fact.user_id, work, day=f"{business_day(instant(fact.due_at)):%Y-%m-%d}")


# ---- what somebody of the shop has to see to ---------------------------------------------------------------------------
@worker.on(WebhookSubscriptionSwitchedOff)
def switched_off(fact: WebhookSubscriptionSwitchedOff, work: Work) -> None:
    """A receiver that they subscribed is told nothing more."""
    notify_owner(texts.WEBHOOK_OFF, fact.owner, work, subscription=fact.subscription_id[-TAIL:])
