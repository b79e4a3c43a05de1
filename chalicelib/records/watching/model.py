"""The table `watching`: what a person watches, and beside it how many of each kind.

Reminders stand in an index by kind and SKU, so that who waits for a SKU is found without a scan; favourites stand in none.
"""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, MoneyAttribute, Table, WholeAttribute, table_name

BY_GOODS, COUNTS = "by_goods", "counts"


class Watch(Table):
    """One SKU, or of kind arrival one category, that one person watches; of kind bought a category of what came to them.
    Range: `<kind>#<sku>`; `turn` names this very wish,
    which is heard once."""

    class Meta:
        table_name = table_name("watching")

    person = UnicodeAttribute(hash_key=True, attr_name="u")
    mark = UnicodeAttribute(range_key=True, attr_name="r")
    turn = UnicodeAttribute(attr_name="e")
    price = MoneyAttribute(attr_name="p")  # as it was seen
    at = InstantAttribute(attr_name="t")
    goods = UnicodeAttribute(attr_name="k", null=True)  # the mark once more, of what is to be told

    @property
    def kind(self) -> str:
        return self.mark.partition("#")[0]

    @property
    def sku(self) -> str:
        return self.mark.partition("#")[2]


class WatchCount(Table):
    """How many SKUs of each kind a person watches."""

    class Meta:
        table_name = table_name("watching")

    person = UnicodeAttribute(hash_key=True, attr_name="u")
    mark = UnicodeAttribute(range_key=True, attr_name="r")
    favourite = WholeAttribute(attr_name="f", null=True)
    stock = WholeAttribute(attr_name="s", null=True)
    price = WholeAttribute(attr_name="p", null=True)
    arrival = WholeAttribute(attr_name="w", null=True)


def mark_of(kind: str, sku: str) -> str:
    return f"{kind}#{sku}"
