"""Gates and codes under every fault: of attempts that come at one moment, from one network or from two, none is lost; what a
stranger tries or asks for spoils no code of its owner's; of two who say that an address is theirs neither learns of the
other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from chalicelib.records.identity.access.service import throttle, verification_codes
from chalicelib.records.identity.access.steps.codes import spend_code, write_code
from chalicelib.records.identity.model import ACCOUNT, IDENTIFIER, Account, Code, Lockout
from chalicelib.records.identity.sign_in.service import signing_in
from chalicelib.runtime import keys
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import Scenario, Step
from tests.hardening.proof.shop import Shop, ask

HERE, THERE = ANYONE._replace(ip="203.0.113.9"), ANYONE._replace(ip="198.51.100.7")


def build() -> Shop:
    shop = Shop(consumers={})
    shop.secrets |= keys.complete({})
    return shop


def knocks(who: Caller) -> Callable[[Any], Any]:
    return lambda stage: ask(who, "login", lambda work: throttle.admit_login("somebody", (), work).closed)


def audit(shop: Any, final: bool) -> list[str]:
    """Each attempt is one more than there were before it."""
    return [
        f"S17: {written.key} counts {written.new['n']['N']} after {_number(written.old)}"
        for written in shop.cloud.engine.log
        if written.table == Lockout.Meta.table_name and written.new and _number(written.new) != _number(written.old) + 1
    ]


def _number(row: Any) -> int:
    return int(row["n"]["N"]) if row else 0


def reached(shop: Any) -> list[str]:
    return [] if shop.cloud.engine.rows(Lockout.Meta.table_name) else ["nobody knocked"]


# ---- a code, while a stranger tries wrong ones and has others sent ----------------------------------------------------
PHONE, CODE = "13800138000", "428913"


def sent() -> Shop:
    """Its owner asked for a code."""
    shop = build()
    with shop.standing():
        _asked("login", CODE, HERE)
    return shop


def _asked(purpose: str, code: str, who: Caller) -> None:
    work, key = Work(who, "codes"), verification_codes._key(purpose, verification_codes.target(PHONE, None))
    work.add(write_code(key, verification_codes._digest(key, code), verification_codes._asker(work), work.now))
    work.commit()


def tries(stage: Any) -> Any:
    return [
        ask(
            THERE,
            "login",
            lambda work: verification_codes.check("login", verification_codes.target(PHONE, None), "111111", work),
        )
        for _ in range(6)
    ]


def sends(stage: Any) -> None:
    stage.advance(minutes=2)
    _asked("bind", "222222", THERE)


def enters(stage: Any) -> Any:
    def use(work: Work) -> str:
        shown = verification_codes.check("login", verification_codes.target(PHONE, None), CODE, work)
        work.add(spend_code(shown))
        return "in"

    return ask(HERE, "login", use)


def entered(shop: Any, final: bool) -> list[str]:
    """The right code lets its owner in, once."""
    if not final:
        return []
    used = [row for row in shop.cloud.engine.rows(Code.Meta.table_name) if "enter" in row["k"]["S"] and "d" not in row]
    return [] if used else ["S16: the right code was refused"]


def was_tried(shop: Any) -> list[str]:
    counts = [row for row in shop.cloud.engine.rows(Code.Meta.table_name) if row["k"]["S"].startswith("tries|")]
    return [] if counts else ["no stranger tried"]


# ---- two who say that one address is theirs ---------------------------------------------------------------------------
EMAIL = "li@example.com"


def says(password: str, who: Caller) -> Callable[[Any], Any]:
    def act(stage: Any) -> Any:
        os.environ["PERSONAL_KEY"] = "key"
        to = verification_codes.target(None, EMAIL)
        return ask(who, "register", lambda work: signing_in.register(to, "2026-01", work, password=password).account)

    return act


def told(shop: Any, final: bool) -> list[str]:
    """Both have an account, and know by nothing which of them the address leads to."""
    rows = shop.cloud.engine.rows(Account.Meta.table_name)
    leads = {row["k"]["S"]: row["a"]["S"] for row in rows if row["r"]["S"] == IDENTIFIER}
    held = {row["k"]["S"]: json.loads(row["i"]["S"]) for row in rows if row["r"]["S"] == ACCOUNT}
    lost = [owner for owner, keys in held.items() if any(leads.get(key) != owner for key in keys) or len(keys) != 1]
    found = [f"S16: nothing leads to {owner}" for owner in lost]
    if final and len(held) != 2:
        found.append(f"S16: of two who registered {len(held)} have an account")
    return found


def said(shop: Any) -> list[str]:
    return [] if shop.cloud.engine.rows(Account.Meta.table_name) else ["nobody registered"]


SCENARIOS = [
    Scenario(
        "identity.said",
        build,
        [Step("one", says("long enough 1", HERE), moody=True), Step("two", says("quite another 7", THERE), moody=True)],
        told,
        rows=("S16",),
        races=[["one", "two"]],
        reaches=said,
    ),
    Scenario(
        "identity.gate",
        build,
        [Step("here", knocks(HERE), moody=True), Step("there", knocks(THERE), moody=True)],
        audit,
        rows=("S17",),
        races=[["here", "here"], ["here", "there"]],
        reaches=reached,
    ),
    Scenario(
        "identity.code",
        sent,
        [Step("stranger", tries, moody=True), Step("sends", sends, moody=True), Step("owner", enters, moody=True)],
        entered,
        rows=("S16",),
        races=[["stranger", "owner"], ["owner", "owner"]],
        reaches=was_tried,
    ),
]
