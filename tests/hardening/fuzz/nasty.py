"""Requests that no client sends: broken bodies, hidden fields, odd paths, queries and headers, at every door.

Each starts from a request that would be taken; one thing is wrong with it. What may not be read is refused with a
documented answer, and nothing is stored.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from chalicelib.kernel.permits import permits
from chalicelib.runtime.http import OPERATIONS, PUBLIC, SIGNED, Operation
from local import openapi
from tests.hardening.fuzz.campaign import Campaign, broken
from tests.hardening.fuzz.gate import NOWHERE, ask
from tests.hardening.fuzz.oddities import BEARERS, BODIES, HEADERS, HIDDEN, JSON, NEVER, NUMBERS, PATHS, QUERIES, TEXTS
from tests.hardening.fuzz.staffed import StaffedShop
from tests.house.test_permits import NAMES


class Try(NamedTuple):
    """One request and what is odd about it. `must`: the only status that will do, 0 for any documented one."""

    door: Operation
    what: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = {}
    query: str = ""
    base64: bool = False
    must: int = 0


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(where, what) of everything in a document that is neither list nor object."""
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*at, name))
    else:
        yield at, value


def objects(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the objects of a document are."""
    if isinstance(value, dict):
        yield at
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from objects(inner, (*at, name))


def put(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(document)
    target = made
    for name in at[:-1]:
        target = target[name]
    if not at:
        return value
    target[at[-1]] = value
    return made


def within(document: Any, at: tuple[Any, ...]) -> Any:
    for name in at:
        document = document[name]
    return document


@cache
def described() -> Any:
    """The shop's OpenAPI document, which no test changes."""
    import app  # noqa: F401  # registers the routes

    return openapi.document()


class Doors:
    """Every door with a request that fits."""

    def __init__(self, shop: StaffedShop) -> None:
        self.shop = shop
        self.document = described()
        self.known = [op for op in OPERATIONS if op.function.__module__.startswith("chalicelib.")]

    def path(self, op: Operation, **other: str) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            return other.get(name) or self.shop.things.get(name, [NAMES.get(name, "x")])[0]

        return re.sub(r"\{(\w+)\}", value, op.path)

    def body(self, op: Operation) -> Any:
        """The documented example, of things that are there."""
        asked = self.document["paths"][op.path][op.method.lower()].get("requestBody", {})
        example = asked.get("content", {}).get(JSON, {}).get("example")
        made = copy.deepcopy(example)
        for at, value in leaves(example):
            if isinstance(value, str) and at and (known := self.shop.things.get(str(at[-1]))):
                made = put(made, at, known[0])
        return made

    def role(self, op: Operation) -> str:
        """Somebody who may enter."""
        may = (role for role in ("customer", *self.shop.tokens) if op.permit in permits([role]))
        return "" if op.permit in (PUBLIC, SIGNED) else next(may)

    # -- what is tried --------------------------------------------------------------------------------------------
    def bodies(self) -> Iterator[Try]:
        """Bodies that are no document, or not the one asked for; a door that reads no body may ignore it."""
        for op in self.known:
            if op.method not in ("POST", "PUT", "PATCH"):
                continue
            for what, (body, medium) in BODIES.items():
                headers = {"Content-Type": medium} if medium else {}
                other = bool(body) and medium.partition(";")[0] not in ("", *op.media)
                large = len(body) > 256 * 1024
                must = 415 if other and not large else 413 if large else 422 if op.body and what in NEVER else 0
                yield Try(op, f"body: {what}", self.path(op), body, headers, must=must)
                yield Try(op, f"body in base64: {what}", self.path(op), body, headers, base64=True, must=must)

    def values(self) -> Iterator[Try]:
        """Values that do not belong where they are."""
        for op in self.known:
            body = self.body(op) if op.body is not None else None
            for at, value in leaves(body) if body is not None else ():
                odd: list[Any] = [*NUMBERS, *TEXTS] if not isinstance(value, str) else [*TEXTS, *NUMBERS]
                for one in odd:
                    yield self._with(op, f"{'.'.join(map(str, at))} = {str(one)[:40]!r}", put(body, at, one))
                raw = json.dumps(put(body, at, "@@")).replace('"@@"', '"\\ud800"').encode()
                yield Try(op, f"{at} is a lone surrogate", self.path(op), raw, {"Content-Type": JSON})
                if at and isinstance(at[-1], str):
                    lacking = copy.deepcopy(body)
                    del within(lacking, at[:-1])[at[-1]]
                    yield self._with(op, f"without {at}", lacking)

    def hidden(self) -> Iterator[Try]:
        """Fields that the shop has, but not at this door."""
        for op in self.known:
            body = self.body(op) if op.body is not None else None
            for at in objects(body) if body is not None else ():
                for name in HIDDEN:
                    if self._may_be_there(op, at, name):
                        continue
                    inner = {**within(body, at), name: 1}
                    yield self._with(op, f"hidden {'.'.join(map(str, (*at, name)))}", put(body, at, inner), must=422)

    def paths(self) -> Iterator[Try]:
        for op in self.known:
            body = json.dumps(self.body(op)).encode() if op.body is not None else b""
            for name in re.findall(r"\{(\w+)\}", op.path):
                for odd in PATHS:
                    yield Try(op, f"{name} = {odd[:40]}", self.path(op, **{name: odd}), body, {"Content-Type": JSON})

    def queries(self) -> Iterator[Try]:
        for op in self.known:
            if op.method == "GET":
                for odd in QUERIES:
                    must = 422 if odd == "unknown=1" and op.query is not None else 0
                    yield Try(op, f"query {odd[:40]}", self.path(op), query=odd, must=must)

    def headers(self) -> Iterator[Try]:
        for op in self.known:
            body = json.dumps(self.body(op)).encode() if op.body is not None else b""
            sent = {"Content-Type": op.media[0]} if body else {}
            for odd in HEADERS:
                yield Try(op, f"header {str(odd)[:60]}", self.path(op), body, {**sent, **odd})
            for bearer in BEARERS:
                must = 401 if op.permit not in (PUBLIC, SIGNED) else 0
                yield Try(
                    op, f"bearer {bearer[:40]!r}", self.path(op), body, {**sent, "Authorization": bearer}, must=must
                )

    def _with(self, op: Operation, what: str, body: Any, must: int = 0) -> Try:
        return Try(op, what, self.path(op), json.dumps(body).encode(), {"Content-Type": JSON}, must=must)

    def _may_be_there(self, op: Operation, at: tuple[Any, ...], name: str) -> bool:
        """Whether the contract lets this object have a field of this name: declared, or an object of free names."""
        media = self.document["paths"][op.path][op.method.lower()]["requestBody"]["content"][JSON]
        shapes = [self._resolved(media["schema"])]
        for part in at:
            inner: list[Any] = []
            for shape in shapes:
                found = shape.get("items") if isinstance(part, int) else shape.get("properties", {}).get(part)
                if found is not None and not found.keys() - {"title", "description", "examples"}:
                    return True  # anything may stand here, and is judged for itself
                found = found or shape.get("additionalProperties")
                if not isinstance(found, dict):
                    continue
                inner += [self._resolved(one) for one in (found, *found.get("anyOf", ()), *found.get("oneOf", ()))]
            shapes = inner
        return any(
            name in shape.get("properties", {}) or shape.get("additionalProperties") is not False
            for shape in shapes
            if shape.get("type") == "object"
        )

    def _resolved(self, shape: Any) -> Any:
        if "$ref" in shape:
            return self._resolved(self.document["components"]["schemas"][shape["$ref"].rsplit("/", 1)[-1]])
        return shape

    def everything(self) -> Iterator[Try]:
        for kind in (self.bodies, self.values, self.hidden, self.paths, self.queries, self.headers):
            yield from kind()


def attempt(shop: StaffedShop, doors: Doors, tried: Try, campaign: Campaign) -> None:
    """Send it from the same shop as ever; what is wrong with the answer goes to the findings."""
    shop.back()
    op, role = tried.door, doors.role(tried.door)
    headers = dict(tried.headers)
    if role and "Authorization" not in headers:
        headers["Authorization"] = f"Bearer {shop.tokens[role]}"
    else:
        role = "" if "Authorization" in headers else role
    before, door = shop.mark(), f"{op.method} {op.path}"
    answer = ask(op.method, tried.path, tried.body, headers, tried.query, base64_body=tried.base64)
    if answer is NOWHERE:
        return  # there is no such path: the gateway's affair
    campaign.note(door, role, answer)
    sent = f"{tried.what}: {answer.status} {answer.text[:300]}"
    for wrong in broken(op, role, answer, shop.mark() != before):
        campaign.wrong(door, wrong, sent)
    if tried.must and answer.status != tried.must:
        campaign.wrong(door, f"{tried.what} must be answered {tried.must}", sent)


def run(shop: StaffedShop, share: float = 1.0, number: int = 1) -> Campaign:
    """All of it, or a seeded share."""
    doors, campaign, chance = Doors(shop), Campaign(), random.Random(number)
    for tried in doors.everything():
        if share >= 1 or chance.random() < share:
            attempt(shop, doors, tried, campaign)
    return campaign
