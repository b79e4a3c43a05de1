"""What differs between stages: `stages/<stage>.json`, read by `make deploy STAGE=<stage>`; stages/example.json shows one.

    {"parameters": {"AlarmEmail": "…", "PublicUrl": "…"}, "settings": {"PAY_MINUTES": "20"}}

Parameters are the template's; settings (docs/settings.md) go into the environment of every function. A name that nobody
knows, a setting that the template gives itself and what a setting may not be are refused before anything is built.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.runtime.settings import Bounds, trouble

from . import merge

FOLDER = Path(__file__).resolve().parents[1] / "stages"
OURS = ("Stage", "Standing")  # parameters that the command itself gives
Known = Mapping[str, tuple[str, str]]  # a setting -> (default, meaning); what some may be is told beside


class Wrong(RuntimeError):
    """The stage's file cannot be followed; the message says what to change."""


class Differing(NamedTuple):
    """A stage's own parameters and settings."""

    parameters: dict[str, str] = {}
    settings: dict[str, str] = {}


def of(stage: str, folder: Path = FOLDER) -> Differing:
    """What the stage's file says; a stage without a file differs in nothing. Raises Wrong."""
    path = folder / f"{stage}.json"
    if not path.exists():
        return Differing()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Wrong(f"{path.name} is no JSON: {error}") from None
    if not isinstance(told, dict) or told.keys() - set(Differing._fields):
        raise Wrong(f"{path.name} is an object of {_list(Differing._fields)} and nothing else")
    return Differing(**{name: _texts(path.name, name, part) for name, part in told.items()})


def _texts(file: str, name: str, part: Any) -> dict[str, str]:
    if not isinstance(part, dict) or not all(type(value) in (str, int) for value in part.values()):
        raise Wrong(f"{file}: {name} is an object of texts and whole numbers")
    return {key: str(value) for key, value in part.items()}


def check(differing: Differing, template: merge.Document, known: Known, bounds: Mapping[str, Bounds]) -> None:
    """Raises Wrong for what the template or the code does not know, or decides itself."""
    free = template.get("Parameters", {}).keys() - set(OURS)
    if unknown := differing.parameters.keys() - free:
        raise Wrong(f"no such parameter: {_list(unknown)}; there are {_list(free)}")
    settings = differing.settings.keys()
    if fixed := settings & given(template):
        raise Wrong(f"set by the template itself: {_list(fixed)}")
    if unknown := settings - known.keys():
        raise Wrong(f"no such setting: {_list(unknown)}; see docs/settings.md")
    fit(differing.settings | handed(template, differing.parameters), known, bounds)


def fit(settings: Mapping[str, str], known: Known, bounds: Mapping[str, Bounds]) -> None:
    """Raises Wrong, naming each setting that is not what it may be. What nobody knows is let be."""
    said = {
        name: trouble(known[name][0], text, bounds.get(name, Bounds()))
        for name, text in settings.items()
        if name in known
    }
    if wrong := [f"{name} is {words}, not {settings[name]!r}" for name, words in sorted(said.items()) if words]:
        raise Wrong("; ".join(wrong))


def handed(template: merge.Document, parameters: Mapping[str, str]) -> dict[str, str]:
    """The settings that the template takes from these parameters as they are."""
    common = template.get("Globals", {}).get("Function", {}).get("Environment", {}).get("Variables", {})
    asked = {name: value["Ref"] for name, value in common.items() if isinstance(value, dict) and "Ref" in value}
    return {name: parameters[told] for name, told in asked.items() if told in parameters}


def given(template: merge.Document) -> set[str]:
    """The settings that the template gives to all functions or to one."""
    parts = [template.get("Globals", {}).get("Function", {})]
    parts += [resource.get("Properties", {}) for resource in template["Resources"].values()]
    return {name for part in parts for name in part.get("Environment", {}).get("Variables", {})}


def told(template: merge.Document, settings: Mapping[str, str]) -> merge.Document:
    """The template with these settings in every function's environment."""
    variables = {"Globals": {"Function": {"Environment": {"Variables": dict(settings)}}}}
    return merge.deep(template, variables) if settings else template


def _list(names: Any) -> str:
    return ", ".join(sorted(names))
