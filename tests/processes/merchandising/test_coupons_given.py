"""Coupons that come by themselves: shown to everybody who may claim them, given to whoever registers."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.bill import Bill, CouponUse, Layer
from chalicelib.kernel.money import Fen
from chalicelib.records.coupons import service as coupons
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.coupons.service import held, newcomers, templates
from chalicelib.records.orders.events import OrderPaid, OrderRevived
from chalicelib.records.orders.model import Order, pack
from chalicelib.runtime import world
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from tests.records.coupons.wallets import act, claim, opened, terms
from tests.support import aws, people
from tests.support.doors import done
from tests.support.world import minutes

DAY = timedelta(days=1)
DEVICE = {"X-Device": "d" * 24}


def usable(customer: str) -> set[str]:
    return {one.template for one in held.usable(customer, world.now())}


def test_templates_are_listed_by_state_and_those_to_claim_for_everybody(front, engine):
    first = opened()
    engine.advance(timedelta(milliseconds=1))
    second = opened(public=False)
    engine.advance(timedelta(milliseconds=1))
    draft = act(templates.add, terms())
    assert [one.id for one in templates.by_state("open", 9, None)[0]] == [second, first]
    assert [one.id for one in templates.every("draft")] == [draft]
    later = opened(claim_from=int((world.now() + DAY).timestamp() * 1000))
    shown = front.get("/v1/coupons/available").json["items"]
    assert [one["template_id"] for one in shown] == [first, later]
    act(templates.move, first, 2, "close")
    engine.advance(timedelta(seconds=10))
    assert [one["template_id"] for one in front.get("/v1/coupons/available").json["items"]] == [later]


def test_whoever_registers_has_the_whole_pack_once(front, bus):
    pack = {opened(newcomer=True, public=False), opened(newcomer=True, total=None)}
    opened()
    guest = people.guest(front)
    anna = people.register(front)
    assert bus.run(2).count("coupon.granted") == 2
    assert usable(anna.id) == pack
    assert usable(guest.id) == set()
    done(newcomers.welcome, anna.id, [])
    assert sum(row.customer == anna.id for row in aws.rows(Coupon)) == 2


def test_a_device_is_one_newcomer_and_a_fact_tells_nothing_of_it(front, bus, engine):
    template = opened(newcomer=True)
    told = []
    for phone in ("13800138000", "13900139000"):
        body = {"phone": phone, "code": people.code_for(front, "register", phone=phone), "terms": people.TERMS}
        told.append(front.post("/v1/auth/register", body, headers=DEVICE))
        engine.advance(minutes(2))
    bus.run()
    ids = [people.person(answer).id for answer in told]
    assert [usable(one) for one in ids] == [{template}, set()]


def order_with(coupon: str, order_id: str) -> None:
    """An order that a coupon took 10 off and that 90 were paid for."""
    layers = (Layer("campaign", "F1", 1, Fen(500)), Layer("coupon", coupon[:27], 1, Fen(1000)))
    bill = Bill(layers=layers, coupons=(CouponUse(coupon, 1), CouponUse(f"{coupon[:27]}01")))
    row = Order(
        order_id,
        customer="U1",
        day="20260601#0",
        state="paid",
        packed_bill=pack(bill),
        payable=Fen(9000),
        placed_at=world.now(),
        attempts=1,
        refunded=Fen(0),
    )
    work = Work(ANYONE, "setup")
    work.add(put(row))
    work.commit()


def test_the_funnel_counts_what_was_used_paid_and_given_back(engine, bus):
    template, order_id = opened(), "O01JZ0000000000000000000001"
    name = claim(template, Caller("U1", "customer")).coupon_id
    order_with(name, order_id)
    done(coupons.spend, "U1", [name], order_id)
    work = Work(ANYONE, "pay")
    work.publish(OrderRevived(order_id, f"{order_id}01"))  # as late money says beside that it is paid
    work.publish(OrderPaid(order_id, f"{order_id}01"))
    work.commit()
    bus.run(2)
    told = templates.funnel(template)
    assert (told.used, told.returned, told.paid, told.off, told.worth) == (1, 0, 1, 1000, 9000)
    done(coupons.give_back, "U1", [name], order_id)
    bus.run(2)
    assert templates.funnel(template).returned == 1
