"""Money is whole fen (1/100 CNY) in a frozen integer type; rates are integer basis points. A float can never enter.

Guarantees: sums and differences of money are money; shares of an amount add up to it exactly; percentages round half up.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

WHOLE = 10_000  # basis points in one whole


class Fen(int):
    """An amount in fen. `Fen(1050).text == "¥10.50"`. Arithmetic with a float raises TypeError.

    Only a float on the left is asked first, by Python, and answers a float; no Fen, share, total or row takes that back.
    """

    __slots__ = ()

    def __new__(cls, fen: int = 0) -> Fen:
        if type(fen) is not int and not isinstance(fen, Fen):
            raise TypeError(f"fen are whole numbers, not {type(fen).__name__}")
        return super().__new__(cls, fen)

    def __add__(self, other: int) -> Fen:
        return Fen(int(self) + int(_whole(other)))

    __radd__ = __add__

    def __sub__(self, other: int) -> Fen:
        return Fen(int(self) - int(_whole(other)))

    def __neg__(self) -> Fen:
        return Fen(-int(self))

    def __mul__(self, times: int) -> Fen:
        return Fen(int(self) * _whole(times))

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Any:
        raise TypeError("money is never divided: use percent() or share()")

    __rtruediv__ = __truediv__

    def percent(self, basis_points: int) -> Fen:
        """The given part of this amount, rounded half up to the fen; 9折 is `percent(9000)`."""
        scaled, sign = abs(int(self)) * _whole(basis_points), -1 if self < 0 else 1
        return Fen(sign * ((2 * scaled + WHOLE) // (2 * WHOLE)))

    def share(self, weights: Sequence[int]) -> list[Fen]:
        """Split this amount by weights so that the parts add up to it exactly (largest remainder; ties to the first).

        Weights are non-negative integers with a positive sum, unless the amount is zero.
        """
        total = sum(weights)
        if any(weight < 0 for weight in weights) or (total == 0 and self != 0):
            raise ValueError("weights are non-negative and not all zero")
        if total == 0:
            return [Fen(0) for _ in weights]
        sign, amount = (-1 if self < 0 else 1), abs(int(self))
        parts = [amount * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
        for i in by_remainder[: amount - sum(parts)]:
            parts[i] += 1
        return [Fen(sign * part) for part in parts]

    @property
    def yuan(self) -> str:
        """The decimal text providers take: `Fen(5).yuan == "0.05"`."""
        sign, amount = ("-" if self < 0 else ""), abs(int(self))
        return f"{sign}{amount // 100}.{amount % 100:02d}"

    @property
    def text(self) -> str:
        """What a person reads: `¥10.50`."""
        return f"-¥{Fen(-int(self)).yuan}" if self < 0 else f"¥{self.yuan}"

    @classmethod
    def from_yuan(cls, text: str) -> Fen:
        """Read a provider's decimal text exactly; more than two decimals or anything else raises ValueError."""
        try:
            fen = Decimal(text) * 100
            if not fen.is_finite() or fen != fen.to_integral_value():
                raise ValueError(f"not an amount in yuan: {text!r}")
        except InvalidOperation as error:
            raise ValueError(f"not an amount in yuan: {text!r}") from error
        return cls(int(fen))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # only where pydantic is loaded anyway

        return core_schema.no_info_after_validator_function(cls, core_schema.int_schema(strict=True))


def _whole(number: int) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"money knows whole numbers only, not {type(number).__name__}")
    return int(number)


def total(amounts: Sequence[Fen]) -> Fen:
    """The sum of amounts, as money."""
    return Fen(sum(_whole(amount) for amount in amounts))
