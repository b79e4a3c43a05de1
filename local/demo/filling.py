"""Filling the demonstration shop: categories, pictures, a Work for each product and one that puts it on the shelf; offers.

An empty shop is filled, a filled one is left as it is, one whose filling was cut off is finished; what people changed
since is not touched.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.permits import STAFF_ROLES
from chalicelib.processes.merchandising import service as shelve
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import ProductNotFound, Text
from chalicelib.records.catalog.service import categories, pictures
from chalicelib.records.catalog.service.categories import Named
from chalicelib.records.identity.staff.service import staff
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work

from . import care, coupons, draw, engaging, offers, replenishment, stock, supply, tariffs
from .shelves import DEPARTMENTS
from .stock import Stocked

EVERY = 5.0  # seconds between two words of progress


def fill(say: Callable[[str], None] = print, products: Sequence[Stocked] | None = None) -> dict[str, Any]:
    """Fill the shop, with all of `stock.every()` unless told otherwise. Answers {"logins": {role: how to sign in}}."""
    began = time.monotonic()
    products = list(stock.every()) if products is None else products
    opened = open_categories()
    missing = [product for product in products if not is_there(product.id)]
    if missing:
        keep_pictures(missing)
    told, skus = began, 0
    for done, product in enumerate(missing, start=1):
        skus += shelve_product(product)
        if time.monotonic() - told > EVERY:
            told = time.monotonic()
            say(f"demo shop: {done} of {len(missing)} products")
    finish(products)
    offers.fill(products)
    tariffs.fill()
    supply.fill()
    care.fill(products)
    engaging.fill(products)
    replenishment.fill(products)
    given = coupons.give_out()
    if opened or missing:
        say(f"demo shop: {len(missing)} products with {skus} SKUs in {time.monotonic() - began:.1f} s")
    if given:
        say(f"demo shop: {given} kinds of coupons; {coupons.CODE} is a code for one")
    return {"logins": logins()}


def open_categories() -> int:
    """Make the categories that are missing. Answers how many."""
    there, made = categories.every(), 0
    for rank, department in enumerate(DEPARTMENTS):
        root = stock.category_id(department.slug)
        wanted = [(root, None, Named(department.name, rank, department.schema))]
        wanted += [
            (stock.category_id(slug), root, Named(Text(zh, en), n))
            for n, (slug, zh, en) in enumerate(department.leaves)
        ]
        for category, parent, named in wanted:
            if category not in there:
                work = a_work()
                categories.open_category(named, parent, work, category_id=category)
                work.commit()
                made += 1
    return made


def is_there(product: str) -> bool:
    try:
        catalog.find_product(product)
    except ProductNotFound:
        return False
    return True


def keep_pictures(products: Sequence[Stocked]) -> None:
    held = {name: content for product in products for name, content in product.pictures.items()}
    for content in held.values():
        pictures.keep(content, draw.KIND)


def shelve_product(product: Stocked) -> int:
    """Bring a product in with its first pieces. Answers how many SKUs it has."""
    work = a_work()
    outcome = shelve.stock_up(product.listing, product.articles, work, product_id=product.id)
    work.commit()
    return len(outcome.new)


def finish(products: Sequence[Stocked]) -> None:
    """Put on the shelf what is a fresh draft, and take off what is to be off."""
    for product in products:
        row = catalog.find_product(product.id, consistent=True).product
        steps = ["publish"] if (row.status, int(row.version)) == ("draft", 1) else []
        if product.fate == "off" and int(row.version) <= 2 and (steps or row.status == "on"):
            steps.append("withdraw")
        for version, action in enumerate(steps, start=int(row.version)):
            work = a_work()
            try:
                shelve.move_product(product.id, version, action, work)
                work.commit()
            except CommitRejected:
                break  # somebody is editing it: theirs now


def logins() -> dict[str, str]:
    """How to sign in as each role: e-mail, password, and the secret of the second factor where there is one."""
    found = {}
    for role in ("customer", *sorted(STAFF_ROLES)):
        login = staff.demo(role)
        factor = f"  TOTP secret {login.totp_secret}" if login.totp_secret else ""
        found[role] = f"{login.email}  password {login.password}{factor}"
    return found


def a_work() -> Work:
    return Work(worker("demo"), "demo", seconds=30)
