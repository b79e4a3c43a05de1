"""Bugs of the line of who waits for a SKU."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "line-not-joined", "I3", "reserving.service.take",
        "work.add(*stock_steps.wait(order_id, bill, (part for line in bill.lines for part in line.stock)))",
        "pass",
        "who was told to wait stands in no line", "waiting.given up",
    ),
    seeded(
        "line-not-left", "I3", "reserving.service.give_back",
        "work.add(*stock_steps.wait_less(order.id, bill, order.held, order.held))",
        "pass",
        "who gave up still waits before others", "waiting.given up",
    ),
    seeded(
        "line-not-left-when-sent", "I3", "fulfilment.steps.send",
        "steps += stock_steps.wait_less(order.id, order.bill, pieces, order.held)",
        "pass",
        "who has their pieces still waits before others", "waiting.sent as it comes",
    ),
    seeded(
        "line-left-with-a-part", "I3", "inventory.steps.wait_less",
        "pieces < before[sku]",
        "False",
        "who was sent a part waits for the rest no more", "waiting.sent as it comes",
    ),
    seeded(
        "line-not-joined-again", "I3", "fulfilment.steps.take_back",
        "stock_steps.wait(order.id, order.bill, held)",
        "()",
        "who gets their parcel back on the shelf has lost their place", "waiting.sent as it comes",
    ),
    seeded(
        "line-not-left-when-paid-back", "I3", "refund_order._book_on_order",
        "work.add(*stock_steps.wait_less(order.id, order.bill, freed, order.held))",
        "pass",
        "what was paid back is waited for", "waiting.paid back",
    ),
    seeded(
        "line-not-left-when-moved", "I3", "send_from._move",
        "stock_steps.wait_less(order.id, order.bill, leaving, order.held)",
        "()",
        "what is sent from elsewhere is waited for here", "waiting.moved",
    ),
    seeded(
        "line-not-joined-when-moved-back", "I3", "send_from._move",
        "stock_steps.wait(order.id, order.bill, coming)",
        "()",
        "what is sent from here again has lost its place", "waiting.moved",
    ),
    seeded(
        "line-jumped", "S005", "fulfilment.service.backorders.there_for",
        "one.order < order_id",
        "False",
        "a newer order is sent what an older one waits for", "waiting.sent as it comes",
    ),
]  # fmt: skip
