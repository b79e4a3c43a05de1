"""A quote, to the letter: what is priced, what stands against it, what is promised until when, and whose word it is."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest
from itsdangerous import URLSafeSerializer

from chalicelib.kernel.bill import with_freight
from chalicelib.kernel.clock import iso, millis
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import FreightPart, Quote
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.make_quote import Chosen, Drawn, draw, make_quote, requote, shown
from chalicelib.processes.ordering.service.price_basket import Wares
from chalicelib.processes.ordering.shapes import AskQuote, WantedLine
from chalicelib.records.carts.model import cart_of
from chalicelib.records.carts.rules import Line
from chalicelib.records.identity.model import BOOK, Address, Book
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.places import service as places
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.tariffs import service as tariffs
from chalicelib.runtime import keys, switches
from chalicelib.runtime.table import put
from tests.processes.exactly.till import BUYER, LINES, ORDER, PRICE, PRODUCT, SHIRT, SOCKS, refused, work
from tests.support.doors import done
from tests.support.trade import line, promised

HAT = f"{PRODUCT}03"
A1, A2, A9 = (f"D01KJPB7WG000000000000000A{n}" for n in (1, 2, 9))


@pytest.fixture
def shelf(till):
    """Shirts at ¥19.99 and socks at ¥5.01, on sale; a customer with two addresses, the first by default."""
    till.sku(SHIRT, 1999)
    till.sku(SOCKS, 501, version=8)
    till.write(
        put(Book(BUYER.id, BOOK, default=A1)),
        put(Address(BUYER.id, f"address#{A1}")),
        put(Address(BUYER.id, f"address#{A2}")),
    )
    till.look()
    return till


def ask(*items, address=None):
    wanted = [WantedLine(sku=sku, quantity=quantity) for sku, quantity in items] or None
    return make_quote(AskQuote(items=wanted, address=address), work(BUYER))


def signed(view):
    return quotes.read(view.quote, BUYER.id)


def quote(**more):
    values = {
        "order_id": ORDER, "customer": BUYER.id, "lines": LINES, "address": A1, "freight": 800,
    } | more  # fmt: skip
    return promised(**values)


# ---- made -----------------------------------------------------------------------------------------------------------
def named(sku, **more):
    """What a refusal says of an article."""
    return {"sku": sku, "title_zh": f"{sku[-2:]} 号", "title_en": f"No. {sku[-2:]}", **more}


def test_what_is_wanted_is_priced_in_one_batch_and_promised_for_ten_minutes(shelf):
    switches.read(quotes.EPOCH)
    offers.active()
    places.active()
    tariffs.book()
    shelf.look()
    view = ask((SHIRT, 2), (SOCKS, 1))
    assert shelf.calls == ["BatchGetItem"]
    made = signed(view)
    assert made == Quote(
        view.order_id,
        BUYER.id,
        millis(shelf.at + timedelta(minutes=10)),
        1,
        False,
        A1,
        with_freight((line(SHIRT, 2, 1999, version=7), line(SOCKS, 1, 501, version=8)), Fen(800)),
        freights=(FreightPart("MAIN", 0, Fen(800)),),
    )
    assert made.payable == PRICE
    assert view.order_id[0] == "O"
    assert (view.goods.fen, view.freight.fen, view.payable.fen, view.address, view.expires_at) == (
        PRICE - 800,
        800,
        PRICE,
        A1,
        iso(shelf.at + timedelta(minutes=10)),
    )
    assert [one.model_dump(include={"sku", "title_zh", "title_en", "quantity", "left"}) for one in view.lines] == [
        {"sku": SHIRT, "title_zh": "01 号", "title_en": "No. 01", "quantity": 2, "left": 5},
        {"sku": SOCKS, "title_zh": "02 号", "title_en": "No. 02", "quantity": 1, "left": 6},
    ]
    assert [(one.unit.fen, one.discount.fen, one.payable.fen) for one in view.lines] == [
        (1999, 0, 3998),
        (501, 0, 501),
    ]


def test_a_discount_is_shown_line_by_line(till):
    view = shown(draw_of(quote(lines=(line(SHIRT, 2, 1999),), offs=[98])))
    assert [(x.unit.fen, x.discount.fen, x.payable.fen, x.left) for x in view.lines] == [(1999, 98, 3900, 4)]
    assert [(one.lane, one.offer, one.off.fen) for one in view.lines[0].offers] == [("shop", "F1", 98)]
    assert (view.goods.fen, view.freight.fen, view.payable.fen) == (3900, 800, 4700)


def draw_of(made):
    rows = {SHIRT: SimpleNamespace(title_zh="衫", title_en="shirt", words=None)}
    return Drawn(made, Wares(rows, {SHIRT: inventory.StockLevel(4, 0, None, (4,))}), ())


def test_lines_of_one_sku_are_one_line(shelf):
    made = signed(ask((SHIRT, 1), (SOCKS, 1), (SHIRT, 2)))
    assert [(one.sku, one.quantity) for one in made.lines] == [(SHIRT, 3), (SOCKS, 1)]


def test_freight_is_free_from_so_much_on(shelf, monkeypatch):
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "3998")
    made = signed(ask((SHIRT, 2)))
    assert (made.freight, made.payable) == (0, 3998)


def test_without_items_what_is_selected_in_the_cart_is_priced(shelf):
    lines = {SHIRT: Line(SHIRT, 2, True, 1), SOCKS: Line(SOCKS, 1, False, 2)}
    shelf.write(put(cart_of(BUYER.id, lines)))
    made = signed(ask())
    assert ([(one.sku, one.quantity) for one in made.lines], made.from_cart) == ([(SHIRT, 2)], True)


def test_a_cart_with_nothing_selected_buys_nothing(shelf):
    assert refused(ask) == [("NOTHING_TO_BUY", {})]


def test_no_more_lines_than_so_many_are_priced(shelf, monkeypatch):
    monkeypatch.setenv("ORDER_MAX_LINES", "2")
    shelf.sku(HAT)
    shelf.write(*stock_steps.receive(HAT, 5))
    ask((SHIRT, 1), (SOCKS, 1))
    assert refused(ask, (SHIRT, 1), (SOCKS, 1), (HAT, 1)) == [("TOO_MANY_LINES", {"most": 2})]


def test_it_goes_to_the_address_that_is_named_or_to_the_default_one(shelf):
    assert signed(ask((SHIRT, 1), address=A2)).address == A2
    assert signed(ask((SHIRT, 1))).address == A1
    assert refused(ask, (SHIRT, 1), address=A9) == [("ADDRESS_NOT_FOUND", {})]
    shelf.write(put(Book(BUYER.id, BOOK)))
    assert signed(ask((SHIRT, 1))).address is None


def test_it_is_of_the_present_price_epoch(shelf):
    shelf.write(switches.turn("price_epoch", 4))
    switches.forget()
    assert signed(ask((SHIRT, 1))).epoch == 4


def test_its_goods_are_allotted_to_buckets_by_its_own_number(shelf):
    done(inventory.spread, SHIRT, 2, work=work(key=None))
    buckets = {signed(ask((SHIRT, 1))).lines[0].parts for _ in range(12)}
    assert buckets == {((0, 1),), ((1, 1),)}


def test_goods_that_no_bucket_has_whole_come_from_several(shelf):
    done(inventory.spread, SHIRT, 3, work=work(key=None))
    made = signed(ask((SHIRT, 4))).lines[0]
    assert made.stock == [(SHIRT, 0, 2), (SHIRT, 1, 2)]


# ---- what stands against it -----------------------------------------------------------------------------------------
def test_all_that_stands_against_it_is_said_line_by_line_the_unknown_first(shelf):
    names = [f"{PRODUCT}{n:02d}" for n in range(3, 9)]
    ghost, draft, off, stopped, short, single = names
    shelf.sku(draft, shelf="draft")
    shelf.sku(off, shelf="off")
    for sku in (stopped, short, single):
        shelf.sku(sku)
    shelf.sku(single, off=1)
    shelf.write(*stock_steps.receive(stopped, 5, stop="recall"), *stock_steps.receive(short, 2))
    wanted = [(SHIRT, 1), (off, 1), (ghost, 1), (stopped, 1), (draft, 1), (short, 3), (single, 1)]
    assert refused(ask, *wanted) == [
        ("SKU_NOT_FOUND", {"sku": ghost}),
        ("SKU_NOT_FOUND", {"sku": draft}),
        ("NOT_ON_SALE", named(off)),
        ("SALE_STOPPED", named(stopped)),
        ("OUT_OF_STOCK", named(short, left=2)),
        ("NOT_ON_SALE", named(single)),
    ]


def test_one_order_takes_all_that_is_there_but_not_more_than_its_share(shelf, monkeypatch):
    assert signed(ask((SHIRT, 5))).lines[0].quantity == 5
    shelf.sku(HAT)
    shelf.write(*stock_steps.receive(HAT, 40))
    assert refused(ask, (HAT, 21)) == [("SHARE_TOO_LARGE", named(HAT, most=20))]
    assert signed(ask((HAT, 20))).lines[0].quantity == 20
    monkeypatch.setenv("SHARE_PERCENT", "10")
    assert refused(ask, (HAT, 11)) == [("SHARE_TOO_LARGE", named(HAT, most=10))]


# ---- made anew ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("from_cart", [True, False])
def test_a_quote_made_anew_is_for_the_same_at_the_price_of_now(shelf, from_cart):
    shelf.sku(SHIRT, 2500, version=9)
    view = requote(quote(lines=(*LINES, LINES[0]), address=A2, from_cart=from_cart), work(BUYER))
    made = signed(view)
    assert [(one.sku, one.quantity, one.unit, one.version) for one in made.lines] == [
        (SHIRT, 4, 2500, 9),
        (SOCKS, 1, 501, 8),
    ]
    assert (made.from_cart, made.address, made.customer) == (from_cart, A2, BUYER.id)
    assert made.order_id != ORDER
    assert view.order_id == made.order_id


def test_nothing_is_drawn_of_nothing(shelf):
    assert refused(draw, Chosen((), from_cart=False), None, work(BUYER)) == [("NOTHING_TO_BUY", {})]


# ---- the signed word ------------------------------------------------------------------------------------------------
def test_what_is_signed_is_read_as_it_was(till):
    made = quote(lines=(LINES[0], line(SOCKS, 3, 501, 1, 8, ((2, 1),))), offs=[0, 2], from_cart=True)
    assert quotes.read(quotes.seal(made), BUYER.id) == made


def test_it_is_signed_with_the_shop_s_key_for_quotes_and_nothing_else(till):
    token = quotes.seal(quote())
    for salt, good in (("quote", True), ("cursor", False)):
        reader = URLSafeSerializer(keys.signing_keys(), salt=salt, signer_kwargs={"digest_method": sha256})
        assert reader.loads_unsafe(token)[0] is good
    sha1 = URLSafeSerializer(keys.signing_keys(), salt="quote")
    assert sha1.loads_unsafe(token)[0] is False


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: t.replace(".", "")])
def test_what_was_not_signed_by_the_shop_is_invalid(till, change):
    assert refused(quotes.read, change(quotes.seal(quote())), BUYER.id) == [("QUOTE_INVALID", {})]


@pytest.mark.parametrize(
    "packed",
    [
        [], ["O1"], {"a": 1}, 5, None, [3], [2], [ORDER, BUYER.id, 0, [["S"]], None, 0, 0, 1, 0, None, 0],
        [2, ORDER, BUYER.id, 0, 1, 0, A1, "", [["S", 1, [], 5, [[1]], 9]]],
        [ORDER, BUYER.id, 0, [["S", 1, 5, 0, 0, 1]], None, 0, 6, 1, 0, None, 0],
    ],
)  # fmt: skip
def test_what_the_shop_signed_and_is_no_quote_is_invalid(till, packed):
    token = quotes._serializer().dumps(packed)
    assert refused(quotes.read, token, BUYER.id) == [("QUOTE_INVALID", {})]


def test_another_one_s_quote_is_foreign(till):
    assert refused(quotes.read, quotes.seal(quote()), "C2") == [("QUOTE_FOREIGN", {})]


def test_it_stands_until_its_end_and_as_long_as_its_price_epoch(till):
    ends = millis(till.at) + 1
    assert quotes.stands(quote(expires=ends), till.at)
    assert not quotes.stands(quote(expires=ends), till.at + timedelta(milliseconds=1))
    assert not quotes.stands(quote(expires=ends), till.at + timedelta(milliseconds=2))
    till.write(switches.turn("price_epoch", 3))
    switches.forget()
    assert not quotes.stands(quote(expires=ends, epoch=2), till.at)
    assert quotes.stands(quote(expires=ends, epoch=3), till.at)
    # one made by a process that saw the switch raised a moment before this one did
    assert quotes.stands(quote(expires=ends, epoch=4), till.at)


def test_how_long_it_stands_is_a_setting(till, monkeypatch):
    assert quotes.expiry(till.at) == millis(till.at + timedelta(minutes=10))
    monkeypatch.setenv("QUOTE_MINUTES", "3")
    assert quotes.expiry(till.at) == millis(till.at + timedelta(minutes=3))
