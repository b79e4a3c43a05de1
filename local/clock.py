"""A knob: the shop on this machine and its payment simulator live in a later time, together.

    .venv/bin/python -m local.clock 31m        # forward by 31 minutes: unpaid orders run out
    .venv/bin/python -m local.clock            # how far they are ahead

Forwards only, in s, m, h or d, at most 60 days at once and 400 in all; kept with the shop's state. Tokens and second
factors age as they would: `python -m local.totp SECRET` tells the code of the shop's own time.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .engine import ROOT

NAME = "clock"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
MOST_AT_ONCE = timedelta(days=60)  # every minute that was jumped over is looked at
MOST = timedelta(days=400)


class MovedClock:
    """The machine's time and what a file says on top of it; a change of the file counts at once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seen: tuple[int, timedelta] = (0, timedelta())

    def now(self) -> datetime:
        try:
            changed = self.file.stat().st_mtime_ns
        except FileNotFoundError:
            return datetime.now(UTC)
        if changed != self._seen[0]:
            self._seen = changed, timedelta(seconds=ahead(self.file))
        return datetime.now(UTC) + self._seen[1]


def place() -> Path:
    """The folder of the shop on this machine."""
    return Path(os.environ.get("JISHI_STATE", str(ROOT / ".state")))


def ahead(file: Path) -> int:
    """Seconds that the shop is ahead."""
    return int(file.read_text(encoding="utf-8") or 0) if file.exists() else 0


def heed(state: Path) -> Path:
    """From now on this process lives in the shop's time. Answers the file that says it."""
    from chalicelib.runtime import world

    world.current().clock = MovedClock(state / NAME)
    return state / NAME


def forward(state: Path, text: str) -> int:
    """Move the shop forward; answers the seconds it is ahead. Raises ValueError for what is no time span, or too far."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if found is None:
        raise ValueError("say how far, forwards: 90s, 31m, 2h or 7d")
    step = int(found.group(1)) * UNITS[found.group(2)]
    if step > MOST_AT_ONCE.total_seconds():
        raise ValueError(f"that is too far: at most {MOST_AT_ONCE.days}d at once, then wait until what is due has come")
    seconds = ahead(state / NAME) + step
    if seconds > MOST.total_seconds():
        raise ValueError(
            f"that is too far: at most {MOST.days} days ahead in all; a fresh shop begins today: make clean"
        )
    fresh = state / f"{NAME}.new"
    fresh.write_text(str(seconds), encoding="utf-8")
    fresh.replace(state / NAME)  # whole or not at all: others read it at any moment
    return seconds


def main(arguments: list[str]) -> int:
    state = place()
    if not state.is_dir():
        print("no shop was started here; start it with: make run", file=sys.stderr)
        return 1
    try:
        seconds = forward(state, arguments[0]) if arguments else ahead(state / NAME)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"the shop is {timedelta(seconds=seconds)} ahead: {datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M} UTC"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
