"""The OpenAPI 3.1 document, made from the registered operations: what the code accepts, answers and refuses.

Guarantees: every operation names its permit, all its refusals and an example of what goes in and out. Nothing is read
but the registries, so the same code always yields the same document; `make documents` writes it, and the file ships.
"""

from __future__ import annotations

import hashlib
import re
import sys
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.kernel.errors import CATALOGUE, IdempotencyKeyReused, Overloaded, Refusal, TooLarge
from chalicelib.kernel.permits import for_accounts
from chalicelib.runtime import cursors
from chalicelib.runtime.http import problem
from chalicelib.runtime.http.endpoint import (
    DOUBTS,
    ENDED,
    NONE,
    OPERATIONS,
    PUBLIC,
    SIGNED,
    TOKEN,
    WITH_BODY,
    Operation,
    Raw,
)
from chalicelib.runtime.http.shapes import tagged

from . import samples

VERSION = "0.1.0"
OURS = "chalicelib."
SCHEMAS = "#/components/schemas/"

Object = dict[str, Any]

PROBLEM: Object = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `title` is for people, in the language asked for.",
    "required": ["type", "title", "status", "code", "params"],
    "properties": {
        "type": {"type": "string", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "title_en": {"type": "string", "description": "Beside a Chinese title, where the language cannot be known."},
        "status": {"type": "integer"},
        "code": {"$ref": "#/components/schemas/ErrorCode"},
        "params": {"type": "object", "description": "What a person or program needs to go on; `x-errors` has their types."},
        "reasons": {
            "type": "array",
            "description": "All conditions that failed, when there is more than one.",
            "items": {"type": "object", "required": ["code", "title", "params"], "properties": {
                "code": {"$ref": "#/components/schemas/ErrorCode"}, "title": {"type": "string"}, "params": {"type": "object"}}},
        },
        "errors": {
            "type": "array",
            "description": "What is wrong with the request, field by field.",
            "items": {"type": "object", "required": ["at", "type", "message"], "properties": {
                "at": {"type": "string"}, "type": {"type": "string"}, "message": {"type": "string"}}},
        },
    },
}  # fmt: skip

PARAMETERS: Object = {
    "Language": {
        "name": "Accept-Language", "in": "header", "description": "The language of messages.",
        "schema": {"type": "string", "default": "zh", "examples": ["zh", "en"]},
    },
    "Terminal": {
        "name": "X-Terminal", "in": "header", "description": "Where the request comes from.",
        "schema": {"type": "string", "enum": ["pc", "h5", "wechat", "mini", "app"], "default": "pc"},
    },
    "Device": {
        "name": "X-Device", "in": "header",
        "description": "An id of at least 16 letters that the client drew once and keeps: by it a device is known again.",
        "schema": {"type": "string", "maxLength": 64},
    },
    "Key": {
        "name": "Idempotency-Key", "in": "header",
        "description": "The same key and request are done once and answered alike; another request under it is refused.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]{1,255}$"},
    },
    "Match": {
        "name": "If-Match", "in": "header", "required": True, "description": "The version that was read and is edited.",
        "schema": {"type": "string"}, "example": "1",
    },
    "Prefer": {
        "name": "Prefer", "in": "header", "description": "`return=representation` asks for the whole after the change.",
        "schema": {"type": "string", "examples": ["return=representation"]},
    },
    "NoneMatch": {
        "name": "If-None-Match", "in": "header", "description": "An ETag that is at hand; 304 when it still holds.",
        "schema": {"type": "string"},
    },
}  # fmt: skip
ACKS = {  # what a provider is answered whose notice was not taken: in its own words
    "400": "It cannot be read.", "401": "It is not the provider's.", 
    "404": "It is about a number that nobody knows, or the shop has no contract with this provider.",
    "503": "It was not taken; repeat it.",
}  # fmt: skip
PARAMETERS["KeyRequired"] = {**PARAMETERS["Key"], "required": True}

ABOUT = """Shop API of Jishi 集市. Money is whole fen with its text beside it; instants are RFC 3339 in UTC; lists come \
in pages under a signed cursor. Every refusal is a problem document (RFC 9457) with a stable code, in Chinese or English.
"""


def operations() -> list[Operation]:
    """The shop's own operations (a test may register others), by path and method."""
    return sorted(
        (op for op in OPERATIONS if op.function.__module__.startswith(OURS)), key=lambda op: (op.path, op.method)
    )


def catalogue() -> list[type[Refusal]]:
    """The shop's own refusals, by code."""
    return [kind for _, kind in sorted(CATALOGUE.items()) if kind.__module__.startswith(OURS)]


def number(kind: type[Refusal]) -> int:
    """The HTTP status of a refusal."""
    return next((status for base, status in problem.STATUS.items() if issubclass(kind, base)), 500)


def context_of(op: Operation) -> str:
    """The context whose door this is."""
    return str(op.function.__module__.split(".")[2])


def refusals(op: Operation) -> list[type[Refusal]]:
    """Everything an operation may refuse with: what it declares and what every door of its kind may say."""
    found: list[type[Refusal]] = [problem.Unexpected, Overloaded, *op.errors]
    if op.permit not in (PUBLIC, SIGNED):
        found += [problem.NotSignedIn, problem.NotPermitted, *DOUBTS]
        found += [problem.SecondFactorNeeded] if op.step_up else []
        found += [problem.AccountNeeded] if for_accounts(op.permit) else []
    if op.session not in (NONE, TOKEN):
        found += ENDED
    if op.key != "none":
        found += [problem.IdempotencyKeyMalformed, IdempotencyKeyReused]
        found += [problem.IdempotencyKeyRequired] if op.key == "required" else []
    if op.body is not None or op.query is not None:
        found.append(problem.InvalidRequest)
    found += [problem.BodyMissing] if op.body is not None else []
    found += [problem.ParameterRepeated] if op.query is not None else []
    if op.method in WITH_BODY:
        found += [TooLarge, problem.MediaUnsupported]
    if op.query is not None and "cursor" in op.query.model_fields:
        found.append(cursors.CursorInvalid)
    return sorted(set(found), key=lambda kind: (number(kind), kind.code))


def document() -> Object:
    """The whole document."""
    known = operations()
    models: set[tuple[type[BaseModel], Any]] = set()
    for op in known:
        models |= {(shape, "validation") for shape in (op.body, op.query) if shape is not None}
        models |= {(op.reply, "serialization")} if op.reply is not None else set()
    ordered = sorted(models, key=lambda pair: (pair[0].__module__, pair[0].__qualname__, pair[1]))
    refs, defined = models_json_schema(ordered, ref_template=SCHEMAS + "{model}")
    schemas: Object = defined.get("$defs", {})
    paths: dict[str, Object] = {}
    for op in known:
        paths.setdefault(op.path, {})[op.method.lower()] = _operation(op, refs, schemas)
    responses = _shared(paths)
    queries = {_name(refs[op.query, "validation"]) for op in known if op.query is not None}
    bodies = {_name(refs[op.body, "validation"]) for op in known if op.body is not None}
    for name in queries - bodies:
        schemas.pop(name)  # spelled out as parameters
    return {
        "openapi": "3.1.0",
        "info": {"title": "Jishi 集市", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": _tags(known),
        "paths": paths,
        "components": {
            "schemas": {**dict(sorted(schemas.items())), "ErrorCode": _codes(), "Problem": PROBLEM},
            "responses": responses,
            "parameters": PARAMETERS,
            "examples": {kind.code: _shown(kind) for kind in catalogue()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "x-errors": [told(kind) for kind in catalogue()],
    }


def _codes() -> Object:
    told = "A code of the error catalogue (`x-errors`, `/docs/errors`); new ones may come."
    return {"type": "string", "description": told, "enum": [kind.code for kind in catalogue()]}


def _shared(paths: dict[str, Object]) -> Object:
    """The refusals that operations have in common, each told once; the operations are left with references."""
    shared: Object = {}
    for methods in paths.values():
        for op in methods.values():
            for status, answer in op["responses"].items():
                if set(answer.get("content", {})) == {problem.MEDIA}:
                    name = _called(status, answer)
                    shared[name] = answer
                    op["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(shared.items()))


def _called(status: str, answer: Object) -> str:
    """The name of a shared answer: its code, or of several its status and a digest of them; it changes only with them."""
    codes = answer["content"][problem.MEDIA].get("examples", {})
    if len(codes) == 1:
        return str(next(iter(codes)))
    told = " ".join(codes).encode()
    return f"{status}.{hashlib.blake2b(told, digest_size=4).hexdigest()}" if codes else status.capitalize()


def told(kind: type[Refusal]) -> Object:
    """A refusal's line in the error catalogue."""
    line: Object = {
        "code": kind.code, "status": number(kind), "zh": kind.zh, "en": kind.en,
        "params": {name: _param(kind, name, hint) for name, hint in samples.hints(kind).items()},
    }  # fmt: skip
    return line if kind.retry_after is None else {**line, "retryAfter": kind.retry_after}


def _param(kind: type[Refusal], name: str, hint: str) -> str:
    """The JSON type of a refusal's parameter; one that is always told, if only to be unknown, may be null."""
    nullable = "None" in hint and not hasattr(kind, name)
    return f"{samples.kind_of(hint)} | null" if nullable else samples.kind_of(hint)


def _shown(kind: type[Refusal]) -> Object:
    example = kind(**samples.params(kind))
    return {"summary": kind.en, "value": problem.document([example], "en")}


def _tags(known: Iterable[Operation]) -> list[Object]:
    tags: dict[str, str] = {}
    for op in known:
        package = sys.modules.get(".".join(op.function.__module__.split(".")[:3]))
        tags.setdefault(context_of(op), (package.__doc__ or "").strip() if package else "")
    return [{"name": name, "description": tags[name]} for name in sorted(tags)]


def spoken(op: Operation) -> tuple[str, str, str]:
    """What a handler's docstring says: `English. · 中文`, and what more there is to tell."""
    first, _, more = (op.function.__doc__ or "").strip().partition("\n")
    en, _, zh = first.partition(" · ")
    return en.strip().removesuffix("."), zh.strip(), re.sub("\n +", "\n", more.strip())


def _operation(op: Operation, refs: Any, schemas: Object) -> Object:
    en, zh, more = spoken(op)
    made: Object = {
        "operationId": f"{context_of(op)}_{op.function.__name__}",
        "tags": [context_of(op)],
        "summary": en,
        "x-summary-zh": zh,
        "parameters": _parameters(op, refs, schemas),
        "responses": _responses(op, refs, schemas),
        "security": {PUBLIC: [{}, {"bearer": []}], SIGNED: []}.get(op.permit, [{"bearer": []}]),
        "x-permit": op.permit,
        "x-errors": [kind.code for kind in refusals(op)],
    }
    if more:
        made["description"] = more
    if op.session != NONE:
        made["x-session"] = op.session
    if op.step_up:
        made["x-second-factor"] = True
    if op.body is not None:
        schema = refs[op.body, "validation"]
        example = _chosen(op, "body", schema, schemas)
        made["requestBody"] = {
            "required": True,
            "content": {m: {"schema": schema, "example": example} for m in op.media},
        }
    elif op.method in WITH_BODY and "request" in typing.get_type_hints(op.function):
        made["requestBody"] = {"required": True, "content": {m: {"schema": {"type": "string"}} for m in op.media}}
    return made


def _parameters(op: Operation, refs: Any, schemas: Object) -> list[Object]:
    found: list[Object] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1},
         "example": samples.BY_NAME.get(name, "example")}
        for name in re.findall("{([a-z_]+)}", op.path)
    ]  # fmt: skip
    if op.query is not None:
        shape = schemas[_name(refs[op.query, "validation"])]
        for name, schema in shape.get("properties", {}).items():
            one: Object = {"name": name, "in": "query", "required": name in shape.get("required", ()), "schema": schema}
            if "description" in schema:
                one["description"] = schema["description"]
            found.append(one)
    if op.key != "none":
        found.append(_parameter("KeyRequired" if op.key == "required" else "Key"))
    if any(kind.code == "IF_MATCH_REQUIRED" for kind in op.errors):
        found.append(_parameter("Match"))
    if op.etag:
        found.append(_parameter("NoneMatch"))
    if op.whole is not None:
        found.append(_parameter("Prefer"))
    if op.permit != SIGNED:
        found += [_parameter("Language"), _parameter("Terminal")]
    if op.path.startswith("/v1/auth/"):
        found.append(_parameter("Device"))
    return found


def _responses(op: Operation, refs: Any, schemas: Object) -> Object:
    made: Object = {}
    if op.reply is not None:
        schema = refs[op.reply, "serialization"]
        example = _chosen(op, "reply", schema, schemas)
        made[str(op.status)] = {
            "description": "Done.",
            "content": {"application/json": {"schema": schema, "example": example}},
        }
        replayed = {"description": "Done before; nothing was made now.", "schema": {"const": "true"}}
        if op.key != "none" or (op.method == "POST" and op.status != 200 and not tagged(op.reply)):
            content = {"application/json": {"schema": schema, "example": example}}
            again = {"description": "Done before.", "content": content}
            made.setdefault("200", again)["headers"] = {"Idempotency-Replayed": replayed}
        if hasattr(op.reply, "retry_after"):
            wait = {
                "description": "Seconds after which to look again, while it is moving.",
                "schema": {"type": "integer"},
            }
            made[str(op.status)].setdefault("headers", {})["Retry-After"] = wait
        if op.etag:
            made[str(op.status)]["headers"] = {"ETag": {"schema": {"type": "string"}}}
            made["304"] = {"description": "What is at hand still holds."}
    elif typing.get_type_hints(op.function).get("return") is Raw:
        pages = op.method == "GET" and op.media != ("application/json",)
        shown: Object = {m: {"schema": {"type": "string"}} for m in op.media} if pages else {"*/*": {"schema": {}}}
        made[str(op.status)] = {"description": "Done.", "content": shown}
    else:
        made["204"] = {"description": "Done; there is nothing to say."}
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in refusals(op):
        by_status.setdefault(number(kind), []).append(kind)
    for status, kinds in by_status.items():
        made[str(status)] = _refused(kinds)
    if op.permit == SIGNED:
        for ack, told in ACKS.items():
            refused = made.get(ack, {"description": told, "content": {}})
            made[ack] = {**refused, "content": {**refused["content"], "*/*": {"schema": {}}}}
    made["default"] = {
        "description": "Any other refusal.",
        "content": {problem.MEDIA: {"schema": {"$ref": f"{SCHEMAS}Problem"}}},
    }
    return made


def _refused(kinds: list[type[Refusal]]) -> Object:
    examples = {kind.code: {"$ref": f"#/components/examples/{kind.code}"} for kind in kinds}
    content = {problem.MEDIA: {"schema": {"$ref": f"{SCHEMAS}Problem"}, "examples": examples}}
    refused: Object = {"description": ", ".join(examples), "content": content}
    if any(kind.retry_after is not None or "seconds" in kind.fields for kind in kinds):
        refused["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return refused


def _chosen(op: Operation, side: str, schema: Object, schemas: Object) -> Any:
    """The example that the route gives ({"body": …, "reply": …}), else one made from the schema."""
    given = op.example if isinstance(op.example, dict) else {}
    return given[side] if side in given else samples.sample(schema, schemas)


def _parameter(name: str) -> Object:
    return {"$ref": f"#/components/parameters/{name}"}


def _name(ref: Object) -> str:
    return str(ref["$ref"]).rsplit("/", 1)[-1]
