"""What stands at the counter."""

from tests.support.counter import counter, desk, desks  # noqa: F401  # fixtures
