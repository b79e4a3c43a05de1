"""Bugs of stock under the shop's own hands, of what is held unpaid, and of carts."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "stock-below-nothing", "F04", "inventory.steps._countable",
        "Stock.available >= beyond - change if change < 0 else Stock.available.exists()",
        "Stock.available.exists()",
        "counting takes away what customers hold", "stock.count",
    ),
    seeded(
        "stock-level-forgotten", "F27", "inventory.steps.count",
        "Stock.on_hand.add(moved)",
        "Stock.on_hand.set(seen)",
        "what was found is sold, and lies nowhere", "stock.count",
    ),
    seeded(
        "stock-spread-blindly", "F23", "inventory.steps.refill",
        "(Stock.available == (row.available or 0)) & _same_sale(closed)",
        "_same_sale(closed)",
        "spreading overwrites what was sold meanwhile", "stock.spread",
    ),
    seeded(
        "ahead-untold", "S005", "inventory.steps._had",
        "when &= Stock.beyond.does_not_exist()",
        "pass",
        "who was told that it lies there has a piece that does not", "stock.ahead",
    ),
    seeded(
        "ahead-not-spared", "S005", "inventory.steps._had",
        "Stock.available >= quantity + spare",
        "Stock.available >= quantity",
        "what is only promised is sold as what lies there", "stock.ahead",
    ),
    seeded(
        "ahead-allowed-twice", "S005", "inventory.steps.sell_beyond",
        "as_read &= Stock.beyond == before if before else Stock.beyond.does_not_exist()",
        "pass",
        "of two who allow the same both add to what may be sold", "stock.ahead",
    ),
    seeded(
        "ahead-forgotten-elsewhere", "S005", "inventory.service.sold_ahead",
        "Ahead(sku, 0, level.beyond)",
        "Ahead(sku, 0, 0)",
        "who was quoted before anything was sold ahead is refused what lies there", "stock.ahead",
    ),
    seeded(
        "ahead-postponed-unsaid", "S005", "inventory.steps._had",
        "Stock.beyond.exists() & (Stock.due_at <= instant(ahead.until))",
        "Stock.beyond.exists()",
        "who was told a day is promised it although another one is told by now", "stock.postponed",
    ),
    seeded(
        "stock-stops-some", "F04", "inventory.steps._set_stop",
        "Stock.buckets == rows[0].buckets",
        "Stock.buckets.exists()",
        "a bucket made meanwhile goes on selling", "stock.stop",
    ),
    seeded(
        "stock-sells-stopped", "F02", "inventory.steps.hold",
        "_had(quantity, said.get(shelf)) & Stock.closed.does_not_exist()",
        "_had(quantity, said.get(shelf))",
        "a stopped sale still sells", "stock.stop",
    ),
    seeded(
        "shelf-lists-what-is-off", "F02", "editing._list_entries",
        "(sku for sku in whole.skus if reading.on_sale(sku))",
        "(sku for sku in whole.skus)",
        "lists show what cannot be bought", "stock.shelf",
    ),
    seeded(
        "shelf-edited-blindly", "F02", "editing._describe",
        "put(after.product, Product.version == before.product.version, StaleVersion())",
        "put(after.product)",
        "of two stops at once, neither sees that nothing is left to sell", "stock.shelf",
    ),
    seeded(
        "shelf-lift-opens", "F04", "merchandising.service._with_stock",
        "stock_steps.set_stops(inventory.bucket_rows(*outcome.stops), outcome.stops)",
        "stock_steps.set_stops(inventory.bucket_rows(*outcome.stops), {k: None if why == 'withdrawn' else why "
            "for k, why in outcome.stops.items()})",
        "lifting a stop sells what is off the shelf", "stock.shelf",
    ),
    seeded(
        "holds-kept-by-the-given-up", "F13", "close_order._cancel",
        "holds.let_go(order.customer, order.id, work, strike=by == 'customer')",
        "pass",
        "an order that was given up counts for ever", "trade.place",
    ),
    seeded(
        "holds-kept-by-the-expired", "F13", "close_order.expire_order",
        "holds.let_go(order.customer, order.id, work, strike=True)",
        "pass",
        "an order that ran out counts for ever", "trade.expire",
    ),
    seeded(
        "holds-kept-by-the-network", "F13", "holds.steps.let_go",
        "steps.append(update(Holding, hold.network, actions=_less({order_id: Hold(hold.pieces)})))",
        "pass",
        "a network is full for good", "trade.place",
    ),
    seeded(
        "holds-forget-the-network", "F13", "holds.service.take",
        "Hold(pieces, network)",
        "Hold(pieces)",
        "nobody knows which network an order came from", "trade.place",
    ),
    seeded(
        "holds-uncounted", "F13", "holds.steps._more",
        "[Holding.open.add({member_of(order_id, hold)}), Holding.pieces.add(hold.pieces), _kept(now)]",
        "[Holding.open.add({member_of(order_id, hold)}), _kept(now)]",
        "an order counts, its pieces do not", "trade.place",
    ),
    seeded(
        "cart-merged-blindly", "F01", "carts.steps.merge",
        "model.still(ours)",
        "None",
        "merging overwrites what was put meanwhile", "cart.guest",
    ),
    seeded(
        "cart-guest-kept", "F01", "carts.steps.merge",
        "delete(Cart, theirs.owner, when=model.still(theirs), otherwise=StaleCart())",
        "delete(Cart, theirs.owner)",
        "what a guest puts while signing in is lost", "cart.guest",
    ),
    seeded(
        "cart-not-taken", "F01", "place_order._add_order",
        "carts.take(work.caller.id, quote.bought, work)",
        "pass",
        "what was bought stays in the cart", "cart.bought",
    ),
]  # fmt: skip
