"""Bearer tokens that we did not make, and ours with something changed: nobody is let in as another, and nothing falls."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from typing import Any

from chalicelib.records.identity.access.rules import TokenInvalid
from chalicelib.records.identity.access.service import tokens
from chalicelib.runtime import world
from tests.hardening.fuzz.gate import ask

DEEP = 6_000  # levels that the gateway's longest header has room for
HEADS: tuple[Any, ...] = (
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"\0", b"[" * DEEP, b'{"alg":' + b"[" * DEEP, b'{"a":' * 2_000,
    b"1" * 5_000, b"NaN", b'{"alg":"EdDSA","kid":"\\ud800"}', b'{"alg":"\\ud800"}', "{}".encode("utf-16"),
)  # fmt: skip
CHANGED: tuple[dict[str, Any], ...] = (
    {"kid": None}, {"kid": 5}, {"kid": ["t1"]}, {"kid": {}}, {"kid": ""}, {"kid": "../t1"}, {"kid": "t1\0"}, {"kid": True},
    {"alg": None}, {"alg": 5}, {"alg": {}}, {"alg": ["EdDSA"]}, {"alg": ""}, {"alg": "none"}, {"alg": "None"},
    {"alg": "HS256"}, {"alg": "eddsa"}, {"alg": "ES256"}, {"crit": 5}, {"crit": ["x"]}, {"crit": []}, {"b64": False},
    {"crit": ["b64"], "b64": False}, {"typ": 5}, {"typ": "\0"}, {"jwk": {}}, {"jku": "http://evil.test"}, {"x5c": ["x"]},
    {"x": 10**4000}, {"x": float("nan")}, {"zip": "DEF"}, {"cty": "JWT"},
)  # fmt: skip
PAYLOADS: tuple[bytes, ...] = (b"", b"{}", b"[]", b"null", b"[" * DEEP, b"\xff", b'{"exp":1e999}', b'{"sub":"\\ud800"}')
ODD = ["", ".", "..", "...", "a.b.c", "é.é.é", "\ud800", "\0", " ", "null", "." * 9_000, "x" * 9_000]


def part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def made_up(genuine: str) -> Iterator[str]:
    head, payload, signature = genuine.split(".")
    told = json.loads(base64.urlsafe_b64decode(head + "=="))
    heads = [part(one) for one in HEADS] + [part(json.dumps(told | change).encode()) for change in CHANGED]
    for one in heads:
        yield from (f"{one}.{payload}.{signature}", f"{one}.{payload}.", f"{one}..{signature}", f"{one}.{payload}")
    for raw in PAYLOADS:
        yield from (f"{head}.{part(raw)}.{signature}", f"{heads[-1]}.{part(raw)}.{signature}")
    for text in ("", "=", "AA", "é", "\0", signature[:-2], signature + "A", signature * 3, part(bytes(64))):
        yield f"{head}.{payload}.{text}"
    yield from ODD
    yield from (genuine + "." + signature, genuine.replace(".", "..", 1), f"{signature}.{payload}.{head}", genuine[1:])


def scratched(rng: random.Random, text: str) -> str:
    changed = list(text)
    for _ in range(rng.choice([1, 1, 2])):
        changed[rng.randrange(len(changed))] = chr(rng.choice([rng.randrange(32, 127), rng.randrange(0x11_0000)]))
    return "".join(changed)


def test_a_token_that_is_not_ours_is_refused_whatever_it_is_made_of(shop):
    for token in made_up(shop.tokens["customer"]):
        answer = ask("GET", "/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status, answer.code) == (401, "TOKEN_INVALID"), (token[:80], answer)


def test_a_scratched_token_is_refused_or_stands_for_the_same_person(shop):
    genuine, rng, now = shop.tokens["customer"], random.Random(8), world.now()
    whose, refused = tokens.identify(genuine, now), 0
    for _ in range(3_000):
        try:
            assert tokens.identify(scratched(rng, genuine), now) == whose
        except TokenInvalid:
            refused += 1
    assert refused > 2_500


def test_odd_tokens_at_the_other_doors_that_take_one_are_refused(shop):
    for token in made_up(shop.tokens["guest"]):
        answer = shop.say("POST", "/v1/cart/merge", {"guest_token": token}, role="customer")
        assert answer.status in (401, 422), (token[:80], answer)
    rng, genuine = random.Random(8), shop.refreshers["customer"]
    for _ in range(300):
        token = scratched(rng, genuine)
        answer = shop.say("POST", "/v1/auth/refresh", {"refresh_token": token})
        assert token.strip() == genuine or answer.status in (401, 422), (token, answer)
