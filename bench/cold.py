"""How much of a function's cold start is ours: its import beside the bare import of the same libraries, in one run.

Counted on both sides are the libraries that its first event needs but that are only imported then (FIRST_USE): a module
that imports lazily is not charged for it, nor does it gain by it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
TRIES = 5
FEW = 5
WORKER = ("aws_lambda_powertools.utilities.batch", "aws_lambda_powertools.logging")
CALLERS = ("jwt", "cryptography.hazmat.primitives.asymmetric.ed25519", "aws_lambda_powertools.logging")
FACES = ("shop", "account", "webhooks", "staff", "merchandising", "supply", "engagement", "operations")
FIRST_USE = {
    f"chalicelib.faces.{name}": CALLERS
    for name in ("shop", "account", "staff", "merchandising", "supply", "engagement", "operations")
} | {
    "chalicelib.faces.webhooks": ("cryptography.hazmat.primitives.asymmetric.rsa", "aws_lambda_powertools.logging"),
}  # a token or a provider's signature is verified, and a line is logged

# CPU of the process, so that a busy machine disturbs less; the interpreter's own start is in neither. A face opens its app
# at its first request.
_WHOLE = """
import sys, time, json
before = set(sys.modules)
began = time.process_time()
import {module}, {used}
if {module!r}.startswith("chalicelib.faces."):
    from chalicelib.runtime.http.face import FACES, opening
    opening(FACES.values())
spent = time.process_time() - began
ours = {{name for name in sys.modules if name.split(".")[0] in ("app", "chalicelib")}}
foreign = [name for name in sys.modules if name not in before and name not in ours]
contexts = {{tuple(name.split(".")[:3]) for name in ours if name.startswith(("chalicelib.records.", "chalicelib.processes."))}}
print(json.dumps([spent, foreign, len(contexts)]))
"""
_BARE = """
import sys, time, json, importlib
names = json.loads(sys.stdin.read())
began = time.process_time()
for name in names:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
print(json.dumps(time.process_time() - began))
"""


class Cold(NamedTuple):
    """Milliseconds of CPU: the module with all it needs, and the libraries alone; of how many contexts it has a part."""

    module: str
    whole_ms: float
    bare_ms: float
    contexts: int = 0

    @property
    def ratio(self) -> float:
        return self.whole_ms / self.bare_ms

    @property
    def each(self) -> float:
        """What one context adds, as a share of the libraries; 0 of a module with few, whose share is the ground of all."""
        return (self.ratio - 1) / self.contexts if self.contexts >= FEW else 0.0


def measure(module: str, tries: int = TRIES) -> Cold:
    """The least of several tries, whole and bare taken in turns."""
    program = _WHOLE.format(module=module, used=", ".join(FIRST_USE.get(module, WORKER)))
    _run(program)  # compiles what is not compiled
    whole, bare, contexts = [], [], 0
    for _ in range(tries):
        spent, foreign, contexts = json.loads(_run(program))
        whole.append(spent)
        bare.append(float(json.loads(_run(_BARE, json.dumps(foreign)))))
    return Cold(module, 1000 * min(whole), 1000 * min(bare), contexts)


def _run(program: str, told: str = "") -> str:
    """Compiled once and kept in build/, also where this process may write no bytecode: a function's package is compiled."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept |= {"PYDANTIC_DISABLE_PLUGINS": "__all__", "PYTHONPYCACHEPREFIX": str(ROOT / "build" / "bytecode")}
    done = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", program], input=told, cwd=ROOT, capture_output=True, text=True, check=True, env=kept
    )
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    for asked in sys.argv[1:] or [f"chalicelib.faces.{name}" for name in FACES]:
        told = measure(asked)
        print(
            f"{told.module}: {told.whole_ms:.0f} ms, libraries alone {told.bare_ms:.0f} ms, ratio {told.ratio:.2f}; "
            f"{told.contexts} contexts, each {told.each:.3f}"
        )
