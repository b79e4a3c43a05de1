"""One person's whole life as a customer, in a shop that writes down everything: nothing of it lies anywhere in clear.

Twice: as it goes, and while every call of AWS fails once at every request with an error that repeats what was sent.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from urllib.parse import quote

import pytest
from chalice.local import RouteMatcher

from app import app
from chalicelib.records.audit.model import Row
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.payments.service import refunds
from chalicelib.runtime import table, vault
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.vault import SealedDataUnreadable
from local import books
from tests.hardening.leaks import needles
from tests.hardening.leaks.canaries import CanaryShop

TO_PROVIDERS = re.compile(re.escape(needles.PAYER))  # a provider is told its own name for the payer


@pytest.fixture(scope="module", params=[False, True], ids=["as it goes", "in a storm"])
def shop(request):
    made = CanaryShop(storm=request.param)
    with made.watched():
        made.live()
        yield made


@pytest.fixture(scope="module")
def left(shop):
    """After the canary was forgotten; what was sealed is kept to be tried again."""
    shop.sealed = table.get(Account, shop.person, ACCOUNT)
    shop.leave()
    return shop


def places(shop):
    told = shop.places()
    told["providers"] = [TO_PROVIDERS.sub("", json.dumps(one, ensure_ascii=False)) for one in told["providers"]]
    return told


def test_the_life_was_a_whole_one(shop):
    """Else finding nothing would prove nothing."""
    names = {entry["DetailType"] for entry in shop.cloud.bus}
    assert {"user.registered", "order.placed", "order.paid", "refund.asked", "refund.requested"} <= names
    assert shop.refund["reason"] == needles.REASON, "finance reads why"
    assert shop.disclosed["phone"].endswith(needles.PHONE)
    assert shop.disclosed["name"] == needles.NAME
    assert shop.refusals
    assert len(shop.asked) >= 4, "providers were asked"
    assert "DEBUG" in shop.cage.levels
    assert '"_aws"' in shop.out.getvalue() or shop.cage.kept, "metrics were printed"
    assert not shop.storm or shop.storms > 100
    assert not shop.storm or "ERROR" in shop.cage.levels


def test_nothing_personal_or_secret_lies_anywhere_in_clear(shop):
    found = needles.found(places(shop), shop.secrets_told)
    assert not found, "\n".join(found)


def test_no_stored_fingerprint_of_a_request_can_be_made_without_the_shops_key(shop):
    """Else codes, passwords and phones could be guessed from the journal."""
    kept = {row.fingerprint for row in shop.rows(Journal) if row.fingerprint}
    routes = RouteMatcher(list(app.routes))
    asked = [[routes.match_route(path.partition("?")[0]).captured, body] for path, body in shop.sent]
    texts = [json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() for one in asked]
    plain = {hashlib.blake2b(text, digest_size=12).hexdigest() for text in texts}
    assert kept
    assert kept.isdisjoint(plain)


def test_an_export_is_complete(shop):
    told = json.dumps(shop.exported, ensure_ascii=False)
    for text in (needles.NAME, needles.PHONE, needles.EMAIL, needles.LINE, needles.REMARK):
        assert text in told, text
    assert needles.PASSWORD not in told
    assert len(shop.exported["orders"]) == 4
    assert sum(len(order["payments"]) for order in shop.exported["orders"]) == 3
    assert any(payment["refunds"] for order in shop.exported["orders"] for payment in order["payments"])


def test_erasing_shreds_the_key_and_what_is_left_is_the_laws(left):
    row = table.get(Account, left.person, ACCOUNT)
    assert row.state == "erased"
    vault.forget()
    with pytest.raises(SealedDataUnreadable):
        vault.unseal(left.person, row.key, left.sealed.phone, f"people|{left.person}|phone")
    assert row.key is None, "the wrapped key is gone: nobody, with all of KMS, opens it again"


def test_what_was_to_be_taken_along_is_deleted_with_its_owner(left):
    assert left.exported
    assert left.cloud.files == {}


def test_the_books_balance_after_erasing(left):
    assert not books.findings(left.rows)


def test_the_legal_record_stays_readable_with_a_reason_which_is_audited(left):
    order = next(one for one in left.exported["orders"] if one["state"] != "cancelled")
    assert addresses.for_delivery(left.person, order["address_id"]).name == needles.NAME
    assert left.want("GET", f"/v1/admin/refunds/{left.refund['id']}", role="finance")["reason"] == needles.REASON
    body = {"reason": "authority", "matter": order["id"]}
    told = left.say("POST", f"/v1/admin/users/{left.person}/disclosures", body, role="support")
    assert told.status == 200, told.text
    assert told.json["phone"] is None, "what was the person's own is gone"
    assert {one["name"] for one in told.json["addresses"]} == {needles.NAME}, "where the orders went is kept"
    left.carry()
    left.carry()
    entries = [json.dumps(row.attribute_values, default=str) for row in left.rows(Row)]
    assert any("authority" in entry and order["id"] in entry for entry in entries)


def test_after_erasing_nothing_lies_in_clear_either(left):
    assert not needles.found(places(left), left.secrets_told)


def test_refund_words_whose_key_is_gone_are_empty(left):
    row = refunds.find(left.refund["id"])
    row.said = row.said[:-1] + bytes([row.said[-1] ^ 1])
    assert refunds.why(row) == ""


@pytest.mark.parametrize("way", ["plain", "escaped", "base64", "within base64", "binary value", "url", "hex"])
def test_the_search_finds_what_it_looks_for(way):
    """The search itself, on a leak made on purpose."""
    text = needles.NAME
    leaks = {
        "plain": f"... {text} ...", "escaped": json.dumps({"a": text}), "base64": base64.b64encode(text.encode()).decode(),
        "within base64": base64.b64encode(f"xy{text}z".encode()).decode(),
        "binary value": {"a": {"B": base64.b64encode(text.encode()).decode()}},
        "url": f"/x?q={quote(text)}",
        "hex": text.encode().hex(),
    }  # fmt: skip
    assert needles.found({"somewhere": [leaks[way]]}, {})
    assert not needles.found({"somewhere": [gzip.compress(b"nothing here"), "欧阳", "1398765432"]}, {})
