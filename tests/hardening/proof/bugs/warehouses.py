"""Bugs of warehouses: of what they are told, of what they keep back, of what they say that they sent."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "warehouse-told-and-sent-by-hand", "W02", "ship_order._units",
        "dispatch is not None and dispatch.state != REFUSED",
        "False",
        "what the warehouse sends is sent by hand, too", "warehouses.by hand",
    ),
    seeded(
        "warehouse-paid-back-and-sent", "W02", "keep_back.free_to_go",
        "wish.answer == 'back'",
        "True",
        "money goes back for what the warehouse has sent already", "warehouses.gone",
    ),
    seeded(
        "warehouse-not-asked", "W02", "keep_back.free_to_go",
        "not order.supplier or order.payment != payment.id",
        "True",
        "money goes back while the warehouse packs", "warehouses.kept back",
    ),
    seeded(
        "warehouse-told-what-was-asked-back", "W02", "send_out._open",
        "waiting or order.hold_reason",
        "order.hold_reason",
        "what is agreed on meanwhile goes out nobody knows how", "warehouses.paid back before",
    ),
    seeded(
        "warehouse-parcel-twice", "W04", "hear_sent._hear",
        "fact.notice in dispatch.notices",
        "False",
        "a parcel that is told of twice takes pieces twice", "warehouses.packed",
    ),
    seeded(
        "warehouse-never-asked-again", "W03", "send_out._later",
        "DispatchDue(order_id, turn + 1)",
        "DispatchDue('O01J0000000000000000000000A', turn + 1)",
        "an order of which nobody knows whether it went out lies there for ever", "warehouses.unsure",
    ),
    seeded(
        "warehouse-keeps-aside-for-ever", "W05", "keep_back.free_to_go",
        "dispatch.state == OUT",
        "False",
        "what was kept back is counted as ours once more with every count", "warehouses.kept back",
    ),
    seeded(
        "warehouse-sent-still-aside", "W05", "inventory.steps.ship_from",
        "_unacked(total)",
        "_unacked(0)",
        "what was sent is counted as set aside with every count", "warehouses.packed",
    ),
    seeded(
        "warehouse-order-given-up", "W02", "orders.steps.close",
        "Order.supplier.does_not_exist()",
        "None",
        "an order that cost nothing is given up while the warehouse packs it", "warehouses.cost nothing",
    ),
]  # fmt: skip
