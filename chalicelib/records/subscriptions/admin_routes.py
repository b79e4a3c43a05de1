"""The shop's own people at subscriptions: who outside is told, and what became of each message."""

from chalice.app import Blueprint

from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.strangers import WebhookAddressRefused
from chalicelib.runtime.work import Work

from . import shapes
from .rules import (
    StaleWebhookMessage,
    StaleWebhookSubscription,
    WebhookMessageNotFound,
    WebhookStretchWrong,
    WebhookSubscriptionNotFound,
    WebhookSubscriptionsFull,
    WebhookSubscriptionStateConflict,
)
from .service import messages, subscribing
from .shapes import (
    AddSubscription,
    AskRedelivery,
    EditSubscription,
    MessageDetail,
    MessageMade,
    MessageView,
    MoveSubscription,
    SubscriptionRevision,
    SubscriptionSecret,
    SubscriptionsView,
    SubscriptionView,
)

bp = Blueprint(__name__)
READ, EDIT = "subscriptions:read", "subscriptions:edit"
BASE = "/v1/admin/webhook-subscriptions"
ONE = f"{BASE}/{{subscription_id}}"
MESSAGE = f"{ONE}/messages/{{message_id}}"
MOVED = (WebhookSubscriptionNotFound, WebhookSubscriptionStateConflict)


@endpoint(
    bp,
    "POST",
    BASE,
    permit=EDIT,
    step_up=True,
    key="none",
    status=201,
    errors=(WebhookAddressRefused, WebhookSubscriptionsFull),
)
def add(body: AddSubscription, work: Work) -> SubscriptionSecret:
    """Subscribe a receiver to facts of the shop. · 新建事件推送订阅

    Its secret is shown in this answer and never again.
    """
    return shapes.made_view(subscribing.add(body.url, body.types, body.note, work))


@endpoint(bp, "GET", BASE, permit=READ)
def list_all() -> SubscriptionsView:
    """List webhook subscriptions. · 事件推送订阅列表"""
    return shapes.subscriptions_view(subscribing.every())


@endpoint(bp, "GET", ONE, permit=READ, errors=(WebhookSubscriptionNotFound,))
def show(subscription_id: str) -> SubscriptionView:
    """Read a webhook subscription. · 事件推送订阅详情"""
    return shapes.subscription_view(subscribing.find(subscription_id))


@endpoint(
    bp,
    "PUT",
    ONE,
    permit=EDIT,
    step_up=True,
    errors=(WebhookSubscriptionNotFound, WebhookAddressRefused, StaleWebhookSubscription),
)
def edit(subscription_id: str, body: EditSubscription, work: Work) -> SubscriptionRevision:
    """Change where a webhook subscription goes, and what of. · 修改事件推送订阅"""
    revision = subscribing.edit(subscription_id, body.revision, body.url, body.types, body.note, work)
    return SubscriptionRevision(subscription_id=subscription_id, revision=revision)


@endpoint(bp, "PUT", f"{ONE}/status", permit=EDIT, step_up=True, status=204, errors=MOVED)
def move(subscription_id: str, body: MoveSubscription, work: Work) -> None:
    """Pause or resume a webhook subscription. · 暂停或恢复事件推送订阅

    What happens meanwhile waits up to thirty days, and is sent when it goes on.
    """
    subscribing.move(subscription_id, body.action, work)


@endpoint(bp, "DELETE", ONE, permit=EDIT, step_up=True, status=204, errors=(WebhookSubscriptionNotFound,))
def remove(subscription_id: str, work: Work) -> None:
    """Delete a webhook subscription. · 删除事件推送订阅"""
    subscribing.remove(subscription_id, work)


@endpoint(
    bp,
    "POST",
    f"{ONE}/secret",
    permit=EDIT,
    step_up=True,
    key="none",
    errors=(WebhookSubscriptionNotFound, StaleWebhookSubscription),
)
def renew_secret(subscription_id: str, work: Work) -> SubscriptionSecret:
    """Renew the secret of a webhook subscription. · 更换事件推送密钥

    It is shown in this answer and never again; for a day both sign.
    """
    return shapes.made_view(subscribing.renew_secret(subscription_id, work))


@endpoint(bp, "POST", f"{ONE}/tests", permit=EDIT, status=202, errors=(WebhookSubscriptionNotFound,))
def test(subscription_id: str, work: Work) -> MessageMade:
    """Send a test message to a webhook receiver. · 发送测试推送

    It is tried once, also while the subscription is paused or off.
    """
    return MessageMade(message_id=messages.test(subscription_id, work))


@endpoint(bp, "GET", f"{ONE}/messages", permit=READ, errors=(WebhookSubscriptionNotFound,))
def list_messages(subscription_id: str, query: Paging) -> Page[MessageView]:
    """List the messages of a webhook subscription, newest first. · 推送消息记录"""
    rows, more = messages.listed(subscription_id, query.limit, query.cursor)
    return Page[MessageView](items=[shapes.message_view(row) for row in rows], next=more)


@endpoint(bp, "GET", MESSAGE, permit=READ, errors=(WebhookSubscriptionNotFound, WebhookMessageNotFound))
def show_message(subscription_id: str, message_id: str) -> MessageDetail:
    """Read a webhook message with its attempts. · 推送消息详情及投递记录"""
    return shapes.message_detail(messages.find(subscription_id, message_id))


@endpoint(
    bp,
    "POST",
    f"{MESSAGE}/redeliveries",
    permit=EDIT,
    status=202,
    raced=(StaleWebhookMessage,),
    errors=(*MOVED, WebhookMessageNotFound, StaleWebhookMessage),
)
def send_again(subscription_id: str, message_id: str, work: Work) -> MessageMade:
    """Send a webhook message once more. · 重新投递一条消息

    Under the id that it had.
    """
    messages.send_again(subscription_id, message_id, work)
    return MessageMade(message_id=message_id)


@endpoint(bp, "POST", f"{ONE}/redeliveries", permit=EDIT, status=204, errors=(*MOVED, WebhookStretchWrong))
def ask_again(subscription_id: str, body: AskRedelivery, work: Work) -> None:
    """Send the webhook messages of a stretch once more. · 重新投递一段时间内的消息

    A worker does it: those that failed, or all.
    """
    messages.ask_again(subscription_id, body.start, body.end, body.only, work)
