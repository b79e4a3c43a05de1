"""The vault, byte by byte: what a sealed value is made of, who unwraps a key how often, and when it is forgotten."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from chalicelib.runtime import keys, settings, vault, world
from chalicelib.runtime.vault import SealedDataUnreadable, VaultClosed
from tests.runtime.conftest import failing, lost_request
from tests.support.hpke import seal_by
from tests.support.world import secrets

PLACE = "people|U1|phone"
SECRETS = secrets()


@pytest.fixture(autouse=True)
def shop(ground):
    settings.use_secrets(SECRETS)
    vault.forget()
    yield ground
    vault.forget()


def plain(wrapped: bytes) -> bytes:
    """The data key that the made-up key service wrapped."""
    return base64.b64decode(json.loads(wrapped)[2])


def unreadable(act) -> None:
    with pytest.raises(SealedDataUnreadable):
        act()


# ---- under an owner's key -------------------------------------------------------------------------------------------
def test_a_key_is_made_by_the_key_service_for_its_owner_alone(ground):
    wrapped = vault.new_key("U1")
    assert ground.bodies("GenerateDataKey") == [
        {"KeyId": "alias/jishi-personal", "KeySpec": "AES_256", "EncryptionContext": {"owner": "U1"}}
    ]
    assert json.loads(wrapped)[1] == '{"owner": "U1"}'
    vault.seal("U1", wrapped, "x", PLACE)
    assert ground.ops == ["GenerateDataKey"], "it is known by now"


def test_a_sealed_text_is_aes_gcm_bound_to_owner_and_place(ground):
    wrapped = vault.new_key("U1")
    sealed = vault.seal("U1", wrapped, "集市 1", PLACE)
    assert (sealed[0], len(sealed)) == (1, 29 + len("集市 1".encode()))
    opened = AESGCM(plain(wrapped)).decrypt(sealed[1:13], sealed[13:], b"U1|people|U1|phone|v1")
    assert opened.decode() == "集市 1"
    assert vault.seal("U1", wrapped, "集市 1", PLACE)[1:13] != sealed[1:13]


def test_what_was_sealed_by_the_same_rule_opens_whoever_sealed_it(ground):
    wrapped = vault.new_key("U1")
    told = AESGCM(plain(wrapped)).encrypt(b"n" * 12, "集".encode(), b"U1|people|U1|phone|v1")
    assert vault.unseal("U1", wrapped, b"\x01" + b"n" * 12 + told, PLACE) == "集"
    latin = AESGCM(plain(wrapped)).encrypt(b"n" * 12, b"\xff", b"U1|people|U1|phone|v1")
    unreadable(lambda: vault.unseal("U1", wrapped, b"\x01" + b"n" * 12 + latin, PLACE))


def test_without_its_key_or_its_mark_or_in_another_place_nothing_opens(ground):
    wrapped, theirs = vault.new_key("U1"), vault.new_key("U2")
    sealed = vault.seal("U1", wrapped, "x", PLACE)
    ground.calls.clear()
    unreadable(lambda: vault.unseal("U1", None, sealed, PLACE))
    unreadable(lambda: vault.unseal("U1", b"", sealed, PLACE))
    unreadable(lambda: vault.unseal("U1", wrapped, b"", PLACE))
    unreadable(lambda: vault.unseal("U1", wrapped, b"\x02" + sealed[1:], PLACE))
    unreadable(lambda: vault.unseal("U1", wrapped, sealed[:9], PLACE))
    unreadable(lambda: vault.unseal("U1", wrapped, sealed, "people|U1|name"))
    assert ground.calls == []
    unreadable(lambda: vault.unseal("U1", theirs, sealed, PLACE))
    unreadable(lambda: vault.unseal("U2", wrapped, sealed, PLACE))
    assert vault.unseal("U1", wrapped, sealed, PLACE) == "x"


# ---- what the process remembers -------------------------------------------------------------------------------------
def test_a_key_is_unwrapped_once_in_five_minutes(ground):
    wrapped = vault.new_key("U1")
    sealed = vault.seal("U1", wrapped, "x", PLACE)
    vault.forget()
    ground.calls.clear()
    for seconds in (0, 299.5, 0.5, 299.5):
        ground.stage.waited += seconds
        vault.unseal("U1", wrapped, sealed, PLACE)
    assert (
        ground.calls
        == [
            (
                "Decrypt",
                {
                    "CiphertextBlob": base64.b64encode(wrapped).decode(),
                    "KeyId": "alias/jishi-personal",
                    "EncryptionContext": {"owner": "U1"},
                },
            )
        ]
        * 2
    )


def test_a_shop_names_its_own_key(ground, monkeypatch):
    monkeypatch.setenv("PERSONAL_KEY", "alias/another")
    wrapped = vault.new_key("U1")
    vault.forget()
    vault.seal("U1", wrapped, "x", PLACE)
    assert [body["KeyId"] for _, body in ground.calls] == ["alias/another"] * 2


def test_two_keys_of_an_owner_are_remembered_and_the_older_one_goes(ground):
    first, second, third = (vault.new_key("U1") for _ in range(3))
    ground.calls.clear()
    vault.seal("U1", second, "x", PLACE)
    vault.seal("U1", third, "x", PLACE)
    assert ground.ops == []
    vault.seal("U1", first, "x", PLACE)
    assert ground.ops == ["Decrypt"]
    vault.seal("U1", third, "x", PLACE)
    assert ground.ops == ["Decrypt"]
    vault.seal("U1", second, "x", PLACE)
    assert ground.ops == ["Decrypt"] * 2


def test_a_key_that_is_asked_for_again_is_the_latest(ground):
    first, second = vault.new_key("U1"), vault.new_key("U1")
    ground.stage.waited += 300
    vault.seal("U1", first, "x", PLACE)
    ground.calls.clear()
    third = vault.new_key("U1")
    vault.seal("U1", first, "x", PLACE)
    vault.seal("U1", third, "x", PLACE)
    assert ground.ops == ["GenerateDataKey"]
    vault.seal("U1", second, "x", PLACE)
    assert ground.ops == ["GenerateDataKey", "Decrypt"]


def test_one_owner_s_keys_are_forgotten_or_all(ground):
    mine, theirs = vault.new_key("U1"), vault.new_key("U2")
    ground.calls.clear()
    vault.forget("U1")
    vault.seal("U2", theirs, "x", PLACE)
    assert ground.ops == []
    vault.seal("U1", mine, "x", PLACE)
    assert ground.ops == ["Decrypt"]
    vault.forget()
    vault.seal("U1", mine, "x", PLACE)
    vault.seal("U2", theirs, "x", PLACE)
    assert ground.ops == ["Decrypt"] * 3


def test_a_key_of_another_owner_is_unreadable_and_a_service_that_fails_is_said_so(ground):
    wrapped = vault.new_key("U1")
    vault.forget()
    unreadable(lambda: vault.seal("U2", wrapped, "x", PLACE))
    for act in (failing("KMSInternalException", 500), failing("AccessDeniedException"), lost_request):
        ground.script = [act] * 3
        with pytest.raises(VaultClosed):
            vault.new_key("U1")
        ground.script = [act] * 3
        with pytest.raises(VaultClosed):
            vault.seal("U1", wrapped, "x", PLACE)
        ground.script = []
    assert vault.seal("U1", wrapped, "x", PLACE)


def test_one_of_several_keys_opens_and_none_does_not(ground):
    former, present, other = (vault.new_key("U1") for _ in range(3))
    sealed = vault.seal("U1", former, "x", PLACE)
    assert vault.unseal_by("U1", (present, former), sealed, PLACE) == "x"
    unreadable(lambda: vault.unseal_by("U1", (present, other), sealed, PLACE))
    unreadable(lambda: vault.unseal_by("U1", (), sealed, PLACE))
    unreadable(lambda: vault.unseal_by("U1", (former,), None, PLACE))


def test_what_is_under_a_former_key_is_sealed_anew_and_what_is_not_is_left_alone(ground):
    former, present = vault.new_key("U1"), vault.new_key("U1")
    anew = vault.seal_anew("U1", (present, former), vault.seal("U1", former, "x", PLACE), PLACE)
    assert vault.unseal("U1", present, anew, PLACE) == "x"
    assert vault.seal_anew("U1", (present, former), anew, PLACE) is None
    unreadable(lambda: vault.seal_anew("U1", (present,), vault.seal("U1", former, "x", PLACE), PLACE))


# ---- for the law ----------------------------------------------------------------------------------------------------
def suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def legal_key() -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(SECRETS["legal_records"]["l1"]))


def test_what_is_sealed_for_the_law_opens_with_the_private_half_and_nothing_else(ground):
    sealed = vault.seal_legal("集", PLACE)
    assert (sealed[:4], len(sealed)) == (b"\x03\x02l1", 4 + 48 + len("集".encode()))
    assert suite().decrypt(sealed[4:], legal_key(), b"|people|U1|phone|v1").decode() == "集"
    with pytest.raises(InvalidTag):
        suite().decrypt(sealed[4:], X25519PrivateKey.generate(), b"|people|U1|phone|v1")
    assert ground.calls == []
    assert vault.seal_legal("集", PLACE)[4:36] != sealed[4:36], "each time by a key of its own"


def test_a_world_may_seal_by_chance_of_its_own_and_the_library_opens_it(ground):
    drawn = iter([b"7" * 32, b"7" * 32, b"8" * 32])
    before = world.use(replace(world.current(), seal=seal_by(lambda size: next(drawn))))
    try:
        one, same, other = (vault.seal_legal("集", PLACE) for _ in range(3))
    finally:
        world.use(before)
    assert one == same != other
    assert suite().decrypt(one[4:], legal_key(), b"|people|U1|phone|v1").decode() == "集"
    assert (vault.unseal_legal(one, PLACE), vault.unseal_legal(other, PLACE)) == ("集", "集")


def test_what_was_sealed_for_the_law_by_the_same_rule_opens(ground):
    sealed = suite().encrypt(b"for the law", legal_key().public_key(), b"|people|U1|phone|v1")
    assert vault.unseal_legal(b"\x03\x02l1" + sealed, PLACE) == "for the law"
    unreadable(lambda: vault.unseal_legal(b"\x03\x02l1" + sealed, "people|U1|name"))
    unreadable(lambda: vault.unseal_legal(b"\x02\x02l1" + sealed, PLACE))
    unreadable(lambda: vault.unseal_legal(b"\x03\x02l9" + sealed, PLACE))
    unreadable(lambda: vault.unseal_legal(b"\x03\x02\xff\xff" + sealed, PLACE))
    unreadable(lambda: vault.unseal_legal(b"\x03\x02l1" + bytes(32) + sealed[32:], PLACE))


@pytest.mark.parametrize("sealed", [b"", b"\x03", b"\x03\x02", b"\x03\x02l1", b"\x03\x02l1" + bytes(31), b"\x03\x00"])
def test_what_is_cut_short_is_unreadable(ground, sealed):
    unreadable(lambda: vault.unseal_legal(sealed, PLACE))


def test_the_newest_key_seals_and_a_former_one_still_opens(ground):
    old = vault.seal_legal("old", PLACE)
    settings.use_secrets(keys.rotated(SECRETS))
    new = vault.seal_legal("new", PLACE)
    assert (old[2:4], new[2:4]) == (b"l1", b"l2")
    assert (vault.unseal_legal(old, PLACE), vault.unseal_legal(new, PLACE)) == ("old", "new")


# ---- found without being known --------------------------------------------------------------------------------------
def test_a_blind_index_is_keyed_and_of_its_kind(ground):
    told = hmac.new(keys.index_key(), "phone|集".encode(), hashlib.sha256).hexdigest()
    assert vault.blind("phone", "集") == told
    assert vault.blind("email", "集") != told
