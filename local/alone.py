"""One shop at a time on a state folder: whoever runs there holds its lock, and the system opens it when that process ends,
however it ends. So what an engine or a simulator left behind is ended only when nobody is using it.
"""

import fcntl
from pathlib import Path
from typing import TextIO

from .engine import EngineRefused

NAME = "shop.lock"


def take(state: Path, who: str) -> TextIO:
    """Hold the folder until the answer is closed; `who` is told to others. Raises EngineRefused while somebody has it, and
    where nothing can be written.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        held = (state / NAME).open("a+", encoding="utf-8")
    except OSError as error:
        raise EngineRefused(f"JISHI_STATE: {state} cannot be written ({error.strerror})") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.seek(0)
        there = held.read().strip() or "it is just starting"
        held.close()
        raise EngineRefused(f"a shop runs on {state} already ({there})") from None
    held.truncate(0)
    held.write(who)
    held.flush()
    return held
