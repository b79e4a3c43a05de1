"""The door for the carriers' pushes: what does not come from its carrier changes nothing."""

from chalice.app import Blueprint

from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.runtime.http import SIGNED, Raw, Request, endpoint
from chalicelib.runtime.work import Work

from .service.take_push import take_push

bp = Blueprint(__name__)
MEDIA = tuple(sorted({media for one in CARRIERS.values() for media in one.media}))


@endpoint(bp, "POST", "/v1/webhooks/carriers/{carrier}/{token}", permit=SIGNED, media=MEDIA)
def carrier_push(carrier: str, token: str, request: Request, work: Work) -> Raw:
    """Receive a carrier's push. · 接收承运商推送

    `token` ends the address that the carrier was told (docs/carriers.md): a secret where it signs nothing, else our number of
    the parcel. The answer is in the carrier's own words.
    """
    return take_push(carrier, token, request, work)
