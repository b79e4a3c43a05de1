"""Settings come from the environment, secrets from Parameter Store; neither is ever written in code or template.

A secret is a JSON document under `/jishi/<stage>/<name>`, read once and remembered for five minutes, that there is none
for fifteen seconds; while Parameter Store does not answer, what is remembered goes on counting, and where nothing is, the
shop is busy.
`SETTINGS` names every setting with its default and meaning; docs and a house test read it.
"""

from __future__ import annotations

import json
import os
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel.errors import Overloaded

from . import clients, world
from .deadline import is_transient

# No plugin checks our shapes: to look for some, pydantic reads the metadata of every library while a face starts.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

SETTINGS: dict[str, tuple[str, str]] = {}
LEAST: dict[str, int] = {}  # below which a setting would do harm
SECRET_SECONDS = 300
ASK_AGAIN_SECONDS = 15  # when Parameter Store did not answer, or has none: strangers cannot make us ask it more often

_secrets: dict[str, tuple[float, dict[str, Any] | None]] = {}  # when it was read, and what; None: there is none
_injected: dict[str, dict[str, Any]] | None = None


def declare(name: str, default: str, meaning: str, *, least: int | None = None) -> str:
    """Make a setting known; answers its name, so that a module keeps it as a constant. Below `least` it is refused."""
    SETTINGS[name] = (default, meaning)
    if least is not None:
        LEAST[name] = least
    return name


STAGE = declare("JISHI_STAGE", "local", "the stage's name; part of every secret's path")
PUBLIC_URL = declare("PUBLIC_URL", "http://127.0.0.1:8000", "where the providers and browsers reach the API")


def value(name: str) -> str:
    """The setting's text, or its declared default."""
    return os.environ.get(name, SETTINGS[name][0])


def number(name: str) -> int:
    """The setting as a whole number. Raises ValueError when it is lower than it may be."""
    told = int(value(name))
    if told < LEAST.get(name, told):
        raise ValueError(f"{name} is at least {LEAST[name]}, not {told}")
    return told


def address(path: str) -> str:
    """A path of the API as browsers reach it; a stage's address may end with a prefix. The path alone if unset."""
    return os.environ.get(PUBLIC_URL, "").rstrip("/") + path


def secret(name: str) -> dict[str, Any]:
    """The secret document of this name. Raises KeyError when there is none, Overloaded when nobody can say."""
    if _injected is not None:
        return _injected[name]
    elapsed = world.current().elapsed()
    kept = _secrets.get(name)
    if kept is None or elapsed - kept[0] > SECRET_SECONDS:
        ssm = clients.client("ssm")
        try:
            answer = ssm.get_parameter(Name=f"/jishi/{value(STAGE)}/{name}", WithDecryption=True)
        except ssm.exceptions.ParameterNotFound:
            kept = _secrets[name] = (elapsed - SECRET_SECONDS + ASK_AGAIN_SECONDS, None)
        except (BotoCoreError, ClientError) as error:
            if kept is None and is_transient(error):
                raise Overloaded() from error
            if kept is None:
                raise
            kept = _secrets[name] = (elapsed - SECRET_SECONDS + ASK_AGAIN_SECONDS, kept[1])
        else:
            kept = _secrets[name] = (elapsed, json.loads(answer["Parameter"]["Value"]))
    if kept[1] is None:
        raise KeyError(name)
    return kept[1]


def use_secrets(documents: dict[str, dict[str, Any]] | None) -> None:
    """Hand the secrets over directly (tests); None goes back to Parameter Store."""
    global _injected
    _injected = documents
    _secrets.clear()
