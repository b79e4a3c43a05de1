"""The vault: what is sealed opens in its place, under its owner's key, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.runtime import clients, keys, settings, vault, world
from chalicelib.runtime.vault import SealedDataUnreadable, VaultClosed

PLACE = "people|U1|phone"
QUIET = hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def calls(monkeypatch):
    """The names of the calls to KMS from now on."""
    made: list[str] = []
    events = clients.client("kms").meta.events
    events.register("before-call.kms", listen := lambda model, **_: made.append(model.name))
    monkeypatch.setattr(vault, "_watched", listen, raising=False)
    return made


@QUIET
@given(text=st.text(max_size=300))
def test_a_sealed_text_opens_as_it_was(engine, text):
    wrapped = vault.new_key("U1")
    assert vault.unseal("U1", wrapped, vault.seal("U1", wrapped, text, PLACE), PLACE) == text
    assert vault.unseal_legal(vault.seal_legal(text, PLACE), PLACE) == text


def test_a_phone_number_takes_thirty_bytes_more(engine):
    wrapped = vault.new_key("U1")
    assert len(vault.seal("U1", wrapped, "13800138000", PLACE)) == 11 + 29


def test_the_same_text_is_sealed_differently_each_time(engine):
    wrapped = vault.new_key("U1")
    assert len({vault.seal("U1", wrapped, "same", PLACE) for _ in range(20)}) == 20
    assert len({vault.seal_legal("same", PLACE) for _ in range(20)}) == 20


def test_nothing_opens_in_another_place_or_for_another_owner(engine):
    mine, theirs = vault.new_key("U1"), vault.new_key("U2")
    sealed = vault.seal("U1", mine, "text", PLACE)
    for owner, wrapped, place in (("U1", mine, "people|U1|name"), ("U2", theirs, PLACE)):
        with pytest.raises(SealedDataUnreadable):
            vault.unseal(owner, wrapped, sealed, place)
    with pytest.raises(SealedDataUnreadable):
        vault.unseal_legal(vault.seal_legal("text", PLACE), "people|U2|phone")


def test_a_key_is_not_unwrapped_for_another_owner(engine):
    wrapped = vault.new_key("U1")
    sealed = vault.seal("U1", wrapped, "text", PLACE)
    vault.forget()
    with pytest.raises(SealedDataUnreadable):
        vault.unseal("U2", wrapped, sealed, PLACE)
    assert vault.unseal("U1", wrapped, sealed, PLACE) == "text"


def test_a_changed_byte_anywhere_is_noticed(engine):
    wrapped = vault.new_key("U1")
    for sealed, opened in (
        (vault.seal("U1", wrapped, "text", PLACE), lambda raw: vault.unseal("U1", wrapped, raw, PLACE)),
        (vault.seal_legal("text", PLACE), lambda raw: vault.unseal_legal(raw, PLACE)),
    ):
        for at in range(len(sealed)):
            with pytest.raises(SealedDataUnreadable):
                opened(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02", b"\x02\xff", b"\x09" + bytes(60), b"\x02\x02l1" + bytes(10)])
def test_what_is_no_sealed_text_is_unreadable(engine, sealed):
    wrapped = vault.new_key("U1")
    with pytest.raises(SealedDataUnreadable):
        vault.unseal("U1", wrapped, sealed, PLACE)
    with pytest.raises(SealedDataUnreadable):
        vault.unseal_legal(sealed, PLACE)


def test_without_the_wrapped_key_nothing_opens_ever_again(engine):
    sealed = vault.seal("U1", vault.new_key("U1"), "text", PLACE)
    vault.forget("U1")
    for wrapped in (None, b"", b"made up", vault.new_key("U1")):
        with pytest.raises(SealedDataUnreadable):
            vault.unseal("U1", wrapped, sealed, PLACE)


def test_a_key_is_asked_for_once_in_five_minutes(engine, monkeypatch):
    wrapped = vault.new_key("U1")
    sealed = vault.seal("U1", wrapped, "text", PLACE)
    vault.forget()
    made, here = calls(monkeypatch), world.current()
    at = [0.0]
    monkeypatch.setattr(here, "elapsed", lambda: at[0])
    for at[0] in (0.0, 299.0, 301.0, 302.0):
        vault.unseal("U1", wrapped, sealed, PLACE)
    assert made == ["Decrypt", "Decrypt"]


def test_sealing_for_the_law_asks_nobody(engine, monkeypatch):
    made = calls(monkeypatch)
    vault.seal_legal("text", PLACE)
    assert made == []


def test_records_kept_for_the_law_stay_readable_when_keys_are_rotated_until_a_key_is_dropped(engine):
    old = vault.seal_legal("old", PLACE)
    documents = keys.rotated({name: settings.secret(name) for name in (keys.KEYS, keys.LEGAL_RECORDS)})
    settings.use_secrets(documents)
    new = vault.seal_legal("new", PLACE)
    assert (vault.unseal_legal(old, PLACE), vault.unseal_legal(new, PLACE)) == ("old", "new")
    assert old[2:4] != new[2:4]

    del documents[keys.LEGAL_RECORDS]["l1"]
    settings.use_secrets(documents)
    assert vault.unseal_legal(new, PLACE) == "new"
    with pytest.raises(SealedDataUnreadable):
        vault.unseal_legal(old, PLACE)


def test_who_can_seal_for_the_law_cannot_open(engine):
    sealed = vault.seal_legal("text", PLACE)
    settings.use_secrets({keys.KEYS: settings.secret(keys.KEYS), keys.LEGAL_RECORDS: {}})
    assert vault.seal_legal("text", PLACE)
    with pytest.raises(SealedDataUnreadable):
        vault.unseal_legal(sealed, PLACE)


def test_a_key_service_that_does_not_answer_is_said_so(engine, monkeypatch):
    monkeypatch.setenv("PERSONAL_KEY", "no-such-key")
    with pytest.raises(VaultClosed):
        vault.new_key("U1")


def test_a_blind_index_finds_and_tells_nothing(engine):
    index = vault.blind("phone", "+8613800138000")
    assert index == vault.blind("phone", "+8613800138000")
    assert len({index, vault.blind("phone", "+8613800138001"), vault.blind("email", "+8613800138000")}) == 3
    settings.use_secrets(keys.complete({}))
    assert vault.blind("phone", "+8613800138000") != index


def test_completing_the_keys_keeps_what_is_there(engine):
    first = keys.complete({keys.KEYS: {"signing": ["kept"]}})
    assert first[keys.KEYS]["signing"] == ["kept"]
    assert keys.complete(first) == first
    assert set(first[keys.KEYS]) == {"signing", "index", "pepper", "jwt", "legal"}
    assert set(first[keys.KEYS]["legal"]) == set(first[keys.LEGAL_RECORDS])
