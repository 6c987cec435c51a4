"""How a count grows with the number of nodes: the exact formula, where a line or a parabola through whole numbers fits all
points, else a power of N by least squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Growth:
    """`formula` in N, the number of nodes; `exact` if it has every point, empty if there is none."""

    formula: str
    exact: bool


def fit(points: Sequence[tuple[int, float]]) -> Growth:
    """The growth of a count or a time over distinct numbers of nodes. An exact formula takes one point more than it has
    coefficients, or two equal ones; a fitted power takes three points above 0."""
    if len({value for _, value in points}) == 1 and len(points) > 1:
        return Growth(_number(Fraction(points[0][1])), exact=True)
    for degree in (1, 2):
        if len(points) > degree + 1 and (found := _polynomial(points, degree)) is not None:
            return Growth(_written(found), exact=True)
    return _power(points)


def _polynomial(points: Sequence[tuple[int, float]], degree: int) -> list[Fraction] | None:
    """The coefficients, lowest first, of the polynomial through the first points; None if another point is not on it."""
    chosen = [(Fraction(n), Fraction(value)) for n, value in points]
    coefficients = [Fraction(0)] * (degree + 1)
    for i, (at, value) in enumerate(chosen[: degree + 1]):
        # Lagrange: the polynomial that is `value` here and 0 at the other chosen points.
        basis, scale = [Fraction(1)], Fraction(1)
        for j, (other, _) in enumerate(chosen[: degree + 1]):
            if j != i:
                basis = [
                    (basis[k - 1] if k else Fraction(0)) - other * (basis[k] if k < len(basis) else Fraction(0))
                    for k in range(len(basis) + 1)
                ]
                scale *= at - other
        for k, part in enumerate(basis):
            coefficients[k] += part * value / scale
    on = all(sum(c * n**k for k, c in enumerate(coefficients)) == value for n, value in chosen)
    return coefficients if on and all(c.denominator <= 2 for c in coefficients) else None


def _written(coefficients: Sequence[Fraction]) -> str:
    """A polynomial as people write it: `3(N - 1)` rather than `3N - 3`."""
    rest = list(coefficients)
    while len(rest) > 1 and rest[-1] == 0:
        rest.pop()
    if len(rest) == 2 and abs(rest[1]) != 1 and rest[0] == -rest[1]:
        return f"{_number(rest[1])}(N - 1)"
    if len(rest) == 3 and rest[0] == 0 and rest[1] == -rest[2]:
        factor = rest[2]
        half = "/2" if factor.denominator == 2 else ""
        return f"{_factor(Fraction(factor.numerator))}N(N - 1){half}"
    text = ""
    for power in range(len(rest) - 1, -1, -1):
        if value := rest[power]:
            sign = (" - " if value < 0 else " + ") if text else ("-" if value < 0 else "")
            unit = ("", "N", "N²")[power]
            text += sign + (_factor(abs(value)) + unit if unit else _number(abs(value)))
    return text or "0"


def _factor(value: Fraction) -> str:
    return "" if value == 1 else _number(value)


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def _power(points: Sequence[tuple[int, float]]) -> Growth:
    usable = [(math.log(n), math.log(value)) for n, value in points if value > 0]
    if len(usable) < 3:
        return Growth("", exact=False)
    mean_x, mean_y = (sum(one) / len(usable) for one in zip(*usable, strict=True))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in usable) / sum((x - mean_x) ** 2 for x, _ in usable)
    return Growth(f"≈ {math.exp(mean_y - slope * mean_x):.3g} · N^{slope:.2f}", exact=False)
