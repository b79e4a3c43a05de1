"""Deploying to AWS: `make deploy STAGE=prod`.

Refuses what would go wrong later: the stage of a shop on one machine, whose messages anybody may read; a Python other
than the functions' runtime (the zip carries code compiled for one); and a region outside the shop's country unless it is
confirmed by name (personal data stays in the country).
"""

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import botocore.session

from . import caller, secrets, stack, stages

RUNTIME = (3, 13)
COUNTRY = "CN"
REGIONS = {"CN": ("cn-",)}
_NOTHING = stages.Differing()
STAGE_RULE = "a stage is named with 2 to 16 letters, digits and dashes: make deploy STAGE=prod"


class Refused(RuntimeError):
    """The deployment would not be sound; the message says what to change."""


def sound(stage: str, region: str | None, python: tuple[int, int], confirmed: str | None) -> None:
    """Raises Refused unless stage, region and interpreter fit."""
    if not (
        2 <= len(stage) <= 16 and stage[0].isalpha() and stage.replace("-", "").isalnum() and stage == stage.lower()
    ):
        raise Refused(STAGE_RULE)
    if stage == "local":
        raise Refused("the stage `local` keeps codes and addresses for everybody to read; name the stage otherwise")
    if python != RUNTIME:
        wanted = ".".join(map(str, RUNTIME))
        raise Refused(
            f"functions run on Python {wanted}; set up .venv with python{wanted} (this is {python[0]}.{python[1]})"
        )
    if not region:
        raise Refused(caller.NO_REGION)
    if not region.startswith(REGIONS[COUNTRY]) and confirmed != region:
        raise Refused(f"{region} is not in the shop's country ({COUNTRY}): personal data would leave it. "
                      f"If that is meant, say so: CONFIRM_REGION={region}")  # fmt: skip


def deploy(package: Path, stage: str, differing: stages.Differing = _NOTHING) -> dict[str, str]:
    """Deploy the package as the stack `jishi-<stage>` and make the shop's own keys where there are none.

    Without a PublicUrl the API's own address becomes it, in a second step, since it is known only then.
    """
    session = botocore.session.get_session()
    region = session.get_config_variable("region")
    sound(stage, region, sys.version_info[:2], os.environ.get("CONFIRM_REGION"))
    account = caller.account(session)
    name, wanted = f"{stack.STACK}-{stage}", {"Stage": stage, **differing.parameters}
    shipped = partial(stack.whole, session, package, f"jishi-packages-{account}-{region}", name=name)
    outputs = shipped(parameters=wanted, settings=differing.settings)
    now = stack.parameters(session, name)
    if not now.get("PublicUrl"):
        address = outputs["EndpointURL"].rstrip("/")
        outputs = shipped(parameters=wanted | {"PublicUrl": address}, settings=differing.settings)
    secrets.complete_keys(session, stage)
    for warning in silent(now, stage):
        print(f"warning: {warning}", file=sys.stderr)
    return outputs


def silent(parameters: Mapping[str, str], stage: str) -> list[str]:
    """Why nobody would notice that this stage is in trouble."""
    if parameters.get("AlarmEmail"):
        return []
    return [f"nobody is told of alarms; name somebody as AlarmEmail among the parameters in stages/{stage}.json"]
