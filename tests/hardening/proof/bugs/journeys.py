"""Bugs of journeys: packs that come twice or never, people who count twice, and messages after the end."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "journeys-gift-by-delivery",
        "F29",
        "campaigns.service.walking._send",
        "gift_key(walker.row)",
        'f"J{work.id[1:]}"',
        "each delivery of a task gives a pack of its own",
        "journeys.met",
    ),
    seeded(
        "journeys-gift-never",
        "F29",
        "campaigns.service.walking._send",
        'walker.plan.steps[walker.row.step].get("gift")',
        "()",
        "somebody is told of a pack that is not there",
        "journeys.met",
    ),
    seeded(
        "journeys-entered-anew",
        "F29",
        "journeys.steps.enrol",
        "place(journey, occasion)",
        "place(journey, occasion + str(at))",
        "one silence is entered at each firing",
        "journeys.met",
    ),
    seeded(
        "journeys-progress-unguarded",
        "F29",
        "journeys.steps._moved",
        "(Enrolment.step == row.step) & (Enrolment.state == UNDER_WAY)",
        "Enrolment.state.exists()",
        "two senders count one person twice",
        "journeys.met",
    ),
    seeded(
        "journeys-measured-twice",
        "F29",
        "journeys.steps.measure",
        "Enrolment.state.exists() & Enrolment.back.does_not_exist()",
        "Enrolment.state.exists()",
        "two who look at once count one return twice",
        "journeys.met",
    ),
    seeded(
        "journeys-end-unheard",
        "F29",
        "campaigns.service.walking._until_message",
        "head is None or head.state == ENDED",
        "head is None",
        "a journey that was ended goes on giving",
        "journeys.ended before the gift",
    ),
]
