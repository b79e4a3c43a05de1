"""Bugs of offers that several operators touch at once, and of limits that many orders use at once."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "limits-one-too-many", "F23", "limits.steps._within",
        "rules.share(use.key, use.cap, use.shard) - use.n",
        "rules.share(use.key, use.cap, use.shard)",
        "the last use is given twice", "promotions.limits",
    ),
    seeded(
        "limits-shares-too-large", "F04", "limits.rules.share",
        "(cap + count - 1 - shard) // count",
        "(cap + count - 1) // count",
        "the shares of all shards are more than the cap", "promotions.limits",
    ),
    seeded(
        "limits-given-back-elsewhere", "F04", "limits.steps.give_back",
        "shard_key(use.key, use.shard)",
        "shard_key(use.key, 0)",
        "one shard gives more than its share, another less", "promotions.limits",
    ),
    seeded(
        "limits-chosen-as-before", "F04", "limits.service.reshard",
        "table.batch(keys(wishes), consistent=True)",
        "[None] * len(keys(wishes))",
        "an order is refused while there is room in another shard", "promotions.limits",
    ),
    seeded(
        "offers-shown-blindly", "F02", "offers.steps.show",
        "put(head, same, OffersMoved())",
        "put(head)",
        "of two publications at once one is lost", "promotions.offers",
    ),
    seeded(
        "offers-killed-unheard", "F02", "offers.rules.without",
        "{**lately, **{offer: millis(now) for offer in killed}}",
        "lately",
        "quotes with a killed offer are still ordered", "promotions.offers",
    ),
    seeded(
        "offers-ended-and-shown", "F02", "offers.service.end",
        "rules.without(before, [offer_id], work.now)",
        "rules.without(before, [], work.now)",
        "an ended offer is still quoted", "promotions.offers",
    ),
    seeded(
        "offers-live-forgotten", "F02", "offers.steps.publish",
        "OfferHead.live.set(version)",
        "OfferHead.live.set(1)",
        "nobody can tell which version holds", "promotions.offers",
    ),
    seeded(
        "offers-killed-honoured", "F02", "ordering.service.quotes.stands",
        "offers.killed(layer.offer for layer in quote.layers)",
        "False",
        "who holds a quote with a killed offer still orders at its price", "recalls.killed",
    ),
    seeded(
        "offers-version-mixed", "F04", "pricing.service.compiled",
        "kept is None or kept[0] != version",
        "kept is None",
        "a process goes on with the offers it compiled first", "recalls.killed",
    ),
]  # fmt: skip
