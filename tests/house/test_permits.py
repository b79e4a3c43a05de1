"""Who may do what: every route against every role, and every customer's object against every other customer.

The table of roles is the only source. A refused request is sent with a body that would be taken, and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chalicelib.kernel.permits import ROLES, STAFF_ROLES, permits, together
from chalicelib.records.identity.access.service import identify
from chalicelib.records.messages.inbox import steps as inbox
from chalicelib.runtime import limits, world
from chalicelib.runtime.caller import worker
from chalicelib.runtime.http import OPERATIONS, PUBLIC, SIGNED
from chalicelib.runtime.work import Work
from local import openapi
from tests.processes.privacy import taken
from tests.support import people
from tests.support.counter import Counter

SHUT = {"NOT_SIGNED_IN": 401, "NOT_PERMITTED": 403, "ACCOUNT_NEEDED": 403, "SECOND_FACTOR_NEEDED": 403}
ULID = "01JZ0000000000000000000000"
NAMES = {  # what stands for a path variable in a request that asks for nothing in particular
    "order_id": f"O{ULID}", "payment_id": f"O{ULID}01", "product_id": f"P{ULID}", "sku": f"P{ULID}01",
    "refund_id": f"R{ULID}", "category_id": f"C{ULID}", "user_id": f"U{ULID}", "address_id": f"D{ULID}", "export_id": f"X{ULID}",
    "location": "NOWHERE", "source": "NOBODY",
}  # fmt: skip


def placed(shop: Counter) -> str:
    answer = shop.place(shop.quote((0, 1)))
    assert answer.status == 201, answer.text
    return answer.json["order_id"]


def paying(shop: Counter) -> str:
    body = {"provider": "wechat", "product": "native"}
    answer = shop.ask("POST", f"/v1/orders/{placed(shop)}/payments", body, key="pay")
    assert answer.status in (200, 201), answer.text
    return answer.json["id"]


def address(shop: Counter) -> str:
    return shop.ask("GET", "/v1/me/addresses").json["items"][0]["address_id"]


def exported(counter: Counter) -> str:
    fresh = people.token(identify(counter.token, world.now()).id, "customer", fresh=True)
    return counter.ask("POST", taken.DOOR, token=fresh).json["export_id"]


def asked(shop: Counter) -> str:
    answer = shop.ask("POST", "/v1/me/tickets", {"kind": "other", "text": "?"}, key="ask")
    assert answer.status == 201, answer.text
    return answer.json["ticket_id"]


def told(shop: Counter) -> str:
    own = Work(worker("test"), "test")
    own.add(
        inbox.lay(identify(shop.token, world.now()).id, f"N{ULID}", "hello#1", "service", "hello", "hello", world.now())
    )
    own.commit()
    return f"N{ULID}"


OWNED: dict[str, Callable[[Counter], str]] = {
    "order_id": placed, "payment_id": paying, "address_id": address, "export_id": exported,
    "ticket_id": asked, "message_id": told,
}  # fmt: skip
NOBODYS = {
    "sku": "a SKU is the shop's; the cart it lies in follows from the caller",
    "product_id": "the shop's",
    "group_id": "the shop's; whose membership counts follows from the caller",
    "line": "the number of a line of an order, which is named beside it",
    "kind": "a word, for one of the three lists of the caller's own",
    "template_id": "a coupon's template is the shop's; whose coupon is claimed follows from the caller",
}


@pytest.fixture(scope="module")
def operations():
    import app  # noqa: F401  # registers the routes

    return [op for op in OPERATIONS if op.permit != SIGNED]


@pytest.fixture(scope="module")
def bodies(operations):
    """A body that fits, for every route that takes one."""
    found = {}
    for path, methods in openapi.document()["paths"].items():
        for method, op in methods.items():
            content = op.get("requestBody", {}).get("content", {}).get("application/json", {})
            found[f"{method.upper()} {path}"] = content.get("example")
    return found


@pytest.fixture
def unlimited(front, monkeypatch):
    limits.forget()
    monkeypatch.setenv("LIMIT_SCALE", "1000")


def path_of(op, **names):
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], NAMES.get(found[1], "x")), op.path)


def send(front, op, bodies, token, **names):
    return front.request(
        op.method, path_of(op, **names), bodies.get(f"{op.method} {op.path}"), token=token, key=f"{op.path}-key"
    )


def shut(answer):
    code = (answer.json or {}).get("code") if isinstance(answer.json, dict) else None
    return code if code in SHUT and SHUT[code] == answer.status else None


def token_of(front, role, fresh=True):
    if role == "anyone":
        return None
    if role == "guest":
        return people.guest(front).token
    if role == "customer":
        return people.register(front, "13700137000").token
    return people.member(front, role, fresh=fresh).token


def everything():
    """Every row of every table."""
    from moto.dynamodb.models import dynamodb_backends

    tables = (t for account in dynamodb_backends.values() for b in account.values() for t in b.tables.values())
    kept = (table for table in tables if table.name != "jishi-limits")  # how often somebody asked is counted either way
    return {table.name: sorted(repr(item.to_json()) for item in table.all_items()) for table in kept}


def test_every_permit_is_in_the_table_and_every_line_of_the_table_is_asked_for(operations):
    asked = {op.permit for op in operations} - {PUBLIC}
    given = frozenset().union(*ROLES.values())
    assert asked <= given, f"no role may {sorted(asked - given)}"
    assert given <= asked, f"no route asks for {sorted(given - asked)}"


@pytest.mark.parametrize("role", ["anyone", *ROLES])
def test_a_role_enters_exactly_the_doors_of_its_line(front, operations, bodies, unlimited, role):
    token, may = token_of(front, role), permits([role])
    closed = [op for op in operations if op.permit != PUBLIC and op.permit not in may]

    def expected(permit):
        if role == "anyone":
            return "NOT_SIGNED_IN"
        return "ACCOUNT_NEEDED" if role == "guest" and permit in permits(["customer"]) else "NOT_PERMITTED"

    before = everything()
    wrong = [f"{op.method} {op.path}" for op in closed if shut(send(front, op, bodies, token)) != expected(op.permit)]
    assert not wrong, f"{role} is let in, or refused in another way: {wrong}"
    assert everything() == before

    wrong = []
    for op in (op for op in operations if op.permit == PUBLIC or op.permit in may):
        answer = send(front, op, {}, token)  # without a body, so that what may be done is not done
        if shut(answer) or answer.status >= 500:
            wrong.append(f"{op.method} {op.path}: {answer.status} {answer.text[:80]}")
    assert not wrong, f"{role} is not let in: {wrong}"


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_what_needs_a_fresh_second_factor_is_shut_without_one(front, operations, bodies, unlimited, role):
    token, may = token_of(front, role, fresh=False), permits([role])
    doors = [op for op in operations if op.step_up and op.permit in may]
    before = everything()
    assert all(shut(send(front, op, bodies, token)) == "SECOND_FACTOR_NEEDED" for op in doors)
    assert everything() == before


def test_money_rights_and_personal_data_want_a_fresh_second_factor(operations):
    stale = [
        f"{op.method} {op.path}"
        for op in operations
        if op.permit in {"orders:adjust", "refunds:approve", "payments:resolve", "users:edit", "pii:read"}
        and not op.step_up
    ]
    assert not stale


def test_whoever_may_more_than_a_customer_is_staff_and_so_has_a_second_factor():
    assert {role for role, may in ROLES.items() if may - ROLES["customer"]} == STAFF_ROLES


def test_duties_are_apart():
    asks = {role for role, may in ROLES.items() if "refunds:ask" in may}
    approves = {role for role, may in ROLES.items() if "refunds:approve" in may}
    rights = {role for role, may in ROLES.items() if "users:edit" in may}
    assert not any(together(frozenset({a, b})) for a in asks for b in approves)
    assert not any(together(frozenset({a, b})) for a in rights for b in approves)
    assert not any(together(frozenset({"customer", role})) for role in STAFF_ROLES)


def owned_doors(operations):
    """(route, the variable that names a customer's object) of every door that customers enter."""
    customers = permits(["customer"])
    return [(op, name) for op in operations if op.permit in customers for name in re.findall(r"\{(\w+)\}", op.path)]


def test_every_object_that_customers_name_has_an_owner_or_a_reason(operations):
    assert {name for _, name in owned_doors(operations)} <= set(OWNED) | set(NOBODYS)


@pytest.mark.parametrize("kind", OWNED)
def test_another_customers_object_is_not_there(counter, fake, operations, bodies, unlimited, kind):
    name = OWNED[kind](counter)
    stranger = counter.newcomer("13900139000")
    before = everything()
    told = {
        f"{op.method} {op.path}": send(counter.front, op, bodies, stranger, **{kind: name})
        for op, variable in owned_doors(operations)
        if variable == kind
    }
    assert told
    leaks = {door: answer.text for door, answer in told.items() if answer.status != 404 or name in answer.text}
    assert not leaks
    assert everything() == before


def test_lists_show_only_ones_own(counter, fake):
    paying(counter)
    stranger = counter.newcomer("13900139000")
    assert counter.ask("GET", "/v1/orders", token=stranger).json["items"] == []
    theirs, ours = (counter.ask("GET", "/v1/me/addresses", token=token).json for token in (stranger, counter.token))
    assert {one["address_id"] for one in theirs["items"]}.isdisjoint({one["address_id"] for one in ours["items"]})
    fresh = people.token(identify(stranger, world.now()).id, "customer", fresh=True)
    assert taken.sections(taken.along(counter, fresh))["orders"] == []


def test_a_guest_does_not_see_the_cart_of_another(counter):
    first, second = people.guest(counter.front), people.guest(counter.front)
    counter.ask("PUT", f"/v1/cart/items/{counter.skus[0]}", {"quantity": 2}, token=first.token)
    assert counter.ask("GET", "/v1/cart", token=second.token).json["lines"] == []
    assert len(counter.ask("GET", "/v1/cart", token=first.token).json["lines"]) == 1


def test_what_staff_may_is_looked_up_anew_and_not_believed_of_the_token(front, unlimited):
    who = people.member(front, "operator")
    raised = people.token(who.id, "admin", fresh=True)
    answer = front.get("/v1/admin/audit", token=raised)
    assert shut(answer) == "NOT_PERMITTED"
