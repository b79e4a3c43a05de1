"""The journal's words: keys that cannot run into each other, fingerprints of what was asked, facts as they are kept."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

from chalicelib.records.inventory.events import StockChanged, StockOpened
from chalicelib.runtime.journal import digest, fingerprint, lifetime, pack_facts

KEY = b"the shop's own"
NOON = datetime(2026, 6, 1, 4, 0, 0, 250_000, tzinfo=UTC)


def test_a_digest_is_the_blake2_of_the_texts_as_json():
    wanted = hashlib.blake2b('["a","集"]'.encode(), digest_size=16).hexdigest()
    assert digest("a", "集") == wanted
    assert len(wanted) == 32


def test_texts_cannot_be_cut_elsewhere():
    names = [
        digest("a", "b", "c"),
        digest("a", "bc"),
        digest("ab", "c"),
        digest("abc"),
        digest("a", "b,c"),
        digest('a","b', "c"),
    ]
    assert len(set(names)) == len(names)


def test_a_fingerprint_is_of_the_canonical_json():
    told = '[{"order":"O1"},{"a":"集","b":[1,2]}]'.encode()
    wanted = hashlib.blake2b(told, digest_size=12, key=KEY, person=b"journal print").hexdigest()
    assert fingerprint([{"order": "O1"}, {"b": [1, 2], "a": "集"}], KEY) == wanted
    assert fingerprint([{"order": "O1"}, {"a": "集", "b": [1, 2]}], KEY) == wanted
    assert fingerprint([{"order": "O1"}, {"a": "集", "b": [2, 1]}], KEY) != wanted
    assert fingerprint([{"order": "O1"}, {"a": "集", "b": [1, 2]}], b"another key") != wanted
    assert len(wanted) == 24


def test_what_json_does_not_know_is_fingerprinted_by_its_text():
    assert fingerprint({"at": NOON}, KEY) == fingerprint({"at": str(NOON)}, KEY)
    assert fingerprint({"at": NOON}, KEY) != fingerprint({"at": str(NOON + timedelta(seconds=1))}, KEY)


def test_facts_are_kept_with_name_version_context_data_and_instant():
    told = pack_facts([(StockChanged("A", -1, "坏"), None), (StockOpened("B"), NOON)])
    assert told == (
        '[["stock.changed",1,"inventory",{"sku":"A","delta":-1,"reason":"坏"},null],'
        f'["stock.opened",1,"inventory",{{"sku":"B"}},{int(NOON.timestamp() * 1000)}]]'
    )
    assert json.loads(pack_facts([])) == []


def test_a_publisher_s_row_lives_thirty_five_days_and_a_consumer_s_sixty():
    begun = int(NOON.timestamp())
    assert lifetime(NOON, consumer=False) == begun + 35 * 86_400
    assert lifetime(NOON, consumer=True) == begun + 60 * 86_400
    assert lifetime(NOON.astimezone(timezone(timedelta(hours=8))), consumer=True) == begun + 60 * 86_400
