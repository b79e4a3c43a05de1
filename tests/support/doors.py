"""A use case as a door performs it: what it added is written, together with what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work, perform


def done(use_case: Callable[..., Any], *args: Any, work: Work | None = None, **more: Any) -> Any:
    """Perform a use case that takes a `work`, by nobody's work when none is given, and commit what it added."""
    work = work or Work(ANYONE, "test")
    return perform(work, use_case, *args, work=work, **more)
