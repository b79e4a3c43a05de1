"""What a process remembers, all of it: emptied where a test's process is to be another one."""

from __future__ import annotations

import sys
from typing import Any

from chalicelib.runtime.memory import Memory


def memories() -> list[Memory[Any, Any]]:
    """Every memory that a module of the product keeps."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("chalicelib.")]
    return [one for module in modules for one in vars(module).values() if isinstance(one, Memory)]


def forget() -> None:
    """The process is another one: it remembers nothing."""
    for memory in memories():
        memory.forget()
