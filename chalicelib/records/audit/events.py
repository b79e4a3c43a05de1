"""What the audit log tells."""

from __future__ import annotations

from chalicelib.kernel.facts import Fact


class AuditAnchored(Fact, context="audit"):
    """The chain ended here at that time; told daily, so that whoever rewrites the table is contradicted elsewhere."""

    seq: int
    hash: str
