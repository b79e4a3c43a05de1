"""What was asked, and which promises an answer breaks: codes, permits, and that a refusal changes nothing."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from chalicelib.kernel.permits import ROLES, permits
from chalicelib.runtime.http import PUBLIC, SIGNED, Operation
from local import openapi
from tests.hardening.fuzz.gate import Answer

COUNTING = frozenset({"/v1/auth/totp", "/v1/auth/step-up", "/v1/me/password"})  # whose refusals count attempts


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

    def note(self, door: str, role: str, answer: Answer) -> None:
        """Count one request."""
        self.requests += 1
        self.statuses[answer.status] += 1
        self.roles[role or "nobody"] += 1
        self.asked.add(door)
        if answer.status < 300:
            self.reached.add(door)

    def wrong(self, door: str, what: str, sent: str) -> None:
        self.findings.setdefault((door, what), sent)

    def __str__(self) -> str:
        told = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return (
            f"{self.requests} requests ({self.chained} along links) to {len(self.asked)} operations as "
            f"{len(self.roles)} kinds of callers; {len(self.reached)} operations answered with success; {told}; "
            f"{len(self.findings)} findings"
        )


@cache
def documented() -> dict[tuple[str, str], frozenset[int]]:
    """The statuses that each operation documents."""
    import app  # noqa: F401  # registers the routes

    return {
        (method.upper(), path): frozenset(int(status) for status in one["responses"] if status != "default")
        for path, methods in openapi.document()["paths"].items()
        for method, one in methods.items()
    }


def broken(op: Operation, role: str, answer: Answer, wrote: bool) -> Iterator[str]:
    """The promises that this answer to this role breaks. `wrote`: whether anything was stored or published."""
    codes = {kind.code for kind in openapi.refusals(op)}
    if answer.status == 500 or (answer.status > 500 and answer.text and answer.code not in codes):
        yield f"{answer.status} {answer.code}"
    if answer.status not in documented()[op.method, op.path]:
        yield f"a status that is not documented: {answer.status}"
    if answer.status >= 400 and op.permit != SIGNED and "problem" not in answer.headers["content-type"]:
        yield f"a refusal that is no problem document: {answer.status} {answer.headers['content-type']}"
    if answer.status >= 400 and "problem" in answer.headers["content-type"]:
        told = answer.json
        unknown = {told["code"], *(reason["code"] for reason in told.get("reasons", ()))} - codes
        if unknown:
            yield f"codes that are not declared: {sorted(unknown)}"
    if answer.status in (401, 403, 413, 415, 422) and wrote and op.path not in COUNTING and op.permit != PUBLIC:
        yield f"a refusal that wrote something: {answer.status} {answer.code}"
    if op.permit in (PUBLIC, SIGNED):
        return
    known = "customer" if role == "stranger" else role
    if known not in ROLES and answer.code not in ("NOT_SIGNED_IN", "TOKEN_INVALID"):
        yield f"let in without a sign-in: {answer.status} {answer.code}"
    if known in ROLES and op.permit not in permits([known]) and answer.code not in ("NOT_PERMITTED", "ACCOUNT_NEEDED"):
        yield f"let in without the permit: {known} {answer.status} {answer.code}"
