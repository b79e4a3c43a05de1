"""Deploying to AWS: `make deploy STAGE=prod`.

Refuses what would go wrong later: the stage of a shop on one machine, whose messages anybody may read; a Python other
than the functions' runtime (the zip carries code compiled for one); and a region outside the shop's country unless it is
confirmed by name (personal data stays in the country).
"""

import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import botocore.session

from . import caller, secrets, stack, stages

RUNTIME = (3, 13)
COUNTRY = "CN"
REGIONS = {"CN": ("cn-",)}
TOKENS = (
    "An access token counts for up to ten minutes after its session has ended, at the doors that docs/routes.md calls `token`; "
    "all others ask for the session. Where that does not suffice: README, How long a token counts"
)
_NOTHING = stages.Differing()
STAGE_RULE = "a stage is named with 2 to 16 letters, digits and dashes: make deploy STAGE=prod"


class Refused(RuntimeError):
    """The deployment would not be sound; the message says what to change."""


def sound(stage: str, region: str | None, python: tuple[int, int], confirmed: str | None) -> None:
    """Raises Refused unless stage, region and interpreter fit."""
    if not re.fullmatch("[a-z][a-z0-9-]{1,15}", stage):
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
        raise Refused(
            f"{region} is not in the shop's country ({COUNTRY}): personal data would leave it. "
            f"If that is meant, say so: CONFIRM_REGION={region}"
        )


def deploy(package: Path, stage: str, differing: stages.Differing = _NOTHING) -> dict[str, str]:
    """Deploy the package as the stack `jishi-<stage>`, after making the shop's own keys where there are none.

    A stack is created with its tables unprotected, so that a first creation that fails leaves nothing behind; a second
    step protects them and, where neither a domain nor a PublicUrl is named, tells the API the address it was given.
    """
    session = botocore.session.get_session()
    region = session.get_config_variable("region")
    sound(stage, region, sys.version_info[:2], os.environ.get("CONFIRM_REGION"))
    account = caller.account(session)
    secrets.complete_keys(session, stage)  # before the first request is answered
    shipped = partial(stack.whole, session, package, f"jishi-packages-{account}-{region}", settings=differing.settings)
    outputs, now = in_steps(session, f"{stack.STACK}-{stage}", {"Stage": stage, **named(differing.parameters)}, shipped)
    for warning in silent(now, stage) + unanswered(now["PublicUrl"]):
        print(f"warning: {warning}", file=sys.stderr)
    return outputs


def in_steps(
    session: Any, name: str, wanted: Mapping[str, str], shipped: Callable[..., dict[str, str]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Ship once, and once more for what is known only then. Answers the stack's outputs and parameters."""
    first = {} if stack.parameters(session, name) else {"Standing": "no"}
    outputs = shipped(name=name, parameters={**wanted, **first})
    now = stack.parameters(session, name)
    rest = {} if now.get("PublicUrl") else {"PublicUrl": outputs["EndpointURL"].rstrip("/")}
    if now.get("Standing") != "yes":
        rest["Standing"] = "yes"
    if rest:
        outputs = shipped(name=name, parameters={**wanted, **rest})
    return outputs, {**now, **rest}


def named(parameters: Mapping[str, str]) -> dict[str, str]:
    """The stage's parameters; a domain of its own is its public address. Raises Refused for a domain without certificate."""
    domain = parameters.get("DomainName")
    if domain and not parameters.get("CertificateArn"):
        raise Refused(f"{domain} needs a certificate: name its CertificateArn beside the DomainName")
    return {"PublicUrl": f"https://{domain}", **parameters} if domain else dict(parameters)


def unanswered(url: str, get: Callable[[str], int] | None = None) -> list[str]:
    """Why nobody outside would get an answer from this address."""
    try:
        status = (get or _status)(f"{url}/v1/products?limit=1")
    except OSError as error:
        return [f"{url} cannot be reached ({error}): does its name lead to the stack's output ApiDomainTarget?"]
    if status == 403:
        return [
            f"{url} answers 403 to everybody. In China the gateway does so until the account has an ICP licence and "
            "is opened for it; see README, Before the first deployment in China"
        ]
    return [] if status == 200 else [f"{url} answers {status}"]


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  # the stack's own address
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def silent(parameters: Mapping[str, str], stage: str) -> list[str]:
    """Why nobody would notice that this stage is in trouble."""
    if parameters.get("AlarmEmail"):
        return []
    return [f"nobody is told of alarms; name somebody as AlarmEmail among the parameters in stages/{stage}.json"]
