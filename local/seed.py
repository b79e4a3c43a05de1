"""The demonstration shop, loaded once: by `make run` at its first start, or by `make seed` into the running shop."""

from collections.abc import Callable
from typing import Any

from . import settle


def load(say: Callable[[str], None] = print) -> dict[str, Any]:
    """Fill the shop. Answers {"logins": {role: how to sign in}}."""
    from .demo import filling  # tables' names are known only now

    return filling.fill(say)


def main(load: Callable[..., Any] = load, join: Callable[[], Any] = settle.join) -> int:
    """Fill the running shop, and say so also when there was nothing to do."""
    join()
    told: list[str] = []

    def say(words: str) -> None:
        told.append(words)
        print(words, flush=True)

    load(say=say)
    if not told:
        print("the demo shop is there already; nothing was added")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
