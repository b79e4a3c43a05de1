"""The front door, to the letter: how a door is hung, who is let in, and what of their session is demanded."""

from __future__ import annotations

import pytest
from chalice.app import CORSConfig

from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import OPERATIONS, PUBLIC, SIGNED
from chalicelib.runtime.limits import TooManyRequests
from chalicelib.runtime.work import Work
from tests.runtime.doors import (
    SIGNED_IN,
    DoorSessionEnded,
    DoorShut,
    DoorTokenBad,
    Named,
    Order,
    Receipt,
    Told,
    Wish,
    act_on_nothing,
    door,
    refuse,
    refuse_several,
    take,
)


# ---- a door is hung -------------------------------------------------------------------------------------------------
def test_a_route_is_known_with_all_that_is_said_of_it(house):
    def buy(body: Order, query: Wish, work: Work, name: str) -> Receipt:
        return Receipt(id=name)

    told = house.hang(
        buy,
        "POST",
        "/v1/{name}",
        permit="goods:buy",
        step_up=True,
        key="required",
        status=201,
        etag=True,
        errors=(DoorShut,),
        example={"id": "1"},
        media=("text/plain",),
        limit="place",
        session="first",
        second="is one",
    )
    assert told == door.Operation(
        "POST",
        "/v1/{name}",
        "goods:buy",
        True,
        "required",
        Order,
        Wish,
        Receipt,
        201,
        (DoorShut, TooManyRequests),
        {"id": "1"},
        ("text/plain",),
        True,
        buy,
        "place",
        "first",
        "is one",
    )


def test_a_route_of_which_little_is_said_is_the_usual(house):
    def see(query: Wish) -> list[Receipt]:
        return []

    told = house.hang(see, "GET", "/v1/see", permit="goods:see")
    assert told == door.Operation(
        "GET",
        "/v1/see",
        "goods:see",
        False,
        "none",
        None,
        Wish,
        None,
        200,
        (),
        None,
        ("application/json",),
        False,
        see,
        None,
        "read",
        None,
    )
    assert house.hang(lambda: "text", path="/v1/text").reply is None


@pytest.mark.parametrize(
    ("method", "permit", "given", "demanded"),
    [
        ("GET", "goods:see", None, "read"),
        ("POST", "goods:buy", None, "checked"),
        ("DELETE", "goods:buy", None, "checked"),
        ("GET", PUBLIC, None, "none"),
        ("POST", SIGNED, None, "none"),
        ("POST", "goods:buy", "token", "token"),
        ("GET", "goods:buy", "first", "first"),
        ("GET", "goods:buy", "checked", "checked"),
        ("POST", "goods:buy", "read", "read"),
        ("POST", "goods:buy", "none", "none"),
    ],
)
def test_what_a_door_demands_of_a_session(house, method, permit, given, demanded):
    assert house.hang(lambda: None, method, permit=permit, session=given).session == demanded


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"permit": "goods"}, r"GET /v1/x: a permit is context:action, not 'goods'"),
        ({"permit": "Goods:see"}, "a permit is context:action"),
        ({"permit": "goods:see it"}, "a permit is context:action"),
        ({"permit": "my goods:see"}, "a permit is context:action"),
        ({"session": "token"}, r"GET /v1/x: nobody knows what session='token' demands here"),
        ({"permit": SIGNED, "session": "first"}, "nobody knows what session='first'"),
        ({"permit": "goods:see", "session": "some"}, "nobody knows what session='some'"),
    ],
)
def test_a_door_that_makes_no_sense_is_not_hung(house, how, why):
    known = len(OPERATIONS)
    with pytest.raises(TypeError, match=why):
        house.hang(lambda: None, **how)
    assert len(OPERATIONS) == known


@pytest.mark.parametrize(
    ("method", "permit", "given", "takes"),
    [
        ("POST", "goods:buy", None, "optional"),
        ("POST", PUBLIC, None, "optional"),
        ("POST", SIGNED, None, "none"),
        ("PUT", "goods:buy", None, "none"),
        ("POST", "goods:buy", "none", "none"),
        ("PUT", "goods:buy", "required", "required"),
    ],
)
def test_whether_a_door_takes_a_key(house, method, permit, given, takes):
    def act(work: Work) -> None: ...

    assert house.hang(act, method, permit=permit, key=given).key == takes


def test_a_post_without_a_work_takes_no_key(house):
    assert house.hang(lambda: None, "POST").key == "none"


def test_what_is_kept_in_the_journal_holds_nothing_of_a_person(house):
    def act(work: Work) -> Named: ...

    with pytest.raises(TypeError, match=r"POST /v1/x: its reply is kept in the journal, but \['name'\] may not be"):
        house.hang(act, "POST")
    assert house.hang(act, "POST", key="none").reply is Named


def test_a_provider_s_door_is_not_for_browsers_and_each_is_named_after_itself(house):
    house.app.api.cors = CORSConfig(allow_origin="https://shop.example")

    def act() -> None: ...

    house.hang(act, "POST", "/v1/notice", permit=SIGNED)
    house.hang(act, "POST", "/v1/act")
    routes = house.app.routes
    assert not routes["/v1/notice"]["POST"].cors
    assert routes["/v1/act"]["POST"].cors is house.app.api.cors
    assert routes["/v1/act"]["POST"].view_name == "POST /v1/act"
    assert list(routes["/v1/act"]) == ["POST"]


def test_an_identity_says_what_it_refuses_with(house):
    assert [DoorTokenBad] == door.DOUBTS
    assert [DoorSessionEnded] == door.ENDED
    door.use_identity(house.identify)
    assert (door.DOUBTS, door.ENDED, door._standing) == ([], [], None)


# ---- who is let in --------------------------------------------------------------------------------------------------
def who(caller: Caller) -> list[object]:
    return [caller.id, caller.role, caller.ip, caller.device, caller.terminal, caller.language]


def test_a_public_door_knows_who_comes_and_lets_anyone_in(house):
    house.hang(who)
    assert house.ask().json == ["", "anyone", "203.0.113.9", "", "pc", "zh"]
    assert house.ask(authorization="Bearer U7").json[:2] == ["U7", "customer"]
    assert house.asked_at == house.ground.stage.at
    for doubtful in ("Bearer bad", "Basic U7", "U7"):
        assert house.ask(authorization=doubtful).json[:2] == ["", "anyone"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, (401, "NOT_SIGNED_IN", {})),
        ({"authorization": "U1"}, (401, "NOT_SIGNED_IN", {})),
        ({"authorization": "bearer U1"}, (401, "NOT_SIGNED_IN", {})),
        ({"authorization": "Bearer bad"}, (401, "DOOR_TOKEN_BAD", {"why": "gone"})),
        ({"authorization": "Bearer "}, (401, "NOT_SIGNED_IN", {})),
    ],
)
def test_a_door_with_a_permit_lets_nobody_unknown_in(house, given, told):
    house.hang(who, permit="goods:see")
    answer = house.ask(**given)
    assert answer.refusal == told
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_nobody_is_known_where_nothing_says_who_a_token_is(house):
    door.use_identity(None)
    house.hang(who, permit="goods:see")
    assert house.ask(**SIGNED_IN).refusal == (401, "NOT_SIGNED_IN", {})


def test_a_permit_that_one_has_not_is_refused_and_one_that_one_has_is_enough(house):
    house.hang(who, permit="goods:see")
    house.hang(who, path="/v1/desk", permit="goods:sell")
    assert house.ask(**SIGNED_IN).status == 200
    assert house.ask(path="/v1/desk", **SIGNED_IN).refusal == (403, "NOT_PERMITTED", {})


def test_a_fresh_second_factor_is_asked_for_after_the_permit(house):
    house.hang(who, permit="goods:see", step_up=True)
    house.hang(who, path="/v1/desk", permit="goods:sell", step_up=True)
    assert house.ask(**SIGNED_IN).refusal == (403, "SECOND_FACTOR_NEEDED", {})
    assert house.ask(authorization="Bearer U1:fresh").status == 200
    assert house.ask(path="/v1/desk", **SIGNED_IN).refusal == (403, "NOT_PERMITTED", {})


def test_a_provider_s_door_looks_at_no_token(house):
    house.hang(who, permit=SIGNED)
    assert house.ask(authorization="Bearer bad").json[:2] == ["", "anyone"]
    assert house.ask(authorization="Bearer U1").json[:2] == ["", "anyone"]


@pytest.mark.parametrize(("said", "taken"), [("d" * 64, "d" * 64), ("d" * 65, ""), ("", ""), ("a b", ""), ("机", "")])
def test_a_device_is_so_many_visible_letters_or_unknown(house, said, taken):
    house.hang(who)
    assert house.ask(x_device=said).json[3] == taken


@pytest.mark.parametrize(
    ("said", "taken"), [*[(one, one) for one in ("pc", "h5", "wechat", "mini", "app")], ("fridge", "pc")]
)
def test_a_terminal_is_one_that_we_know(house, said, taken):
    house.hang(who)
    assert house.ask(x_terminal=said).json[4] == taken


@pytest.mark.parametrize(
    ("said", "spoken"),
    [("en", "en"), ("EN-gb,zh;q=0.5", "en"), ("zh-CN,en", "zh"), ("", "zh"), ("fr", "zh"), ("den", "zh")],
)
def test_english_is_spoken_to_whom_it_comes_first(house, said, spoken):
    def shut(caller: Caller) -> None:
        raise DoorShut(room=caller.language)

    house.hang(shut)
    answer = house.ask(accept_language=said)
    assert (answer.status, answer.headers["Content-Language"], answer.json["params"]) == (409, spoken, {"room": spoken})
    assert answer.json["title"] == {"en": "en is shut", "zh": "zh 已关"}[spoken]


def test_a_request_that_comes_from_nowhere_has_no_address(house):
    house.hang(who)
    event = {
        "requestContext": {"httpMethod": "GET", "resourcePath": "/v1/x"}, "headers": {}, "pathParameters": {},
        "multiValueQueryStringParameters": None, "stageVariables": None, "body": None,
    }  # fmt: skip
    assert Told(house.app(event, None)).json[2] == ""


# ---- what of a session is demanded ----------------------------------------------------------------------------------
def test_who_reads_is_glanced_at_and_who_does_harm_elsewhere_looked_up_first(house):
    done = []

    def act() -> None:
        done.append(list(house.gate.asked))

    for session in ("token", "read", "checked", "first"):
        house.hang(act, "POST", f"/v1/{session}", permit="goods:buy", session=session)
    for session, asked in (("token", []), ("read", ["glance"]), ("checked", []), ("first", ["look"])):
        house.gate.asked.clear()
        assert house.ask("POST", f"/v1/{session}", **SIGNED_IN).status == 204
        assert done.pop() == asked
    assert (house.gate.caller.id, house.gate.now) == ("U1", house.ground.stage.at)


@pytest.mark.parametrize(("session", "method"), [("read", "GET"), ("first", "POST")])
def test_nothing_is_done_for_a_session_that_was_found_to_have_ended(house, session, method):
    def act() -> None:
        raise AssertionError("done all the same")

    house.gate.stands = False
    house.hang(act, method, permit="goods:buy", session=session)
    assert house.ask(method, **SIGNED_IN).refusal == (401, "DOOR_SESSION_ENDED", {})


def test_no_session_is_asked_for_at_open_doors_nor_where_nobody_keeps_any(house):
    house.hang(who)
    house.ask()
    assert house.gate.caller is None
    door.use_identity(house.identify)
    house.hang(who, "GET", "/v1/read", permit="goods:see")
    assert house.ask(path="/v1/read", **SIGNED_IN).status == 200


@pytest.mark.parametrize(
    ("use_case", "session", "asked"),
    [
        (act_on_nothing, "checked", ["look"]),
        (refuse, "checked", ["look"]),
        (refuse_several, "checked", ["look"]),
        (take, "checked", ["within"]),
        (take, "first", ["look", "within"]),
        (act_on_nothing, "first", ["look"]),
        (refuse, "first", ["look"]),
        (take, "token", []),
        (refuse, "token", []),
        (act_on_nothing, "token", []),
        (take, "read", ["glance"]),
        (act_on_nothing, "read", ["glance"]),
    ],
)
def test_a_session_is_demanded_in_what_is_sent_or_afresh_where_nothing_is(house, use_case, session, asked):
    house.hang(use_case, "POST", permit="goods:buy", session=session)
    house.ask("POST", **SIGNED_IN)
    assert house.gate.asked == asked


@pytest.mark.parametrize("use_case", [act_on_nothing, refuse, refuse_several])
def test_an_ended_session_hears_only_that(house, use_case):
    house.gate.stands = False
    house.hang(use_case, "POST", permit="goods:buy")
    assert house.ask("POST", **SIGNED_IN).refusal == (401, "DOOR_SESSION_ENDED", {})


def test_who_needs_no_session_is_served_and_refused_as_is(house):
    door.use_identity(house.identify)
    house.hang(refuse, "POST", permit="goods:buy")
    house.hang(take, "POST", "/v1/take", permit="goods:buy")
    house.hang(act_on_nothing, "POST", "/v1/nothing", permit="goods:buy")
    assert house.ask("POST", **SIGNED_IN).refusal == (409, "DOOR_SHUT", {"room": "1"})
    assert house.ask("POST", "/v1/take", **SIGNED_IN).status == 204
    assert house.ask("POST", "/v1/nothing", **SIGNED_IN).status == 204
