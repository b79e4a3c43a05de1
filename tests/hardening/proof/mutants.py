"""Seeded bugs: does the harness find what it is there to find?

A bug is a change kept as data: in which function, what stands there, what instead, and why. Each is made in a process of
its own while its file is imported, never on disk; the scenarios it is aimed at run until the first violation. One that
nobody notices, or one whose place is no longer there exactly once, fails the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from ast import Module
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from tests.hardening.proof.hook import ROOT
from tests.support.trees import Misfit, changed

SECONDS = 40.0  # a bug that takes longer than this to be noticed counts as missed


class Bug(NamedTuple):
    """One seeded bug. `row` is the row of the failure matrix it breaks; `at` the function in which `now` takes the place
    of `was` (see `tests.support.trees`); `aim` the scenarios that must notice, by how their names begin."""

    name: str
    row: str
    at: str
    was: str
    now: str
    why: str
    aim: tuple[str, ...]


def seeded(name: str, row: str, at: str, was: str, now: str, why: str, *aim: str) -> Bug:
    """A bug as the tables write it."""
    return Bug(name, row, at, was, now, why, aim)


@dataclass(frozen=True, slots=True)
class Hunt:
    """What became of one bug."""

    name: str
    row: str
    caught: bool
    by: str
    seconds: float


def patched(bug: Bug) -> tuple[Path, Module]:
    """The file, and its syntax tree with the bug in it. Raises Misfit when the code is not there any more."""
    try:
        return changed(bug.at, bug.was, bug.now)
    except Misfit as error:
        raise Misfit(f"{bug.name}: {error}") from None


def plant(bug: Bug) -> None:
    """From now on this process imports the bug's file with the bug in it."""
    (path, tree), genuine = patched(bug), SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        if os.path.realpath(loader.path) == os.path.realpath(path):
            code: CodeType = compile(tree, str(path), "exec", dont_inherit=True)
            return code
        return genuine(loader, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]  # the import itself is the seam


def rotten(chosen: Iterable[Bug]) -> list[str]:
    """The bugs whose place is no longer in the code."""
    found = []
    for bug in chosen:
        try:
            patched(bug)
        except Misfit as error:
            found.append(str(error))
    return found


def bugs() -> list[Bug]:
    """Every seeded bug."""
    from tests.hardening.proof.bugs import ALL

    return list(ALL)


def notice(bug: Bug, seconds: float = SECONDS) -> str:
    """Run what the bug is aimed at in this process; answers the first violation, or nothing."""
    plant(bug)
    from tests.hardening.proof.crash import WORLDS, enumerate_faults
    from tests.hardening.proof.explore import crash_and_explore, explore
    from tests.hardening.proof.scenarios import all_scenarios

    until = time.process_time() + seconds
    aimed = [one for one in all_scenarios() if one.name.startswith(bug.aim)]
    if not aimed:
        raise ValueError(f"{bug.name} is aimed at nothing: {bug.aim}")

    def ways() -> Iterator[dict[str, list[str]]]:
        """From the cheapest to the dearest: a quiet run, races, faults, deaths in races."""
        for scenario in aimed:
            yield enumerate_faults(scenario, WORLDS[1:], modes=()).violations
        for world in reversed(WORLDS):
            for scenario in aimed:
                for race in (*scenario.races, *scenario.triples):
                    yield explore(scenario, race, world, until=until, limit=60).violations
            for scenario in aimed:
                yield enumerate_faults(scenario, [world], until=until, enough=1).violations
        for scenario in aimed:
            for race in scenario.races:
                yield crash_and_explore(scenario, race, WORLDS[1], until=until).violations

    return next((_first(found) for found in ways() if found), "")


def unsound(chosen: Iterable[Bug]) -> bool:
    """Whether the scenarios that bugs are aimed at fail without any bug: then noticing proves nothing."""
    from tests.hardening.proof.crash import enumerate_faults
    from tests.hardening.proof.scenarios import all_scenarios

    aims = tuple(aim for bug in chosen for aim in bug.aim)
    try:
        return any(enumerate_faults(one, modes=()).violations for one in all_scenarios() if one.name.startswith(aims))
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return True


def _first(found: dict[str, list[str]]) -> str:
    name, wrong = next(iter(found.items()))
    return f"{name} — {wrong[0]}"


def nursery(names: Iterable[str], seconds: float) -> None:
    """Import what every run needs and nothing of ours, then fork a child for each bug; one JSON line each."""
    import botocore.session
    import chalice.app
    import hypothesis
    import pydantic
    import pynamodb.models

    _ = botocore.session, chalice.app, hypothesis, pydantic, pynamodb.models
    known, names = {bug.name: bug for bug in bugs()}, list(names)
    for name in ("", *names):
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            if status and not name:
                sys.exit("the shop is not sound to begin with")
            continue
        if not name:
            os._exit(1 if unsound([known[one] for one in names]) else 0)
        begun = time.process_time()
        try:
            by = notice(known[name], seconds)
        except (AssertionError, RuntimeError) as error:  # a shop that never comes to rest has been noticed too
            by = f"at once — {type(error).__name__}: {error}"
        except Exception as error:  # a patch that does not even run is no bug of anybody's trade
            by = ""
            sys.stderr.write(f"{name} breaks the run: {type(error).__name__}: {error}\n")
        told = {"name": name, "by": by, "seconds": round(time.process_time() - begun, 2)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        os._exit(0)


def hunt(
    chosen: Sequence[Bug], seconds: float = SECONDS, say: Callable[[str], Any] = lambda words: None, processes: int = 1
) -> list[Hunt]:
    """Seed each bug and see who notices, in so many nurseries at once."""
    with ThreadPoolExecutor(processes) as nurseries:
        parts = [chosen[part::processes] for part in range(processes)]
        told = {name: one for part in nurseries.map(partial(_nurse, seconds, say), parts) for name, one in part.items()}
    lost = {"by": "", "seconds": 0.0}
    results = [(bug, told.get(bug.name, lost)) for bug in chosen]
    return [Hunt(bug.name, bug.row, bool(one["by"]), one["by"], one["seconds"]) for bug, one in results]


def _nurse(seconds: float, say: Callable[[str], Any], chosen: Sequence[Bug]) -> dict[str, Any]:
    """One nursery, a process of its own: what it tells of each bug, by name."""
    command = [sys.executable, "-m", "tests.hardening.proof.mutants", str(seconds), *(bug.name for bug in chosen)]
    told: dict[str, Any] = {}
    if not chosen:
        return told
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603  # our own interpreter and module
        for line in child.stdout or ():
            if line.startswith("{"):
                one = json.loads(line)
                told[one["name"]] = one
                say(
                    f"{'caught' if one['by'] else 'MISSED':7}{one['name']:34}{one['seconds']:6.1f} s  {one['by'][:130]}"
                )
    return told


if __name__ == "__main__":
    nursery(sys.argv[2:], float(sys.argv[1]))
