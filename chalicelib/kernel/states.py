"""A state machine is a table of data: which action leads from which state to which.

    ORDER = States("placed", {"placed": {"pay": "paid", "cancel": "cancelled"}, "paid": {"cancel": "cancelled"}})

The same table yields the condition of the write: an action is allowed exactly from `sources(action)`.
"""

from __future__ import annotations

from collections.abc import Mapping


class States:
    """A table of edges. `after` follows one, `sources` lists where an action may start."""

    def __init__(self, initial: str, edges: Mapping[str, Mapping[str, str]]) -> None:
        self.initial = initial
        self.edges = {state: dict(actions) for state, actions in edges.items()}
        targets = {target for actions in self.edges.values() for target in actions.values()}
        self.all = [initial, *sorted((set(self.edges) | targets) - {initial})]
        for action in {action for actions in self.edges.values() for action in actions}:
            if len({actions[action] for actions in self.edges.values() if action in actions}) != 1:
                raise ValueError(f"{action} leads to more than one state")

    def after(self, state: str, action: str) -> str | None:
        """The state an action leads to from here, or None where it is not allowed."""
        return self.edges.get(state, {}).get(action)

    def sources(self, action: str) -> list[str]:
        """The states an action may start from."""
        found = [state for state, actions in self.edges.items() if action in actions]
        if not found:
            raise KeyError(action)
        return found

    def target(self, action: str) -> str:
        """The one state an action leads to."""
        return self.edges[self.sources(action)[0]][action]
