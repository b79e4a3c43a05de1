"""The shop's own people try out prices."""

from chalice.app import Blueprint

from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.coupons.rules import CouponTemplateNotFound
from chalicelib.records.pricing.rules.reading import OfferInvalid
from chalicelib.records.promotions.offers.rules import OfferNotFound
from chalicelib.runtime import world
from chalicelib.runtime.http import endpoint

from .service import try_out
from .shapes import PriceTrial, TriedView, tried_view

bp = Blueprint(__name__)


@endpoint(
    bp,
    "POST",
    "/v1/admin/price-trials",
    permit="promotions:view",
    errors=(SkuNotFound, OfferNotFound, OfferInvalid, CouponTemplateNotFound),
)
def try_price(body: PriceTrial) -> TriedView:
    """Try out a price. · 价格试算

    What a basket costs a kind of customer at an instant: per lane what applies, and why not the rest. Nothing is written.
    """
    trial = body.trial(world.now())
    return tried_view(try_out(trial), trial.at)
