"""End to end: package the shop, deploy that very template whole on the local engine, run the journeys against it, audit it.

    make e2e

Functions run from the zips, behind the engine's own gateway, queues, bus, stream and schedules; the payment simulator
stands beside. The journeys (tests/journeys) are told JISHI_BASE_URL, JISHI_CASHIER_URL, JISHI_LOGINS,
and where the engine and its tables are, JISHI_PLACE, for what nobody can wait for.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import botocore.session

from infra import secrets, stack

from . import engine as engines
from . import run
from . import settle as place

BUCKET = "jishi-packages"
STACK = f"{stack.STACK}-{place.STAGE}"
TESTS = (("-m", "slow", "tests/house/test_infra_package.py"), ("tests/journeys",))
WITHOUT = {"Firewall": "off"}  # the engine cannot put a firewall before a stage


def main() -> int:
    say = run.Progress()
    with ExitStack() as open_:
        scratch = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="jishi-e2e-")))
        base, cashier, logins = stand_up(open_, scratch, say)
        environment = os.environ | {
            "JISHI_BASE_URL": base,
            "JISHI_CASHIER_URL": cashier,
            "JISHI_LOGINS": json.dumps(logins),
            "JISHI_PLACE": json.dumps({n: v for n, v in os.environ.items() if n.startswith(("AWS_", "TABLE_"))}),
        }
        for name in [name for name in environment if name.startswith(("AWS_", "TABLE_"))]:
            del environment[name]
        codes = [
            subprocess.run([sys.executable, "-m", "pytest", *asked], cwd=engines.ROOT, env=environment, check=False)  # noqa: S603  # our own tests
            .returncode
            for asked in TESTS
        ]  # fmt: skip
        codes.append(audited())
        failed = any(codes)
        say("something failed" if failed else "package and journeys passed")
        if failed:
            print(tail(scratch / "engine" / "engine.log"))
        return int(failed)


def stand_up(open_: ExitStack, scratch: Path, say: Callable[[str], None]) -> tuple[str, str, dict[str, str]]:
    """Package, deploy, fill. Answers the URLs of the API and of the cashier, and how each role signs in."""
    package = scratch / "package"
    # In a process of its own: this one imports the app only when the tables have their names.
    command = [sys.executable, "-m", "infra.build", "package", "--out", str(package)]
    subprocess.run(command, cwd=engines.ROOT, check=True)  # noqa: S603  # our own module
    say("packaged and linted")
    engine = engines.start(engines.free_port(), scratch / "engine", keep=False)
    open_.callback(engines.stop, engine)
    os.environ.update(engine.environment)
    session = botocore.session.get_session()
    began = time.monotonic()
    settings = place.LOCAL | {"OUTBOX_DIR": str(scratch / "outbox")}
    deployed = partial(stack.whole, session, package, BUCKET, name=STACK, settings=settings, say=lambda _: None)
    outputs = deployed({"Stage": place.STAGE, **WITHOUT})
    resources = stack.physical(session, STACK)
    say(f"{len(resources)} resources deployed in {time.monotonic() - began:.1f} s")
    base = f"{engine.url}/restapis/{outputs['RestAPIId']}/api/_user_request_"
    os.environ.update(place.environment(resources) | {"PUBLIC_URL": base})
    deployed({"PublicUrl": base})  # known only now: the providers call it
    secrets.complete_keys(session, place.STAGE)
    cashier_port = engines.free_port()
    simulator = run.simulate(scratch / "simulator", cashier_port, base)
    if simulator is not None:
        open_.callback(run.end, simulator, scratch / "simulator" / "simulator.pid")
        providers = place.put_merchants(session, scratch / "simulator" / "simulator" / "merchant.json")
        say(f"payment simulator for {', '.join(providers)}")
    logins: dict[str, str] = run.seed(say).get("logins", {})
    return base, f"http://127.0.0.1:{cashier_port}", logins


def audited() -> int:
    """Whether the books of what was deployed balance, as `make audit STAGE=` asks it; 0 when they do."""
    command = [sys.executable, "-m", "local.audit", place.STAGE]
    return subprocess.run(command, cwd=engines.ROOT, check=False).returncode  # noqa: S603  # our own module


def tail(log: Path, lines: int = 60) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


if __name__ == "__main__":
    raise SystemExit(main())
