"""Secrets: read once, remembered for five minutes, and not forgotten because Parameter Store is silent for a while."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from chalicelib.kernel.errors import Overloaded
from chalicelib.runtime import clients, settings, world


class Store:
    """Parameter Store with one document; `trouble` is the code of what it answers instead."""

    class exceptions:  # botocore's own spelling
        class ParameterNotFound(ClientError):
            pass

    def __init__(self) -> None:
        self.value, self.trouble, self.asked = "1", "", 0

    def get_parameter(self, **_asked: object) -> object:
        self.asked += 1
        if self.trouble == "ParameterNotFound":
            raise self.exceptions.ParameterNotFound({"Error": {"Code": self.trouble}}, "GetParameter")
        if self.trouble:
            raise ClientError({"Error": {"Code": self.trouble}}, "GetParameter")
        return {"Parameter": {"Value": json.dumps({"v": self.value})}}


@pytest.fixture
def store(clock, monkeypatch):
    settings.use_secrets(None)
    made, held = Store(), {"at": 1000.0}
    monkeypatch.setattr(clients, "client", lambda _service: made)
    before = world.use(world.World(clock, elapsed=lambda: held["at"]))

    def later(seconds):
        held["at"] += seconds

    made.later = later
    yield made
    world.use(before)
    settings.use_secrets(None)


def test_a_secret_is_read_once_in_five_minutes(store):
    assert settings.secret("x") == settings.secret("x") == {"v": "1"}
    store.value = "2"
    store.later(300)
    assert (settings.secret("x"), store.asked) == ({"v": "1"}, 1)
    store.later(1)
    assert (settings.secret("x"), store.asked) == ({"v": "2"}, 2)


def test_a_silent_store_takes_nothing_away_and_is_soon_asked_again(store):
    settings.secret("x")
    store.value, store.trouble = "2", "ThrottlingException"
    store.later(301)
    assert settings.secret("x") == settings.secret("x") == {"v": "1"}
    assert store.asked == 2
    store.trouble = ""
    store.later(settings.ASK_AGAIN_SECONDS + 1)
    assert settings.secret("x") == {"v": "2"}


def test_a_silent_store_at_a_cold_start_is_passing_trouble(store):
    for store.trouble in ("ThrottlingException", "InternalServerError"):
        with pytest.raises(Overloaded):
            settings.secret("x")
    store.trouble = ""
    assert settings.secret("x") == {"v": "1"}


def test_what_was_never_read_or_is_gone_is_not_made_up(store):
    store.trouble = "AccessDeniedException"
    with pytest.raises(ClientError):
        settings.secret("x")
    store.trouble = ""
    settings.secret("x")
    store.trouble = "ParameterNotFound"
    store.later(301)
    with pytest.raises(KeyError):
        settings.secret("x")


def test_that_there_is_none_is_remembered_for_a_quarter_minute_so_that_strangers_cannot_make_us_ask_on_and_on(store):
    store.trouble = "ParameterNotFound"
    for _ in range(3):
        with pytest.raises(KeyError):
            settings.secret("x")
    assert store.asked == 1
    store.trouble = ""
    store.later(settings.ASK_AGAIN_SECONDS)
    with pytest.raises(KeyError):
        settings.secret("x")
    store.later(1)
    assert (settings.secret("x"), store.asked) == ({"v": "1"}, 2)


def test_that_there_is_none_goes_on_counting_while_the_store_is_silent(store):
    store.trouble = "ParameterNotFound"
    with pytest.raises(KeyError):
        settings.secret("x")
    store.trouble = "ThrottlingException"
    store.later(settings.ASK_AGAIN_SECONDS + 1)
    with pytest.raises(KeyError):
        settings.secret("x")
