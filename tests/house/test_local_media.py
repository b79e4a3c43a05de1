"""Pictures on this machine are answered as the bucket answers them on AWS."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from chalicelib.runtime import showcase
from chalicelib.runtime.http import problem
from local import engine as engines
from local import http, media

SVG = "<svg>衫</svg>".encode()


def test_a_picture_may_be_kept_for_good_and_runs_nothing(engine):
    name = showcase.show(SVG, "image/svg+xml")
    status, headers, body = media.answer("GET", f"/media/{name}?v=1")
    assert (status, body, headers["Content-Type"]) == (200, SVG, "image/svg+xml")
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_there_is_nowhere_and_no_other_path_names_a_picture(engine):
    showcase.show(SVG, "image/svg+xml")
    for method in ("GET", "HEAD", "POST"):
        with pytest.raises(problem.RouteUnknown):
            media.answer(method, f"/media/{'0' * 32}")
    for path in ("/media/", "/media/x", "/v1/products", f"/media/{'0' * 33}", "/media/../in/x", "/"):
        assert media.answer("GET", path) is None


def asked(port, method, path):
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.request(method, path, headers={"Accept-Language": "en"})
    answer = line.getresponse()
    told = answer.status, dict(answer.headers), answer.read()
    line.close()
    return told


def test_a_picture_takes_no_other_method_and_what_refuses_is_said_as_the_app_says_it(port):
    name = showcase.show(SVG, "image/svg+xml")
    for method in ("POST", "PUT", "DELETE", "PATCH", "FOO"):
        status, headers, body = asked(port, method, f"/media/{name}")
        assert (status, headers["Allow"], json.loads(body)["title"]) == (
            405,
            "GET, HEAD",
            "This address takes GET, HEAD",
        )
    status, headers, body = asked(port, "HEAD", f"/media/{name}")
    assert (status, headers["Content-Length"], body) == (200, str(len(SVG)), b"")
    status, _, body = asked(port, "GET", f"/media/{'0' * 32}")
    told = json.loads(body)
    assert (status, told["title"], "title_en" in told) == (404, problem.RouteUnknown().message("en"), False)


@pytest.fixture
def port(engine) -> Iterator[int]:
    from app import app

    serving = http.serve(app, number := engines.free_port())
    yield number
    serving.stop()
    serving.server.server.server_close()


def test_the_local_server_answers_with_the_picture_whatever_is_said_to_be_accepted(port, monkeypatch):
    content = bytes(range(256))
    monkeypatch.setattr(media, "answer", lambda method, path: (200, {"Content-Type": "image/png"}, content))
    told = {"Accept": "text/html", "Connection": "close"}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/media/x", headers=told)
    with urllib.request.urlopen(asked, timeout=10) as told:  # noqa: S310  # loopback only
        assert (told.headers["content-type"], told.read()) == ("image/png", content)
    monkeypatch.undo()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/media/x", timeout=10)
    assert refused.value.code in (403, 404)
    refused.value.close()
