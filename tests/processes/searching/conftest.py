"""What stands on the shelf."""

from tests.support.shelf import calls, shirts, shop  # noqa: F401  # fixtures
