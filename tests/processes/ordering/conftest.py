"""What stands at the counter, and who sets offers up."""

from tests.support.counter import counter, fake, fakes  # noqa: F401  # fixtures

from .merchant import coupon, merchant  # noqa: F401  # fixtures
