"""Where a browser goes after paying: where its payer chose, of an origin that the shop allows, and nowhere else."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.processes.paying.test_routes import BUYER

SHOP = "https://shop.example"


@pytest.fixture
def allowed(monkeypatch):
    monkeypatch.setenv("PAY_RETURN_ORIGINS", f"{SHOP},http://127.0.0.1:3000")


def start(ask, shop, back, key="k1", order=None):
    body = {"provider": "alipay", "product": "page", "return_url": back}
    return ask("POST", f"/v1/orders/{order or shop.order()}/payments", BUYER, body, key)


def goes_to(told):
    return parse_qs(urlsplit(told["next_action"]["url"]).query)["return_url"][0]


@pytest.mark.parametrize(
    ("back", "joint"),
    [
        (SHOP, "?"),
        (f"{SHOP}/paid", "?"),
        (f"{SHOP}/paid?lang=zh", "&"),
        ("https://SHOP.Example/Paid", "?"),
        ("http://127.0.0.1:3000/", "?"),
    ],
)
def test_a_payment_sends_its_payer_where_they_chose(shop, ask, allowed, back, joint):
    status, told = start(ask, shop, back)
    assert status == 201, told
    assert goes_to(told) == f"{back}{joint}payment={told['id']}"


def test_asked_again_it_is_the_same_place(shop, ask, allowed):
    order = shop.order()
    first, again = (start(ask, shop, f"{SHOP}/paid", order=order)[1] for _ in range(2))
    assert (first["id"], goes_to(first)) == (again["id"], goes_to(again))


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "https://shop.example.evil.example/", "http://shop.example/", "https://shop.example:444/",
     "https://shop.exampl/"],
)  # fmt: skip
def test_nobody_is_sent_to_an_origin_that_the_shop_does_not_name(shop, ask, allowed, back):
    status, told = start(ask, shop, back)
    assert (status, told["code"], told["params"]) == (422, "RETURN_ADDRESS_REFUSED", {"return_url": back})


@pytest.mark.parametrize(
    "back",
    ["javascript:alert(1)", "https://shop.example@evil.example/", "https://shop.example\\@evil.example", "//evil.example",
     "https://shop.example/#x", "https://shop.example/ x", "https://shop.example/\n", "", f"https://shop.example/{'a' * 300}"],
)  # fmt: skip
def test_what_is_no_address_is_refused_as_that(shop, ask, allowed, back):
    status, told = start(ask, shop, back)
    assert (status, told["code"]) == (422, "INVALID_REQUEST")


def test_where_the_shop_names_no_origin_nobody_chooses(shop, ask):
    assert start(ask, shop, f"{SHOP}/paid")[1]["code"] == "RETURN_ADDRESS_REFUSED"
