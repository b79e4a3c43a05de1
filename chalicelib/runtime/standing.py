"""A caller's standing: the session behind an access token has not ended since the token was given.

Identity says what that means; the front door demands it of every caller but at the few doors that believe a token alone.
Who acts: `Work` takes the demand into the transaction it sends anyway, so that it costs no round trip and nothing can come
between; where none is sent, it is read afresh. Who only reads: it was looked up a few seconds ago at most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Refusal

from . import table
from .table import Condition, Key, Otherwise, Step, check, joined


class Demand(NamedTuple):
    """A row, what is demanded of it, and the same as a question of the row as it stands (None when there is none)."""

    row: Key
    when: Condition
    holds: Callable[[Any], bool]


class Standing:
    """What is demanded of one caller's session; `ended` is the refusal, `shown` whether a commit found it to stand.

    `glance` looks it up as of a few seconds ago and raises `ended`.
    """

    def __init__(self, ended: Refusal, demands: Callable[[], Sequence[Demand]], glance: Callable[[], None]) -> None:
        self.ended, self.shown = ended, False
        self.glance = glance
        self._demands = demands

    def look(self) -> None:
        """Read it afresh. Raises `ended`."""
        demands = self._demands()
        rows = table.batch([one.row for one in demands], consistent=True)
        if not all(one.holds(row) for one, row in zip(demands, rows, strict=True)):
            raise self.ended

    def within(self, steps: Sequence[Step]) -> list[Step]:
        """The steps under the demand: joined to the line that writes a demanded row, else a line of its own at the front."""
        found = list(steps)
        for one in reversed(self._demands()):
            own = check(*one.row, when=one.when, otherwise=self.ended)
            at = next((n for n, step in enumerate(found) if step.target == own.target), None)
            if at is None:
                found.insert(0, own)
            else:
                found[at] = joined(found[at], own, self._meaning(one, found[at].otherwise))
        return found

    def _meaning(self, one: Demand, otherwise: Otherwise | None) -> Otherwise:
        def meaning(row: Any) -> Refusal:
            if not one.holds(row) or otherwise is None:
                return self.ended
            return otherwise if isinstance(otherwise, Refusal) else otherwise(row)

        return meaning
