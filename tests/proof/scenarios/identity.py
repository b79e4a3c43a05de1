"""Accounts under every fault: what is done on a session that has ended leaves no trace, whoever is faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.records.identity.model import ACCOUNT, Account, Session, session_part
from chalicelib.records.identity.service import profile, sessions, standing
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import fresh
from chalicelib.runtime.work import Work
from tests.proof.scenario import START, Scenario, Step
from tests.proof.shop import Shop, ask

WHO, STOLEN, OWN = "U01KJPB7WG0000000000000000A", "L01KJPB7WG0000000000000000A", "L01KJPB7WG0000000000000000B"
THIEF, OWNER = Caller(WHO, "customer", session=STOLEN, version=1), Caller(WHO, "customer", session=OWN, version=1)


def build() -> Shop:
    shop = Shop(consumers={})
    with shop.standing():
        work = Work(OWNER, "setup")
        work.add(fresh(Account(WHO, ACCOUNT, state="active", version=1, key=b"wrapped", roles="customer", claims="[]")))
        ends = int(START.timestamp()) + 86_400
        work.add(*(fresh(Session(WHO, session_part(one), version=1, ends_at=ends)) for one in (STOLEN, OWN)))
        work.commit()
    return shop


def checked(who: Caller, use_case: Callable[[Work], Any]) -> Callable[[Any], Any]:
    """A use case through a door that checks the session."""

    def act(stage: Any) -> Any:
        def through(work: Work) -> Any:
            work.standing = standing(who, work.now)
            work.demand()
            return use_case(work)

        return ask(who, "door", through)

    return act


STEPS = [  # moody: a session that has ended is told so, whatever was answered before
    Step("thief", checked(THIEF, lambda work: profile.edit(work, language="en")), moody=True),
    Step("out", lambda stage: ask(OWNER, "logout", lambda work: sessions.end(WHO, STOLEN, work)), moody=True),
    Step("everywhere", checked(OWNER, lambda work: sessions.end_all(WHO, "everywhere", work)), moody=True),
]


def audit(shop: Any, final: bool) -> list[str]:
    """Nothing of the account changes in the thief's favour once its session was ended."""
    found, ended = [], False
    for written in shop.cloud.engine.log:
        old, new = written.old or {}, written.new or {}
        if old.get("r", {}).get("S") == session_part(STOLEN) and not new:
            ended = True
        if new.get("r", {}).get("S") == ACCOUNT:
            if ended and old.get("l") != new.get("l"):
                found.append("S38: a session that was ended acted")
            ended = ended or new["v"]["N"] != "1"
    return found


def reached(shop: Any) -> list[str]:
    rows = shop.cloud.engine.rows(Account.Meta.table_name)
    return [] if any(row.get("l") == {"S": "en"} for row in rows) else ["nobody acted"]


SCENARIOS = [
    Scenario(
        "identity.session", build, STEPS, audit, rows=("S38",),
        races=[["thief", "out"], ["thief", "everywhere"], ["everywhere", "out"]], triples=[["thief", "out", "everywhere"]],
        reaches=reached,
    ),
]  # fmt: skip
