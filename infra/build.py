"""The deployable: `python -m infra.build OUT` writes OUT/sam.json and its zips.

infra/*.yaml + what the app's registries imply (infra/derive.py, infra/providers.py) -> `chalice package --merge-template`
-> slim, precompiled zips -> lint. The same output goes to every stage: what differs between stages are template parameters.
"""

import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import botocore.session

from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.runtime import observe, settings

from . import (
    alarms,
    caller,
    derive,
    draft,
    expand,
    functions,
    layers,
    merge,
    packages,
    providers,
    secrets,
    ship,
    slim,
    stack,
    stages,
)
from .merge import Document

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("AWS_ENDPOINT_URL", "AWS_PROFILE")


def merged(
    app: Any,
    patterns: Mapping[str, Document],
    table: Mapping[str, functions.Function],
    heard: Mapping[str, Document] = MappingProxyType({}),
) -> Document:
    """The document that `chalice package` merges over its own template."""
    described = merge.described()
    described.setdefault("Parameters", {})["Stage"] = {
        "Type": "String", "Default": "dev", "AllowedPattern": "[a-z][a-z0-9-]{1,15}",
        "Description": "The stage's name; secrets lie below /jishi/<stage>/",
    }  # fmt: skip
    derived = derive.resources(app, patterns, table, described, heard) | alarms.alarms(observe.ALARMS)
    derived |= providers.alarms(PROVIDERS.values())
    whole = merge.deep(described, {"Resources": derived}, derive.concurrency() if app.routes else {})
    whole["Globals"] = {
        "Function": {"Environment": {"Variables": derive.environment(described)}},
        "Api": {"OpenApiVersion": "2.0"},  # without it SAM adds a second stage, in front of which no firewall stands
    }
    return whole


def package(root: Path, out: Path, document: Document, kept: Path | None = None) -> Path:
    """Run chalice over the project at `root` and slim what it made. Answers the template's path."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    patch = out / "merge.json"
    patch.write_text(json.dumps(document, indent=1), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k not in ENGINES}
    environment.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # chalice asks for one; nothing of it enters the template
    environment["PYTHONPATH"] = os.pathsep.join([str(root), environment.get("PYTHONPATH", "")])
    subprocess.run(  # noqa: S603  # our own interpreter, our own arguments
        [
            str(Path(sys.executable).with_name("chalice")),
            "package",
            "--stage",
            functions.STAGE,
            "--template-format",
            "json",
            "--merge-template",
            str(patch),
            str(out),
        ],
        check=True,
        cwd=root,
        env=environment,
    )
    made = layers.added(json.loads((out / "sam.json").read_text(encoding="utf-8")), functions.FUNCTIONS)
    written(out / "sam.json", made)
    layers.pack(made, root, out)
    for zipped in sorted(out.glob("*.zip")):
        slim.slim(zipped, kept)
    patch.unlink()
    return out / "sam.json"


def written(path: Path, template: object) -> None:
    """Write a template as CloudFormation gets it, which takes a megabyte: without a blank."""
    path.write_text(json.dumps(template, separators=(",", ":")), encoding="utf-8")


def lint(template: Path) -> None:
    """Lint the template as chalice made it and as CloudFormation will see it: the linter looks into a function's
    events only after the transform. Raises CalledProcessError with the findings printed, or ValueError.
    """
    plain = template.with_name("cloudformation.json")
    written(plain, expand.expanded(json.loads(template.read_text())))
    if missing := merge.dangling(json.loads(plain.read_text())):
        raise ValueError(f"mentioned but not described: {', '.join(sorted(missing))}")
    for path in (template, plain):
        subprocess.run([str(Path(sys.executable).with_name("cfn-lint")), "--", str(path)], check=True)  # noqa: S603  # our own linter


def lint_draft(root: Path = ROOT) -> None:
    """Lint the template without packaging."""
    with tempfile.TemporaryDirectory() as scratch:
        template = Path(scratch) / "sam.json"
        written(template, draft.template(root, shop(root)))
        lint(template)


def shop(root: Path = ROOT) -> Document:
    """The shop's document before chalice adds its functions and API: all the runner needs, without packaging."""
    sys.path.insert(0, str(root))
    app = importlib.import_module("app").app
    return merged(app, patterns(), functions.FUNCTIONS, heard())


def build(out: Path, root: Path = ROOT) -> Path:
    """Package the shop. Answers the template's path."""
    document = shop(root)
    functions.lined(source.name for source in importlib.import_module("app").app.event_sources)
    template = package(root, out, document, kept=root / "build" / "kept")
    lint(template)
    return template


def patterns() -> dict[str, Document]:
    """A worker's name -> the pattern of the events it takes, from the doors' registry. The app must be imported before."""
    workers = importlib.import_module("chalicelib.runtime.workers")
    return {f"{name}_worker": consumer.pattern for name, consumer in workers.CONSUMERS.items()}


def heard() -> dict[str, Document]:
    """A worker's name -> the pattern of what it hears of services of AWS."""
    workers = importlib.import_module("chalicelib.runtime.workers")
    told = {f"{name}_worker": consumer.heard for name, consumer in workers.CONSUMERS.items()}
    return {name: pattern for name, pattern in told.items() if pattern is not None}


def deploy(out: Path, stage: str, *parameters: str) -> None:
    """Build and deploy a stage as its file says; `Parameter=value` in words goes before what the file says."""
    ship.sound(stage, os.environ.get("AWS_DEFAULT_REGION"), sys.version_info[:2], os.environ.get("CONFIRM_REGION"))
    caller.account(botocore.session.get_session())  # before half a minute of packaging
    told = stages.of(stage)
    told = told._replace(parameters=told.parameters | dict(p.split("=", 1) for p in parameters))
    stages.check(told, shop(), settings.SETTINGS, settings.BOUNDS)
    build(out)
    for name, value in ship.deploy(out, stage, told).items():
        print(f"{name:<24}{value}")
    print(ship.TOKENS)


def main(arguments: list[str]) -> None:
    """`lint`, `package`, `document` (what is merged over chalice's template; settings in the environment must fit),
    `deploy STAGE [Parameter=value ...]`, `secret STAGE NAME FILE` or `keys STAGE`.
    """
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("command", choices=("lint", "package", "document", "deploy", "secret", "keys"))
    asked.add_argument("rest", nargs="*")
    asked.add_argument("--out", type=Path, default=ROOT / "build" / "package")
    told = asked.parse_args(arguments)
    if told.command == "document":
        document = json.dumps(shop())
        stages.fit(os.environ, settings.SETTINGS, settings.BOUNDS)
        print(document)
        return
    if told.command == "deploy":
        deploy(told.out, *(told.rest or [""]))
        return
    if told.command == "secret":
        secrets.put_file(botocore.session.get_session(), *(told.rest + [""] * 3)[:3])
        return
    if told.command == "keys":
        secrets.rotate_keys(botocore.session.get_session(), *(told.rest or [""]))
        print("new keys sign from now on")
        return
    if told.command == "lint":
        lint_draft()
        return
    print(build(told.out))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (ship.Refused, stack.NotDeployed, stages.Wrong, packages.Foreign, secrets.NoKeys, secrets.Unfit) as refusal:
        sys.exit(f"refused: {refusal}")
    except caller.FAILURES as failure:
        sys.exit(f"refused: {caller.words(failure)}")
