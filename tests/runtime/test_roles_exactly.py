"""Who gives rights to whom: roles by two administrators, what staff see of people, and what a block does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.permits import permits
from chalicelib.records.identity.access.service import sessions, tokens
from chalicelib.records.identity.access.service.verification_codes import Target
from chalicelib.records.identity.accounts.rules import StaleAccount, UserNotFound
from chalicelib.records.identity.accounts.service import addresses, presence
from chalicelib.records.identity.accounts.service.accounts import Person
from chalicelib.records.identity.accounts.steps import require_active
from chalicelib.records.identity.model import (
    ACCOUNT,
    BOOK,
    IDENTIFIER,
    Account,
    Address,
    Book,
    Count,
    IdentifierRow,
    place,
)
from chalicelib.records.identity.staff.rules import DisclosedTooOften, OwnRoles, RolesApart, StaffClosed
from chalicelib.records.identity.staff.service import directory, roles
from chalicelib.records.identity.staff.service.directory import Seen
from chalicelib.runtime import settings, table, vault
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.runtime.signed_in import BUYER, OTHER, SECRETS, account, change, did, facts, joined, signed_in, work, write

CLERK, ADMIN, SECOND, THIRD = (f"A01JZ000000000000000000000{n}" for n in "1234")
LIFE = timedelta(hours=72)


@pytest.fixture(autouse=True)
def shop(ground):
    settings.use_secrets(SECRETS)
    presence.forget()
    yield ground
    presence.forget()


@pytest.fixture
def staff(ground):
    joined(CLERK, roles="operator support")
    for admin in (ADMIN, SECOND, THIRD):
        joined(admin, roles="admin")
    return ground


def by(who: str) -> Work:
    return Work(Caller(who, "admin"), "test")


def put(who: str, *wanted: str, account: str = CLERK) -> bool:
    return did(roles.put, account, frozenset(wanted), by(who))


def held() -> tuple:
    row = account(CLERK)
    return row.roles, row.proposed, row.proposer, int(row.version)


# ---- roles ----------------------------------------------------------------------------------------------------------
def test_new_rights_need_two_who_say_the_same(staff):
    assert put(ADMIN, "support", "admin") is False
    assert held() == ("operator support", "admin support", ADMIN, 3)
    assert account(CLERK).proposed_at == staff.stage.at
    assert put(ADMIN, "support", "admin") is False, "nobody agrees with themselves"
    assert put(SECOND, "admin", "support") is True
    assert held() == ("admin support", None, None, 4)
    assert account(CLERK).proposed_at is None
    assert facts(staff) == [
        ("staff.roles_proposed", {"user_id": CLERK, "roles": "admin support"}),
        ("staff.roles_changed", {"user_id": CLERK, "roles": "admin support"}),
    ]


def test_a_change_of_roles_ends_all_sessions(staff):
    name, first = signed_in(CLERK)
    tokens.present(CLERK, name, 3, staff.stage.at)
    put(ADMIN, "support")
    with pytest.raises(Exception, match="TOKEN_INVALID"):
        tokens.present(CLERK, name, 3, staff.stage.at)
    with pytest.raises(Exception, match="SESSION_ENDED"):
        sessions.refresh(first.refresh, work(CLERK))


def test_one_alone_takes_rights_away(staff):
    assert put(ADMIN, "support") is True
    assert held() == ("support", None, None, 4)
    assert put(ADMIN) is True
    assert held() == ("", None, None, 5)
    assert facts(staff)[-1] == ("staff.roles_changed", {"user_id": CLERK, "roles": ""})


def test_who_takes_some_and_gives_others_needs_a_second(staff):
    assert put(ADMIN, "admin") is False
    assert held()[0] == "operator support"


def test_what_one_has_already_is_given_without_a_word(staff):
    staff.calls.clear()
    assert put(ADMIN, "support", "operator") is True
    assert staff.ops == ["GetItem"]


def test_who_says_what_holds_takes_a_proposal_back(staff):
    put(ADMIN, "admin")
    assert put(ADMIN, "operator", "support") is True
    assert held() == ("operator support", None, None, 4)


def test_another_proposal_takes_the_place_of_the_first(staff):
    put(ADMIN, "admin")
    staff.stage.advance(minutes=1)
    assert put(SECOND, "admin", "operator") is False
    assert held()[1:3] == ("admin operator", SECOND)
    assert account(CLERK).proposed_at == staff.stage.at
    assert put(ADMIN, "admin") is False, "it is a new proposal by now"
    assert put(SECOND, "admin") is True


@pytest.mark.parametrize(("late", "agreed"), [(timedelta(milliseconds=-1), True), (timedelta(0), False)])
def test_a_proposal_waits_for_three_days(staff, late, agreed):
    put(ADMIN, "admin")
    staff.stage.at += LIFE + late
    assert put(SECOND, "admin") is agreed
    assert held()[2] == (None if agreed else SECOND)


def test_who_proposes_again_after_three_days_begins_anew(staff):
    put(ADMIN, "admin")
    staff.stage.at += LIFE
    assert put(ADMIN, "admin") is False
    assert account(CLERK).proposed_at == staff.stage.at
    assert put(SECOND, "admin") is True


@pytest.mark.parametrize("changed", [{"roles": "operator"}, {"state": "blocked"}])
def test_who_may_give_no_rights_any_more_has_proposed_nothing(staff, changed):
    put(ADMIN, "admin")
    change(Account, ADMIN, ACCOUNT, **changed)
    assert put(SECOND, "admin") is False
    assert held()[1:3] == ("admin", SECOND)
    assert put(THIRD, "admin") is True


def meanwhile(act):
    def first(call, effect):
        act()
        return effect()

    return first


def test_who_loses_the_right_in_that_moment_has_proposed_nothing(staff):
    put(ADMIN, "admin")
    staff.script = [None, None, meanwhile(lambda: change(Account, ADMIN, ACCOUNT, version=4))]
    with pytest.raises(CommitRejected) as refused:
        put(SECOND, "admin")
    assert [type(reason) for reason in refused.value.reasons] == [StaleAccount]
    assert held()[0] == "operator support"


def test_what_changed_meanwhile_is_not_overwritten(staff):
    staff.script = [None, meanwhile(lambda: change(Account, CLERK, ACCOUNT, roles="finance"))]
    with pytest.raises(CommitRejected) as refused:
        put(ADMIN, "support")
    assert [type(reason) for reason in refused.value.reasons] == [StaleAccount]


@pytest.mark.parametrize("state", ["invited", "blocked", "active"])
def test_roles_are_given_whatever_state_one_is_in(staff, state):
    change(Account, CLERK, ACCOUNT, state=state)
    assert put(ADMIN, "support") is True
    assert account(CLERK).state == state


def test_nobody_gives_rights_to_themselves_or_to_a_customer_or_too_many(staff):
    joined(BUYER)
    with pytest.raises(OwnRoles):
        put(ADMIN, account=ADMIN)
    for apart in (("admin", "finance"), ("support", "finance"), ("operator", "finance"), ("customer",), ("owner",)):
        with pytest.raises(RolesApart):
            put(ADMIN, *apart)
    for unknown in (BUYER, "A9"):
        with pytest.raises(UserNotFound):
            put(ADMIN, "support", account=unknown)
    change(Account, CLERK, ACCOUNT, state="erased")
    with pytest.raises(UserNotFound):
        put(ADMIN, "support")
    assert facts(staff) == []


# ---- who may --------------------------------------------------------------------------------------------------------
def test_that_somebody_still_may_is_demanded_where_it_counts(staff):
    step = require_active(directory.who_may(ADMIN, "users:edit"))
    write(step)
    change(Account, ADMIN, ACCOUNT, version=4)
    with pytest.raises(CommitRejected):
        write(step)
    assert directory.who_may(ADMIN, "refunds:approve") is None
    assert directory.who_may(CLERK, "users:edit") is None
    change(Account, ADMIN, ACCOUNT, state="blocked")
    assert directory.who_may(ADMIN, "users:edit") is None
    with pytest.raises(UserNotFound):
        directory.who_may("A9", "users:edit")


@pytest.mark.parametrize(("who", "may"), [("admin", True), ("support", False), ("operator", False), ("finance", False)])
def test_staff_are_shown_to_those_alone_who_make_them(staff, who, may):
    joined(BUYER)
    caller = Caller("A0", who, permits([who]))
    assert directory.open_to(BUYER, caller)
    assert directory.open_to(CLERK, caller) is may
    assert directory.look(BUYER, caller).account == BUYER
    to = Target("email", "c@example.com", vault.blind("email", "c@example.com"))
    write(table.put(IdentifierRow(f"email#{to.blind}", IDENTIFIER, account=CLERK)))
    if may:
        assert directory.look(CLERK, caller).roles == ["operator", "support"]
        assert [one.account for one in directory.search(to, caller)] == [CLERK]
    else:
        with pytest.raises(StaffClosed):
            directory.look(CLERK, caller)
        assert directory.search(to, caller) == []


# ---- people ---------------------------------------------------------------------------------------------------------
def known(owner=BUYER, **more):
    """Somebody whose name, phone and e-mail are sealed."""
    key = vault.new_key(owner)
    told = {"name": "王小明", "phone": "+8613800138000", "email": "buyer@example.com"}
    sealed = {field: vault.seal(owner, key, text, place(owner, field)) for field, text in told.items()}
    return joined(owner, **{"key": key, "joined_at": instant(77), **sealed, **more})


HELPER = Caller("A0", "support")


def test_a_person_is_shown_masked(ground):
    known(proposed="admin support", former=b"f")
    assert directory.look(BUYER, HELPER) == Seen(
        BUYER,
        ["customer"],
        "active",
        instant(77),
        "王**",
        "138****8000",
        "b****@example.com",
        ("admin", "support"),
        True,
    )
    joined(OTHER)
    assert directory.look(OTHER, HELPER) == Seen(OTHER, ["customer"], "active", instant(0))
    with pytest.raises(UserNotFound):
        directory.look("U9", HELPER)


def test_a_person_is_found_by_what_they_are_known_by(ground):
    known()
    to = Target("phone", "+8613800138000", vault.blind("phone", "+8613800138000"))
    assert directory.search(to, HELPER) == []
    write(table.put(IdentifierRow(f"phone#{to.blind}", IDENTIFIER, account=BUYER)))
    assert [one.phone for one in directory.search(to, HELPER)] == ["138****8000"]
    assert directory.search(to._replace(channel="email"), HELPER) == []


def test_a_day_s_new_customers_come_newest_first_without_their_contact(ground):
    for n in range(3):
        known(f"U01JZ00000000000000000000{n:02d}", day="20260302", joined_at=instant(n))
    known(OTHER, day="20260303")
    first, more = directory.of_day("20260302", 2, None)
    second, end = directory.of_day("20260302", 2, more)
    assert [millis(one.joined_at) for one in first + second] == [2, 1, 0]
    assert (end, first[0].name, first[0].phone, first[0].email) == (None, None, None, None)


def test_who_looks_at_a_person_in_clear_has_told_it_before(ground):
    known()
    ground.calls.clear()
    assert directory.disclose(BUYER, "complaint", "O1", work("A0")) == (
        Person("王小明", "+8613800138000", "buyer@example.com"),
        [],
    )
    assert facts(ground) == [("user.data_disclosed", {"user_id": BUYER, "reason": "complaint", "matter": "O1"})]
    assert ground.ops[:2] == ["GetItem", "TransactWriteItems"]
    (count,) = ground.rows(Count)
    assert (count.key.startswith("disclosed|A0|"), count.number) == (True, 1)
    with pytest.raises(UserNotFound):
        directory.disclose("U9", "complaint", "O1", work("A0"))


def test_who_looked_too_often_is_shown_nothing(ground, monkeypatch):
    monkeypatch.setenv("DISCLOSURES_PER_DAY", "1")
    known()
    directory.disclose(BUYER, "complaint", "O1", work("A0"))
    with pytest.raises(CommitRejected) as refused:
        directory.disclose(BUYER, "complaint", "O2", work("A0"))
    assert [type(reason) for reason in refused.value.reasons] == [DisclosedTooOften]


def street(n):
    return addresses.Place("王小明", "+8613800138000", "440305", "广东省", "深圳市", "南山区", f"路 {n} 号")


def test_of_who_was_forgotten_what_the_law_keeps_is_shown(ground):
    known()
    adding = work()
    kept = addresses._write(BUYER, street(1), adding)
    adding.commit()
    made = kept.part.removeprefix("address#")
    write(table.put(Book(BUYER, BOOK, ids=f'["{made}"]', default=made, version=1)))
    person, places = directory.disclose(BUYER, "complaint", "O1", work("A0"))
    assert (person.name, [(one.id, one.place.line, one.default) for one in places]) == (
        "王小明",
        [(made, "路 1 号", True)],
    )
    change(Account, BUYER, ACCOUNT, state="erased", key=None)
    change(Address, BUYER, f"address#{made}", sealed=None)
    person, places = directory.disclose(BUYER, "complaint", "O1", work("A0"))
    assert (person, [one.place.line for one in places]) == (Person(None, None, None), ["路 1 号"])


# ---- blocked --------------------------------------------------------------------------------------------------------
def test_a_block_ends_all_sessions_and_is_taken_back(staff):
    joined(BUYER)
    name, _ = signed_in()
    tokens.present(BUYER, name, 3, staff.stage.at)
    did(directory.block, BUYER, by(ADMIN))
    assert (account().state, account().version) == ("blocked", 4)
    with pytest.raises(Exception, match="TOKEN_INVALID"):
        tokens.present(BUYER, name, 3, staff.stage.at)
    did(directory.block, BUYER, by(ADMIN))
    did(directory.unblock, BUYER, by(ADMIN))
    did(directory.unblock, BUYER, by(ADMIN))
    assert (account().state, account().version) == ("active", 4)
    assert facts(staff) == [("user.blocked", {"user_id": BUYER}), ("user.unblocked", {"user_id": BUYER})]


@pytest.mark.parametrize("state", ["closed", "invited"])
def test_who_is_neither_active_nor_blocked_stays_as_is(staff, state):
    joined(BUYER, state=state)
    did(directory.block, BUYER, by(ADMIN))
    did(directory.unblock, BUYER, by(ADMIN))
    assert account().state == state


def test_nobody_blocks_themselves_or_who_is_unknown(staff):
    with pytest.raises(OwnRoles):
        did(directory.block, ADMIN, by(ADMIN))
    for act in (directory.block, directory.unblock):
        with pytest.raises(UserNotFound):
            did(act, "U9", by(ADMIN))
