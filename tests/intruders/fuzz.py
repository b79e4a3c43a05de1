"""schemathesis against the whole API: requests made from openapi.json, right and wrong, by every role and by nobody.

Guarantees of a clean campaign: no 5xx but a documented refusal; every answer has a status, a media type, headers and a
shape that the operation documents, and a refusal has a code that it declares; whoever may not enter is refused; a
request that the contract forbids is not taken. Each request starts from the same shop, so that a finding can be
repeated: it is printed with what was sent.
"""

from __future__ import annotations

import json
import random
import warnings
from collections import Counter as Count
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chalicelib.records.identity.rules import ROLES, permits
from chalicelib.runtime.http import OPERATIONS, PUBLIC, SIGNED, openapi
from tests.intruders import gate
from tests.intruders.gate import Answer
from tests.intruders.town import Town

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st
    from schemathesis.core.errors import SchemathesisError
    from schemathesis.core.failures import Failure, FailureGroup
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import (
        content_type_conformance, response_headers_conformance, response_schema_conformance,
        status_code_conformance,
    )  # fmt: skip

CHECKS = [status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
GARBAGE = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJBMSIsInJvbGUiOiJhZG1pbiJ9."


@dataclass
class Campaign:
    """What was asked and what was wrong with the answers."""

    requests: int = 0
    statuses: Count[int] = field(default_factory=Count)
    roles: Count[str] = field(default_factory=Count)
    reached: set[str] = field(default_factory=set)  # operations that answered 2xx
    asked: set[str] = field(default_factory=set)
    chained: int = 0  # requests that followed a link
    findings: dict[tuple[str, str], str] = field(default_factory=dict)

    def wrong(self, door: str, what: str, sent: str) -> None:
        self.findings.setdefault((door, what), sent)

    def __str__(self) -> str:
        told = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return (
            f"fuzz: {self.requests} requests ({self.chained} along links) to {len(self.asked)} operations as "
            f"{len(self.roles)} kinds of callers; {len(self.reached)} operations answered with success; {told}; "
            f"{len(self.findings)} findings"
        )


def contract() -> dict[str, Any]:
    """openapi.json as the code makes it, with links from what is made to where it is used."""
    import app  # noqa: F401  # registers the routes

    told = json.loads(json.dumps(openapi.document()))
    for (path, method, status), links in LINKS.items():
        told["paths"][path][method]["responses"][status]["links"] = links
    for methods in told["paths"].values():
        for one in methods.values():
            one["responses"].pop("default", None)  # what is not declared by name is a finding
    return dict(told)


def _to(operation: str, **parameters: str) -> dict[str, Any]:
    return {operation: {"operationId": operation, "parameters": parameters}}


ORDER, PAYMENT = "$response.body#/order_id", "$response.body#/id"
LINKS: dict[tuple[str, str, str], dict[str, Any]] = {
    ("/v1/quotes", "post", "200"): {
        "place": {"operationId": "checkout_place", "requestBody": {"quote": "$response.body#/quote"}}
    },
    ("/v1/orders", "post", "201"): {
        **_to("checkout_pay_order", order_id=ORDER), **_to("checkout_cancel", order_id=ORDER),
        **_to("storefront_read_order", order_id=ORDER),
    },
    ("/v1/orders/{order_id}/payments", "post", "201"): {
        **_to("checkout_refresh_payment", payment_id=PAYMENT), **_to("checkout_read_payment", payment_id=PAYMENT),
    },
}  # fmt: skip


class Fuzzer:
    """The contract before the shop."""

    def __init__(self, town: Town) -> None:
        self.town, self.campaign = town, Campaign()
        told = contract()
        known = {one["operationId"] for methods in told["paths"].values() for one in methods.values()}
        wanted = {link["operationId"] for links in LINKS.values() for link in links.values()}
        assert wanted <= known, f"links to what is not there: {sorted(wanted - known)}"
        self.schema = schemathesis.openapi.from_dict(told)
        self.schema.app = gate.wsgi(lambda: self.bearer, self._answered)
        self.bearer = ""
        self.last: Answer | None = None
        self.doors = {(op.method, op.path): op for op in OPERATIONS}

    def _answered(self, answer: Answer) -> None:
        self.last = answer

    def operations(self) -> Iterator[Any]:
        for found in self.schema.get_all_operations():
            yield found.ok()

    def run(self, each: int, number: int = 1) -> Campaign:
        """So many requests to every operation."""
        for operation in self.operations():
            self._attack(operation, each, number)
        return self.campaign

    def _attack(self, operation: Any, each: int, number: int) -> None:
        fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        try:
            wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
            wrong.validate()
        except (SchemathesisError, Exception):  # there is nothing that could be wrong with it
            wrong = fitting
        op = self.doors[operation.method.upper(), operation.path]

        @seed(number)
        @settings(
            max_examples=each, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=st.one_of(fitting, fitting, wrong), chance=st.randoms(use_true_random=False))
        def attack(case: Any, chance: random.Random) -> None:
            self.town.back()
            self.send(case, self._role(op, chance), chance)

        attack()

    def _role(self, op: Any, chance: random.Random) -> str:
        may = [role for role in self.town.tokens if op.permit in permits(["customer" if role == "stranger" else role])]
        if may and chance.random() < 0.6:
            return chance.choice(may)
        return chance.choice(["", "garbage", *self.town.tokens])

    def send(self, case: Any, role: str, chance: random.Random) -> Any:
        """One request as somebody; what is wrong with its answer goes to the findings."""
        self._enrich(case, chance)
        self.bearer = GARBAGE if role == "garbage" else self.town.tokens.get(role, "")
        op, door = self.doors[case.method.upper(), case.path], f"{case.method.upper()} {case.path}"
        before = self.town.mark()
        try:
            response = case.call()
        except Exception as error:
            self.campaign.wrong(door, f"the door fell: {type(error).__name__} {error}"[:200], f"{role} {case!r}")
            return None
        answer = self.last
        assert answer is not None
        self._count(door, role, answer)
        for what in (*self._promises(op, role, answer, before), *self._contract(case, response)):
            self.campaign.wrong(door, what, f"as {role or 'nobody'}: {case!r}\n{answer.status} {answer.text[:400]}")
        return response

    def _count(self, door: str, role: str, answer: Answer) -> None:
        self.campaign.requests += 1
        self.campaign.statuses[answer.status] += 1
        self.campaign.roles[role or "nobody"] += 1
        self.campaign.asked.add(door)
        if answer.status < 300:
            self.campaign.reached.add(door)

    def _promises(self, op: Any, role: str, answer: Answer, before: Any) -> Iterator[str]:
        """What schemathesis cannot know: codes, permits, and that a refusal changes nothing."""
        if answer.status == 500 or answer.status > 500 and answer.code not in {k.code for k in openapi.refusals(op)}:
            yield f"{answer.status} {answer.code}"
        if answer.status >= 400 and "problem" in answer.headers["content-type"]:
            declared = {kind.code for kind in openapi.refusals(op)}
            told = answer.json
            codes = {told["code"], *(reason["code"] for reason in told.get("reasons", ()))}
            if codes - declared:
                yield f"codes that are not declared: {sorted(codes - declared)}"
        if op.permit in (PUBLIC, SIGNED):
            return
        known = "customer" if role == "stranger" else role
        if known not in ROLES and answer.code != "NOT_SIGNED_IN":
            yield f"let in without a sign-in: {answer.status} {answer.code}"
        if known in ROLES and op.permit not in permits([known]) and answer.code != "NOT_PERMITTED":
            yield f"let in without the permit: {known} {answer.status} {answer.code}"
        if answer.status in (401, 403, 422) and self.town.mark() != before and op.path not in COUNTING:
            yield f"a refusal that wrote something: {answer.status} {answer.code}"

    def _contract(self, case: Any, response: Any) -> list[str]:
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            return [f"{one.title}: {one.message}"[:300] for one in group.exceptions if isinstance(one, Failure)]
        return []

    def _enrich(self, case: Any, chance: random.Random) -> None:
        """Put what really exists where the contract can only say that there is a text."""
        for name in list(case.path_parameters or ()):
            if (known := self.town.things.get(name)) and chance.random() < 0.7:
                case.path_parameters[name] = chance.choice(known)
        if isinstance(case.body, dict | list) and chance.random() < 0.8:
            case.body = self._with_things(case.body, chance)

    def _with_things(self, value: Any, chance: random.Random) -> Any:
        if isinstance(value, list):
            return [self._with_things(one, chance) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            name: chance.choice(known)
            if isinstance(inner, str) and (known := self.town.things.get(name)) and chance.random() < 0.8
            else self._with_things(inner, chance)
            for name, inner in value.items()
        }


COUNTING = frozenset({"/v1/auth/totp", "/v1/auth/step-up", "/v1/me/password"})  # whose refusals count attempts
