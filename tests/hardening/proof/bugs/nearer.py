"""Bugs of freight that goes back."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "freight-back-unsaid",
        "I4",
        "orders.steps.readdress_cheaper",
        "Order.freight_back.set((given or Fen(0)) + back)",
        "Order.adjusted.remove()",
        "nobody knows that it went back already",
        "nearer.paid back",
    ),
    seeded(
        "freight-back-unasked",
        "I4",
        "readdress_order._give_back",
        "work.add(*refund_steps.give_back_freight(refund, payment, back, work.now))",
        "pass",
        "it goes elsewhere, and what was paid too much stays",
        "nearer.paid back",
    ),
    seeded(
        "freight-back-beside-units",
        "I4",
        "payments.steps.refunds._set_aside",
        "when &= Payment.refund_reserved == refund_reserved",
        "pass",
        "freight goes back of units that are asked back just now with their freight",
        "nearer.asked back",
    ),
    seeded(
        "units-back-with-freight",
        "I4",
        "orders.steps.freight_kept",
        "Order.freight_back == given if given else Order.freight_back.does_not_exist()",
        "Order.id.exists()",
        "units are asked back with a freight that goes back just now",
        "nearer.asked back",
    ),
]
