"""How a gift is described, wherever one is given."""

from __future__ import annotations

from ..reading import Reader
from ..units import Gift

OUT = ("skip", "substitute", "block")


def read_gift(terms: Reader, whole: bool = True) -> Gift:
    """The SKU, the pieces, and what happens when there are too few; `whole`: nothing else stands beside."""
    sku, pieces, out = terms.text("sku"), terms.maybe("pieces") or 1, terms.choice("out", OUT, "skip")
    substitute = terms.text("substitute") if out == "substitute" else ""
    if substitute == sku:
        raise terms.wrong("substitute", "one_of")
    if whole:
        terms.done()
    return Gift(sku, pieces, out, substitute)
