"""What is told of tariffs."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact


class TariffEdited(Fact, context="tariffs", audit=Audit("shop", "tariff_id")):
    """A freight template or a delivery service was edited, its version `edit` made. It holds when it is published."""

    tariff_id: str
    edit: int


class TariffPublished(Fact, context="tariffs", audit=Audit("shop", "tariff_id")):
    """This version (`edit`) of a freight template or a delivery service holds from now on, in the book's version `book`."""

    tariff_id: str
    edit: int
    book: int


class TariffWithdrawn(Fact, context="tariffs", audit=Audit("shop", "tariff_id")):
    """A freight template or a delivery service holds no more; `book` is the version of the book without it."""

    tariff_id: str
    book: int
