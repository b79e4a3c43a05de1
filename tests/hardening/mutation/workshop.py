"""A part's workshop: a copy of the house under build/mutation/<part> in which mutmut mutates that part's files alone.

Guarantees: the checkout is never touched; a run that was stopped goes on where it was; a mutant that was killed stays
killed until its function changes (or `fresh`), one that survived is tried again when a test has changed.
"""

from __future__ import annotations

import ast
import filecmp
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.hardening.mutation.parts import Part
from tests.support.trees import difference

ROOT = Path(__file__).resolve().parents[3]
PLACE = ROOT / "build" / "mutation"
CARRIED = ("chalicelib", "tests", "infra", "local", "simulator", "app.py")
KILLED = {1, 3, -24, 24, 36, 152, 255}  # a failed test, a broken run, a run that does not end
MARK = "ǁ"  # mutmut joins class and method by it


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant: mutmut's name of it, the function it changes, and whether the part's tests noticed (None: untried)."""

    name: str
    function: str
    killed: bool | None


class Workshop:
    def __init__(self, part: Part, place: Path | None = None) -> None:
        self.part = part
        self.place = place or PLACE / part.name

    # ---- setting up -------------------------------------------------------------------------------------------------
    def prepare(self, *, fresh: bool = False) -> None:
        """Bring the copy up to date; what did not change keeps its date, and with it its results."""
        if fresh:
            shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True, exist_ok=True)
        wanted = {path.relative_to(ROOT) for path in _carried()}
        for relative in wanted:
            source, target = ROOT / relative, self.place / relative
            if not target.exists() or not filecmp.cmp(source, target, shallow=False):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        for found in [path for name in CARRIED for path in (self.place / name).rglob("*.py")]:
            if found.relative_to(self.place) not in wanted:
                found.unlink()
        config = self._config()
        if not (self.place / "pyproject.toml").exists() or (self.place / "pyproject.toml").read_text() != config:
            (self.place / "pyproject.toml").write_text(config)
        self._forget_what_tests_may_now_notice()

    def _config(self) -> str:
        tests = [test for test in self.part.tests if (ROOT / test).exists()]
        return (
            "[tool.mutmut]\n"
            'source_paths = ["chalicelib"]\n'
            f"only_mutate = {json.dumps(self.part.files)}\n"
            f"also_copy = {json.dumps([name for name in CARRIED if name != 'chalicelib'])}\n"
            f"pytest_add_cli_args_test_selection = {json.dumps(tests)}\n"
            'pytest_add_cli_args = ["-p", "tests.hardening.mutation.steady", "-p", "no:cacheprovider"]\n'
            "use_git_change_detection = false\n"
            "timeout_constant = 4.0\n\n"
            "[tool.pytest.ini_options]\n"
            'addopts = "-q --strict-markers"\n'
            'markers = ["engine: on the local engine", "slow: behind a make target"]\n'
        )

    def _forget_what_tests_may_now_notice(self) -> None:
        told = hashlib.sha256()
        for path in sorted((self.place / "tests").rglob("*.py")):
            told.update(path.read_bytes())
        kept = self.place / "tests.sha256"
        if kept.exists() and kept.read_text() != told.hexdigest():
            for meta in self._metas():
                found = json.loads(meta.read_text())
                codes = found["exit_code_by_key"]
                found["exit_code_by_key"] = {name: code if code in KILLED else None for name, code in codes.items()}
                meta.write_text(json.dumps(found, indent=4))
        kept.write_text(told.hexdigest())

    # ---- running ----------------------------------------------------------------------------------------------------
    def names(self) -> list[str]:
        """Every mutant's name, in the order of the source, without running anything.

        A mutant that differs by a default alone is left out: mutmut calls each with the original's.
        """
        code = (
            "import ast, sys\n"
            "from pathlib import Path\n"
            "from mutmut.mutation.file_mutation import mutate_file_contents\n"
            "from mutmut.utils.format_utils import get_mutant_name\n"
            "for path in map(Path, sys.argv[1:]):\n"
            "    made = mutate_file_contents(str(path), path.read_text(encoding='utf-8'))\n"
            "    defs = [one for one in ast.walk(ast.parse(made.code)) if isinstance(one, ast.FunctionDef)]\n"
            "    heads = {one.name: ast.dump(one.args) for one in defs}\n"
            "    for name in made.mutant_names:\n"
            "        if heads[name] == heads[name.rpartition('__mutmut_')[0] + '__mutmut_orig']:\n"
            "            print(get_mutant_name(path, name))\n"
        )
        return self._python("-c", code, *self.part.files).split()

    def chosen(self, names: Sequence[str], sample: int | None, seed: int) -> list[str]:
        """All mutants of the functions that are never sampled, and of the others enough to make `sample` in all."""
        must = [name for name in names if self.part.exhaustive(function_of(name))]
        rest = [name for name in names if not self.part.exhaustive(function_of(name))]
        more = len(rest) if sample is None else min(len(rest), max(0, sample - len(must)))
        picked = set(must) | set(random.Random(f"{seed}/{self.part.name}").sample(rest, more))
        return [name for name in names if name in picked]

    def run(self, names: Sequence[str], seconds: float) -> None:
        """Try the untried ones of these, until the time is over."""
        end = time.monotonic() + seconds
        for _ in range(3):  # mutmut forgets what it knew when it sees that other tests were chosen
            known = self.results()
            left = [name for name in names if known.get(name) is None]
            if left and time.monotonic() < end:
                self._try(left, end - time.monotonic())

    def _try(self, left: Sequence[str], seconds: float) -> None:
        command = [str(Path(sys.executable).with_name("mutmut")), "run", *left]
        log = self.place / "mutmut.log"
        with log.open("w", encoding="utf-8") as out:
            runner = subprocess.Popen(  # noqa: S603  # our own tool on our own files
                command,
                cwd=self.place,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                start_new_session=True,
            )
            try:
                runner.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(runner.pid, 2)  # as Ctrl-C: mutmut keeps what it has
                runner.wait(timeout=30)
        if runner.returncode not in (0, -2, 130):
            raise RuntimeError(f"{self.part.name}: mutmut stopped\n{log.read_text(encoding='utf-8')[-3000:]}")

    def results(self) -> dict[str, int | None]:
        """Each mutant's exit code, None while untried."""
        found: dict[str, int | None] = {}
        for meta in self._metas():
            found.update(json.loads(meta.read_text())["exit_code_by_key"])
        return found

    def judged(self, names: Sequence[str]) -> list[Mutant]:
        """What became of these mutants."""
        known = self.results()
        codes = {name: known.get(name) for name in names}
        return [
            Mutant(name, function_of(name), None if code is None else code in KILLED) for name, code in codes.items()
        ]

    def change(self, name: str) -> tuple[str, str]:
        """What a mutant replaces by what: the smallest expression or statements that its function holds once."""
        module, _, mutant = name.rpartition(".")
        written = self._written(self.place / "mutants" / f"{module.replace('.', '/')}.py")
        before, after = written[f"{mutant.rpartition('__mutmut_')[0]}__mutmut_orig"], written[mutant]
        after.name = before.name
        return difference(before, after)

    # ---- parts of it ------------------------------------------------------------------------------------------------
    @cache  # noqa: B019  # a workshop lives as long as the run
    def _written(self, path: Path) -> dict[str, ast.FunctionDef]:
        """What mutmut made of a file: each function as it was, and each of its mutants, by the names it gave them."""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    def _metas(self) -> list[Path]:
        found = [self.place / "mutants" / f"{path}.meta" for path in self.part.files]
        return [meta for meta in found if meta.exists()]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}

    def _python(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(  # noqa: S603  # the same interpreter on our own files
            command, cwd=self.place, capture_output=True, text=True, check=False, env=self._environment()
        )
        if done.returncode:
            raise RuntimeError(f"{self.part.name}: {done.stderr[-2000:]}")
        return done.stdout


def function_of(name: str) -> str:
    """`chalicelib.kernel.money.xǁFenǁshare__mutmut_7` changes `chalicelib.kernel.money.Fen.share`."""
    module, _, inner = name.rpartition("__mutmut_")[0].rpartition(".")
    bare = inner[1:].strip(MARK).replace(MARK, ".") if MARK in inner else inner.removeprefix("x_")
    return f"{module}.{bare}"


def _carried() -> Iterator[Path]:
    for name in CARRIED:
        path = ROOT / name
        yield from (
            [path]
            if path.is_file()
            else (found for found in path.rglob("*") if found.is_file() and "__pycache__" not in found.parts)
        )
