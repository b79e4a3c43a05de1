"""Refusals about offers say which, from what is remembered of the offers: nothing is read for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.kernel.errors import AboutOffer, CommitRejected

from .price_basket import holding


@contextmanager
def offers_named() -> Iterator[None]:
    """What a commit refuses about an offer carries the offer's name, unless it is over and forgotten."""
    try:
        yield
    except CommitRejected as refused:
        bare = [reason for reason in refused.reasons if isinstance(reason, AboutOffer) and reason.offer_zh is None]
        called = {offer.id: offer for offer in holding().all} if bare else {}
        for one in bare:
            if (offer := called.get(one.offer)) is not None:
                one.offer_zh, one.offer_en = offer.zh, offer.en
        raise
