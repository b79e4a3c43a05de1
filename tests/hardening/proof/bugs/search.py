"""Bugs of the search index, which follows the catalogue."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "search-edit-unheard",
        "F30",
        "searching.consumers.follow_product",
        "index([fact.product], work)",
        "pass",
        "an edit is never found",
        "search.follow",
    ),
    seeded(
        "search-words-kept",
        "F31",
        "search.segments.SegmentEngine.keep",
        "after != before.entries",
        "not before.entries",
        "what is in the index already keeps its words for ever",
        "search.follow",
    ),
    seeded(
        "search-segment-begun-twice",
        "F31",
        "search.segments.SegmentEngine.keep",
        "{**before.entries, **changes[number]}",
        "{**changes[number]}",
        "who is put into a segment throws the others out",
        "search.follow",
    ),
    seeded(
        "search-keeps-what-is-gone",
        "F30",
        "searching.service._entry",
        "not offers",
        "not whole.skus",
        "what is off the shelf is found",
        "search.check",
    ),
    seeded(
        "search-check-finds-nothing",
        "F30",
        "searching.service.check",
        "_index(products[:STRETCH], one)",
        "pass",
        "what no fact told of is never found",
        "search.check",
    ),
    seeded(
        "search-check-begins-nowhere",
        "F30",
        "searching.consumers.begin_check",
        "IndexCheckDue(END)",
        "IndexCheckDue('')",
        "the check compares nothing",
        "search.check",
    ),
]
