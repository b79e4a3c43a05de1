"""Pictures: a file is sent to the bucket, sizes are made of it or it is refused by a code, what nobody names goes."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from chalicelib.records.catalog import consumers, imaging
from chalicelib.records.catalog.events import PictureArrived, PictureDropDue, ProductChanged
from chalicelib.records.catalog.model import PictureUse, Upload
from chalicelib.records.catalog.rules import Picture
from chalicelib.records.catalog.service import pictures
from chalicelib.runtime import clients, showcase
from tests.records.catalog import goods
from tests.records.catalog.goods import article, listing, product, work
from tests.support import aws, people
from tests.support.photos import photo

BUCKET = "jishi-media"


@pytest.fixture
def token(front):
    return people.member(front, "operator").token


def shown(name):
    """What the bucket answers everybody: media type, for how long it may be kept, content."""
    told = clients.client("s3").get_object(Bucket=BUCKET, Key=f"p/{name}")
    return told["ContentType"], told["CacheControl"], told["Body"].read()


def names():
    return [one["Key"] for one in clients.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def send(upload, content):
    clients.client("s3").put_object(Bucket=BUCKET, Key=f"in/{upload}", Body=content)


def brought(content, kind="image/jpeg", *, sent=True):
    """An upload of this content, as far as its file's arrival."""
    made = work()
    opened = pictures.open_upload(kind, len(content), made)
    made.commit()
    if sent:
        send(opened.id, content)
    made = work()
    pictures.arrive(opened.id, made)
    made.commit()
    return opened.id


def handled(handler, fact):
    made = work()
    handler(fact, made)
    made.settled(None)


def ready(content, kind="image/jpeg"):
    upload = brought(content, kind)
    handled(consumers.make, PictureArrived(upload))
    return pictures.find(upload)


def test_a_picture_of_ours_is_kept_under_its_contents_name(engine):
    for _ in range(2):
        name = pictures.keep(b"<svg/>", "image/svg+xml")
    assert name == pictures.name_of(b"<svg/>")
    assert pictures.url(name) == f"/media/{name}"
    assert shown(name) == ("image/svg+xml", "public, max-age=31536000, immutable", b"<svg/>")
    assert names() == [f"p/{name}"]


def test_no_function_is_asked_for_a_picture(front):
    assert front.get(pictures.url(pictures.keep(b"<svg/>", "image/svg+xml"))).status in (403, 404)


def test_an_upload_goes_from_its_link_to_a_picture_that_a_listing_takes(front, bus, token):
    content = photo(1_700, 1_200)
    opened = front.post("/v1/admin/media", {"kind": "image/jpeg", "size": len(content)}, token=token)
    assert opened.status == 201
    assert opened.json["headers"] == {"Content-Type": "image/jpeg", "Content-Length": str(len(content))}
    assert f"/in/{opened.json['id']}?" in opened.json["url"]
    assert "content-length%3Bcontent-type%3Bhost" in opened.json["url"], "what is signed cannot be sent otherwise"
    assert "X-Amz-Expires=600" in opened.json["url"]
    place = f"/v1/admin/media/{opened.json['id']}"
    assert front.get(place, token=token).json["state"] == "waiting"
    send(opened.json["id"], content)
    assert front.put(f"{place}/arrival", None, token=token).status == 204
    assert front.get(place, token=token).json["state"] == "making"
    bus.run()
    told = front.get(place, token=token).json
    assert (told["state"], told["width"], told["height"], told["refusal"]) == ("ready", 1_700, 1_200, None)
    picture = told["picture"]
    assert told["url"] == f"/media/{picture['small']}"
    assert len(picture["blur"]) == 28
    for size, across, form in (("small", 800, "JPEG"), ("large", 1_600, "JPEG"), ("webp", 800, "WEBP")):
        media, kept, file = shown(picture[size])
        assert (media, kept) == (f"image/{form.lower()}", showcase.FOR_GOOD)
        assert picture[size] == pictures.name_of(file)
        with Image.open(io.BytesIO(file)) as found:
            assert (found.format, max(found.size)) == (form, across)
    assert f"in/{opened.json['id']}" not in names()
    again = front.put(f"{place}/arrival", None, token=token)
    assert (again.status, again.json["code"]) == (409, "PICTURE_STATE_CONFLICT")


def test_the_product_page_shows_sizes_and_blur(front, shirts, bus):
    found = pictures.shown(ready(photo(1_000, 800)))
    held = Picture("image", found.small, found.large, found.webp, blur=found.blur)
    page = front.get(f"/v1/products/{product(shirts, pictures=(held,)).id}").json["media"]
    assert page == [
        {
            "kind": "image",
            "url": f"/media/{found.small}",
            "url_2x": f"/media/{found.large}",
            "url_webp": f"/media/{found.webp}",
            "cover": None,
            "blur": found.blur,
        }
    ]


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "PICTURE_UNFIT"),
        (b"", "image/png", "PICTURE_UNFIT"),
        (b"GIF89a", "image/gif", "PICTURE_UNFIT"),
        (photo(9, 9), "image/png", "PICTURE_UNFIT"),
        (photo(900, 900)[:-500], "image/jpeg", "PICTURE_UNFIT"),
        (photo(12_001, 1, form="PNG"), "image/png", "PICTURE_TOO_MANY_POINTS"),
        (photo(9_000, 9_000, form="PNG"), "image/png", "PICTURE_TOO_MANY_POINTS"),
        (None, "image/png", "PICTURE_MISSING"),
    ],
    ids=["svg", "empty", "cut", "another kind", "damaged", "too wide", "too many points", "never sent"],
)
def test_a_bad_file_is_refused_by_a_code_and_nothing_of_it_is_kept(front, token, content, kind, code):
    upload = brought(content or b"x", kind, sent=content is not None)
    handled(consumers.make, PictureArrived(upload))
    told = front.get(f"/v1/admin/media/{upload}", token=token, headers={"Accept-Language": "en"}).json
    assert (told["state"], told["refusal"]["code"], told["picture"], told["url"]) == ("refused", code, None, None)
    assert told["refusal"]["title"]
    assert names() == []


def test_a_file_that_is_larger_than_may_be_is_refused(engine, monkeypatch):
    content = photo(30, 30)
    monkeypatch.setattr(pictures, "LARGEST", len(content) - 1)
    row = ready(content)
    refused = pictures.refusal(row)
    assert (row.state, refused.code, refused.params) == ("refused", "PICTURE_TOO_LARGE", {"limit": len(content) - 1})
    monkeypatch.setattr(pictures, "LARGEST", len(content))
    assert ready(content).state == "ready"


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "image/svg+xml", "size": 9}, {"kind": "image/png", "size": 0}, {"kind": "image/png", "size": 15_000_001},
        {"kind": "image/png", "size": "9"}, {"kind": "image/png"}, {"size": 9},
    ],
)  # fmt: skip
def test_what_cannot_come_in_gets_no_link(front, token, body):
    told = front.post("/v1/admin/media", body, token=token)
    assert (told.status, told.json["code"]) == (422, "INVALID_REQUEST")
    assert aws.rows(Upload) == []


@pytest.mark.parametrize("upload", ["M01JZ0000000000000000000000", "x", "P01JZ0000000000000000000000"])
def test_an_upload_that_is_not_there_is_not_found(front, token, upload):
    for told in (
        front.get(f"/v1/admin/media/{upload}", token=token),
        front.put(f"/v1/admin/media/{upload}/arrival", None, token=token),
    ):
        assert (told.status, told.json["code"]) == (404, "PICTURE_NOT_FOUND")


def test_the_same_link_is_given_under_the_same_key(front, token):
    body = {"kind": "image/png", "size": 9}
    first, second = (front.post("/v1/admin/media", body, token=token, key="one") for _ in range(2))
    assert first.json == second.json
    assert len(aws.rows(Upload)) == 1


def test_a_message_delivered_twice_makes_one_picture(engine):
    row = ready(photo(90, 60))
    before = names()
    handled(consumers.make, PictureArrived(row.id))
    assert (pictures.find(row.id).shown, names()) == (row.shown, before)


class _Died(Exception):
    """The worker ends here."""


@pytest.mark.parametrize("call", range(1, 6))
def test_a_worker_that_dies_at_any_call_to_the_bucket_makes_the_same_when_it_comes_again(engine, monkeypatch, call):
    content = photo(1_000, 700)
    upload, left = brought(content), [call]
    was = showcase.clients.client

    def client(service):
        if service == "s3":
            left[0] -= 1
            if not left[0]:
                raise _Died
        return was(service)

    monkeypatch.setattr(showcase.clients, "client", client)
    with pytest.raises(_Died):
        handled(consumers.make, PictureArrived(upload))
    monkeypatch.undo()
    assert pictures.find(upload).state == "making", "nothing was committed"
    handled(consumers.make, PictureArrived(upload))
    made = pictures.shown(pictures.find(upload))
    assert sorted(names()) == sorted(f"p/{name}" for name in made.files)


def day_later(row):
    handled(consumers.drop, PictureDropDue(row.id))
    return pictures.find(row.id).state


def test_a_picture_that_nobody_names_is_deleted_after_a_day(engine, bus):
    upload = brought(photo(90, 60))
    bus.run()
    assert len(names()) == 2
    engine.advance(timedelta(hours=23))
    assert PictureDropDue.wire not in bus.run()
    engine.advance(timedelta(hours=2))
    assert bus.run() == [PictureDropDue.wire]
    assert (pictures.find(upload).state, names(), aws.rows_of(PictureUse, upload)) == ("dropped", [], [])
    handled(consumers.drop, PictureDropDue(upload))
    assert pictures.find(upload).state == "dropped", "a second tick changes nothing"


@pytest.mark.parametrize("which", ["small", "webp", "sku"])
def test_a_picture_that_a_product_names_stays_also_when_it_names_it_no_more(engine, shirts, which):
    row = ready(photo(90, 60))
    made = pictures.shown(row)
    if which == "sku":
        outcome = product(shirts, article(picture=made.small))
    else:
        held = Picture("image", made.small) if which == "small" else Picture("image", "a" * 32, webp=made.webp)
        outcome = product(shirts, pictures=(held,))
    handled(consumers.note, ProductChanged(outcome.id, 1))
    assert day_later(row) == "ready"
    goods.edit(outcome, listing(shirts, pictures=()))
    handled(consumers.note, ProductChanged(outcome.id, 2))
    assert day_later(row) == "ready", "a version of it was on sale with that picture"
    assert len(names()) == 2


def test_a_file_that_another_upload_has_made_too_stays(engine):
    first, second = ready(photo(90, 60)), ready(photo(90, 60))
    assert first.shown == second.shown
    assert day_later(first) == "dropped"
    assert len(names()) == 2
    assert day_later(second) == "dropped"
    assert names() == []


def test_only_the_worker_s_function_carries_pillow(engine):
    from tests.house import source

    users = [
        path
        for path in source.python("chalicelib")
        for _, module in source.imports(path)
        if module.split(".")[0] == "PIL"
    ]
    assert set(users) == {"chalicelib/records/catalog/imaging.py"}
    importers = [
        path for path in source.python("chalicelib") for _, module in source.imports(path) if module.endswith("imaging")
    ]
    assert importers in ([], ["chalicelib/records/catalog/service/pictures.py"])
    assert imaging.SMALL < imaging.LARGE
