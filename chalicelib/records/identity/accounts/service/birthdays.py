"""Whose birthday is when: looked at on its day, by who celebrates it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from chalicelib.kernel.clock import business_day
from chalicelib.runtime import table

from ..rules import BIRTHDAY_SETTLES, Birthday, born_on, next_celebrated
from . import accounts


class Celebrant(NamedTuple):
    """Somebody's birthday, and when they said so."""

    birthday: Birthday
    said_at: datetime

    def next_day(self, first: date) -> date:
        """When it is celebrated next, from that day on; not before it has stood for thirty days."""
        settled = business_day(self.said_at + BIRTHDAY_SETTLES)
        return next_celebrated(self.birthday, max(first, settled))


def of(people: Sequence[str]) -> dict[str, Celebrant]:
    """The birthdays of those of these who are customers and said one: one read. Raises VaultClosed."""
    found = {}
    for row in table.batch([accounts.key(one) for one in people], consistent=True):
        if row is not None and row.state == "active" and (text := accounts.opened(row, "birthday")):
            found[row.owner] = Celebrant(born_on(text), row.birthday_at)
    return found
