"""Hearing of letters from SES, whose configuration set tells on the account's own bus of EventBridge.

Guarantees: nobody but a service of AWS can tell there in its name, and of it only what concerns this shop's configuration set
is heard; the same event has no second effect. No address is written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from chalicelib.runtime import observe
from chalicelib.runtime.work import Work

from ...channels.receiving import ReceiptRefused
from . import folding, reports


def letter(event: Mapping[str, Any], work: Work) -> None:
    """Fold what became of a letter. Commits by report."""
    from ...channels.ses import receipts as ses  # most of what this worker folds is no letter

    try:
        told = ses.heard(event.get("detail"))
    except ReceiptRefused:
        observe.count("ReceiptOfOthers", channel="ses")  # another shop's of this account, or no letter of ours
        return
    for fact in reports.facts("ses", sha256(str(event["id"]).encode()).hexdigest(), told):
        folding.fold(fact, work)
