"""What is sealed: who piles it up, and who looks at it."""

from __future__ import annotations

import jwt

from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.identity.service import accounts, addresses
from chalicelib.runtime import table, vault
from tests.checkout.conftest import ADDRESS

CUSTOMER = {"phone": "13800138000"}


def account_of(town, role: str) -> str:
    return str(jwt.decode(town.tokens[role], options={"verify_signature": False})["sub"])


def test_who_piles_up_addresses_is_stopped_and_cannot_keep_the_key_that_he_has_seen(town):
    """A thief has seen a data key, and has the account's token: he writes versions until no transaction holds them."""
    who = account_of(town, "customer")
    before = table.get(Account, who, ACCOUNT, consistent=True)
    (home,) = [one["address_id"] for one in town.want("GET", "/v1/me/addresses", role="customer")["items"]]
    made = 1
    while (told := town.say("PUT", f"/v1/me/addresses/{home}", {**ADDRESS, **CUSTOMER}, role="customer")).status == 200:
        home, made = told.json["address_id"], made + 1
        assert made < 300, "nothing stops him"
    assert (told.status, told.code) == (429, "ADDRESSES_CHANGED_TOO_OFTEN")
    assert made > 100, "more than one transaction holds"

    town.want("POST", f"/v1/admin/users/{who}/data-key", role="admin")
    for _ in range(4):
        town.carry()
    after = table.get(Account, who, ACCOUNT, consistent=True)
    rows = table.batch([addresses.wanted_version(who, one) for one in addresses.every(who)], consistent=True)
    vault.forget()
    assert (len(rows), after.former, after.key == before.key) == (made, None, False)
    assert all(addresses._unsealed(row, after.key) and not addresses._unsealed(row, before.key) for row in rows)
    assert accounts.opened(after, "phone") == "+8613800138000"
