"""A provider's notice at our door: verify over the raw bytes, one durable write, then the provider's own acknowledgement.

Guarantees: what is not signed by the provider changes nothing but a counter; what was taken before is acknowledged again
without a second effect; what could not be written, or is about a number nobody knows, is not acknowledged, so that the
provider repeats it.
"""

from __future__ import annotations

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.processes.refunding.service.refund_order import take_refund_news
from chalicelib.records.payments.providers.port import (
    AuthConfig,
    HttpReply,
    Malformed,
    NotifyEvent,
    PaymentProvider,
    RawNotify,
    SignatureInvalid,
    Unopened,
)
from chalicelib.records.payments.rules import PaymentProviderDown
from chalicelib.records.payments.service import calls
from chalicelib.runtime import observe
from chalicelib.runtime.http import Raw, Request
from chalicelib.runtime.work import AlreadyCommitted, Work

from .settle_payment import settle_payment


def take_notice(name: str, request: Request, work: Work) -> Raw:
    """The reply to a notice of this provider."""
    if not calls.contracted(name):
        return Raw("", status=404)  # it has nothing to tell us, whoever says that it is this provider
    try:
        adapter = calls.provider(name)
    except PaymentProviderDown:
        return Raw("", status=503)
    try:
        event = adapter.parse_notify(RawNotify(request.headers, request.body))
    except SignatureInvalid:
        observe.count("NoticeForged", provider=name)
        return _reply(adapter.ack(False), 401)
    except Malformed as trouble:
        observe.count("NoticeMalformed", provider=name)
        if isinstance(trouble, Unopened):
            calls.tell(name, AuthConfig("NOTICE_KEY", calls="keys"))
        return _reply(adapter.ack(False), 400)
    except AuthConfig as trouble:  # what would prove it cannot be read: it will be told again
        calls.tell(name, trouble)
        return Raw("", status=503)
    return _take(adapter, event, work)


def _take(adapter: PaymentProvider, event: NotifyEvent, work: Work) -> Raw:
    try:
        outcome = _fold(adapter.name, event, work)
    except AlreadyCommitted:
        outcome = "known"
    except (Refusal, CommitRejected) as trouble:
        observe.logger().warning("notice not taken", provider=adapter.name, causes=list(observe.causes(trouble)))
        return _reply(adapter.ack(False), 503)
    observe.count("Notice", provider=adapter.name, outcome=outcome)
    if outcome == "unknown":
        return _reply(adapter.ack(False), 404)
    reply = adapter.ack(True)
    return _reply(reply, reply.status)


def _fold(name: str, event: NotifyEvent, work: Work) -> str:
    if event.payment is not None:
        news = event.payment
        # the outcome, not the notice's id: a second notice of the same outcome is the same fact
        work.with_key(
            f"{name}|{news.number}|{news.status}|{news.amount}|{news.mismatch}|{news.products}", fingerprint=""
        )
        return settle_payment(name, news, work)
    if event.refund is not None:
        return take_refund_news(name, event.refund, work)
    return "ignored"


def _reply(said: HttpReply, status: int) -> Raw:
    return Raw(said.body, media=said.content_type, status=status)
