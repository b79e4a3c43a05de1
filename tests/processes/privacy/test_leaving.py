"""Taking one's data along, and being forgotten: nothing personal in clear, all of it in the export, none of it after."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import timedelta

import pytest

from chalicelib.kernel.ids import payment_id
from chalicelib.kernel.money import Fen
from chalicelib.processes.privacy.service import forgetting
from chalicelib.records.carts import service as carts
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.groups.model import GroupMember, GroupVisit
from chalicelib.records.groups.service import groups
from chalicelib.records.identity.accounts.service import accounts, addresses
from chalicelib.records.identity.events import UserErased, UserErasureDue
from chalicelib.records.identity.model import ACCOUNT, Account, Address, Consent, IdentifierRow, Session
from chalicelib.records.identity.self.service import deletion
from chalicelib.records.journeys import steps as journey_steps
from chalicelib.records.journeys.model import Enrolment
from chalicelib.records.orders import service as orders
from chalicelib.records.payments.model import Refund
from chalicelib.records.payments.service import attempts
from chalicelib.runtime import clients, table, vault, world
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work
from tests.processes.privacy import taken
from tests.records.coupons.wallets import claim, opened
from tests.support import aws, people
from tests.support.doors import done

NAME, PHONE, EMAIL, LINE, REMARK = "欧阳金丝雀", "13987654321", "canary@example.com", "金丝雀路 77 号", "请放金丝雀笼旁"
CANARIES = [NAME, PHONE, EMAIL, LINE, REMARK, "canary", "金丝雀", "quite secret 1", "127.0.0.1", "canary-device"]


@pytest.fixture
def canary(counter, fake):
    """A customer whose every personal text is unmistakable, with an order that has a remark."""
    front = counter.front
    who = people.register(front, PHONE, name=NAME, password="quite secret 1")
    for place in (LINE, "另一处 1 号"):
        body = {
            "name": NAME, "phone": PHONE, "region": "440305", "province": "广东省", "city": "深圳市", "district": "南山区",
            "line": place,
        }  # fmt: skip
        assert front.post("/v1/me/addresses", body, token=who.token).status == 201
    who = people.proven(front, counter.clock, who, phone=PHONE)
    code = people.code_for(front, "bind", email=EMAIL)
    assert front.put("/v1/me/contact", {"email": EMAIL, "code": code}, token=who.token).status == 204
    headers = {"X-Device": "canary-device"}
    front.post("/v1/auth/codes", {"purpose": "login", "phone": "13987650000"}, headers=headers)
    front.post("/v1/auth/login", {"email": EMAIL, "password": "quite wrong 1"}, headers=headers)
    counter.token = who.token
    counter.ask("PUT", f"/v1/cart/items/{counter.skus[1]}", {"quantity": 2})
    placed = counter.place(counter.quote((0, 1)), remark=REMARK)
    assert placed.status == 201, placed.text
    body = {"provider": "wechat", "product": "native"}
    assert counter.ask("POST", f"/v1/orders/{placed.json['order_id']}/payments", body, key="pay").status in (200, 201)
    return who, placed.json["order_id"]


def bare(raw):
    """A binary value as text, however the engine keeps it."""
    with suppress(ValueError):
        raw += base64.b64decode(raw, validate=True)
    return raw.decode("utf-8", "replace")


def raw_tables():
    """Every stored value of every table as one text, binary ones as they are."""
    from moto.dynamodb.models import dynamodb_backends

    tables = [t for account in dynamodb_backends.values() for b in account.values() for t in b.tables.values()]
    return {
        t.name: json.dumps([item.to_json() for item in t.all_items()], ensure_ascii=False, default=bare) for t in tables
    }


def export(counter):
    return taken.sections(taken.along(counter))


def test_no_table_holds_a_personal_text_in_clear(canary, fake):
    for name, stored in raw_tables().items():
        found = [text for text in CANARIES if text in stored]
        assert not found, f"{name} holds {found}"


def test_no_log_line_holds_a_personal_text(counter, fake, capfd, monkeypatch, request):
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    request.getfixturevalue("canary")
    told = "".join(capfd.readouterr())
    assert not [text for text in CANARIES if text in told]


def test_an_export_holds_everything(counter, fake, canary):
    who, order = canary
    coupon = claim(opened(), Caller(who.id, "customer")).coupon_id
    told = export(counter)
    assert [(one["id"], one["state"], one["way"]) for one in told["coupons"]] == [(coupon, "usable", "claim")]
    text = json.dumps(told, ensure_ascii=False)
    assert all(word in text for word in (NAME, f"+86{PHONE}", EMAIL, LINE, REMARK, order, counter.skus[1]))
    assert set(told) == {
        "identity",
        "carts",
        "coupons",
        "messages",
        "orders",
        "care",
        "tickets",
        "watching",
        "journeys",
        "groups",
    }
    assert set(told["identity"]) == {"account", "addresses", "consents", "consent_history", "sessions"}
    assert told["orders"][0]["payments"][0]["provider"] == "wechat"
    assert told["carts"] == [{"sku": counter.skus[1], "quantity": 2, "selected": True}]
    assert "password" not in text
    assert "quite secret 1" not in text


def test_an_export_of_many_orders_is_whole_and_asks_for_them_a_page_at_a_time(counter, fake, canary):
    first = canary[1]
    order, payment = orders.find(first), attempts.of_order(first, 1)[0]
    at, ids = order.placed_at, [world.new_id("O") for _ in range(230)]
    for n, each in enumerate(ids):
        paid, gave = payment_id(each, 1), [f"R{n:025d}{turn}" for turn in "ba"]
        copy(order, id=each, placed_at=at + timedelta(milliseconds=n), attempts=1, remark=None)
        copy(payment, id=paid, refunds=set(gave))
        for refund in gave:
            write(Refund(refund, payment=paid, amount=Fen(1), state="succeeded"))
    counter.bus.run()
    asked = []
    count = clients.client("dynamodb").meta.events
    count.register("before-call.dynamodb.*", lambda **told: asked.append(told["model"].name), unique_id="count")
    told = {one["id"]: one for one in export(counter)["orders"]}
    count.unregister("before-call.dynamodb.*", unique_id="count")
    assert set(told) == {first, *ids}
    for n, each in enumerate(ids):
        (paid,) = told[each]["payments"]
        assert paid["id"] == payment_id(each, 1)
        assert [one["id"] for one in paid["refunds"]] == [f"R{n:025d}{turn}" for turn in "ab"]
    assert len(asked) <= 3 * 5 + 33, f"three pages, and what else there is of a person and of the asking: {asked}"


def copy(row, **changed):
    """The row again, under another key."""
    write(type(row)(**{**row.attribute_values, **changed}))


def write(row):
    work = Work(worker("test"), "test")
    work.add(table.put(row))
    work.commit()


def test_an_export_has_a_section_for_every_table_that_names_customers(counter, fake, canary):
    """What an export does not tell, somebody must have thought about."""
    who, _ = canary
    told = {
        "jishi-people",
        "jishi-carts",
        "jishi-coupons",
        "jishi-messages",
        "jishi-orders",
        "jishi-payments",
        "jishi-care",
        "jishi-tickets",
        "jishi-touches",
        "jishi-watching",
    }
    silent = {
        "jishi-journal": "who did what under which key, for 35 days: ids only, without content of its own",
        "jishi-audit": "the shop's own record of security events",
        "jishi-due": "reminders by id",
        "jishi-coupon_jobs": "for whom a grant was asked, by id: the coupons themselves are told",
        "jishi-limits": "keyed digests, for hours",
        "jishi-holds": "which orders were unpaid lately, by id, for a month: the orders themselves are told",
    }
    naming = {name for name, stored in raw_tables().items() if who.id in stored}
    assert naming <= told | set(silent)


def leave(counter, who):
    answer = counter.ask("DELETE", "/v1/me", token=who.token)
    assert answer.status == 202, answer.text
    return answer.json["due_at"]


def test_leaving_waits_seven_days_and_asking_again_changes_nothing(counter, fake, canary):
    who, _ = canary
    due = leave(counter, who)
    assert due.startswith("2026-06-08T02:02:00")
    counter.later(hours=1)
    token = people.token(who.id, "customer", fresh=True)
    assert counter.ask("DELETE", "/v1/me", token=token).json["due_at"] == due
    assert counter.ask("GET", "/v1/me", token=token).json["leaving_at"] == due
    counter.later(days=6)
    assert table.get(Account, who.id, ACCOUNT).state == "active"


def test_who_thinks_better_of_it_stays(counter, fake, canary):
    who, _ = canary
    leave(counter, who)
    assert counter.ask("POST", "/v1/me/deletion/cancellation", token=who.token).status == 204
    assert counter.ask("POST", "/v1/me/deletion/cancellation", token=who.token).json["code"] == "DELETION_NOT_REQUESTED"
    counter.later(days=8)
    assert table.get(Account, who.id, ACCOUNT).state == "active"


def test_who_leaves_again_later_is_forgotten_later(counter, fake, canary):
    who, _ = canary
    leave(counter, who)
    counter.later(days=3)
    token = people.token(who.id, "customer", fresh=True)
    counter.ask("POST", "/v1/me/deletion/cancellation", token=token)
    counter.ask("DELETE", "/v1/me", token=token)
    counter.later(days=5)
    assert table.get(Account, who.id, ACCOUNT).state == "active"
    counter.later(days=2.1)
    counter.later(minutes=16)
    assert table.get(Account, who.id, ACCOUNT).state == "erased"


def meet(who):
    """They are in a journey and in a group, to which they came by a post."""
    work = Work(worker("test"), "test")
    work.add(journey_steps.enrol(who, "return_pack", "1", 1, world.now(), world.now()))
    group = groups.add("wechat", "华东", "zhangsan", "", work)
    work.commit()
    for person in (who, "another"):
        write(GroupMember(group, f"member#{person}", way="import", at=world.now()))
    write(GroupVisit(who, "visit", group=group, post="N1", at=world.now(), expires=2_000_000_000))


def test_being_forgotten_leaves_an_id_and_what_the_law_keeps(counter, fake, canary):
    who, order = canary
    before = table.get(Account, who.id, ACCOUNT)
    used = export(counter)["orders"][0]["address_id"]
    claim(opened(), Caller(who.id, "customer"))
    meet(who.id)
    leave(counter, who)
    counter.later(days=7, minutes=1)
    assert UserErased.wire in counter.later(minutes=16)

    gone = table.get(Account, who.id, ACCOUNT)
    assert gone.state == "erased"
    assert not any(getattr(gone, field) for field in deletion.PERSONAL)
    assert not [row for row in aws.rows_of(IdentifierRow, "claim") if row.account == who.id]
    assert not [row for row in aws.rows_of(Session, "session#") if row.owner == who.id]
    left = [row for row in aws.rows_of(Address, "address#") if row.owner == who.id]
    assert [(row.part, row.sealed) for row in left] == [(f"address#{used}", None)]
    assert [row.purpose for row in map(_purpose, aws.rows_of(Consent, "consented#")) if row.owner == who.id] == [
        "terms"
    ]
    assert addresses.for_delivery(who.id, used).line == LINE
    assert not carts.lines(who.id)
    assert not [row for row in aws.rows(Coupon) if row.customer == who.id]
    assert aws.rows(Enrolment) == []
    assert [row.id for row in aws.rows_of(GroupMember, "member#")] == ["another"]
    assert aws.rows_of(GroupVisit, "visit") == []
    vault.forget()
    with pytest.raises(SealedDataUnreadable):
        vault.unseal(who.id, gone.key, before.name, f"people|{who.id}|name")
    assert orders.remark(orders.find(order)) == REMARK
    with pytest.raises(SealedDataUnreadable):
        orders.own_remark(orders.find(order), accounts.keys_of(who.id))


def test_who_is_being_forgotten_is_signed_out_first_and_forgotten_a_quarter_of_an_hour_later(counter, fake, canary):
    who, _ = canary
    leave(counter, who)
    assert UserErased.wire not in counter.later(days=7, minutes=1)
    closed = table.get(Account, who.id, ACCOUNT)
    assert (closed.state, closed.key is not None) == ("closed", True)
    assert counter.front.post("/v1/auth/refresh", {"refresh_token": who.refresh}).status == 401
    assert counter.ask("POST", "/v1/me/deletion/cancellation", token=people.token(who.id, "customer")).status == 401
    assert UserErased.wire not in counter.later(minutes=14)
    assert UserErased.wire in counter.later(minutes=2)


def test_an_order_placed_while_the_account_closes_keeps_its_address(counter, fake, canary):
    who, _ = canary
    leave(counter, who)
    other = addresses.all_of(who.id)[1].id
    counter.later(days=7, minutes=1)
    counter.token = people.token(who.id, "customer")  # given just before, it lives for ten minutes
    body = {"items": [{"sku": counter.skus[0], "quantity": 1}], "address": other}
    placed = counter.place(counter.ask("POST", "/v1/quotes", body).json)
    assert placed.status == 201, placed.text
    counter.later(minutes=16)
    assert table.get(Account, who.id, ACCOUNT).state == "erased"
    assert addresses.for_delivery(who.id, other).name == NAME


def test_nothing_is_agreed_to_by_an_account_that_is_closed(counter, fake, canary):
    who, _ = canary
    leave(counter, who)
    counter.later(days=7, minutes=1)
    body = {"purpose": "marketing_sms", "granted": True, "policy": people.TERMS}
    refused = counter.ask("PUT", "/v1/me/consents", body, token=people.token(who.id, "customer"))
    assert (refused.status, refused.json["code"]) == (401, "SESSION_ENDED")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/me"), ("POST", "/v1/me/data-exports")])
def test_an_access_token_alone_neither_deletes_nor_carries_away(counter, fake, canary, method, path):
    who, _ = canary
    refused = counter.ask(method, path, token=people.token(who.id, "customer"))
    assert (refused.status, refused.json["code"]) == (403, "FRESH_CODE_NEEDED")


def _purpose(row):
    row.purpose = row.part.split("#")[1]
    return row


def test_nobody_signs_in_or_refreshes_after_being_forgotten_and_the_phone_is_free(counter, fake, canary):
    who, _ = canary
    leave(counter, who)
    counter.later(days=7, minutes=1)
    counter.later(minutes=16)
    front = counter.front
    assert front.post("/v1/auth/refresh", {"refresh_token": who.refresh}).status == 401
    assert front.post("/v1/auth/login", {"email": EMAIL, "password": "quite secret 1"}).status == 401
    assert front.get("/v1/me", token=people.token(who.id, "customer")).status == 401
    assert people.register(front, PHONE).id != who.id


def test_the_books_do_not_change_when_somebody_is_forgotten(counter, fake, canary):
    who, _ = canary
    leave(counter, who)
    counter.later(days=6, hours=23)
    before = {name: stored for name, stored in raw_tables().items() if name in BOOKS}
    counter.later(hours=2)
    assert {name: stored for name, stored in raw_tables().items() if name in BOOKS} == before


BOOKS = {"jishi-orders", "jishi-payments", "jishi-stock", "jishi-refunds"}


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_deletion_that_is_cut_short_goes_on(counter, fake, canary, monkeypatch, deaths):
    who, _ = canary
    leave(counter, who)
    counter.later(days=8)
    counter.clock.advance(timedelta(minutes=16))
    commit, left = Work.commit, [deaths]

    def dying(self, reply=None):
        left[0] -= 1
        if left[0] == 0:
            raise SystemExit
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", dying)
    with pytest.raises(SystemExit):
        done(forgetting.forget, UserErasureDue(who.id), work=Work(worker("privacy"), "privacy"))
    monkeypatch.undo()
    for _ in range(2):
        done(forgetting.forget, UserErasureDue(who.id), work=Work(worker("privacy"), "privacy"))
    assert table.get(Account, who.id, ACCOUNT).state == "erased"
    assert not [row for row in aws.rows_of(Session, "session#") if row.owner == who.id]
    told = [fact for row in aws.rows(Journal) if row.facts for fact in json.loads(row.facts)]
    assert sum(fact[0] == UserErased.wire for fact in told) == 1


def test_a_tick_that_comes_early_is_armed_again(counter, fake, canary):
    who, _ = canary
    leave(counter, who)
    done(forgetting.forget, UserErasureDue(who.id), work=Work(worker("privacy"), "privacy"))
    assert table.get(Account, who.id, ACCOUNT).state == "active"
    counter.later(days=7, minutes=1)
    assert UserErased.wire in counter.later(minutes=16)


def test_who_never_asked_is_not_forgotten(counter, fake, canary):
    who, _ = canary
    done(forgetting.forget, UserErasureDue(who.id), work=Work(worker("privacy"), "privacy"))
    done(forgetting.forget, UserErasureDue("U01JZ0000000000000000000000"), work=Work(worker("privacy"), "privacy"))
    assert table.get(Account, who.id, ACCOUNT).state == "active"


def test_a_version_that_an_order_names_outlives_the_sifting_of_those_that_nobody_needs(counter, fake, canary):
    who, _ = canary
    used = export(counter)["orders"][0]["address_id"]
    home, token = used, people.token(who.id, "customer")
    for n in range(20):
        body = {
            "name": NAME, "phone": PHONE, "region": "440305", "province": "广东省", "city": "深圳市", "district": "南山区",
            "line": f"路 {n} 号",
        }  # fmt: skip
        home = counter.ask("PUT", f"/v1/me/addresses/{home}", body, token=token).json["address_id"]
    counter.later(days=1, minutes=1)
    assert len(addresses.every(who.id)) == 3
    assert addresses.for_delivery(who.id, used).line == LINE
