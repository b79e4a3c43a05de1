"""What the audit log tells."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact


class AuditAnchored(Fact, context="audit", audit=Audit("security", "seq")):
    """The chain ended here at that time; told daily, so that whoever rewrites the table is contradicted elsewhere."""

    seq: int
    hash: str
