"""Tickets: what customers ask is answered, by whom, by when, and who may read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import iso
from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.care.helpdesk import service
from chalicelib.processes.privacy.service import sections
from chalicelib.records.tickets import rules
from chalicelib.records.tickets.model import ConsultationRight, Ticket, TicketTurn
from chalicelib.records.tickets.rules import Seat
from chalicelib.records.tickets.service import consultations, matters
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.trade import order as placed

PHONE = "请联系 138-0013-8000 或 wang.li@example.com，订单很急"


@pytest.fixture
def helpdesk(desk):
    """The desk with two people of the shop's."""
    desk.clerk = people.member(desk.counter.front, "operator", fresh=True)

    def act(method, path, body=None, who="operator", **more):
        somebody = people.member(desk.counter.front, who, fresh=True)
        key = more.pop("key", None) or (f"k{len(aws.rows(TicketTurn))}{path}" if method == "POST" else None)
        return desk.counter.front.request(method, path, body, token=somebody.token, key=key, **more)

    desk.act = act
    return desk


def asked(desk, text="这款适合敏感肌吗？", status=201, key="a1", **more):
    told = desk.ask("POST", "/v1/me/tickets", {"kind": "other", "text": text, **more}, key=key)
    assert told.status == status, told.text
    return told.json["ticket_id"] if status == 201 else told.json["code"]


def mine(desk, ticket):
    told = desk.ask("GET", f"/v1/me/tickets/{ticket}", token=people.token(find(ticket).customer, "customer"))
    assert told.status == 200, told.text
    return told.json


def find(ticket):
    return matters.find(ticket)


def own(desk, method, path, body=None, key=None):
    """As the customer, who signs in anew."""
    (customer,) = {row.customer for row in aws.rows(Ticket) if row.part == "ticket"}
    return desk.ask(method, path, body, token=people.token(customer, "customer"), key=key)


def test_a_ticket_is_opened_answered_replied_closed_and_rated(helpdesk):
    ticket = asked(helpdesk)
    path, staff = f"/v1/me/tickets/{ticket}", f"/v1/admin/tickets/{ticket}"
    again = helpdesk.ask("POST", "/v1/me/tickets", {"kind": "other", "text": "这款适合敏感肌吗？"}, key="a1")
    assert (again.status, again.json["ticket_id"]) == (200, ticket)  # under the same key
    assert helpdesk.act("POST", f"{staff}/answers", {"text": "适合。"}).status == 204
    assert mine(helpdesk, ticket)["state"] == "answered"
    assert helpdesk.ask("POST", f"{path}/replies", {"text": "谢谢"}).status == 204
    told = mine(helpdesk, ticket)
    assert [(one["number"], one["side"], one["text"]) for one in told["talk"]] == [
        (1, "customer", "这款适合敏感肌吗？"),
        (2, "shop", "适合。"),
        (3, "customer", "谢谢"),
    ]
    assert (told["state"], told["turns"]) == ("open", 3)
    assert helpdesk.ask("POST", f"{path}/rating", {"stars": 5}).json["code"] == "TICKET_STATE_CONFLICT"
    assert helpdesk.ask("POST", f"{path}/closure").status == 204
    assert helpdesk.ask("POST", f"{path}/closure").json["code"] == "TICKET_STATE_CONFLICT"
    assert helpdesk.ask("POST", f"{path}/replies", {"text": "还有"}).json["code"] == "TICKET_STATE_CONFLICT"
    assert helpdesk.act("POST", f"{staff}/answers", {"text": "x"}).json["code"] == "TICKET_STATE_CONFLICT"
    assert helpdesk.act("POST", f"{staff}/closure").json["code"] == "TICKET_STATE_CONFLICT"
    assert helpdesk.ask("POST", f"{path}/rating", {"stars": 4}).status == 204
    assert helpdesk.ask("POST", f"{path}/rating", {"stars": 5}).json["code"] == "TICKET_RATED"
    assert mine(helpdesk, ticket)["stars"] == 4
    told = helpdesk.counter.bus.run()
    turns = ["ticket.opened", "ticket.answered", "ticket.replied", "ticket.closed", "ticket.rated"]
    assert sorted(wire for wire in told if wire.startswith("ticket.")) == sorted(turns)


def test_what_a_ticket_is_about_is_the_customers_own_order_or_a_product(helpdesk):
    sku = helpdesk.counter.skus[0]
    asked(helpdesk, kind="product", product_id=sku[:27])
    assert asked(helpdesk, kind="product", product_id="P01JZ0000000000000000000000", status=404, key="b") == (
        "PRODUCT_NOT_FOUND"
    )
    assert asked(helpdesk, kind="product", status=422, key="c") == "TICKET_SUBJECT_WRONG"
    assert asked(helpdesk, kind="other", product_id=sku[:27], status=422, key="d") == "TICKET_SUBJECT_WRONG"
    right = "O01JZ0000000000000000000000#00"
    assert asked(helpdesk, kind="other", right=right, status=422, key="e") == "TICKET_SUBJECT_WRONG"
    assert asked(helpdesk, kind="order", order_id=placed("U2"), status=404, key="f") == "ORDER_NOT_FOUND"
    customer = find(asked(helpdesk, key="g")).customer
    order = placed(customer)
    assert find(asked(helpdesk, kind="order", order_id=order, key="h")).subject == order


def test_a_customers_tickets_are_theirs_and_listed_newest_first(helpdesk):
    first, second = asked(helpdesk), asked(helpdesk, key="a2")
    listed = helpdesk.ask("GET", "/v1/me/tickets?limit=1").json
    more = helpdesk.ask("GET", f"/v1/me/tickets?limit=1&cursor={listed['next']}").json
    assert [one["ticket_id"] for one in (*listed["items"], *more["items"])] == [second, first]
    stranger = people.register(helpdesk.counter.front, "13800138001").token
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/replies", {"text": "x"}),
        ("POST", "/closure", None),
        ("POST", "/rating", {"stars": 1}),
    ):
        told = helpdesk.ask(method, f"/v1/me/tickets/{first}{path}", body, token=stranger)
        assert told.json["code"] == "TICKET_NOT_FOUND"


def test_operators_read_a_ticket_masked_and_uncovered_only_for_a_reason(helpdesk):
    ticket = asked(helpdesk, PHONE)
    told = helpdesk.act("GET", f"/v1/admin/tickets/{ticket}").json
    assert told["talk"][0]["text"] == "请联系 138******00 或 w***@example.com，订单很急"
    told = helpdesk.act("POST", f"/v1/admin/tickets/{ticket}/disclosures", {"reason": "complaint"})
    assert told.status == 403
    told = helpdesk.act("POST", f"/v1/admin/tickets/{ticket}/disclosures", {"reason": "complaint"}, who="support")
    assert told.json["talk"][0]["text"] == PHONE
    assert "user.data_disclosed" in helpdesk.counter.bus.run()
    sealed = [bytes(row.text) for row in aws.rows(TicketTurn) if row.part != "ticket"]
    assert all("急".encode() not in one for one in sealed)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("13800138000", "138******00"),
        ("+86 138 0013 8000", "+86*********00"),
        ("310115199001011234 和 31011519900101123X", "310*************34 和 310*************3X"),
        ("6222 0200 1234 5678", "622***********78"),
        ("订单 O01KJPB7WG0000000000000000A 共 3 件 129.00 元", "订单 O01KJPB7WG0000000000000000A 共 3 件 129.00 元"),
        ("123456", "123456"),
        ("1234567", "123**67"),
        ("a.b+c@x.cn", "a***@x.cn"),
    ],
)
def test_numbers_and_addresses_of_people_are_covered_and_nothing_else(text, seen):
    assert rules.masked(text) == seen


def test_the_queue_goes_by_desk_and_state_and_what_is_due_first_comes_first(helpdesk):
    first = asked(helpdesk)
    helpdesk.counter.clock.advance(timedelta(seconds=1))
    second = asked(helpdesk, key="a2", kind="product", product_id=helpdesk.counter.skus[0][:27])

    def queue(asking=""):
        told = helpdesk.act("GET", f"/v1/admin/tickets?{asking}")
        assert told.status == 200, told.text
        return [one["ticket_id"] for one in told.json["items"]]

    assert queue() == queue("desk=common") == [first, second]
    assert queue("kind=product") == [second]
    assert queue(f"desk={helpdesk.clerk.id}") == []
    helpdesk.act("POST", f"/v1/admin/tickets/{first}/answers", {"text": "好"})
    assert (queue(), queue("state=answered"), queue("state=closed")) == ([second], [first], [])
    assert queue(f"desk={helpdesk.clerk.id}&state=answered") == [first]
    told = helpdesk.act("GET", "/v1/admin/tickets?state=answered").json["items"][0]
    assert (told["assignee"], told["due_at"], told["breaches"]) == (helpdesk.clerk.id, None, 0)
    helpdesk.counter.clock.advance(timedelta(seconds=1))
    helpdesk.act("POST", f"/v1/admin/tickets/{second}/answers", {"text": "好"})
    assert queue("state=answered") == [second, first]  # the last that was moved first
    page = helpdesk.act("GET", "/v1/admin/tickets?state=answered&limit=1").json
    assert queue(f"state=answered&limit=1&cursor={page['next']}") == [first]


def test_a_ticket_is_reassigned_to_somebody_who_answers_or_to_nobody(helpdesk):
    ticket = asked(helpdesk)
    path = f"/v1/admin/tickets/{ticket}/assignee"
    other = people.member(helpdesk.counter.front, "support").id
    assert helpdesk.act("PUT", path, {"to": other}).status == 204
    assert find(ticket).assignee == other
    finance = people.member(helpdesk.counter.front, "finance").id
    assert helpdesk.act("PUT", path, {"to": finance}).json["code"] == "TICKET_AGENT_UNFIT"
    assert helpdesk.act("PUT", path, {"to": "A01JZ0000000000000000000000"}).json["code"] == "USER_NOT_FOUND"
    assert helpdesk.act("PUT", path, {"to": other}, who="support").status == 403
    assert helpdesk.act("PUT", path, {"to": None}).status == 204
    assert (find(ticket).assignee, find(ticket).desk) == (None, "common#open")
    assert helpdesk.counter.bus.run().count("ticket.reassigned") == 2
    missing = "/v1/admin/tickets/T01JZ0000000000000000000000"
    for method, tail, body in (
        ("GET", "", None),
        ("POST", "/answers", {"text": "x"}),
        ("POST", "/closure", None),
        ("PUT", "/assignee", {"to": None}),
    ):
        assert helpdesk.act(method, missing + tail, body).json["code"] == "TICKET_NOT_FOUND"
    told = helpdesk.act("POST", f"{missing}/disclosures", {"reason": "complaint"}, who="support")
    assert told.json["code"] == "TICKET_NOT_FOUND"


# ---- in time --------------------------------------------------------------------------------------------------------
def test_a_turn_that_is_not_answered_in_time_is_told_once(helpdesk):
    ticket = asked(helpdesk)
    told = helpdesk.counter.later(minutes=1440, seconds=-1)
    assert "ticket.breached" not in told
    told = helpdesk.counter.later(seconds=1)
    assert told.count("ticket.breached") == 1
    made = Work(Caller("care", "worker"), "test")
    matters.breach(ticket, 1, made)
    assert not made.pending
    assert find(ticket).breaches == 1


def test_what_is_answered_in_time_breaches_nothing_and_what_is_asked_anew_waits_anew(helpdesk):
    ticket = asked(helpdesk)
    helpdesk.act("POST", f"/v1/admin/tickets/{ticket}/answers", {"text": "好"})
    assert "ticket.breached" not in helpdesk.counter.later(days=2)
    assert own(helpdesk, "POST", f"/v1/me/tickets/{ticket}/replies", {"text": "再问"}).status == 204
    due = find(ticket).sort
    helpdesk.counter.clock.advance(timedelta(hours=3))
    assert own(helpdesk, "POST", f"/v1/me/tickets/{ticket}/replies", {"text": "还在吗"}).status == 204
    assert (find(ticket).sort, find(ticket).asked, find(ticket).turns) == (due, 3, 4)  # the first of them waits
    assert helpdesk.counter.later(hours=21).count("ticket.breached") == 1
    assert helpdesk.counter.later(days=3).count("ticket.breached") == 0
    assert find(ticket).breached == 3


def test_a_ticket_that_is_full_says_so(helpdesk, monkeypatch):
    ticket = asked(helpdesk)
    from chalicelib.runtime.table import update

    made = Work(Caller("A1", "operator"), "test")
    made.add(update(Ticket, ticket, "ticket", actions=[Ticket.turns.set(rules.MOST_TURNS - 1)]))
    made.commit()
    assert helpdesk.ask("POST", f"/v1/me/tickets/{ticket}/replies", {"text": "x"}).status == 204
    assert helpdesk.ask("POST", f"/v1/me/tickets/{ticket}/replies", {"text": "x"}).json["code"] == "TICKET_FULL"
    told = helpdesk.act("POST", f"/v1/admin/tickets/{ticket}/answers", {"text": "x"})
    assert told.json["code"] == "TICKET_FULL"


# ---- customers of high value ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("paid", "high"),
    [
        ([], False),
        ([499_999], False),
        ([500_000], True),
        ([400_000, 100_000], True),
        ([1] * 11, False),
        ([1] * 12, True),
        ([1] * 11 + [0] * 5, False),
        ([-5, 500_000], True),
    ],
)
def test_a_customer_is_of_high_value_by_what_they_paid_or_how_often(paid, high):
    assert rules.valued(paid, fen=500_000, orders=12) is high


def test_a_customer_of_high_value_keeps_a_named_person_and_another_while_that_one_is_away(clock):
    now = clock.now()
    seats = [Seat(f"A{n}", True, None) for n in range(4)] + [Seat("A9", False, None)]
    mine = rules.person_of("U1", seats, now)
    assert mine == rules.person_of("U1", seats[::-1], now) != "A9"
    away = [seat._replace(away_until=now + timedelta(days=1)) if seat.id == mine else seat for seat in seats]
    other = rules.person_of("U1", away, now)
    assert other not in (mine, "A9", None)
    assert rules.person_of("U1", away, now + timedelta(days=1)) == mine
    assert rules.person_of("U1", [Seat("A9", False, None)], now) is None
    assert len({rules.person_of(f"U{n}", seats, now) for n in range(50)}) == 4


def pay(customer, clock, days_ago=0, fen=1_000_000):
    from chalicelib.records.orders.model import Order
    from chalicelib.runtime.table import update

    order = placed(customer, lines=(("P01JZ000000000000000000000001", 1, fen, 0),), freight=0)
    made = Work(Caller("A1", "operator"), "test")
    at = clock.now() - timedelta(days=days_ago)
    made.add(update(Order, order, actions=[Order.state.set("paid"), Order.paid_at.set(at)]))
    made.commit()
    return order


def test_a_ticket_of_a_customer_of_high_value_goes_to_the_named_person_within_its_time(helpdesk):
    clock = helpdesk.counter.clock
    customer = find(asked(helpdesk)).customer
    pay(customer, clock, days_ago=366)
    seat = f"/v1/admin/ticket-agents/{helpdesk.clerk.id}"
    assert helpdesk.act("PUT", seat, {"named": True}).status == 204
    assert find(asked(helpdesk, key="old")).assignee is None
    pay(customer, clock, days_ago=365)
    ticket = find(asked(helpdesk, key="new"))
    assert (ticket.assignee, ticket.named, ticket.sort - ticket.opened_at) == (
        helpdesk.clerk.id,
        True,
        timedelta(minutes=240),
    )
    other = people.member(helpdesk.counter.front, "support").id
    helpdesk.act("PUT", f"/v1/admin/ticket-agents/{other}", {"named": True})
    away = iso(clock.now() + timedelta(days=1))
    assert helpdesk.act("PUT", seat, {"named": True, "away_until": away}).status == 204
    assert find(asked(helpdesk, key="away")).assignee == other
    assert helpdesk.ask("POST", f"/v1/me/tickets/{ticket.id}/replies", {"text": "在吗"}).status == 204
    assert find(ticket.id).assignee == other  # and so does one that was theirs
    listed = helpdesk.act("GET", "/v1/admin/ticket-agents").json["items"]
    assert {(one["user_id"], one["named"], one["away_until"]) for one in listed} == {
        (helpdesk.clerk.id, True, away),
        (other, True, None),
    }
    assert (
        helpdesk.act("PUT", f"/v1/admin/ticket-agents/{customer}", {"named": True}).json["code"] == "TICKET_AGENT_UNFIT"
    )
    assert "ticket.agent_set" in helpdesk.counter.bus.run()


def test_a_common_ticket_of_somebody_who_is_away_is_anybodys_again(helpdesk):
    ticket = asked(helpdesk)
    helpdesk.act("POST", f"/v1/admin/tickets/{ticket}/answers", {"text": "好"})
    away = iso(helpdesk.counter.clock.now() + timedelta(hours=1))
    helpdesk.act("PUT", f"/v1/admin/ticket-agents/{helpdesk.clerk.id}", {"named": False, "away_until": away})
    assert helpdesk.ask("POST", f"/v1/me/tickets/{ticket}/replies", {"text": "在吗"}).status == 204
    assert find(ticket).assignee is None


def test_what_went_back_makes_nobody_of_high_value(helpdesk):
    from chalicelib.kernel.money import Fen
    from chalicelib.records.orders.model import Order
    from chalicelib.runtime.table import update

    customer = find(asked(helpdesk)).customer
    order = pay(customer, helpdesk.counter.clock)
    assert service.valued(customer, helpdesk.counter.clock.now())
    made = Work(Caller("A1", "operator"), "test")
    made.add(update(Order, order, actions=[Order.refunded.set(Fen(500_001))]))
    made.commit()
    assert not service.valued(customer, helpdesk.counter.clock.now())


def test_only_so_many_of_somebodys_newest_orders_are_looked_at(helpdesk):
    customer, clock = find(asked(helpdesk)).customer, helpdesk.counter.clock
    pay(customer, clock)
    clock.advance(timedelta(seconds=1))
    now = clock.now()
    for _ in range(23):
        placed(customer)
    assert service.valued(customer, now), "the twenty-fourth"
    placed(customer)
    assert not service.valued(customer, now), "the twenty-fifth"


# ---- consultations --------------------------------------------------------------------------------------------------
ORDER = "O01JZ0000000000000000000000"


def granted(person, count=2, days=30, line=0, clock=None):
    made = Work(Caller("care", "worker"), "test")
    consultations.grant(
        person, ORDER, line, "P01JZ0000000000000000000000", count, made.now + timedelta(days=days), made
    )
    made.commit() if made.pending else None


def ended(person, line=0):
    made = Work(Caller("care", "worker"), "test")
    consultations.end(person, ORDER, line, made)
    made.commit() if made.pending else None


def test_a_consultation_is_used_by_the_ticket_that_it_opens_and_by_no_more_than_there_are(helpdesk):
    customer = find(asked(helpdesk)).customer
    assert asked(helpdesk, kind="consultation", status=404, key="none") == "CONSULTATION_NOT_FOUND"
    granted(customer)
    granted(customer, count=9)  # once
    granted(customer, count=1, days=10, line=1)
    first = find(asked(helpdesk, kind="consultation", key="c1"))
    assert (first.right, first.subject) == (f"{ORDER}#01", "P01JZ0000000000000000000000")  # what ends first
    assert find(asked(helpdesk, kind="consultation", key="c2")).right == f"{ORDER}#00"
    assert asked(helpdesk, kind="consultation", right=f"{ORDER}#01", status=409, key="c3") == "CONSULTATION_OVER"
    asked(helpdesk, kind="consultation", right=f"{ORDER}#00", key="c4")
    assert asked(helpdesk, kind="consultation", status=404, key="c5") == "CONSULTATION_NOT_FOUND"
    told = helpdesk.ask("GET", "/v1/me/consultations").json["items"]
    assert [(one["right"], one["count"], one["left"], one["ended"]) for one in told] == [
        (f"{ORDER}#00", 2, 0, False),
        (f"{ORDER}#01", 1, 0, False),
    ]


def test_a_consultation_ends_at_its_end(helpdesk):
    customer = find(asked(helpdesk)).customer
    granted(customer, days=1)
    helpdesk.counter.clock.advance(timedelta(days=1, milliseconds=-1))
    (row,) = consultations.every(customer)
    assert consultations.usable(row, helpdesk.counter.clock.now())
    helpdesk.counter.clock.advance(timedelta(milliseconds=1))
    assert not consultations.usable(row, helpdesk.counter.clock.now())
    token = people.token(customer, "customer")
    body = {"kind": "consultation", "text": "x", "right": f"{ORDER}#00"}
    told = helpdesk.ask("POST", "/v1/me/tickets", body, token=token, key="late")
    assert told.json["code"] == "CONSULTATION_OVER"


def test_what_is_left_of_a_consultation_goes_with_its_line_and_is_not_granted_afterwards(helpdesk):
    customer = find(asked(helpdesk)).customer
    granted(customer)
    ended(customer)
    ended(customer)
    assert asked(helpdesk, kind="consultation", right=f"{ORDER}#00", status=409, key="c1") == "CONSULTATION_OVER"
    ended(customer, line=1)
    granted(customer, line=1)
    assert asked(helpdesk, kind="consultation", status=404, key="c2") == "CONSULTATION_NOT_FOUND"
    (told,) = helpdesk.ask("GET", "/v1/me/consultations").json["items"]
    assert (told["left"], told["ended"]) == (0, True)
    assert helpdesk.counter.bus.run().count("consultation.ended") == 2


# ---- two at once ----------------------------------------------------------------------------------------------------
def refused_second(first, second):
    """Two that read the same: the first goes through, the second is refused, and why."""
    works = [Work(Caller("A1", "operator"), "test") for _ in range(2)]
    for act, own in zip((first, second), works, strict=True):
        act(own)
    works[0].commit()
    with pytest.raises(CommitRejected) as refused:
        works[1].commit()
    (why,) = refused.value.reasons
    return type(why)


def test_of_two_that_grant_end_or_use_a_consultation_at_once_one_does(helpdesk):
    until = helpdesk.counter.clock.now() + timedelta(days=1)
    grant = lambda line, own: consultations.grant("U1", ORDER, line, "P1", 1, until, own)
    first = lambda own: grant(0, own)
    assert refused_second(first, first) is rules.ConsultationMoved
    use = lambda own: consultations.consume("U1", None, own)
    assert refused_second(use, use) is rules.ConsultationOver
    end = lambda own: consultations.end("U1", ORDER, 0, own)
    assert refused_second(end, end) is rules.ConsultationMoved
    other = lambda own: grant(1, own)
    assert refused_second(lambda own: consultations.end("U1", ORDER, 1, own), other) is rules.ConsultationMoved
    granted("U2")
    gone = lambda own: own.add(table.delete(ConsultationRight, "U2", f"right#{ORDER}#00"))
    assert refused_second(gone, lambda own: consultations.consume("U2", None, own)) is rules.ConsultationNotFound


def test_of_two_that_move_a_ticket_at_once_one_does(helpdesk):
    row = find(asked(helpdesk))
    answer = lambda own: matters.answer(row, "答", own)
    assert refused_second(answer, lambda own: matters.breach(row.id, 1, own)) is rules.TicketMoved
    assert refused_second(answer_to(row.id), answer_to(row.id)) is rules.TicketMoved
    close = lambda own: matters.close(find(row.id), "shop", own)
    assert refused_second(close, close) is rules.TicketStateConflict
    rate = lambda own: matters.rate(find(row.id), 5, own)
    assert refused_second(rate, rate) is rules.TicketRated
    drop = lambda own: own.add(table.delete(Ticket, row.id, "ticket"))
    again = find(row.id)
    assert refused_second(drop, lambda own: matters.reassign(again, "A2", own)) is rules.TicketNotFound


def answer_to(ticket):
    row = find(ticket)
    return lambda own: matters.answer(row, "答", own)


def test_a_turn_that_is_late_is_told_of_once_also_when_two_notice_at_once(helpdesk):
    row = find(asked(helpdesk))
    late = lambda own: matters.breach(row.id, 1, own)
    assert refused_second(late, late) is rules.TicketMoved
    assert (find(row.id).breached, find(row.id).breaches) == (1, 1)


def test_what_was_asked_after_the_late_turn_is_not_late_with_it(helpdesk):
    row = find(asked(helpdesk))
    late = Work(Caller("A1", "operator"), "test")
    matters.breach(row.id, 1, late)
    for act in (answer_to(row.id), lambda own: matters.reply(find(row.id), None, "还有", own)):
        own = Work(Caller("A1", "operator"), "test")
        act(own)
        own.commit()
    assert (find(row.id).state, find(row.id).asked) == ("open", 3)
    with pytest.raises(CommitRejected) as refused:
        late.commit()
    assert refused.value.only(rules.TicketMoved)
    own = Work(Caller("A1", "operator"), "test")
    matters.breach(row.id, 3, own)
    own.commit()
    assert find(row.id).breached == 3


# ---- one's own data -------------------------------------------------------------------------------------------------
def test_tickets_and_consultations_are_taken_along_and_forgotten(helpdesk):
    ticket = asked(helpdesk, PHONE)
    customer = find(ticket).customer
    granted(customer)
    told = sections.SECTIONS["tickets"](customer)
    assert (told["tickets"][0]["talk"][0]["text"], [one["left"] for one in told["consultations"]]) == (PHONE, [2])
    matters.forget(customer, Work(Caller("privacy", "worker"), "test"))
    consultations.forget(customer, Work(Caller("privacy", "worker"), "test"))
    assert [row for row in aws.rows(ConsultationRight) if row.person != "agents"] == []
