"""The shop's keys and what may leave it: which are made, which stay, the newest last, and what no journal keeps."""

from __future__ import annotations

import base64
from typing import Annotated

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chalicelib.runtime import keys, settings
from chalicelib.runtime.http.shapes import (  # models are built from them
    Amount,
    MaybePersonal,
    Page,
    Personal,
    Secret,
    View,
    amount,
    tagged,
)


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)


def fits(public: str, private: str) -> bool:
    """Whether a public half belongs to a private one."""
    return raw(public) == X25519PrivateKey.from_private_bytes(raw(private)).public_key().public_bytes_raw()


@pytest.fixture
def first():
    made = keys.complete({})
    settings.use_secrets(made)
    yield made
    settings.use_secrets(None)


def test_a_shop_that_has_none_is_given_all_keys(first):
    kept, legal = first["keys"], first["legal_records"]
    assert list(first) == ["keys", "legal_records"]
    assert list(kept) == ["signing", "index", "pepper", "jwt", "legal"]
    assert len({raw(kept["signing"][0]), raw(kept["index"]), raw(kept["pepper"])}) == 3
    assert {len(raw(text)) for text in (kept["signing"][0], kept["index"], kept["pepper"])} == {32}
    assert list(kept["jwt"]) == ["t1"]
    assert isinstance(load_pem_private_key(kept["jwt"]["t1"].encode(), None), Ed25519PrivateKey)
    assert (list(kept["legal"]), list(legal)) == (["l1"], ["l1"])
    assert fits(kept["legal"]["l1"], legal["l1"])
    assert keys.complete({})["keys"] != kept, "each shop has its own"


def test_each_key_is_read_from_its_place(first):
    kept = first["keys"]
    assert keys.signing_keys() == kept["signing"]
    assert keys.signing_keys() is not kept["signing"]
    assert (keys.index_key(), keys.pepper()) == (raw(kept["index"]), raw(kept["pepper"]))
    assert keys.token_keys() == kept["jwt"]
    assert keys.token_keys() is not kept["jwt"]
    assert keys.legal_public() == ("l1", raw(kept["legal"]["l1"]))
    assert keys.legal_private("l1") == raw(first["legal_records"]["l1"])
    with pytest.raises(KeyError):
        keys.legal_private("l2")


@pytest.mark.parametrize("lost", ["signing", "index", "pepper", "jwt", "legal"])
def test_what_a_shop_lacks_is_made_and_all_else_stays(first, lost):
    """An update may need a key that there was none of."""
    had = {name: value for name, value in first["keys"].items() if name != lost}
    now = keys.complete({"keys": had, "legal_records": first["legal_records"]})
    assert now["keys"][lost]
    assert {name: now["keys"][name] for name in had} == had
    if lost == "legal":
        assert now["keys"]["legal"] == first["keys"]["legal"], "made of the private half that was kept"
        assert now["legal_records"] == first["legal_records"]
    assert lost not in had, "what was handed over is not changed"


def test_a_shop_that_has_all_is_given_nothing(first):
    assert keys.complete(first) == first


def test_new_keys_come_last_and_old_ones_stay(first):
    once = keys.rotated(first)
    twice = keys.rotated(once)
    for n, (before, after) in enumerate([(first, once), (once, twice)], 2):
        old, new = before["keys"], after["keys"]
        assert new["signing"][:-1] == old["signing"]
        assert {kid: new["jwt"][kid] for kid in old["jwt"]} == old["jwt"]
        assert len(new["signing"]) == n
        assert len(raw(new["signing"][-1])) == 32
        assert list(new["jwt"]) == [f"t{k}" for k in range(1, n + 1)]
        assert list(new["legal"]) == list(after["legal_records"]) == [f"l{k}" for k in range(1, n + 1)]
        assert all(fits(new["legal"][kid], after["legal_records"][kid]) for kid in new["legal"])
        assert (new["index"], new["pepper"]) == (first["keys"]["index"], first["keys"]["pepper"])
    assert once["legal_records"]["l1"] == first["legal_records"]["l1"]
    assert len(first["keys"]["signing"]) == 1, "what was handed over is not changed"
    settings.use_secrets(once)
    assert keys.legal_public()[0] == "l2"


def test_a_shop_that_keeps_nothing_for_the_law_is_given_keys_alone():
    assert list(keys.made()) == ["signing", "index", "pepper", "jwt", "legal"]


# ---- what no journal keeps ------------------------------------------------------------------------------------------
class Plain(View):
    id: str
    price: Amount


class Named(View):
    id: str
    name: Personal
    nick: MaybePersonal


class Kept(View):
    token: Secret
    other: Secret | None
    codes: list[Secret]
    plain: list[str] | None
    by_name: dict[str, tuple[Annotated[str, "a mark of another kind"], Personal]]


KEPT = {"token", "other", "codes", "by_name"}


class Deep(View):
    plain: Plain
    people: list[Named]
    kept: dict[str, Kept | None]


class Round(View):
    name: Personal
    more: list[Round]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (None, set()),
        (str, set()),
        (Plain, set()),
        (Named, {"name", "nick"}),
        (Kept, KEPT),
        (Deep, {"name", "nick", *KEPT}),
        (list[Named], {"name", "nick"}),
        (Page[Named], {"name", "nick"}),
        (Page[Plain], set()),
        (Named | Kept, {"name", "nick", *KEPT}),
        (Round, {"name"}),
    ],
)
def test_what_is_personal_or_secret_is_found_however_deep_it_lies(reply, told):
    assert tagged(reply) == told


def test_an_amount_is_told_to_people_and_programs():
    assert amount(1050) == Amount(fen=1050, text="¥10.50")
