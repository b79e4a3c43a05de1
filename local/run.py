"""The whole shop on this machine: `make run`.

Engine, infrastructure, secrets, payment simulator, workers, schedules, relay, demo data, HTTP; then it tells where
everything is. Ctrl-C stops intake first, drains the relay, then ends the simulator and, last, the engine. Everything
is found again at the next start, and after a kill everything that was acknowledged (`ledger`); facts committed in the
last minutes are published once more, since a stream does not survive its engine, and consumers know what they have seen.
An engine or a simulator that ends by itself ends the run.
"""

import importlib
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from infra import secrets

from . import alone, clock, data, left, signals
from . import engine as engines
from . import settle as place
from .attach import GRACE_SECONDS, attach
from .http import serve

ROOT = engines.ROOT
RESENT_BEFORE = timedelta(minutes=3)
OLDEST_RESENT = timedelta(days=29)
STOPPING = "stopping: intake first, then the relay, then the engine"
UNSAVED = (
    "what was acknowledged is kept, of what lay in queues perhaps not the last second: the last minutes are resent"
)

PORTS = {"JISHI_PORT": "8000", "JISHI_CASHIER_PORT": "9100", "JISHI_ENGINE_PORT": "4566"}


def setting(name: str, default: str) -> str:
    return os.environ.get(name, default)


def number(name: str, default: str) -> float:
    """A setting above nought. Raises EngineRefused."""
    text = setting(name, default)
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not float(text):
        raise engines.EngineRefused(f"{name} is a number above 0, not {text!r}")
    return float(text)


def port_of(name: str, default: str) -> int:
    """A port to listen at. Raises EngineRefused."""
    text = setting(name, default)
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise engines.EngineRefused(f"{name} is a port, a whole number from 1 to 65535, not {text!r}")
    return int(text)


def ports() -> list[int]:
    """Where the API, the cashier and the engine listen. Raises EngineRefused when two would at the same port."""
    told = {name: port_of(name, usual) for name, usual in PORTS.items()}
    for one, other in combinations(told, 2):
        if told[one] == told[other]:
            raise engines.EngineRefused(f"{one} and {other} are both {told[one]}: each needs a port of its own")
    return list(told.values())


def writable(folder: Path, name: str) -> None:
    """Raises EngineRefused, naming the setting, when nothing can be put into a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise engines.EngineRefused(f"{name}: {folder} cannot be written ({error.strerror})") from None


class Progress:
    """A line a step, with the time it took."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, words: str) -> None:
        print(f"  {time.monotonic() - self.began:5.1f} s  {words}", flush=True)


class Shop:
    """What runs beside this process, and how it ended."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.saved = False

    def fallen(self) -> str:
        """What ended by itself, in a sentence; "" while everything stands."""
        for name, child in self.children.items():
            if (status := child.poll()) is not None:
                return f"{name} ended by itself (status {status}), and the shop with it; it goes on with: make run"
        return ""

    def watched(self, say: Callable[[str], None]) -> Callable[[str], None]:
        """To say what only matters while everything stands."""
        return lambda words: None if self.fallen() else say(words)

    def stop_engine(self, engine: engines.Engine) -> None:
        self.saved = engines.stop(engine)


def main() -> int:
    """Run until interrupted. 0 after a clean stop; 1 when it could not start, lost a child, or not everything is saved."""
    say, shop = Progress(), Shop()
    stopped, fallen = signals.heed(), ""
    print("Jishi 集市", flush=True)
    try:
        with ExitStack() as open_:
            with stopped.breaking(lambda: print(f"\n{STOPPING}", flush=True)):
                start(open_, say, shop)
            stopped(shop.fallen)
            fallen = shop.fallen()
            print(f"\n{fallen or STOPPING}", flush=True)
    except engines.EngineRefused as refusal:
        print(f"cannot start: {refusal}", file=sys.stderr)
        return 1
    except signals.Interrupted:  # while it was starting: what is half done is finished by the next start
        say("stopped; everything is kept" if shop.saved else "stopped")
        return 0
    say("stopped; everything is kept" if shop.saved else f"stopped; {UNSAVED}")
    return 0 if shop.saved and not fallen else 1


def start(open_: ExitStack, say: Callable[[str], None], shop: Shop) -> None:
    """Start everything; what must be undone goes onto `open_`, in the right order."""
    state = Path(setting("JISHI_STATE", str(ROOT / ".state"))).resolve()
    port, cashier, listens = ports()
    tick, threads = number("JISHI_TICK_SECONDS", "1"), int(number("JISHI_THREADS", "1"))
    base, sending = f"http://127.0.0.1:{port}", place.sending(setting("JISHI_MESSAGES", "outbox"), cashier)
    outbox = Path(setting("OUTBOX_DIR", str(state / "outbox"))).resolve()
    open_.enter_context(alone.take(state, f"{base}; Ctrl-C in its terminal stops it, or: kill {os.getpid()}"))
    data.heed(state)
    writable(outbox, "OUTBOX_DIR")
    engines.refuse_port_in_use(port, "the API", "JISHI_PORT")
    left.stop(state / left.SIMULATOR)
    engines.refuse_port_in_use(cashier, "the cashier", "JISHI_CASHIER_PORT")

    engine = engines.start(listens, state, keep=True)
    open_.callback(shop.stop_engine, engine)
    shop.children["the engine"] = engine.child
    say(f"engine at {engine.url}, data in {state}")
    settled = place.settle(engine)
    os.environ.update(settled.environment)
    own = place.LOCAL | {"PUBLIC_URL": base, "OUTBOX_DIR": str(outbox)} | sending
    told = {name: os.environ.setdefault(name, value) for name, value in own.items()}
    place.note(settled, state, told)
    open_.callback(place.forget, state)
    say(f"infrastructure from the template: {len(settled.resources)} resources")
    if secrets.complete_keys(settled.session, place.STAGE):
        say("signing keys made")
    if (simulator := simulate(state, cashier, base)) is not None:
        open_.callback(end, simulator, state / left.SIMULATOR)
        shop.children["the payment simulator"] = simulator
        providers = place.put_merchants(settled.session, state / "simulator" / "merchant.json")
        say(f"payment simulator at http://127.0.0.1:{cashier} ({', '.join(providers)})")

    engines.keep(engine)  # keys, parameters and the stack outlive a kill from here on
    sys.path.insert(0, str(ROOT))
    clock.heed(state)
    app = importlib.import_module("app").app
    checkpoint = Checkpoint(state / "relay.json")
    resent = resend_since(checkpoint)
    if resent:
        say(f"{resent} commits of the last minutes published again")
    if record := os.environ.get("JISHI_RECORD"):
        record_calls(app, Path(record))
    if setting("JISHI_WORKERS", "1") != "0":
        attached = attach(
            app,
            settled.session,
            settled.resources,
            tick=tick,
            say=shop.watched(say),
            threads=threads,
            relayed=checkpoint.move,
        )
        open_.callback(lambda: attached.stop(0 if shop.fallen() else GRACE_SECONDS))
        say(f"{len(attached.workers)} workers and schedules, the relay; a minute of schedules lasts {tick:g} s")
    server = serve(app, port)
    open_.callback(server.stop)  # closed first: nothing new comes in while the relay drains
    tell(base, f"http://127.0.0.1:{cashier}" if simulator else None, seed(say))


def record_calls(app: Any, notes: Path) -> None:
    """Note which function calls what, for comparison with the policies. No secret is remembered meanwhile: on AWS each
    function asks for itself what another one here has just read.
    """
    importlib.import_module("chalicelib.runtime.settings").SECRET_SECONDS = -1
    recorder = importlib.import_module("local.recorder")  # it knows the app, which must know its tables' names by now
    threads = {f"stream-{source.name}": source.name for source in app.event_sources}
    threads |= {source.name: source.name for source in app.event_sources}
    clients = importlib.import_module("chalicelib.runtime.clients")
    recorder.Recorder(recorder.of_the_shop(app, threads), recorder.noted(notes)).watch(clients.client)


class Checkpoint:
    """The second up to which the journal's stream was handed over; its file is whole at any moment."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def move(self, second: float) -> None:
        fresh = self.file.with_suffix(".tmp")
        fresh.write_text(json.dumps({"until": second}), encoding="utf-8")
        fresh.replace(self.file)

    def until(self) -> datetime | None:
        """None at the first start, which has nothing to resend; from then on it is known."""
        if not self.file.exists():
            self.move(time.time())
            return None
        return datetime.fromtimestamp(json.loads(self.file.read_text(encoding="utf-8"))["until"], UTC)


def resend_since(checkpoint: Checkpoint) -> int:
    """Publish again what was committed since the relay last stood at the stream's end. Answers how many commits."""
    if (until := checkpoint.until()) is None:
        return 0
    relay = importlib.import_module("chalicelib.runtime.relay")
    now = importlib.import_module("chalicelib.runtime.world").now()  # the shop's own, which may be ahead
    return int(relay.resend_all(max(until - RESENT_BEFORE, now - OLDEST_RESENT), now))


def simulate(state: Path, port: int, base: str, patience: float = 30) -> "subprocess.Popen[bytes] | None":
    """Start the payment simulator, when there is one, and wait for its merchant document."""
    if importlib.util.find_spec("simulator.__main__") is None:
        return None
    signed = signers(setting("JISHI_SIGNED_BY", "keys"))
    home = state / "simulator"
    home.mkdir(parents=True, exist_ok=True)
    merchant = home / "merchant.json"
    with (state / "simulator.log").open("ab") as sink:
        child = subprocess.Popen(  # noqa: S603  # our own interpreter, our own module
            [
                sys.executable,
                "-m",
                "simulator",
                "--port",
                str(port),
                "--state",
                str(home),
                "--merchant",
                base,
                "--clock",
                str(state / clock.NAME),
                *signed,
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
        )
    (state / left.SIMULATOR).write_text(str(child.pid))
    deadline = time.monotonic() + patience
    while not (merchant.exists() and engines.in_use(port)):
        if child.poll() is not None or time.monotonic() > deadline:
            end(child, state / left.SIMULATOR)
            words = "\n".join((state / "simulator.log").read_text(errors="replace").splitlines()[-10:])
            raise engines.EngineRefused(f"the payment simulator did not come up:\n{words}")
        time.sleep(0.05)
    return child


def signers(word: str) -> list[str]:
    """By what the simulated providers prove themselves. Raises EngineRefused."""
    if word not in ("keys", "certificates"):
        raise engines.EngineRefused(f"JISHI_SIGNED_BY is keys or certificates, not {word!r}")
    return ["--wechat-mode", "certificate", "--alipay-mode", "cert"] if word == "certificates" else []


def end(child: "subprocess.Popen[bytes]", note: Path) -> None:
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(5)
    note.unlink(missing_ok=True)


def seed(say: Callable[[str], None]) -> dict[str, Any]:
    """Load the demo shop when there is none. Answers what the tour needs (logins, a SKU)."""
    if importlib.util.find_spec("local.seed") is None:
        return {}
    told = importlib.import_module("local.seed").load(say=say)
    return dict(told or {})


def tell(base: str, cashier: str | None, seeded: dict[str, Any]) -> None:
    lines = [("API and its documentation", f"{base}/docs"), ("operators' page", f"{base}/console")]
    lines += [("outbox, sign-in codes", f"{base}/dev/outbox")]
    if cashier:
        pages = {"cashier": "", "fault knobs": "/knobs", "parcels": "/yard"}
        pages |= {"messages that came": "/letters", "webhooks that came": "/hooks/erp"}
        lines += [(name, f"{cashier}{path}") for name, path in pages.items()]
    print()
    for name, url in lines:
        print(f"  {name:<26}{url}")
    for name, value in seeded.get("logins", {}).items():
        print(f"  login {name:<20}{value}")
    if seeded.get("logins"):
        print(
            "  a TOTP secret's present code: .venv/bin/python -m local.totp SECRET   (an app's fits until the clock is moved)"
        )
    if seeded and cashier:
        print("\nA tour to paste into another terminal (it is local/tour.sh):\n")
        print(tour(base, cashier, seeded.get("logins", {})))
    print("\nCtrl-C stops the shop and keeps its data.", flush=True)


def tour(base: str, cashier: str, logins: Mapping[str, str] = MappingProxyType({})) -> str:
    """From a guest's cart to a parcel at the door, by curl; the README shows the same. `logins`: how each role signs in."""
    told = (ROOT / "local" / "tour.sh").read_text(encoding="utf-8")
    for role, name in product(("operator", "admin", "customer"), ("password", "secret")):
        if said := re.search(rf"{name} ([!-~]+)", logins.get(role, "")):
            told = told.replace(f"{role.upper()}S-{name.upper()}", said[1])
    if state := os.environ.get("JISHI_STATE"):  # whoever pastes it asks for this shop's time
        told = told.replace(" T=\n", f" T=\nexport JISHI_STATE={shlex.quote(state)}\n", 1)
    return told.replace("http://127.0.0.1:8000", base).replace("http://127.0.0.1:9100", cashier)


if __name__ == "__main__":
    raise SystemExit(main())
