"""Tangent, by the method of Intel's library, which is what a Java virtual machine runs for `Math.tan` on its processors.

An angle is a multiple B of pi/32 and a small rest r. Below pi/4 the power series of the tangent around B is summed in r; towards
the pole at pi/2 that of the tangent and the reciprocal of the distance from the pole together, which has no pole, and the
reciprocal, computed with more digits than a double has, is taken off again.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

import numpy as np
import numpy.typing as npt

from actorstream.expr.strict_math.blocks import Doubles, Mask, Words, bits, doubles, high_word, in_blocks, polynomial
from actorstream.expr.strict_math.turns import reduced

_TERMS = 16
_DIGITS = Context(prec=80)
_SMALL = high_word(0x3FBA0000)
_LARGE = high_word(0x40C90000)
#: of a series around zero, fitted to the small angles
_SMALL_COEFFICIENTS = tuple(
    map(
        float.fromhex,
        (
            "0x1.5555555555612p-2",
            "0x1.1111111092746p-3",
            "0x1.ba1ba52c4c8abp-5",
            "0x1.664a0bf847a43p-6",
            "0x1.2609ab8fe4d77p-7",
        ),
    )
)
_QUARTER_PI = (float.fromhex("0x1.921fbp-1"), float.fromhex("0x1.5110b4611a626p-23"))
# 2/pi and 32/pi; pi/32 in three parts, for multiples of 16 and for any
_INVERSE_HALF_PI, _INVERSE_PI_32 = map(float.fromhex, ("0x1.45f306dc9c883p-1", "0x1.45f306dc9c883p3"))
_HALF_PI_PARTS = tuple(map(float.fromhex, ("0x1.921fb54444p-4", "-0x1.2e7b967674p-44", "0x1.8a2e03707344ap-85")))
_PI_32_PARTS = tuple(map(float.fromhex, ("0x1.921fb5444p-4", "0x1.68c234c4cp-43", "0x1.98a2e03707345p-81")))
_SECOND_WHOLE = float.fromhex("0x1.2e7b9676733afp-44")
_UPPER_35 = ~0x3FFFF
_UPPER_18 = ~0x7FFFFFFFF


@dataclass(frozen=True, slots=True)
class _Series:
    """For the 32 multiples of pi/32 in half a turn, the power series of the tangent around them.

    Constant term: `high` + `low`; linear: `power`, a power of two, + `slope`; `coefficients`: the others, by exponent.
    """

    high: Doubles
    low: Doubles
    power: Doubles
    slope: Doubles
    coefficients: list[Doubles]
    has_pole: Mask


def tan(x: npt.ArrayLike) -> Doubles:
    """Tangent."""
    return in_blocks(_tan_block, x)


def _tan_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    y = np.full_like(x, np.nan)
    small = size < _SMALL
    if small.any():
        a = x[small]
        square = a * a
        y[small] = np.where(size[small] < 2.0**-29, a, a + polynomial(square, *_SMALL_COEFFICIENTS) * (a * square))
    middle = (size >= _SMALL) & (size < _LARGE)
    if middle.any():
        y[middle] = _reduced_tangent(x[middle], None, np.int64(0))
    large = (size >= _LARGE) & (size < np.inf)
    if large.any():
        rest, lower, quarters = reduced(x[large], 4, _QUARTER_PI)
        y[large] = _reduced_tangent(rest, lower, 16 * quarters)
    return y


def _reduced_tangent(x: Doubles, lower: Doubles | None, turn: Words | np.int64) -> Doubles:
    """The tangent of x + lower + turn * pi/32."""
    half = np.copysign(0.5, x)
    n = np.trunc(x * _INVERSE_PI_32 + half)
    halves = 16.0 * np.trunc(x * _INVERSE_HALF_PI + half)
    place = (n.astype(np.int64) + turn) & 31
    # the distances from the multiple and from the pole, and what each leaves out
    first = x - n * _PI_32_PARTS[0]
    second = n * _PI_32_PARTS[1]
    r = first - second
    missing = ((first - r) - second) - n * _PI_32_PARTS[2]
    first = x - halves * _HALF_PI_PARTS[0]
    second = halves * _HALF_PI_PARTS[1]
    pole = first - second
    pole_missing = ((first - pole) - second) - halves * _HALF_PI_PARTS[2]
    if lower is not None:
        missing += lower
        pole_missing += lower
    pole_high = doubles(bits(halves * _SECOND_WHOLE + first) & _UPPER_35)
    pole_missing += pole - pole_high
    series = _series()
    c = [column.take(place) for column in series.coefficients]
    r2 = r * r
    r4 = r2 * r2
    r5 = r * r4
    tail, head = (
        ((c[k] + c[k + 1] * r) + (c[k + 2] + c[k + 3] * r) * r2 + c[k + 4] * r4)
        + ((c[k + 5] + c[k + 6] * r) + c[k + 7] * r2) * r5
        for k in (8, 0)
    )
    result = (r4 * r4) * tail + head
    # the linear term: a power of two times r, and the rest
    power, slope = series.power.take(place), series.slope.take(place)
    great, small = power * r, slope * r
    linear = great + small
    result += ((power + slope) * missing + series.low.take(place)) + ((great - linear) + small)
    # less the reciprocal of the distance from the pole, where there is one
    has_pole = series.has_pole.take(place)
    reciprocal = 1.0 / pole_high
    high = np.where(has_pole, doubles(bits(reciprocal) & _UPPER_18), 0.0)
    reciprocal_low = ((1.0 - pole_high * high) - pole_missing * reciprocal) * np.where(has_pole, reciprocal, 0.0)
    constant = high - series.high.take(place)
    total = linear - constant
    result += linear - (constant + total)
    result -= reciprocal_low
    result += total
    return result


# ---------------------------------------------------------------- the series

_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803")


@functools.cache
def _series() -> _Series:
    """The series, computed with many digits when the first tangent is asked for: a few milliseconds."""
    with localcontext(_DIGITS):
        tangents = _tangents()
        rows = [_around_pole(k, tangents) if 9 <= k <= 23 else _around(tangents[k]) for k in range(32)]
        has_pole = np.array([9 <= k <= 23 for k in range(32)])
        high = [_rounded(row[0], 40) if pole else float(row[0]) for row, pole in zip(rows, has_pole, strict=True)]
        low = [float(row[0] - Decimal(part)) for row, part in zip(rows, high, strict=True)]
        power = [
            0.0 if pole else (2.0 if row[1] > Decimal("1.5") else 1.0) for row, pole in zip(rows, has_pole, strict=True)
        ]
        slope = [float(row[1] - Decimal(part)) for row, part in zip(rows, power, strict=True)]
        others = [np.zeros(32), np.zeros(32), *(np.array([float(row[n]) for row in rows]) for n in range(2, _TERMS))]
    return _Series(np.array(high), np.array(low), np.array(power), np.array(slope), others, has_pole)


def _tangents() -> list[Decimal]:
    """tan(k pi/32) for k of 0 to 31; that of 16 is not used."""
    step = Decimal(1)  # of pi/4, halved three times
    for _ in range(3):
        step = ((1 + step * step).sqrt() - 1) / step
    first = [Decimal(0)]
    for _ in range(15):
        first.append((first[-1] + step) / (1 - first[-1] * step))
    return [*first, Decimal(0), *(-tangent for tangent in first[:0:-1])]


def _around(tangent: Decimal) -> list[Decimal]:
    """The power series of the tangent around an angle, from tan' = 1 + tan**2."""
    terms = [tangent]
    for n in range(_TERMS - 1):
        square = sum((terms[i] * terms[n - i] for i in range(n + 1)), Decimal(0))
        terms.append((square + (n == 0)) / (n + 1))
    return terms


def _around_pole(k: int, tangents: list[Decimal]) -> list[Decimal]:
    """The power series of tan + 1/u around k pi/32, where u is the distance from pi/2."""
    if k != 16:
        distance = (k - 16) * _PI / 32
        return [term + (-1) ** n / distance ** (n + 1) for n, term in enumerate(_around(tangents[k]))]
    terms = [Decimal(0)]  # g = 1/u - cot u obeys g' = 1 + g**2 - 2 g/u
    for n in range(1, _TERMS):
        square = sum((terms[i] * terms[n - 1 - i] for i in range(n)), Decimal(0))
        terms.append((square + (n == 1)) / (n + 2))
    return terms


def _rounded(value: Decimal, places: int) -> float:
    """The nearest double with this many bits."""
    scale = Decimal(2) ** (places - np.frexp(float(value))[1].item())
    return float((value * scale).to_integral_value() / scale)
