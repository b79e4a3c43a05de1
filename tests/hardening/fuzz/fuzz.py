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
from collections.abc import Iterator
from typing import Any

from chalicelib.kernel.permits import permits
from chalicelib.runtime.http import OPERATIONS
from local import openapi
from tests.hardening.fuzz import gate
from tests.hardening.fuzz.campaign import Campaign, broken
from tests.hardening.fuzz.gate import Answer
from tests.hardening.fuzz.staffed import StaffedShop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st
    from schemathesis.core.errors import SchemathesisError
    from schemathesis.core.failures import Failure, FailureGroup
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

CHECKS = [status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
GARBAGE = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJBMSIsInJvbGUiOiJhZG1pbiJ9."


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


def _to(operation: str, body: Any = None, key: str = "", **parameters: str) -> dict[str, Any]:
    link = {"operationId": operation, "parameters": parameters | ({"Idempotency-Key": key} if key else {})}
    return {operation: link | ({"requestBody": body} if body else {})}


PAYING = "/v1/orders/{order_id}/payments"
ORDER, MADE = "$response.body#/order_id", "$response.body#/id"
LINKS: dict[tuple[str, str, str], dict[str, Any]] = {
    ("/v1/quotes", "post", "200"): _to("ordering_place", {"quote": "$response.body#/quote"}),
    ("/v1/orders", "post", "201"): {
        **_to("paying_pay_order", {"provider": "wechat", "product": "native"}, ORDER, order_id=ORDER),
        **_to("ordering_cancel", order_id=ORDER), **_to("storefront_read_order", order_id=ORDER),
    },
    (PAYING, "post", "201"): {
        **_to("paying_refresh_payment", payment_id=MADE), **_to("paying_read_payment", payment_id=MADE),
        **_to("refunding_ask_for_refund", {"order_id": "$request.path.order_id", "reason": "came late"}, MADE),
    },
    ("/v1/admin/refunds", "post", "201"): {
        **_to("refunding_approve_refund", key=MADE, refund_id=MADE), **_to("refunding_read_refund", refund_id=MADE),
    },
}  # fmt: skip


class Fuzzer:
    """The contract before the shop."""

    def __init__(self, shop: StaffedShop) -> None:
        self.shop, self.campaign = shop, Campaign()
        told = contract()
        known = {one["operationId"] for methods in told["paths"].values() for one in methods.values()}
        wanted = {link["operationId"] for links in LINKS.values() for link in links.values()}
        assert wanted <= known, f"links to what is not there: {sorted(wanted - known)}"
        self.linked = wanted | {told["paths"][path][method]["operationId"] for path, method, _ in LINKS}
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
            self.attack(operation, each, number)
        return self.campaign

    def attack(self, operation: Any, each: int, number: int) -> None:
        fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        try:
            wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
            wrong.validate()
        except (SchemathesisError, Exception):  # there is nothing that could be wrong with it
            wrong = fitting
        op = self.doors[operation.method.upper(), operation.path]

        @seed(number)
        @settings(
            max_examples=each,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.one_of(fitting, fitting, wrong), chance=st.randoms(use_true_random=False))
        def once(case: Any, chance: random.Random) -> None:
            self.shop.back()
            self.enrich(case, chance)
            self.send(case, self._role(op, chance))

        once()

    def _role(self, op: Any, chance: random.Random) -> str:
        may = [role for role in self.shop.tokens if op.permit in permits(["customer" if role == "stranger" else role])]
        if may and chance.random() < 0.6:
            return chance.choice(may)
        return chance.choice(["", "garbage", *self.shop.tokens])

    def walk(self, walks: int, steps: int, number: int = 1) -> Campaign:
        """So many walks along the links: from a quote to its order, its payment that is paid, its cancellation, a refund."""
        fuzzer = self
        linked = self.schema.include(func=lambda found: found.operation.definition.raw["operationId"] in self.linked)

        class Walk(linked.as_state_machine()):  # type: ignore[misc]  # made at run time
            def setup(self) -> None:
                fuzzer.shop.back()

            def step(self, given: Any) -> Any:
                self.led = given.transition is not None and given.is_applied
                return super().step(given)

            def call(self, case: Any, **kwargs: Any) -> Any:
                fuzzer.campaign.chained += self.led
                chance = random.Random(
                    f"{number} {case.body!r} {case.path_parameters!r}"
                )  # a walk repeated is the same
                if not self.led:
                    fuzzer.enrich(case, chance)
                op = fuzzer.doors[case.method.upper(), case.path]
                response = fuzzer.send(case, fuzzer.walker(op, chance))
                if op.path == PAYING and response.status_code == 201 and chance.random() < 0.7:
                    fuzzer.shop.paid(fuzzer.last.json["id"], case.body["provider"])  # the payer pays
                    fuzzer.shop.carry()
                return response

            def validate_response(self, *args: Any, **kwargs: Any) -> None:
                """`send` has looked at it."""

        run = settings(
            max_examples=walks,
            stateful_step_count=steps,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        Walk.run(settings=run)
        return self.campaign

    def walker(self, op: Any, chance: random.Random) -> str:
        """Mostly one customer all the way, and staff where only staff may go."""
        may = [role for role in self.shop.tokens if op.permit in permits([role])]
        if "customer" in may and chance.random() < 0.9:
            return "customer"
        return chance.choice(may or [""])

    def send(self, case: Any, role: str) -> Any:
        """One request as somebody; what is wrong with its answer goes to the findings."""
        self.bearer = GARBAGE if role == "garbage" else self.shop.tokens.get(role, "")
        op, door = self.doors[case.method.upper(), case.path], f"{case.method.upper()} {case.path}"
        before = self.shop.mark()
        try:
            response = case.call()
        except Exception as error:
            self.campaign.wrong(door, f"the door fell: {type(error).__name__} {error}"[:200], f"{role} {case!r}")
            raise
        answer = self.last
        assert answer is not None
        self.campaign.note(door, role, answer)
        for what in (*broken(op, role, answer, self.shop.mark() != before), *self._contract(case, response)):
            self.campaign.wrong(door, what, f"as {role or 'nobody'}: {case!r}\n{answer.status} {answer.text[:400]}")
        return response

    def _contract(self, case: Any, response: Any) -> list[str]:
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            return [f"{one.title}: {one.message}"[:300] for one in group.exceptions if isinstance(one, Failure)]
        return []

    def enrich(self, case: Any, chance: random.Random) -> None:
        """Put what really exists where the contract can only say that there is a text."""
        for name in list(case.path_parameters or ()):
            if (known := self.shop.things.get(name)) and chance.random() < 0.7:
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
            if isinstance(inner, str) and (known := self.shop.things.get(name)) and chance.random() < 0.8
            else self._with_things(inner, chance)
            for name, inner in value.items()
        }
