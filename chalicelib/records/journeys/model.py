"""The tables `journeys` (heads, versions, counts) and `enrolments` (who is under way, and where)."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

ALL = "all"  # the one hash key of all heads: they are few, and read together


class Journey(Table):
    """A journey: which version newcomers enter, and whether anybody does. Hash `all`, range its name."""

    class Meta:
        table_name = table_name("journeys")

    group = UnicodeAttribute(hash_key=True, attr_name="k")
    name = UnicodeAttribute(range_key=True, attr_name="r")
    state = UnicodeAttribute(attr_name="s", null=True)
    version = WholeAttribute(attr_name="v", null=True)
    made_by = UnicodeAttribute(attr_name="u", null=True)
    made_at = InstantAttribute(attr_name="t", null=True)


class JourneyVersion(Table):
    """A plan, which never changes. Hash the journey's name, range `v0001`."""

    class Meta:
        table_name = table_name("journeys")

    journey = UnicodeAttribute(hash_key=True, attr_name="k")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    plan = UnicodeAttribute(attr_name="d", null=True)
    made_by = UnicodeAttribute(attr_name="u", null=True)
    made_at = InstantAttribute(attr_name="t", null=True)


class JourneyTally(Table):
    """How many came to something, a part of all. Hash the journey's name, range `tally#<what>#<part>`."""

    class Meta:
        table_name = table_name("journeys")

    journey = UnicodeAttribute(hash_key=True, attr_name="k")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    number = WholeAttribute(attr_name="n", null=True)


class Enrolment(Table):
    """Somebody in a journey, once an occasion. Hash the person, range `<journey>#<occasion>`.

    `since` is when what it is about began, `step` what is next, not before `until`. `arm` says whether they are met or left
    alone to compare, `back` whether they came again within the time that counts.
    """

    class Meta:
        table_name = table_name("enrolments")

    person = UnicodeAttribute(hash_key=True, attr_name="p")
    place = UnicodeAttribute(range_key=True, attr_name="r")
    version = WholeAttribute(attr_name="v")
    step = WholeAttribute(attr_name="i")
    state = UnicodeAttribute(attr_name="s")
    at = InstantAttribute(attr_name="t")
    since = InstantAttribute(attr_name="b")
    until = InstantAttribute(attr_name="u", null=True)
    arm = UnicodeAttribute(attr_name="a", null=True)
    why = UnicodeAttribute(attr_name="y", null=True)
    back = WholeAttribute(attr_name="z", null=True)
    expires = WholeAttribute(attr_name="x")

    @property
    def journey(self) -> str:
        return self.place.partition("#")[0]

    @property
    def occasion(self) -> str:
        return self.place.partition("#")[2]


def version_part(version: int) -> str:
    return f"v{version:04d}"


def tally_part(what: str, part: int) -> str:
    return f"tally#{what}#{part:02d}"
