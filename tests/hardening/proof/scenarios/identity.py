"""Accounts under every fault: what is done on a session that has ended leaves no trace, whoever is faster; an address goes
whole from who said that it was theirs to who has shown it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import Any

from chalicelib.kernel.clock import instant
from chalicelib.processes.privacy.service import resealing
from chalicelib.records.identity.access.service import sessions, standing, verification_codes
from chalicelib.records.identity.access.steps.codes import write_code
from chalicelib.records.identity.accounts.service import accounts, addresses, key_rotation
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.identity.events import StaffLookedTooOften, UserDataDisclosed, UserResealDue
from chalicelib.records.identity.model import ACCOUNT, IDENTIFIER, Account, Address, Session, packed, session_part
from chalicelib.records.identity.self.service import deletion, profile
from chalicelib.records.identity.sign_in.service import signing_in
from chalicelib.records.identity.staff.service import disclosures
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.model import Order
from chalicelib.runtime import keys, vault
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import insert
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import Consumer
from tests.hardening.proof.scenario import START, Scenario, Step
from tests.hardening.proof.shop import Shop, ask, with_bytes
from tests.support import people

PLACED = "O01KJPB7WG0000000000000001A"
WHO, STOLEN, OWN = "U01KJPB7WG0000000000000000A", "L01KJPB7WG0000000000000000A", "L01KJPB7WG0000000000000000B"
THIEF, OWNER = Caller(WHO, "customer", session=STOLEN, version=1), Caller(WHO, "customer", session=OWN, version=1)


def build() -> Shop:
    shop = Shop(consumers={})
    with shop.standing():
        work = Work(OWNER, "setup")
        work.add(
            insert(Account(WHO, ACCOUNT, state="active", version=1, key=b"wrapped", roles="customer", identifiers="[]"))
        )
        ends = int(START.timestamp()) + 86_400
        work.add(*(insert(Session(WHO, session_part(one), version=1, ends_at=ends)) for one in (STOLEN, OWN)))
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
        work = Work(ANYONE, "setup")
        by = [accounts.identifier("email", EMAIL)]
        row = accounts.new_account("U", by, ["customer"], work)
        row.unproven, row.seen_at = "email", int(work.now.timestamp())
        told = sessions.begin(row.owner, ["customer"], 1, work)
        work.add(*open_account(row, by))
        _asked(work)
        work.commit()
        shop.notes |= {"squatter": row.owner, "refresh": told.refresh}
    return shop


def comes(stage: Any) -> Any:
    to = verification_codes.target(None, EMAIL)
    return ask(ANYONE, "login", lambda work: signing_in.by_code(to, CODE, None, work).account)


def asks(stage: Any) -> Any:
    """Two minutes later there is another code."""
    stage.advance(minutes=2)
    return ask(ANYONE, "codes", lambda work: _asked(work))


def _asked(work: Work) -> None:
    key = verification_codes._key("login", verification_codes.target(None, EMAIL))
    work.add(write_code(key, verification_codes._digest(key, CODE), verification_codes._asker(work), work.now))


def refreshes(stage: Any) -> Any:
    return ask(ANYONE, "refresh", lambda work: sessions.refresh(stage.notes["refresh"], work).account)


def claimed(shop: Any, final: bool) -> list[str]:
    """The address leads to one account, which holds it; a squatter who lost it has neither it nor a session."""
    rows = shop.cloud.engine.rows(Account.Meta.table_name)
    leads = next(row["a"]["S"] for row in rows if row["r"]["S"] == IDENTIFIER)
    held = {row["k"]["S"]: row for row in rows if row["r"]["S"] == ACCOUNT}
    holders = [owner for owner, row in held.items() if "e" in row]
    found = [] if holders == [leads] else [f"S16: the address leads to {leads} and is held by {holders}"]
    squatter = held[shop.notes["squatter"]]
    if leads != shop.notes["squatter"] and (squatter["v"]["N"] == "1" or "x" in squatter or squatter["i"]["S"] != "[]"):
        found.append("S16: what was said before the owner came still leads somewhere")
    return found


def came(shop: Any) -> list[str]:
    leads = [row["a"]["S"] for row in shop.cloud.engine.rows(Account.Meta.table_name) if row["r"]["S"] == IDENTIFIER]
    return [] if leads != [shop.notes["squatter"]] else ["the owner never came"]


# ---- a new data key, in stretches -----------------------------------------------------------------------------------
ADMIN = Caller("A01KJPB7WG0000000000000000A", "admin")
TEXT = packed(["李", "13800138000", "310115", "上海市", "上海市", "浦东新区", "路 1 号", ""])
stretches = Consumer("stretches", __name__, batch=1, window=0, concurrency=None)


@stretches.on(UserResealDue)
def reseal(fact: UserResealDue, work: Work) -> None:
    """As the shop's worker does, in shorter stretches."""
    resealing.reseal(fact, work, 2)


def sealed() -> Shop:
    """A person with addresses under their key, old ones and new."""
    shop = Shop(consumers={"stretches": stretches})
    shop.secrets |= keys.complete({})
    vault.forget()
    with shop.standing():
        os.environ["PERSONAL_KEY"] = "key"
        made = shop.cloud.data_key({"KeyId": "key", "EncryptionContext": {"owner": WHO}})
        key, work = base64.b64decode(made["CiphertextBlob"]), Work(OWNER, "setup")
        vault._remember(WHO, key, base64.b64decode(made["Plaintext"]))
        row = Account(WHO, ACCOUNT, state="active", version=1, key=key, roles="customer", identifiers="[]")
        row.name = accounts.sealed(row, "name", "李")
        rows = [Address(WHO, f"address#{one}", region="310115", made_at=instant(1)) for one in ("D1", "D2", "D3")]
        for one in rows:
            one.sealed = vault.seal(WHO, key, TEXT, f"people|{WHO}|address|{one.part[-2:]}")
        work.add(insert(row), *map(insert, rows))
        work.commit()
    vault.forget()  # whoever comes is another process, which has to ask for the key
    return shop


def ordered() -> Shop:
    """And with an order that has a remark."""
    shop = sealed()
    with shop.standing():
        os.environ["PERSONAL_KEY"] = "key"
        work = Work(OWNER, "setup")
        said = orders.seal_remark(PLACED, "门口", WHO, accounts.keys_of(WHO))
        work.add(insert(Order(PLACED, customer=WHO, own_remark=said.own)))
        work.commit()
    vault.forget()
    return shop


def renews(stage: Any) -> Any:
    os.environ["PERSONAL_KEY"] = "key"
    return ask(ADMIN, "data-key", lambda work: key_rotation.rotate(WHO, work))


def writes(stage: Any) -> Any:
    os.environ["PERSONAL_KEY"] = "key"
    vault.forget()  # the owner's request runs in a process of its own
    place = addresses.Place("李", "13800138000", "310115", "上海市", "上海市", "浦东新区", "路 2 号")
    return ask(OWNER, "addresses", lambda work: list(addresses.add(place, False, work)))


def forgets(stage: Any) -> None:
    row = accounts.once(WHO)
    if row.state == "active":
        work = Work(ADMIN, "closing")
        accounts.change(row, {"state": "closed"}, work)
        work.commit()
    deletion.erase(WHO, frozenset(), Work(ADMIN, "erasing"))


def carries(stage: Any) -> None:
    os.environ["PERSONAL_KEY"] = "key"
    stage.settle()


def whole(stage: Any) -> None:
    """A new key from its beginning to its end."""
    renews(stage)
    carries(stage)


def legible(shop: Any, final: bool) -> list[str]:
    """Every address and remark opens under a key that its owner still has; in the end under one, and nothing of the
    forgotten."""
    os.environ["PERSONAL_KEY"] = "key"
    rows = [with_bytes(row) for row in shop.cloud.engine.rows(Account.Meta.table_name)]
    account = Account.from_raw_data(next(row for row in rows if row["r"]["S"] == ACCOUNT))
    held = [Address.from_raw_data(row) for row in rows if row["r"]["S"].startswith("address#")]
    if account.state == "erased":
        return ["S38: a key of who was forgotten is still there"] if accounts.keyring(account) else []
    found = []
    for row in held:
        if not any(people.opens(row, key) for key in accounts.keyring(account)):
            found.append(f"S38: {row.part} opens under no key of its owner")
    try:
        (placed,) = shop.cloud.engine.rows(Order.Meta.table_name)
        orders.own_remark(Order.from_raw_data(with_bytes(placed)), accounts.keyring(account))
    except SealedDataUnreadable:
        found.append("S38: the remark opens under no key of its owner")
    if final and account.former is not None:
        found.append("S38: the former key was never given up")
    return found


def renewed(shop: Any) -> list[str]:
    rows = shop.cloud.engine.rows(Account.Meta.table_name)
    return [] if any("wn" in row for row in rows) else ["no new key was made"]


# ---- looking at people's data ---------------------------------------------------------------------------------------
CLERK = Caller("A01KJPB7WG0000000000000000B", "support")


def open_desk() -> Shop:
    return Shop(consumers={})


def looks(person: str) -> Callable[[Any], Any]:
    def act(stage: Any) -> Any:
        os.environ[disclosures.A_DAY] = "2"
        return ask(CLERK, "disclosures", lambda work: disclosures.tell(person, "complaint", "O", work))

    return act


def counted(shop: Any, final: bool) -> list[str]:
    """However they come, nobody looks at more than two a day."""
    looked = sum((row.facts or "").count(UserDataDisclosed.wire) for row in shop.rows(Journal))
    return [f"S38: somebody looked at {looked} people"] if looked > 2 else []


def looked_too_often(shop: Any) -> list[str]:
    told = any(StaffLookedTooOften.wire in (row.facts or "") for row in shop.rows(Journal))
    return [] if told else ["nobody looked too often"]


SCENARIOS = [
    Scenario(
        "identity.session", build, STEPS, audit, rows=("S38",),
        races=[["thief", "out"], ["thief", "everywhere"], ["everywhere", "out"]], triples=[["thief", "out", "everywhere"]],
        reaches=reached,
    ),
    Scenario(
        "identity.disclosed", open_desk, [Step(f"look {one}", looks(f"U{one}"), moody=True) for one in "abc"], counted,
        rows=("S38",), races=[["look b", "look c"]], triples=[["look a", "look b", "look c"]], reaches=looked_too_often,
        refuses={"look c": "DISCLOSED_TOO_OFTEN"},
    ),
    Scenario(
        "identity.rekeyed", ordered,
        [Step("renew", renews, moody=True), Step("write", writes, moody=True), Step("carry", carries),
         Step("renew again", renews, moody=True)], legible,
        settle=carries, rows=("S38",), races=[["renew", "write"], ["carry", "write"], ["carry", "renew again"]],
        reaches=renewed,
    ),
    Scenario(
        "identity.rekeyed and forgotten", ordered,
        [Step("renew", renews, moody=True), Step("forget", forgets, moody=True)], legible,
        settle=carries, rows=("S38",), races=[["renew", "forget"]], reaches=renewed,
    ),
    Scenario(
        "identity.rekeyed at once", ordered, [Step("whole", whole, moody=True), Step("write", writes, moody=True)], legible,
        settle=carries, rows=("S38",), races=[["whole", "write"]], reaches=renewed,
    ),
    Scenario(
        "identity.squatted", squatted,
        [Step("squatter", refreshes, moody=True), Step("owner", comes, moody=True), Step("asks", asks, moody=True),
         Step("returns", comes, moody=True)], claimed,
        rows=("S16",), races=[["owner", "owner"], ["squatter", "owner"]], reaches=came,
    ),
]  # fmt: skip
