"""The page for front ends holds what it says: its program compiles strictly and buys something at a running shop."""

from __future__ import annotations

import re

from tests.house import source
from tests.support import typescript

from .shop import Shop

PAGE = "docs/getting-started.md"


def test_sixty_lines_of_typescript_lead_from_a_guest_to_a_paid_order(shop: Shop, tmp_path):
    program = re.search(r"^```typescript\n(.*?)^```$", source.texts()[PAGE], re.MULTILINE | re.DOTALL)[1]
    assert len(program.splitlines()) <= 60
    folder = typescript.client(tmp_path)
    (folder / "buy.ts").write_text(program, encoding="utf-8")
    assert typescript.troubles(folder) == []
    said = typescript.run(folder / "buy.ts", SHOP=shop.base, CASHIER=shop.cashier)
    assert re.fullmatch(r"O[0-9A-Z]{26} paid ¥\d+\.\d\d\n", said)


def test_the_page_names_the_versions_that_are_tested():
    locked = dict(re.findall(r'"([@/a-z-]+)": "(\d[\d.]*)"', source.texts()["tests/typescript/package.json"]))
    asked = dict(re.findall(r"([@/a-z-]+)@(\d[\d.]*)", re.search("npm install.*", source.texts()[PAGE])[0]))
    assert set(asked) == set(locked)
    assert [name for name, version in asked.items() if not locked[name].startswith(version)] == []
