"""The engine's log: what was written and synced is there, what was cut off never was; what cannot be kept is not answered."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import ledger

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/a"


def change(pk: str, item: object = None) -> list[ledger.Change]:
    return [(TABLE, pk, "-", item)]


@contextmanager
def opened(path: Path) -> Iterator[ledger.Log]:
    log = ledger.Log(path)
    with log.file:
        yield log


def written(path: Path, *lines: list[ledger.Change]) -> bytes:
    with opened(path) as log:
        for line in lines:
            log.write(line)
    return path.read_bytes()


def read(path: Path) -> list[list[object]]:
    with opened(path) as log:
        return [json.loads(json.dumps(line)) for line in log.lines()]


def test_what_was_written_is_read_again_in_its_order(tmp_path: Path) -> None:
    written(tmp_path / "log", change("1", {"n": {"S": "中"}}), change("2"))
    assert read(tmp_path / "log") == [[[TABLE, "1", "-", {"n": {"S": "中"}}]], [[TABLE, "2", "-", None]]]


@pytest.mark.parametrize("left", [1, 9, 30, -1])
def test_a_line_that_was_cut_off_is_dropped_and_the_next_one_does_not_hang_on_it(tmp_path: Path, left: int) -> None:
    whole = written(tmp_path / "first", change("1"))
    second = written(tmp_path / "log", change("1"), change("2"))[len(whole) :]
    (tmp_path / "log").write_bytes(whole + second[:left])
    with opened(tmp_path / "log") as log:
        assert len(list(log.lines())) == 1
        log.write(change("3"))
        assert [line[0][1] for line in log.lines()] == ["1", "3"]


def test_nothing_after_a_damaged_line_is_believed(tmp_path: Path) -> None:
    text = written(tmp_path / "log", change("1"), change("2"), change("3"))
    (tmp_path / "log").write_bytes(text.replace(b'"2"', b'"9"'))
    assert [line[0][1] for line in read(tmp_path / "log")] == ["1"]


def test_those_who_wait_at_the_same_time_share_a_sync_and_each_is_covered_by_one(tmp_path: Path, monkeypatch) -> None:
    syncs = []
    genuine = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: syncs.append(log.written) or genuine(file))

    async def one(n: int) -> None:
        log.write(change(str(n)))
        mine = log.written
        await log.synced()
        assert max(syncs) >= mine

    async def all_of_them() -> None:
        await asyncio.gather(*map(one, range(50)))

    with opened(tmp_path / "log") as log:
        asyncio.run(all_of_them())
    assert len(syncs) < 5


class Database(SimpleNamespace):
    """As much of the engine's DynamoDB as the ledger touches."""

    def __init__(self) -> None:
        self.rows: dict[str, object] = {}
        self._tables = SimpleNamespace(get_scoped=lambda account, region, name: {"TableArn": TABLE, "name": name})
        self._set_item = lambda table, pk, sk, item: self.rows.update({pk: item})
        self._remove_item = lambda table, pk, sk: self.rows.pop(pk, None)

    async def handle_request(self, pk: str, item: object) -> str:
        if item is None:
            self._remove_item({"TableArn": TABLE}, pk, "-")
        else:
            self._set_item({"TableArn": TABLE}, pk, "-", item)
        return "done"


@pytest.fixture
def watched(tmp_path: Path, monkeypatch) -> Iterator[tuple[ledger.Ledger, Database]]:
    monkeypatch.setitem(ledger.sys.modules, "ministack.core.persistence", SimpleNamespace(load_state=lambda name: None))
    kept, database = ledger.Ledger(SimpleNamespace(_state_map={"dynamodb": "dynamodb"}), tmp_path), Database()
    kept.watch(database)
    with kept.log.file:
        yield kept, database


def test_a_change_lies_in_the_log_before_it_is_answered(watched) -> None:
    kept, database = watched
    assert asyncio.run(database.handle_request("1", {"a": 1})) == "done"
    assert [line for lines in read(kept.log.path) for line in lines] == [[TABLE, "1", "-", {"a": 1}]]
    assert kept.log.kept == 1


def test_what_was_saved_meanwhile_takes_the_log_once_more_without_harm(watched) -> None:
    kept, database = watched
    for pk, item in (("1", {"a": 1}), ("2", {"a": 2}), ("1", {"a": 3}), ("2", None)):
        asyncio.run(database.handle_request(pk, item))
    for _ in range(2):
        for changes in kept.log.lines():
            for changed in changes:
                kept._redo(*changed)
        assert database.rows == {"1": {"a": 3}}


def test_an_engine_that_cannot_write_its_log_ends_instead_of_answering(watched, monkeypatch) -> None:
    kept, database = watched
    monkeypatch.setattr(ledger.os, "_exit", lambda status: (_ for _ in ()).throw(SystemExit(status)))
    monkeypatch.setattr(kept.log, "write", lambda changes: (_ for _ in ()).throw(OSError("No space left on device")))
    with pytest.raises(SystemExit):
        asyncio.run(database.handle_request("1", {"a": 1}))


def test_an_engine_that_cannot_read_what_it_saved_ends_instead_of_beginning_with_nothing(
    watched, tmp_path: Path, monkeypatch, capsys
) -> None:
    kept, _ = watched
    (tmp_path / "dynamodb.json").write_text("{")
    monkeypatch.setattr(ledger.os, "_exit", lambda status: (_ for _ in ()).throw(SystemExit(status)))
    with pytest.raises(SystemExit):
        kept.load()
    assert "dynamodb.json is broken" in capsys.readouterr().err
