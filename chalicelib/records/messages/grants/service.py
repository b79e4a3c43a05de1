"""Which subscription messages the mini program has, and how many of each somebody agreed to.

Guarantees: a grant is one message; it is spent in the transaction of the claim, so that no two messages spend one, and comes
back only when the provider refused the message before it went out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ..channels import NAMED
from ..model import MessageGrant, grant_part
from . import steps
from .rules import MiniTemplateUnknown


def offered() -> dict[str, str]:
    """The mini program's subscription messages: our name of each, and WeChat's id of its template; none without a contract."""
    try:
        templates: dict[str, Any] = settings.secret(NAMED["mini"].secret).get("templates") or {}
    except KeyError:
        return {}
    return {
        name: str(told["id"]) for name, told in sorted(templates.items()) if isinstance(told, dict) and "id" in told
    }


def record(templates: Sequence[str], work: Work) -> None:
    """The caller agreed to one more message of each. Raises MiniTemplateUnknown."""
    known = offered()
    for name in dict.fromkeys(templates):
        if name not in known:
            raise MiniTemplateUnknown(template=name)
        work.add(steps.record(work.caller.id, name, work.now))


def left(person: str) -> dict[str, int]:
    """How many messages of each template somebody agreed to that were not sent yet."""
    rows = table.every(MessageGrant, person, begins=("r", "grant#"), consistent=True)
    return {row.template: row.left for row in rows}


def held(asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The same of (person, template), read together."""
    rows: list[MessageGrant | None] = table.batch(
        [Key(MessageGrant, person, grant_part(template)) for person, template in dict.fromkeys(asked)], consistent=True
    )
    return {(row.owner, row.template): row.left for row in rows if row is not None}
