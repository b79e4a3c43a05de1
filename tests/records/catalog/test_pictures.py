"""Pictures: what is taken in, under which name it is kept, how it is served."""

from __future__ import annotations

import base64

import pytest

from chalicelib.records.catalog.service import pictures
from chalicelib.runtime import clients
from tests.support import people
from tests.support.images import GENUINE, KIND, png


def shown(name):
    """What the bucket answers everybody: media type, for how long it may be kept, content."""
    told = clients.client("s3").get_object(Bucket="jishi-media", Key=f"p/{name}")
    return told["ContentType"], told["CacheControl"], told["Body"].read()


def names():
    return [one["Key"] for one in clients.client("s3").list_objects_v2(Bucket="jishi-media").get("Contents", [])]


def test_a_picture_is_kept_under_its_contents_name(engine):
    for _ in range(2):
        name = pictures.keep(b"<svg/>", "image/svg+xml")
    assert name == pictures.name_of(b"<svg/>")
    assert pictures.url(name) == f"/media/{name}"
    assert shown(name) == ("image/svg+xml", "public, max-age=31536000, immutable", b"<svg/>")
    assert names() == [f"p/{name}"]


def test_a_picture_that_is_brought_in_is_to_be_had_by_everyone(front):
    content = GENUINE["png"]
    body, token = {"data": base64.b64encode(content).decode()}, people.member(front, "operator").token
    told = front.post("/v1/admin/media", body, token=token)
    assert (told.status, told.json["kind"], told.json["name"]) == (201, "image/png", pictures.name_of(content))
    assert told.json["url"] == f"/media/{told.json['name']}"
    assert shown(told.json["name"])[::2] == ("image/png", content)
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
    assert names() == []


@pytest.mark.parametrize("name", GENUINE)
def test_a_picture_is_kept_as_what_it_is(front, name):
    body = {"data": base64.b64encode(GENUINE[name]).decode(), "kind": KIND[name]}
    kept = front.post("/v1/admin/media", body, token=people.member(front, "operator").token).json
    assert shown(kept["name"])[::2] == (KIND[name], GENUINE[name])


def test_no_function_is_asked_for_a_picture(front):
    name = pictures.keep(b"<svg/>", "image/svg+xml")
    assert front.get(pictures.url(name)).status in (403, 404)


@pytest.mark.parametrize(
    ("size", "status"), [(180_000, 201), (180_001, 413), (190_000, 413), (196_550, 413), (300_000, 413)]
)
def test_a_picture_too_large_is_said_to_be_that_wherever_it_is_found_out(front, size, status):
    """By its bytes, by the bytes of the body that brings it, and by the gateway (tests/house/test_gateway.py)."""
    body, token = {"data": base64.b64encode(png(size=size)).decode()}, people.member(front, "operator").token
    told = front.post("/v1/admin/media", body, token=token)
    assert (told.status, told.json.get("code")) == (status, None if status == 201 else "TOO_LARGE")
