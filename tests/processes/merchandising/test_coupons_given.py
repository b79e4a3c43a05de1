"""Coupons that come by themselves: shown to everybody who may claim them, given to whoever registers."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.records.coupons.model import Coupon
from chalicelib.records.coupons.service import held, newcomers, templates
from chalicelib.runtime import world
from tests.records.coupons.wallets import act, opened, terms
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


def test_whoever_registers_has_the_whole_pack_once(front, pump):
    pack = {opened(newcomer=True, public=False), opened(newcomer=True, total=None)}
    opened()
    guest = people.guest(front)
    anna = people.register(front)
    assert pump.run(2).count("coupon.granted") == 2
    assert usable(anna.id) == pack
    assert usable(guest.id) == set()
    done(newcomers.welcome, anna.id, [])
    assert sum(row.customer == anna.id for row in aws.rows(Coupon)) == 2


def test_a_device_is_one_newcomer_and_a_fact_tells_nothing_of_it(front, pump, engine):
    template = opened(newcomer=True)
    told = []
    for phone in ("13800138000", "13900139000"):
        body = {"phone": phone, "code": people.code_for(front, "register", phone=phone), "terms": people.TERMS}
        told.append(front.post("/v1/auth/register", body, headers=DEVICE))
        engine.advance(minutes(2))
    pump.run()
    ids = [people.person(answer).id for answer in told]
    assert [usable(one) for one in ids] == [{template}, set()]
