"""Pictures: what is taken in, under which name it is kept, how it is served."""

from __future__ import annotations

import base64

import pytest

from chalicelib.kernel.errors import TooLarge
from chalicelib.records.catalog.rules import PictureUnknown
from chalicelib.records.catalog.service import pictures
from tests.catalog.goods import work
from tests.support import people


def test_a_picture_is_kept_under_its_contents_name(engine):
    for _ in range(2):
        made = work()
        made.add(pictures.keep(b"<svg/>"))
        made.commit()
    name = pictures.name_of(b"<svg/>")
    assert bytes(pictures.find(name).content) == b"<svg/>"
    assert pictures.url(name) == f"/v1/media/{name}"


def test_pictures_that_are_not_there_or_too_large_are_refused(engine):
    with pytest.raises(PictureUnknown):
        pictures.find("0" * 32)
    with pytest.raises(TooLarge):
        pictures.keep(b"x" * 300_001)


def test_a_picture_that_is_brought_in_is_to_be_had_by_everyone(front):
    content = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    body, token = {"data": base64.b64encode(content).decode()}, people.member(front, "operator").token
    told = front.post("/v1/admin/media", body, token=token)
    assert (told.status, told.json["kind"], told.json["name"]) == (201, "image/png", pictures.name_of(content))
    shown = front.get(told.json["url"])
    assert (shown.status, shown.headers["content-type"], shown.body) == (200, "image/png", content)
    assert front.post("/v1/admin/media", body, token=token).json == told.json, "the same picture has the same name"


def test_what_is_no_picture_is_not_brought_in(front):
    token = people.member(front, "operator").token
    for data in (base64.b64encode(b"GIF89a").decode(), "no base64!"):
        told = front.post("/v1/admin/media", {"data": data}, token=token)
        assert (told.status, told.json["code"]) == (422, "PICTURE_UNFIT")


@pytest.mark.parametrize(
    ("size", "status"), [(180_000, 201), (180_001, 413), (190_000, 413), (196_550, 413), (300_000, 413)]
)
def test_a_picture_too_large_is_said_to_be_that_wherever_it_is_found_out(front, size, status):
    """By its bytes, by the bytes of the body that brings it, and by the gateway (tests/house/test_gateway.py)."""
    png = b"\x89PNG\r\n\x1a\n" + bytes(size - 8)
    body, token = {"data": base64.b64encode(png).decode()}, people.member(front, "operator").token
    told = front.post("/v1/admin/media", body, token=token)
    assert (told.status, told.json.get("code")) == (status, None if status == 201 else "TOO_LARGE")
