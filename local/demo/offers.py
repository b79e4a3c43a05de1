"""The demonstration shop's offers: tiers, a gift, every second piece for half, and a time-limited price.

A shop that has offers is left as it is.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chalicelib.processes.merchandising.offers.service import setting_up
from chalicelib.processes.merchandising.offers.shapes import OfferBody
from chalicelib.records.promotions.offers import service as offers
from chalicelib.runtime import world
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work

from . import stock
from .stock import Stocked

WEEKS = timedelta(weeks=8)
GIFT, CUT, HALF = (
    "handcream-fig",
    "earbuds-anc",
    "snacks",
)  # what is given, what is cheaper for a time, of what two are bought
OVER = ("published", "ended", "killed")


def fill(products: Sequence[Stocked]) -> int:
    """Publish the offers of a shop that never had any, as far as it has their goods. Answers how many."""
    if any(offers.listed(state, None, None, 1, None)[0] for state in OVER):
        return 0
    wanted = documents({product.articles[0][0].code.lower(): product.id for product in products})
    for document in wanted:
        publish(document)
    return len(wanted)


def documents(by_code: dict[str, str]) -> list[dict[str, Any]]:
    """The offers of goods that are there, found by the code of a product's first article."""
    find = lambda slug: next((name for code, name in by_code.items() if code.startswith(slug)), None)
    gift, cut = find(GIFT), find(CUT)
    tiers = [{"at": 20_000, "off_fen": 3000}, {"at": 40_000, "off_fen": 8000}, {"at": 80_000, "off_fen": 20_000}]
    found = [
        _offer(
            "满减:满200减30,满400减80,满800减200",
            "30 off 200, 80 off 400, 200 off 800",
            "campaign",
            "threshold",
            {"by": "fen", "tiers": tiers},
            {"all": True},
        ),
        _offer(
            "零食第二件半价",
            "Snacks: every second piece at half the price",
            "shop",
            "second_half",
            {"nth": 2, "pay_bp": 5000},
            {"categories": [stock.category_id(HALF)]},
        ),
    ]
    if gift:
        found.append(
            _offer(
                "满300赠护手霜",
                "A hand cream from ¥300",
                "shop",
                "gift",
                {"sku": f"{gift}01", "pieces": 1, "min_fen": 30_000, "out": "skip"},
                {"all": True},
                limits={"per_person": 2},
                stacks=True,
            )
        )
    if cut:
        found.append(
            _offer(
                "耳机限时8折", "Earbuds 20% off for a time", "price", "percent", {"pay_bp": 8000}, {"products": [cut]}
            )
        )
    return found


def _offer(zh: str, en: str, lane: str, kind: str, terms: Any, scope: Any, **more: Any) -> dict[str, Any]:
    now = world.now()
    said = {"name": {"zh": zh, "en": en}, "lane": lane, "kind": kind, "terms": terms, "scope": scope, **more}
    return OfferBody.model_validate({**said, "starts_at": now, "ends_at": now + WEEKS}).document()


def publish(document: dict[str, Any]) -> str:
    """Set up an offer and publish it. Answers its id."""
    work = Work(worker("demo"), "demo", seconds=30)
    offer_id = setting_up.draft(document, work)
    work.commit()
    work = Work(worker("demo"), "demo", seconds=30)
    setting_up.publish(offer_id, 1, work)
    work.commit()
    return offer_id
