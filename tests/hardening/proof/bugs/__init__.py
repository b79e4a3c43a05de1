"""The seeded bugs, one file a family: each that stands here is hunted."""

from importlib import import_module
from pkgutil import iter_modules

ALL = tuple(bug for file in iter_modules(__path__) for bug in import_module(f"{__name__}.{file.name}").BUGS)
