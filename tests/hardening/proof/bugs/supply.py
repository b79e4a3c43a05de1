"""Bugs of what sources count, and of what lies where."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "supply-older-count", "F04", "feeds.rules.fold",
        "shelf.seq is not None and row.seq <= shelf.seq",
        "False",
        "a count that comes late undoes a newer one", "supply.counts",
    ),
    seeded(
        "supply-counted-twice", "F03", "feeds.rules.fold",
        "row.delta is not None and row.id not in known and (row.id not in fresh) and (not _in_count(shelf, row.seq))",
        "row.delta is not None and row.id not in fresh and (not _in_count(shelf, row.seq))",
        "a difference that is told again counts again", "supply.mixed",
    ),
    seeded(
        "supply-later-forgotten", "F04", "feeds.rules._counted",
        "said - unseen + later",
        "said - unseen",
        "a count that comes late drops the differences after it", "supply.mixed",
    ),
    seeded(
        "supply-holds-wiped", "F04", "feeds.steps._count",
        "[Stock.available.add(taking.parts[0])] if taking.parts[0] else []",
        "[Stock.available.set(taking.shelf.on_hand)]",
        "a count frees what orders hold", "supply.counts",
    ),
    seeded(
        "supply-blindly", "F24", "feeds.steps._as_read",
        "Stock.on_hand == (first.on_hand or 0)",
        "Stock.place.exists()",
        "a count writes over what left or was counted meanwhile", "supply.sent",
    ),
    seeded(
        "supply-sent-twice", "F04", "feeds.rules._unseen",
        "(shelf, shelf.sent + shelf.sent_before)",
        "(shelf, 0)",
        "what left is sold once more while its source has not booked it", "supply.sent",
    ),
    seeded(
        "supply-unrecorded", "F24", "feeds.steps.take",
        "steps.append(record(movement, taking.place, taking.change, SYNC, source, at))",
        "pass",
        "nobody can say why stock changed", "supply.counts",
    ),
    seeded(
        "supply-below-lost", "F04", "feeds.rules._saying",
        "max(0, -told)",
        "0",
        "what a feed is below nothing is forgiven", "supply.mixed",
    ),
    seeded(
        "supply-delta-unkept", "F03", "feeds.steps.take",
        "taking.fresh.items()",
        "()",
        "a difference counts as often as it is told", "supply.mixed",
    ),
    seeded(
        "supply-negative-shelf", "F04", "inventory.rules.taken_from",
        "max(0, min(left, buckets[bucket]))",
        "0",
        "what is lacking is lacking in the first bucket, and the others go on selling", "supply.spread",
    ),
    seeded(
        "supply-unguarded", "F04", "files.rules.too_much",
        "tally.down * 100 > percent * tally.stocked or tally.less * 100 > percent * tally.units",
        "False",
        "a broken listing empties the shop", "supply.parked",
    ),
    seeded(
        "supply-zeroes-unasked", "F04", "files.service._weigh",
        "terms.zero_missing and drift",
        "drift",
        "what a listing leaves out is gone", "supply.unlisted",
    ),
    seeded(
        "supply-file-part-lost", "F03", "files.service._compare",
        "part + 1 < (row.parts or 0)",
        "part < (row.parts or 0)",
        "a file stays half taken for ever", "supply.file",
    ),
    seeded(
        "supply-numbers-overwritten", "S20", "feeds.steps._numbers_as_read",
        "high == known.high if known.high is not None else high.does_not_exist()",
        "StockSource.kind.exists()",
        "of two pushes at once one forgets what the other told", "supply.skipped",
    ),
    seeded(
        "supply-gaps-kept-open", "S20", "feeds.rules._around",
        "not first <= seq <= last",
        "True",
        "what comes late stays missing", "supply.skipped",
    ),
    seeded(
        "supply-skipped-untold", "S20", "feeds.service.intake._count_on",
        "work.publish(FeedNumbersSkipped(source.code, first, last))",
        "pass",
        "nobody hears of what a source skipped", "supply.skipped",
    ),
]  # fmt: skip
