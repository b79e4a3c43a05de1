"""Devices: what one is known by, when a new one is told, and when a customer signs in where one of the shop's own did."""

from __future__ import annotations

import pytest

from chalicelib.records.identity.access.service import devices
from chalicelib.records.identity.model import ACCOUNT, STAFF, Account, StaffPlace
from chalicelib.runtime import settings, vault
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.runtime.signed_in import BUYER, KEEPER, OTHER, SECRETS, account, change, facts, joined

LINE, NEXT, FAR = "8.8.4.9", "8.8.4.10", "1.2.3.4"  # addresses that are somebody's
DEVICE = "0f8fad5b-d9cb-469f"


@pytest.fixture(autouse=True)
def shop(ground):
    settings.use_secrets(SECRETS)
    return ground


def at(ip=LINE, device="", terminal="mini") -> Work:
    return Work(Caller("", "anyone", ip=ip, device=device, terminal=terminal), "test")


def mark(kind, text):
    return vault.blind(kind, text)[:20]


def sign_in(owner=BUYER, ip=LINE, device=""):
    """What changes on an account, written as signing in does."""
    work = at(ip, device)
    changed = devices.note(account(owner), work)
    work.commit()
    if changed:
        change(Account, owner, ACCOUNT, **changed)
    return changed


# ---- what one is known by -------------------------------------------------------------------------------------------
def test_a_device_is_known_by_what_it_drew_or_by_its_network(ground):
    drawn, around = mark("device", DEVICE), mark("surroundings", "8.8.4.0/24")
    assert devices.mark(at(device=DEVICE)) == devices.own(at(device=DEVICE)) == drawn
    assert devices.mark(at()) == devices.surroundings(at(NEXT)) == around
    assert devices.here(at(device=DEVICE)) == {drawn, around}
    assert devices.here(at()) == {around}
    assert devices.own(at()) == ""
    assert devices.own(at(device="d" * 15)) == "", "nobody drew so short a name"
    assert devices.own(at(device="d" * 16)) == mark("device", "d" * 16)


def test_who_signed_in_before_is_no_stranger(ground):
    drawn, around = mark("device", DEVICE), mark("surroundings", "8.8.4.0/24")
    assert devices.known([drawn, around], at(device=DEVICE)) == "device"
    assert devices.known([around], at(device=DEVICE)) == "network"
    assert devices.known([drawn, around], at()) == "network"
    assert devices.known([drawn], at()) == ""
    assert devices.known([drawn, around], at(FAR)) == ""
    assert devices.known([], at(device=DEVICE)) == ""


def test_a_new_device_is_told_and_an_old_one_is_not(ground):
    joined()
    assert sign_in(device=DEVICE) == {"devices": mark("device", DEVICE)}
    assert sign_in(device=DEVICE) == {}
    assert sign_in(ip=FAR) == {"devices": f"{mark('device', DEVICE)} {mark('surroundings', '1.2.3.0/24')}"}
    assert facts(ground) == [("user.device_new", {"user_id": BUYER, "terminal": "mini"})] * 2


def test_the_last_twenty_devices_are_known(ground):
    joined(devices=" ".join(f"m{n}" for n in range(20)))
    kept = sign_in(device=DEVICE)["devices"].split()
    assert kept == [*(f"m{n}" for n in range(1, 20)), mark("device", DEVICE)]


# ---- beside staff ---------------------------------------------------------------------------------------------------
def places(ground):
    return {
        row["k"]["S"]: (row["a"]["S"], int(row["t"]["N"])) for row in ground.raw(StaffPlace) if row["r"]["S"] == STAFF
    }


def test_where_one_of_the_shop_s_own_signs_in_is_noted(ground):
    joined(KEEPER)
    sign_in(KEEPER, device=DEVICE)
    seen = (KEEPER, int(ground.stage.at.timestamp()))
    assert places(ground) == {f"seen#{mark('device', DEVICE)}": seen, f"seen#{mark('line', LINE)}": seen}


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.7", "", "nowhere"])
def test_of_a_line_that_is_nobody_s_nothing_is_noted(ground, ip):
    joined(KEEPER)
    sign_in(KEEPER, ip, DEVICE)
    assert list(places(ground)) == [f"seen#{mark('device', DEVICE)}"]
    sign_in(KEEPER, ip)
    assert len(places(ground)) == 1


@pytest.mark.parametrize(
    ("ip", "device", "by"),
    [(LINE, DEVICE, "device"), (FAR, DEVICE, "device"), (LINE, "", "network"), (LINE, "e" * 20, "network")],
)
def test_a_customer_who_signs_in_there_is_told_once(ground, ip, device, by):
    joined(KEEPER)
    joined()
    sign_in(KEEPER, device=DEVICE)
    assert sign_in(BUYER, ip, device)["beside"] == KEEPER
    beside = ("user.beside_staff", {"user_id": BUYER, "staff_id": KEEPER, "by": by})
    assert beside in facts(ground)
    told = len(facts(ground))
    assert sign_in(BUYER, ip, device) == {}
    assert len(facts(ground)) == told


def test_a_customer_elsewhere_is_beside_nobody(ground):
    joined(KEEPER)
    joined()
    sign_in(KEEPER, device=DEVICE)
    assert "beside" not in sign_in(BUYER, NEXT, "e" * 20), "the neighbour's line is another"
    assert [name for name, _ in facts(ground)] == ["user.device_new"] * 2


@pytest.mark.parametrize(("seconds", "beside"), [(30 * 86_400 - 1, True), (30 * 86_400, False)])
def test_where_staff_were_is_remembered_for_a_month(ground, seconds, beside):
    joined(KEEPER)
    joined()
    sign_in(KEEPER, device=DEVICE)
    ground.stage.advance(seconds=seconds)
    assert ("beside" in sign_in(device=DEVICE)) is beside


def test_another_member_of_staff_is_told_anew(ground):
    second = KEEPER[:-1] + "9"
    for who in (KEEPER, second):
        joined(who)
    joined(beside=KEEPER)
    joined(OTHER)
    sign_in(KEEPER, device=DEVICE)
    assert "beside" not in sign_in(device=DEVICE)
    sign_in(second, device="e" * 20)
    assert sign_in(device=DEVICE)["beside"] == second, "who was at this line last"
    assert [data["by"] for name, data in facts(ground) if name == "user.beside_staff"] == ["network"]
