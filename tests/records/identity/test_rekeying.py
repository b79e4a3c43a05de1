"""A new data key for a person: in stretches, over any number of addresses, whatever happens in between."""

from __future__ import annotations

import pytest

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.privacy.consumers import worker as privacy
from chalicelib.processes.privacy.service import resealing
from chalicelib.records.identity.accounts.service import accounts, addresses
from chalicelib.records.identity.accounts.service.addresses import Place
from chalicelib.records.identity.events import UserKeyRenewed, UserKeyRetired, UserResealDue
from chalicelib.records.identity.model import ACCOUNT, SEALED, Account, Address
from chalicelib.records.identity.self.service import deletion
from chalicelib.runtime import table, vault
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work
from tests.records.identity.test_me import HOME, add, listed
from tests.support import aws, people

MANY = 250


@pytest.fixture
def who(front):
    return people.register(front, name="王小明")


@pytest.fixture
def many(who):
    """A person with many versions of addresses."""
    for start in range(0, MANY, 40):
        work = Work(Caller(who.id, "customer"), "setup")
        for n in range(start, min(start + 40, MANY)):
            one = Work(work.caller, "setup")
            addresses._write(who.id, Place(**{**HOME, "line": f"科苑路 {n} 号"}), one)
            work.add(one._steps[0])
        work.commit()
    return who


def renew(front, who):
    admin = people.member(front, "admin", fresh=True)
    return front.post(f"/v1/admin/users/{who.id}/data-key", token=admin.token)


def account(who):
    return table.get(Account, who.id, ACCOUNT, consistent=True)


def lines(who):
    return {one.place["line"] for one in addresses.versions(who.id, accounts.keyring(account(who)))}


def sealed_under(who, key):
    rows = [row for row in aws.rows_of(Address, "address#") if row.owner == who.id and row.sealed]
    return sum(people.opens(row, key) for row in rows)


def stretch(who, after="", number=1, work=None):
    work = work or Work(worker("privacy"), "privacy")
    work.settled(resealing.reseal(UserResealDue(who.id, number, after), work))


def test_two_hundred_and_fifty_rows_are_sealed_anew_and_the_old_key_is_gone(front, bus, many):
    before = account(many)
    assert renew(front, many).status == 204
    told = bus.run()
    after = account(many)
    assert (after.former, sealed_under(many, after.key), sealed_under(many, before.key)) == (None, MANY, 0)
    assert lines(many) == {f"科苑路 {n} 号" for n in range(MANY)}
    assert accounts.person(after) == accounts.person(before)
    assert [told.count(one.wire) for one in (UserKeyRenewed, UserResealDue, UserKeyRetired)] == [1, 5, 1]
    with pytest.raises(SealedDataUnreadable):
        vault.unseal(many.id, before.key, after.phone, f"people|{many.id}|phone")


def test_everything_opens_while_it_goes_on_and_it_can_be_seen(front, bus, many):
    renew(front, many)
    for last in ("", sorted(addresses.every(many.id))[79], None):
        assert len(lines(many)) == MANY
        assert front.get("/v1/me", token=many.token).json["name"] == "王小明"
        if last is not None:
            stretch(many, last)
    shown = lambda: front.get(f"/v1/admin/users/{many.id}", token=people.member(front, "admin").token).json
    assert shown()["key_changing"] is True
    bus.run()
    assert shown()["key_changing"] is False


@pytest.mark.parametrize("dies_at", range(4))
def test_a_worker_that_is_killed_goes_on_where_it_stopped(front, bus, many, monkeypatch, dies_at):
    renew(front, many)
    commit, left = Work.commit, [dies_at]

    def dying(self, reply=None):
        left[0] -= 1
        if left[0] == -1:
            raise SystemExit
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", dying)
    with pytest.raises(SystemExit):
        bus.run()
    monkeypatch.setattr(Work, "commit", commit)
    assert len(lines(many)) == MANY
    bus.seen.clear()  # the queue delivers again what was not done, and all else once more
    bus.run()
    assert account(many).former is None
    assert sealed_under(many, account(many).key) == MANY


def test_a_stretch_that_is_delivered_twice_is_done_once(front, bus, many):
    renew(front, many)
    told = bus.run(times=2)
    assert told.count(UserKeyRetired.wire) == 1
    assert sealed_under(many, account(many).key) == MANY


def test_asking_again_while_it_goes_on_makes_no_third_key_and_sets_it_going(front, bus, many):
    first = account(many).key
    renew(front, many)
    second = account(many).key
    stretch(many)
    for _ in range(3):
        assert renew(front, many).status == 204
        assert (account(many).key, account(many).former) == (second, first)
    bus.run()
    assert account(many).former is None
    assert lines(many) == {f"科苑路 {n} 号" for n in range(MANY)}


def test_a_late_stretch_of_an_earlier_key_ends_no_later_one(front, bus, many):
    renew(front, many)
    bus.run()
    last = max(addresses.every(many.id))
    renew(front, many)
    stretch(many, after=last, number=1)
    assert account(many).former is not None
    assert len(lines(many)) == MANY
    bus.run()
    assert sealed_under(many, account(many).key) == MANY


def test_an_address_that_is_written_in_the_middle_is_under_the_new_key(front, bus, many):
    renew(front, many)
    stretch(many)
    home = add(front, many)
    edited = front.put(f"/v1/me/addresses/{home}", {**HOME, "line": "新路 2 号"}, token=many.token).json["address_id"]
    assert front.patch("/v1/me", {"name": "Ming"}, token=many.token).status == 204
    row = table.get(Address, many.id, f"address#{edited}", consistent=True)
    assert people.opens(row, account(many).key)
    bus.run()
    assert account(many).former is None
    assert sealed_under(many, account(many).key) == MANY + 2
    assert front.get("/v1/me", token=many.token).json["name"] == "Ming"


def forget(who):
    """The person asked to be forgotten, and the time has come."""
    row, work = accounts.get(who.id), Work(worker("test"), "test")
    accounts.change(row, {"state": "closed", "leaving_at": instant(1)}, work)
    work.commit()
    deletion.erase(who.id, frozenset(), Work(worker("privacy"), "privacy"))


def test_who_is_forgotten_in_the_middle_stays_forgotten(front, bus, many):
    renew(front, many)
    before = account(many)
    stretch(many)
    forget(many)
    bus.run()
    gone = account(many)
    assert (gone.state, gone.key, gone.former) == ("erased", None, None)
    assert addresses.every(many.id) == []
    vault.forget()
    with pytest.raises(SealedDataUnreadable):
        vault.unseal(many.id, gone.former, before.phone, f"people|{many.id}|phone")


def test_a_stretch_that_an_erasure_overtakes_puts_nothing_back(front, many, monkeypatch):
    renew(front, many)
    commit = Work.commit

    def overtaken(self, reply=None):
        monkeypatch.setattr(Work, "commit", commit)
        forget(many)
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", overtaken)
    with pytest.raises(CommitRejected):
        stretch(many)
    stretch(many)  # as the queue delivers it again
    assert addresses.every(many.id) == []
    assert account(many).key is None


def rekeyed_before(front, who, monkeypatch, act):
    """`act`, overtaken by a new data key just before it commits."""
    admin, commit = people.member(front, "admin", fresh=True), Work.commit

    def overtaken(self, reply=None):
        if self.caller.id == who.id and not overtaken.once:
            overtaken.once = True
            assert front.post(f"/v1/admin/users/{who.id}/data-key", token=admin.token).status == 204
        return commit(self, reply)

    overtaken.once = False
    monkeypatch.setattr(Work, "commit", overtaken)
    answer = act()
    monkeypatch.undo()
    return answer


@pytest.mark.parametrize("what", ["name", "address"])
def test_nothing_is_kept_sealed_under_a_key_that_is_gone(front, who, monkeypatch, what):
    acts = {
        "name": lambda: front.patch("/v1/me", {"name": "Ming"}, token=who.token),
        "address": lambda: front.post("/v1/me/addresses", HOME, token=who.token),
    }
    refused = rekeyed_before(front, who, monkeypatch, acts[what])
    assert (refused.status, refused.json["code"]) == (409, "STALE_ACCOUNT")
    assert acts[what]().status < 300
    assert front.get("/v1/me", token=who.token).status == front.get("/v1/me/addresses", token=who.token).status == 200


def test_staff_are_given_a_new_key_too(front, bus):
    other = people.member(front, "operator")
    before = account(other)
    assert renew(front, other).status == 204
    bus.run()
    after = account(other)
    assert (after.former, accounts.opened(after, "totp")) == (None, accounts.opened(before, "totp"))


def test_whatever_an_account_holds_sealed_is_known_to_be_sealed():
    """A new sealed field without a line in SEALED would be lost with the former key, and outlive its owner."""
    binary = {name for name, one in Account.get_attributes().items() if type(one).__name__ == "BinaryAttribute"}
    assert binary == {*SEALED, "key", "former"}
    assert binary <= set(deletion.PERSONAL)


def test_the_privacy_worker_hears_of_it():
    assert UserResealDue.wire in privacy_of()


def privacy_of():
    from chalicelib.runtime.workers import CONSUMERS

    assert privacy is CONSUMERS["privacy"]
    return privacy.subscriptions


# ---- versions that nobody needs -------------------------------------------------------------------------------------
def moves(front, engine, who, times):
    """Edit one address so many times; answers the last refusal."""
    (home,) = [one["address_id"] for one in listed(front, who)] or [add(front, who)]
    for n in range(times):
        answer = front.put(f"/v1/me/addresses/{home}", {**HOME, "line": f"路 {n} 号"}, token=who.token)
        if answer.status != 200:
            return answer
        home = answer.json["address_id"]
    return None


def test_versions_that_no_order_names_go_after_a_day(front, engine, bus, who):
    moves(front, engine, who, 45)
    assert len(addresses.every(who.id)) == 46
    bus.run()
    assert len(addresses.every(who.id)) == 46, "a quote may still name one"
    engine.advance(addresses.HIDDEN_KEPT)
    bus.run()
    assert len(addresses.every(who.id)) == 1
    assert [one["line"] for one in listed(front, who._replace(token=people.token(who.id, "customer")))] == ["路 44 号"]


def test_nobody_piles_up_more_than_a_hundred_versions(front, engine, bus, who):
    refused = moves(front, engine, who, 150)
    assert (refused.status, refused.json["code"]) == (429, "ADDRESSES_CHANGED_TOO_OFTEN")
    assert len(addresses.every(who.id)) == 101
    (home,) = [one["address_id"] for one in listed(front, who)]
    assert front.delete(f"/v1/me/addresses/{home}", token=who.token).status == 429
    engine.advance(addresses.HIDDEN_KEPT)
    bus.run()
    engine.advance(addresses.HIDDEN_KEPT)
    bus.run()
    assert len(addresses.every(who.id)) == 1
    people_token = people.token(who.id, "customer")
    assert front.delete(f"/v1/me/addresses/{home}", token=people_token).status == 204
