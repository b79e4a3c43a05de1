"""What the arithmetic of prices costs: baskets under as many offers as a busy shop has, CPU beside the calibration loop.

Half of the offers cover everything, so that they want the same pieces; the others cover a category or three SKUs.
"""

import random
import time
from collections.abc import Iterator
from typing import Any

from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from chalicelib.records.pricing.rules.goods import Item
from chalicelib.records.pricing.rules.offers import Offers, Shopper, compiled
from chalicelib.records.pricing.rules.price import Purchase, price

from .meter import Line, calibrate

SIZES = ((3, 20), (50, 200))  # lines, offers
BASKETS, RUNS, NOW = 8, 5, 1_790_000_000_000
KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("price", "percent", {"pay_bp": 9200}),
    ("price", "piece_amount", {"off_fen": 300, "max_pieces": 2}),
    ("shop", "threshold", {"by": "fen", "tiers": [{"at": 9900, "off_fen": 1000}, {"at": 19900, "off_fen": 2500}]}),
    ("shop", "second_half", {"nth": 2, "pay_bp": 5000}),
    ("shop", "choose", {"pieces": 3, "price_fen": 9900}),
    ("campaign", "threshold", {"by": "fen", "repeat": True, "tiers": [{"at": 20000, "off_fen": 3000}]}),
    ("campaign", "percent", {"pay_bp": 9500, "min_pieces": 4}),
    ("freight", "freight_amount", {"off_fen": 500, "min_fen": 5900}),
)


def purchase(seed: int, lines: int, offers: int) -> Purchase:
    """A basket and what is on offer, by chance."""
    drawn = random.Random(seed)
    skus = [f"S{n:03d}" for n in range(max(lines, 50))]
    items = [
        Item(sku, drawn.randint(1, 5), Fen(drawn.randint(500, 30_000)), f"P{sku}", frozenset({f"C{n % 10}"}))
        for n, sku in enumerate(skus[:lines])
    ]
    return Purchase(
        items, on_offer(drawn, skus, offers), NOW, Shopper(discount_bp=9500), Tariffs(FreightTemplate(Fen(800)))
    )


def on_offer(drawn: random.Random, skus: list[str], offers: int) -> Offers:
    """So many offers of all kinds that compete."""
    scopes = ({"all": True}, {"all": True}, {"categories": ["C1", "C5"]}, {"skus": drawn.sample(skus, 3)})
    return compiled(
        {
            "id": f"F{n}",
            "name": {"zh": "优惠", "en": "Offer"},
            "lane": lane,
            "kind": kind,
            "terms": terms,
            "scope": drawn.choice(scopes),
            "priority": drawn.randint(0, 3),
        }
        for n, (lane, kind, terms) in enumerate(drawn.choice(KINDS) for _ in range(offers))
    )


def measured() -> Iterator[Line]:
    """A line a size: the dearest of some baskets, each at its least."""
    for lines, offers in SIZES:
        calibration = calibrate()
        dearest = max(spent(purchase(seed, lines, offers)) for seed in range(BASKETS))
        calibration = min(calibration, calibrate())
        name = f"price {lines} lines under {offers} offers"
        yield Line(name, 0, 0, 0, 0, round(dearest, 2), round(calibration, 2))


def spent(asked: Purchase) -> float:
    """CPU milliseconds of one price, the least of some runs."""
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        price(asked)
        times.append(1000 * (time.process_time() - began))
    return min(times)
