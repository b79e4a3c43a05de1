"""Bugs of tickets and consultations: words that are lost, lateness told twice, rights without end."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "tickets-talk-at-once", "T1", "tickets.steps._changed",
        "when & (Ticket.turns == row.turns)",
        "when",
        "two who write at once both are the same turn", "tickets.talk",
    ),
    seeded(
        "tickets-late-though-answered", "T2", "tickets.steps.breach",
        '(Ticket.state == "open") & (Ticket.asked == row.asked) & late',
        "Ticket.asked == row.asked",
        "a turn is told to be late twice", "tickets.late",
    ),
    seeded(
        "tickets-rated-again", "T1", "tickets.steps.rate",
        'Ticket.state.is_in(*TICKET.sources("rate")) & Ticket.stars.does_not_exist()',
        'Ticket.state.is_in(*TICKET.sources("rate"))',
        "a rating takes the place of another", "tickets.talk",
    ),
    seeded(
        "consultations-below-nothing", "T3", "tickets.steps.consume",
        "(Right.left > 0) & (Right.ends_at > now) & Right.ended_at.does_not_exist()",
        "Right.ended_at.does_not_exist()",
        "more consultations are used at once than there are", "tickets.consultations",
    ),
    seeded(
        "consultations-after-the-refund", "T3", "tickets.steps.grant",
        "insert(row, ConsultationMoved())",
        "put(row)",
        "what a refund ended is granted afterwards", "tickets.consultations",
    ),
]  # fmt: skip
