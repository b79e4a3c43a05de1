"""Accounts under every fault: what is done on a session that has ended leaves no trace, whoever is faster; an address goes
whole from who said that it was theirs to who has shown it; no attempt at a gate is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chalicelib.records.identity.model import ACCOUNT, CLAIM, Account, Latch, Session, session_part
from chalicelib.records.identity.service import accounts, codes, gates, profile, sessions, signing_in, standing
from chalicelib.runtime import keys
from chalicelib.runtime.caller import ANYONE, Caller
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


# ---- an address that somebody registered without a proof ------------------------------------------------------------
EMAIL, CODE = "li@example.com", "428913"


def squatted() -> Shop:
    """Somebody registered with the address; its owner has asked for a code."""
    shop = Shop(consumers={})
    shop.secrets |= keys.complete({})
    with shop.standing():
        work, to = Work(ANYONE, "setup"), codes.target(None, EMAIL)
        by = [accounts.known("email", EMAIL)]
        row = accounts.new_account("U", by, ["customer"], work)
        row.unproven, row.seen_at = "email", int(work.now.timestamp())
        opened, told = sessions.begin(row.owner, ["customer"], 1, work)
        work.add(*accounts.opening(row, by), *opened, codes._written("login", to, CODE, work))
        work.commit()
        shop.notes |= {"squatter": row.owner, "refresh": told.refresh}
    return shop


def comes(stage: Any) -> Any:
    to = codes.target(None, EMAIL)
    return ask(ANYONE, "login", lambda work: signing_in.by_code(to, CODE, None, work).account)


def asks(stage: Any) -> Any:
    """Two minutes later there is another code."""
    stage.advance(minutes=2)
    return ask(ANYONE, "codes", lambda work: _asked(work))


def _asked(work: Work) -> None:
    work.add(codes._written("login", codes.target(None, EMAIL), CODE, work))
    work.commit()


def refreshes(stage: Any) -> Any:
    return ask(ANYONE, "refresh", lambda work: sessions.refresh(stage.notes["refresh"], work).account)


def claimed(shop: Any, final: bool) -> list[str]:
    """The address leads to one account, which holds it; a squatter who lost it has neither it nor a session."""
    rows = shop.cloud.engine.rows(Account.Meta.table_name)
    leads = next(row["a"]["S"] for row in rows if row["r"]["S"] == CLAIM)
    held = {row["k"]["S"]: row for row in rows if row["r"]["S"] == ACCOUNT}
    holders = [owner for owner, row in held.items() if "e" in row]
    found = [] if holders == [leads] else [f"S16: the address leads to {leads} and is held by {holders}"]
    squatter = held[shop.notes["squatter"]]
    if leads != shop.notes["squatter"] and (squatter["v"]["N"] == "1" or "x" in squatter or squatter["i"]["S"] != "[]"):
        found.append("S16: what was said before the owner came still leads somewhere")
    return found


def came(shop: Any) -> list[str]:
    leads = [row["a"]["S"] for row in shop.cloud.engine.rows(Account.Meta.table_name) if row["r"]["S"] == CLAIM]
    return [] if leads != [shop.notes["squatter"]] else ["the owner never came"]


# ---- a gate, at which strangers from two networks knock ---------------------------------------------------------------
HERE, THERE = replace(ANYONE, ip="203.0.113.9"), replace(ANYONE, ip="198.51.100.7")


def gate() -> Shop:
    shop = Shop(consumers={})
    shop.secrets |= keys.complete({})
    return shop


def knocks(who: Caller) -> Callable[[Any], Any]:
    return lambda stage: ask(who, "login", lambda work: gates.pass_login("somebody", (), work).closed)


def counted(shop: Any, final: bool) -> list[str]:
    """Each attempt is one more than there were: of a thousand at once none is lost."""
    return [
        f"S17: {written.key} counts {written.new['n']['N']} after {(written.old or {}).get('n', {'N': '0'})['N']}"
        for written in shop.cloud.engine.log
        if written.table == Latch.Meta.table_name and written.new
        and int(written.new["n"]["N"]) != int((written.old or {}).get("n", {"N": "0"})["N"]) + 1
    ]  # fmt: skip


def knocked(shop: Any) -> list[str]:
    return [] if shop.cloud.engine.rows(Latch.Meta.table_name) else ["nobody knocked"]


SCENARIOS = [
    Scenario(
        "identity.gate", gate, [Step("here", knocks(HERE), moody=True), Step("there", knocks(THERE), moody=True)], counted,
        rows=("S17",), races=[["here", "here"], ["here", "there"]], reaches=knocked,
    ),
    Scenario(
        "identity.session", build, STEPS, audit, rows=("S38",),
        races=[["thief", "out"], ["thief", "everywhere"], ["everywhere", "out"]], triples=[["thief", "out", "everywhere"]],
        reaches=reached,
    ),
    Scenario(
        "identity.squatted", squatted,
        [Step("squatter", refreshes, moody=True), Step("owner", comes, moody=True), Step("asks", asks, moody=True),
         Step("returns", comes, moody=True)], claimed,
        rows=("S16",), races=[["owner", "owner"], ["squatter", "owner"]], reaches=came,
    ),
]  # fmt: skip
