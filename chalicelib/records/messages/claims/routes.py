"""The customers' door of how often they are written to."""

from chalice.app import Blueprint

from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from . import service
from .rules import ReachChanged
from .shapes import PutPace

bp = Blueprint(__name__)
BASE = "/v1/me/message-preferences"


@endpoint(bp, "PUT", BASE, permit="me:edit", status=204, errors=(ReachChanged,), raced=(ReachChanged,))
def put_pace(body: PutPace, work: Work) -> None:
    """Say how often you want to hear of offers. · 设置营销消息频率"""
    service.set_pace(body.pace, work)
