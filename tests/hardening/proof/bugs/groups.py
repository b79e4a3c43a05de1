"""Bugs of groups: a post that is asked for twice or after it was stopped, a day that is too full, members and orders that count
twice."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "groups-asked-before-claimed",
        "E73",
        "grouping.service.posting.go_out",
        "claim.commit()",
        "gate.hand_over(message(group, row)) and claim.commit()",
        "who dies between the two asks for the post once more",
        "groups.posted",
    ),
    seeded(
        "groups-stopped-and-asked",
        "E77",
        "groups.steps._moved",
        "GroupPost.state.is_in(*GROUP_POST.sources(action))",
        "GroupPost.state.exists()",
        "what was stopped is asked for all the same",
        "groups.stopped",
    ),
    seeded(
        "groups-days-not-counted",
        "E76",
        "groups.steps.ask",
        "GroupDay.posts.does_not_exist() | (GroupDay.posts < most)",
        "GroupDay.posts.does_not_exist() | (GroupDay.posts <= most)",
        "a group has one post more on a day than it may",
        "groups.capped",
    ),
    seeded(
        "groups-imports-end-early",
        "F11",
        "groups.service.groups.go_on",
        "work.publish(GroupImportDue(group_id, import_id))",
        "pass",
        "of an import only the first part comes in",
        "groups.imported",
    ),
    seeded(
        "groups-nobody-asks-again",
        "F11",
        "groups.service.posts.ask",
        "work.publish(GroupPostCheckDue(row.owner, row.id, 1), at=work.now + rules.CHECKED)",
        "pass",
        "a post that was confirmed waits for ever",
        "groups.posted",
    ),
]
