"""The table `proposals`. `waits` is set while somebody must decide."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, table_name


class Proposal(Table):
    """A change of `about`: what stands and what is to stand, as JSON."""

    class Meta:
        table_name = table_name("proposals")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    kind = UnicodeAttribute(attr_name="k", null=True)
    about = UnicodeAttribute(attr_name="b", null=True)
    before = UnicodeAttribute(attr_name="p", null=True)
    after = UnicodeAttribute(attr_name="a", null=True)
    said = BinaryAttribute(attr_name="w", null=True, legacy_encoding=False)  # why, sealed: it may hold anything
    state = UnicodeAttribute(attr_name="s", null=True)
    proposed_by = UnicodeAttribute(attr_name="u", null=True)
    proposed_at = InstantAttribute(attr_name="t", null=True)
    ends_at = InstantAttribute(attr_name="e", null=True)
    decided_by = UnicodeAttribute(attr_name="v", null=True)
    waits = UnicodeAttribute(attr_name="z", null=True)
