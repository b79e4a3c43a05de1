"""Goods to test with: a category with a schema, a shirt in colours and sizes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.records.catalog.rules import Article, Attribute, Axis, Choice, Listing, Picture, Words
from chalicelib.records.catalog.service import categories, editing
from chalicelib.records.catalog.service.categories import Named
from chalicelib.records.catalog.service.editing import Outcome
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

OPERATOR = Caller("A1", "operator")
PICTURE = "0" * 31 + "1"

FABRIC = Attribute("fabric", Words("面料", "Fabric"), "text", required=True)
GRAMS = Attribute("grams", Words("克重", "Weight"), "number", unit=Words("克/㎡", "g/m²"))
SEASON = Attribute(
    "season", Words("季节", "Season"), "choice",
    choices=(Choice("summer", Words("夏季", "summer")), Choice("winter", Words("冬季", "winter"))),
)  # fmt: skip
LINED = Attribute("lined", Words("里衬", "Lined"), "flag")

COLOUR = Axis(
    "colour", Words("颜色", "Colour"), (Choice("red", Words("红", "red")), Choice("blue", Words("蓝", "blue")))
)
SIZE = Axis("size", Words("尺码", "Size"), (Choice("s", Words("S", "S")), Choice("m", Words("M", "M"))))


def work(caller: Caller = OPERATOR) -> Work:
    """A work a millisecond after the last one, so that ids are in the order in which they were made."""
    world.current().clock.advance(timedelta(milliseconds=1))  # type: ignore[attr-defined]  # a test's clock is manual
    return Work(caller, "test")


def done(outcome: Any, made: Work) -> Any:
    made.commit()
    return outcome


def category(name: str = "shirts", parent: str | None = None, *schema: Attribute) -> str:
    made = work()
    return str(done(categories.open_category(Named(Words(name, name), 0, schema), parent, made), made))


def listing(shelf: str, **changes: Any) -> Listing:
    shirt = Listing(
        Words("圆领衫", "Crew-neck shirt"), Words("舒适", "Comfortable"), shelf,
        attributes={"fabric": {"zh": "棉", "en": "cotton"}},
        axes=(COLOUR, SIZE), pictures=(Picture("image", PICTURE),),
    )  # fmt: skip
    return shirt._replace(**changes)


def article(colour: str = "red", size: str = "s", **changes: Any) -> Article:
    said = Article(f"TS-{colour}-{size}", 9900, options={"colour": colour, "size": size})
    return said._replace(**changes)


def product(shelf: str, *articles: Article, publish: bool = True, **changes: Any) -> Outcome:
    made = work()
    outcome = done(editing.add_product(listing(shelf, **changes), articles or (article(),), made), made)
    return move(outcome, "publish") if publish else outcome


def move(outcome: Outcome, action: str) -> Outcome:
    made = work()
    return done(editing.move_product(outcome.id, outcome.version, action, made), made)


def edit(outcome: Outcome, said: Listing) -> Outcome:
    made = work()
    return done(editing.edit_product(outcome.id, outcome.version, said, made), made)


def edit_sku(sku: str, version: int, said: Article) -> Outcome:
    made = work()
    return done(editing.edit_sku(sku, version, said, made), made)


def add_sku(outcome: Outcome, said: Article) -> Outcome:
    made = work()
    return done(editing.add_skus(outcome.id, outcome.version, [said], made), made)
