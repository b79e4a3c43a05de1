"""Bugs of care after the sale: answers that count twice, company without end, tasks side by side."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "care-answered-twice", "C2", "care.steps.answer",
        "insert(row, SurveyGivenAlready())",
        "table.put(row)",
        "one order line is counted twice", "care.surveys",
    ),
    seeded(
        "care-tasks-side-by-side", "C3", "care.steps.raise_task",
        "Count.task.does_not_exist() & (Count.late_answers >= spoken.answers)",
        "Count.sku.exists()",
        "two who judge at once raise two tasks", "care.surveys",
    ),
    seeded(
        "care-goes-on", "C1", "care.aftercare.service.accompanying._end",
        "work.add(*touches.disarm(kind, course.person, due, course.line))",
        "pass",
        "what a refund ended falls due all the same", "care.courses",
    ),
    seeded(
        "care-not-ended", "C4", "care.aftercare.service.accompanying.given_back",
        "_end(course, REFUNDED, work)",
        "pass",
        "a refund ends nothing", "care.courses",
    ),
    seeded(
        "care-begun-for-the-quiet", "C5", "care.aftercare.service.accompanying.delivered",
        "work.add(care_steps.unwanted(str(order.customer)), order_steps.still_kept(order))",
        "work.add(order_steps.still_kept(order))",
        "a delivery that is heard while somebody asks to be left alone begins all the same", "care.quiet",
    ),
    seeded(
        "care-begun-after-the-refund", "C4", "care.aftercare.service.accompanying.delivered",
        "work.add(care_steps.unwanted(str(order.customer)), order_steps.still_kept(order))",
        "work.add(care_steps.unwanted(str(order.customer)))",
        "a delivery that is heard while its money goes back begins all the same", "care.courses",
    ),
    seeded(
        "care-kept-without-consent", "C6", "care.aftercare.service.accompanying.note",
        "work.add(account_steps.require_consent(person, consents.PERSONALISATION), account_steps.require_active(account))",
        "work.add(account_steps.require_active(account))",
        "a delivery that is heard while somebody takes their word back is kept all the same", "care.remembered",
    ),
    seeded(
        "care-kept-for-good", "C6", "care.consumers.consented",
        "watching.forget_bought(fact.user_id, work)",
        "pass",
        "what somebody bought is kept whatever they say", "care.remembered",
    ),
]  # fmt: skip
