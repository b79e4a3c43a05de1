"""Bugs of who is due: people looked at too early, twice, or never again."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "touches-old-row-first",
        "F29",
        "touches.service.again",
        "settle(done, work)",
        "pass",
        "the old row stays, and is looked at for ever",
        "touches.silence",
    ),
    seeded(
        "touches-silence-by-the-day",
        "F29",
        "campaigns.service.silence.due_at",
        "last + timedelta(days=settings.number(DAYS)) + KNOWN_TO",
        "last + timedelta(days=settings.number(DAYS) - 1)",
        "somebody is looked at on the twenty-ninth day",
        "touches.silence",
    ),
    seeded(
        "touches-sweeper-blind",
        "F29",
        "campaigns.service.due.sweep",
        "tasks.hand_on(stretches(first, work.now - LOOK_BACK), work)",
        "pass",
        "whoever a lost task was about is never looked at",
        "touches.left",
    ),
    seeded(
        "touches-gone-looked-at",
        "F29",
        "campaigns.service.silence.look",
        "visit is None",
        "visit is None and False",
        "whoever is gone keeps a row",
        "touches.gone",
    ),
]
