"""The customers' doors of how often they are written to."""

from chalice.app import Blueprint

from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from . import service
from .rules import ReachChanged
from .shapes import PaceView, PutPace

bp = Blueprint(__name__)
BASE = "/v1/me/message-preferences"


@endpoint(bp, "GET", BASE, permit="me:read")
def read_pace(caller: Caller) -> PaceView:
    """Read how often you want to hear of offers. · 查看营销消息频率

    Whether at all, and by which way, your consents say.
    """
    return PaceView(pace=service.pace_of(caller.id))


@endpoint(bp, "PUT", BASE, permit="me:edit", status=204, errors=(ReachChanged,), raced=(ReachChanged,))
def put_pace(body: PutPace, work: Work) -> None:
    """Say how often you want to hear of offers. · 设置营销消息频率"""
    service.set_pace(body.pace, work)
