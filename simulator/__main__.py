"""`python -m simulator`: run the providers until interrupted."""

from __future__ import annotations

import argparse
import signal
import time
from functools import partial
from pathlib import Path

from . import start


def later(file: Path) -> float:
    """Now, and what the file says on top of it."""
    return time.time() + (int(file.read_text() or 0) if file.exists() else 0)


def main() -> None:
    asked = argparse.ArgumentParser(prog="simulator", description="The shop's providers on this machine.")
    asked.add_argument("--merchant", default="", help="the shop's base address, e.g. http://127.0.0.1:8000")
    asked.add_argument("--port", type=int, default=9100)
    asked.add_argument("--state", default=".sim", help="folder of keys, book and merchant.json")
    asked.add_argument("--speedup", type=float, default=600.0, help="retry schedules are divided by this")
    asked.add_argument("--seed", type=int, help="makes numbers and tokens repeat")
    asked.add_argument("--wechat-mode", choices=("public_key", "certificate"), default="public_key")
    asked.add_argument("--alipay-mode", choices=("key", "cert"), default="key")
    asked.add_argument("--clock", type=Path, help="a file that says how many seconds this world is ahead of ours")
    given = asked.parse_args()
    over: list[int] = []  # a plain flag: a handler that sets an Event the main thread is about to wait for may hang
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _frame: over.append(number))
    simulator = start(
        given.state,
        given.port,
        given.merchant,
        given.speedup,
        seed=given.seed,
        wall=partial(later, given.clock) if given.clock else time.time,
        wechat_mode=given.wechat_mode,
        alipay_mode=given.alipay_mode,
    )
    print(f"cashier        {simulator.url}/", flush=True)
    print(f"yard           {simulator.url}/yard", flush=True)
    print(f"messages       {simulator.url}/letters", flush=True)
    print(f"merchant file  {Path(given.state) / 'merchant.json'}", flush=True)
    while not over:
        time.sleep(0.2)
    simulator.stop()


if __name__ == "__main__":
    main()
