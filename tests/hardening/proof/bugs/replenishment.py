"""Bugs of shelves: what is paid, what is told, what a night looks at."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "withheld-and-still-sold", "I3", "inventory.steps.keep_back",
        "[Stock.available.add(part)] if part else []",
        "[]",
        "what is kept back is available all the same", "replenishment.withheld",
    ),
    seeded(
        "withheld-by-two", "I3", "inventory.steps.keep_back",
        "as_read &= Stock.kept == kept if kept else Stock.kept.does_not_exist()",
        "pass",
        "of two who say how much is kept back both take it out of what is available", "replenishment.withheld",
    ),
    seeded(
        "withheld-by-what-was-said-before", "F04", "replenishing.service._withhold_now",
        "work.add(shelf_steps.unmoved(row))",
        "pass",
        "the night undoes what was said of a shelf while it looked", "replenishment.withheld meanwhile",
    ),
    seeded(
        "withheld-never-by-night", "F04", "replenishing.service.go_on",
        "_withhold(place, work.separate())",
        "pass",
        "what the forecast or the setting says is never followed", "replenishment.withheld by night",
    ),
    seeded(
        "withheld-for-good", "S109", "replenishing.service._keep_back",
        "one.kept != pieces",
        "one.kept < pieces",
        "what is safety stock no more is never sold", "replenishment.withheld",
    ),
    seeded(
        "withheld-counted-away", "I3", "inventory.service.count",
        "spared = max(0, -delta - here.here)",
        "spared = 0",
        "what is broken of the safety stock is asked of what is available, and refused", "replenishment.withheld",
    ),
    seeded(
        "replenishment-sold-again", "F03", "replenishing.consumers.sold",
        "service.follow_paid(fact.order_id, work)",
        "service.follow_paid(fact.order_id, work.with_key(work.id))",
        "an order that is told twice is demand twice", "replenishment.night",
    ),
    seeded(
        "replenishment-looked-blindly", "F04", "replenishment.steps._same",
        "ShelfRow.version == seen.version",
        "ShelfRow.place.exists()",
        "two who look at once both tell of a crossing", "replenishment.night",
    ),
    seeded(
        "replenishment-believed", "F04", "replenishing.service.judge",
        "_lying([told.place])",
        "[told]",
        "a message that is late says what lies there", "replenishment.late",
    ),
    seeded(
        "replenishment-told-anew", "F04", "replenishment.rules.alerts.judged",
        "level not in TOLD or level == told",
        "level not in TOLD",
        "what was told is told again days later", "replenishment.again",
    ),
    seeded(
        "replenishment-no-rest", "F04", "replenishment.rules.alerts.judged",
        "now < standing.told_at + QUIET",
        "now < standing.told_at",
        "low and out are told within minutes", "replenishment.crossing",
    ),
    seeded(
        "replenishment-untold", "F04", "replenishment.service._seen",
        "judged(before, level, work.now)",
        "(judged(before, level, work.now)[0], row is None)",
        "what is noted as told was told to nobody", "replenishment.night",
    ),
]  # fmt: skip
BUGS += [
    seeded(
        "seasons-week-again",
        "F03",
        "seasons.service.waits_for",
        "row.state == 'active' and row.weeks_over == week - 1",
        "True",
        "a week that comes again counts again",
        "seasons.reminded",
    ),
    seeded(
        "seasons-blindly",
        "F04",
        "seasons.steps._change",
        "SeasonRow.state.is_in(*SEASON.sources(action)) & (SeasonRow.version == season.version)",
        "SeasonRow.id.exists()",
        "who is late writes over what others did",
        "seasons",
    ),
    seeded(
        "seasons-task-anew",
        "F04",
        "seasons.service.open_task",
        "row.state == 'active' and tasks[task] == WAITING",
        "row.state == 'active'",
        "a task that was done comes due again",
        "seasons.reminded",
    ),
]
BUGS += [
    seeded(
        "takes-as-it-is",
        "F24",
        "takes.service._taken",
        "inventory.count(line.sku, delta, line.seen, reason, work, agreed=False)",
        "inventory.count(line.sku, delta, inventory.on_hand(line.sku), reason, work, agreed=False)",
        "of two sheets of one shelf both take off what lacked",
        "takes.sold",
    ),
    seeded(
        "takes-half",
        "F03",
        "takes.service.take",
        "raise CommitRejected(stale)",
        "lines = [line for line in lines if rows[line.sku][0].on_hand == line.seen]",
        "of a sheet only those lines count that nobody moved",
        "takes.half",
    ),
]
