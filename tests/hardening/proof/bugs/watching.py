"""Bugs of watching: wishes that are heard twice or never, and counts that run away."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "watching-told-twice", "W2", "watching.steps.use",
        "table.delete(Watch, row.person, row.mark, when=Watch.turn == row.turn, otherwise=WatchMoved())",
        "table.delete(Watch, row.person, row.mark)",
        "two levels tell one wish twice", "watching.stock",
    ),
    seeded(
        "watching-added-twice", "W1", "watching.steps.add",
        "insert(row, WatchedAlready())",
        "table.put(row)",
        "one wish is counted twice where it is made twice at once", "watching.stock",
    ),
    seeded(
        "watching-unchecked", "W3", "watching.service.add",
        "kind in REMINDERS",
        "kind in ()",
        "what comes true while a wish is noted is told to nobody", "watching.stock",
    ),
    seeded(
        "watching-removed-twice", "W1", "watching.steps.remove",
        "table.delete(Watch, person, mark_of(kind, sku), when=Watch.person.exists(), otherwise=WatchNotFound())",
        "table.delete(Watch, person, mark_of(kind, sku))",
        "who takes a wish back that was heard just now is counted below nothing", "watching.price",
    ),
]  # fmt: skip
