"""Schemas of facts as files, and what may never happen to one: a change that breaks who reads it.

A consumer reads a fact by its fields. Breaking within a version is: a field gone, a field of another type, a new field
without a default, a fact gone. Adding a field with a default is fine; anything else is a new version of the fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from pydantic import create_model

from chalicelib.kernel.facts import FACTS, Fact

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OURS = "chalicelib."

Schema = dict[str, Any]

ENVELOPE: Schema = {
    "$schema": DIALECT,
    "title": "detail",
    "description": "What every event on the bus carries; `data` is the fact, described by the schema of its detail-type.",
    "type": "object",
    "required": ["id", "at", "actor", "version", "data"],
    "properties": {
        "id": {"type": "string", "description": "The event's id; the same at every delivery."},
        "at": {"type": "integer", "description": "When it was committed, epoch ms."},
        "actor": {"type": "string", "description": "The id of who acted, or the name of a worker."},
        "version": {"type": "integer", "minimum": 1},
        "data": {"type": "object"},
        "audit": {
            "enum": ["security", "money", "shop"],
            "description": "Why the fact is audited; left out where it is not.",
        },
        "subject": {"type": "string", "description": "What an audited fact is about."},
    },
}


def facts() -> list[type[Fact]]:
    """The shop's own facts (a test may define others), by context and name."""
    ours = (fact for fact in FACTS.values() if fact.__module__.startswith(OURS))
    return sorted(ours, key=lambda fact: (fact.context, fact.wire))


def schema(fact: type[Fact]) -> Schema:
    """The JSON schema of a fact's data."""
    hints = get_type_hints(fact)
    held: Any = {name: (hints[name], getattr(fact, name, ...)) for name in fact.fields}
    made = create_model(fact.__name__, **held).model_json_schema()
    for field in made.get("properties", {}).values():
        field.pop("title", None)
    told = " ".join((fact.__doc__ or "").split())
    return {
        "$schema": DIALECT,
        "title": fact.__name__,
        "description": told,
        "type": "object",
        "required": made.get("required", []),
        "properties": made.get("properties", {}),
        **({"$defs": made["$defs"]} if "$defs" in made else {}),
        "x-detail-type": fact.wire,
        "x-source": f"jishi.{fact.context}",
        "x-version": fact.version,
    }


def files() -> dict[str, Schema]:
    """Path below events/schemas -> schema, for every fact and the envelope."""
    made = {f"{fact.context}/{fact.__name__}.v{fact.version}.json": schema(fact) for fact in facts()}
    return {"envelope.v1.json": ENVELOPE, **made}


def breaking(before: Mapping[str, Schema], after: Mapping[str, Schema]) -> list[str]:
    """What in `after` would break a reader of `before`, a sentence each. Old versions may go once nobody sends them."""
    found: list[str] = []
    for path, old in before.items():
        new = after.get(path)
        if new is None:
            if not any(_same_fact(path, other) for other in after):
                found.append(f"{path}: the fact is gone")
            continue
        for name, field in old.get("properties", {}).items():
            now = new.get("properties", {}).get(name)
            if now is None:
                found.append(f"{path}: the field {name} is gone")
            elif _shape(now) != _shape(field):
                found.append(f"{path}: the field {name} was {_shape(field)} and is {_shape(now)}")
        added = set(new.get("required", ())) - set(old.get("required", ()))
        found += [f"{path}: the field {name} is new or needed now, and has no default" for name in sorted(added)]
    return found


def _same_fact(one: str, other: str) -> bool:
    return one.rsplit(".v", 1)[0] == other.rsplit(".v", 1)[0]


def _shape(field: Any) -> Any:
    """A field without the words around it."""
    if isinstance(field, Mapping):
        return {name: _shape(part) for name, part in field.items() if name not in ("description", "title", "default")}
    return [_shape(part) for part in field] if isinstance(field, list) else field
