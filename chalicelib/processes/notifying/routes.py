"""The customers' doors of how they are written to."""

from chalice.app import Blueprint

from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.grants import service as grants
from chalicelib.records.messages.grants.rules import MessageGrantsFull, MiniTemplateUnknown
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from .shapes import MessagePreferencesView, RecordGrants, preferences_view

bp = Blueprint(__name__)
BASE = "/v1/me/message-preferences"


@endpoint(bp, "GET", BASE, permit="me:read")
def read_preferences(caller: Caller) -> MessagePreferencesView:
    """Read how you want to be written to. · 查看营销消息频率与订阅消息次数

    How often you want to hear of offers; whether at all, and by which way, your consents say. `subscriptions`
    are what the mini program may ask you for.
    """
    return preferences_view(claims.pace_of(caller.id), grants.offered(), grants.left(caller.id))


@endpoint(bp, "POST", BASE, permit="me:edit", status=204, errors=(MiniTemplateUnknown, MessageGrantsFull))
def record_grants(body: RecordGrants, work: Work) -> None:
    """Record what you agreed to in the mini program. · 记录小程序订阅消息授权

    Each name is one message more, as WeChat counts them; a client sends it once for each answered window.
    """
    grants.record(body.accepted, work)
