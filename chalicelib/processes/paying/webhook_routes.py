"""The door for the providers' notices: what is not signed by its provider changes nothing."""

from chalice.app import Blueprint

from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.runtime.http import SIGNED, Raw, Request, endpoint
from chalicelib.runtime.work import Work

from .service.take_notice import take_notice

bp = Blueprint(__name__)
MEDIA = tuple(sorted({media for one in PROVIDERS.values() for media in one.webhooks.values()}))


@endpoint(bp, "POST", "/v1/webhooks/{provider}/{kind}", permit=SIGNED, media=MEDIA)
def provider_notice(provider: str, kind: str, request: Request, work: Work) -> Raw:
    """Receive a payment provider's notice. · 接收支付渠道通知

    `kind` is pay or refund, as the address says that the provider was told (docs/providers.md); what the notice is
    about, it says itself. The answer is in the provider's own words.
    """
    if provider not in PROVIDERS or kind not in PROVIDERS[provider].webhooks:
        return Raw("", status=404)  # nobody was told this address
    return take_notice(provider, request, work)
