"""What the engine knows, on disk before it is answered: a kill loses nothing that was acknowledged.

The engine by itself saves at a clean stop only. Here each change of an item of DynamoDB is a line of a log: what the item
is afterwards, all changes of a request together. A request is answered when its line lies on the disk, and a start puts
the log on top of what was saved before; to do that twice does no harm. Queues and what else changes now and then are
saved each second; everything is saved, and the log begins anew, when the runner asks for it after set-up (`KEEP`) and at
a clean stop. What cannot be written ends the engine: better no answer than one that would be forgotten.

Runs under the engine's interpreter (`ministack`), which knows nothing of the shop but this folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from .loopback import App, Scope

KEEP = "/_jishi/keep"  # asked for by the runner: save everything now
LOG = "dynamodb.log"
OFTEN = ("sqs", "ssm", "kms", "s3", "eventbridge")  # changes outside DynamoDB; a second of them may be lost
SECONDS = 1.0

Change = tuple[str, str, str, Any]  # a table's ARN, both halves of a key, the item or None


class Log:
    """Lines that survive: each is whole and as it was written, or it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("ab")
        self.written = self.kept = 0
        self.turn = asyncio.Lock()

    def lines(self) -> Iterator[list[Change]]:
        """What was written, up to the first line that a kill cut off; that and what follows it was acknowledged to nobody
        and is dropped.
        """
        good = 0
        with self.path.open("rb") as kept:
            for line in kept:
                told, _, text = line.partition(b" ")
                if not line.endswith(b"\n") or told != _sum(text):
                    break
                good += len(line)
                yield json.loads(text)
        self.file.truncate(good)

    def write(self, changes: list[Change]) -> None:
        text = json.dumps(changes, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self.file.write(_sum(text) + b" " + text)
        self.file.flush()
        self.written += 1

    async def synced(self) -> None:
        """Return when everything that is written by now lies on the disk; those who wait share a sync."""
        upto = self.written
        while self.kept < upto:
            async with self.turn:
                if self.kept < upto:
                    reached = self.written
                    await asyncio.to_thread(os.fdatasync, self.file.fileno())
                    self.kept = reached

    def begin_anew(self) -> None:
        self.file.truncate(0)
        os.fsync(self.file.fileno())
        self.kept = self.written


def _sum(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)


class Ledger:
    """Stands between the engine's modules and the disk."""

    def __init__(self, engine: ModuleType, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.engine, self.folder = engine, folder
        self.persistence = sys.modules["ministack.core.persistence"]
        self.log = Log(folder / LOG)
        self.changes: list[Change] = []
        self.lock = threading.Lock()  # the engine takes out what has expired in a thread of its own
        self.saved: dict[str, str] = {}

    def watch(self, database: Any) -> None:
        """From now on see each change of an item, and answer a request only when its changes are kept."""
        answer = database.handle_request
        put, take = database._set_item, database._remove_item
        self.put, self.take, self.tables = put, take, database._tables

        def put_and_note(table: Any, pk: str, sk: str, item: Any) -> Any:
            with self.lock:
                before = put(table, pk, sk, item)
                self.changes.append((table["TableArn"], pk, sk, item))
                return before

        def take_and_note(table: Any, pk: str, sk: str) -> Any:
            with self.lock:
                before = take(table, pk, sk)
                self.changes.append((table["TableArn"], pk, sk, None))
                return before

        async def answer_what_is_kept(*request: Any) -> Any:
            told = await answer(*request)
            with _or_end("the log of DynamoDB"):
                self.note()
                await self.log.synced()
            return told

        database._set_item, database._remove_item = put_and_note, take_and_note
        database.handle_request = answer_what_is_kept

    def note(self) -> None:
        """Write down what has changed."""
        with self.lock:
            changes, self.changes = self.changes, []
        if changes:
            self.log.write(changes)

    def load(self) -> None:
        """What was saved, and the log on top of it. What cannot be read ends the engine: it would begin with nothing."""
        with _or_end(f"what lies in {self.folder}"):
            for name, module in self.engine._state_map.items():
                if (self.folder / f"{name}.json").exists():
                    if (told := self.persistence.load_state(name)) is None:
                        raise ValueError(f"{name}.json is broken")
                    self.engine._get_module(module).load_persisted_state(told)
            for changes in self.log.lines():
                for arn, pk, sk, item in changes:
                    self._redo(arn, pk, sk, item)
        self.task = asyncio.get_running_loop().create_task(self._often())

    def _redo(self, arn: str, pk: str, sk: str, item: Any) -> None:
        """Make an item what it was; one of a table that was gone, or not yet kept itself, was nobody's."""
        _, _, _, region, account, name = arn.split(":", 5)
        table = self.tables.get_scoped(account, region, name.removeprefix("table/"))
        if table is None:
            return
        if item is None:
            self.take(table, pk, sk)
        else:
            self.put(table, pk, sk, item)

    def keep(self, *_: Any) -> None:
        """Save everything and begin the log anew. The loop waits meanwhile, so nothing changes."""
        with _or_end(f"what belongs into {self.folder}"):
            for name, state in self.engine._build_persistence_save_dict().items():
                if (told := state()) is not None:
                    self._write(name, self._text(name, told))
            _sync(self.folder)
            self.note()
            self.log.begin_anew()

    async def _often(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            with _or_end(f"what belongs into {self.folder}"):
                states = self.engine._build_persistence_save_dict()
                for name in OFTEN:
                    text = self._text(name, states[name]()) if name in states else ""
                    if text and text != self.saved.get(name):
                        self._write(name, text)

    def _text(self, name: str, state: Any) -> str:
        version = self.persistence._state_format_version(name)
        whole = {"__ministack_format__": version, "payload": state}
        return json.dumps(whole, default=self.persistence._json_default)

    def _write(self, name: str, text: str) -> None:
        """Replace a file of the engine's, whole or not at all."""
        path = self.folder / f"{name}.json"
        fresh = path.with_suffix(".tmp")
        with fresh.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
        self.saved[name] = text


@contextmanager
def _or_end(what: str) -> Iterator[None]:
    """Whatever cannot be read or written within ends the process, in a sentence."""
    try:
        yield
    except Exception as error:  # whatever it is, what was acknowledged is not to be forgotten
        end(f"{what}: {error}")


def end(words: str) -> NoReturn:
    print(f"the engine ends: {words}", file=sys.stderr, flush=True)
    os._exit(1)


def _sync(folder: Path) -> None:
    """The names in a folder are on the disk, too."""
    held = os.open(folder, os.O_RDONLY)
    os.fsync(held)
    os.close(held)


def install(engine: ModuleType, folder: Path) -> Ledger:
    """Make an engine that keeps what it acknowledges of one that does not. Before it serves."""
    ledger = Ledger(engine, folder)
    ledger.watch(engine._get_module("dynamodb"))
    engine._load_persisted_state = ledger.load  # type: ignore[attr-defined]  # what its start and stop call
    engine.save_all = ledger.keep  # type: ignore[attr-defined]  # and save here
    return ledger


def door(app: App, ledger: Ledger) -> App:
    """The engine's application, which saves everything when it is asked to."""

    async def at_the_door(
        scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope.get("path") != KEEP or scope.get("method") != "POST":
            return await app(scope, receive, send)
        ledger.keep()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return at_the_door
