"""What a run of the proof came to: counted, printed, and written as JSON for whoever wants to compare."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.hardening.proof import sites
from tests.hardening.proof.crash import Crashes
from tests.hardening.proof.explore import Explored
from tests.hardening.proof.hook import ROOT
from tests.hardening.proof.mutants import Hunt

PLACE = ROOT / "build" / "proof.json"
SHOWN = 12


class Part(Protocol):
    """What forged notices and money folding come to."""

    violations: dict[str, list[str]]

    def as_data(self) -> dict[str, Any]: ...

    def text(self) -> str: ...


@dataclass
class Line:
    """One workflow's figures."""

    workflow: str
    rows: list[str]
    crash_runs: int = 0
    sites: int = 0
    schedules: int = 0
    pruned: int = 0
    deaths_in_races: int = 0
    races_with_deaths: int = 0
    seconds: float = 0.0


@dataclass
class Report:
    """All figures of one run."""

    slice: str
    lines: dict[str, Line] = field(default_factory=dict)
    simulation: dict[str, float] = field(default_factory=dict)
    bugs: list[Hunt] = field(default_factory=list)
    violations: dict[str, list[str]] = field(default_factory=dict)
    sites_seen: set[str] = field(default_factory=set)
    sites_struck: set[str] = field(default_factory=set)
    sites_passed: set[str] = field(default_factory=set)  # by heavy workflows, which only the full run disturbs
    deliveries: int = 0
    faults: int = 0
    seconds: float = 0.0
    short_of: list[str] = field(default_factory=list)
    money: dict[str, Part] = field(default_factory=dict)

    def line(self, workflow: str, rows: Iterable[str]) -> Line:
        return self.lines.setdefault(workflow, Line(workflow, list(rows)))

    def crashed(self, line: Line, found: Crashes) -> None:
        line.crash_runs += found.runs
        line.sites = max(line.sites, len(found.sites))
        line.seconds += found.seconds
        self.sites_seen |= found.seen
        self.sites_struck |= found.sites
        self.deliveries += found.deliveries
        self.faults += found.fired
        self.violations |= found.violations

    def passed(self, line: Line, found: Crashes) -> None:
        """A heavy workflow went undisturbed; what it passed is disturbed in the full run."""
        line.seconds += found.seconds
        self.sites_passed |= found.seen
        self.deliveries += found.deliveries
        self.violations |= found.violations

    def raced(self, line: Line, found: Explored, *, deaths: bool = False) -> None:
        if deaths:
            line.deaths_in_races += found.points
            line.races_with_deaths += found.runs
            self.faults += found.runs
        else:
            line.schedules += found.runs
            line.pruned += found.pruned
        line.seconds += found.seconds
        self.deliveries += found.deliveries
        self.violations |= found.violations

    def simulated(self, figures: dict[str, float]) -> None:
        for name, count in figures.items():
            self.simulation[name] = self.simulation.get(name, 0) + count
        self.deliveries += int(figures["deliveries"])
        self.faults += int(figures["faults"])

    def merge(self, other: Report) -> None:
        """Take over what another process found."""
        self.lines |= other.lines
        self.money |= other.money
        self.violations |= other.violations
        self.sites_seen |= other.sites_seen
        self.sites_struck |= other.sites_struck
        self.sites_passed |= other.sites_passed
        for name, count in other.simulation.items():
            self.simulation[name] = self.simulation.get(name, 0) + count
        self.deliveries += other.deliveries
        self.faults += other.faults

    def took(self, name: str, part: Part) -> None:
        """A part with figures of its own: forged notices, money folding."""
        self.money[name] = part
        self.violations |= part.violations

    @property
    def crash_runs(self) -> int:
        return sum(line.crash_runs for line in self.lines.values())

    @property
    def schedules(self) -> int:
        return sum(line.schedules + line.races_with_deaths for line in self.lines.values())

    @property
    def missed(self) -> list[Hunt]:
        return [hunt for hunt in self.bugs if not hunt.caught]

    @property
    def unstruck(self) -> set[str]:
        """Call sites that a workflow passes by itself and at which nothing was ever made to fail."""
        return {
            site for site in self.sites_seen - self.sites_struck if not sites.of_runs([site]) & sites.excused().keys()
        }

    @property
    def good(self) -> bool:
        return not (self.violations or self.missed or self.unstruck or self.short_of)

    def as_data(self) -> dict[str, object]:
        return {
            "slice": self.slice,
            "good": self.good,
            "crash_runs": self.crash_runs,
            "schedules": self.schedules,
            "deliveries": self.deliveries,
            "faults": self.faults,
            "call_sites": len(self.sites_seen),
            "call_sites_in_code": len(sites.of_the_code()),
            "call_sites_excused": len(sites.excused()),
            "call_sites_struck": len(self.sites_seen & self.sites_struck),
            "simulation": self.simulation,
            "violations": self.violations,
            "bugs_seeded": len(self.bugs),
            "bugs_caught": len(self.bugs) - len(self.missed),
            "bugs": [asdict(hunt) for hunt in self.bugs],
            "workflows": [asdict(line) for line in self.lines.values()],
            "money": {name: part.as_data() for name, part in self.money.items()},
            "short_of": self.short_of,
            "seconds": round(self.seconds, 1),
        }

    def write(self, place: Path = PLACE) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(self.as_data(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def text(self) -> str:
        """The report for a reader."""
        head = f"{'workflow':18}{'crash runs':>11}{'sites':>7}{'schedules':>11}{'with deaths':>13}{'CPU s':>8}  failure rows"
        lines = [head]
        for line in self.lines.values():
            counts = f"{line.crash_runs:>11,}{line.sites:>7}{line.schedules:>11,}{line.races_with_deaths:>13,}"
            lines.append(f"{line.workflow:18}{counts}{line.seconds:>8.1f}  {' '.join(line.rows)}")
        lines += [
            "",
            f"crash runs {self.crash_runs:,} at {len(self.sites_struck):,} of {len(self.sites_seen | self.sites_struck):,}"
            f" call sites; schedules {self.schedules:,}; deliveries {self.deliveries:,} with {self.faults:,} faults",
        ]
        code, reached = sites.of_the_code(), sites.of_runs(self.sites_seen)
        lines.append(
            f"of {len(code)} call sites in the code {len(code & reached)} passed, {len(sites.excused())} listed with why not"
        )
        lines += [part.text() for part in self.money.values()]
        if self.bugs:
            lines.append(f"seeded bugs caught: {len(self.bugs) - len(self.missed)} of {len(self.bugs)}")
        lines += [f"  MISSED {hunt.name} ({hunt.row})" for hunt in self.missed]
        lines += [f"  NEVER STRUCK {site}" for site in sorted(self.unstruck)]
        lines += [f"  SHORT OF {goal}" for goal in self.short_of]
        lines.append(f"violations: {len(self.violations)}")
        for name, wrong in list(self.violations.items())[:SHOWN]:
            lines += [f"  {wrong[0]}", f"    again: python -m tests.hardening.proof --replay '{name}'"]
        lines.append(f"{self.seconds:.0f} s; the whole report: {PLACE.relative_to(ROOT)}")
        return "\n".join(lines)
