"""The door for the providers' notices: what is not signed by its provider changes nothing."""

from chalice.app import Blueprint

from chalicelib.runtime.http import SIGNED, Raw, Request, endpoint
from chalicelib.runtime.work import Work

from .service.take_notice import take_notice

bp = Blueprint(__name__)
JSON = ("application/json",)
FORM = ("application/x-www-form-urlencoded",)


@endpoint(bp, "POST", "/v1/webhooks/wechat/pay", permit=SIGNED, media=JSON)
def wechat_paid(request: Request, work: Work) -> Raw:
    """WeChat Pay's notice of a payment."""
    return take_notice("wechat", request, work)


@endpoint(bp, "POST", "/v1/webhooks/wechat/refund", permit=SIGNED, media=JSON)
def wechat_refunded(request: Request, work: Work) -> Raw:
    """WeChat Pay's notice of a refund."""
    return take_notice("wechat", request, work)


@endpoint(bp, "POST", "/v1/webhooks/alipay", permit=SIGNED, media=FORM)
def alipay_told(request: Request, work: Work) -> Raw:
    """Alipay's notice of a payment or a refund."""
    return take_notice("alipay", request, work)


@endpoint(bp, "POST", "/v1/webhooks/unionpay", permit=SIGNED, media=FORM)
def unionpay_told(request: Request, work: Work) -> Raw:
    """UnionPay's notice of a payment or a refund."""
    return take_notice("unionpay", request, work)
