"""The front door, to the letter: what it reads, what is done once under a key, and what stands in an answer and its head."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from pydantic import Field

from chalicelib.kernel.errors import CommitRejected, TooLarge
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.rules import OutOfStock
from chalicelib.runtime import keys, observe
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import SIGNED, words
from chalicelib.runtime.http.kinds import Words
from chalicelib.runtime.http.shapes import Body
from chalicelib.runtime.journal import Journal, fingerprint
from chalicelib.runtime.limits import Limit, local
from chalicelib.runtime.work import Work
from tests.runtime.doors import (
    LARGEST,
    NO_STORE,
    PROBLEM,
    SIGNED_IN,
    DoorShut,
    DoorSlow,
    Order,
    Receipt,
    Waiting,
    Wish,
    act_on_nothing,
    door,
    take,
)


# ---- what is read ---------------------------------------------------------------------------------------------------
def test_a_function_is_given_what_it_names_and_nothing_else(house):
    def read(name: str, body: Order, query: Wish, caller: Caller, request: door.Request) -> dict[str, object]:
        return {
            "name": name,
            "sku": body.sku,
            "word": query.word,
            "who": caller.id,
            "body": request.body.decode(),
            "query": dict(request.query),
            "ip": request.ip,
            "head": request.headers["X-Any"],
        }

    house.hang(read, "POST", "/v1/{name}")
    answer = house.ask("POST", "/v1/{name}", {"sku": "S1"}, values={"name": "n-1"}, query={"word": ["w"]}, x_any="y")
    assert answer.json == {
        "name": "n-1",
        "sku": "S1",
        "word": "w",
        "who": "",
        "body": '{"sku": "S1"}',
        "query": {"word": "w"},
        "ip": "203.0.113.9",
        "head": "y",
    }
    plain = house.ask("POST", "/v1/{name}", {"sku": "S1"}, values={"name": "n-1"}, x_any="y").json
    assert (plain["word"], plain["query"]) == ("none", {})


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("O1", "O1"),
        ("a" * 100, "a" * 100),
        ("a.b_c-9", "a.b_c-9"),
        ("a" * 101, "-"),
        ("", "-"),
        ("a/b", "-"),
        ("a\n", "-"),
    ],
)
def test_what_an_address_names_is_a_name_or_nothing(house, said, read):
    def see(name: str) -> str:
        return name

    house.hang(see, path="/v1/{name}")
    assert house.ask(path="/v1/{name}", values={"name": said}).json == read


def test_a_body_of_just_so_many_bytes_is_read_and_one_more_is_too_large(house):
    def read(request: door.Request) -> int:
        return len(request.body)

    house.hang(read, "POST")
    assert house.ask("POST", raw="x" * LARGEST).json == LARGEST
    answer = house.ask("POST", raw="x" * (LARGEST + 1))
    assert answer.refusal == (413, TooLarge.code, {"limit": LARGEST})
    assert house.ask("POST", raw="集" * (LARGEST // 3 + 1)).status == 413


@pytest.mark.parametrize(
    ("method", "kind", "taken"),
    [
        ("POST", "application/json", True),
        ("POST", "Application/JSON ; charset=utf-8", True),
        ("POST", "text/xml", True),
        ("POST", "", True),
        ("POST", "text/plain", False),
        ("PUT", "text/plain", False),
        ("PATCH", "text/plain", False),
        ("DELETE", "text/plain", True),
        ("GET", "text/plain", True),
    ],
)
def test_a_body_is_of_a_kind_that_the_door_reads(house, method, kind, taken):
    house.hang(lambda: None, method, media=("application/json", "text/xml"))
    answer = house.ask(method, raw="x", content_type=kind)
    assert house.ask(method, content_type=kind).status == 204, "of nothing there is no kind"
    if taken:
        assert answer.status == 204
    else:
        assert answer.refusal == (415, "MEDIA_UNSUPPORTED", {"media": "application/json / text/xml"})


def test_a_body_without_a_kind_is_read(house):
    house.hang(lambda: None, "POST")
    assert house.ask("POST", raw="x").status == 204


def test_what_does_not_fit_is_told_field_by_field(house):
    def buy(body: Order) -> None:
        raise AssertionError("done all the same")

    house.hang(buy, "POST")
    answer = house.ask("POST", body={"sku": 1, "pieces": 12, "names": ["a", 2]})
    assert answer.refusal == (422, "INVALID_REQUEST", {})
    assert answer.headers.items() >= PROBLEM.items()
    assert answer.json["errors"] == [
        {"at": "sku", "type": "string_type", "message": "应为文本"},
        {"at": "pieces", "type": "less_than_equal", "message": "不能大于 9"},
        {"at": "names.1", "type": "string_type", "message": "应为文本"},
    ]
    english = house.ask("POST", body={"sku": "S", "pieces": 12}, accept_language="en").json
    assert english["errors"][0]["message"] == "It should be 9 or less"
    assert english["title"] == "The request does not fit what is asked for"
    assert house.ask("POST").refusal == (422, "BODY_MISSING", {})
    assert [one["type"] for one in house.ask("POST", raw="{").json["errors"]] == ["json_invalid"]


def test_at_most_twenty_faults_are_told_and_nothing_that_was_sent(house):
    def buy(body: Order) -> None: ...

    house.hang(buy, "POST")
    answer = house.ask("POST", body={"sku": "S", "names": list(range(990_000, 990_030))})
    assert [one["at"] for one in answer.json["errors"]] == [f"names.{n}" for n in range(20)]
    assert "9900" not in answer.text


def test_a_query_that_does_not_fit_is_told_too(house):
    def see(query: Wish) -> None: ...

    house.hang(see)
    assert [one["at"] for one in house.ask(query={"most": ["101"]}).json["errors"]] == ["most"]
    assert [one["at"] for one in house.ask(query={"other": ["1"]}).json["errors"]] == ["other"]
    assert house.ask(query={"most": ["100"]}).status == 204


# ---- how often ------------------------------------------------------------------------------------------------------
def test_a_limit_is_counted_for_each_caller_before_anything_is_read(house):
    def see(query: Wish, caller: Caller) -> str:
        return caller.id

    house.hang(see, limit=Limit("doors", local(1, per="minute")), permit="goods:see")
    assert house.ask(**SIGNED_IN).json == "U1"
    answer = house.ask(query={"other": ["1"]}, **SIGNED_IN)
    assert answer.refusal == (429, "TOO_MANY_REQUESTS", {"seconds": 60})
    assert answer.headers["Retry-After"] == "60"
    assert house.ask(authorization="Bearer U2").json == "U2"
    assert house.ask().refusal == (401, "NOT_SIGNED_IN", {}), "who may not come in is not counted"


# ---- once under a key -----------------------------------------------------------------------------------------------
def buy(name: str, body: Order, work: Work) -> Receipt:
    work.add(*stock_steps.receive(work.new_id("S"), body.pieces))
    return work.commit(Receipt(id=work.id))


@pytest.fixture
def till(house):
    house.hang(buy, "POST", "/v1/{name}", permit="goods:buy", status=201)
    house.hang(buy, "POST", "/v1/other/{name}", permit="goods:buy", status=201)
    return house


def order(till, *, key="k", body=None, name="n1", who="U1", path="/v1/{name}"):
    more = {} if key is None else {"idempotency_key": key}
    return till.ask(
        "POST", path, body or {"sku": "S1", "pieces": 2}, values={"name": name}, authorization=f"Bearer {who}", **more
    )


def test_the_same_under_a_key_is_done_once_and_answered_alike(till):
    first, again = order(till), order(till)
    assert (first.status, "Idempotency-Replayed" in first.headers) == (201, False)
    assert (again.status, again.headers["Idempotency-Replayed"], again.json) == (200, "true", first.json)
    assert len(till.ground.rows(Journal)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"name": "n2"},
        {"body": {"sku": "S1"}},
        {"body": {"sku": "S2", "pieces": 2}},
        {"body": {"sku": "S1", "pieces": 2, "words": None}},
    ],
)
def test_something_else_under_the_same_key_is_refused(till, other):
    """Another thing that the address names, another field, or one that was said and was not before."""
    assert order(till).status == 201
    assert order(till, **other).refusal == (422, "IDEMPOTENCY_KEY_REUSED", {})


def test_the_same_said_otherwise_is_the_same(till):
    first = order(till)
    again = order(till, body={"pieces": 2, "sku": "S1"})
    assert (again.status, again.json) == (200, first.json)


@pytest.mark.parametrize("other", [{"key": "l"}, {"who": "U2"}, {"path": "/v1/other/{name}"}, {"key": None}])
def test_another_key_caller_or_door_is_another_purchase(till, other):
    assert order(till).status == 201
    second = order(till, **other)
    assert (second.status, "Idempotency-Replayed" in second.headers) == (201, False)


@pytest.mark.parametrize("key", ["", " ", "a b", "键", "k" * 256])
def test_a_key_that_is_none_is_refused(till, key):
    assert order(till, key=key).refusal == (422, "IDEMPOTENCY_KEY_MALFORMED", {})


def test_a_key_of_just_so_many_letters_is_taken(till):
    assert order(till, key="~" * 255).status == 201
    assert order(till, key="!").status == 201


def test_a_key_is_missed_where_one_is_required_and_ignored_where_none_is_taken(house):
    house.hang(take, "POST", "/v1/must", key="required")
    house.hang(act_on_nothing, "PUT", "/v1/plain")
    assert house.ask("POST", "/v1/must").refusal == (422, "IDEMPOTENCY_KEY_REQUIRED", {})
    assert house.ask("POST", "/v1/must", idempotency_key="k").status == 204
    assert house.ask("PUT", "/v1/plain", idempotency_key=" ").status == 204


def test_a_provider_is_told_apart_by_what_it_says_and_a_customer_by_what_is_asked(house):
    prints = []

    def hear(work: Work) -> None:
        prints.append((work.fingerprint, work.scope, work.caller.id, work.standing))

    def hear_of(name: str, body: Order, work: Work) -> None:
        prints.append(work.fingerprint)

    house.hang(hear_of, "POST", "/v1/{name}", permit="goods:buy")
    house.hang(hear, "POST", "/v1/notice", permit=SIGNED)
    house.hang(hear, "POST", "/v1/buy", permit="goods:buy")
    house.ask("POST", "/v1/notice")
    house.ask("POST", "/v1/buy", **SIGNED_IN)
    assert prints[0] == (None, "POST /v1/notice", "", None)
    told, *rest = prints[1]
    assert len(told) == 24
    assert rest == ["POST /v1/buy", "U1", house.gate]
    asked = {"sku": "S1", "by": "2026-06-01 08:00+08:00"}
    house.ask("POST", "/v1/{name}", asked, values={"name": "a/b"}, **SIGNED_IN)
    told = [{"name": "-"}, {"sku": "S1", "by": "2026-06-01T08:00:00+08:00"}]
    assert prints[2] == fingerprint(told, keys.index_key()), "as it was read, and without what was not said"


# ---- what is answered -----------------------------------------------------------------------------------------------
def test_an_answer_is_json_that_nobody_stores(house):
    house.hang(lambda: {"say": "集"}, "POST", status=202)
    answer = house.ask("POST")
    assert (answer.status, answer.text, answer.headers) == (202, '{"say":"集"}', NO_STORE)


def test_of_nothing_there_is_nothing_to_read(house):
    house.hang(lambda: None, etag=True)
    answer = house.ask()
    assert (answer.status, answer.text, answer.headers) == (204, "", NO_STORE)


def test_what_is_raw_is_answered_as_it_is(house):
    house.hang(lambda: door.Raw("OK"), path="/v1/text")
    house.hang(lambda: door.Raw("<p>", "text/html", 203, {"Cache-Control": "max-age=9", "X-Own": "1"}), path="/v1/page")
    house.hang(lambda: door.Raw(b"\x89PNG", "image/png", 203), path="/v1/picture")
    text, page, picture = (house.ask(path=f"/v1/{name}") for name in ("text", "page", "picture"))
    assert (text.status, text.text, text.headers) == (
        200,
        "OK",
        {**NO_STORE, "Content-Type": "text/plain; charset=utf-8"},
    )
    assert (page.status, page.text, page.bytes) == (203, "<p>", None)
    assert page.headers == {**NO_STORE, "Content-Type": "text/html", "Cache-Control": "max-age=9", "X-Own": "1"}
    assert (picture.status, picture.bytes, picture.headers["Content-Type"]) == (203, b"\x89PNG", "image/png")


@pytest.mark.parametrize(("id_", "pause"), [("slow", "3"), ("done", None)])
def test_what_is_still_moving_says_when_to_look_again(house, id_, pause):
    house.hang(lambda: Waiting(id=id_))
    assert house.ask().headers.get("Retry-After") == pause


def test_a_view_that_is_known_already_is_not_sent_again(house):
    house.hang(lambda: {"a": 1}, etag=True)
    first = house.ask()
    tag = '"' + base64.urlsafe_b64encode(hashlib.sha256(b'{"a":1}').digest()[:12]).decode() + '"'
    assert (first.status, first.headers) == (200, {**NO_STORE, "Cache-Control": "no-cache", "ETag": tag})
    for known in (tag, f"W/{tag}", f'"x", {tag}', f'"x",W/{tag}', "*"):
        again = house.ask(if_none_match=known)
        assert (again.status, again.text, again.headers["ETag"]) == (304, "", tag)
    for other in ('"x"', tag[1:-1], f"V/{tag}", ""):
        assert house.ask(if_none_match=other).status == 200


def test_a_view_that_a_use_case_makes_has_a_tag_too(house):
    def see(work: Work) -> dict[str, int]:
        return {"a": 1}

    house.hang(see, etag=True)
    tag = house.ask().headers["ETag"]
    assert house.ask(if_none_match=tag).status == 304


def test_a_door_without_tags_sends_all_each_time(house):
    house.hang(lambda: {"a": 1})
    answer = house.ask(if_none_match="*")
    assert (answer.status, answer.headers) == (200, NO_STORE)


def test_a_replay_says_when_to_look_again_too(house):
    def pay(work: Work) -> Waiting:
        from chalicelib.runtime.work import AlreadyCommitted

        raise AlreadyCommitted(view=Waiting(id="slow"))

    house.hang(pay, "POST", status=201)
    answer = house.ask("POST")
    assert (answer.status, answer.json, answer.headers["Retry-After"]) == (200, {"id": "slow"}, "3")


# ---- what is refused ------------------------------------------------------------------------------------------------
def test_several_reasons_come_together_and_the_first_leads(house):
    def shut() -> None:
        raise CommitRejected([DoorShut(room="1"), DoorSlow()])

    house.hang(shut)
    answer = house.ask()
    assert answer.refusal == (409, "DOOR_SHUT", {"room": "1"})
    assert [one["code"] for one in answer.json["reasons"]] == ["DOOR_SHUT", "DOOR_SLOW"]
    assert answer.headers == {**PROBLEM, "Retry-After": "7"}
    assert "errors" not in answer.json
    assert house.ask(accept_language="en").json["reasons"][1]["title"] == "slow"


def test_a_step_that_failed_is_told(house):
    def hold(work: Work) -> None:
        work.add(*stock_steps.hold([("S9", 0, 1)]))
        work.commit()

    house.hang(hold, "POST", permit="goods:buy")
    assert house.ask("POST", **SIGNED_IN).json["code"] == OutOfStock.code


class Heard:
    def __init__(self):
        self.lines = []

    def error(self, event, **facts):
        self.lines.append((event, facts))


def test_what_nobody_foresaw_is_told_to_nobody_but_us_and_without_its_words(house, monkeypatch):
    log = Heard()
    monkeypatch.setattr(observe, "logger", lambda: log)

    def inner() -> None:
        raise ValueError("the customer's words")

    def fail() -> None:
        try:
            inner()
        except ValueError as error:
            raise KeyError("more of them") from error

    house.hang(fail, "POST")
    for language, sentence in (
        ("zh", "服务出现意外，我们已收到通知"),
        ("en", "Something went wrong on our side; we have been told"),
    ):
        answer = house.ask("POST", accept_language=language)
        assert answer.refusal == (500, "UNEXPECTED", {})
        assert (answer.json["title"], answer.headers["Content-Language"]) == (sentence, language)
    (event, facts), _ = log.lines
    assert (event, facts["route"], facts["causes"]) == ("unexpected", "POST /v1/x", ["KeyError", "ValueError"])
    assert facts["where"].startswith("fail:")
    assert "words" not in repr(log.lines)


def test_what_never_was_raised_came_from_nowhere():
    assert door._where(ValueError("never raised")) == ""


def error(kind: str, given: Any = None, **facts: Any) -> dict[str, Any]:
    return {"type": kind, "msg": "Input should be pydantic's", "ctx": facts, "input": given}


@pytest.mark.parametrize(
    ("wrong", "zh", "en"),
    [
        (error("too_long", "x" * 61, max_length=60), "至多 60 个字符", "It has 60 letters at most"),
        (error("too_short", "x", min_length=2), "至少 2 个字符", "It has 2 letters at least"),
        (error("too_long", ["x"] * 61, max_length=60), "至多 60 项", "It has 60 entries at most"),
        (error("extra_forbidden", 1), "没有这个字段", "There is no such field"),
        (error("model_type", 1), "应为对象", "It should be an object"),
        (error("string_pattern_mismatch", "x"), "格式不符", "It is not written as it should be"),
        (error("literal_error", "x", expected="'a' or 'b'"), "应为 'a' 或 'b'", "It should be 'a' or 'b'"),
        (error("text_exact", "中", letters="!-~"), "只能用 可见的 ASCII 字符（不含空格）",
         "It may hold only visible ASCII characters, no spaces"),
        (error("text_exact", "中", letters="a-z0-9_"), "只能用 a-z0-9_", "It may hold only a-z0-9_"),
        (error("nobody_knows", "x"), "不符合要求", "This is not what is asked for"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field_is_told_in_our_own_words_in_both_languages(wrong, zh, en):
    assert (words.of(wrong, "zh"), words.of(wrong, "en")) == (zh, en)


class Lengths(Body):
    text: Words | None = Field(None, max_length=3)
    many: list[Words] | None = Field(None, max_length=1)


def test_a_text_that_is_too_long_has_letters_whatever_counted_them(house):
    def ask(body: Lengths) -> None: ...

    house.hang(ask, "POST")
    told = house.ask("POST", body={"text": "abcd", "many": ["a", "b"]}, accept_language="en").json["errors"]
    assert [one["message"] for one in told] == ["It has 3 letters at most", "It has 1 entries at most"]
