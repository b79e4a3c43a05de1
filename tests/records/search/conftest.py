"""How often the engine is called."""

from tests.support.shelf import calls  # noqa: F401  # a fixture
