"""Access tokens, claim by claim: what one says, what makes it ours, and how long what was found of its account counts."""

from __future__ import annotations

import base64
import json

import jwt
import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.permits import ROLES, permits
from chalicelib.records.identity.access.rules import SessionEnded, TokenInvalid
from chalicelib.records.identity.access.service import standing, tokens
from chalicelib.records.identity.accounts.service import presence
from chalicelib.records.identity.model import ACCOUNT, Account, Session, session_part
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.runtime import keys, settings, table
from chalicelib.runtime.caller import Caller
from tests.runtime.signed_in import BUYER, KEEPER, OTHER, SECRETS, change, joined, session, signed_in, write
from tests.support.world import secrets

KEY = SECRETS["keys"]["jwt"]["t1"]


@pytest.fixture(autouse=True)
def shop(ground):
    settings.use_secrets(SECRETS)
    forget()
    yield ground
    forget()


def forget() -> None:
    presence.forget()
    tokens.forget_signatures()


def at(ground) -> int:
    return int(ground.stage.at.timestamp())


def claims(ground, **other):
    now = at(ground)
    told = {
        "iss": "jishi", "aud": "jishi-api", "sub": BUYER, "role": "customer", "ver": 3, "sid": "L1", "iat": now, "nbf": now,
        "exp": now + 600, **other,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def signed(told, key=KEY, kid="t1", algorithm="EdDSA"):
    return jwt.encode(told, key, algorithm=algorithm, headers={} if kid is None else {"kid": kid})


def who(ground, token):
    return tokens.identify(token, ground.stage.at)


def invalid(ground, token):
    with pytest.raises(TokenInvalid):
        who(ground, token)


# ---- given ----------------------------------------------------------------------------------------------------------
def test_a_token_says_who_as_what_in_which_session_and_for_how_long(ground):
    token = tokens.issue(BUYER, ["customer", "guest"], ground.stage.at, session="L1", version=3)
    assert jwt.decode(token, options={"verify_signature": False}) == claims(ground, role="customer guest")
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": "t1", "typ": "JWT"}
    shown = tokens.issue(BUYER, [], ground.stage.at, fresh_at=7, seconds=9)
    assert jwt.decode(shown, options={"verify_signature": False}) == claims(
        ground, role="", ver=0, sid="", exp=at(ground) + 9, fsh=7
    )
    assert tokens.issue(BUYER, [], ground.stage.at, fresh_at=7, seconds=9) == shown


def test_the_newest_key_signs_and_the_former_one_still_counts(ground):
    before = tokens.issue(BUYER, ["customer"], ground.stage.at)
    settings.use_secrets(keys.rotated(SECRETS))
    after = tokens.issue(BUYER, ["customer"], ground.stage.at)
    assert jwt.get_unverified_header(after)["kid"] == "t2"
    assert who(ground, before) == who(ground, after)


# ---- read -----------------------------------------------------------------------------------------------------------
def test_a_customer_is_known_by_the_token_alone(ground):
    told = who(ground, signed(claims(ground)))
    assert told == Caller(BUYER, "customer", permits(["customer"]), "L1", 3, False)
    assert ground.calls == []


@pytest.mark.parametrize(
    ("seconds", "good"), [(-6, False), (-5, True), (0, True), (599, True), (600, False), (9999, False)]
)
def test_a_token_counts_from_five_seconds_before_it_was_given_to_its_end(ground, seconds, good):
    token = signed(claims(ground))
    ground.stage.advance(seconds=seconds)
    if good:
        assert who(ground, token).id == BUYER
    else:
        invalid(ground, token)


@pytest.mark.parametrize("year", [2020, 2100])
def test_the_time_is_the_shop_s_and_not_the_machine_s(ground, year):
    ground.stage.at = ground.stage.at.replace(year=year)
    assert who(ground, signed(claims(ground))).id == BUYER


@pytest.mark.parametrize(("shown", "fresh"), [(0, True), (-600, True), (-601, False), (1, False), (None, False)])
def test_a_second_factor_counts_for_ten_minutes_and_none_that_is_still_to_come(ground, shown, fresh):
    told = claims(ground) if shown is None else claims(ground, fsh=at(ground) + shown)
    assert who(ground, signed(told)).fresh is fresh


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "role", "ver", "sid", "iat", "nbf", "exp"])
def test_a_token_that_leaves_something_out_is_none(ground, name):
    invalid(ground, signed(claims(ground, **{name: None})))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "elsewhere"), ("aud", "elsewhere"), ("aud", []), ("sub", ""), ("sub", 7), ("role", "owner"),
        ("role", "customer owner"), ("role", ["customer"]), ("sid", 7), ("ver", "3"), ("ver", 3.0), ("ver", True),
        ("iat", 1.5), ("nbf", 1.5), ("exp", 9e9), ("fsh", "now"), ("fsh", 1.5), ("fsh", True),
    ],
)  # fmt: skip
def test_a_token_of_ours_that_says_something_odd_is_none(ground, name, value):
    told = json.dumps(claims(ground, **{name: value})).encode()
    invalid(ground, jwt.api_jws.PyJWS().encode(told, KEY, algorithm="EdDSA", headers={"kid": "t1"}))


@pytest.mark.parametrize("token", ["", "x", "x.y.z", "a.b", "\ud800", "集.集.集", "." * 9])
def test_what_is_no_token_is_none(ground, token):
    invalid(ground, token)


def test_only_a_key_of_ours_under_its_own_name_signs(ground):
    theirs = secrets()["keys"]["jwt"]["t1"]
    invalid(ground, signed(claims(ground), key=theirs))
    for kid in ("t9", None, ""):
        invalid(ground, signed(claims(ground), kid=kid))
    invalid(ground, signed(claims(ground), key="a secret that is long enough for the algorithm", algorithm="HS256"))
    invalid(ground, signed(claims(ground), key=None, algorithm="none"))


def test_a_name_of_a_key_that_is_no_text_is_none(ground):
    for kid in (7, ["t1"], {"t1": 1}, None):
        with pytest.raises(TokenInvalid):
            tokens._verify(with_kid(claims(ground), kid))


def with_kid(told, kid):
    """PyJWT itself makes no such token."""

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'EdDSA', 'typ': 'JWT', 'kid': kid})}.{part(told)}.{'A' * 86}"


def test_another_shop_s_token_is_none_although_it_was_read_there(ground, monkeypatch):
    token = signed(claims(ground))
    assert who(ground, token)
    monkeypatch.setenv("TOKEN_ISSUER", "another")
    invalid(ground, token)
    assert who(ground, signed(claims(ground, iss="another")))
    assert jwt.decode(tokens.issue(BUYER, [], ground.stage.at), options={"verify_signature": False})["iss"] == "another"


# ---- a signature is checked once ------------------------------------------------------------------------------------
@pytest.fixture
def checked(monkeypatch):
    seen, genuine = [], jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda token, *a, **k: (seen.append(token), genuine(token, *a, **k))[1])
    return seen


def test_a_signature_is_checked_once_while_its_key_is_ours(ground, checked):
    token, other = signed(claims(ground)), signed(claims(ground, sid="L2"))
    assert [who(ground, one).session for one in (token, other, token)] == ["L1", "L2", "L1"]
    assert checked == [token, other]
    tokens.forget_signatures()
    assert who(ground, token)
    assert checked == [token, other, token]


def test_a_token_whose_key_was_dropped_or_exchanged_is_none(ground):
    token = signed(claims(ground))
    assert who(ground, token)
    for jwts in ({"t2": KEY}, {"t1": secrets()["keys"]["jwt"]["t1"]}):
        settings.use_secrets({**SECRETS, "keys": {**SECRETS["keys"], "jwt": jwts}})
        invalid(ground, token)
    settings.use_secrets(SECRETS)
    assert who(ground, token)


# ---- the shop's own -------------------------------------------------------------------------------------------------
def test_what_staff_may_do_is_looked_up_and_not_believed(ground):
    joined(KEEPER, roles="operator support")
    name, told = signed_in(KEEPER)
    change(Account, KEEPER, ACCOUNT, roles="finance")
    ground.calls.clear()
    now = who(ground, told.access)
    assert now == Caller(KEEPER, "finance", permits(["finance"]), name, 3, False)
    change(Account, KEEPER, ACCOUNT, roles="operator admin")
    presence.forget()
    both = who(ground, signed(claims(ground, sub=KEEPER, sid=name, role=" ".join(ROLES))))
    assert (both.role, both.permits) == ("operator admin", permits(["operator", "admin"]))
    assert ground.ops[0] == "BatchGetItem"
    assert all(wish["ConsistentRead"] for wish in ground.bodies("BatchGetItem")[0]["RequestItems"].values())


@pytest.mark.parametrize("role", ["operator", "support", "finance", "admin"])
def test_a_customer_who_calls_themselves_staff_is_looked_up(ground, role):
    joined()
    name, _ = signed_in()
    assert who(ground, signed(claims(ground, role=f"customer {role}", sid=name))).role == "customer"
    invalid(ground, signed(claims(ground, role=role)))


def test_one_of_the_shop_s_own_is_looked_up_whatever_role_the_token_says(ground):
    joined(KEEPER, roles="")
    name, _ = signed_in(KEEPER)
    assert who(ground, signed(claims(ground, sub=KEEPER, sid=name))).role == ""
    invalid(ground, signed(claims(ground, sub=KEEPER, sid="L0")))


def test_a_guest_s_token_is_a_guest_s(ground):
    guest = signed(claims(ground, sub="G1", role="guest"))
    assert tokens.guest_of(guest, ground.stage.at) == "G1"
    for other in (signed(claims(ground)), signed(claims(ground, role="guest customer")), "x"):
        with pytest.raises(TokenInvalid):
            tokens.guest_of(other, ground.stage.at)


# ---- as of ten seconds ago ------------------------------------------------------------------------------------------
def present(ground, name, version=3, owner=BUYER):
    return tokens.present(owner, name, version, ground.stage.at)


def absent(ground, name, version=3, owner=BUYER):
    with pytest.raises(TokenInvalid):
        present(ground, name, version, owner)


def test_what_was_found_counts_for_less_than_ten_seconds(ground):
    joined()
    name, _ = signed_in()
    other, _ = signed_in()
    ground.calls.clear()
    assert present(ground, name) == ["customer"]
    change(Account, BUYER, ACCOUNT, roles="operator")
    ground.calls.clear()
    ground.stage.advance(seconds=9.999)
    assert present(ground, name) == ["customer"]
    assert ground.ops == []
    assert present(ground, other) == ["operator"], "each session is looked up by itself"
    ground.stage.advance(seconds=0.001)
    assert present(ground, name) == ["operator"]
    assert ground.ops == ["BatchGetItem"] * 2
    ground.stage.advance(seconds=-1)
    present(ground, name)
    assert len(ground.ops) == 3, "what was found later than now is not believed"


def test_what_was_found_is_forgotten_at_once_when_told(ground):
    joined()
    name, _ = signed_in()
    present(ground, name)
    change(Account, BUYER, ACCOUNT, state="closed")
    assert present(ground, name) == ["customer"]
    presence.forget()
    absent(ground, name)


@pytest.mark.parametrize("state", ["closed", "leaving", None])
def test_an_account_that_is_not_active_is_not_present(ground, state):
    joined()
    name, _ = signed_in()
    change(Account, BUYER, ACCOUNT, state=state)
    absent(ground, name)


def test_who_is_unknown_or_has_no_such_session_is_not_present(ground):
    joined()
    joined(OTHER)
    name, _ = signed_in()
    absent(ground, name, owner=OTHER)
    absent(ground, "L0")
    absent(ground, name, owner=KEEPER)


def test_a_session_is_present_until_the_very_second_it_ends(ground):
    joined()
    name, _ = signed_in()
    change(Session, BUYER, session_part(name), ends_at=at(ground) + 60)
    ground.stage.advance(seconds=59)
    assert present(ground, name)
    presence.forget()
    ground.stage.advance(seconds=1)
    absent(ground, name)


def test_a_token_given_before_all_sessions_were_ended_is_no_more_but_of_the_one_kept(ground):
    joined()
    name, _ = signed_in()
    absent(ground, name, version=2)
    presence.forget()
    absent(ground, name, version=4)
    change(Account, BUYER, ACCOUNT, keeps="L0")
    presence.forget()
    absent(ground, name, version=2)
    change(Account, BUYER, ACCOUNT, keeps=name)
    presence.forget()
    assert present(ground, name, version=2) == ["customer"]
    assert present(ground, name) == ["customer"]


def test_a_token_that_is_newer_than_what_was_found_is_looked_up(ground):
    joined()
    name, _ = signed_in()
    present(ground, name)
    change(Account, BUYER, ACCOUNT, version=4)
    assert present(ground, name) == ["customer"], "as of a few seconds ago"
    assert present(ground, name, version=4) == ["customer"]
    ground.calls.clear()
    absent(ground, name)
    assert ground.calls == []


# ---- standing: what a door demands ----------------------------------------------------------------------------------
def caller(name, version=3):
    return Caller(BUYER, "customer", session=name, version=version)


def stands(ground, name, version=3):
    """By the transaction, and by a fresh look: both say the same."""
    one = standing(caller(name, version), ground.stage.at)
    fresh = ground.stage.entropy(4).hex()
    sent, looked = refusals(lambda: write(*one.within(stock_steps.receive(fresh, 1)))), refusals(one.look)
    assert sent == looked
    assert sent in ([], [one.ended])
    return not sent


def refusals(act):
    try:
        act()
    except CommitRejected as refused:
        return sorted(set(refused.reasons), key=repr)
    except SessionEnded as ended:
        return [ended]
    return []


def test_a_session_stands_while_it_and_its_account_do(ground):
    joined()
    name, _ = signed_in()
    assert stands(ground, name)
    assert not stands(ground, "L0")
    assert not stands(ground, name, version=2)
    assert not stands(ground, name, version=4)
    change(Account, BUYER, ACCOUNT, version=4, keeps="L0")
    assert not stands(ground, name)
    change(Account, BUYER, ACCOUNT, keeps=name)
    assert stands(ground, name)
    change(Account, BUYER, ACCOUNT, state="closed")
    assert not stands(ground, name)
    change(Account, BUYER, ACCOUNT, state="active")
    change(Session, BUYER, session_part(name), ends_at=at(ground) + 1)
    assert stands(ground, name)
    ground.stage.advance(seconds=1)
    assert not stands(ground, name)
    assert session(name) is not None


def test_an_account_that_went_stands_no_more(ground):
    joined()
    name, _ = signed_in()
    write(table.delete(Account, BUYER, ACCOUNT))
    assert not stands(ground, name)


def test_a_glance_is_as_of_ten_seconds_ago(ground):
    joined()
    name, _ = signed_in()
    one = standing(caller(name), ground.stage.at)
    one.glance()
    change(Account, BUYER, ACCOUNT, version=4)
    one.glance()
    presence.forget()
    with pytest.raises(SessionEnded):
        one.glance()
    standing(caller(name, 4), ground.stage.at).glance()
    with pytest.raises(SessionEnded):
        standing(Caller("G1", "guest"), ground.stage.at).glance()
