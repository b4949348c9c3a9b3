"""Angles: arc sine, cosine and tangent."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from actorstream.expr.strict_math.blocks import Doubles, bits, high_word, in_blocks, polynomial, upper_half

_PI = float.fromhex("0x1.921fb54442d18p1")
_PI_LOW = float.fromhex("0x1.1a62633145c07p-53")
_HALF_PI = float.fromhex("0x1.921fb54442d18p0")
_HALF_PI_LOW = float.fromhex("0x1.1a62633145c07p-54")
_QUARTER_PI = float.fromhex("0x1.921fb54442d18p-1")

#: (asin(x) - x) / x as a quotient of polynomials of x**2
_NUMERATOR = tuple(
    map(
        float.fromhex,
        (
            "0x1.5555555555555p-3",
            "-0x1.4d61203eb6f7dp-2",
            "0x1.9c1550e884455p-3",
            "-0x1.48228b5688f3bp-5",
            "0x1.9efe07501b288p-11",
            "0x1.23de10dfdf709p-15",
        ),
    )
)
_DENOMINATOR = (
    1.0,
    *map(
        float.fromhex,
        ("-0x1.33a271c8a2d4bp1", "0x1.02ae59c598ac8p1", "-0x1.6066c1b8d0159p-1", "0x1.3b8c5b12e9282p-4"),
    ),
)
_ATAN_COEFFICIENTS = tuple(
    map(
        float.fromhex,
        (
            "0x1.555555555550dp-2",
            "-0x1.999999998ebc4p-3",
            "0x1.24924920083ffp-3",
            "-0x1.c71c6fe231671p-4",
            "0x1.745cdc54c206ep-4",
            "-0x1.3b0f2af749a6dp-4",
            "0x1.10d66a0d03d51p-4",
            "-0x1.dde2d52defd9ap-5",
            "0x1.97b4b24760debp-5",
            "-0x1.2b4442c6a6c2fp-5",
            "0x1.0ad3ae322da11p-6",
        ),
    )
)
# atan(x) = atan(p) + atan((x - p) / (1 + p x)) with p of 0, 1/2, 1, 3/2, infinity, by where |x| lies
_ATAN_LIMITS = np.array([high_word(0x3FDC0000), high_word(0x3FE60000), high_word(0x3FF30000), high_word(0x40038000)])
_ATAN_HIGH = np.array([0.0, float.fromhex("0x1.dac670561bb4fp-2"), _QUARTER_PI, float.fromhex("0x1.f730bd281f69bp-1"), _HALF_PI])  # fmt: skip
_ATAN_LOW = np.array([0.0, *map(float.fromhex, ("0x1.a2b7f222f65e2p-56", "0x1.1a62633145c07p-55", "0x1.007887af0cbbdp-56", "0x1.1a62633145c07p-54"))])  # fmt: skip
# (a x - b) / (c + d x) is that quotient, with the numbers of the algorithm
_A, _B, _C, _D = np.array(
    [[1.0, 2.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.5, 1.0], [1.0, 2.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.5, 1.0]]
)


def asin(x: npt.ArrayLike) -> Doubles:
    """Arc sine."""
    return in_blocks(_asin_block, x)


def acos(x: npt.ArrayLike) -> Doubles:
    """Arc cosine."""
    return in_blocks(_acos_block, x)


def atan(x: npt.ArrayLike) -> Doubles:
    """Arc tangent."""
    return in_blocks(_atan_block, x)


def atan2(y: npt.ArrayLike, x: npt.ArrayLike) -> Doubles:
    """Angle of the point (x, y)."""
    return in_blocks(_atan2_block, y, x)


def _quotient(square: Doubles) -> Doubles:
    return square * polynomial(square, *_NUMERATOR) / polynomial(square, *_DENOMINATOR)


def _asin_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    y = np.empty_like(x)
    near = size < 0.5
    if near.any():
        a = size[near]
        y[near] = a + a * _quotient(a * a)
    far = ~near
    if far.any():
        a = size[far]
        half = (1.0 - a) * 0.5
        quotient = _quotient(half)
        root = np.sqrt(half)
        w = upper_half(root)
        c = (half - w * w) / (root + w)
        p = 2.0 * root * quotient - (_HALF_PI_LOW - 2.0 * c)
        angle = _QUARTER_PI - (p - (_QUARTER_PI - 2.0 * w))
        end = _HALF_PI - (2.0 * (root + root * quotient) - _HALF_PI_LOW)
        y[far] = np.where(a < high_word(0x3FEF3333), angle, end)
        one = size == 1.0
        y[one] = _HALF_PI + _HALF_PI_LOW
    return np.copysign(y, x)


def _acos_block(x: Doubles) -> Doubles:
    y = np.full_like(x, np.nan)
    near = np.abs(x) < 0.5
    if near.any():
        a = x[near]
        y[near] = _HALF_PI - (a - (_HALF_PI_LOW - a * _quotient(a * a)))
    left = (x <= -0.5) & (x >= -1.0)
    if left.any():
        half = (1.0 + x[left]) * 0.5
        root = np.sqrt(half)
        y[left] = _PI - 2.0 * (root + (_quotient(half) * root - _HALF_PI_LOW))
        y[x == -1.0] = _PI
    right = (x >= 0.5) & (x <= 1.0)
    if right.any():
        half = (1.0 - x[right]) * 0.5
        root = np.sqrt(half)
        high = upper_half(root)
        c = (half - high * high) / (root + high)
        y[right] = 2.0 * (high + (_quotient(half) * root + c))
        y[x == 1.0] = 0.0
    return y


def _atan_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    case = np.searchsorted(_ATAN_LIMITS, size, side="right")
    r = (_A.take(case) * size - _B.take(case)) / (_C.take(case) + _D.take(case) * size)
    z = r * r
    w = z * z
    even = z * polynomial(w, *_ATAN_COEFFICIENTS[0::2])
    even += w * polynomial(w, *_ATAN_COEFFICIENTS[1::2])
    y = _ATAN_HIGH.take(case) - ((r * even - _ATAN_LOW.take(case)) - r)
    if not size.max() < 2.0**66:
        y[size >= 2.0**66] = _HALF_PI
        y[np.isnan(x)] = np.nan
    return np.copysign(y, x)


def _atan2_block(y: Doubles, x: Doubles) -> Doubles:
    magnitudes = (bits(np.abs(y)) >> 32) - (bits(np.abs(x)) >> 32) >> 20
    angle = _atan_block(np.abs(y / x))
    angle[magnitudes > 60] = _HALF_PI
    left = np.signbit(x)
    angle[left & (magnitudes < -60)] = 0.0
    angle = np.where(left, _PI - (angle - _PI_LOW), angle)
    angle[(x == 0.0) & (y != 0.0)] = _HALF_PI
    level = y == 0.0
    angle[level] = np.where(left[level], _PI, 0.0)
    endless = np.isinf(x) | np.isinf(y)
    if endless.any():
        both = np.isinf(x) & np.isinf(y)
        angle[endless] = np.where(np.isinf(y[endless]), _HALF_PI, np.where(left[endless], _PI, 0.0))
        angle[both] = np.where(left[both], 3.0 * _QUARTER_PI, _QUARTER_PI)
    angle = np.copysign(angle, y)
    angle[np.isnan(x) | np.isnan(y)] = np.nan
    return angle
