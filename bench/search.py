"""`make search`: 200 Chinese queries in a shop of 20,000 products, and the first of a process, against bench/search.json.

The shop stands on the proof's engine, in this process, and is asked through its door; its index is filled with titles made of
the words of a shop. Calls and units are exact; times are CPU of this process, whose median travels between machines only
roughly, so the bounds on time are wide. Exit code 1 when a bound is passed.
"""

import json
import random
import sys
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from chalicelib.kernel.ids import ulid
from chalicelib.records.search import model, rules, segments
from chalicelib.records.search.rules import SearchEntry
from chalicelib.runtime import clients
from tests.hardening.proof.hook import HOOK, Call, Effect, Reply

from .growth import BEGAN, Grown, standing
from .units import counted, item_size

BOUNDS = Path(__file__).with_name("search.json")
PRODUCTS, QUERIES = 20_000, 200
BRANDS = (
    ("集市", "Jishi"),
    ("山岚", "Shanlan"),
    ("青禾", "Qinghe"),
    ("北望", "Beiwang"),
    ("小满", "Xiaoman"),
    ("远舟", "Yuanzhou"),
)
HOW = (("纯棉", "cotton"), ("真丝", "silk"), ("亚麻", "linen"), ("加厚", "warm"), ("轻薄", "light"), ("防水", "waterproof"),
       ("复古", "vintage"), ("便携", "portable"), ("无线", "wireless"), ("儿童", "kids"), ("商务", "business"))  # fmt: skip
COLOUR = (("红色", "red"), ("藏青", "navy"), ("米白", "cream"), ("墨绿", "green"), ("黑色", "black"), ("浅灰", "grey"))
WHAT = (("连衣裙", "dress"), ("衬衫", "shirt"), ("圆领T恤", "T-shirt"), ("羽绒服", "jacket"), ("运动鞋", "trainers"),
        ("双肩包", "backpack"), ("保温杯", "flask"), ("电饭煲", "rice cooker"), ("蓝牙耳机", "earphones"), ("台灯", "lamp"),
        ("乌龙茶", "oolong"), ("沐浴露", "gel"), ("四件套", "linen"),
        ("积木", "bricks"), ("充电宝", "power bank"))  # fmt: skip


def entries(count: int) -> Iterator[SearchEntry]:
    """Articles of a shop, the same each time."""
    chance = random.Random(1)
    for number in range(count):
        brand, how, more, colour, what = map(chance.choice, (BRANDS, HOW, HOW, COLOUR, WHAT))
        title = [f"{brand[n]}{' ' * n}{how[n]}{' ' * n}{more[n]}{' ' * n}{colour[n]}{' ' * n}{what[n]}" for n in (0, 1)]
        yield SearchEntry(
            product=f"P{ulid(BEGAN, number.to_bytes(10, 'big'))}",
            title_zh=title[0],
            title_en=title[1],
            price=chance.randrange(900, 90_000, 100),
            highest=None,
            picture=f"{number:032x}",
            places=(f"G{ulid(BEGAN, (number % 60).to_bytes(10, 'big'))}",),
            brands=tuple(map(rules.fold, brand)),
            attributes={"season": chance.choice(("summer", "winter"))},
            stocked=number % 20 > 0,
            title=rules.folded(title),
            rest=rules.folded([*brand, *rules.code_words(f"SKU-{number:05}-{size}" for size in "SML")]),
        )


def fill(shop: Grown, count: int) -> None:
    """Have an index of so many articles."""
    held: dict[str, list[SearchEntry]] = defaultdict(list)
    for entry in entries(count):
        held[model.segment_of(entry.product)].append(entry)
    for number, found in held.items():
        content = b64encode(segments._pack(found)).decode()
        shop.put("search", {"p": {"S": number}, "r": {"S": model.ROWS}, "v": {"N": "1"}, "c": {"B": content}})
        shop.put("search", model.SegmentMark(model.MARKS, number, version=1).serialize())


def queries() -> list[str]:
    """What people look for: a thing, with its colour, its brand, how it is; some in traditional characters."""
    chance = random.Random(2)
    made = []
    for number in range(QUERIES):
        how, colour, what, brand = (chance.choice(words)[0] for words in (HOW, COLOUR, WHAT, BRANDS))
        made.append(
            (what, f"{colour}{what}", f"{how}{what}", f"{brand} {what}", f"{brand}{how}{colour}{what}")[number % 5]
        )
    return made


def figures() -> dict[str, float]:
    """What the first search of a process costs, what the others do, and how large the index is."""
    with standing() as shop:
        fill(shop, PRODUCTS)
        segments.forget()
        shop.ask("GET", "/v1/categories")
        first = asked(shop, "连衣裙")
        taken, units, calls = [], [], []
        for query in queries():
            shop.clock.advance(timedelta(seconds=1))
            told = asked(shop, query)
            taken.append(told["ms"])
            units.append(told["units"])
            calls.append(told["calls"])
        rows = shop.items("search").values()
        return {
            "first_cpu_ms": first["ms"],
            "first_calls": first["calls"],
            "first_read_units": first["units"],
            "p50_cpu_ms": median(taken),
            "p95_cpu_ms": quantiles(taken, n=20)[-1],
            "most_calls": max(calls),
            "read_units": round(sum(units) / len(units), 2),
            "largest_row_kb": round(max(map(item_size, rows)) / 1024, 1),
        }


def asked(shop: Grown, query: str) -> dict[str, float]:
    """One search through the door: CPU ms, calls and read units."""
    calls = list[str]()

    def listen(call: Call, effect: Effect) -> Reply:
        calls.append(call.name)
        return effect()

    def size_of(table: str, item: Any) -> int:
        held = shop.cloud.engine.tables[table]
        found = held.items.get(held.key({part: item[part] for part in held.shape.keys}))
        return item_size(found) if found else 0

    event = shop.event("GET", f"/v1/products?q={query}&limit=20")
    with counted(clients.client("dynamodb"), shop.indexes, size_of) as bill, HOOK.held(listen):
        began = time.process_time()
        told = shop.send(event)
        taken = (time.process_time() - began) * 1000
    if not told["total"]:
        raise RuntimeError(f"nothing is found for {query}")
    return {"ms": taken, "calls": len(calls), "units": bill.read_units}


def passed(found: dict[str, float], bounds: dict[str, float]) -> list[str]:
    """Which bounds are passed, in words."""
    return [
        f"{name}: {value:g} > {bounds.get(name, -1):g}" for name, value in found.items() if value > bounds.get(name, -1)
    ]


def main() -> int:
    bounds: dict[str, float] = json.loads(BOUNDS.read_text(encoding="utf-8"))
    found = figures()
    for name, value in found.items():
        sys.stdout.write(f"{name:<20}{value:>10.1f}   at most {bounds.get(name, -1):g}\n")
    above = passed(found, bounds)
    for words in above:
        sys.stderr.write(f"above its bound: {words}\n")
    return 1 if above else 0


if __name__ == "__main__":
    raise SystemExit(main())
