"""The quote token: a quote signed by the shop (HMAC-SHA-256, compressed); verifying it needs no read."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer

from chalicelib.kernel.clock import millis
from chalicelib.kernel.quote import Quote
from chalicelib.records.coupons import service as coupons
from chalicelib.records.promotions.offers import service as offers
from chalicelib.runtime import keys, settings, switches

from ..rules import EPOCH, QuoteForeign, QuoteInvalid

QUOTE_MINUTES = settings.declare("QUOTE_MINUTES", "10", "minutes in which a quote is honoured")


def seal(quote: Quote) -> str:
    """The token that the customer holds."""
    return str(_serializer().dumps(quote.pack()))


def read(token: str, customer: str) -> Quote:
    """The quote of a token. Raises QuoteInvalid when it is not ours, QuoteForeign when it is somebody else's."""
    try:
        quote = Quote.unpack(_serializer().loads(token))
    except (BadData, ValueError, TypeError, LookupError) as error:
        raise QuoteInvalid() from error
    if quote.customer != customer:
        raise QuoteForeign()
    return quote


def stands(quote: Quote, now: datetime) -> bool:
    """Whether the quote is still honoured: not expired, of the present price epoch, no offer in it killed and no coupon
    stopped."""
    in_time = millis(now) < quote.expires and quote.epoch >= switches.read(EPOCH)
    killed = offers.killed(layer.offer for layer in quote.layers)
    return in_time and not killed and coupons.standing((use.id for use in quote.coupons), now)


def quote_minutes() -> int:
    """For how many minutes a quote is honoured."""
    return settings.number(QUOTE_MINUTES)


def expiry(now: datetime, ends: int | None = None) -> int:
    """When a quote made now expires, epoch ms: no later than the first of what it holds ends."""
    latest = millis(now + timedelta(minutes=quote_minutes()))
    return latest if ends is None else min(latest, ends)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(keys.signing_keys(), salt="quote", signer_kwargs={"digest_method": sha256})
