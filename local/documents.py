"""Everything that is written down from the code: `python -m local.documents` writes it, `--check` fails on any drift.

openapi.json, events/schemas, docs/doors.md, docs/errors.md and others. A change that would break who reads an
event is refused even when writing, unless `--break` says that nobody reads it yet.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import schemas

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = "events/schemas"
FACTORS = {  # the refusal by which a door asks for a second factor -> whose, and when
    "TOTP_NEEDED": "staff's", "FRESH_CODE_NEEDED": "a customer's", "STEP_UP_NEEDED": "a customer's, for large sums",
}  # fmt: skip
MADE = "<!-- made from the code by `make openapi`; edit the code, not this page -->"


def documents() -> dict[str, str]:
    """Path below the project -> text, for every document made from the code."""
    for module in ("app", "chalicelib.runtime.doors", "chalicelib.runtime.settings", "chalicelib.runtime.switches"):
        importlib.import_module(module)  # all registries are full before the first document is made
    openapi = importlib.import_module("chalicelib.runtime.http.openapi")
    made = {"openapi.json": _json(openapi.document())}
    made |= {f"{SCHEMAS}/{path}": _json(schema) for path, schema in schemas.files().items()}
    made["docs/audit.md"] = audit()
    made["docs/doors.md"] = doors(openapi)
    made["docs/errors.md"] = errors(openapi)
    made["docs/events.md"] = events()
    made["docs/settings.md"] = settings()
    return made


def doors(openapi: Any) -> str:
    """Every door: who may enter, what it demands of the session, of a second factor and a second person, how often it may be
    asked."""
    too_many = importlib.import_module("chalicelib.kernel.errors").TooMany
    about = (
        "An access token lives for ten minutes, and nobody can call it back. So a door asks the session behind it: "
        "**checked**, it must stand in the very transaction that is sent (or in a fresh read before the answer, where none "
        "is); **first**, it is read afresh before anything is asked, counted or moved elsewhere, and checked as well; "
        "**read**, it was looked up ten seconds ago at most; **token**, the token alone is believed, also when its session "
        "has ended: up to ten minutes for a customer's, 90 days for a guest's. Those are the doors through which neither "
        "an account, nor data, goods or money can be carried off. **none** is open to anyone, or proves by signature or code.\n\n"
        "**second factor**: fresh is a code of the authenticator, shown within ten minutes; a customer's is a fresh code to a "
        "contact of theirs, where they have one.\n\n"
        "**second person** says when one is needed, or that who comes is one. **limit** names the line of "
        "`chalicelib/runtime/limits.py` by which a door is counted, and the refusals by which what is behind it counts by itself."
    )

    def factor(op: Any) -> str:
        codes = [FACTORS[kind.code] for kind in op.errors if kind.code in FACTORS]
        return "fresh" if op.fresh else ", ".join(codes) or "–"

    def counted(op: Any) -> list[str]:
        return sorted({kind.code for kind in op.errors if issubclass(kind, too_many)} - {"TOO_MANY_REQUESTS"})

    rows = [
        (
            _code(f"{op.method} {op.path}"), _code(op.permit), op.session, factor(op), op.second or "–",
            ", ".join(map(_code, [op.limit] * bool(op.limit) + counted(op))) or "–",
        )
        for op in openapi.operations()
    ]  # fmt: skip
    return _page("Doors", about, ("door", "permit", "session", "second factor", "second person", "limit"), rows)


def errors(openapi: Any) -> str:
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


def audit() -> str:
    """What is audited, why and about what; then what is not, and why not."""
    facts = importlib.import_module("chalicelib.kernel.facts")
    audited = [fact for fact in schemas.facts() if isinstance(fact.audit, facts.Audit)]
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
    doors = importlib.import_module("chalicelib.runtime.doors")
    rows = []
    for fact in schemas.facts():
        fields = schemas.schema(fact)["properties"]
        carries = ", ".join(f"`{name}` {_kind(field)}" for name, field in fields.items())
        heard = sorted(name for name, one in doors.CONSUMERS.items() if fact.wire in one.wires)
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
    known = importlib.import_module("chalicelib.runtime.settings").SETTINGS
    turned = importlib.import_module("chalicelib.runtime.switches").SWITCHES
    first = _page(
        "Settings",
        "Settings are environment variables of the functions. Secrets are JSON documents in Parameter Store under "
        "`/jishi/<stage>/`.",
        ("setting", "default", "meaning"),
        [
            (_code(name), _code(default) if default else "–", meaning)
            for name, (default, meaning) in sorted(known.items())
        ],
    )
    rows = [(_code(name), _code(json.dumps(default)), meaning) for name, (default, meaning) in sorted(turned.items())]
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


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def committed(root: Path) -> dict[str, Any]:
    """The event schemas that stand in the project."""
    folder = root / SCHEMAS
    return {
        str(path.relative_to(folder)): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }


def drift(root: Path = ROOT) -> list[str]:
    """How the written documents differ from the code, a sentence each."""
    made = documents()
    found = schemas.breaking(committed(root), schemas.files())
    for path, text in made.items():
        file = root / path
        if not file.exists():
            found.append(f"{path} is missing")
        elif file.read_text(encoding="utf-8") != text:
            found.append(f"{path} differs from the code")
    found += [f"{SCHEMAS}/{path} describes nothing" for path in committed(root) if f"{SCHEMAS}/{path}" not in made]
    return found


def write(root: Path = ROOT) -> list[str]:
    """Write all documents; answers the paths that changed."""
    changed = []
    made = documents()
    for stale in committed(root):
        if f"{SCHEMAS}/{stale}" not in made:
            (root / SCHEMAS / stale).unlink()
            changed.append(f"{SCHEMAS}/{stale}")
    for path, text in made.items():
        file = root / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def main(arguments: list[str]) -> int:
    """0 when all is written down as it is; 1 on drift or a breaking change."""
    asked = argparse.ArgumentParser(prog="local.documents", description=inspect.getdoc(sys.modules[__name__]))
    asked.add_argument("--check", action="store_true", help="write nothing; fail on any difference")
    asked.add_argument("--break", dest="broken", action="store_true", help="nobody reads the events yet")
    told = asked.parse_args(arguments)
    if told.check:
        found = drift()
        print("\n".join(found) if found else "documents and code agree")
        return 1 if found else 0
    importlib.import_module("app")
    if not told.broken and (found := schemas.breaking(committed(ROOT), schemas.files())):
        print("a new version of the fact is needed:", *found, sep="\n  ")
        return 1
    print("\n".join(write()) or "nothing changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
