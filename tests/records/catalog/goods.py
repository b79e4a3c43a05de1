"""Goods to test with: a category with a schema, a shirt in colours and sizes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.records.catalog.rules import Attribute, Axis, Choice, Listing, Picture, SkuData, Text
from chalicelib.records.catalog.service import categories, editing
from chalicelib.records.catalog.service.categories import Named
from chalicelib.records.catalog.service.editing import Outcome
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

OPERATOR = Caller("A1", "operator")
PICTURE = "0" * 31 + "1"

FABRIC = Attribute("fabric", Text("面料", "Fabric"), "text", required=True)
GRAMS = Attribute("grams", Text("克重", "Weight"), "number", unit=Text("克/㎡", "g/m²"))
SEASON = Attribute(
    "season",
    Text("季节", "Season"),
    "choice",
    choices=(Choice("summer", Text("夏季", "summer")), Choice("winter", Text("冬季", "winter"))),
)
LINED = Attribute("lined", Text("里衬", "Lined"), "flag")

COLOUR = Axis("colour", Text("颜色", "Colour"), (Choice("red", Text("红", "red")), Choice("blue", Text("蓝", "blue"))))
SIZE = Axis("size", Text("尺码", "Size"), (Choice("s", Text("S", "S")), Choice("m", Text("M", "M"))))


def work(caller: Caller = OPERATOR) -> Work:
    """A work a millisecond after the last one, so that ids are in the order in which they were made."""
    world.current().clock.advance(timedelta(milliseconds=1))  # type: ignore[attr-defined]  # a test's clock is manual
    return Work(caller, "test")


def done(outcome: Any, made: Work) -> Any:
    made.commit()
    return outcome


def category(name: str = "shirts", parent: str | None = None, *schema: Attribute) -> str:
    made = work()
    return str(done(categories.open_category(Named(Text(name, name), 0, schema), parent, made), made))


def listing(shelf: str, **changes: Any) -> Listing:
    shirt = Listing(
        Text("圆领衫", "Crew-neck shirt"),
        Text("舒适", "Comfortable"),
        shelf,
        attributes={"fabric": {"zh": "棉", "en": "cotton"}},
        axes=(COLOUR, SIZE),
        pictures=(Picture("image", PICTURE),),
    )
    return shirt._replace(**changes)


def article(colour: str = "red", size: str = "s", **changes: Any) -> SkuData:
    said = SkuData(f"TS-{colour}-{size}", 9900, options={"colour": colour, "size": size})
    return said._replace(**changes)


def product(shelf: str, *articles: SkuData, publish: bool = True, **changes: Any) -> Outcome:
    made = work()
    outcome = done(editing.add_product(listing(shelf, **changes), articles or (article(),), made), made)
    return move(outcome, "publish") if publish else outcome


def move(outcome: Outcome, action: str) -> Outcome:
    made = work()
    return done(editing.move_product(outcome.id, outcome.version, action, made), made)


def edit(outcome: Outcome, said: Listing) -> Outcome:
    made = work()
    return done(editing.edit_product(outcome.id, outcome.version, said, made), made)


def edit_sku(sku: str, version: int, said: SkuData) -> Outcome:
    made = work()
    return done(editing.edit_sku(sku, version, said, made), made)


def add_sku(outcome: Outcome, said: SkuData) -> Outcome:
    made = work()
    return done(editing.add_skus(outcome.id, outcome.version, [said], made), made)
