"""One operation measured: round trips and units exactly, CPU beside a fixed loop of the same sitting.

CPU is this process's alone, so the engine must be another process. The least of many runs is told: it is the one that
was disturbed least.
"""

import hmac
import json
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from .units import Bill, Index, counted, item_size

RUNS = 60


class Line(NamedTuple):
    """What `make budget` prints for an operation; `index_units` is the part of write_units that indexes cost."""

    operation: str
    reads: int
    writes: int
    write_units: float
    read_units: float
    cpu_ms: float
    calibration_ms: float
    index_units: float = 0

    def json(self) -> str:
        return json.dumps(self._asdict(), ensure_ascii=False)


def calibrate() -> float:
    """CPU milliseconds of a fixed loop, the least of five. It does a little of all that a request does: dicts and text,
    JSON, hashing, memory that does not fit the nearest cache, and system calls on a socket."""
    return min(_loop() for _ in range(5))


_FAR = list(range(400_000))


def _loop() -> float:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        began = time.process_time()
        total = 0
        for n in range(4_000):
            row: dict[str, Any] = {"sku": f"S{n}", "price": n * 7 % 1000, "left": n & 15}
            total += row["price"] * len(row["sku"]) + row["left"] + _FAR[n * 97 % 400_000]
        for n in range(60):
            text = json.dumps({"rows": [{"sku": f"S{k}", "price": k * n} for k in range(20)]}).encode()
            total += len(json.loads(text)["rows"]) + hmac.digest(b"key", text, "sha256")[0]
            ours.sendall(text)
            total += len(theirs.recv(65536))
        return 1000 * (time.process_time() - began)


def measure(
    name: str,
    prepare: Callable[[], Any],
    run: Callable[[Any], None],
    *,
    client: Any,
    engine: Any,
    indexes: dict[str, list[Index]],
    runs: int = RUNS,
) -> Line:
    """Count one run and time many (with `runs` 0 none: its milliseconds are 0). `prepare` makes what a run needs (not
    measured); `engine` is a client of its own, by which the size of what stands in the tables is asked without being
    counted.
    """
    bill = count(run, prepare(), client, engine, indexes)
    requests = [prepare() for _ in range(runs)]
    calibration, spent = calibrate(), []
    for given in requests:  # one after the other, as a warm function meets them
        began = time.process_time()
        run(given)
        spent.append(1000 * (time.process_time() - began))
    calibration = min(calibration, calibrate())
    return Line(
        name,
        bill.reads,
        bill.writes,
        bill.units,
        bill.read_units,
        round(min(spent, default=0), 2),
        round(calibration, 2),
        bill.index_units,
    )


def count(run: Callable[[Any], None], given: Any, client: Any, engine: Any, indexes: dict[str, list[Index]]) -> Bill:
    def size_of(table: str, item: Any) -> int:
        keys = _keys(engine, table)
        found = engine.get_item(TableName=table, Key={name: item[name] for name in keys}, ConsistentRead=True).get(
            "Item"
        )
        return item_size(found) if found else 0

    with counted(client, indexes, size_of) as bill:
        run(given)
    return bill


_known: dict[str, list[str]] = {}


def _keys(engine: Any, table: str) -> list[str]:
    if table not in _known:
        schema = engine.describe_table(TableName=table)["Table"]["KeySchema"]
        _known[table] = [part["AttributeName"] for part in schema]
    return _known[table]
