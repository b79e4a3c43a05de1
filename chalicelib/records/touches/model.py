"""The table `touches`: a row is one person to be looked at at one instant. All of it stands in its key."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, table_name


class Touch(Table):
    """Hash `<day>#<shard>`, range `<time>#<kind>#<person>#<subject>#<episode>`, both in UTC."""

    class Meta:
        table_name = table_name("touches")

    slot = UnicodeAttribute(hash_key=True, attr_name="k")
    order = UnicodeAttribute(range_key=True, attr_name="r")


class Swept(Table):
    """Up to when all slots were swept. Hash and range `swept`."""

    class Meta:
        table_name = table_name("touches")

    slot = UnicodeAttribute(hash_key=True, attr_name="k")
    order = UnicodeAttribute(range_key=True, attr_name="r")
    at = InstantAttribute(attr_name="t", null=True)
