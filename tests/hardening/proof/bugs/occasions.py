"""Bugs of what else sets journeys off: somebody is told twice, too early, or of what is not there any more."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "occasions-cart-by-the-clock",
        "F29",
        "campaigns.service.carts.look",
        "str(millis(filled))",
        "str(millis(work.now))",
        "each look at one cart is an occasion of its own",
        "occasions.left",
    ),
    seeded(
        "occasions-cart-never-awaited",
        "F29",
        "storefront.service.filling.put_item",
        "size.roused",
        "False",
        "nobody looks whether a cart was left",
        "occasions.left",
    ),
    seeded(
        "occasions-cart-emptied-unheard",
        "F29",
        "campaigns.conditions.cart_empty",
        "not cart_waits(case, wanted)",
        "False",
        "a reminder of what was taken out",
        "occasions.emptied",
    ),
]
