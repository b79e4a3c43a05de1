"""The door for what WeCom tells of groups: what is not sealed and signed by it changes nothing."""

from hashlib import sha256

from chalice.app import Blueprint

from chalicelib.runtime.http import SIGNED, Raw, Request, endpoint
from chalicelib.runtime.work import Work

from .service import hearing

bp = Blueprint(__name__)
PATH = "/v1/webhooks/groups/wecom/events"


@endpoint(bp, "POST", PATH, permit=SIGNED, media=("text/xml", "application/xml", "application/json"))
def told(request: Request, work: Work) -> Raw:
    """Receive what WeCom tells of groups. · 接收企业微信群变更通知"""
    return hearing.take(request, sha256(request.body).hexdigest(), work)


@endpoint(bp, "GET", PATH, permit=SIGNED)
def echo(request: Request) -> Raw:
    """Answer WeCom, which tries out the address. · 企业微信回调地址校验"""
    return hearing.echo(request)
