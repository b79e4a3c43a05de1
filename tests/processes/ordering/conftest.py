"""What stands at the counter."""

from tests.support.counter import counter, fake, fakes  # noqa: F401  # fixtures
