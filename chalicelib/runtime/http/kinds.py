"""The kinds of value that doors take: whatever a client writes is read by one of them before anything else sees it.

    class AskRefund(Body):
        order_id: OrderText
        reason: Words = Field(min_length=2, max_length=80)

Lengths and patterns hold for what was read, not for how it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

from chalicelib.kernel import ids, texts


class Kind:
    """A mark on a field: how its texts are read, however deep they lie. `most` bounds what is looked at at all."""

    def __init__(self, read: Callable[[str], Any], most: int = 4000) -> None:
        self.read, self.most = read, most

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.told, handler(source))

    def told(self, value: Any) -> Any:
        """The value as it was meant. Raises what pydantic understands, and the refusals of `kernel.texts`."""
        if isinstance(value, dict):
            return {name: self.told(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.told(one) for one in value]
        if not isinstance(value, str):
            return value
        if len(value) > self.most:
            raise PydanticKnownError("string_too_long", {"max_length": self.most})
        try:
            return self.read(value)
        except texts.Unfit as unfit:
            raise PydanticCustomError(unfit.trouble, texts.TROUBLES[unfit.trouble][1], unfit.facts) from None


def _letters(letters: str) -> Kind:
    return Kind(lambda text: texts.exact(text, letters))


# The marks, for a field that says more in its own annotation: `Annotated[str, Field(max_length=9), WORDS] | None`.
LINE, WORDS, PROSE = Kind(texts.line), Kind(texts.words), Kind(texts.prose)
EXACT, WHOLE = Kind(texts.exact, 20_000), Kind(texts.whole, 64)
AS_SENT = Kind(str, 10_000_000)  # rows that are each read, and answered, by themselves: none may spoil the others

# ---- for people -----------------------------------------------------------------------------------------------------
Line = Annotated[str, LINE]  # a name, a street: looked up, compared, printed
Words = Annotated[str, WORDS]  # a title, a reason: one line as it was written
Prose = Annotated[str, PROSE]  # lines as they were written
Password = Annotated[str, Field(min_length=8, max_length=128, examples=["correct horse 7"]), Kind(texts.secret)]
AnyPassword = Annotated[
    str, Field(max_length=128), Kind(texts.secret)
]  # to sign in with: whatever it was when it was set

# ---- how they are reached -------------------------------------------------------------------------------------------
Phone = Annotated[str, Field(max_length=32, examples=["13800138000"]), Kind(texts.phone, 64)]
DeliveryPhone = Annotated[str, Field(max_length=32, examples=["13800138000"]), Kind(texts.delivery_phone, 64)]
Email = Annotated[str, Field(max_length=320, examples=["buyer@example.com"]), Kind(texts.email, 320)]

# ---- figures --------------------------------------------------------------------------------------------------------
OneTimeCode = Annotated[
    str, Field(pattern="^[0-9]{6}$", examples=["123456"]), Kind(lambda text: texts.digits(text, texts.CODE_DIGITS), 64)
]
Day = Annotated[date, Field(strict=True, examples=["2026-06-01"]), Kind(texts.day, 64)]
Whole = Annotated[int, WHOLE]  # of a query string; a body's numbers are JSON's

# ---- what is exact --------------------------------------------------------------------------------------------------
Exact = Annotated[str, EXACT]  # a token, a cursor, another's id
Word = Annotated[str, _letters("a-z0-9_")]  # a name of ours
Version = Annotated[str, Field(min_length=1, max_length=20, examples=["2026-01"]), _letters("0-9A-Za-z._-")]
OrderText = Annotated[str, Field(pattern=f"^O{ids.ULID}$", examples=["O01JZ0000000000000000000000"]), EXACT]
AddressText = Annotated[str, Field(pattern=f"^D{ids.ULID}$", examples=["D01JZ0000000000000000000000"]), EXACT]
CategoryText = Annotated[str, Field(pattern=f"^G{ids.ULID}$", examples=["G01JZ0000000000000000000000"]), EXACT]
OfferText = Annotated[str, Field(pattern=f"^F{ids.ULID}$", examples=["F01JZ0000000000000000000000"]), EXACT]
CouponText = Annotated[
    str, Field(pattern=f"^K{ids.ULID}([0-9]{{2}}|O{ids.ULID})$", examples=["K01JZ000000000000000000000000"]), EXACT
]
SkuText = Annotated[str, Field(pattern=f"^{ids.SKU}$", examples=["P01JZ000000000000000000000001"]), EXACT]
