"""Sessions, to the second: a refresh token works once, a lost answer is given again, anything else ends the session."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

import jwt
import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.permits import permits
from chalicelib.records.identity.access.rules import SessionEnded, TokenInvalid
from chalicelib.records.identity.access.service import sessions, tokens
from chalicelib.records.identity.access.steps.sessions import end_sessions
from chalicelib.records.identity.accounts.rules import StaleAccount
from chalicelib.records.identity.accounts.service import presence
from chalicelib.records.identity.model import ACCOUNT, Account, Session, session_part
from chalicelib.runtime import keys, settings, table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.standing import Demand, Standing
from chalicelib.runtime.table import Key
from tests.runtime.signed_in import (
    BUYER,
    KEEPER,
    OTHER,
    SECRETS,
    account,
    change,
    did,
    facts,
    joined,
    session,
    signed_in,
    work,
    write,
)
from tests.support.world import secrets

DAY = 86_400


@pytest.fixture(autouse=True)
def shop(ground):
    settings.use_secrets(SECRETS)
    presence.forget()
    yield ground
    presence.forget()


def claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def at(ground) -> int:
    return int(ground.stage.at.timestamp())


def who(ground, token: str) -> Caller:
    return tokens.identify(token, ground.stage.at)


def digest(token: str) -> str:
    return hashlib.sha256(base64.urlsafe_b64decode(token.split(".")[2] + "=")).hexdigest()


def ended(token: str, **more) -> None:
    with pytest.raises(SessionEnded):
        sessions.refresh(token, work(**more))


def refused(*steps) -> list[type]:
    with pytest.raises(CommitRejected) as told:
        write(*steps)
    return [type(reason) for reason in told.value.reasons]


# ---- beginning ------------------------------------------------------------------------------------------------------
def test_a_guest_is_a_name_and_a_token_of_ninety_days_and_nothing_is_kept(ground):
    told = sessions.guest(work())
    assert is_id(told.account, "G")
    assert (told.roles, told.refresh, told.seconds) == (["guest"], "", 90 * DAY)
    guest = Caller(told.account, "guest", permits(["guest"]))
    assert who(ground, told.access) == guest
    ground.stage.advance(seconds=90 * DAY - 1)
    assert who(ground, told.access) == guest
    ground.stage.advance(seconds=1)
    with pytest.raises(TokenInvalid):
        who(ground, told.access)
    assert ground.calls == []


def test_a_session_that_begins_is_written_whole(ground):
    made = work(terminal="mini")
    told = sessions.begin(BUYER, ["customer"], 4, made)
    steps = list(made._steps)
    made.commit()
    assert re.fullmatch(r"[0-9A-Z]{27}\.[0-9A-Z]{27}\.[0-9A-Za-z_-]{43}", told.refresh)
    assert "fsh" not in claims(told.access)
    owner, name, secret = told.refresh.split(".")
    assert (owner, is_id(name, "L"), len(base64.urlsafe_b64decode(secret + "="))) == (BUYER, True, 32)
    now = str(at(ground))
    assert ground.raw(Session) == [
        {
            "k": {"S": BUYER},
            "r": {"S": f"session#{name}"},
            "c": {"S": digest(told.refresh)},
            "v": {"N": "4"},
            "b": {"N": now},
            "t": {"N": now},
            "e": {"N": str(at(ground) + 30 * DAY)},
            "f": {"N": "0"},
            "m": {"S": "mini"},
        }
    ]
    assert (told.account, told.roles, told.seconds) == (BUYER, ["customer"], 600)
    assert who(ground, told.access) == Caller(BUYER, "customer", permits(["customer"]), name, 4, False)
    assert refused(*steps) == [StaleAccount]


def test_who_showed_a_second_factor_begins_with_it(ground):
    made = work()
    told = sessions.begin(BUYER, ["customer"], 4, made, proven=True)
    made.commit()
    assert who(ground, told.access).fresh
    assert int(session(told.refresh.split(".")[1]).fresh_at) == at(ground)


def test_a_session_lives_as_long_as_the_shop_says(ground, monkeypatch):
    monkeypatch.setenv("SESSION_DAYS", "2")
    joined()
    name, told = signed_in()
    assert int(session(name).ends_at) == at(ground) + 2 * DAY
    ground.stage.advance(days=1)
    sessions.refresh(told.refresh, work())
    assert int(session(name).ends_at) == at(ground) + 2 * DAY


def test_two_sessions_have_secrets_of_their_own(ground):
    joined()
    assert len({signed_in()[1].refresh for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("owner", "way", "before", "noted"),
    [
        (BUYER, "password", 3599, False),
        (BUYER, "password", 3600, True),
        (BUYER, "refresh", 3600, True),
        (BUYER, "code", 0, False),
        (KEEPER, "password", 0, True),
        (KEEPER, "refresh", 3599, False),
        (KEEPER, "refresh", 3600, True),
    ],
)
def test_that_somebody_came_is_told_once_an_hour_and_of_staff_each_time(ground, owner, way, before, noted):
    made = work(owner)
    told = sessions.note_visit(Account(owner, ACCOUNT, seen_at=at(ground) - before, awaited=1), way, made)
    made.commit()
    assert told == ({"seen_at": at(ground)} if noted else {})
    assert facts(ground) == ([("user.logged_in", {"user_id": owner, "way": way})] if noted else [])


def test_who_was_never_seen_is_seen_now(ground):
    assert sessions.note_visit(Account(BUYER, ACCOUNT, awaited=1), "code", work()) == {"seen_at": at(ground)}
    assert sessions.note_visit(Account(KEEPER, ACCOUNT), "code", work()) == {"seen_at": at(ground)}


def test_a_customer_whom_nobody_awaits_is_told_of_once(ground):
    made = work(BUYER)
    assert sessions.note_visit(Account(BUYER, ACCOUNT), "code", made) == {"seen_at": at(ground), "awaited": 1}
    made.commit()
    assert ("user.awaited", {"user_id": BUYER}) in facts(ground)


# ---- new tokens for old ---------------------------------------------------------------------------------------------
def test_a_refresh_changes_the_token_and_prolongs_the_session(ground):
    joined(roles="customer", seen_at=at(ground))
    name, first = signed_in(proven=True)
    shown = at(ground)
    ground.stage.advance(minutes=5)
    ground.calls.clear()
    second = sessions.refresh(first.refresh, work())
    assert ground.ops == ["BatchGetItem", "TransactWriteItems"]
    assert all(wish["ConsistentRead"] for wish in ground.bodies("BatchGetItem")[0]["RequestItems"].values())
    row = session(name)
    assert (row.current, row.previous) == (digest(second.refresh), digest(first.refresh))
    assert (row.rotated_at, row.ends_at, row.begun_at) == (at(ground), at(ground) + 30 * DAY, shown)
    assert (second.account, second.roles, second.seconds) == (BUYER, ["customer"], 600)
    assert second.refresh != first.refresh
    assert second.refresh.split(".")[:2] == [BUYER, name]
    assert who(ground, second.access) == Caller(BUYER, "customer", permits(["customer"]), name, 3, True)
    assert facts(ground) == []
    ground.stage.advance(minutes=5, seconds=1)
    third = sessions.refresh(second.refresh, work())
    assert not who(ground, third.access).fresh, "a factor counts from when it was shown"


def test_the_next_token_cannot_be_told_without_the_shop_s_key(ground):
    joined()
    _, first = signed_in()
    saved = ground.stage.snapshot()
    mine = sessions.refresh(first.refresh, work())
    assert "fsh" not in claims(mine.access)
    secret = base64.urlsafe_b64decode(first.refresh.split(".")[2] + "=")
    derived = hmac.new(keys.index_key(), b"refresh|" + secret, hashlib.sha256).digest()
    assert mine.refresh.split(".")[2] == base64.urlsafe_b64encode(derived).decode().rstrip("=")
    ground.stage.restore(saved)
    assert sessions.refresh(first.refresh, work()).refresh == mine.refresh
    ground.stage.restore(saved)
    settings.use_secrets(secrets())
    assert sessions.refresh(first.refresh, work()).refresh != mine.refresh


def test_who_stays_signed_in_is_seen_once_an_hour(ground):
    joined(seen_at=at(ground), awaited=1)
    _, told = signed_in()
    begun, noted = at(ground), []
    for minutes in (59, 1, 59, 1):
        ground.stage.advance(minutes=minutes)
        told = sessions.refresh(told.refresh, work())
        noted.append((int(account().seen_at) - begun) // 60)
    assert noted == [0, 60, 60, 120]
    assert facts(ground) == [("user.logged_in", {"user_id": BUYER, "way": "refresh"})] * 2


@pytest.mark.parametrize("seconds", [0, 1, 10])
def test_a_lost_answer_is_given_again_for_ten_seconds(ground, seconds):
    joined(seen_at=at(ground))
    name, first = signed_in()
    ground.stage.advance(minutes=1)
    lost = sessions.refresh(first.refresh, work())
    ground.stage.advance(seconds=seconds)
    assert sessions.refresh(first.refresh, work()) == lost
    assert (session(name).current, facts(ground)) == (digest(lost.refresh), [])
    assert sessions.refresh(lost.refresh, work()).refresh != lost.refresh


def test_a_token_used_again_after_ten_seconds_ends_the_session(ground):
    joined(seen_at=at(ground))
    name, first = signed_in()
    other, _ = signed_in()
    second = sessions.refresh(first.refresh, work())
    ground.stage.advance(seconds=11)
    ended(first.refresh)
    assert session(name) is None
    assert session(other) is not None
    assert facts(ground) == [("user.sessions_ended", {"user_id": BUYER, "why": "reuse"})]
    ended(second.refresh)


def test_the_last_token_but_one_ends_the_session_at_once(ground):
    joined()
    name, first = signed_in()
    sessions.refresh(sessions.refresh(first.refresh, work()).refresh, work())
    ended(first.refresh)
    assert session(name) is None


def test_a_secret_that_never_was_ends_the_session_at_once(ground):
    """Whoever knows the names in a token, but not what it holds, is no lost answer."""
    joined()
    name, first = signed_in()
    sessions.refresh(first.refresh, work())
    made_up = ".".join([BUYER, name, base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")])
    ended(made_up)
    assert session(name) is None


def test_a_made_up_secret_ends_a_session_that_was_never_refreshed(ground):
    joined()
    name, _ = signed_in()
    ended(".".join([BUYER, name, base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")]))
    assert session(name) is None


def test_what_was_remembered_of_a_session_that_was_misused_is_forgotten(ground):
    joined()
    name, first = signed_in()
    sessions.refresh(first.refresh, work())
    tokens.present(BUYER, name, 3, ground.stage.at)
    ended(".".join([BUYER, name, base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")]))
    with pytest.raises(TokenInvalid):
        tokens.present(BUYER, name, 3, ground.stage.at)


@pytest.mark.parametrize("state", ["closed", "leaving", "forgotten"])
def test_an_account_that_is_not_active_has_no_sessions(ground, state):
    joined()
    name, first = signed_in()
    change(Account, BUYER, ACCOUNT, state=state)
    ended(first.refresh)
    assert session(name) is not None, "nothing was misused"


def test_who_is_unknown_has_no_session(ground):
    joined()
    name, first = signed_in()
    secret = first.refresh.split(".")[2]
    for unknown in (f"{OTHER}.{name}.{secret}", f"{BUYER}.L0.{secret}"):
        ended(unknown)
    write(table.delete(Account, BUYER, ACCOUNT))
    ended(first.refresh)


def test_a_session_ends_at_its_very_second(ground):
    joined()
    _, first = signed_in()
    ground.stage.advance(seconds=30 * DAY - 1)
    saved = ground.stage.snapshot()
    assert sessions.refresh(first.refresh, work())
    ground.stage.restore(saved)
    ground.stage.advance(seconds=1)
    ended(first.refresh)


def test_a_refresh_keeps_no_session_that_all_others_were_ended_with(ground):
    joined()
    name, first = signed_in()
    change(Account, BUYER, ACCOUNT, version=4)
    ended(first.refresh)
    change(Account, BUYER, ACCOUNT, keeps="L0")
    ended(first.refresh)
    change(Account, BUYER, ACCOUNT, keeps=name)
    second = sessions.refresh(first.refresh, work())
    assert who(ground, second.access).version == 4


@pytest.mark.parametrize(
    "token",
    ["", "a.b", f"{BUYER}.L1", f"{BUYER}.L1.{'A' * 43}.x", f"{BUYER}.L1.{'A' * 42}", f"{BUYER}.L1.{'A' * 44}",
     f".L1.{'A' * 43}", f"{BUYER}..{'A' * 43}", f"{BUYER}.L1.集"],
)  # fmt: skip
def test_what_is_no_refresh_token_is_not_looked_up(ground, token):
    ended(token)
    assert ground.calls == []


# ---- two at a time --------------------------------------------------------------------------------------------------
def meanwhile(act):
    def first(call, effect):
        act()
        return effect()

    return first


def test_two_refreshes_at_one_moment_are_told_the_same(ground):
    joined()
    name, first = signed_in()
    told = []
    ground.calls.clear()
    ground.script = [None, meanwhile(lambda: told.append(sessions.refresh(first.refresh, work())))]
    assert sessions.refresh(first.refresh, work()) == told[0]
    assert session(name).current == digest(told[0].refresh)
    assert ground.bodies("GetItem")[0]["ConsistentRead"] is True


def test_who_comes_too_late_after_a_thief_ends_the_session(ground):
    joined()
    name, first = signed_in()

    def thief():
        sessions.refresh(sessions.refresh(first.refresh, work()).refresh, work())

    ground.script = [None, meanwhile(thief)]
    ended(first.refresh)
    assert session(name) is None
    assert ("user.sessions_ended", {"user_id": BUYER, "why": "reuse"}) in facts(ground)


def test_a_session_that_was_left_meanwhile_has_ended(ground):
    joined()
    name, first = signed_in()
    ground.script = [None, meanwhile(lambda: did(sessions.end, BUYER, name, work()))]
    ended(first.refresh)


def test_an_account_that_changed_meanwhile_is_told_so_and_the_token_still_works(ground):
    joined(seen_at=at(ground) - 7200, awaited=1)
    name, first = signed_in()
    ground.script = [None, meanwhile(lambda: change(Account, BUYER, ACCOUNT, key=b"another"))]
    with pytest.raises(CommitRejected) as told:
        sessions.refresh(first.refresh, work())
    assert [type(reason) for reason in told.value.reasons] == [StaleAccount]
    assert session(name).current == digest(first.refresh)
    assert sessions.refresh(first.refresh, work())


# ---- ending ---------------------------------------------------------------------------------------------------------
def test_signing_out_ends_this_session_and_an_ended_one_stays_ended(ground):
    joined()
    name, first = signed_in()
    other, _ = signed_in()
    tokens.present(BUYER, name, 3, ground.stage.at)
    did(sessions.end, BUYER, name, work())
    assert (session(name), session(other) is not None) == (None, True)
    with pytest.raises(TokenInvalid):
        tokens.present(BUYER, name, 3, ground.stage.at)
    did(sessions.end, BUYER, name, work())
    ended(first.refresh)
    assert facts(ground) == []


def test_who_has_no_session_signs_out_of_nothing(ground):
    did(sessions.end, BUYER, "", work())
    assert ground.calls == []


def test_that_one_of_the_shop_s_own_signed_out_is_told(ground):
    joined(KEEPER, roles="operator")
    name, _ = signed_in(KEEPER)
    did(sessions.end, KEEPER, name, work(KEEPER))
    assert session(name, KEEPER) is None
    assert facts(ground) == [("staff.signed_out", {"user_id": KEEPER})]


def test_signing_out_everywhere_is_one_number_and_keeps_nothing(ground):
    joined(keeps="L0")
    name, first = signed_in()
    tokens.present(BUYER, name, 3, ground.stage.at)
    did(sessions.end_all, BUYER, "everywhere", work())
    assert (account().version, account().keeps) == (4, None)
    assert facts(ground) == [("user.sessions_ended", {"user_id": BUYER, "why": "everywhere"})]
    with pytest.raises(TokenInvalid):
        tokens.present(BUYER, name, 3, ground.stage.at)
    ended(first.refresh)


def test_only_a_session_that_stands_signs_out_everywhere(ground):
    joined()
    gone = SessionEnded()
    made = work()
    made.standing = Standing(gone, lambda: [another_s()], lambda: None)
    with pytest.raises(SessionEnded):
        did(sessions.end_all, BUYER, "everywhere", made)
    assert account().version == 3


def another_s():
    return Demand(Key(Session, BUYER, session_part("L9")), Session.ends_at > 0, lambda row: row is not None)


@pytest.mark.parametrize("state", ["leaving", "closed"])
def test_an_account_that_is_not_active_is_left_alone(ground, state):
    joined(state=state)
    assert refused(end_sessions(BUYER)) == [StaleAccount]


# ---- a second factor ------------------------------------------------------------------------------------------------
def test_a_second_factor_is_noted_in_the_session_and_its_token_says_so(ground):
    joined()
    name, _ = signed_in()
    ground.stage.advance(minutes=20)
    told = did(sessions.prove, account(), name, work())
    assert int(session(name).fresh_at) == at(ground)
    assert (told.account, told.roles, told.refresh, told.seconds) == (BUYER, ["customer"], "", 600)
    assert who(ground, told.access) == Caller(BUYER, "customer", permits(["customer"]), name, 3, True)


def unproven(name: str) -> list[type]:
    with pytest.raises(CommitRejected) as told:
        did(sessions.prove, account(), name, work())
    return [type(reason) for reason in told.value.reasons]


def test_a_second_factor_opens_no_session_that_has_ended(ground):
    """One that is past its time but still there, one at its very second, and one that is gone."""
    joined()
    name, _ = signed_in()
    ground.stage.advance(seconds=30 * DAY - 1)
    did(sessions.prove, account(), name, work())
    ground.stage.advance(seconds=1)
    assert unproven(name) == [SessionEnded]
    ground.stage.advance(seconds=1)
    assert unproven(name) == [SessionEnded]
    assert unproven("L0") == [SessionEnded]


@pytest.mark.parametrize("state", ["leaving", "closed", None])
def test_an_account_that_is_not_active_proves_nothing(ground, state):
    with pytest.raises(SessionEnded):
        sessions.prove(joined(state=state), "L1", work())


def test_a_session_of_one_s_own_is_left_on_its_very_account(ground):
    joined(OTHER)
    name, _ = signed_in(OTHER)
    did(sessions.end, BUYER, name, work())
    assert session(name, OTHER) is not None
