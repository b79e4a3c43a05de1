"""The requests that have to do with offers, coupons, limits and gifts: what a product page, a quote and an order cost with them.

From here on up to twenty offers hold, so these come last.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from chalicelib.records.identity.model import ACCOUNT, BOOK, Account, Book
from chalicelib.records.promotions.offers import service as offers
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from tests.processes.merchandising.offers.staff import offer
from tests.records.catalog import goods
from tests.records.coupons import wallets
from tests.support import people

from .stage import Stage

OFFERS, COUPONS = 20, 5
FAR = {"starts_at": "2020-01-01T00:00:00Z", "ends_at": None}
KINDS: tuple[dict[str, Any], ...] = (
    {"lane": "price", "kind": "percent", "terms": {"pay_bp": 9500}},
    {"kind": "threshold", "terms": {"by": "fen", "tiers": [{"at": 9900, "off_fen": 500}, {"at": 19_800, "off_fen": 1500}]}},
    {"kind": "second_half", "terms": {"nth": 2, "pay_bp": 5000}},
    {"lane": "campaign", "kind": "threshold", "terms": {"by": "fen", "repeat": True, "tiers": [{"at": 20_000, "off_fen": 3000}]}},
    {"lane": "freight", "kind": "freight_amount", "terms": {"off_fen": 500, "min_fen": 5900}},
)  # fmt: skip


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    for n in range(OFFERS - 1):
        publish(**KINDS[n % len(KINDS)], scope=scope(stage, n), name={"zh": f"优惠{n}", "en": f"Offer {n}"})
    yield "product view under 20 offers", lambda: stage.event("GET", f"/v1/products/{stage.products[0]}"), stage.send
    yield "quote of 3 lines under 20 offers", partial(quoting, stage, somebody()), stage.send
    yield "quote that chooses among 5 coupons", partial(quoting, stage, somebody(COUPONS), auto_best=True), stage.send
    publish(kind="gift", terms={"sku": stage.skus[5], "pieces": 1, "min_fen": 1}, stacks=True, limits={"per_person": 1})
    yield "place 3 lines with coupon, limit and gift", partial(placing, stage), stage.send


def scope(stage: Stage, n: int) -> dict[str, Any]:
    """Of prices a few articles, of the rest each second one all."""
    return {"skus": stage.skus[n % 3 : n % 3 + 3]} if n % 2 or not n % len(KINDS) else {"all": True}


def publish(**more: Any) -> None:
    """An offer that holds, as two people agreed on it."""
    work = goods.work()
    offer_id = offers.draft(offer(**{**FAR, **more}), work)
    work.commit()
    said, work = offers.read(offer_id), goods.work()
    offers.publish(said, offers.Publication(said.document), work)
    work.commit()


def somebody(coupons: int = 0) -> Caller:
    """A customer with an address and so many coupons."""
    who = Caller(world.new_id("U"), "customer")
    work = Work(who, "bench")
    work.add(
        put(Account(who.id, ACCOUNT, state="active", version=1)), put(Book(who.id, BOOK, default=world.new_id("D")))
    )
    work.commit()
    for _ in range(coupons):
        wallets.claim(wallets.opened(document={**wallets.DOCUMENT, "with_coupons": True}), who)
    return who


def quoting(stage: Stage, who: Caller, **more: Any) -> Any:
    items = [{"sku": sku, "quantity": 1} for sku in stage.skus[:3]]
    return stage.event("POST", "/v1/quotes", {"items": items, **more}, **signed(who))


def placing(stage: Stage) -> Any:
    """By somebody who has one coupon, and uses it."""
    who = somebody(1)
    told = stage.send(quoting(stage, who, auto_best=True))
    if not told["coupons"] or told["lines"][-1]["kind"] != "gift":
        raise AssertionError(f"nothing to measure: {told}")
    return stage.event("POST", "/v1/orders", {"quote": told["quote"]}, **signed(who))


def signed(who: Caller) -> dict[str, str]:
    return {"Authorization": f"Bearer {people.token(who.id, 'customer')}"}
