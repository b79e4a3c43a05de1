"""Requests at the front door, as customers and staff make them: through routing, session, limits, journal and answer.

A request that is answered 503 comes again with the same Idempotency-Key, as a careful client sends it. What was answered
with success stands in the tables at the end, and is said again to whoever asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.records.identity.access.service import tokens
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.identity.model import ACCOUNT, Account, Session, session_part
from chalicelib.records.identity.staff.service import staff
from chalicelib.records.proposals.model import Proposal
from chalicelib.records.proposals.rules import PROPOSAL
from chalicelib.runtime import keys, table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.hardening.proof import trade
from tests.hardening.proof.scenario import Scenario, Step, deliver
from tests.hardening.proof.scenarios.clicks import BUYER, LAMP, Lamps
from tests.hardening.proof.trade import notice, pays, place, relay, ripen, start
from tests.support.front import Front

HOME = {"name": "陈静", "phone": "13800138000", "region": "440305", "province": "广东省", "city": "深圳市", "district": "南山区",
        "line": "科苑路 1 号"}  # fmt: skip
WORDS = {"zh": "灯", "en": "Lamp"}
SIZE = {
    "key": "size",
    "words": {"zh": "大小", "en": "Size"},
    "values": [{"key": "s", "words": {"zh": "小", "en": "Small"}}],
}
SMALL = {"code": "L-S", "price": 1999, "options": {"size": "s"}}
ROLES = ("admin", "second", "operator", "finance", "support")
SIGNING = keys.complete({})["keys"]["jwt"]
_front: list[Front] = []


class StaffedTrade(Lamps):
    """The trading line with all its workers, a registered customer and staff of every role."""

    def __init__(self) -> None:
        super().__init__()
        from app import app
        from chalicelib.runtime import workers

        assert app
        self.secrets["keys"] = {**self.secrets["keys"], "jwt": SIGNING}
        self.consumers = {
            name: one for name, one in workers.CONSUMERS.items() if name != "audit"
        }  # it has its own workflow
        self.people: dict[str, tuple[str, str]] = {}
        with self.standing():
            for name in ROLES:
                self.people[name] = (_hired(name), "admin" if name == "second" else name)
            self.people["customer"] = (_registered(), "customer")

    def register(self) -> None:
        """Here people have sessions, too: they come after the goods."""

    def token(self, name: str) -> str:
        """What they would have after signing in just now with a second factor; nobody's session runs out here."""
        account, role = self.people[name]
        rows, now = self.cloud.engine.rows(Account.Meta.table_name), self.now()
        version = next(int(row["v"]["N"]) for row in rows if (row["k"]["S"], row["r"]["S"]) == (account, ACCOUNT))
        return tokens.issue(account, [role], now, session="L0", version=version, fresh_at=int(now.timestamp()))


def _seated(account: str, work: Work) -> None:
    begun = int(work.now.timestamp())
    work.add(table.put(Session(account, session_part("L0"), begun_at=begun, rotated_at=begun, ends_at=begun + 10**8)))


def _hired(name: str) -> str:
    work = Work(Caller("terminal", "system"), "setup")
    role = "admin" if name == "second" else name
    by = accounts.identifier("email", f"{name}@example.com")
    row = accounts.new_account("A", [by], [role], work, name=name)
    work.add(table.insert(staff.Staff("staff", row.owner)), *open_account(row, [by]))
    _seated(str(row.owner), work)
    work.commit()
    return str(row.owner)


def _registered() -> str:
    work = Work(Caller("terminal", "system"), "setup")
    work.new_id = lambda prefix: BUYER.id  # type: ignore[method-assign]  # the one whom the steps of trade know
    by = accounts.identifier("phone", "+8613800138000")
    row = accounts.new_account("U", [by], ["customer"], work)
    work.add(*open_account(row, [by]))
    _seated(str(row.owner), work)
    work.commit()
    return str(row.owner)


def at(
    name: str,
    who: str,
    request: str,
    body: Any = None,
    *,
    keep: str = "",
    version: int = 0,
    moody: bool = False,
) -> Step:
    """A request. `{name}` in its path or body stands for what an answer was kept under; what was never answered cannot be
    named yet. `keep`: remember the answer's `id`, or what `id|field` says. `version`: the one that is to be changed."""
    method, _, path = request.partition(" ")

    def act(stage: Any) -> Any:
        if not _front:
            _front.append(Front())
        known = {**stage.notes.get("kept", {}), **{person: one[0] for person, one in stage.people.items()}}
        try:
            told, sent = path.format_map(known), _filled(body, known)
        except KeyError:
            return "not yet"
        key = f"proof-{name.replace(' ', '-')}" if method == "POST" else None
        match = {"If-Match": f'"{version}"'} if version else {}
        answer = _front[0].request(method, told, sent, token=stage.token(who), key=key, headers=match)
        if answer.status >= 500:
            raise RuntimeError(f"{name}: {answer.status} {answer.text[:200]}")
        if answer.status >= 400:
            return ["refused", answer.json["code"]]
        if keep and answer.json:
            stage.notes.setdefault("kept", {}).setdefault(
                keep.partition("|")[0], answer.json[keep.partition("|")[2] or "id"]
            )
        return answer.json

    return Step(
        name, act, moody=moody or method != "POST"
    )  # without a key, what was done is refused as done the second time


def _filled(body: Any, known: Mapping[str, str]) -> Any:
    if isinstance(body, str):
        return body.format_map(known) if body.startswith("{") else body
    if isinstance(body, Mapping):
        return {name: _filled(one, known) for name, one in body.items()}
    return [_filled(one, known) for one in body] if isinstance(body, list) else body


def audit(stage: Any, final: bool) -> list[str]:
    """The trading line's audit; a proposal is decided once."""
    moved = [one for one in stage.cloud.engine.log if one.table == Proposal.Meta.table_name and one.old and one.new]
    decided = [one for one in moved if one.old["s"] != {"S": PROPOSAL.initial} and one.old["s"] != one.new["s"]]
    twice = [f"S38 {one.key}: was decided twice" for one in decided]
    return trade.audit(stage, final) + twice


def story(
    name: str,
    *steps: Step,
    rows: Sequence[str] = ("F03", "F34"),
    reaches: Callable[[Any], list[str]],
    races: Sequence[Sequence[str]] = (),
    refuses: Mapping[str, str] | None = None,
) -> Scenario:
    return Scenario(
        f"door.{name}", StaffedTrade, steps, audit, trade.settle, rows, races, reaches=reaches, refuses=refuses or {}
    )


def kept(*names: str) -> Callable[[Any], list[str]]:
    """After a clean run each of these was answered."""
    return lambda stage: [f"clean run: no {name}" for name in names if name not in stage.notes.get("kept", {})]


class Visited(StaffedTrade):
    """The customer has an address, something in the cart, and an order that is being paid."""

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            for step in VISIT:
                deliver(self, step)


VISIT = [
    at("home", "customer", "POST /v1/me/addresses", HOME),
    at("put", "customer", f"PUT /v1/cart/items/{LAMP}", {"quantity": 1}),
    at("quote", "customer", "POST /v1/quotes", {"items": [{"sku": LAMP, "quantity": 1}]}, keep="quote|quote"),
    at("order", "customer", "POST /v1/orders", {"quote": "{quote}"}, keep="order|order_id"),
    at("pay", "customer", "POST /v1/orders/{order}/payments", {"provider": "wechat", "product": "native"}, keep="payment"),
]  # fmt: skip


def forgotten(stage: Any) -> list[str]:
    states = [
        row["s"]["S"]
        for row in stage.cloud.engine.rows(Account.Meta.table_name)
        if row["r"]["S"] == ACCOUNT and row["k"]["S"] == BUYER.id
    ]
    return [] if states == ["erased"] else [f"clean run: the account is {states}"]


PAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "own pages": {
        "customer": ("/v1/me", "/v1/me/addresses", "/v1/me/consents", "/v1/cart", "/v1/categories", "/v1/products",
                     "/v1/orders", "/v1/orders/{order}", "/v1/payments/{payment}", "/v1/payments/methods"),
    },
    "money's pages": {
        "finance": ("/v1/admin/payments/exceptions", "/v1/admin/refunds"),
        "operator": ("/v1/admin/orders", "/v1/admin/orders/{order}", "/v1/admin/search?q={order}",
                     f"/v1/admin/stock/{LAMP}"),
    },
    "staff's pages": {
        "admin": ("/v1/admin/audit", "/v1/admin/figures", "/v1/admin/proposals", "/v1/admin/switches", "/v1/admin/users",
                  "/v1/admin/users/{customer}", "/v1/admin/audit/verification"),
        "operator": ("/v1/admin/categories", "/v1/admin/products"),
    },
}  # fmt: skip
SHELF = [
    at("open", "operator", "POST /v1/admin/categories", {"name": WORDS}, keep="shelf"),
    at("rename", "operator", "PUT /v1/admin/categories/{shelf}", {"name": {"zh": "灯具", "en": "Lamps"}}, version=1),
    at("add", "operator", "POST /v1/admin/products",
       {"title": WORDS, "summary": WORDS, "category": "{shelf}", "axes": [SIZE]}, keep="product"),
    at("fill", "operator", "POST /v1/admin/products/{product}/skus", {"skus": [SMALL]}, keep="skus|skus", version=1),
    at("publish", "operator", "PUT /v1/admin/products/{product}/status", {"action": "publish"}, version=2),
    at("edit", "operator", "PUT /v1/admin/products/{product}",
       {"title": {"zh": "台灯", "en": "Desk lamp"}, "summary": WORDS, "category": "{shelf}", "axes": [SIZE]}, version=3),
    at("price", "operator", "PUT /v1/admin/products/{product}/skus/{product}01", {**SMALL, "price": 1899}, version=4),
    at("open another", "operator", "POST /v1/admin/categories", {"name": WORDS}, keep="other"),
    at("close", "operator", "DELETE /v1/admin/categories/{other}", version=1),
]  # fmt: skip
DESK = [
    at("propose", "operator", "POST /v1/admin/proposals",
       {"kind": "stock", "about": LAMP, "after": {"delta": 5}, "reason": "found"}, keep="proposal"),
    at("agree", "admin", "POST /v1/admin/proposals/{proposal}/agreement"),
    at("refuse it", "second", "POST /v1/admin/proposals/{proposal}/refusal"),
    at("propose more", "operator", "POST /v1/admin/proposals",
       {"kind": "stock", "about": LAMP, "after": {"delta": 6}, "reason": "found"}, keep="more"),
    at("decline", "admin", "POST /v1/admin/proposals/{more}/refusal"),
    at("propose at last", "operator", "POST /v1/admin/proposals",
       {"kind": "stock", "about": LAMP, "after": {"delta": 7}, "reason": "found"}),
    at("pause", "operator", "PUT /v1/admin/placing", {"paused": True}),
    at("switch", "admin", "PUT /v1/admin/switches/placing_paused", {"value": False}),
    ripen(days=8),
]  # fmt: skip
PEOPLE = [
    at("block", "admin", "PUT /v1/admin/users/{customer}/block"),
    at("unblock", "admin", "DELETE /v1/admin/users/{customer}/block"),
    at("invite", "admin", "POST /v1/admin/users", {"email": "new@example.com"}, keep="newcomer|user_id"),
    at("invite again", "admin", "POST /v1/admin/users/{newcomer}/invitations"),
    at("first word", "admin", "PUT /v1/admin/users/{newcomer}/roles", {"roles": ["support"]}),
    at("second word", "second", "PUT /v1/admin/users/{newcomer}/roles", {"roles": ["support"]}),
    at("key", "admin", "POST /v1/admin/users/{customer}/data-key"),
    at("resend", "admin", "POST /v1/admin/facts/resend", {"from": "2026-03-02T03:00:00Z", "to": "2026-03-02T03:59:00Z"}),
    relay(),
]  # fmt: skip
SCENARIOS = [
    story(
        "person",
        at("consent", "customer", "PUT /v1/me/consents", {"purpose": "marketing_sms", "granted": True, "policy": "2026-01"}),
        at("home", "customer", "POST /v1/me/addresses", HOME, keep="home|address_id"),
        at("moved", "customer", "PUT /v1/me/addresses/{home}", {**HOME, "line": "科苑路 2 号"}, keep="moved|address_id"),
        at("gone", "customer", "DELETE /v1/me/addresses/{moved}"),
        at("put", "customer", f"PUT /v1/cart/items/{LAMP}", {"quantity": 1}),
        at("choose", "customer", "PUT /v1/cart/selection", {"skus": [LAMP], "selected": False}),
        at("take out", "customer", f"DELETE /v1/cart/items/{LAMP}"),
        at("code", "customer", "POST /v1/auth/codes", {"purpose": "step_up", "phone": "13800138000"}),
        at("leave", "customer", "DELETE /v1/me"),
        at("stay", "customer", "POST /v1/me/deletion/cancellation"),
        reaches=kept("home", "moved"), races=[["leave", "stay"], ["moved", "gone"]],
    ),
    story(
        "forgotten", at("home", "customer", "POST /v1/me/addresses", HOME, keep="home|address_id", moody=True),
        at("leave", "customer", "DELETE /v1/me"), ripen(days=8), reaches=forgotten,
    ),
    story(
        "order", at("home", "customer", "POST /v1/me/addresses", HOME, keep="home|address_id"),
        at("quote", "customer", "POST /v1/quotes", {"items": [{"sku": LAMP, "quantity": 1}]}, keep="quote|quote", moody=True),
        at("order", "customer", "POST /v1/orders", {"quote": "{quote}"}, keep="order|order_id"),
        at("send elsewhere", "customer", "PUT /v1/orders/{order}/address", {"address": "{home}"}),
        at("pay", "customer", "POST /v1/orders/{order}/payments", {"provider": "wechat", "product": "native"}, keep="payment",
           moody=True),
        at("refresh", "customer", "POST /v1/payments/{payment}/refresh", moody=True),
        reaches=kept("order", "payment"), races=[["send elsewhere", "pay"]],
    ),
    story(
        "told", place("a"), start("a"), start("a", "alipay"), pays("a", 1), pays("a", 2), notice("a", 1),
        notice("a", 2, "alipay"), relay(), rows=("F15", "F30"), reaches=kept(),
    ),
    *(
        Scenario(
            f"door.{name}", Visited, [at(path, who, f"GET {path}") for who in PAGES[name] for path in PAGES[name][who]],
            lambda stage, final: trade.audit(stage, False), rows=("F34",), reaches=kept("order", "payment"),
        )
        for name in PAGES
    ),
    story("shelf", *SHELF, reaches=kept("shelf", "product", "skus"), races=[["edit", "price"]]),
    story("desk", *DESK, reaches=kept("proposal", "more"), races=[["agree", "agree"], ["agree", "refuse it"]],
          refuses={"refuse it": "PROPOSAL_STATE_CONFLICT"}),
    story("people", *PEOPLE, reaches=kept("newcomer"), races=[["first word", "second word"]]),
]  # fmt: skip
