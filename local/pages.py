"""The pages in docs/ that are made from the code: one function a page. `app` must have been imported: registries are read.

What belongs to a context is declared in it; these are the tables over all.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from chalicelib.kernel import permits as kernel_permits
from chalicelib.kernel.credentials import Credential
from chalicelib.kernel.errors import TooMany
from chalicelib.kernel.facts import Audit
from chalicelib.kernel.messages import TEXTS
from chalicelib.records.messages.channels import TABLE, Channel
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.runtime.http import Operation
from chalicelib.runtime.http.face import FACES
from chalicelib.runtime.limits import PERIODS, Rule
from chalicelib.runtime.settings import SETTINGS
from chalicelib.runtime.switches import SWITCHES
from chalicelib.runtime.workers import CONSUMERS
from infra import build
from infra.providers import alarms as of_providers

from . import openapi, schemas

FACTORS = {  # the refusal by which a door asks for a second factor -> whose, and when
    "TOTP_NEEDED": "staff's",
    "FRESH_CODE_NEEDED": "a customer's",
    "STEP_UP_NEEDED": "a customer's, for large sums",
}
MADE = "<!-- made from the code by `make documents`; edit the code, not this page -->"
ROOT = Path(__file__).resolve().parents[1]
DECISIONS = ROOT / "docs" / "decisions"
UNSORTED = "not sorted yet"


def pages() -> dict[str, str]:
    """The name of a page -> its text."""
    made = (alarms, audit, carriers, commits, errors, events, limits, messages, permits, providers, routes, settings)
    return {page.__name__: page() for page in made} | {"decisions/README": decisions()}


def routes() -> str:
    """Every route: what handles it, who may ask, what it demands of the session, of a second factor and a second person, whether
    it takes a key, how often it may be asked."""
    about = (
        "An access token lives for ten minutes, and nobody can call it back. So a door asks the session behind it: "
        "**checked**, it must stand in the very transaction that is sent (or in a fresh read before the answer, where none "
        "is); **first**, it is read afresh before anything is asked, counted or moved elsewhere, and checked as well; "
        "**read**, it was looked up ten seconds ago at most; **token**, the token alone is believed, also when its session "
        "has ended: up to ten minutes for a customer's, 90 days for a guest's. Those are the doors through which neither "
        "an account, nor data, goods or money can be carried off. **none** is open to anyone, or proves by signature or code.\n\n"
        "**second factor**: fresh is a code of the authenticator, shown within ten minutes; a customer's is a fresh code to a "
        "contact of theirs, where they have one.\n\n"
        "**face** is the function of the API that answers (docs/decisions/144). "
        "**second person** says when one is needed, or that who comes is one. **key** is the "
        "`Idempotency-Key`. **limit** names the limit by which a door is counted ([limits](limits.md)), and the refusals by "
        "which what is behind it counts by itself."
    )

    def factor(op: Operation) -> str:
        codes = [FACTORS[kind.code] for kind in op.errors if kind.code in FACTORS]
        return "fresh" if op.step_up else ", ".join(codes) or "–"

    face = {(op.method, op.path): one.name for one in FACES.values() for op in one.operations}
    rows = [
        (
            _named(op), _code(f"{op.function.__module__.replace('.', '/')}.py:{op.function.__name__}"), face[op.method, op.path],
            _code(op.permit),
            op.session, factor(op), op.second or "–", "–" if op.key == "none" else op.key,
            ", ".join(map(_code, ([op.limit.name] if op.limit else []) + _counted(op))) or "–",
        )
        for op in openapi.operations()
    ]  # fmt: skip
    head = ("route", "handled by", "face", "permit", "session", "second factor", "second person", "key", "limit")
    return _page("Routes", about, head, rows)


def _named(op: Operation) -> str:
    return _code(f"{op.method} {op.path}")


def _counted(op: Operation) -> list[str]:
    """The refusals by which what is behind a door counts by itself."""
    return sorted({kind.code for kind in op.errors if issubclass(kind, TooMany)} - {"TOO_MANY_REQUESTS"})


def messages() -> str:
    """Every message that the shop sends: its name, what is filled in, what it says."""
    rows = [
        (
            _code(text.name),
            ", ".join(map(_code, sorted(text.blanks))) or "–",
            *text.zh,
            *text.en,
        )
        for text in sorted(TEXTS.values(), key=lambda text: text.name)
    ]
    first = _page(
        "Messages",
        "What the shop says by text message and e-mail, declared in the room `texts` of the context that sends it. Providers "
        "of text messages and WeChat want a template for each, with these blanks (the secret of the channel names it by the "
        "message's name).",
        ("message", "filled in", "subject zh", "zh", "subject en", "en"),
        rows,
    )
    tables = [
        f"\n## `{one.name}`: {one.en}, {one.zh}\n{_conduct(one)}\n{_document(one.secret, one.fields)}"
        for one in TABLE
        if one.credentials
    ]
    return first + "".join(tables)


def _conduct(one: Channel) -> str:
    """What a channel says of itself."""
    receipts = {
        "": "It tells nothing of what became of them",
        "secret": f"Receipts to `/v1/webhooks/messages/{one.name}/…`, which ends with the field `receipts`: it signs nothing",
        "signed": f"Receipts to `/v1/webhooks/messages/{one.name}/events`, signed",
    }[one.receipts]
    return (
        f"To {', '.join(one.kinds)}. {'Service and marketing' if one.marketing else 'Notices of service only'}; what became of "
        f"a lost answer {'is asked' if one.asked else 'cannot be asked'}; a new contract grants {one.per_second or 'any number'} "
        f"a second, {one.per_day or 'any number'} a day. {receipts}.\n"
    )


def _document(secret: str, fields: Iterable[Credential]) -> str:
    rows = [(_code(field.name), "yes" if field.needed else "–", field.about) for field in fields]
    return _table((f"field of `{secret}`", "needed", "what"), rows)


def permits() -> str:
    """Every permit: which roles have it, and which routes ask for it."""
    roles = kernel_permits.ROLES
    given = sorted(frozenset().union(*roles.values()))
    asked = {permit: [_named(op) for op in openapi.operations() if op.permit == permit] for permit in given}
    rows = [
        (_code(one), *("✓" if one in may else "" for may in roles.values()), ", ".join(asked[one])) for one in given
    ]
    apart = " · ".join(" and ".join(sorted(pair)) for pair in kernel_permits.APART)
    return _page(
        "Permits",
        "The roles are one table, `chalicelib/kernel/permits.py`. A route asks for a permit, never for a role; whoever has "
        f"several roles has their union. Nobody has two roles that are kept apart: {apart}. A member of staff is no customer.",
        ("permit", *roles, "routes"),
        rows,
    )


def limits() -> str:
    """How often a door may be asked, as it declares it; then what is counted behind the doors."""
    held = {op.limit.name: op.limit for op in openapi.operations() if op.limit is not None}
    rows = [
        (
            _code(name),
            "; ".join(_rule(rule) for rule in limit.rules),
            ", ".join(_named(op) for op in openapi.operations() if op.limit is limit),
        )
        for name, limit in sorted(held.items())
    ]
    first = _page(
        "Limits",
        "What one caller, device or network address may, times the setting `LIMIT_SCALE`. `process`: a token bucket in the "
        "memory of one warm function, without a round trip (docs/decisions/060). `shop`: counted in the table for all, in "
        "windows (docs/decisions/061). Doors of one limit are counted together. In front of all of them stand the gateway's "
        "throttle and the firewall.",
        ("limit", "rules", "doors"),
        rows,
    )
    behind: dict[str, list[str]] = {}
    for op in openapi.operations():
        for code in _counted(op):
            behind.setdefault(code, []).append(_named(op))
    told = "Exact, in the transaction that they guard: codes, sign-ins, attempts, what is held."
    counts = [(_code(code), ", ".join(doors)) for code, doors in sorted(behind.items())]
    return f"{first}\n## Counted behind the doors\n{told}\n\n" + _table(("refusal", "doors"), counts)


def _rule(rule: Rule) -> str:
    period = next((name for name, seconds in PERIODS.items() if seconds == rule.seconds), f"{rule.seconds} s")
    return f"{rule.times} {'an' if period == 'hour' else 'a'} {period} by {rule.by}, {'shop' if rule.shared else 'process'}"


def commits() -> str:
    """Every use case that commits by itself: what it does, in its own words."""
    rows = []
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(("chalicelib/records/", "chalicelib/processes/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and _commits(node):
                told = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
                rows.append((_code(f"{place}:{node.name}"), told))
    about = (
        "The door that performs a use case commits what it added. These look at the outcome before they go on, so they commit "
        "by themselves, and each says so. A commit more is a question for whoever reads the change."
    )
    return _page("Commits of their own", about, ("use case", "in its own words"), sorted(rows))


COMMITS = ("commit", "attempts", "drop_all")


def _commits(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in COMMITS
        for node in ast.walk(function)
    )


def decisions() -> str:
    """Every decision record, by its area: what it rules, and whether another one replaced it."""
    by_area: dict[str, list[tuple[str, ...]]] = {}
    for path in sorted(DECISIONS.glob("[0-9]*.md")):
        title, second, *_ = path.read_text(encoding="utf-8").split("\n")
        told = re.fullmatch(r"\*Area: ([a-z ]+)(?: · (replaced by [0-9]{3}))?\*", second)
        area, status = told.groups() if told else (UNSORTED, None)
        row = (f"[{path.name[:3]}]({path.name})", title.removeprefix("# "), status or "in force")
        by_area.setdefault(str(area), []).append(row)
    about = (
        "A paragraph each, whose title is the rule. The second line of a record says its area, and the record that replaced it: "
        "`*Area: payments · replaced by 066*`."
    )
    tables = [
        f"## {area.capitalize()}\n\n{_table(('', 'rule', 'status'), rows)}" for area, rows in sorted(by_area.items())
    ]
    return "\n".join([f"# Decisions\n{MADE}\n\n{about}\n", *tables])


def errors() -> str:
    """The error catalogue, by status."""
    raised: dict[str, list[str]] = {}
    for op in openapi.operations():
        for kind in openapi.refusals(op):
            raised.setdefault(kind.code, []).append(f"{op.method} {op.path}")
    total = len(openapi.operations())
    rows = []
    for kind in sorted(openapi.catalogue(), key=lambda kind: (openapi.number(kind), kind.code)):
        by = raised.get(kind.code, [])
        where = "every route" if len(by) == total else f"{len(by)} routes" if len(by) > 3 else ", ".join(map(_code, by))
        rows.append((_code(kind.code), str(openapi.number(kind)), kind.zh, kind.en, where or "–"))
    return _page(
        "Errors",
        "Every refusal is a problem document (RFC 9457): `code` is stable, `params` fill the blanks of its message, "
        "`reasons` lists all conditions that failed. 401, 403 and 503 never look at what was answered before; "
        "429 and 503 say `Retry-After`.",
        ("code", "status", "zh", "en", "where"),
        rows,
    )


def alarms() -> str:
    """Whom the shop calls for what: every alarm of the template."""
    resources = build.shop()["Resources"]
    found = {name: one["Properties"] for name, one in resources.items() if one.get("Type") == "AWS::CloudWatch::Alarm"}
    rows = [
        (_code(name), one["AlarmDescription"], _code(f"{one['Namespace']} {one['MetricName']}"), _rings(one))
        for name, one in sorted(found.items())
    ]
    return _page(
        "Alarms",
        "Each tells the topic `AlarmTopic`, to which `AlarmEmail` subscribes. What a context counts and somebody is called for "
        "is declared where it is counted (`observe.alarmed`); what a queue, a function or a provider needs follows from "
        "its being there (`infra/derive.py`).",
        ("alarm", "says", "watches", "rings at"),
        rows,
    )


def _rings(alarm: Mapping[str, Any]) -> str:
    periods = alarm["EvaluationPeriods"]
    often = f", {alarm.get('DatapointsToAlarm', periods)} of {periods} times" if periods > 1 else ""
    return f"{alarm['Threshold']} in {alarm['Period']} s{often}"


def providers() -> str:
    """The payment providers: each one's document, ways to pay, notices and alarms."""
    about = (
        "Each provider is a package in `chalicelib/records/payments/providers` whose manifest says what follows. Its document "
        "is the secret `payments/<provider>`; it gets the address of its notices with every payment and refund, at the "
        "shop's own `PUBLIC_URL`."
    )
    parts = [f"# Payment providers\n{MADE}\n\n{about}\n"]
    for one in PROVIDERS.values():
        methods = [
            (_code(row.name), row.zh, row.en, ", ".join(row.terminals), row.next_action, ", ".join(row.needs) or "–")
            for row in one.methods
        ]
        notices = [(_code(f"POST /v1/webhooks/{one.name}/{kind}"), media) for kind, media in one.webhooks.items()]
        rung = [(_code(name), told["Properties"]["AlarmDescription"]) for name, told in of_providers([one]).items()]
        tables = (
            _document(f"payments/{one.name}", one.credentials),
            _table(("method", "zh", "en", "terminals", "next action", "needs"), methods),
            _table(("notices", "body"), notices),
            _table(("alarm", "when"), rung),
        )
        parts.append(f"\n## {one.en}, {one.zh}: `{one.name}`\n" + "\n".join(tables))
    return "".join(parts)


def carriers() -> str:
    """The carriers: each one's document, what it does, and where it pushes to."""
    about = (
        "Each carrier is a package in `chalicelib/records/shipping/carriers` whose manifest says what follows. Its document is "
        "the secret `shipping/<carrier>`. A parcel is offered to the carriers that book, in this order; a waybill of another "
        "carrier is told by hand, and the one that follows others' waybills tells of it. A carrier that pushes gets the address "
        "below at the shop's own `PUBLIC_URL`: one that signs nothing is told by hand, with the secret of its document at the "
        "end, and what it says of a parcel's end is asked for before anything depends on it."
    )
    parts = [f"# Carriers\n{MADE}\n\n{about}\n"]
    for one in CARRIERS.values():
        token = "{number}" if one.proves else "{push_secret}"
        does = [
            ("books", "yes" if one.books else "no"),
            ("follows others' waybills", "yes" if one.follows else "no"),
            ("pushes to", _code(f"POST /v1/webhooks/carriers/{one.name}/{token}") if one.pushes else "no: it is asked"),
            ("signs its pushes", "yes" if one.proves else "no"),
        ]
        tables = (_document(f"shipping/{one.name}", one.credentials), _table(("does", "how"), does))
        parts.append(f"\n## {one.en}, {one.zh}: `{one.name}`\n" + "\n".join(tables))
    return "".join(parts)


def audit() -> str:
    """What is audited, why and about what; then what is not, and why not."""
    audited = [fact for fact in schemas.facts() if isinstance(fact.audit, Audit)]
    rows = [
        (
            _code(fact.wire), fact.audit.why, _code(fact.audit.subject),
            " and ".join(f"`{name}` is {value}" for name, value in (fact.audit.only or {}).items()) or "always",
        )
        for fact in sorted(audited, key=lambda fact: (fact.audit.why, fact.wire))
    ]  # fmt: skip
    first = _page(
        "Audit",
        "Each fact says in its own class whether it is audited: `security` is who came and saw, `money` what was paid, `shop` "
        "what the shop's people changed. The relay puts that into the event (`audit`, `subject`), by which the audit worker's "
        "rule on the bus takes it; the worker chains it (docs/decisions/062).",
        ("fact", "why", "about", "when"),
        rows,
    )
    left = [(_code(fact.wire), fact.audit.why) for fact in schemas.facts() if fact not in audited]
    return first + "\n## Not audited\n\n" + _table(("fact", "why not"), left)


def events() -> str:
    """The facts: what each says, what it carries, who listens."""
    rows = []
    for fact in schemas.facts():
        fields = schemas.schema(fact)["properties"]
        carries = ", ".join(f"`{name}` {_kind(field)}" for name, field in fields.items())
        heard = sorted(name for name, one in CONSUMERS.items() if fact.wire in one.wires)
        told = " ".join((fact.__doc__ or "").split())
        rows.append((_code(fact.wire), f"v{fact.version}", told, carries or "–", ", ".join(heard) or "–"))
    return _page(
        "Events",
        "Facts on the bus `EVENT_BUS`, source `jishi.<context>`, at least once and in any order; the event's id is the "
        "same at every delivery. They carry ids and numbers, never personal data. Schemas: `events/schemas/`.",
        ("detail-type", "version", "says", "carries", "heard by"),
        rows,
    )


def settings() -> str:
    """Settings of the environment, and the switches an operator turns."""
    first = _page(
        "Settings",
        "Settings are environment variables of the functions. Secrets are JSON documents in Parameter Store under "
        "`/jishi/<stage>/`.",
        ("setting", "default", "meaning"),
        [
            (_code(name), _code(default) if default else "–", meaning)
            for name, (default, meaning) in sorted(SETTINGS.items())
        ],
    )
    rows = [(_code(name), _code(json.dumps(default)), meaning) for name, (default, meaning) in sorted(SWITCHES.items())]
    told = "Switches are turned while the shop runs; every process follows within ten seconds."
    return first + "\n## Switches\n" + told + "\n\n" + _table(("switch", "default", "meaning"), rows)


def _page(title: str, about: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return f"# {title}\n{MADE}\n\n{about}\n\n{_table(head, rows)}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    return "".join(f"| {line} |\n" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def _kind(field: Mapping[str, Any]) -> str:
    parts = field.get("anyOf")
    if parts:
        return " or ".join(_kind(part) for part in parts)
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return str(field.get("type", "object"))
