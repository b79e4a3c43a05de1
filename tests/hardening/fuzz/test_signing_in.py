"""Who is there cannot be told by asking: one hash and one answer for everybody; and no token is taken for another."""

from __future__ import annotations

import statistics
import time

import jwt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from chalicelib.records.identity.access.service import passwords
from chalicelib.runtime import keys, world
from tests.hardening.fuzz.staffed import PHONES
from tests.support import people

KNOWN = {"phone": PHONES["customer"], "password": "quite wrong 1"}
UNKNOWN = {"phone": "13700001111", "password": "quite wrong 1"}


@pytest.fixture
def hashes(monkeypatch):
    """How often argon2 runs."""
    counted = []
    verify = Argon2id.verify_phc_encoded

    class Counted:
        """Argon2id itself is closed to subclasses: it stands behind this."""

        def __init__(self, **kwargs):
            self._inner = Argon2id(**kwargs)

        def derive_phc_encoded(self, secret):
            counted.append("derive")
            return self._inner.derive_phc_encoded(secret)

        def derive(self, secret):
            counted.append("derive")
            return self._inner.derive(secret)

        @staticmethod
        def verify_phc_encoded(*args):
            counted.append("verify")
            return verify(*args)

    monkeypatch.setattr("cryptography.hazmat.primitives.kdf.argon2.Argon2id", Counted)
    return counted


@pytest.fixture
def without_password(shop):
    """Somebody who registered by code alone."""
    shop.want("POST", "/v1/auth/codes", {"purpose": "register", "phone": "13600001111"})
    body = {"phone": "13600001111", "code": people.last_code(), "terms": "2026-01"}
    shop.want("POST", "/v1/auth/register", body)
    return {"phone": "13600001111", "password": "quite wrong 1"}


def test_every_failed_sign_in_costs_exactly_one_hash_and_answers_alike(shop, hashes, without_password):
    told = []
    for body in (KNOWN, UNKNOWN, without_password):
        hashes.clear()
        answer = shop.say("POST", "/v1/auth/login", body)
        told.append((answer.status, answer.text, hashes.copy()))
    assert told[0] == told[1] == told[2]
    assert told[0][0] == 401
    assert told[0][2] == ["verify"]


def test_the_first_stranger_of_a_fresh_process_costs_no_more(shop, hashes):
    """What a stranger's password is compared with is not made by a hash of its own."""
    shop.say("POST", "/v1/auth/login", UNKNOWN)
    assert hashes == ["verify"]
    assert passwords._stand_in().startswith(passwords.PRESENT)
    assert not passwords.fits("", None)


def test_a_code_is_asked_for_alike_by_who_is_known_and_who_is_not(shop):
    for purpose in ("login", "register", "password"):
        shop.back()
        known = shop.say("POST", "/v1/auth/codes", {"purpose": purpose, "phone": PHONES["stranger"]})
        shop.back()
        unknown = shop.say("POST", "/v1/auth/codes", {"purpose": purpose, "phone": UNKNOWN["phone"]})
        if known.code == "CODE_TOO_SOON":  # it registered by a code a moment ago: a minute later
            shop.back()
            shop.advance(minutes=2)
            known = shop.say("POST", "/v1/auth/codes", {"purpose": purpose, "phone": PHONES["stranger"]})
        assert (known.status, known.text) == (unknown.status, unknown.text), purpose


def test_a_wrong_code_tells_nothing_about_who_is_known(shop):
    shop.advance(minutes=2)
    told = []
    for phone in (PHONES["customer"], UNKNOWN["phone"]):
        shop.want("POST", "/v1/auth/codes", {"purpose": "login", "phone": phone})
        wrong = f"{(int(people.last_code()) + 1) % 1_000_000:06d}"
        answer = shop.say("POST", "/v1/auth/login", {"phone": phone, "code": wrong})
        told.append((answer.status, answer.text))
    assert told[0] == told[1]
    assert told[0][0] == 401


@pytest.mark.slow
def test_the_time_of_a_failed_sign_in_tells_nothing(shop):
    """Medians of interleaved attempts differ by less than a tenth."""
    took = {"known": [], "unknown": []}
    for _ in range(60):
        for name, body in (("known", KNOWN), ("unknown", UNKNOWN)):
            shop.back()
            began = time.perf_counter()
            shop.say("POST", "/v1/auth/login", body)
            took[name].append(time.perf_counter() - began)
    known, unknown = (statistics.median(took[name]) for name in ("known", "unknown"))
    assert abs(known - unknown) / max(known, unknown) < 0.10, (known, unknown)


# ---- tokens ---------------------------------------------------------------------------------------------------------
def claims(**other):
    at = int(world.now().timestamp())
    told = {"iss": "jishi", "aud": "jishi-api", "sub": "U01JZ0000000000000000000000", "role": "customer", "ver": 1, "sid": "L1",
            "iat": at, "nbf": at, "exp": at + 600}  # fmt: skip
    return told | other


def signed(told=None, **headers):
    return jwt.encode(told or claims(), keys.token_keys()["t1"], algorithm="EdDSA", headers={"kid": "t1", **headers})


def key_in_its_own_header():
    """A token that brings the key it wants to be verified with."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    own = Ed25519PrivateKey.generate()
    jwk = jwt.algorithms.OKPAlgorithm.to_jwk(own.public_key(), as_dict=True)
    return jwt.encode(
        claims(), own, algorithm="EdDSA", headers={"kid": "t1", "jwk": jwk, "jku": "https://evil.test/keys"}
    )


ATTACKS = {
    "brings its own key": key_in_its_own_header,
    "a key id that is a path": lambda: signed(kid="../../t1"),
    "a key id that is a list": lambda: signed().replace(
        signed().split(".")[0], jwt.utils.base64url_encode(b'{"alg":"EdDSA","typ":"JWT","kid":["t1"]}').decode()
    ),
    "a critical extension": lambda: signed(crit=["exp"], exp=1),
    "a body that is not encoded": lambda: signed(b64=False, crit=["b64"]),
    "no end": lambda: signed(claims(exp=10**12)),
    "issued in years to come": lambda: signed(claims(iat=10**12, nbf=10**12)),
    "two roles": lambda: signed(claims(role=["customer", "admin"])),
    "two audiences": lambda: signed(claims(aud=["elsewhere"])),
    "a subject that is a number": lambda: signed(claims(sub=1)),
    "a subject that is an object": lambda: signed(claims(sub={"$ne": ""})),
    "staff's id as a customer": lambda: signed(claims(sub="A01JZ0000000000000000000000", role="admin")),
    "a guest's id as a customer": lambda: signed(claims(sub="G01JZ0000000000000000000000")),
    "a customer's id as an administrator": lambda: signed(claims(role="admin", fsh=int(world.now().timestamp()))),
    "a claim twice": lambda: signed() + ".x",
    "a space within": lambda: " " + signed(),
    "nothing signed": lambda: ".".join([*signed().split(".")[:2], ""]),
    "padded": lambda: signed() + "==",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_that_is_odd_opens_nothing_of_staff_and_breaks_nothing(shop, attack):
    before = shop.mark()
    token = ATTACKS[attack]()
    for path in ("/v1/admin/users", "/v1/admin/refunds", "/v1/admin/queues", "/v1/admin/audit"):
        answer = shop.say("GET", path, **{"Authorization": f"Bearer {token}"})
        assert (answer.status, answer.code) in ((401, "TOKEN_INVALID"), (403, "NOT_PERMITTED")), answer.text
    assert shop.mark() == before


@pytest.mark.parametrize("attack", sorted(set(ATTACKS) - {"a claim twice"}))
def test_a_token_that_is_odd_is_nobody(shop, attack):
    answer = shop.say("GET", "/v1/me", **{"Authorization": f"Bearer {ATTACKS[attack]()}"})
    assert answer.status in (401, 403, 404), f"{attack}: {answer.text}"


def test_what_is_signed_for_one_thing_is_no_token_for_another(shop):
    """Refresh tokens, quotes and cursors are no bearers; a bearer is none of them."""
    cursor = shop.want("GET", "/v1/orders?limit=1", role="customer")["next"]
    for other in (shop.refreshers["customer"], shop.things["quote"][0], cursor):
        assert shop.say("GET", "/v1/me", **{"Authorization": f"Bearer {other}"}).status == 401
    token = shop.tokens["customer"]
    assert shop.say("POST", "/v1/auth/refresh", {"refresh_token": token}).status in (401, 422)
    assert shop.say("POST", "/v1/orders", {"quote": token}, role="customer").status in (401, 403, 409, 422)
    assert shop.say("POST", "/v1/orders", {"quote": cursor}, role="customer").status in (401, 403, 409, 422)
    for cut in (cursor, shop.things["quote"][0], token, shop.refreshers["customer"]):
        answer = shop.say("GET", f"/v1/admin/orders?cursor={cut}", role="support")
        assert answer.code in ("BAD_CURSOR", "CURSOR_INVALID", "INVALID_REQUEST"), answer.text
    answer = shop.say("GET", f"/v1/orders?cursor={cursor}", role="stranger")
    assert answer.status == 422 or all(
        one["order_id"] not in shop.things["order_id"][:4] for one in answer.json["items"]
    )


def test_a_refresh_token_used_again_late_ends_its_family(shop):
    old = shop.refreshers["customer"]
    new = shop.want("POST", "/v1/auth/refresh", {"refresh_token": old})["refresh_token"]
    shop.advance(minutes=1)
    assert shop.say("POST", "/v1/auth/refresh", {"refresh_token": old}).code == "SESSION_ENDED"
    assert shop.say("POST", "/v1/auth/refresh", {"refresh_token": new}).code == "SESSION_ENDED"
