"""Gates, attempt by attempt: what counts where it comes from, when one closes and to whom, and what a success takes back."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected, TooMany
from chalicelib.records.identity.access.rules import CredentialsWrong, LoginLocked
from chalicelib.records.identity.access.service import devices, throttle
from chalicelib.records.identity.access.steps.gates import count, take_back
from chalicelib.records.identity.model import Account, Count, Lockout
from chalicelib.runtime import limits, settings, table, vault
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.runtime.signed_in import BUYER, KEEPER, SECRETS, did, facts, write

LINE, NEXT, FAR = "203.0.113.9", "203.0.113.10", "198.51.100.7"
DEVICE = "0f8fad5b-d9cb-469f-a165"
WHO = "0123456789abcdef0123"
WHAT = f"login|{WHO}"


@pytest.fixture(autouse=True)
def shop(ground):
    settings.use_secrets(SECRETS)
    return ground


def at(ip=LINE, device="") -> Work:
    return Work(Caller("", "anyone", ip=ip, device=device), "test")


def index(kind: str, text: str) -> str:
    return f"{kind}|{vault.blind(kind, text)[:32]}"


def line(ip=LINE) -> str:
    return index("ip", ip)


def net(ip=LINE) -> str:
    return index("ip", limits.networks(ip)[1])


def marks(ip=LINE) -> list[str]:
    """What an account knows that was used from this network."""
    return [devices.surroundings(at(ip))]


def own() -> list[str]:
    """What an account knows that was used on the device."""
    return [devices.own(at(device=DEVICE))]


def counts(ground) -> dict[str, int]:
    return {row.key: int(row.failures) for row in ground.rows(Lockout)}


def latch(key: str, failures=0, closed_until=0, forgotten_at=10**10) -> None:
    write(table.put(Lockout(key, failures=failures, closed_until=closed_until, forgotten_at=forgotten_at)))


def now(ground) -> int:
    return int(ground.stage.at.timestamp())


def locked(act) -> int:
    """The seconds that somebody is told to wait, 0 when heard."""
    try:
        act()
    except LoginLocked as refused:
        return refused.params["seconds"]
    return 0


# ---- one thing of an account ----------------------------------------------------------------------------------------
def test_a_stranger_is_counted_at_the_line_around_it_and_with_all_others(ground):
    throttle.admit(WHAT, (), 50, at())
    assert counts(ground) == {f"{WHAT}|{line()}": 1, f"{WHAT}|around|{net()}": 1, WHAT: 1}
    begun = now(ground)
    row = next(row for row in ground.raw(Lockout) if row["k"]["S"] == WHAT)
    assert row == {
        "k": {"S": WHAT},
        "n": {"N": "1"},
        "u": {"N": "0"},
        "f": {"N": str(begun + 900)},
        "x": {"N": str(begun + 900 + 86_400)},
    }
    throttle.admit(WHAT, (), 0, at(FAR))
    assert counts(ground)[WHAT] == 1, "where nobody can guess it, strangers are not counted together"
    assert counts(ground)[f"{WHAT}|{line(FAR)}"] == 1


def test_who_comes_from_a_network_that_is_known_is_not_counted_with_strangers(ground):
    throttle.admit(WHAT, marks(), 50, at())
    assert counts(ground) == {f"{WHAT}|{line()}": 1, f"{WHAT}|around|{net()}": 1}


def test_who_comes_on_a_device_that_is_known_is_counted_there_alone(ground):
    throttle.admit(WHAT, own(), 50, at(device=DEVICE))
    assert counts(ground) == {f"{WHAT}|{own()[0]}": 1}


def test_the_tenth_failure_closes_the_line_and_is_told(ground):
    for _ in range(10):
        assert locked(lambda: throttle.admit(WHAT, marks(), 50, at())) == 0
    assert facts(ground) == [("login.closed", {"what": "account", "who": WHO[:16], "seconds": 900})]
    ground.stage.advance(seconds=100)
    before = counts(ground)
    assert locked(lambda: throttle.admit(WHAT, marks(), 50, at())) == 800
    assert counts(ground) == before, "what is not heard is not counted"
    assert locked(lambda: throttle.admit(WHAT, marks(), 50, at(NEXT))) == 0, "the neighbour"
    ground.stage.advance(seconds=800)
    assert locked(lambda: throttle.admit(WHAT, marks(), 50, at())) == 0


def test_the_tenth_failure_on_a_known_device_closes_it_there(ground):
    latch(f"{WHAT}|{own()[0]}", 9)
    throttle.admit(WHAT, own(), 50, at(device=DEVICE))
    assert facts(ground) == [("login.closed", {"what": "account", "who": WHO[:16], "seconds": 900})]
    assert locked(lambda: throttle.admit(WHAT, own(), 50, at(device=DEVICE))) == 900


def test_the_twentieth_failure_from_around_closes_the_network(ground):
    latch(f"{WHAT}|around|{net()}", 19)
    throttle.admit(WHAT, (), 50, at())
    assert locked(lambda: throttle.admit(WHAT, (), 50, at(NEXT))) == 900
    assert locked(lambda: throttle.admit(WHAT, (), 50, at(FAR))) == 0


def test_so_many_failures_of_strangers_close_it_to_strangers_and_to_nobody_else(ground):
    latch(WHAT, 2)
    throttle.admit(WHAT, (), 3, at())
    assert locked(lambda: throttle.admit(WHAT, (), 3, at(FAR))) == 900
    assert locked(lambda: throttle.admit(WHAT, marks(FAR), 3, at(FAR))) == 0
    assert locked(lambda: throttle.admit(WHAT, own(), 3, at(device=DEVICE))) == 0


def test_the_longest_wait_is_told(ground):
    latch(f"{WHAT}|{line()}", 10, now(ground) + 5)
    latch(WHAT, 10, now(ground) + 9)
    assert locked(lambda: throttle.admit(WHAT, (), 50, at())) == 9


def test_a_success_takes_back_what_came_from_here(ground):
    for _ in range(3):
        throttle.admit(WHAT, (), 50, at())
    for _ in range(2):
        throttle.admit(WHAT, (), 50, at(NEXT))
    write(*take_back(throttle.admit(WHAT, (), 50, at())))
    assert counts(ground) == {f"{WHAT}|{line(NEXT)}": 2, f"{WHAT}|around|{net()}": 2, WHAT: 2}


def test_what_was_taken_back_too_often_counts_from_nothing(ground):
    latch(f"{WHAT}|{line()}", -3)
    throttle.admit(WHAT, marks(), 50, at())
    assert counts(ground)[f"{WHAT}|{line()}"] == 1


def meanwhile(act):
    def first(call, effect):
        act()
        return effect()

    return first


def test_of_two_attempts_at_one_moment_both_are_counted(ground):
    ground.script = [None, meanwhile(lambda: throttle.admit(WHAT, (), 50, at()))]
    throttle.admit(WHAT, (), 50, at())
    assert set(counts(ground).values()) == {2}
    ground.script = [None, meanwhile(lambda: throttle.admit(WHAT, (), 50, at()))]
    throttle.admit(WHAT, (), 50, at())
    assert set(counts(ground).values()) == {4}


def test_who_finds_others_before_them_eight_times_waits_a_second(ground):
    depth = [0]

    def other():
        depth[0] += 1
        key = f"{WHAT}|{line()}"
        latch(key, depth[0])

    ground.script = [None, *[meanwhile(other), None, None] * 20]
    assert locked(lambda: throttle.admit(WHAT, marks(), 50, at())) == 1
    assert depth[0] == 8


def test_the_reading_is_consistent(ground):
    throttle.admit(WHAT, (), 50, at())
    (body,) = ground.bodies("BatchGetItem")
    assert all(wish["ConsistentRead"] for wish in body["RequestItems"].values())


def test_what_never_closes_takes_as_long_and_counts_as_much(ground):
    latch(WHAT, 500)
    latch(f"{WHAT}|{line()}", 500)
    throttle.as_if(WHAT, at())
    assert counts(ground) == {f"{WHAT}|{line()}": 501, f"{WHAT}|around|{net()}": 1, WHAT: 501}
    assert all(int(row.closed_until) == 0 for row in ground.rows(Lockout))


# ---- signing in -----------------------------------------------------------------------------------------------------
def login(ip=LINE, device="", known=(), both=False):
    return throttle.admit_login(WHO, known, at(ip, device), both=both)


def test_a_stranger_who_signs_in_is_counted_at_the_account_and_at_the_address(ground):
    heard = login()
    assert counts(ground) == {
        f"login|{line()}": 1,
        f"login|around|{net()}": 1,
        f"{WHAT}|{line()}": 1,
        f"{WHAT}|around|{net()}": 1,
        WHAT: 1,
    }
    assert (heard.closed, type(heard.wrong), heard.here) == (False, CredentialsWrong, frozenset(marks()))
    login()
    write(*take_back(login(NEXT).counted))
    assert counts(ground) == {
        f"login|{line()}": 2,
        f"login|{line(NEXT)}": 0,
        f"login|around|{net()}": 2,
        f"{WHAT}|{line()}": 2,
        f"{WHAT}|around|{net()}": 2,
        WHAT: 2,
    }
    write(*take_back(login().counted))
    assert counts(ground)[f"login|{line()}"] == 2, "of the address one is taken back"
    assert f"{WHAT}|{line()}" not in counts(ground)
    assert counts(ground)[WHAT] == 0, "and of the account all that came from here"


def test_who_signs_in_from_a_known_network_is_counted_at_home(ground):
    login(known=marks())
    assert counts(ground) == {
        f"login|{line()}": 1,
        f"login|around|{net()}": 1,
        f"{WHAT}|{line()}": 1,
        f"{WHAT}|around|{net()}": 1,
        f"login|home|{line()}": 1,
    }


def test_who_signs_in_on_a_known_device_is_counted_there_alone(ground):
    heard = login(device=DEVICE, known=own())
    assert counts(ground) == {f"{WHAT}|{own()[0]}": 1}
    assert heard.here == frozenset([*own(), *marks()])
    write(*take_back(heard.counted))
    assert counts(ground) == {}


def test_who_comes_from_nowhere_is_counted_at_no_address(ground):
    login(ip="")
    assert not [key for key in counts(ground) if key.startswith(("login|ip", "login|around", "login|home"))]
    login(ip="", known=marks(""))
    assert not [key for key in counts(ground) if key.startswith("login|home")]


@pytest.mark.parametrize(
    ("key", "most", "who"),
    [
        (f"{WHAT}|{{line}}", 10, ("account", WHO[:16])),
        (f"{WHAT}|around|{{net}}", 20, ("account", WHO[:16])),
        (WHAT, 100, ("account", WHO[:16])),
        ("login|{line}", 50, ("address", "{line16}")),
        ("login|around|{net}", 500, ("address", "{net16}")),
    ],
)
def test_each_gate_closes_at_its_number_and_says_of_whom(ground, key, most, who):
    named = {"line": line(), "net": net(), "line16": line()[3:19], "net16": net()[3:19]}
    latch(key.format(**named), most - 2)
    login()
    assert facts(ground) == []
    login()
    told = {"what": who[0], "who": who[1].format(**named), "seconds": 900}
    assert facts(ground) == [("login.closed", told)]


def test_the_gate_of_a_home_closes_at_ten_times_as_many(ground):
    latch(f"login|home|{line()}", 498)
    login(known=marks())
    assert facts(ground) == []
    login(known=marks())
    assert facts(ground) == [("login.closed", {"what": "address", "who": line()[3:19], "seconds": 900})]


def test_an_operator_scales_what_one_address_may(ground, monkeypatch):
    monkeypatch.setenv("LIMIT_SCALE", "2")
    monkeypatch.setenv("LOGIN_FAILURES_PER_IP", "7")
    assert throttle.scaled(throttle.BY_ADDRESS) == 14
    latch(f"login|{line()}", 12)
    login()
    assert facts(ground) == []
    login()
    assert [data["what"] for _, data in facts(ground)] == ["address"]


# ---- at a closed gate -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("both", "kind"), [(False, "alone"), (True, "both")])
def test_at_a_closed_gate_a_hundred_of_each_kind_are_heard_and_no_more(ground, both, kind):
    closed = now(ground) + 600
    latch(f"{WHAT}|{line()}", 10, closed)
    before = counts(ground)
    heard = login(known=marks(), both=both)
    assert heard.closed
    assert counts(ground) == {
        **before,
        f"{kind}|{WHAT}|{line()}": 1,
        f"login|{line()}": 1,
        f"login|around|{net()}": 1,
    }
    latch(f"{kind}|{WHAT}|{line()}", 98)
    assert locked(lambda: login(known=marks(), both=both)) == 0
    assert locked(lambda: login(known=marks(), both=both)) == 0
    assert [data["seconds"] for _, data in facts(ground)] == [900], "the hundredth"
    assert locked(lambda: login(known=marks(), both=both)) == 900, "the longer of the two waits"
    assert locked(lambda: login(known=marks(), both=not both)) == 0, "the other kind is still heard"


def test_the_wait_at_a_closed_gate_is_the_longest(ground):
    latch(f"{WHAT}|{line()}", 10, now(ground) + 600)
    latch(f"alone|{WHAT}|{line()}", 100, now(ground) + 40)
    assert locked(lambda: login(known=marks())) == 600


def test_a_stranger_at_a_closed_gate_hears_that_it_is_closed_whatever_is_right(ground):
    latch(WHAT, 100, now(ground) + 600)
    heard = login()
    assert isinstance(heard.wrong, LoginLocked)
    assert heard.wrong.params == {"seconds": 600}
    assert heard.closed
    latch(f"login|{line(FAR)}", 50, now(ground) + 700)
    away = login(FAR)
    assert away.wrong.params == {"seconds": 700}


def test_a_gate_is_closed_to_its_very_last_second(ground):
    latch(WHAT, 100, now(ground) + 1)
    heard = login()
    assert (heard.closed, heard.wrong.params) == (True, {"seconds": 1})
    ground.stage.advance(seconds=1)
    heard = login()
    assert (heard.closed, type(heard.wrong)) == (False, CredentialsWrong)


def test_who_is_known_hears_what_a_stranger_there_would_hear(ground):
    """Else the answer would tell from where an account is used."""
    latch(WHAT, 100, now(ground) + 600)
    heard = login(known=marks())
    assert (heard.closed, heard.wrong.params) == (False, {"seconds": 600})
    known, other = Account(BUYER, "account", devices=marks()[0]), Account(BUYER, "account", devices="elsewhere")
    assert heard.by(known) is heard
    assert heard.by(other).closed
    assert heard.by(None).closed
    at_peace = login(FAR, known=marks(FAR))._replace(wrong=CredentialsWrong())
    assert not at_peace.by(None).closed


def test_an_address_that_is_closed_closes_it_to_strangers_and_not_to_who_is_at_home(ground):
    latch(f"login|{line()}", 50, now(ground) + 600)
    assert login().closed is True
    assert login(known=marks()).closed is False
    latch(f"login|home|{line()}", 500, now(ground) + 600)
    assert login(known=marks()).closed is True
    assert login(device=DEVICE, known=own()).closed is False


def test_of_two_who_sign_in_at_one_moment_both_are_counted(ground):
    ground.script = [None, meanwhile(login)]
    login()
    assert set(counts(ground).values()) == {2}


def test_who_signs_in_behind_eight_others_waits_a_second(ground):
    depth = [0]

    def other():
        depth[0] += 1
        latch(f"{WHAT}|{line()}", depth[0])

    ground.script = [None, *[meanwhile(other), None, None] * 20]
    assert locked(login) == 1
    assert depth[0] == 8


# ---- opened ---------------------------------------------------------------------------------------------------------
def test_who_takes_up_an_invitation_finds_the_gates_open_here(ground):
    factor = f"login|totp|{KEEPER}"
    here = [
        f"{WHAT}|{line()}", f"{WHAT}|around|{net()}", WHAT, f"both|{WHAT}|{line()}", f"alone|{WHAT}|{line()}",
        f"{factor}|{line()}", f"{factor}|around|{net()}", factor,
    ]  # fmt: skip
    elsewhere = [f"{WHAT}|{line(FAR)}", f"both|{WHAT}|around|{net()}"]
    for key in (*here, *elsewhere):
        latch(key, 10)
    did(throttle.reopen, WHO, factor, (), at())
    assert set(counts(ground)) == set(elsewhere)


def test_a_known_device_finds_its_own_gates_open_too(ground):
    factor = f"login|totp|{KEEPER}"
    for what in (WHAT, factor):
        latch(f"{what}|{own()[0]}", 10)
    latch(f"both|{WHAT}|{own()[0]}", 10)
    latch(f"alone|{WHAT}|{own()[0]}", 10)
    for key in (f"{WHAT}|{line()}", WHAT, factor):
        latch(key, 10)
    did(throttle.reopen, WHO, factor, own(), at(device=DEVICE))
    assert counts(ground) == {}


# ---- counted --------------------------------------------------------------------------------------------------------
class GateTooMany(TooMany):
    zh, en = "多", "many"


def test_so_many_are_counted_in_a_window_and_a_day_begins_at_the_shop_s_midnight(ground):
    def one(window, most=2):
        return count("w", window, most, at().now, GateTooMany())

    write(one(3600))
    write(one(3600))
    with pytest.raises(CommitRejected) as refused:
        write(one(3600))
    assert [type(reason) for reason in refused.value.reasons] == [GateTooMany]
    ground.stage.advance(minutes=59, seconds=59)
    with pytest.raises(CommitRejected):
        write(one(3600))
    ground.stage.advance(seconds=1)
    write(one(3600))
    write(one(86_400))
    midnight = now(ground) - 13 * 3600  # 05:00 of UTC is one in the afternoon there
    assert {row.key: (int(row.number), int(row.expires)) for row in ground.rows(Count)} == {
        f"w|{now(ground) - 3600}": (2, now(ground) + 86_400),
        f"w|{now(ground)}": (1, now(ground) + 3600 + 86_400),
        f"w|{midnight}": (1, midnight + 2 * 86_400),
    }


def test_where_somebody_comes_from_is_kept_as_an_index(ground):
    assert throttle.address(at()) == line()
    assert throttle.around(at()) == net()
    assert throttle.device(at(device="d")) == index("device", "d")
    assert len(throttle.address(at())) == 3 + 32
    assert throttle.address(at("2001:db8:1:2::1")) == index("ip", "2001:db8:1:2::/64")


def test_a_failure_is_told_of_everybody_and_named_of_the_shop_s_own(ground):
    work = at()
    work.add(*take_back(throttle.admit(WHAT, (), 50, at())))
    throttle.tell_failure(BUYER, "password", work)
    throttle.tell_failure(KEEPER, "totp", work)
    assert facts(ground) == [
        ("login.failed", {"what": "password"}),
        ("staff.login_failed", {"user_id": KEEPER, "what": "totp"}),
    ]
    assert counts(ground), "what becomes of the attempt itself is another matter"
