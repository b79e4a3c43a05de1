"""Writing products: every edit is one transaction under the product's version, and yields all rows that follow from it.

Guarantees: two edits of one product never mix; each (SKU, version) that was ever on sale can be read for good; lists show
what can be bought and nothing else; SKU codes and barcodes are unique; a price never changes without a trace. An edit
checks what it changes and nothing else: a category that asks for more than it did holds up no stop, no price, no leaving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.kernel.ids import is_sku
from chalicelib.kernel.money import Fen
from chalicelib.runtime import settings
from chalicelib.runtime.table import Table, insert, put
from chalicelib.runtime.work import Work

from .. import model, packing, rules, steps
from ..events import ProductChanged, ProductPublished, ProductUnpublished, SkuPriceChanged
from ..model import Claim, ListEntry, PriceChange, Product, ProductVersion, Sku
from ..rules import (
    MOST_PLACES,
    PRODUCT,
    AttributesWrong,
    CodeTaken,
    Listing,
    NothingToSell,
    ProductNotFound,
    ProductStateConflict,
    SkuData,
    SkuNotFound,
    StaleVersion,
    TooManyCategories,
)
from . import categories, reading
from .reading import ProductWithSkus

PRICE_SOLO = settings.declare(
    "PRICE_SOLO_PERCENT", "30", "percent by which one person alone may lower a SKU's price within a day"
)
SOLO_DAY = timedelta(days=1)


class Edit(NamedTuple):
    """An edit in the making: the product as it was, and what is to stand; articles, and reasons of stops, by SKU number."""

    id: str
    before: ProductWithSkus | None
    status: str
    listing: Listing
    articles: Mapping[int, SkuData]
    last_sku: int
    stopped: Mapping[int, str] = {}
    agreed: bool = False  # by a second person


class Outcome(NamedTuple):
    """What an edit comes to: the product's version and status, the SKUs it brought, and why each SKU of which that is new
    may not be bought (None: it may)."""

    id: str
    version: int
    status: str
    new: tuple[str, ...]
    stops: Mapping[str, str | None]


def add_product(listing: Listing, articles: Sequence[SkuData], work: Work, *, product_id: str | None = None) -> Outcome:
    """Describe a new product, a draft, with its first SKUs."""
    numbered = dict(enumerate(articles, start=1))
    return _describe(
        Edit(product_id or work.new_id("P"), None, PRODUCT.initial, listing, numbered, len(articles)), work
    )


def edit_product(product_id: str, version: int, listing: Listing, work: Work) -> Outcome:
    """Replace what is said of a product; its SKUs must still fit the axes."""
    return _describe(_open(product_id, version)._replace(listing=listing), work)


def add_skus(product_id: str, version: int, articles: Sequence[SkuData], work: Work) -> Outcome:
    """Add SKUs to a product; their numbers are never used again.

    Raises SecondPersonNeeded, once people may have bought the product, for a price far below the cheapest of its SKUs.
    """
    edit = _open(product_id, version)
    new = dict(enumerate(articles, start=edit.last_sku + 1))
    last = edit.last_sku + len(articles)
    outcome = _describe(edit._replace(articles={**edit.articles, **new}, last_sku=last), work)

    if edit.status != PRODUCT.initial and edit.articles:
        number, cheapest = min(edit.articles.items(), key=lambda one: one[1].price)
        if (price := min(article.price for article in articles)) < cheapest.price:
            _modest(rules.sku_id(edit.id, number), price, cheapest.price, work)
    return outcome


def edit_sku(sku: str, version: int, article: SkuData, work: Work) -> Outcome:
    """Replace what is said of a SKU, its price and whether it is for sale included.

    Raises SkuNotFound; SecondPersonNeeded for a price far below what it was a day ago.
    """
    edit = _open(rules.product_of(sku), version)
    number = int(sku[-2:])
    if number not in edit.articles:
        raise SkuNotFound(sku=sku)
    if article.price < edit.articles[number].price and edit.status != PRODUCT.initial:
        _modest(sku, article.price, edit.articles[number].price, work)
    return _describe(edit._replace(articles={**edit.articles, number: article}), work)


def set_price(sku: str, price: int, work: Work) -> Outcome:
    """Give a SKU the price that two people agreed on. Raises SkuNotFound."""
    edit = _open(rules.product_of(sku), None)
    number = int(sku[-2:])
    if number not in edit.articles:
        raise SkuNotFound(sku=sku)
    article = edit.articles[number]._replace(price=price)
    return _describe(edit._replace(articles={**edit.articles, number: article}, agreed=True), work)


def _modest(sku: str, price: int, now: int, work: Work) -> None:
    """Raises SecondPersonNeeded for a price that is too far below the highest of the last day: many small steps are one."""
    percent = settings.number(PRICE_SOLO)
    highest = max([now, *reading.prices_since(sku, work.now - SOLO_DAY)])
    if price * 100 < highest * (100 - percent):
        raise SecondPersonNeeded(kind="sku_price", limit=f"-{percent} % / 24 h")


def move_product(product_id: str, version: int, action: str, work: Work) -> Outcome:
    """Publish, withdraw or archive a product. Raises ProductStateConflict, and NothingToSell when no SKU may be bought."""
    edit = _open(product_id, version)
    status = PRODUCT.after(edit.status, action)
    if status is None:
        raise ProductStateConflict(state=edit.status)
    if action == "publish" and not any(article.on and n not in edit.stopped for n, article in edit.articles.items()):
        raise NothingToSell()
    return _describe(edit._replace(status=status), work)


def stop_sale(sku: str, reason: str | None, work: Work) -> Outcome | None:
    """Stop a SKU's sale for a reason, or lift that (None), whatever version of its product stands.

    Returns None when there is nothing to change. Raises SkuNotFound.
    """
    if not is_sku(sku):
        raise SkuNotFound(sku=sku[:40])
    try:
        edit = _open(rules.product_of(sku), None)
    except ProductNotFound as unknown:
        raise SkuNotFound(sku=sku) from unknown
    number = int(sku[-2:])
    if number not in edit.articles:
        raise SkuNotFound(sku=sku)
    if edit.stopped.get(number) == reason:
        return None
    others = {n: why for n, why in edit.stopped.items() if n != number}
    return _describe(edit._replace(stopped=others if reason is None else {**others, number: reason}), work)


def _open(product_id: str, version: int | None) -> Edit:
    """The product as it stands, provided that it is still the one that was seen, or whatever it is (None).

    Raises ProductNotFound, ProductStateConflict, EditedMeanwhile."""
    found = reading.find_product(product_id, consistent=True)
    product = found.product
    if version is not None and product.version != version:
        raise StaleVersion()
    if product.status == "archived":
        raise ProductStateConflict(state=product.status)
    articles = {int(sku.part[-2:]): packing.sku_data_in(sku) for sku in found.skus}
    stopped = {int(sku.part[-2:]): sku.stopped for sku in found.skus if sku.stopped}
    return Edit(product_id, found, product.status, found.listing, articles, product.last_sku, stopped)


def _describe(edit: Edit, work: Work) -> Outcome:
    """All rows that follow from an edit, and the facts."""
    after = _whole(edit, work)
    before = edit.before
    version = after.product.version

    if before is None:
        work.add(insert(after.product, StaleVersion()))
    else:
        work.add(put(after.product, Product.version == before.product.version, StaleVersion()))
    old = {sku.id: sku for sku in before.skus} if before else {}
    work.add(*(put(sku) for sku in after.skus if sku.id not in old or _raw(sku) != _raw(old[sku.id])))
    if any(sku.version == version for sku in after.skus):
        work.add(insert(_version(after, work), StaleVersion()))
    work.add(*steps.follow(_claims(before), _claims(after), new=steps.claim))
    work.add(*steps.follow(_list_entries(before), _list_entries(after), new=put))
    work.add(*steps.count_uses(_categories(before), _categories(after)))
    for change in _price_changes(before, after, work, agreed=edit.agreed or edit.status == PRODUCT.initial):
        work.add(insert(change, StaleVersion()))
        work.publish(SkuPriceChanged(change.sku, change.before, change.after))

    _tell(before, after, work)
    stops = {sku.id: reading.stop_of(sku) for sku in after.skus}
    moved = {sku: stop for sku, stop in stops.items() if sku not in old or reading.stop_of(old[sku]) != stop}
    return Outcome(edit.id, version, edit.status, tuple(sku for sku in stops if sku not in old), moved)


def _whole(edit: Edit, work: Work) -> ProductWithSkus:
    """The product and its SKUs as they are to stand. Raises what is wrong with what is said anew."""
    listing, before, now = edit.listing, edit.before, work.now
    text = packing.json_of(packing.plain_listing(listing))
    if before is not None and text == before.product.listing:
        places, specs = before.product.places, before.product.specs
    else:
        places, specs = _placed(listing, before)
    rules.check_matrix([article.options for article in edit.articles.values()])

    product = Product(
        edit.id,
        model.PRODUCT,
        status=edit.status,
        version=before.product.version + 1 if before else 1,
        title_zh=listing.title.zh,
        title_en=listing.title.en,
        listing=text,
        specs=specs,
        places=places,
        last_sku=edit.last_sku,
        created=before.product.created if before else now,
        edited=now,
    )
    said_anew = before is None or product.listing != before.product.listing or product.specs != before.product.specs
    skus = tuple(_sku(edit, number, article, product, said_anew) for number, article in sorted(edit.articles.items()))
    product.unlisted = rules.unlisted(edit.status, [reading.stop_of(sku) for sku in skus])
    return ProductWithSkus(product, skus)


def _placed(listing: Listing, before: ProductWithSkus | None) -> tuple[str, str]:
    """The lists that a listing stands in and its spec table. Raises TooManyCategories, OptionsWrong, AttributesWrong."""
    tree = categories.tree(now=True).rows
    places = categories.places_of(tree, [listing.category, *listing.more_categories])
    if len(places) + 1 > MOST_PLACES:  # one more: the list of everything
        raise TooManyCategories(most=MOST_PLACES - 1)
    rules.check_axes(listing.axes)
    try:
        specs = packing.specs_text(rules.specs(categories.schema_of(tree, listing.category), listing.attributes))
    except AttributesWrong:
        if before is None or (before.listing.category, before.listing.attributes) != (
            listing.category,
            listing.attributes,
        ):
            raise
        specs = before.product.specs  # it is the category that changed; `misfits` tells of it
    return " ".join(places), specs


def _sku(edit: Edit, number: int, article: SkuData, product: Product, said_anew: bool) -> Sku:
    chosen = rules.option_words(edit.listing.axes, article.options)
    title = rules.sku_title(edit.listing.title, chosen)
    sku_id = rules.sku_id(edit.id, number)
    old = edit.before.sku(sku_id) if edit.before else None
    same_words = old is not None and packing.sku_data_in(old) == article
    if not same_words:
        rules.check_prices(article)
    same = same_words and not said_anew
    pictures = [picture.cover or picture.small for picture in edit.listing.pictures]
    return Sku(
        edit.id,
        model.sku_part(sku_id),
        version=old.version if old is not None and same else product.version,
        title_zh=title.zh,
        title_en=title.en,
        price=Fen(article.price),
        list_price=_fen(article.list_price),
        cost=_fen(article.cost),
        floor=_fen(article.floor),
        code=article.code,
        barcode=article.barcode,
        weight=article.weight,
        volume=article.volume,
        options=packing.json_of(dict(article.options)),
        words=packing.json_of([[words.zh, words.en] for words in chosen]),
        picture=article.picture or (pictures[0] if pictures else None),
        shelf=edit.status,
        off=None if article.on else 1,
        stopped=edit.stopped.get(number),
        places=product.places or None,
        freight=article.freight,
    )


def _version(after: ProductWithSkus, work: Work) -> ProductVersion:
    said = {
        sku.part[-2:]: {
            "price": int(sku.price), "picture": sku.picture, "options": dict(packing.sku_data_in(sku).options),
            "code": sku.code,
        }
        for sku in after.skus
    }  # fmt: skip
    content = {
        "listing": packing.plain_listing(after.listing),
        "specs": [_plain_spec(spec) for spec in after.specs],
        "skus": said,
    }
    return ProductVersion(
        after.product.id,
        model.version_part(after.product.version),
        content=packing.json_of(content),
        actor=work.caller.id,
        at=work.now,
    )


def _plain_spec(spec: rules.Spec) -> list[Any]:
    return [spec.key, spec.name.pack(), spec.value.pack()]


# rows that follow


def _claims(whole: ProductWithSkus | None) -> dict[tuple[str, str], Claim]:
    codes = [(f"code#{sku.code}", sku.id) for sku in whole.skus] if whole else []
    codes += [(f"barcode#{sku.barcode}", sku.id) for sku in whole.skus if sku.barcode] if whole else []
    if len({code for code, _ in codes}) != len(codes):
        twice = next(code for i, (code, _) in enumerate(codes) if code in [c for c, _ in codes[:i]])
        raise CodeTaken(taken=twice.split("#", 1)[1])
    return {(code, "claim"): Claim(code, "claim", sku=sku) for code, sku in codes}


def _list_entries(whole: ProductWithSkus | None) -> dict[tuple[str, str], ListEntry]:
    """An entry in each list while something of the product can be bought; its price is the lowest that it can be bought at."""
    offers = sorted((sku for sku in whole.skus if reading.on_sale(sku)), key=lambda sku: sku.price) if whole else []
    if whole is None or not offers:
        return {}
    product, listing = whole.product, whole.listing
    pictures = [picture.cover or picture.small for picture in listing.pictures]
    summary = rules.short(listing.summary)
    return {
        (place, product.id): ListEntry(
            place,
            product.id,
            price=offers[0].price,
            highest=offers[-1].price if offers[-1].price > offers[0].price else None,
            title_zh=listing.title.zh,
            title_en=listing.title.en,
            picture=pictures[0] if pictures else None,
            list_price=offers[0].list_price,
            category=listing.category,
            summary_zh=summary.zh,
            summary_en=summary.en,
            units=packing.pack_units(offers),
        )
        for place in map(model.list_of, ["", *whole.places])
    }


def _categories(whole: ProductWithSkus | None) -> list[str]:
    return [whole.listing.category, *whole.listing.more_categories] if whole else []


def _price_changes(
    before: ProductWithSkus | None, after: ProductWithSkus, work: Work, *, agreed: bool
) -> list[PriceChange]:
    known = {sku.id: sku.price for sku in before.skus} if before else {}
    return [
        PriceChange(
            after.product.id,
            f"h{sku.part}#{work.id}",
            sku=sku.id,
            before=known.get(sku.id),
            after=sku.price,
            actor=work.caller.id,
            at=work.now,
            agreed=agreed or None,
        )
        for sku in after.skus
        if known.get(sku.id) != sku.price
    ]


def _tell(before: ProductWithSkus | None, after: ProductWithSkus, work: Work) -> None:
    product = after.product
    moved = None if before is None or before.product.status == product.status else product.status
    if moved == "on":
        work.publish(ProductPublished(product.id))
    elif moved == "off":
        work.publish(ProductUnpublished(product.id))
    else:
        work.publish(ProductChanged(product.id, product.version))


def _raw(row: Table) -> Any:
    return row.serialize()


def _fen(value: int | None) -> Fen | None:
    return None if value is None else Fen(value)
