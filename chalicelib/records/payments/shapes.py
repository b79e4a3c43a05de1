"""The words of payments and refunds, as whoever shows one tells them."""

from typing import Annotated

from chalicelib.runtime.http import one_of

from .providers import METHODS, PROVIDERS
from .rules import ATTEMPT, REFUND

PaymentState = Annotated[str, one_of(*ATTEMPT.all)]
RefundState = Annotated[str, one_of(*REFUND.all)]
ProviderName = Annotated[str, one_of(*PROVIDERS)]
ProductName = Annotated[str, one_of(*dict.fromkeys(product for _, product in METHODS))]
