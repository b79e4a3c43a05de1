"""Leaving, step by step: asked for, thought better of, closed, and forgotten down to the last row and the process's memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.identity.access.rules import FreshCodeNeeded, SessionEnded
from chalicelib.records.identity.access.service import sessions, tokens
from chalicelib.records.identity.accounts.rules import StaleAccount, UserNotFound
from chalicelib.records.identity.accounts.service import presence
from chalicelib.records.identity.model import (
    ACCOUNT,
    BOOK,
    IDENTIFIER,
    Account,
    Address,
    Book,
    IdentifierRow,
    Session,
    session_part,
)
from chalicelib.records.identity.self.rules import DeletionNotRequested
from chalicelib.records.identity.self.service import deletion
from chalicelib.runtime import settings, table, vault
from chalicelib.runtime.vault import SealedDataUnreadable
from tests.runtime.signed_in import (
    BUYER,
    OTHER,
    SECRETS,
    account,
    change,
    did,
    facts,
    joined,
    session,
    signed_in,
    told,
    work,
    write,
)

WEEK, QUIET = timedelta(days=7), timedelta(minutes=15)


@pytest.fixture(autouse=True)
def shop(ground):
    settings.use_secrets(SECRETS)
    presence.forget()
    vault.forget()
    yield ground
    presence.forget()
    vault.forget()


# ---- asked for ------------------------------------------------------------------------------------------------------
def test_who_asks_to_be_forgotten_is_in_seven_days(ground):
    joined()
    due = did(deletion.request, work())
    assert due == ground.stage.at + WEEK
    assert (account().leaving_at, account().state, account().version) == (due, "active", 3)
    assert told(ground) == [
        ("user.leaving", {"user_id": BUYER, "due_at": millis(due)}, None),
        ("user.erasure_due", {"user_id": BUYER}, millis(due)),
    ]


def test_asking_again_changes_nothing(ground):
    joined()
    due = did(deletion.request, work())
    ground.stage.advance(days=1)
    assert did(deletion.request, work()) == due
    assert len(told(ground)) == 2


def test_who_can_be_reached_asks_with_a_fresh_code(ground):
    joined(phone=b"sealed")
    with pytest.raises(FreshCodeNeeded):
        did(deletion.request, work())
    assert account().leaving_at is None
    assert did(deletion.request, work(fresh=True))
    with pytest.raises(FreshCodeNeeded):
        did(deletion.request, work())


def test_who_is_unknown_asks_for_nothing(ground):
    for act in (deletion.request, deletion.cancel):
        with pytest.raises(UserNotFound):
            did(act, work())


def test_who_thinks_better_of_it_stays(ground):
    joined()
    with pytest.raises(DeletionNotRequested):
        did(deletion.cancel, work())
    did(deletion.request, work())
    did(deletion.cancel, work())
    assert account().leaving_at is None
    assert facts(ground)[-1] == ("user.stayed", {"user_id": BUYER})
    with pytest.raises(DeletionNotRequested):
        did(deletion.cancel, work())


def test_who_thinks_better_of_it_when_the_account_was_closed_is_too_late(ground):
    joined()
    did(deletion.request, work())

    def closed(call, effect):
        change(Account, BUYER, ACCOUNT, state="closed")
        return effect()

    ground.script = [None, closed]
    with pytest.raises(CommitRejected) as refused:
        did(deletion.cancel, work())
    assert [type(reason) for reason in refused.value.reasons] == [DeletionNotRequested]
    assert account().leaving_at is not None


# ---- due ------------------------------------------------------------------------------------------------------------
def test_a_tick_that_comes_early_is_armed_again(ground):
    joined()
    due = did(deletion.request, work())
    ground.stage.advance(days=7, seconds=-1)
    assert did(deletion.due, BUYER, work()) is False
    assert (account().state, account().leaving_at) == ("active", due)
    assert told(ground)[2:] == [("user.erasure_due", {"user_id": BUYER}, millis(due))]


def test_first_the_account_is_closed_and_all_its_sessions_then_it_is_due(ground):
    joined(keeps="L0")
    name, first = signed_in()
    tokens.present(BUYER, name, 3, ground.stage.at)
    did(deletion.request, work())
    ground.stage.advance(days=7)
    assert did(deletion.due, BUYER, work()) is False
    quiet = ground.stage.at + QUIET
    row = account()
    assert (row.state, row.version, row.leaving_at, row.keeps) == ("closed", 4, quiet, None)
    assert told(ground)[2:] == [("user.erasure_due", {"user_id": BUYER}, millis(quiet))]
    with pytest.raises(SessionEnded):
        sessions.refresh(first.refresh, work())
    ground.stage.advance(minutes=15, milliseconds=-1)
    assert did(deletion.due, BUYER, work()) is False
    assert (account().version, account().leaving_at) == (4, quiet), "closed once"
    assert told(ground)[3:] == [("user.erasure_due", {"user_id": BUYER}, millis(quiet))]
    ground.stage.advance(milliseconds=1)
    assert did(deletion.due, BUYER, work()) is True


def test_who_was_blocked_meanwhile_is_forgotten_all_the_same(ground):
    joined()
    did(deletion.request, work())
    change(Account, BUYER, ACCOUNT, state="blocked")
    ground.stage.advance(days=7)
    assert did(deletion.due, BUYER, work()) is False
    assert account().state == "closed"


def test_who_stayed_or_is_unknown_is_not_due_and_who_was_forgotten_is_still(ground):
    assert did(deletion.due, BUYER, work()) is False
    joined()
    assert did(deletion.due, BUYER, work()) is False
    change(Account, BUYER, ACCOUNT, state="erased")
    assert did(deletion.due, BUYER, work()) is True
    assert told(ground) == []
    ground.calls.clear()
    did(deletion.due, BUYER, work())
    assert [body["ConsistentRead"] for body in ground.bodies("GetItem")] == [True]


def test_an_account_that_changed_meanwhile_is_not_closed(ground):
    joined()
    did(deletion.request, work())
    ground.stage.advance(days=7)

    def stayed(call, effect):
        change(Account, BUYER, ACCOUNT, leaving_at=None)
        return effect()

    ground.script = [None, stayed]
    with pytest.raises(CommitRejected) as refused:
        did(deletion.due, BUYER, work())
    assert [type(reason) for reason in refused.value.reasons] == [StaleAccount]
    assert account().state == "active"


# ---- forgotten ------------------------------------------------------------------------------------------------------
def everything(**more):
    """A closed account with all that one can have."""
    return joined(
        **{
            "state": "closed",
            "day": "20260302",
            "keeps": "L0",
            "former": b"f",
            "name": b"n",
            "phone": b"p",
            "email": b"e",
            "wechat": b"c",
            "totp": b"t",
            "password": "h",
            "totp_step": 1,
            "identifiers": '["phone#1","email#2"]',
            "unproven": "email",
            "language": "zh",
            "minor": 1,
            "joined_at": instant(1),
            "seen_at": 1,
            "leaving_at": instant(1),
            "devices": "d",
            "beside": "b",
            "renewed": 1,
            **more,
        }
    )


def test_of_a_person_an_empty_account_remains(ground):
    everything()
    deletion.erase(BUYER, frozenset(), work())
    assert ground.raw(Account) == [
        {
            "k": {"S": BUYER},
            "r": {"S": "account"},
            "s": {"S": "erased"},
            "o": {"S": "customer"},
            "v": {"N": "4"},
            "wn": {"N": "1"},
        }
    ]
    assert facts(ground) == [("user.erased", {"user_id": BUYER})]


def test_what_leads_to_a_person_goes_with_the_key_in_one_transaction(ground):
    everything()
    for key in ("phone#1", "email#2", "phone#3"):
        write(table.put(IdentifierRow(key, IDENTIFIER, account=BUYER)))
    ground.calls.clear()
    deletion.erase(BUYER, frozenset(), work())
    first = ground.bodies("TransactWriteItems")[0]["TransactItems"]
    assert [next(iter(one)) for one in first] == ["Update", "Delete", "Delete", "Put"]
    assert [row["k"]["S"] for row in ground.raw(IdentifierRow) if row["r"]["S"] == IDENTIFIER] == ["phone#3"]
    assert [body["ConsistentRead"] for body in ground.bodies("GetItem")] == [True]


def test_the_process_forgets_the_keys_of_who_is_forgotten_and_no_others(ground):
    """Whoever still has the wrapped key and a sealed text must ask the key service, here as everywhere."""
    mine, theirs = vault.new_key(BUYER), vault.new_key(OTHER)
    everything(key=mine)
    sealed = vault.seal(BUYER, mine, "secret", "people|x|name")
    other = vault.seal(OTHER, theirs, "secret", "people|x|name")
    ground.calls.clear()
    deletion.erase(BUYER, frozenset(), work())
    assert vault.unseal(OTHER, theirs, other, "people|x|name") == "secret"
    assert "Decrypt" not in ground.ops
    with pytest.raises(SealedDataUnreadable):
        vault.unseal(BUYER, account().key, sealed, "people|x|name")
    vault.unseal(BUYER, mine, sealed, "people|x|name")
    assert ground.ops[-1] == "Decrypt"


def test_addresses_go_but_of_those_that_orders_name_what_the_law_keeps(ground):
    everything()
    for name in ("D1", "D2"):
        write(
            table.put(Address(BUYER, f"address#{name}", sealed=b"s", legal=b"l", region="440305", made_at=instant(1)))
        )
    write(table.put(Book(BUYER, BOOK, ids='["D1"]')), table.put(Address(OTHER, "address#D3", sealed=b"s")))
    deletion.erase(BUYER, frozenset({"D2", "D3"}), work())
    left = {row["r"]["S"]: set(row) for row in ground.raw(Address) if row["k"]["S"] == BUYER}
    assert left == {"account": {"k", "r", "s", "o", "v", "wn"}, "address#D2": {"k", "r", "l", "z", "t"}}
    assert table.get(Address, OTHER, "address#D3").sealed == b"s"


def test_all_sessions_go_however_many(ground):
    everything()
    joined(OTHER)
    kept, _ = signed_in(OTHER)
    for start in range(0, 250, 50):
        write(*[table.put(Session(BUYER, session_part(f"L{n:03d}"))) for n in range(start, start + 50)])
    ground.calls.clear()
    deletion.erase(BUYER, frozenset(), work())
    assert [row["r"]["S"] for row in ground.raw(Session) if row["k"]["S"] == BUYER] == ["account"]
    assert session(kept, OTHER) is not None
    sizes = [len(body["TransactItems"]) for body in ground.bodies("TransactWriteItems")]
    assert sizes == [4, 80, 80, 80, 11], "the account, its two identifiers, the fact; then the rest, eighty at once"
    assert len(ground.bodies("Query")) == 2, "the addresses, the sessions: as much as a page takes at a time"


def test_forgetting_goes_on_where_it_was_cut_short_and_tells_it_once(ground):
    everything()
    write(table.put(Session(BUYER, session_part("L1"))))
    made = work()
    made.with_key("the fact")
    deletion.erase(BUYER, frozenset(), made)
    write(table.put(Session(BUYER, session_part("L2"))), table.put(Book(BUYER, BOOK, ids="[]")))
    deletion.erase(BUYER, frozenset(), work())
    deletion.erase(OTHER, frozenset(), work())
    assert len(ground.raw(Session)) == 1
    assert facts(ground) == [("user.erased", {"user_id": BUYER})]


def test_an_account_that_changed_meanwhile_is_forgotten_by_the_next_try(ground):
    everything()

    def changed(call, effect):
        change(Account, BUYER, ACCOUNT, state="active")
        return effect()

    ground.script = [None, changed]
    with pytest.raises(CommitRejected) as refused:
        deletion.erase(BUYER, frozenset(), work())
    assert [type(reason) for reason in refused.value.reasons] == [StaleAccount]
    assert account().state == "active"
