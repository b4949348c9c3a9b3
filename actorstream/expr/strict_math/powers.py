"""Powers of any base, the cube root and the length of the hypotenuse."""

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
    scale,
    upper_half,
)
from actorstream.expr.strict_math.exponentials import EXP_COEFFICIENTS


def power(base: npt.ArrayLike, exponent: npt.ArrayLike) -> Doubles:
    """A number to a power."""
    return in_blocks(_power_block, base, exponent)


def cbrt(x: npt.ArrayLike) -> Doubles:
    """Cube root."""
    return in_blocks(_cbrt_block, x)


def hypot(x: npt.ArrayLike, y: npt.ArrayLike) -> Doubles:
    """Square root of the sum of squares, without overflow on the way."""
    return in_blocks(_hypot_block, x, y)


# ---------------------------------------------------------------- cube root

# a third of the exponent, which gives five bits of the root
_THIRD = 715094163
_THIRD_OF_SCALED = 696219795
_C, _D, _E, _F, _G = map(
    float.fromhex,
    ("0x1.15f15f15f15f1p-1", "-0x1.691de2532c834p-1", "0x1.6a0ea0ea0ea0fp0", "0x1.9b6db6db6db6ep0", "0x1.6db6db6db6db7p-2"),
)  # fmt: skip


def _cbrt_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    t = doubles(((bits(size) >> 32) // 3 + _THIRD) << 32)
    if not size.min() >= MIN_NORMAL:
        low = size < MIN_NORMAL
        words = bits(size[low] * 2.0**54)
        t[low] = doubles((((words >> 32) // 3 + _THIRD_OF_SCALED) << 32) | (words & 0xFFFFFFFF))
    r = t * t / size
    s = _C + r * t
    t *= _G + _F / (s + _E + _D / s)
    # 20 bits, rounded up, so that the square is exact
    t = doubles(bits(upper_half(t)) + (1 << 32))
    r = size / (t * t)
    r = (r - t) / ((t + t) + r)
    y = np.copysign(t + t * r, x)
    odd = (x == 0.0) | ~np.isfinite(x)
    y[odd] = x[odd]
    return y


# ---------------------------------------------------------------- hypotenuse


def _hypot_block(x: Doubles, y: Doubles) -> Doubles:
    a, b = np.abs(x), np.abs(y)
    a, b = np.maximum(a, b), np.minimum(a, b)
    if a.max() <= high_word(0x5F300000, 0xFFFFFFFF) and b.min() >= 2.0**-500:
        result = _hypotenuse(a, b, upper_half(a), upper_half(b))
    else:
        result = _scaled_hypotenuse(a, b)
    sides = (bits(a) >> 32) - (bits(b) >> 32)
    apart = sides > 0x3C00000
    if apart.any():
        result[apart] = a[apart] + b[apart]
    odd = ~np.isfinite(a)
    if odd.any():
        result[odd] = np.where(np.isinf(x[odd]) | np.isinf(y[odd]), np.inf, np.nan)
    return result


def _scaled_hypotenuse(a: Doubles, b: Doubles) -> Doubles:
    a_top, b_top = upper_half(a), upper_half(b)
    factor = np.where(a > high_word(0x5F300000, 0xFFFFFFFF), 2.0**-600, np.where(b < 2.0**-500, 2.0**600, 1.0))
    lowest = (b < MIN_NORMAL) & (factor > 1.0)
    a_top, b_top = a_top * factor, b_top * factor
    factor[lowest] = 2.0**1022
    # the smallest numbers are split at where their sides were before scaling
    a_top[lowest], b_top[lowest] = upper_half(a)[lowest], upper_half(b)[lowest]
    result = _hypotenuse(a * factor, b * factor, a_top, b_top) / factor
    result[b == 0.0] = a[b == 0.0]
    return result


def _hypotenuse(a: Doubles, b: Doubles, a_top: Doubles, b_top: Doubles) -> Doubles:
    """For a >= b > 0 of moderate size, with the upper halves of both."""
    w = a - b
    far = w > b
    a_rest = a - a_top
    steep = a_top * a_top - (b * -b - a_rest * (a + a_top))
    if far.all():
        return np.sqrt(steep)
    twice = a + a
    twice_top = doubles(bits(a_top) + (1 << 52))
    twice_rest = twice - twice_top
    level = twice_top * b_top - (w * -w - (twice_top * (b - b_top) + twice_rest * b))
    return np.sqrt(np.where(far, steep, level))


# ---------------------------------------------------------------- powers

_L = tuple(
    map(
        float.fromhex,
        (
            "0x1.3333333333303p-1",
            "0x1.b6db6db6fabffp-2",
            "0x1.55555518f264dp-2",
            "0x1.17460a91d4101p-2",
            "0x1.d864a93c9db65p-3",
            "0x1.a7e284a454eefp-3",
        ),
    )
)
# 2 / (3 ln 2), 1 / ln 2 and ln 2, each whole, its upper bits, and the rest
_CP, _CP_HIGH, _CP_LOW = map(float.fromhex, ("0x1.ec709dc3a03fdp-1", "0x1.ec709ep-1", "-0x1.e2fe0145b01f5p-28"))
_INVERSE_LN2, _INVERSE_LN2_HIGH, _INVERSE_LN2_LOW = map(
    float.fromhex, ("0x1.71547652b82fep0", "0x1.715476p0", "0x1.4ae0bf85ddf44p-26")
)
_LN2, _LN2_HIGH, _LN2_LOW = map(float.fromhex, ("0x1.62e42fefa39efp-1", "0x1.62e43p-1", "-0x1.05c610ca86c39p-29"))
# log2(3/2) in two parts
_LOG2_HIGH, _LOG2_LOW = map(float.fromhex, ("0x1.2b8034p-1", "0x1.cfdeb43cfd006p-27"))
#: how far below 1024 an exponent must stay
_OVERFLOW_TAIL = 8.0085662595372944372e-17
_HUGE_EXPONENT = high_word(0x41E00000, 0xFFFFFFFF)


def _power_block(x: Doubles, y: Doubles) -> Doubles:
    size, y_size = np.abs(x), np.abs(y)
    if _needs_no_logarithm(y).all():
        result = np.full_like(x, np.inf)  # what is left of an infinite base under a root
        _put_right(result, x, y, size, y_size)
        return result
    high, low = _log2(size)
    huge = y_size > _HUGE_EXPONENT
    if huge.any():
        high[huge], low[huge] = _log2_near_one(size[huge])
    result = _exp2_of_product(y, high, low)
    if huge.any():
        grows = y > 0.0
        result[huge & (size < high_word(0x3FEFFFFF)) & ~grows] = np.inf
        result[huge & (size < high_word(0x3FEFFFFF)) & grows] = 0.0
        result[huge & (size > high_word(0x3FF00000, 0xFFFFFFFF)) & grows] = np.inf
        result[huge & (size > high_word(0x3FF00000, 0xFFFFFFFF)) & ~grows] = 0.0
    flat = (size == 0.0) | (size == np.inf) | (size == 1.0)
    if flat.any():
        result[flat] = np.where(y[flat] < 0.0, 1.0 / size[flat], size[flat])
    negative = np.signbit(x)
    if negative.any():
        half = 0.5 * y
        whole = (y_size >= 2.0**53) | (np.trunc(y) == y)
        result[negative & whole & (y_size < 2.0**53) & (np.trunc(half) != half)] *= -1.0
        result[negative & ~whole & (size != 0.0) & (size != np.inf)] = np.nan
    _put_right(result, x, y, size, y_size)
    return result


def _needs_no_logarithm(y: Doubles) -> Mask:
    return (y == 2.0) | (y == 0.5) | (y == 1.0) | (y == -1.0) | (y == 0.0)


def _put_right(result: Doubles, x: Doubles, y: Doubles, size: Doubles, y_size: Doubles) -> None:
    """Results for the exponents that need no logarithm, and for those that have no result."""
    if not y_size.max() < np.inf:
        endless = y_size == np.inf
        grows = (size > 1.0) == (y > 0.0)
        result[endless] = np.where(grows, np.inf, 0.0)[endless]
        result[endless & (size == 1.0)] = np.nan
    square = y == 2.0
    result[square] = x[square] * x[square]
    root = (y == 0.5) & (x > -np.inf)
    result[root] = np.sqrt(x[root] + 0.0)
    same = y == 1.0
    result[same] = x[same]
    inverse = y == -1.0
    result[inverse] = 1.0 / x[inverse]
    result[np.isnan(x) | np.isnan(y)] = np.nan
    result[y == 0.0] = 1.0


def _log2(size: Doubles) -> tuple[Doubles, Doubles]:
    """The logarithm to base 2 in two parts, of which the first has 21 bits."""
    offset: int | Words = 1023
    if not size.min() >= MIN_NORMAL:
        low = size < MIN_NORMAL
        size = np.where(low, size * 2.0**53, size)
        offset = np.where(low, 1076, 1023)
    words = bits(size)
    fraction = words & MANTISSA
    third = (fraction >= (0x3988F << 32)) & (fraction < (0xBB67A << 32))  # near 3/2 rather than near 1 or 2
    upper = fraction >= (0xBB67A << 32)
    n = ((words >> 52) - offset + upper).astype(np.float64)
    normal = fraction | (0x3FF << 52)
    normal -= upper.astype(np.int64) << 52
    m = doubles(normal)
    middle = np.where(third, 1.5, 1.0)
    u = m - middle
    v = 1.0 / (m + middle)
    ss = u * v
    s_high = upper_half(ss)
    t_high = doubles((((normal >> 33) | 0x20000000) + 0x00080000 + (third.astype(np.int64) << 18)) << 32)
    t_low = m - (t_high - middle)
    s_low = v * ((u - s_high * t_high) - s_high * t_low)
    s2 = ss * ss
    r = (s2 * s2) * polynomial(s2, *_L)
    r += s_low * (s_high + ss)
    s2 = s_high * s_high
    t_high = upper_half(3.0 + s2 + r)
    t_low = r - ((t_high - 3.0) - s2)
    u = s_high * t_high
    v = s_low * t_high + t_low * ss
    p_high = upper_half(u + v)
    p_low = v - (p_high - u)
    z_high = _CP_HIGH * p_high
    z_low = _CP_LOW * p_high + p_low * _CP + np.where(third, _LOG2_LOW, 0.0)
    step = np.where(third, _LOG2_HIGH, 0.0)
    high = upper_half(((z_high + z_low) + step) + n)
    return high, z_low - (((high - n) - step) - z_high)


def _log2_near_one(size: Doubles) -> tuple[Doubles, Doubles]:
    """The same for numbers that only a huge exponent takes away from 1."""
    t = size - 1.0
    w = (t * t) * (0.5 - t * (0.3333333333333333333333 - t * 0.25))
    u = _INVERSE_LN2_HIGH * t
    v = t * _INVERSE_LN2_LOW - w * _INVERSE_LN2
    high = upper_half(u + v)
    return high, v - (high - u)


def _exp2_of_product(y: Doubles, high: Doubles, low: Doubles) -> Doubles:
    """2 to the power of y times a logarithm in two parts."""
    y_high = upper_half(y)
    p_low = (y - y_high) * high + y * low
    p_high = y_high * high
    z = p_low + p_high
    over = (z > 1024.0) | ((z == 1024.0) & (p_low + _OVERFLOW_TAIL > z - p_high))
    under = (z < -1075.0) | ((z == -1075.0) & (p_low <= z - p_high))
    top = upper_half(np.abs(z))
    whole = np.floor(top + 0.5)
    whole[top == 0.5] = 0.0
    whole = np.copysign(whole, z)
    p_high -= whole
    t = upper_half(p_low + p_high)
    u = t * _LN2_HIGH
    v = (p_low - (t - p_high)) * _LN2 + t * _LN2_LOW
    r = u + v
    w = v - (r - u)
    t = r * r
    t = r - t * polynomial(t, *EXP_COEFFICIENTS)
    result = 1.0 - (((r * t) / (t - 2.0) - (w + r * w)) - r)
    exponent = np.clip(whole, -1100.0, 1100.0).astype(np.int64)
    if exponent.min() > -1021:
        scale(result, exponent)
    else:
        deep = exponent <= -1021
        exponent[deep] += 1000
        scale(result, exponent)
        result[deep] *= 2.0**-1000
    result[over] = np.inf
    result[under] = 0.0
    return result
