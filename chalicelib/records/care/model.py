"""The table `care`, single-table style. `Binary` here means a sealed text or a wrapped key.

Hash: `plans` (range: a category), a product (range `consultation`), a person (range `c#<order line>` a course, `s#<order line>`
a survey, `quiet`), a SKU (range `nps`, `tag#<tag>`) or an improvement task (range `task`). An order line is named by its order's
id and two digits.
"""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

PLANS, CONSULTATION, QUIET, NPS, TASK = "plans", "consultation", "quiet", "nps", "task"
COURSE, SURVEY, TAG = "c#", "s#", "tag#"
BY_STATE = "by_state"


class CarePlan(Table):
    """What is done for goods of a category and those below it, days after delivery; None: not at all."""

    class Meta:
        table_name = table_name("care")

    group = UnicodeAttribute(hash_key=True, attr_name="p")
    category = UnicodeAttribute(range_key=True, attr_name="r")
    guide_zh = UnicodeAttribute(attr_name="gz")
    guide_en = UnicodeAttribute(attr_name="ge")
    visit_days = WholeAttribute(attr_name="v", null=True)
    refill_days = WholeAttribute(attr_name="f", null=True)
    revision = WholeAttribute(attr_name="n")


class ProductConsultations(Table):
    """How many consultations an order line of a product brings, and for how many days."""

    class Meta:
        table_name = table_name("care")

    product = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    brings = WholeAttribute(attr_name="n")
    days = WholeAttribute(attr_name="d")


class CareCourse(Table):
    """An order line that is accompanied, by the plan of a category. `why` it ended: refund or quiet."""

    class Meta:
        table_name = table_name("care")

    person = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    sku = UnicodeAttribute(attr_name="s")
    category = UnicodeAttribute(attr_name="g")
    begun_at = InstantAttribute(attr_name="t")
    visit_at = InstantAttribute(attr_name="v", null=True)
    refill_at = InstantAttribute(attr_name="f", null=True)
    why = UnicodeAttribute(attr_name="y", null=True)

    @property
    def line(self) -> str:
        return self.part.removeprefix(COURSE)


class Quiet(Table):
    """Somebody does not want to be accompanied."""

    class Meta:
        table_name = table_name("care")

    person = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    at = InstantAttribute(attr_name="t")


class Survey(Table):
    """What somebody said of an order line; the text under a key of its own."""

    class Meta:
        table_name = table_name("care")

    person = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    sku = UnicodeAttribute(attr_name="s")
    score = WholeAttribute(attr_name="n")
    tags = UnicodeAttribute(attr_name="g")  # separated by spaces
    at = InstantAttribute(attr_name="t")
    key = BinaryAttribute(attr_name="w", null=True, legacy_encoding=False)
    text = BinaryAttribute(attr_name="m", null=True, legacy_encoding=False)


class SurveyCount(Table):
    """How a SKU is spoken of: in all, and (`l…`) since its last improvement task ended. Of a tag only how often it was named."""

    class Meta:
        table_name = table_name("care")

    sku = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    answers = WholeAttribute(attr_name="n", null=True)
    promoters = WholeAttribute(attr_name="o", null=True)
    detractors = WholeAttribute(attr_name="d", null=True)
    late_answers = WholeAttribute(attr_name="ln", null=True)
    late_promoters = WholeAttribute(attr_name="lo", null=True)
    late_detractors = WholeAttribute(attr_name="ld", null=True)
    task = UnicodeAttribute(attr_name="k", null=True)  # that is not settled yet


class ImprovementTask(Table):
    """What is to be improved about a product, since a SKU of it is spoken of like this; or what a journey wants done for
    somebody: then it has no SKU and no figure, and `text` says what."""

    class Meta:
        table_name = table_name("care")

    id = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    sku = UnicodeAttribute(attr_name="s")
    why = UnicodeAttribute(attr_name="y")  # nps, the tag, or `journey`
    answers = WholeAttribute(attr_name="n")
    figure = WholeAttribute(attr_name="f")  # the NPS, or the tag's share in percent
    state = UnicodeAttribute(attr_name="z")
    owner = UnicodeAttribute(attr_name="i", null=True)
    outcome = UnicodeAttribute(attr_name="q", null=True)
    note = UnicodeAttribute(attr_name="h", null=True)
    journey = UnicodeAttribute(attr_name="jn", null=True)
    person = UnicodeAttribute(attr_name="pn", null=True)
    text = UnicodeAttribute(attr_name="tx", null=True)
    opened_at = InstantAttribute(attr_name="t")
    settled_at = InstantAttribute(attr_name="u", null=True)


def course_part(line: str) -> str:
    return f"{COURSE}{line}"
