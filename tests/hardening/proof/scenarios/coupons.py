"""Coupons under every fault: never more than there are, never two of one wish, never in two orders; what a worker makes in
bulk is exactly what was asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.processes.merchandising.coupons import service as granting
from chalicelib.records.coupons import consumers, service, steps
from chalicelib.records.coupons.events import CouponJobDue
from chalicelib.records.coupons.model import (
    HEAD,
    CodeShare,
    Coupon,
    CouponCode,
    CouponJob,
    CouponTemplate,
    GrantPart,
    Shard,
)
from chalicelib.records.coupons.rules import JOB, RACED, Terms, code_of, coupon_id, packed, template_of
from chalicelib.records.coupons.service import claims, codes, grants, held, jobs, newcomers, templates
from chalicelib.records.coupons.service.templates import Sheet
from chalicelib.records.identity.events import UserRegistered
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.caller import worker as worker_caller
from chalicelib.runtime.table import insert
from chalicelib.runtime.work import Work, perform
from chalicelib.runtime.workers import Consumer
from tests.hardening.proof.scenario import START, Scenario, Step, expected, refused
from tests.hardening.proof.shop import Shop, ask
from tests.hardening.proof.trade import CLERK, relay

TEMPLATE, JOB_ID, SEED = "K01KJPB7WG0000000000000000A", "B01KJPB7WG0000000000000000A", b"seed" * 8
PEOPLE = {letter: Caller(f"U01KJPB7WG0000000000000000{letter.upper()}", "customer") for letter in "abcd"}
ORDERS = {number: f"O01KJPB7WG0000000000000000{number}" for number in "12"}
SHARED, ONCE = "SPR1NG", code_of(SEED, 0)
bulk = Consumer("granting", __name__, batch=1, window=0, concurrency=None)


@bulk.on(CouponJobDue)
def go_on(fact: CouponJobDue, work: Work) -> None:
    """As the shop's worker does, two codes or one customer a stretch."""
    if fact.kind == jobs.GRANTS:
        grants.give(fact.job_id, granting.accounts.standing, work, stretch=1)
    else:
        codes.make(fact.job_id, work, stretch=1, lot=2)


def terms(**other: Any) -> Terms:
    said = Terms(
        document={"name": {"zh": "券", "en": "Coupon"}, "lane": "coupon", "kind": "amount", "terms": {}, "scope": {}},
        total=3, per_person=1, per_day=None, claim_from=None, claim_to=None, use_from=None, use_to=None, use_after_days=0,
        use_days=9, public=True, newcomer=False,
    )  # fmt: skip
    return said._replace(**other)


def stage_of(*, lefts: Sequence[int] = (2, 1), **other: Any) -> Callable[[], Shop]:
    """A shop that gives out coupons, counted in these shards."""

    def build() -> Shop:
        shop = Shop(consumers={"coupons": consumers.worker, "granting": bulk})
        with shop.standing():
            work = Work(CLERK, "setup")
            said = packed(terms(total=sum(lefts), **other))
            work.add(*steps.add_template(TEMPLATE, said, CLERK.id, START))
            work.commit()
            row = table.get(CouponTemplate, TEMPLATE, HEAD, consistent=True)
            work = Work(CLERK, "setup")
            work.add(steps.move_template(row, "open", CLERK.id, START, len(lefts)))
            work.add(*steps.add_shards(TEMPLATE, 2, lefts))
            work.add(*(insert(Account(one.id, ACCOUNT, state="active")) for one in PEOPLE.values()))
            job = CouponJob(JOB_ID, HEAD, template=TEMPLATE, kind="codes", state="done", total=1, done=1, given=1)
            work.add(*steps.add_codes(job, [ONCE]), *steps.share_code(SHARED, TEMPLATE, "B", [1, 1]))
            work.commit()
        return shop

    return build


# ---- what comes -----------------------------------------------------------------------------------------------------
def _had(stage: Any, who: str, told: Any) -> Any:
    if not refused(told):
        stage.notes.setdefault("had", []).append((PEOPLE[who].id, told["coupon_id"]))
    return told


def _named(had: claims.Had) -> dict[str, str]:
    return {"coupon_id": had.id}


def claim(who: str, key: str = "") -> Step:
    def act(stage: Any) -> Any:
        route, use_case = "POST /v1/coupons/{template_id}/claims", lambda work: _named(claims.claim(TEMPLATE, work))
        return _had(stage, who, ask(PEOPLE[who], route, use_case, key=f"claim{key}", asked=TEMPLATE, raced=RACED))

    return Step(f"claim {who}{key}", act)


def redeem(who: str, code: str, name: str) -> Step:
    def act(stage: Any) -> Any:
        route, use_case = "POST /v1/coupons/redemptions", lambda work: _named(codes.redeem(code, work))
        return _had(stage, who, ask(PEOPLE[who], route, use_case, key=name, asked=code, raced=RACED))

    return Step(f"redeem {name} {who}", act)


def _looked(change: Callable[[Sheet, Work], Any]) -> Callable[[Work], None]:
    """What an operator who looks at the template just now does to it."""

    def act(work: Work) -> None:
        change(templates.find(TEMPLATE), work)

    return act


def close() -> Step:
    """Once the shop was told so, nobody claims any more."""

    def act(stage: Any) -> Any:
        told = ask(
            CLERK,
            "PUT /v1/admin/coupon-templates/{template_id}/status",
            _looked(lambda sheet, work: templates.move(TEMPLATE, sheet.revision, "close", work)),
        )
        if told is None:
            stage.notes["closed"] = sum(row.had for row in stage.rows(Shard) if row.part.startswith("shard"))
        return told

    return Step("close", act, moody=True)


def edit(total: int) -> Step:
    def act(stage: Any) -> Any:
        return ask(
            CLERK,
            "PUT /v1/admin/coupon-templates/{template_id}",
            _looked(lambda sheet, work: templates.edit(TEMPLATE, sheet.revision, terms(total=total), work)),
        )

    return Step(f"edit to {total}", act, moody=True)


def use(order: str) -> Step:
    """An order is placed with the first coupon of a; it stands under its own key."""

    def act(stage: Any) -> Any:
        who, name = PEOPLE["a"].id, coupon_id(TEMPLATE, 0)
        place = lambda work: service.spend(who, [name], ORDERS[order], work)
        told = ask(PEOPLE["a"], "POST /v1/orders", place, key=ORDERS[order], asked=order)
        if told is None and order not in stage.notes.get("closing", []):
            stage.notes["order"] = order
        return told

    return Step(f"use {order}", act)


def give_back(order: str, later: str = "") -> Step:
    def act(stage: Any) -> Any:
        stage.notes.setdefault("closing", []).append(order)
        if stage.notes.get("order") == order:
            stage.notes.pop("order")
        who, name = PEOPLE["a"].id, coupon_id(TEMPLATE, 0)
        back = lambda work: service.give_back(who, [name], ORDERS[order], work)
        return ask(PEOPLE["a"], "POST /v1/orders/{order_id}/cancellation", back, key=f"back{order}{later}", asked=order)

    return Step(f"give back {order}{later}", act)


def ask_codes(stage: Any) -> Any:
    told = ask(CLERK, "POST codes", lambda work: {"job": codes.ask_codes(TEMPLATE, 3, work).id}, key="codes", asked=3)
    return told


def ask_grant(stage: Any) -> Any:
    return ask(CLERK, "POST grants", _ask_grant, key="grants", asked="abc")


def _ask_grant(work: Work) -> Any:
    """As `grants.ask`, one customer a part; the last of them is nobody."""
    wanted = [PEOPLE["a"].id, PEOPLE["b"].id, "U01KJPB7WG0000000000000000N"]
    job = CouponJob(
        work.new_id("B"), HEAD, template=TEMPLATE, kind=jobs.GRANTS, state=JOB.target("start"), total=3, done=0, given=0
    )
    jobs.begin(
        job, work, *(GrantPart(job.id, f"part#{i:05d}", customers=json.dumps([who])) for i, who in enumerate(wanted))
    )
    return {"job": job.id}


def register(who: str, mark: str) -> Step:
    """The fact of a registration comes to the worker, as its queue hands it over."""

    def act(stage: Any) -> Any:
        fact = UserRegistered(PEOPLE[who].id, "phone", mark)
        detail = {"id": f"J{who}.0", "at": millis(START), "actor": "U", "version": 1, "data": fact.data()}
        consumers.worker.deliver({"detail-type": fact.wire, "detail": detail})
        return "taken"

    return Step(f"register {who}", act)


def welcome(who: str) -> Step:
    """Told once more under another key: by what stands alone it is known that they have the pack."""

    def act(stage: Any) -> Any:
        work = Work(worker_caller("again"), "again")
        perform(work, newcomers.welcome, PEOPLE[who].id, [], work)
        return "taken"

    return Step(f"welcome {who} again", act, moody=True)


def forget(stage: Any) -> Any:
    """The person is forgotten; nothing of their coupons stays."""
    stage.notes["forgotten"] = True
    stage.notes.pop("had", None)
    stage.notes.pop("order", None)
    held.forget(PEOPLE["a"].id, Work(worker_caller("privacy"), "privacy"))
    return "gone"


# ---- what must hold -------------------------------------------------------------------------------------------------
def coupons(shop: Any) -> list[Coupon]:
    return [row for row in shop.rows(Coupon) if row.ends_at is not None]


def audit(shop: Any, final: bool) -> list[str]:
    """As many were had as shards say, none too many; what was acknowledged is there; a code is one coupon."""
    rows = coupons(shop)
    shards = [row for row in shop.rows(Shard) if row.part.startswith("shard")]
    (head,) = [row for row in shop.rows(CouponTemplate) if row.part == HEAD]
    left, had = sum(row.left for row in shards), sum(row.had for row in shards)
    total = templates.sheet_of(head).terms.total
    found = (
        [f"F19: {left} left and {had} had of {total}"]
        if left + had != total or any(row.left < 0 for row in shards)
        else []
    )
    gone = bool(shop.notes.get("forgotten"))
    found += [f"F04: {had} were had and {len(rows)} are there"] if had != len(rows) and not gone else []
    found += [f"F27: a shard goes by revision {row.revision}" for row in shards if row.revision != head.revision]
    per_person = templates.sheet_of(head).terms.per_person
    found += [
        f"F19: {who} has {count}" for who, count in Counter(row.customer for row in rows).items() if count > per_person
    ]
    there = {(row.customer, row.id) for row in rows}
    found += [
        f"F05: {name} was acknowledged and is not there" for name in shop.notes.get("had", []) if name not in there
    ]
    welcomed = {row.customer for row in rows if row.way == "newcomer"}
    found += ["F19: a device was a newcomer twice"] if {PEOPLE["a"].id, PEOPLE["b"].id} <= welcomed else []
    found += _codes(shop, rows) + _jobs(shop, final) + _order(shop, rows)
    if shop.notes.get("closed", had) != had:
        found.append("F27: given out though it was closed")
    return [*found, *(shop.unpublished() if final else [])]


def _codes(shop: Any, rows: Sequence[Coupon]) -> list[str]:
    once = sum(row.used_at is not None for row in shop.rows(CouponCode) if row.part == HEAD)
    shares = [row.left for row in shop.rows(CodeShare) if row.part != HEAD]
    redeemed = sum(row.way == "code" for row in rows)
    wrong = once + 2 - sum(shares) != redeemed or min(shares) < 0
    return [f"F19: {once} codes and {shares} of two left, but {redeemed} were redeemed"] if wrong else []


def _jobs(shop: Any, final: bool) -> list[str]:
    found = []
    for job in (row for row in shop.rows(CouponJob) if row.part == HEAD):
        made = [row for row in shop.rows(CouponCode) if row.job == job.id]
        if job.kind == "codes" and len(made) != job.done:
            found.append(f"F04: {len(made)} codes of {job.done}")
        given = [row for row in coupons(shop) if row.way == "grant"]
        if job.kind == jobs.GRANTS and len(given) != job.given:
            found.append(f"F04: {len(given)} were granted of {job.given}")
        if final and job.state != JOB.target("finish"):
            found.append(f"F30: a job stands at {job.done} of {job.total}")
    count = len([row for row in shop.rows(CouponJob) if row.part == HEAD])
    return [*found, *([f"F03: {count} jobs of one wish"] if count > 1 else [])]


def _order(shop: Any, rows: Sequence[Coupon]) -> list[str]:
    orders = {row.used_by for row in rows if row.id == coupon_id(TEMPLATE, 0) and row.customer == PEOPLE["a"].id}
    order = shop.notes.get("order")
    wrong = order is not None and orders != {ORDERS[order]}
    return [f"F19: order {order} has its coupon no more"] if wrong else []


def reached(**wanted: Any) -> Callable[[Any], list[str]]:
    def reaches(shop: Any) -> list[str]:
        rows = coupons(shop)
        found = {
            "coupons": len(rows), "used": sum(row.used_by is not None for row in rows),
            "codes": sum(row.part == HEAD for row in shop.rows(CouponCode)),
            "given": sum(row.given or 0 for row in shop.rows(CouponJob) if row.part == HEAD),
            "templates": len({template_of(row.id) for row in rows}),
        }  # fmt: skip
        return expected(found, wanted)

    return reaches


def settle(stage: Any) -> None:
    stage.settle()


def look(stage: Any) -> Any:
    return (
        len(service.usable(PEOPLE["a"].id, stage.now())),
        len(claims.public(stage.now())),
        templates.counts(templates.find(TEMPLATE)).left,
    )


LOOK = Step("look", look, moody=True)
SCENARIOS = [
    Scenario(
        "coupons.claim", stage_of(),
        [claim("a"), claim("a", " more"), claim("b"), claim("c"), claim("d"), LOOK, close()],
        audit, settle, ("F19", "F05", "F03", "F27"),
        races=[["claim a", "claim a"], ["claim a", "claim a more"], ["claim b", "claim c"], ["claim c", "close"],
               ["claim d", "close"]],
        triples=[["claim b", "claim c", "claim d"]], reaches=reached(coupons=3),
        refuses={"claim a more": "CLAIMED_ENOUGH", "claim d": "COUPON_GONE"},
    ),
    Scenario(
        "coupons.edit", stage_of(), [claim("a"), edit(2), claim("b"), claim("c"), edit(3), claim("d")],
        audit, settle, ("F19", "F27"), races=[["edit to 2", "claim b"], ["claim c", "edit to 3"], ["edit to 2", "edit to 3"]],
        triples=[["edit to 2", "claim b", "claim c"]], reaches=reached(coupons=3), refuses={"claim c": "COUPON_GONE"},
    ),
    Scenario(
        "coupons.redeem", stage_of(lefts=(2, 2), public=False),
        [redeem("a", ONCE, "once"), redeem("b", ONCE, "once"), redeem("b", SHARED, "many"), redeem("c", SHARED, "many"),
         redeem("d", SHARED, "many"), redeem("a", SHARED, "many")],
        audit, settle, ("F19", "F04"),
        races=[["redeem once a", "redeem once b"], ["redeem once a", "redeem once a"], ["redeem many b", "redeem many c"]],
        triples=[["redeem many b", "redeem many c", "redeem many d"]], reaches=reached(coupons=3),
        refuses={"redeem once b": "COUPON_CODE_USED", "redeem many d": "COUPON_CODE_GONE", "redeem many a": "CLAIMED_ENOUGH"},
    ),
    Scenario(
        "coupons.use", stage_of(),
        [claim("a"), use("1"), use("2"), give_back("1"), Step("use 2 later", use("2").act), give_back("1", " late"), LOOK],
        audit, settle, ("F19",), races=[["use 1", "use 2"], ["use 1", "use 1"], ["use 2", "give back 1"]],
        triples=[["use 1", "use 2", "give back 1"]], reaches=reached(coupons=1, used=1),
        refuses={"use 2": "COUPON_USED", "give back 1 late": "COUPON_USED_ELSEWHERE"},
    ),
    Scenario(
        "coupons.forgotten", stage_of(), [claim("a"), use("1"), Step("forget", forget), give_back("1"), claim("b")],
        audit, settle, ("F19",), races=[["forget", "give back 1"], ["forget", "forget"]], reaches=reached(coupons=1),
    ),
    Scenario(
        "coupons.codes", stage_of(),
        [Step("ask codes", ask_codes), relay(), relay("post again")],
        audit, settle, ("F03", "F04", "F30"), races=[["ask codes", "ask codes"]], reaches=reached(codes=5),
    ),
    Scenario(
        "coupons.grant", stage_of(),
        [claim("a"), Step("ask grant", ask_grant), relay(), relay("post again"), claim("b")],
        audit, settle, ("F04", "F19", "F30"), races=[["ask grant", "ask grant"], ["post", "claim b"]],
        reaches=reached(given=1, coupons=2), refuses={"claim b": "CLAIMED_ENOUGH"},
    ),
    Scenario(
        "coupons.newcomer", stage_of(newcomer=True),
        [register("a", "m1 m2"), register("b", "m2"), claim("c"), register("c", "m3"), welcome("c"), register("d", "")],
        audit, settle, ("F19", "F30"),
        races=[["register a", "register a"], ["register a", "register b"], ["claim c", "register c"]],
        triples=[["register a", "register b", "claim c"]], reaches=reached(coupons=3),
    ),
]  # fmt: skip
