"""Pictures: what is taken in, under which name it is kept, how it is served."""

from __future__ import annotations

import base64

import pytest

from chalicelib.kernel.errors import TooLarge
from chalicelib.records.catalog.model import Media
from chalicelib.records.catalog.picture_rules import PictureNotFound
from chalicelib.records.catalog.service import pictures
from tests.records.catalog.goods import work
from tests.support import aws, people
from tests.support.images import GENUINE, KIND, png


def test_a_picture_is_kept_under_its_contents_name(engine):
    for _ in range(2):
        made = work()
        pictures.keep(b"<svg/>", "image/svg+xml", made)
        made.commit()
    name = pictures.name_of(b"<svg/>")
    assert bytes(pictures.find(name).content) == b"<svg/>"
    assert pictures.url(name) == f"/v1/media/{name}"


def test_pictures_that_are_not_there_or_too_large_are_refused(engine):
    with pytest.raises(PictureNotFound):
        pictures.find("0" * 32)
    with pytest.raises(TooLarge):
        pictures.keep(b"x" * 300_001, "image/png", work())


def test_a_picture_that_is_brought_in_is_to_be_had_by_everyone(front):
    content = GENUINE["png"]
    body, token = {"data": base64.b64encode(content).decode()}, people.member(front, "operator").token
    told = front.post("/v1/admin/media", body, token=token)
    assert (told.status, told.json["kind"], told.json["name"]) == (201, "image/png", pictures.name_of(content))
    shown = front.get(told.json["url"])
    assert (shown.status, shown.headers["content-type"], shown.body) == (200, "image/png", content)
    assert front.post("/v1/admin/media", body, token=token).json == told.json, "the same picture has the same name"


def test_what_is_no_picture_is_not_brought_in(front):
    token = people.member(front, "operator").token
    svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'></svg>").decode()
    webp = base64.b64encode(GENUINE["webp"]).decode()
    for body in ({"data": svg}, {"data": "no base64!"}, {"data": webp, "kind": "image/png"}):
        told = front.post("/v1/admin/media", body, token=token)
        assert (told.status, told.json["code"]) == (422, "PICTURE_UNFIT")
    told = front.post("/v1/admin/media", {"data": "ｉVBORw0KGgo="}, token=token)
    assert (told.status, told.json["code"]) == (422, "INVALID_REQUEST"), "no text of that kind"
    for kind in ("image/svg+xml", "text/html", ""):
        told = front.post("/v1/admin/media", {"data": webp, "kind": kind}, token=token)
        assert (told.status, told.json["code"]) == (422, "INVALID_REQUEST")
    wide = base64.b64encode(png(4097)).decode()
    assert front.post("/v1/admin/media", {"data": wide}, token=token).json["code"] == "PICTURE_TOO_MANY_POINTS"
    assert aws.rows(Media) == []


@pytest.mark.parametrize("name", GENUINE)
def test_a_picture_is_served_as_what_it_is_and_nothing_can_make_a_page_of_it(front, name):
    body = {"data": base64.b64encode(GENUINE[name]).decode(), "kind": KIND[name]}
    kept = front.post("/v1/admin/media", body, token=people.member(front, "operator").token).json
    told = front.get(kept["url"], headers={"Accept": "text/html"})
    assert (told.status, told.headers["content-type"], told.body) == (200, KIND[name], GENUINE[name])
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("size", "status"), [(180_000, 201), (180_001, 413), (190_000, 413), (196_550, 413), (300_000, 413)]
)
def test_a_picture_too_large_is_said_to_be_that_wherever_it_is_found_out(front, size, status):
    """By its bytes, by the bytes of the body that brings it, and by the gateway (tests/house/test_gateway.py)."""
    body, token = {"data": base64.b64encode(png(size=size)).decode()}, people.member(front, "operator").token
    told = front.post("/v1/admin/media", body, token=token)
    assert (told.status, told.json.get("code")) == (status, None if status == 201 else "TOO_LARGE")
