"""Tasks: facts that only hand work on, put on the bus without a row of the journal.

Guarantees: none is told of what is not there to be found again. What hands them on finds its work in a table that only the
work itself clears, so one that is lost is handed on later and one that comes twice finds nothing to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.facts import Fact

from . import relay
from .work import Work

Publish = Callable[[list[dict[str, Any]]], None]
_elsewhere: list[Publish] = []


def use_bus(publish: Publish | None) -> None:
    """Put another bus in place, None: the shop's own."""
    _elsewhere[:] = [publish] if publish else []


def hand_on(facts: Iterable[Fact], work: Work) -> None:
    """Put them on the bus, at once. Raises while the bus does not take them."""
    found = [
        {
            "Source": f"jishi.{fact.context}",
            "DetailType": fact.wire,
            "Detail": json.dumps(
                {
                    "id": f"{work.new_id('T')}.{n}",
                    "at": millis(work.now),
                    "actor": work.caller.id,
                    "version": fact.version,
                    "data": fact.data(),
                }
            ),
        }
        for n, fact in enumerate(facts)
    ]
    if _elsewhere:
        _elsewhere[0](found)
    elif found:
        relay.publish(found)
