"""Bugs of tariffs that several operators touch at once."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "tariffs-shown-blindly",
        "F02",
        "tariffs.steps.show",
        "insert(BookRow(BOOK, version_part(version), version=version, content=content), TariffsMoved())",
        "put(BookRow(BOOK, version_part(version), version=version, content=content))",
        "of two publications at once one is lost",
        "tariffs.book",
    ),
    seeded(
        "tariffs-live-forgotten",
        "F02",
        "tariffs.steps.publish",
        "TariffHead.live.set(version)",
        "TariffHead.live.set(1)",
        "nobody can tell which version holds",
        "tariffs.book",
    ),
    seeded(
        "tariffs-withdrawn-and-shown",
        "F02",
        "tariffs.service.withdraw",
        "rules.without(before, sort, tariff_id)",
        "before._replace(version=before.version + 1)",
        "what was withdrawn is still quoted",
        "tariffs.book",
    ),
]
