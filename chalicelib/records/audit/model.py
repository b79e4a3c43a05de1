"""The table `audit`: one item an entry, a thousand entries a hash key, and the head of the chain.

Nothing here expires. Instants in epoch ms; `data` is the fact's own JSON: ids and numbers, never personal data.
"""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.runtime.table import Table, WholeAttribute, table_name

PAGE = 1000
HEAD = -1


class Row(Table):
    """An entry of the log. `previous` is the hash of the entry before it."""

    class Meta:
        table_name = table_name("audit")

    page = WholeAttribute(hash_key=True, attr_name="p")
    seq = WholeAttribute(range_key=True, attr_name="n")
    previous = UnicodeAttribute(attr_name="b", null=True)
    hash = UnicodeAttribute(attr_name="h", null=True)
    event = UnicodeAttribute(attr_name="e", null=True)
    wire = UnicodeAttribute(attr_name="w", null=True)
    at = WholeAttribute(attr_name="t", null=True)
    actor = UnicodeAttribute(attr_name="a", null=True)
    subject = UnicodeAttribute(attr_name="s", null=True)
    data = UnicodeAttribute(attr_name="d", null=True)
    noted = WholeAttribute(attr_name="r", null=True)
    why = UnicodeAttribute(attr_name="y", null=True)


class Head(Table):
    """Where the chain ends: the sequence number and hash of its last entry. One item, in the same table."""

    class Meta:
        table_name = table_name("audit")

    page = WholeAttribute(hash_key=True, attr_name="p")
    seq = WholeAttribute(range_key=True, attr_name="n")
    last = WholeAttribute(attr_name="l", null=True)
    hash = UnicodeAttribute(attr_name="h", null=True)


def page_of(seq: int) -> int:
    """The hash key under which an entry lies."""
    return seq // PAGE
