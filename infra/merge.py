"""Reading and merging CloudFormation documents.

Guarantees: short tags (`!Ref`, `!GetAtt`, `!Sub` …) read as their long form; a resource is described in one file
only; a dict never melts into an intrinsic function.
"""

import re
from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]
HERE = Path(__file__).resolve().parent


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags."""


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Document:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the only kind of node left
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _tag)


def read(path: Path) -> Document:
    """One document; an empty file is an empty document."""
    with path.open(encoding="utf-8") as text:
        return yaml.load(text, Loader=_Loader) or {}  # noqa: S506  # a SafeLoader with tags of our own


def sources(folder: Path = HERE) -> list[Path]:
    """The yaml files that describe the shop, one a context and `shared.yaml`."""
    return sorted(folder.glob("*.yaml"))


def described(paths: Iterable[Path] | None = None) -> Document:
    """Everything the yaml files describe, as one document. Raises ValueError when two files describe one thing."""
    merged: Document = {}
    for path in sources() if paths is None else paths:
        for section, content in read(path).items():
            kept = merged.setdefault(section, {})
            if not isinstance(content, dict):
                raise ValueError(f"{path.name}: section {section} is not a mapping")
            if twice := kept.keys() & content.keys():
                raise ValueError(f"{path.name} describes again: {', '.join(sorted(twice))}")
            kept.update(content)
    return merged


def deep(*documents: Document) -> Document:
    """Later documents over earlier ones; lists and intrinsic functions are replaced whole."""
    return reduce(_over, documents, {})


def _over(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict) or _intrinsic(below) or _intrinsic(above):
        return above
    return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}


def _intrinsic(value: Document) -> bool:
    return any(key == "Ref" or key.startswith("Fn::") for key in value)


def mentioned(node: Any) -> set[str]:
    """Every name that a part of a document refers to by Ref, GetAtt, Sub or DependsOn."""
    if isinstance(node, list):
        return set().union(*map(mentioned, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found: set[str] = set().union(*map(mentioned, node.values())) if node else set()
    if isinstance(name := node.get("Ref"), str):
        found.add(name)
    if isinstance(names := node.get("Fn::GetAtt"), list):
        found.add(names[0])
    if needed := node.get("DependsOn"):
        found |= {needed} if isinstance(needed, str) else set(needed)
    if "Fn::Sub" in node:
        text, given = (node["Fn::Sub"], {}) if isinstance(node["Fn::Sub"], str) else node["Fn::Sub"]
        found |= {name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text)} - given.keys()
    return found


def dangling(document: Document) -> set[str]:
    """Names that are mentioned but described nowhere."""
    known = document["Resources"].keys() | document.get("Parameters", {}).keys()
    return {name for name in mentioned(document) if name not in known and not name.startswith("AWS::")}
