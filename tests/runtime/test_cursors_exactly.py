"""Cursors: one opens where it was given, under a key of the shop, and nowhere else."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from itsdangerous import URLSafeSerializer

from chalicelib.runtime import keys, settings
from chalicelib.runtime.cursors import CursorInvalid, open_cursor, seal_cursor
from tests.support.world import secrets

SECRETS, OTHERS = secrets(), secrets()
KEY = {"o": {"S": "O1"}, "n": {"N": "7"}}


@pytest.fixture(autouse=True)
def shop():
    settings.use_secrets(SECRETS)
    yield
    settings.use_secrets(None)


def bad(text: str, scope: str = "orders|U1") -> None:
    with pytest.raises(CursorInvalid):
        open_cursor(text, scope)


def test_a_cursor_goes_on_where_it_was_given():
    told = seal_cursor(KEY, "orders|U1")
    assert open_cursor(told, "orders|U1") == KEY
    bad(told, "orders|U2")
    bad(told, "")
    assert told.isascii()


def test_a_cursor_cannot_be_altered_or_made_up():
    told = seal_cursor(KEY, "orders|U1")
    body, mark = told.split(".")
    assert len(base64.urlsafe_b64decode(mark + "=")) == 32, "SHA-256"
    other = seal_cursor({"o": {"S": "O2"}}, "orders|U1").split(".")[0]
    for text in ("", "x", body, f"{body}.", f"{other}.{mark}", f"{body}.{mark[:-2]}xx", f"{body}.{mark}.x", "集.集"):
        bad(text)


def test_another_shop_s_cursor_is_none_and_a_former_key_still_opens():
    told = seal_cursor(KEY, "orders|U1")
    settings.use_secrets(OTHERS)
    bad(told)
    rotated = keys.rotated(SECRETS)
    settings.use_secrets(rotated)
    assert open_cursor(told, "orders|U1") == KEY
    new = seal_cursor(KEY, "orders|U1")
    settings.use_secrets(SECRETS)
    bad(new)


def test_what_the_shop_signed_for_something_else_is_no_cursor():
    for salt in ("quote", "orders|U1", "itsdangerous"):
        other = URLSafeSerializer(keys.signing_keys(), salt=salt, signer_kwargs={"digest_method": sha256})
        bad(str(other.dumps(KEY)))
