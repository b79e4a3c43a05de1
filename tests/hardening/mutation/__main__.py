"""`make mutate`: does a test notice when the code that counts is changed? Part by part, resumable, seeded.

    python -m tests.hardening.mutation                     a seeded sample, 40 minutes at a time
    python -m tests.hardening.mutation money --all         every mutant of one part
    python -m tests.hardening.mutation --fresh             forget former results
    python -m tests.hardening.mutation --show              the survivors, as entries for survivors.toml

Fails when an exhaustive function has a survivor that survivors.toml does not explain, or when less than 95 % of a part's
mutants (those explained left out) are killed. Writes build/mutation.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.hardening.mutation.parts import PARTS
from tests.hardening.mutation.workshop import ROOT, Workshop, function_of
from tests.support.trees import dotted

EXPLAINED = Path(__file__).with_name("survivors.toml")
REPORT = ROOT / "build" / "mutation.json"
Change = tuple[str, str, str]  # function, was, now
SAMPLE, SEED, MINUTES, FLOOR = 110, 2026, 40.0, 95.0


@dataclass
class Verdict:
    """One part's figures. `score` is killed of all mutants but the explained ones, in percent."""

    module: str
    of: int
    mutants: int
    killed: int
    survived: int
    explained: int
    untried: int
    score: float
    seconds: float
    unexplained: list[dict[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def explanations(path: Path = EXPLAINED) -> dict[Change, str]:
    """(function, was, now) -> why no test can notice. Raises Misfit for a function that is nowhere."""
    told = tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", []) if path.exists() else []
    return {
        (dotted(one["function"]), one["was"], now): one["why"]
        for one in told
        for now in ([one["now"]] if isinstance(one["now"], str) else one["now"])
    }


def judge(
    shop: Workshop, names: list[str], of: int, seconds: float, told: dict[Change, str], used: set[Change]
) -> Verdict:
    """Count a part, and ask of each survivor whether it is explained; the explanations it took are added to `used`."""
    mutants = shop.judged(names)
    killed = sum(mutant.killed is True for mutant in mutants)
    untried = [mutant for mutant in mutants if mutant.killed is None]
    survivors = [mutant for mutant in mutants if mutant.killed is False]
    unexplained, broken, explained = [], [], 0
    for mutant in survivors:
        was, now = shop.change(mutant.name)
        if told.get((mutant.function, was, now)):
            explained += 1
            used.add((mutant.function, was, now))
            continue
        unexplained.append({"mutant": mutant.name, "function": mutant.function, "was": was, "now": now})
        if shop.part.exhaustive(mutant.function):
            broken.append(f"{mutant.function}: {was} → {now}")
    tried = len(mutants) - len(untried)
    score = round(100 * killed / max(1, tried - explained), 1)
    if score < FLOOR:
        broken.append(f"{score} % killed, less than {FLOOR} %")
    if untried:
        broken.append(f"{len(untried)} mutants untried: run again, it goes on where it stopped")
    return Verdict(
        shop.part.name,
        of,
        len(mutants),
        killed,
        len(survivors),
        explained,
        len(untried),
        score,
        round(seconds, 1),
        unexplained,
        broken,
    )


def main() -> int:
    asked = _asked()
    told, used, verdicts, begun = explanations(), set[Change](), list[Verdict](), time.monotonic()
    parts = [part for part in PARTS if not asked.parts or part.name in asked.parts]
    for part in parts:
        shop, started = Workshop(part), time.monotonic()
        shop.prepare(fresh=asked.fresh)
        every = shop.names()
        names = shop.chosen(every, None if asked.all else asked.sample, asked.seed)
        left = asked.minutes * 60 - (started - begun)
        stopped = ""
        if not asked.show and left > 0:
            try:
                shop.run(names, left)
            except RuntimeError as error:
                stopped = str(error)
        verdict = judge(shop, names, len(every), time.monotonic() - started, told, used)
        verdict.broken += [stopped] if stopped else []
        if asked.all:
            verdict.broken += [
                f"survivors.toml explains what is no survivor: {function}: {was} → {now}"
                for function, was, now in told.keys() - used
                if function in {function_of(name) for name in every}
            ]
        verdicts.append(verdict)
        _print(verdict, entries=asked.show)
    return _report(verdicts, time.monotonic() - begun, asked)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.hardening.mutation", description="mutation testing of what counts"
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(part.name for part in PARTS)}")
    parser.add_argument("--all", action="store_true", help="every mutant instead of a sample")
    parser.add_argument("--sample", type=int, default=SAMPLE, help=f"mutants a part at least ({SAMPLE})")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="stop after this time; the next run goes on")
    parser.add_argument("--fresh", action="store_true", help="forget former results")
    parser.add_argument("--show", action="store_true", help="run nothing; print the survivors as entries")
    return parser.parse_args()


def _print(verdict: Verdict, *, entries: bool) -> None:
    sys.stdout.write(
        f"{verdict.module:<11} {verdict.mutants:>4} of {verdict.of:<4} mutants  {verdict.killed:>4} killed  "
        f"{verdict.survived:>3} survived ({verdict.explained} explained)  {verdict.score:5.1f} %  {verdict.seconds:.0f} s\n"
    )
    for one in verdict.unexplained:
        if entries:
            keys = "".join(
                f"{name} = {json.dumps(one[name], ensure_ascii=False)}\n" for name in ("function", "was", "now")
            )
            sys.stdout.write(f'\n[[survivor]]  # {one["mutant"]}\n{keys}why = ""\n')
        else:
            sys.stdout.write(f"    {one['function']}\n      - {one['was']}\n      + {one['now']}\n")
    for line in verdict.broken:
        sys.stdout.write(f"  ! {line}\n")
    sys.stdout.flush()


def _report(verdicts: list[Verdict], seconds: float, asked: argparse.Namespace) -> int:
    mutants, killed = sum(v.mutants for v in verdicts), sum(v.killed for v in verdicts)
    explained, broken = sum(v.explained for v in verdicts), [line for v in verdicts for line in v.broken]
    score = round(100 * killed / max(1, mutants - sum(v.untried for v in verdicts) - explained), 1)
    report = {
        "seed": asked.seed, "mutants": mutants, "killed": killed, "survived": sum(v.survived for v in verdicts),
        "explained": explained, "score": score, "seconds": round(seconds), "failed": bool(broken),
        "modules": [asdict(verdict) for verdict in verdicts],
    }  # fmt: skip
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{killed} of {mutants} mutants killed, {score} % with {explained} explained, {seconds:.0f} s\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
