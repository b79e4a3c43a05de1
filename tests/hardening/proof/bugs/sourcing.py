"""Bugs of sourcing: of where pieces are held, sent, given back and moved to."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "sourcing-counted-at-the-first", "I3", "capacity.count",
        "places.limited(line.location for line in order.lines)",
        "places.limited([order.lines[0].location])",
        "an order counts at the first of its locations only", "sourcing.moved",
    ),
    seeded(
        "sourcing-counted-twice", "I3", "places.steps.count_order",
        "LocationDay.orders.add(1)",
        "LocationDay.orders.add(2)",
        "a paid order counts for two", "sourcing.moved",
    ),
    seeded(
        "sourcing-held-at-main", "I3", "reserving.service.take",
        "stock_steps.hold((part for line in bill.lines for part in line.stock), bill.ahead)",
        "stock_steps.hold(((line.sku, *part[1:]) for line in bill.lines for part in line.stock), bill.ahead)",
        "what is sent from elsewhere is held at the main location", "sourcing.given up",
    ),
    seeded(
        "sourcing-given-back-at-main", "I3", "kernel.bill.QuoteLine.stock_of",
        "(self.shelf, bucket, pieces)",
        "(self.sku, bucket, pieces)",
        "what was held elsewhere is given back at the main location", "sourcing.given up",
    ),
    seeded(
        "sourcing-moved-and-still-held", "I3", "send_from._move",
        "work.add(*stock_steps.release(leaving), *stock_steps.hold(coming, ahead))",
        "work.add(*stock_steps.hold(coming, ahead))",
        "a line that moves stays held where it lay", "sourcing.moved",
    ),
    seeded(
        "sourcing-moved-and-not-held", "I3", "send_from._move",
        "work.add(*stock_steps.release(leaving), *stock_steps.hold(coming, ahead))",
        "work.add(*stock_steps.release(leaving))",
        "a line that moves is held nowhere", "sourcing.moved",
    ),
    seeded(
        "sourcing-moved-unseen", "I3", "orders.steps.send_from",
        "count.plus(moved=1) if at in lines else count",
        "count",
        "whoever read the order before sends or frees what lies elsewhere by now", "sourcing.cost nothing",
    ),
    seeded(
        "sourcing-moved-with-what-is-gone", "I3", "send_from._move",
        "order.lines[at].stock_of(_gone(order, at), _left(order, at))",
        "order.lines[at].stock",
        "what was paid back is given back once more when its line moves", "sourcing.moved and paid back",
    ),
    seeded(
        "sourcing-gone-forgotten", "I3", "send_from._after_gone",
        "((parts[0][0], gone), *parts) if gone else parts",
        "parts",
        "what is left of a moved line is looked for behind what was let go", "sourcing.moved and paid back",
    ),
    seeded(
        "sourcing-moved-while-packed", "I3", "send_from._movable",
        "order.ledger[at].shipped",
        "False",
        "a line of which a parcel is packed moves", "sourcing.moved to and fro",
    ),
    seeded(
        "sourcing-given-up-as-it-lay", "I3", "ordering.service.close_order.undo",
        "order if action == 'annul' else None",
        "None",
        "an order that cost nothing gives back where its pieces lay before they were moved", "sourcing.cost nothing",
    ),
    seeded(
        "sourcing-parcel-of-two", "I3", "fulfilment.rules.from_one",
        "pieces if one == chosen else 0",
        "pieces",
        "a parcel takes pieces of two locations", "sourcing.moved",
    ),
]  # fmt: skip
