"""The pages that a customer's browser lands on: after paying, and from a message of which there shall be no more."""

from chalice.app import Blueprint

from chalicelib.records.identity.accounts.rules import OptOutLinkInvalid
from chalicelib.records.identity.accounts.service import opting_out
from chalicelib.runtime.http import PUBLIC, Raw, Request, endpoint
from chalicelib.runtime.limits import Limit, local
from chalicelib.runtime.work import Work

from .assemble import page
from .shapes import OptOut

bp = Blueprint(__name__)
FORM = ("application/x-www-form-urlencoded",)
ONE_CLICK = (*FORM, "multipart/form-data")  # as a mail program sends it (RFC 8058)
LIMIT = Limit("unsubscribe", local(60, per="minute", by="ip"))


@endpoint(bp, "GET", "/v1/payments/return", permit=PUBLIC)
def come_back(request: Request) -> Raw:
    """Show the landing page after paying. · 支付完成返回页

    It proves nothing and only says so.
    """
    return page("landing")


@endpoint(bp, "POST", "/v1/payments/return", permit=PUBLIC, key="none", media=FORM)
def come_back_by_form(request: Request) -> Raw:
    """Show the landing page after paying (form post). · 支付完成返回页（表单提交）

    For a provider that sends the browser by a form.
    """
    return page("landing")


@endpoint(bp, "GET", opting_out.PATH, permit=PUBLIC)
def ask_to_unsubscribe(request: Request) -> Raw:
    """Show the page that withdraws a consent. · 退订页面

    It only asks: what follows links by itself withdraws nothing.
    """
    return page("unsubscribe")


@endpoint(
    bp, "POST", opting_out.PATH, permit=PUBLIC, key="none", media=ONE_CLICK, limit=LIMIT, errors=(OptOutLinkInvalid,)
)
def unsubscribe(query: OptOut, work: Work) -> Raw:
    """Withdraw a consent by a message's link. · 凭消息中的链接退订

    Without signing in, effective before the next message; a mail program may ask so by itself.
    """
    opting_out.withdraw(query.token, work)
    return Raw("已退订，不再通过此渠道发送营销消息。\nYou are unsubscribed: no more offers come to you this way.\n")
