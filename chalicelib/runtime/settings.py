"""Settings come from the environment, secrets from Parameter Store; neither is ever written in code or template.

A secret is a JSON document under `/jishi/<stage>/<name>`, read once and remembered for five minutes, that there is none
for fifteen seconds; while Parameter Store does not answer, what is remembered goes on counting, and where nothing is, the
shop is busy.
`SETTINGS` names every setting with its default and meaning; docs and a house test read it.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel.errors import Overloaded
from chalicelib.kernel.texts import are_digits

from . import clients, world
from .deadline import is_transient

# No plugin checks our shapes: to look for some, pydantic reads the metadata of every library while a face starts.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


class Form(NamedTuple):
    """What the text of a setting looks like, and how that is said."""

    pattern: str
    told: str


class Bounds(NamedTuple):
    """What a setting may be; outside of it, it would do harm or nothing."""

    least: int | None = None
    most: int | None = None
    form: Form | None = None


def choice(*words: str) -> Form:
    """One of these words."""
    return Form("|".join(map(re.escape, words)), " or ".join(word or "empty" for word in words))


def listed(form: Form) -> Form:
    """Any number of such, comma between two."""
    return Form(f"(({form.pattern})(,({form.pattern}))*)?", f"{form.told}, comma between two")


_ORIGIN = r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
ORIGIN = Form(_ORIGIN, "https://shop.example")
ADDRESS = Form(rf"({_ORIGIN}(/[!-~]*)?)?", "an address such as https://shop.example/path, or empty")

SETTINGS: dict[str, tuple[str, str]] = {}
BOUNDS: dict[str, Bounds] = {}
SECRET_SECONDS = 300
ASK_AGAIN_SECONDS = 15  # when Parameter Store did not answer, or has none: strangers cannot make us ask it more often

_secrets: dict[str, tuple[float, dict[str, Any] | None]] = {}  # when it was read, and what; None: there is none
_injected: dict[str, dict[str, Any]] | None = None


def declare(
    name: str,
    default: str,
    meaning: str,
    *,
    least: int | None = None,
    most: int | None = None,
    form: Form | None = None,
) -> str:
    """Make a setting known; answers its name, so that a module keeps it as a constant. What it may not be is refused at
    the start and before a stage is built (infra/stages.py)."""
    SETTINGS[name] = (default, meaning)
    if (bounds := Bounds(least, most, form)) != Bounds():
        BOUNDS[name] = bounds
    return name


STAGE = declare("JISHI_STAGE", "local", "the stage's name; part of every secret's path")
PUBLIC_URL = declare(
    "PUBLIC_URL", "http://127.0.0.1:8000", "where the providers and browsers reach the API", form=ADDRESS
)


def value(name: str) -> str:
    """The setting's text, or its declared default."""
    return os.environ.get(name, SETTINGS[name][0])


def number(name: str) -> int:
    """The setting as a whole number. Raises ValueError when it is lower or higher than it may be."""
    text = value(name)
    if said := trouble(SETTINGS[name][0], text, BOUNDS.get(name, Bounds())):
        raise ValueError(f"{name} is {said}, not {text}")
    return int(text)


def trouble(default: str, text: str, bounds: Bounds) -> str:
    """What a text should be that a setting with this default and these bounds cannot have; "" for one that fits."""
    if are_digits(default):
        if not are_digits(text):
            return "a whole number"
        if bounds.least is not None and int(text) < bounds.least:
            return f"at least {bounds.least}"
        if bounds.most is not None and int(text) > bounds.most:
            return f"at most {bounds.most}"
    if bounds.form is not None and not re.fullmatch(bounds.form.pattern, text):
        return bounds.form.told
    return ""


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
