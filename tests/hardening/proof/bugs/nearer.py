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
        "work.add(*refund_steps.give_back_freight(refund, attempts.find(order.payment), back, work.now))",
        "attempts.find(order.payment)",
        "it goes elsewhere, and what was paid too much stays",
        "nearer.paid back",
    ),
]
