"""The demonstration shop, loaded once: by `make run` at its first start, or by `make seed` into the running shop."""

from collections.abc import Callable
from typing import Any

from . import settle


def load(say: Callable[[str], None] = print) -> dict[str, Any]:
    """Fill the shop. Answers {"logins": {role: how to sign in}}."""
    from .demo import filling  # tables' names are known only now

    return filling.fill(say)


def main() -> int:
    settle.join()
    load()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
