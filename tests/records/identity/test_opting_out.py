"""Wanting no more offers: by one click on a signed link without signing in, by a mail program, or in one's account."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.records.identity.accounts.service import consents, opting_out
from tests.support import people

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PURPOSE = "marketing_email"


@pytest.fixture
def who(front):
    person = people.register(front)
    body = {"purpose": PURPOSE, "granted": True, "policy": people.TERMS}
    assert front.request("PUT", "/v1/me/consents", body, token=person.token).status == 204
    return person


def path(link: str) -> str:
    parts = urlsplit(link)
    assert parts.path == "/v1/unsubscribe"
    return f"{parts.path}?{parts.query}"


def click(front, link, body=b"List-Unsubscribe=One-Click"):
    return front.request("POST", path(link), raw=body, headers=FORM)


def test_a_scanner_that_follows_the_link_withdraws_nothing(front, who):
    link = opting_out.link(who.id, PURPOSE)
    for _ in range(2):
        shown = front.get(path(link))
        assert shown.status == 200
        assert '<form method="post">' in shown.text
        assert "form-action 'self'" in shown.headers["content-security-policy"]
    assert consents.allows(who.id, PURPOSE)


def test_one_click_withdraws_the_consent_and_a_second_changes_nothing_more(front, engine, who):
    engine.advance(timedelta(seconds=1))
    link = opting_out.link(who.id, PURPOSE)
    assert click(front, link).status == 200
    assert not consents.allows(who.id, PURPOSE)
    assert click(front, link).status == 200
    history = front.get("/v1/me/consents/history", token=who.token).json["items"]
    assert [(one["purpose"], one["granted"], one["way"]) for one in history if one["purpose"] == PURPOSE] == [
        (PURPOSE, True, "account"),
        (PURPOSE, False, "link"),
    ]
    assert {one["basis"] for one in history} == {"contract", "consent"}


def test_a_link_withdraws_what_it_names_and_nothing_else(front, who):
    body = {"purpose": "marketing_sms", "granted": True, "policy": people.TERMS}
    front.request("PUT", "/v1/me/consents", body, token=who.token)
    click(front, opting_out.link(who.id, PURPOSE))
    assert consents.allows(who.id, "marketing_sms")


def test_a_link_that_nobody_signed_withdraws_nothing(front, who):
    token = parse_qs(urlsplit(opting_out.link(who.id, PURPOSE)).query)["token"][0]
    other = opting_out.link("U2", PURPOSE).partition("token=")[2]
    forged = [token[:-1] + ("A" if token[-1] != "A" else "B"), other.split(".")[0] + "." + token.split(".")[1], "x"]
    for one in forged:
        told = front.request("POST", f"/v1/unsubscribe?token={one}", raw=b"List-Unsubscribe=One-Click", headers=FORM)
        assert (told.status, told.json["code"]) == (422, "OPT_OUT_LINK_INVALID")
    assert consents.allows(who.id, PURPOSE)


def test_a_link_shows_neither_address_nor_name(who):
    assert not re.search(r"138|@", opting_out.link(who.id, PURPOSE))


def test_a_consent_that_was_never_given_is_not_withdrawn(front, who):
    assert click(front, opting_out.link(who.id, "marketing_sms")).status == 200
    assert [one.purpose for one in consents.history(who.id)].count("marketing_sms") == 0
