"""Identity's use cases. `identify` is what the front door calls for every bearer token, `standing` what it demands."""

from .standing import standing
from .tokens import guest_of, identify

__all__ = ["guest_of", "identify", "standing"]
