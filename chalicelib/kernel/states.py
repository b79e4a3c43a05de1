"""A state machine is a table of data: which action leads from which state to which.

    ORDER = States(
        "placed", {"placed": {"pay": "paid", "cancel": "cancelled"}, "paid": {"cancel": "cancelled"}},
        absent=OrderNotFound, conflict=OrderStateConflict,
    )

The same table yields the write (`runtime.table.transition`): an action is allowed exactly from `sources(action)`, leads to
`target(action)`, and `refusal` says what it means when the item is not there or in another state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .errors import Refusal


class Conflicting(Protocol):
    """The refusal of a state that does not allow it, which it names."""

    def __call__(self, *, state: Any) -> Refusal: ...


class States:
    """A table of edges. `after` follows one, `sources` lists where an action may start."""

    def __init__(
        self,
        initial: str,
        edges: Mapping[str, Mapping[str, str]],
        *,
        absent: Callable[[], Refusal],
        conflict: Conflicting,
    ) -> None:
        self.initial, self.absent, self.conflict = initial, absent, conflict
        self.edges = {state: dict(actions) for state, actions in edges.items()}
        targets = {target for actions in self.edges.values() for target in actions.values()}
        self.all = [initial, *sorted((set(self.edges) | targets) - {initial})]
        for action in {action for actions in self.edges.values() for action in actions}:
            if len({actions[action] for actions in self.edges.values() if action in actions}) != 1:
                raise ValueError(f"{action} leads to more than one state")

    def after(self, state: str, action: str) -> str | None:
        """The state an action leads to from here, or None where it is not allowed."""
        return self.edges.get(state, {}).get(action)

    def is_final(self, state: str) -> bool:
        """Whether nothing leads on from here."""
        return not self.edges.get(state)

    def sources(self, action: str) -> list[str]:
        """The states an action may start from."""
        found = [state for state, actions in self.edges.items() if action in actions]
        if not found:
            raise KeyError(action)
        return found

    def target(self, action: str) -> str:
        """The one state an action leads to."""
        return self.edges[self.sources(action)[0]][action]

    def refusal(self, old: Any) -> Refusal:
        """What a failed condition on the state means, given the item as it stood (or None)."""
        return self.absent() if old is None else self.conflict(state=getattr(old, "state", None))
