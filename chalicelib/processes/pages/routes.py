"""The page that a customer's browser lands on."""

from chalice.app import Blueprint

from chalicelib.runtime.http import PUBLIC, Raw, Request, endpoint

from .assemble import page

bp = Blueprint(__name__)
FORM = ("application/x-www-form-urlencoded",)


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
