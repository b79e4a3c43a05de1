"""A shop's place on a running engine: its tables, queues, bus and keys, its secrets, and the environment that names them.

settled = settle(engine)          # deploys the template minus functions and API, makes secrets on a first start
os.environ.update(settled.environment)
"""

import importlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session

from chalicelib.kernel.messages import TEXTS
from chalicelib.records.payments.providers import PROVIDERS
from infra import caller, derive, merge, secrets, stack

from . import clock
from .engine import ROOT, Engine, EngineRefused

STAGE = "local"
NOTE = "running.json"
REFUSED = "refused: "  # how a command says that something of whoever called it does not fit
FRONT = "APIHandler"  # the function that knows every table, queue and key
# What a shop on one machine needs otherwise: everybody comes from one address.
LOCAL = {
    "METRICS": "none",  # nobody reads them here
    "WEBHOOK_LOOPBACK": "yes",  # the simulator plays a receiver
    "SWEEP_SECONDS": "2",  # whoever stops the shop waits for it
    "LIMIT_SCALE": "1000", "CODES_PER_IP_HOUR": "100000", "CODES_PER_DEVICE_HOUR": "100000",
    "REGISTRATIONS_PER_IP_HOUR": "100000", "LOGIN_FAILURES_PER_IP": "100000",
}  # fmt: skip


WAY_OUT = "拒收请回复R"  # stands in each offer
SENDS = {"PHONE_CHANNEL": "sms", "EMAIL_CHANNEL": "mail", "WECHAT_CHANNEL": "wechat", "MINI_CHANNEL": "mini",
         "GROUP_CHANNEL": "wecom"}  # fmt: skip  # how messages leave when the simulator plays their providers


@dataclass(frozen=True)
class Settled:
    """Where everything is: logical id -> physical id, and what the app's environment must say."""

    session: Any
    resources: dict[str, str]
    environment: dict[str, str]


def settle(engine: Engine, document: merge.Document | None = None) -> Settled:
    """Bring the infrastructure up to date; what was there keeps its data."""
    os.environ.update(engine.environment)
    session = botocore.session.get_session()
    stack.stack(session, stack.without_handlers(document or shop_document()), Stage=STAGE)
    resources = stack.physical(session)
    return Settled(session, resources, engine.environment | environment(resources))


def shop_document() -> merge.Document:
    """The merged document, made by another process: tables' names must be known before this one imports the app. Raises
    EngineRefused when a setting in the environment does not fit.
    """
    done = subprocess.run(  # our own interpreter, our own module
        [sys.executable, "-m", "infra.build", "document"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.stderr.startswith(REFUSED):
        raise EngineRefused(done.stderr.removeprefix(REFUSED).strip())
    if done.returncode:
        raise RuntimeError(f"the app does not import:\n{done.stderr[-3000:]}")
    document: merge.Document = json.loads(done.stdout)
    return document


def environment(resources: dict[str, str]) -> dict[str, str]:
    """The functions' environment of the template, with its references looked up."""
    told = {}
    for name, value in derive.environment(merge.described()).items():
        if isinstance(value, str):
            told[name] = value
        elif (reference := value.get("Ref")) in resources:
            told[name] = resources[reference]
        elif reference == "Stage":
            told[name] = STAGE
    queues = {name: place for name, place in resources.items() if name.endswith("Queue")}
    told["QUEUES"] = ",".join(url.rsplit("/", 1)[-1] for _, url in sorted(queues.items()))
    return told


def note(settled: Settled, state: Path, own: dict[str, str]) -> None:
    """Leave word where the running shop is and what it was told itself (`own`, its URL among it), for commands beside it:
    `make admin`, `make audit`, `make seed`, `python -m local.workers`.
    """
    told = {"environment": settled.environment | own, "resources": settled.resources}
    (state / NOTE).write_text(json.dumps(told, indent=1), encoding="utf-8")


def forget(state: Path) -> None:
    (state / NOTE).unlink(missing_ok=True)


def join(state: Path | None = None) -> dict[str, str]:
    """Point this process at the running shop; call it before importing the app. Answers logical -> physical ids.

    Raises SystemExit with advice when no shop runs.
    """
    folder = state or Path(os.environ.get("JISHI_STATE", str(ROOT / ".state")))
    try:
        told = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SystemExit("no shop is running here; start it with: make run") from None
    os.environ.update(told["environment"])
    clock.heed(folder)
    resources: dict[str, str] = told["resources"]
    return resources


def reach(stage: str) -> None:
    """Point this process at a deployed stage, as AWS tools are pointed at its account and region; call it before
    importing the app. Its functions and the caller then hold the same tables, keys and settings.

    Raises SystemExit when there is no such stage here.
    """
    os.environ.update(deployed(botocore.session.get_session(), stage))


def deployed(session: Any, stage: str) -> dict[str, str]:
    """The environment of a stage's functions, as they were given it; counts of a caller's go nowhere."""
    try:
        function = stack.physical(session, f"{stack.STACK}-{stage}")[FRONT]
        told = session.create_client("lambda").get_function_configuration(FunctionName=function)
    except caller.FAILURES as error:
        raise SystemExit(f"no stage {stage} is to be had: {caller.words(error)}") from None
    except KeyError:
        raise SystemExit(f"no stage {stage} is to be had with these credentials in this region") from None
    return {**told["Environment"]["Variables"], "METRICS": "none"}


def enter(stage: str) -> None:
    """Point this process at a deployed stage or, without its name, at the shop that runs here."""
    if stage:
        reach(stage)
    else:
        join()


def sending(word: str, cashier: int) -> dict[str, str]:
    """What the environment says of how messages leave: into the outbox, or to the simulator. Raises EngineRefused."""
    if word not in ("outbox", "simulator"):
        raise EngineRefused(f"JISHI_MESSAGES is outbox or simulator, not {word!r}")
    return SENDS | {"AWS_ENDPOINT_URL_SESV2": f"http://127.0.0.1:{cashier}"} if word == "simulator" else {}


def put_merchants(session: Any, merchant: Path) -> list[str]:
    """What the payment simulator gave out (merchant.json: provider -> document). Answers the providers."""
    documents: dict[str, dict[str, Any]] = json.loads(merchant.read_text())
    for provider, document in documents.items():
        if document.get("templates") == {}:  # a provider of messages keeps them: this one takes each by its name
            importlib.import_module("app")  # every context says what it sends
            document = {**document, "templates": {name: template(provider, name) for name in _taken(provider)}}
        secrets.put(session, STAGE, f"payments/{provider}" if provider in PROVIDERS else provider, document)
    return sorted(documents)


def _taken(provider: str) -> list[str]:
    """The messages for which a provider has a template: WeChat takes no offers."""
    service_only = provider in ("messages/wechat", "messages/mini")
    return [name for name, told in TEXTS.items() if not service_only or WAY_OUT not in told.zh.text]


def template(provider: str, name: str) -> dict[str, Any]:
    """A message's template at a provider as the secret of its channel has it."""
    blanks = sorted(TEXTS[name].blanks)
    if provider in ("messages/wechat", "messages/mini"):
        return {"id": f"TPL_{name}", "fields": {blank: f"thing{n}" for n, blank in enumerate(blanks, 1)}}
    return {"code": f"SMS_{name}", "approved": True, "blanks": blanks}
