"""The journal's words: keys that cannot run into each other, fingerprints of what was asked, facts as they are kept, notes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected, Conflict
from chalicelib.records.inventory.events import StockChanged, StockOpened
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal, Note, digest, fingerprint, lifetime, note, noted, pack_facts
from chalicelib.runtime.work import Work

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


# ---- notes ----------------------------------------------------------------------------------------------------------
WITHIN = timedelta(minutes=10)


class NotedAlready(Conflict):
    what: str
    at: int
    zh, en = "{what} {at}", "{what} {at}"


def already(former: Note) -> NotedAlready:
    return NotedAlready(what=former.what, at=millis(former.at))


def noting(what: str, now: datetime, *, key: str = "k", over: str | None = None) -> None:
    work = Work(Caller("U1", "customer"), "test")
    work.add(note(key, what, "U1", now, within=WITHIN, otherwise=already, over=over))
    work.commit()


def test_what_is_noted_is_read_at_once_with_its_instant(ground):
    noting("O1", NOON)
    ground.calls.clear()
    assert noted("k", NOON, WITHIN) == Note("O1", NOON)
    assert ground.calls == [
        ("GetItem", {"TableName": "jishi-journal", "Key": {"k": {"S": "k"}}, "ConsistentRead": True}),
    ]
    assert noted("another", NOON, WITHIN) is None


def test_a_note_is_kept_with_its_actor_and_twice_as_long_as_it_counts(ground):
    noting("O1", NOON)
    at = int(NOON.timestamp() * 1000)
    assert ground.raw(Journal) == [
        {"k": {"S": "k"}, "i": {"S": "O1"}, "a": {"S": "U1"}, "t": {"N": str(at)}, "x": {"N": str(at // 1000 + 1200)}},
    ]


def test_a_note_counts_until_its_time_is_over(ground):
    noting("O1", NOON)
    just = timedelta(milliseconds=1)
    assert noted("k", NOON + WITHIN - just, WITHIN) == Note("O1", NOON)
    assert noted("k", NOON + WITHIN, WITHIN) is None
    assert noted("k", NOON + WITHIN, WITHIN + just) == Note("O1", NOON)
    with pytest.raises(CommitRejected) as refused:
        noting("O2", NOON + WITHIN - just)
    assert [(type(r), r.params) for r in refused.value.reasons] == [(NotedAlready, {"what": "O1", "at": millis(NOON)})]
    assert noted("k", NOON, WITHIN) == Note("O1", NOON)
    noting("O2", NOON + WITHIN)
    assert noted("k", NOON + WITHIN, WITHIN) == Note("O2", NOON + WITHIN)


def test_a_note_gives_way_only_to_one_that_knows_what_it_says(ground):
    noting("O1", NOON)
    for over in (None, "O9"):
        with pytest.raises(CommitRejected):
            noting("O2", NOON, over=over)
    noting("O2", NOON + timedelta(seconds=1), over="O1")
    assert noted("k", NOON, WITHIN) == Note("O2", NOON + timedelta(seconds=1))
    noting("O3", NOON, key="another", over="O9")
    noting("O4", NOON + WITHIN, key="another", over="O9")
    assert noted("another", NOON + WITHIN, WITHIN) == Note("O4", NOON + WITHIN)
