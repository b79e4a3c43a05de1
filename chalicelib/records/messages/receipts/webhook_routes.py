"""The door for receipts of messages: what does not come from its provider changes nothing."""

from chalice.app import Blueprint

from chalicelib.runtime.http import SIGNED, Raw, Request, endpoint
from chalicelib.runtime.work import Work

from ..channels import TABLE
from .service import taking

bp = Blueprint(__name__)
MEDIA = tuple(sorted({media for one in TABLE for media in one.media}))
PATH = "/v1/webhooks/messages/{channel}/{token}"


@endpoint(bp, "POST", PATH, permit=SIGNED, media=MEDIA)
def receipts(channel: str, token: str, request: Request, work: Work) -> Raw:
    """Receive what became of messages. · 接收消息回执

    `token` ends the address that the provider was told (docs/messages.md): a secret where it signs nothing, else `events`.
    The answer is in the provider's own words.
    """
    return taking.take(channel, token, request, work)


@endpoint(bp, "GET", PATH, permit=SIGNED)
def echo(channel: str, token: str, request: Request) -> Raw:  # the provider sets the address up with the same end
    """Answer a provider that tries out an address. · 回执地址校验"""
    return taking.echo(channel, request)
