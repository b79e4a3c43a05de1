"""The runner: `python -m tests.hardening.proof --slice ci|full`, and one run again by `--replay`.

Exit code 1 when anything is violated, a seeded bug is missed, a call site was never struck or a goal is not reached.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TextIO

from tests.hardening.proof import folding, forgery, model, sites
from tests.hardening.proof.crash import WORLDS, enumerate_faults
from tests.hardening.proof.explore import crash_and_explore, explore
from tests.hardening.proof.faults import MODES
from tests.hardening.proof.hook import HOOK
from tests.hardening.proof.mutants import bugs, hunt, rotten
from tests.hardening.proof.report import Report
from tests.hardening.proof.scenario import Scenario
from tests.hardening.proof.scenarios import all_scenarios


@dataclass(frozen=True)
class Slice:
    """How much of the proof is run, and what it must reach at least."""

    deaths: bool  # crash x interleaving
    both: bool  # everything in both token worlds, or in the remembered one only what a token can change
    schedules: int  # at most so many of one race in one world
    deliveries: int  # of the simulation
    bugs: bool
    share: int  # of the faults beside deaths and lost answers, one in so many
    forged: int  # notices of each provider
    folded: int  # permutations of choices of so many facts about money
    least: dict[str, int]


SLICES = {
    "quick": Slice(False, False, 40, 500, False, 9, 100, 1, {}),
    "ci": Slice(False, False, 60, 3_000, True, 4, 1_000, 2, {"crash_runs": 1_000, "schedules": 500}),
    "full": Slice(True, True, 2_000, 200_000, True, 1, 10_000, 5,
                  {"crash_runs": 3_000, "schedules": 5_000, "deliveries": 200_000, "faults": 20_000}),
}  # fmt: skip
BUGS_AT_LEAST = 100
DEATHS = 4  # schedules of one race with one death in it
BY_TOKEN = ("kill-after", "lost-response", "conflict")  # faults after which a remembered token answers
PARTS, SEEDS_APART = 4, 100_000  # the simulation in parts with seeds of their own


def say(words: str, stream: TextIO | None = None) -> None:
    """A line for whoever waits."""
    (stream or sys.stdout).write(words + "\n")
    (stream or sys.stdout).flush()


def prove(chosen: Slice, name: str, only: str = "", processes: int = 1) -> Report:
    """Run a slice of the proof over all scenarios, or those whose name begins with `only`."""
    report, begun = Report(name), time.monotonic()
    jobs = [("scenario", one.name) for one in _scenarios(chosen, only)]
    if not only:
        jobs = [*((f"simulation {part}", str(part)) for part in range(PARTS)), ("folding", ""), ("forgery", ""), *jobs]
    unheard = set(jobs)
    with _several(processes) as run:
        for job, found in run(partial(_job, name), jobs):
            kind, what = job
            unheard.remove(job)
            report.merge(found)
            say(f"{time.monotonic() - begun:6.1f} s  {what if kind == 'scenario' else kind}", sys.stderr)
    report.short_of += [f"{kind} {what} was never heard of again" for kind, what in sorted(unheard)]
    if not only:
        if chosen.bugs:
            report.bugs = hunt(bugs(), say=partial(say, stream=sys.stderr), processes=processes)
        _compare(report, chosen)
    report.seconds = time.monotonic() - begun
    return report


@contextmanager
def _several(processes: int) -> Iterator[Callable[..., Iterable[Any]]]:
    """What maps jobs over so many processes; over one, in this process (a process with threads is not to be forked)."""
    if processes == 1:
        yield map
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield pool.imap_unordered


def _scenarios(chosen: Slice, only: str = "") -> list[Scenario]:
    """Those whose name begins so; of the heavy ones a short slice takes the clean run alone."""
    return [one for one in all_scenarios() if one.name.startswith(only)]


def _job(name: str, job: tuple[str, str]) -> tuple[tuple[str, str], Report]:
    """One part of the proof, in a process of its own: nothing is shared, so the order does not matter."""
    kind, what = job
    chosen, report = SLICES[name], Report(name)
    HOOK.sites.clear()
    if kind == "scenario":
        scenario = next(one for one in _scenarios(chosen) if one.name == what)
        line = report.line(scenario.name, scenario.rows)
        if scenario.heavy and not chosen.deaths:
            report.passed(line, enumerate_faults(scenario, WORLDS[1:], modes=()))
            return job, report
        report.crashed(line, enumerate_faults(scenario, WORLDS[1:], share=chosen.share))
        modes = tuple(MODES) if chosen.both else BY_TOKEN
        report.crashed(line, enumerate_faults(scenario, WORLDS[:1], modes, share=chosen.share))
        _race(report, scenario, chosen)
    elif kind == "folding":
        report.took("folding", folding.prove(chosen.folded))
    elif kind == "forgery":
        report.took("forgery", forgery.prove(chosen.forged))
    else:
        report.simulated(model.simulate(chosen.deliveries // PARTS, 1 + int(what) * SEEDS_APART))
        report.sites_struck |= model.COUNTS.sites
        report.violations |= model.failures()
    if kind not in ("folding", "forgery"):
        report.sites_seen |= {site for site in HOOK.sites if site.startswith("chalicelib")}
    return job, report


def _race(report: Report, scenario: Scenario, chosen: Slice) -> None:
    line = report.line(scenario.name, scenario.rows)
    for world in WORLDS if chosen.both else WORLDS[1:]:
        for race in (*scenario.races, *scenario.triples):
            report.raced(line, explore(scenario, race, world, limit=chosen.schedules))
        if chosen.deaths and world == "lapsed":  # the harder world: no token helps
            for race in scenario.races:
                report.raced(line, crash_and_explore(scenario, race, world, limit=DEATHS), deaths=True)


def _compare(report: Report, chosen: Slice) -> None:
    reached = {"crash_runs": report.crash_runs, "schedules": report.schedules, "deliveries": report.deliveries,
               "faults": report.faults}  # fmt: skip
    for goal, least in chosen.least.items():
        if reached[goal] < least:
            report.short_of.append(f"{goal}: {reached[goal]:,} of {least:,}")
    if chosen.bugs and len(report.bugs) < BUGS_AT_LEAST:
        report.short_of.append(f"seeded bugs: {len(report.bugs)} of {BUGS_AT_LEAST}")
    report.short_of += [f"a bug that fits: {one}" for one in rotten(bugs())]
    report.short_of += sites.astray(report.sites_seen | report.sites_passed, clean=False)


def replay(told: str) -> list[str]:
    """One run again, from the words that a report printed: what is wrong with it."""
    kind, *parts = told.split(":")
    if kind in ("forgery", "folding"):
        return (forgery if kind == "forgery" else folding).replay(*parts)
    if kind == "model":
        return model.replay(int(parts[0]), parts[1] if len(parts) > 1 else WORLDS[0])
    scenario = next(one for one in all_scenarios() if one.name == parts[0])
    if kind == "crash":
        step, mode, call, world = parts[1:5]
        found = enumerate_faults(scenario, [world], only=(step, mode, int(call or 0))).violations
    else:
        race, turns, world, aim = parts[1:5]
        fault = aim.split(".") if aim else None
        found = explore(
            scenario,
            race.split("|"),
            world,
            schedule=[int(turn) for turn in turns],
            fault=(int(fault[0]), int(fault[1]), fault[2]) if fault else None,
        ).violations
    return [wrong for all_wrong in found.values() for wrong in all_wrong]


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.hardening.proof", description=__doc__)
    options.add_argument("--slice", choices=sorted(SLICES), default="ci")
    options.add_argument("--only", default="", help="only the scenarios whose name begins so")
    options.add_argument("--replay", default="", help="one run again, as a report names it")
    options.add_argument("--bugs", default=None, nargs="*", help="only seed bugs (all, or those named)")
    options.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes at once")
    chosen = options.parse_args()
    if chosen.replay:
        wrong = replay(chosen.replay)
        say("\n".join(wrong) or "nothing is wrong")
        return 1 if wrong else 0
    if chosen.bugs is not None:
        picked = [bug for bug in bugs() if not chosen.bugs or bug.name.startswith(tuple(chosen.bugs))]
        hunted = hunt(picked, say=say, processes=chosen.jobs)
        return 1 if any(not one.caught for one in hunted) else 0
    report = prove(SLICES[chosen.slice], chosen.slice, chosen.only, chosen.jobs)
    report.write()
    say(report.text())
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
