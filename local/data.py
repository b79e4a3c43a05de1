"""In which form a local shop keeps its data: one that cannot read what an older one left says so before it starts."""

from pathlib import Path

from .engine import EngineRefused

FORMAT = "2"  # raised where rows are written that an older shop wrote otherwise; 2: an order keeps a bill
NAME = "format"


def heed(state: Path) -> None:
    """Note the form on a folder where nothing was started yet. Raises EngineRefused where an older shop left its data."""
    note = state / NAME
    left = note.read_text(encoding="utf-8") if note.exists() else "1"
    if (state / "engine.log").exists() and left != FORMAT:
        raise EngineRefused(
            f"the data in {state} were left by another version of the shop, which this one cannot read; "
            "forget them and begin anew: make clean"
        )
    note.write_text(FORMAT, encoding="utf-8")
