"""Bugs of stock under the shop's own hands, of what is held unpaid, and of carts."""

from tests.proof.mutants import Bug

INVENTORY, CARTS = "chalicelib/records/inventory/service.py", "chalicelib/records/carts/service.py"
PLACE = "chalicelib/processes/checkout/service/place_order.py"
CLOSE, HOLDS = "chalicelib/processes/checkout/service/close_order.py", "chalicelib/records/holds/service.py"
EDITING, SHELVE = "chalicelib/records/catalog/service/editing.py", "chalicelib/processes/storefront/service/shelve.py"


def _bug(name: str, row: str, file: str, old: str, new: str, why: str, *aim: str) -> Bug:
    return Bug(name, row, file, old, new, why, aim)


BUGS = [
    _bug(
        "stock-below-nothing", "F04", INVENTORY, "when=Stock.available >= max(0, -change), otherwise",
        "when=Stock.buckets.exists(), otherwise", "counting takes away what customers hold", "stock.count",
    ),
    _bug(
        "stock-level-forgotten", "F27", INVENTORY,
        "actions=[Level.on_hand.add(delta)], when", "actions=[Level.on_hand.set(seen)], when",
        "what was found is sold, and lies nowhere", "stock.count",
    ),
    _bug(
        "stock-spread-blindly", "F23", INVENTORY, "when=(Stock.available == int(row.available or 0)) & _same_sale(closed)",
        "when=_same_sale(closed)", "spreading overwrites what was sold meanwhile", "stock.spread",
    ),
    _bug(
        "stock-stops-some", "F04", INVENTORY, "same = Stock.buckets == int(rows[0].buckets or 1)",
        "same = Stock.buckets.exists()", "a bucket made meanwhile goes on selling", "stock.stop",
    ),
    _bug(
        "stock-sells-stopped", "F02", INVENTORY, "when=(Stock.available >= quantity) & Stock.closed.does_not_exist()",
        "when=(Stock.available >= quantity)", "a stopped sale still sells", "stock.stop",
    ),
    _bug(
        "shelf-lists-what-is-off", "F02", EDITING, "for sku in whole.skus if reading.on_sale(sku)) if whole else []",
        "for sku in whole.skus) if whole else []", "lists show what cannot be bought", "stock.shelf",
    ),
    _bug(
        "shelf-edited-blindly", "F02", EDITING, "put(after.product, Product.version == int(before.product.version), Edited())",
        "put(after.product)", "of two stops at once, neither sees that nothing is left to sell", "stock.shelf",
    ),
    _bug(
        "shelf-lift-opens", "F04", SHELVE, "inventory.closing(outcome.stops)",
        'inventory.closing({k: None if why == "withdrawn" else why for k, why in outcome.stops.items()})',
        "lifting a stop sells what is off the shelf", "stock.shelf",
    ),
    _bug(
        "holds-kept-by-the-given-up", "F13", CLOSE,
        "work.add(*holds.let_go(order.customer, order.id, work.now, strike=by == \"customer\"))", "pass",
        "an order that was given up counts for ever", "trade.place",
    ),
    _bug(
        "holds-kept-by-the-expired", "F13", CLOSE,
        "work.add(*holds.let_go(order.customer, order.id, work.now, strike=True))", "pass",
        "an order that ran out counts for ever", "trade.expire",
    ),
    _bug(
        "holds-kept-by-the-network", "F13", HOLDS,
        "steps.append(update(Holding, hold.network, actions=_less({order_id: Hold(hold.pieces)})))", "pass",
        "a network is full for good", "trade.place",
    ),
    _bug(
        "holds-forget-the-network", "F13", HOLDS, "actions=_more(order_id, Hold(pieces, network), now)",
        "actions=_more(order_id, Hold(pieces), now)", "nobody knows which network an order came from", "trade.place",
    ),
    _bug(
        "holds-uncounted", "F13", HOLDS, "Holding.pieces.add(hold.pieces), _kept(now)", "_kept(now)",
        "an order counts, its pieces do not", "trade.place",
    ),
    _bug(
        "cart-merged-blindly", "F01", CARTS, "put(item, model.still(ours), CartMoved())", "put(item, None, CartMoved())",
        "merging overwrites what was put meanwhile", "cart.guest",
    ),
    _bug(
        "cart-guest-kept", "F01", CARTS,
        "        work.add(delete(Cart, guest.id, when=model.still(theirs), otherwise=CartMoved()))\n",
        "        work.add(delete(Cart, guest.id))\n", "what a guest puts while signing in is lost", "cart.guest",
    ),
    _bug(
        "cart-not-taken", "F01", PLACE, "        work.add(*carts.take(work.caller.id, quote.skus))\n", "        pass\n",
        "what was bought stays in the cart", "cart.bought",
    ),
]  # fmt: skip
