"""The demonstration shop: what is written fits the catalogue, is drawn well, and is loaded once."""

from __future__ import annotations

import xml.etree.ElementTree as XML
from datetime import timedelta

import pytest

from chalicelib.processes.merchandising import service as shelve
from chalicelib.records.catalog import rules
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import categories, editing
from chalicelib.records.coupons.service import claims
from chalicelib.records.groups.service import groups
from chalicelib.records.identity.staff.service import staff
from chalicelib.records.inventory import service as inventory
from chalicelib.records.journeys import service as journeys
from chalicelib.records.promotions.offers import service as promotions
from chalicelib.records.watching import service as watching
from chalicelib.runtime import clients, world
from local.demo import draw, filling, offers, stock
from local.demo.goods import COLOURS
from local.demo.motifs import MOTIFS
from local.demo.shelves import DEPARTMENTS
from tests.records.catalog.goods import done, work

EVERYTHING = list(stock.every())
ITEMS = [item for department in DEPARTMENTS for item in department.items]


def test_it_looks_like_a_real_shop():
    assert len(DEPARTMENTS) >= 8
    assert sum(len(product.articles) for product in EVERYTHING) >= 200
    assert sum(len(product.listing.axes) == 2 for product in EVERYTHING) >= 20
    pieces = [held for product in EVERYTHING for _, held in product.articles]
    assert {0} < set(pieces)
    assert sum(0 < held < 10 for held in pieces) >= 3
    assert all(held <= 500 for held in pieces)
    assert sum(held >= 20 for held in pieces) > len(pieces) * 0.8
    assert [product.fate for product in EVERYTHING].count("off") == 1


def test_ids_and_codes_are_told_apart():
    articles = [article for product in EVERYTHING for article, _ in product.articles]
    for told in ([product.id for product in EVERYTHING], [a.code for a in articles], [a.barcode for a in articles]):
        assert len(set(told)) == len(told)
    for article in articles:
        digits = [int(digit) for digit in article.barcode]
        assert sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
        assert len(digits) == 13
        assert len(article.code) <= 40


def test_every_item_fits_its_department_and_its_axes():
    departments = {leaf: department for department in DEPARTMENTS for leaf, _, _ in department.leaves}
    assert {item.leaf for item in ITEMS} == set(departments)
    for item in ITEMS:
        product = stock.stocked(item, 0)
        assert rules.specs(departments[item.leaf].schema, product.listing.attributes)
        rules.check_axes(product.listing.axes)
        rules.check_matrix([article.options for article, _ in product.articles])
        for article, _ in product.articles:
            rules.option_words(product.listing.axes, article.options)
            assert article.list_price is None or article.list_price > article.price > article.cost > 0
            assert article.picture in product.pictures
        assert len(product.articles) <= 12
        assert len(item.zh) <= 60
        assert len(item.en) <= 120


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_a_motif_is_a_well_formed_picture_that_runs_nothing(motif):
    for content in (draw.picture(motif, "#c8503c"), draw.card(motif, "#f4f1ea", "a<b & c", "x" * 60, "y")):
        root = XML.fromstring(content)  # noqa: S314  # drawn by ourselves a line above
        assert root.tag.endswith("svg")
        assert {element.tag.rsplit("}")[-1] for element in root.iter()} <= {
            "svg",
            "defs",
            "linearGradient",
            "stop",
            "rect",
            "circle",
            "ellipse",
            "path",
            "g",
            "text",
        }
        assert len(content) < 8_000
        for element in root.iter():
            assert not [name for name in element.attrib if name.startswith(("on", "style")) or name.endswith("href")]
            assert all(value == "url(#g)" for value in element.attrib.values() if "url" in value or ":" in value)


def test_the_same_picture_is_drawn_twice_and_each_colour_looks_different():
    drawn = [draw.picture("mug", tone) for _, _, tone in COLOURS.values()]
    assert drawn == [draw.picture("mug", tone) for _, _, tone in COLOURS.values()]
    assert len(set(drawn)) == len(COLOURS)


def test_every_motif_is_used():
    assert {item.motif for item in ITEMS} == set(MOTIFS)


@pytest.fixture(scope="module")
def few() -> list[stock.Stocked]:
    on = stock.stocked(next(item for item in ITEMS if item.slug == "knife-chef"), 1)
    off = stock.stocked(next(item for item in ITEMS if item.fate == "off"), 2)
    return [on, off]


def test_loading_fills_the_shop_once_and_leaves_what_people_changed(engine, few):
    told: list[str] = []
    logins = filling.fill(told.append, few)["logins"]
    assert "2 products with 3 SKUs" in told[-2]
    assert "5 kinds of coupons; JISHI-2026" in told[-1]
    assert [one.terms.document["lane"] for one in claims.public(world.now())] == ["coupon", "coupon"]
    assert set(logins) == {"customer", "operator", "support", "finance", "admin"}
    assert "TOTP" in logins["finance"]
    assert len(categories.every()) == len(DEPARTMENTS) + sum(len(department.leaves) for department in DEPARTMENTS)

    on, off = few
    assert [catalog.find_product(product.id).product.status for product in few] == ["on", "off"]
    held = clients.client("s3").list_objects_v2(Bucket="jishi-media")["Contents"]
    assert {f"p/{name}" for product in few for name in product.pictures} == {one["Key"] for one in held}
    assert inventory.on_hand(f"{on.id}01") == on.articles[0][1]
    assert inventory.read_levels([f"{off.id}01"])[f"{off.id}01"].closed

    sku, made = f"{on.id}01", work()
    done(editing.edit_sku(sku, 2, on.articles[0][0]._replace(price=23_000), made), made)
    withdrawing = work()
    done(shelve.move_product(on.id, 3, "withdraw", withdrawing), withdrawing)
    before = len(told)
    assert filling.fill(told.append, few)["logins"] == logins
    assert len(told) == before
    (group,) = groups.listed(2, None)[0]
    customer = staff.demo("customer").account
    assert [one.id for one in groups.members(group.id, 5, None)[0]] == [customer]
    assert {head.state for head in journeys.every()} == {"running"}
    assert {(one.kind, one.sku) for one in watching.every(customer)} == {("favourite", sku), ("price", f"{on.id}02")}
    assert catalog.find_product(on.id).product.status == "off"
    assert catalog.find_product(on.id).skus[0].price == 23_000


def test_a_load_that_was_cut_off_goes_on_where_it_stopped(engine, few):
    on, off = few
    filling.open_categories()
    filling.shelve_product(on)
    filling.shelve_product(off)
    filling.fill(lambda _: None, few)
    assert [catalog.find_product(product.id).product.status for product in few] == ["on", "off"]


def test_the_shop_opens_with_offers_that_are_lawful_and_only_once(engine, monkeypatch):
    wanted = (offers.GIFT, offers.CUT, "nuts-daily")
    goods = [stock.stocked(item, turn) for turn, item in enumerate(ITEMS) if item.slug in wanted]
    with monkeypatch.context() as later:
        later.setattr(offers, "fill", lambda products: engine.advance(timedelta(seconds=1)))
        filling.fill(lambda _: None, goods)
    filling.fill(lambda _: None, goods)
    held = promotions.active()
    assert sorted((one["lane"], one["kind"]) for one in held.documents) == [
        ("campaign", "threshold"),
        ("price", "percent"),
        ("shop", "gift"),
        ("shop", "second_half"),
    ]
    ((_, struck),) = held.references.items()
    assert set(struck.values()) == {39_900}
    assert len(struck) == 3
    assert offers.fill(goods) == 0
    promotions.forget()
    assert promotions.active().version == held.version
