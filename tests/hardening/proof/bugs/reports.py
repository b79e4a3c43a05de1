"""Bugs of what a payment's provider is told of what was sent."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "report-told-without-asking", "R01", "report_shipping._bring",
        "not known.knows(news) and not _heard(payment, news)",
        "True",
        "what it has already is told again and takes the one correction", "reports.settled",
    ),
    seeded(
        "report-not-on-record", "R01", "report_shipping._bring",
        "told.under_way(work.now)",
        "False",
        "what may be on its way is told again", "reports.settled",
    ),
    seeded(
        "report-of-two-at-once", "R01", "payments.steps.reports.tell",
        "known == payment.packed_told if payment.packed_told else known.does_not_exist()",
        "Payment.id.exists()",
        "two who look at once both tell it", "reports.settled",
    ),
    seeded(
        "report-never-again", "R02", "report_shipping._again",
        "work.publish(ShippingReportDue(payment.id, fact.order_id, fact.turn + 1, silent, fact.after), at=at)",
        "None",
        "a provider that was silent once is never told, and keeps the money", "reports.silent",
    ),
    seeded(
        "report-before-all-is-sent", "R02", "report_shipping.report",
        "len(named) == len(parcels) and (not any(promises.unsent(order)))",
        "True",
        "the first parcel is told as all that was sent", "reports.in parts",
    ),
    seeded(
        "report-not-armed", "R02", "report_shipping.arm",
        "payment is not None and reports.wanted(payment)",
        "False",
        "nobody ever tells it", "reports.silent",
    ),
    seeded(
        "report-of-a-parcel-given-up", "R02", "report_shipping.report",
        "one.state != 'cancelled'",
        "True",
        "a parcel that was given up is told as sent", "reports.packed anew",
    ),
]  # fmt: skip
