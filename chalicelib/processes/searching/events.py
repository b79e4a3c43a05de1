"""What searching tells itself."""

from __future__ import annotations

from chalicelib.kernel.facts import Fact, Left


class IndexCheckDue(
    Fact, context="searching", audit=Left("it changes nothing but the index, which follows the catalogue")
):
    """The next stretch of the index is to be compared with the catalogue: the products with ids below this one."""

    before: str
