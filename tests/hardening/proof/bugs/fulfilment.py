"""Bugs of parcels: of what is sent, of what carriers are asked and believed, of what comes back."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "parcel-sent-blindly", "F04", "orders.steps._follow",
        "as_read if also is None else as_read & also",
        "also",
        "of two who send at once, one overwrites what the other counted", "fulfilment.in parts",
    ),
    seeded(
        "parcel-still-held", "F04", "inventory.steps._moved",
        "Stock.held.add(held)",
        "Stock.held.add(max(0, held))",
        "what left is held for ever", "fulfilment.in parts",
    ),
    seeded(
        "parcel-lie-believed", "F09", "shipping.rules._only_claimed",
        "trace.status in TERMINAL and (not trace.proven)",
        "False",
        "whoever learns the address delivers what lies in the warehouse", "fulfilment.a lie",
    ),
    seeded(
        "parcel-called-off-by-us-only", "F13", "book_shipment.book_shipment",
        "_forget(shipment, turn, work)",
        "None",
        "a carrier comes for what was given up while it was asked", "fulfilment.called off",
    ),
    seeded(
        "parcel-lost-in-the-yard", "F13", "fulfilment.steps.take_back",
        "[order_steps.unship(order, units), *stock_steps.unship(held, free, at)]",
        "[order_steps.unship(order, units)]",
        "what comes out of a parcel lies nowhere", "fulfilment.called off",
    ),
    seeded(
        "promise-judged-twice", "F13", "orders.steps.break_promise",
        'Order.state.is_in(*sorted(FULFILLING - {PARCELS["deliver"]})) & Order.promise.does_not_exist()',
        'Order.state.exists()',
        "what was kept is called broken, and its customer gets a coupon for it", "fulfilment.promised",
    ),
    seeded(
        "parcel-arrived-uncounted", "F13", "hear_waybill._follow",
        "work.add(order_steps.deliver(order, units, outcome))",
        "pass",
        "the order never learns that it arrived", "fulfilment.brought",
    ),
    seeded(
        "parcel-corrected-still-arrived", "F09", "mend_shipment._rebind",
        "units[line] -= pieces",
        "units[line] -= 0",
        "an order stays delivered by another's waybill", "fulfilment.corrected",
    ),
    seeded(
        "parcel-paid-back-held", "F16", "orders.rules.kept_free",
        "min(back, max(0, count.refunded - count.freed - count.returned))",
        "0",
        "a piece that was paid back is held for nobody", "fulfilment.paid back and called off",
    ),
    seeded(
        "parcel-booked-elsewhere-too", "F06", "book_shipment._later",
        "ShipmentBookingDue(shipment.number, turn + 1)",
        "ShipmentBookingDue(shipment.order, turn + 1)",
        "a carrier that did not answer is never asked again", "fulfilment.unsure",
    ),
    seeded(
        "receipt-said-twice", "F13", "orders.steps._as_expected",
        "Order.received.does_not_exist()",
        "Order.id.exists()",
        "time says that an order was received of which its customer has said so", "fulfilment.received",
    ),
    seeded(
        "receipt-overtakes-who-put-it-off", "F13", "orders.steps._as_expected",
        "as_read &= Order.receive_by == until if until else Order.receive_by.does_not_exist()",
        "pass",
        "an order counts as received though its customer was just told that it would not yet", "fulfilment.received by time",
    ),
    seeded(
        "receipt-before-its-time", "F13", "receiving._look",
        "work.now < order.receive_by",
        "False",
        "who put it off is not heard", "fulfilment.received by time",
    ),
    seeded(
        "receipt-never-expected", "F11", "receiving._expect",
        "work.publish(OrderReceiptDue(order.id), at=by)",
        "pass",
        "what arrived is received by nobody", "fulfilment.brought",
    ),
    seeded(
        "receipt-put-off-for-good", "F11", "receiving.put_off_receipt",
        "work.publish(OrderReceiptDue(order.id), at=by)",
        "pass",
        "what was put off once is received by nobody", "fulfilment.put off",
    ),
]  # fmt: skip
