"""What is sealed: who piles it up, and who looks at it."""

from __future__ import annotations

import jwt

from chalicelib.records.identity.accounts.service import accounts, addresses
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.runtime import table, vault
from tests.support import people
from tests.support.counter import ADDRESS

CUSTOMER = {"phone": "13800138000"}


def account_of(shop, role: str) -> str:
    return str(jwt.decode(shop.tokens[role], options={"verify_signature": False})["sub"])


def test_who_piles_up_addresses_is_stopped_and_cannot_keep_the_key_that_he_has_seen(shop):
    """A thief has seen a data key, and has the account's token: he writes versions until no transaction holds them."""
    who = account_of(shop, "customer")
    before = table.get(Account, who, ACCOUNT, consistent=True)
    (home,) = [one["address_id"] for one in shop.want("GET", "/v1/me/addresses", role="customer")["items"]]
    made = 1
    while (told := shop.say("PUT", f"/v1/me/addresses/{home}", {**ADDRESS, **CUSTOMER}, role="customer")).status == 200:
        home, made = told.json["address_id"], made + 1
        assert made < 300, "nothing stops him"
    assert (told.status, told.code) == (429, "ADDRESSES_CHANGED_TOO_OFTEN")
    assert made > 100, "more than one transaction holds"

    shop.want("POST", f"/v1/admin/users/{who}/data-key", role="admin")
    for _ in range(4):
        shop.carry()
    after = table.get(Account, who, ACCOUNT, consistent=True)
    rows = table.batch([addresses.version_key(who, one) for one in addresses.every(who)], consistent=True)
    vault.forget()
    assert (len(rows), after.former, after.key == before.key) == (made, None, False)
    assert all(people.opens(row, after.key) and not people.opens(row, before.key) for row in rows)
    assert accounts.opened(after, "phone") == "+8613800138000"


def look(shop, user: str, matter: str, role: str = "support"):
    body = {"reason": "complaint", "matter": matter}
    return shop.say("POST", f"/v1/admin/users/{user}/disclosures", body, role=role)


def test_a_curious_clerk_sees_neither_who_bought_nothing_nor_colleagues_nor_the_whole_town(shop):
    """Support with a second factor wants everybody's addresses: by made-up tickets, by others' orders, one by one."""
    customer, stranger, admin = (account_of(shop, role) for role in ("customer", "stranger", "admin"))
    own, foreign = shop.things["order_id"][0], shop.things["order_id"][4]
    before = shop.state()
    for user, matter in ((customer, "T-1001"), (customer, foreign), (stranger, own), (customer, own[:-1] + "x")):
        refused = look(shop, user, matter)
        assert (refused.status, refused.code) == (422, "MATTER_FOREIGN")
    refused = look(shop, admin, own)
    assert (refused.status, refused.code) == (403, "STAFF_CLOSED")
    for path in ("/v1/admin/users", f"/v1/admin/users/{admin}"):
        assert shop.say("GET", path, role="support").code == "STAFF_CLOSED"
    assert shop.state() == before, "nothing was shown, so nothing is told"

    seen = 0
    while (told := look(shop, customer, own)).status == 200:
        seen += 1
        assert seen < 100, "nothing stops him"
    assert (told.status, told.code, seen) == (429, "DISCLOSED_TOO_OFTEN", 40)
    by_order = shop.say("POST", f"/v1/admin/orders/{foreign}/disclosures", {"reason": "delivery"}, role="support")
    assert by_order.code == "DISCLOSED_TOO_OFTEN", "the other door counts the same"
    shop.carry()
    shop.carry()
    entries = shop.want("GET", f"/v1/admin/audit?subject={account_of(shop, 'support')}", role="finance")["items"]
    assert [one["fact"] for one in entries] == ["staff.looked_too_often"]
