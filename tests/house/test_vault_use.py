"""Personal data is opened by name: whoever opens something sealed stands here, with the reason."""

from __future__ import annotations

import ast

import pytest

from tests.house import source
from tests.house.test_faces import ALONE, run

OPENING = {
    ("vault", "unseal"), ("vault", "unseal_by"), ("vault", "unseal_legal"), ("accounts", "opened"), ("accounts", "person"),
    ("addresses", "for_delivery"), ("addresses", "own"), ("addresses", "versions"), ("addresses", "all_of"),
    ("orders", "remark"), ("orders", "own_remark"), ("records", "remark"),
}  # fmt: skip
FOR_THE_LAW = {
    ("vault", "unseal_legal"), ("addresses", "for_delivery"), ("addresses", "kept_for_law"), ("orders", "remark"),
    ("records", "remark"), ("refunds", "why"), ("proposals", "why"),
}  # fmt: skip
IDENTITY = "chalicelib/records/identity"
OPENERS = {
    f"{IDENTITY}/accounts/service/accounts.py": "the one place that opens an account's fields for the others here",
    f"{IDENTITY}/accounts/service/addresses.py": "the one place that opens addresses for the others here",
    f"{IDENTITY}/self/service/profile.py": "a person sees their own account; a new password may not be their e-mail address",
    f"{IDENTITY}/self/routes.py": "a person sees their own addresses",
    f"{IDENTITY}/self/service/exports.py": "a person takes their data along",
    f"{IDENTITY}/accounts/service/contact.py": "a customer is told their money; WeChat, which of its people pays",
    f"{IDENTITY}/accounts/service/birthdays.py": "a birthday is looked at when a row that was written for it fires",
    f"{IDENTITY}/staff/service/directory.py": "staff, masked; in clear only by `disclose`, which is told first",
    f"{IDENTITY}/staff/service/staff.py": "an invitation is mailed anew",
    f"{IDENTITY}/access/service/mfa.py": "a second factor is compared",
    f"{IDENTITY}/accounts/service/key_rotation.py": "all is sealed anew under a new key",
    "chalicelib/records/payments/service/attempts.py": "a provider is told again who pays and from where",
    "chalicelib/records/payments/service/refunds.py": "staff read why money is to go back",
    "chalicelib/records/subscriptions/service/subscribing.py": "a message to a receiver is signed by its secret",
    "chalicelib/records/care/service/surveys.py": "a person takes along what they said of goods",
    "chalicelib/records/tickets/service/matters.py": "a customer reads their tickets; whoever answers them, masked",
    "chalicelib/records/proposals/service.py": "a second person reads why a change is wanted",
    "chalicelib/records/orders/service.py": "the one place that opens remarks for the others here",
    "chalicelib/processes/fulfilment/service/consign.py": "a carrier is told to whom a parcel goes",
    "chalicelib/processes/privacy/service/sections.py": "a person takes their remarks along",
    "chalicelib/processes/storefront/service/orders.py": "a customer sees where their order goes and what they said",
    "chalicelib/processes/console/service/dossiers.py": "staff, masked",
    "chalicelib/processes/console/service/disclosures.py": "staff, in clear, counted and told first",
}


def openings(path: str, names: set[tuple[str, str]] = OPENING) -> set[str]:
    """The names by which a file opens sealed things."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in names
    }


def test_only_named_use_cases_open_what_is_sealed():
    found = {path for path in source.python("chalicelib") if openings(path)}
    assert found == set(OPENERS)


def test_what_is_opened_elsewhere_than_in_identity_is_masked_or_the_persons_own():
    path = "chalicelib/processes/console/service/dossiers.py"
    text = source.texts()[path]
    assert "masked" in text
    assert openings(path) <= {"accounts.person", "addresses.for_delivery", "records.remark"}


@pytest.mark.parametrize("face", ["shop", "webhooks"])
def test_nothing_that_the_shop_or_a_webhook_runs_asks_for_what_is_kept_for_the_law(face):
    """Tests hand out every secret, so the right that a face lacks is not missed there."""
    loaded = {name.replace(".", "/") for name in run(ALONE.format(name=face))}
    files = [
        path for path in source.python("chalicelib") if path.removesuffix(".py").removesuffix("/__init__") in loaded
    ]
    asking = {path: found for path in files if (found := openings(path, FOR_THE_LAW) - {"vault.unseal_legal"})}
    assert len(files) > 50
    assert asking == {}


def test_what_opens_for_the_law_is_known_by_name():
    found = {path for path in source.python("chalicelib") if openings(path, {("vault", "unseal_legal")})}
    assert found == {
        f"{IDENTITY}/accounts/service/addresses.py",
        "chalicelib/records/orders/service.py",
        "chalicelib/records/payments/service/refunds.py",
        "chalicelib/records/proposals/service.py",
    }


def test_nothing_is_imported_by_name_from_the_vault():
    wrong = [
        f"{path}:{node.lineno}"
        for path in source.python("chalicelib")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").endswith("runtime.vault")
        and any(one.name.startswith("unseal") for one in node.names)
    ]
    assert not wrong
