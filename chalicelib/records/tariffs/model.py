"""The table `tariffs`, single-table style.

Hash: `templates` or `services` (heads by id), a tariff's id (its immutable versions, range `v#000001`) or `book`: what holds
(range `now`, which every process remembers) and what ever held (range `v#000001`).
"""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

BOOK, NOW = "book", "now"


class TariffHead(Table):
    """Where a tariff is. `version` is its latest, `live` the published one."""

    class Meta:
        table_name = table_name("tariffs")

    sort = UnicodeAttribute(hash_key=True, attr_name="i")
    id = UnicodeAttribute(range_key=True, attr_name="r")
    state = UnicodeAttribute(attr_name="s")
    version = WholeAttribute(attr_name="v")
    live = WholeAttribute(attr_name="w", null=True)
    name_zh = UnicodeAttribute(attr_name="z")
    name_en = UnicodeAttribute(attr_name="e")
    edited = InstantAttribute(attr_name="t")


class TariffVersion(Table):
    """What a tariff says in one of its versions, for good: a JSON document."""

    class Meta:
        table_name = table_name("tariffs")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    content = UnicodeAttribute(attr_name="c")
    actor = UnicodeAttribute(attr_name="u")
    at = InstantAttribute(attr_name="t")


class BookRow(Table):
    """All that holds together, as packed JSON."""

    class Meta:
        table_name = table_name("tariffs")

    book = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    version = WholeAttribute(attr_name="v")
    content = BinaryAttribute(attr_name="c", legacy_encoding=False)


def version_part(version: int) -> str:
    return f"v#{version:06d}"
