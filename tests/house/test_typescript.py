"""The contract is good enough for a generated client: states are words, dates say that they are, and nothing is null unsaid."""

from __future__ import annotations

import json
import re

import pytest

from tests.support import typescript

WORDS = {"state", "status", "refund", "lane", "provider", "availability"}  # of what is answered: always one of a few
FREE = {"Edited", "Problem", "UserView"}
RIGHT = """
import createClient from "openapi-fetch";
import type { components, paths } from "./shop.d.ts";

type Views = components["schemas"];
const shop = createClient<paths>({ baseUrl: "http://127.0.0.1" });
const WORDS: Record<Views["OrderSummary"]["state"], string> = {
  placed: "", paid: "", partly_shipped: "", shipped: "", delivered: "", cancelled: "", expired: "", annulled: "",
};
const { data, error } = await shop.GET("/v1/orders/{order_id}", { params: { path: { order_id: "O" } } });
if (data !== undefined) {
  const fen: number = data.payable.fen + data.refunded.fen;
  const before: string | null = data.pay_before;
  console.log(WORDS[data.state], fen, before ?? "", data.lines.map((line) => line.title_zh));
} else {
  const code: string = error.code;
  console.log(code);
}
await shop.POST("/v1/orders/{order_id}/payments", {
  params: { path: { order_id: "O" }, header: { "Idempotency-Key": "k" } }, body: { provider: "alipay", product: "qr" },
});
"""
WRONG = {  # what a client written by hand gets wrong -> what the compiler says to it
    "data.state === 'payed'": "TS2367",
    "data.payable.toFixed(2)": "TS2339",
    "data.pay_before.length": "TS18047",
    "data.lines[0]?.title": "TS2339",
    "data.payments[0]?.provider === 'paypal'": "TS2367",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return typescript.client(tmp_path_factory.mktemp("client"))


def test_a_generated_client_compiles_strictly_and_catches_what_is_wrong(folder):
    (folder / "right.ts").write_text(RIGHT)
    assert typescript.troubles(folder) == []
    lines = "\n".join(f"  console.log({wrong});" for wrong in WRONG)
    (folder / "wrong.ts").write_text(re.sub(r"  const fen.*\n.*\n.*\n", f"{lines}\n", RIGHT))
    found = typescript.troubles(folder)
    (folder / "wrong.ts").unlink()
    assert [re.search(r"TS\d+", one)[0] for one in found] == list(WRONG.values())


def test_each_state_that_is_answered_is_one_of_a_few_words():
    plain = {
        f"{view}.{name}"
        for view, shape in _answered().items()
        for name, field in shape.get("properties", {}).items()
        if name in WORDS and view not in FREE and field.get("type") == "string"
        if "enum" not in field and "const" not in field
    }
    assert plain == set()


def test_each_instant_that_is_answered_says_that_it_is_one():
    told = {
        f"{view}.{name}": field.get("anyOf", [field])
        for view, shape in _answered().items()
        for name, field in shape.get("properties", {}).items()
        if name in ("at", "until", "ship_by") or name.endswith(("_at", "_before", "_until"))
    }
    assert len(told) > 60
    assert [name for name, parts in told.items() if _bare(parts[0]) != {"type": "string", "format": "date-time"}] == []


def _bare(field):
    return {word: field[word] for word in ("type", "format") if word in field}


def _answered():
    return json.loads(typescript.CONTRACT.read_text(encoding="utf-8"))["components"]["schemas"]
