"""Logarithms, and the inverse hyperbolic functions made of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from actorstream.expr.strict_math.blocks import (
    MANTISSA,
    MIN_NORMAL,
    Doubles,
    Mask,
    Words,
    bits,
    doubles,
    high_word,
    in_blocks,
    polynomial,
)
from actorstream.expr.strict_math.exponentials import LN2_HIGH, LN2_LOW

_ONE_BITS = 0x3FF << 52
_HALF_BITS = 0x3FE << 52

#: log(1 + f) = f - s (f - R(s)) with s = f / (2 + f), in powers of s**2
_COEFFICIENTS = tuple(
    map(
        float.fromhex,
        (
            "0x1.5555555555593p-1",
            "0x1.999999997fa04p-2",
            "0x1.2492494229359p-2",
            "0x1.c71c51d8e78afp-3",
            "0x1.7466496cb03dep-3",
            "0x1.39a09d078c69fp-3",
            "0x1.2f112df3e5244p-3",
        ),
    )
)
_INVERSE_LN10 = float.fromhex("0x1.bcb7b1526e50ep-2")
_LOG10_2_HIGH = float.fromhex("0x1.34413509f6p-2")
_LOG10_2_LOW = float.fromhex("0x1.9fef311f12b36p-42")
_NO_EXPONENT = np.zeros(1)


def log(x: npt.ArrayLike) -> Doubles:
    """Natural logarithm."""
    return in_blocks(log_block, x)


def log10(x: npt.ArrayLike) -> Doubles:
    """Logarithm to base 10."""
    return in_blocks(_log10_block, x)


def log1p(x: npt.ArrayLike) -> Doubles:
    """Natural logarithm of 1 + x, exact to the last places near zero."""
    return in_blocks(log1p_block, x)


def log2(x: npt.ArrayLike) -> Doubles:
    """Logarithm to base 2, as Spark takes it: a quotient, so that that of 8 is 3 less one place."""
    return in_blocks(_log2_block, x)


def log_to_base(base: npt.ArrayLike, x: npt.ArrayLike) -> Doubles:
    """Logarithm of x to a base, as a quotient."""
    return in_blocks(lambda base, x: log_block(x) / log_block(base), base, x)


def asinh(x: npt.ArrayLike) -> Doubles:
    """Inverse hyperbolic sine. Source: Spark ExpressionImplUtils.asinh."""
    return in_blocks(_asinh_block, x)


def acosh(x: npt.ArrayLike) -> Doubles:
    """Inverse hyperbolic cosine. Source: Spark ExpressionImplUtils.acosh."""
    return in_blocks(_acosh_block, x)


def atanh(x: npt.ArrayLike) -> Doubles:
    """Inverse hyperbolic tangent. Source: Spark Atanh."""
    return in_blocks(lambda x: 0.5 * (log1p_block(x) - log1p_block(-x)), x)


def _normalized(x: Doubles) -> tuple[Words, Words]:
    """The bits and the binary exponents; numbers below the normal ones are scaled up first."""
    if x.min() >= MIN_NORMAL:
        words = bits(x)
        return words, (words >> 52) - 1023
    low = x < MIN_NORMAL
    words = bits(np.where(low, x * 2.0**54, x))
    return words, (words >> 52) - np.where(low, 1077, 1023)


def _put_right(y: Doubles, x: Doubles) -> None:
    """Results for arguments that have no logarithm or an infinite one."""
    if not (x.min() > 0.0 and x.max() < np.inf):
        y[x == 0.0] = -np.inf
        y[np.isnan(x) | (x < 0.0)] = np.nan
        y[x == np.inf] = np.inf


def log_block(x: Doubles) -> Doubles:
    words, exponent = _normalized(x)
    fraction = words & MANTISSA
    # the mantissa between sqrt(1/2) and sqrt(2)
    upper = (fraction + (0x95F64 << 32)) & (1 << 52)
    exponent += upper >> 52
    f = doubles(fraction | (upper ^ _ONE_BITS))
    f -= 1.0
    k = exponent.astype(np.float64)
    low = k * LN2_LOW
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    l1, l2, l3, l4, l5, l6, l7 = _COEFFICIENTS
    rest = z * polynomial(w, l1, l3, l5, l7)
    rest += w * polynomial(w, l2, l4, l6)
    y = s * (f - rest)
    y -= low
    middle = (fraction >= (0x6147A << 32)) & (fraction < (0x6B852 << 32))
    if middle.any():
        half = f[middle]
        half = (0.5 * half) * half
        y[middle] = half - (s[middle] * (half + rest[middle]) + low[middle])
    near = ((fraction + (2 << 32)) & MANTISSA) < (3 << 32)
    if near.any():
        small = f[near]
        y[near] = (small * small) * (0.5 - 0.33333333333333333 * small) - low[near]
    y -= f
    k *= LN2_HIGH
    y = np.subtract(k, y, out=y)
    _put_right(y, x)
    return y


def _log2_block(x: Doubles) -> Doubles:
    return log_block(x) / _LN2


def _log10_block(x: Doubles) -> Doubles:
    words, exponent = _normalized(x)
    below = (exponent < 0).astype(np.int64)
    mantissa = doubles((words & MANTISSA) | (_ONE_BITS - (below << 52)))
    k = (exponent + below).astype(np.float64)
    y = (k * _LOG10_2_LOW + _INVERSE_LN10 * log_block(mantissa)) + k * _LOG10_2_HIGH
    _put_right(y, x)
    return y


def log1p_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    direct: Mask = (x > -high_word(0x3FD2BEC4)) & (x < high_word(0x3FDA827A))
    near: Mask | None = None
    if direct.all():
        f, high, low = x, _NO_EXPONENT, _NO_EXPONENT
    else:
        u = 1.0 + x
        huge = x >= 2.0**53
        u[huge] = x[huge]
        words = bits(u)
        exponent = (words >> 52) - 1023
        lost = np.where(exponent > 0, 1.0 - (u - x), x - (u - 1.0)) / u
        fraction = words & MANTISSA
        upper = fraction >= (0x6A09E << 32)
        exponent += upper
        f = doubles(fraction | np.where(upper, _HALF_BITS, _ONE_BITS))
        f -= 1.0
        near = ~direct & ((fraction < (1 << 32)) | (fraction >= (0xFFFFD << 32)))
        f = np.where(direct, x, f)
        exponent[direct] = 0
        lost[huge | (exponent == 0)] = 0.0
        k = exponent.astype(np.float64)
        high, low = k * LN2_HIGH, k * LN2_LOW + lost
    half = (0.5 * f) * f
    s = f / (2.0 + f)
    z = s * s
    rest = z * polynomial(z, *_COEFFICIENTS)
    y = half - (s * (half + rest) + low)
    if near is not None and near.any():
        y[near] = half[near] * (1.0 - 0.66666666666666666 * f[near]) - low[near]
    y = high - (y - f)
    if not size.min() >= 2.0**-29:
        tiny = size < 2.0**-29
        small = x[tiny]
        y[tiny] = np.where(size[tiny] < 2.0**-54, small, small - small * small * 0.5)
    if not (x.min() > -1.0 and x.max() < np.inf):
        y[x == -1.0] = -np.inf
        y[np.isnan(x) | (x < -1.0)] = np.nan
        y[x == np.inf] = np.inf
    return y


_LN2 = float(log(2.0)[0])


def _asinh_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    y = size.copy()
    small = (size >= 2.0**-28) & (size <= 2.0)
    if small.any():
        a = size[small]
        square = a * a
        y[small] = log1p_block(a + square / (1.0 + np.sqrt(1.0 + square)))
    large = (size > 2.0) & (size <= 2.0**28)
    if large.any():
        a = size[large]
        y[large] = log_block(2.0 * a + 1.0 / (np.sqrt(a * a + 1.0) + a))
    huge = (size > 2.0**28) & (size < np.inf)
    if huge.any():
        y[huge] = log_block(size[huge]) + _LN2
    return np.copysign(y, x)


def _acosh_block(x: Doubles) -> Doubles:
    y = np.full_like(x, np.nan)
    near = (x >= 1.0) & (x <= 2.0)
    if near.any():
        t = x[near] - 1.0
        y[near] = log1p_block(t + np.sqrt(2.0 * t + t * t))
    large = (x > 2.0) & (x < 2.0**28)
    if large.any():
        a = x[large]
        y[large] = log_block(2.0 * a - 1.0 / (a + np.sqrt(a * a - 1.0)))
    huge = x >= 2.0**28
    if huge.any():
        y[huge] = log_block(x[huge]) + _LN2
    return y
