"""Powers of e and the hyperbolic functions made of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from actorstream.expr.strict_math.blocks import Doubles, high_word, in_blocks, polynomial, scale

# ln 2 in two parts; the first has so few bits that its product with an exponent is exact
LN2_HIGH = float.fromhex("0x1.62e42feep-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_INVERSE_LN2 = float.fromhex("0x1.71547652b82fep0")
_OVERFLOWS_ABOVE = float.fromhex("0x1.62e42fefa39efp9")
_UNDERFLOWS_BELOW = float.fromhex("-0x1.74910d52d3051p9")
#: from here on an argument is reduced by multiples of ln 2
_REDUCED_FROM = high_word(0x3FD62E43)

#: remainder of exp(r) = 1 + 2r / (R(r) - r), in powers of r**2
EXP_COEFFICIENTS = tuple(
    map(
        float.fromhex,
        (
            "0x1.555555555553ep-3",
            "-0x1.6c16c16bebd93p-9",
            "0x1.1566aaf25de2cp-14",
            "-0x1.bbd41c5d26bf1p-20",
            "0x1.6376972bea4d0p-25",
        ),
    )
)
_EXPM1_COEFFICIENTS = (
    1.0,
    *map(
        float.fromhex,
        (
            "-0x1.11111111110f4p-5",
            "0x1.a01a019fe5585p-10",
            "-0x1.4ce199eaadbb7p-14",
            "0x1.0cfca86e65239p-18",
            "-0x1.afdb76e09c32dp-23",
        ),
    ),
)


def exp(x: npt.ArrayLike) -> Doubles:
    """e to the power of x."""
    return in_blocks(exp_block, x)


def expm1(x: npt.ArrayLike) -> Doubles:
    """e to the power of x, minus one, exact to the last places near zero."""
    return in_blocks(expm1_block, x)


def sinh(x: npt.ArrayLike) -> Doubles:
    """Hyperbolic sine."""
    return in_blocks(_sinh_block, x)


def cosh(x: npt.ArrayLike) -> Doubles:
    """Hyperbolic cosine."""
    return in_blocks(_cosh_block, x)


def tanh(x: npt.ArrayLike) -> Doubles:
    """Hyperbolic tangent."""
    return in_blocks(_tanh_block, x)


def _exponent(x: Doubles, size: Doubles) -> Doubles:
    """The multiple of ln 2 nearest to x, as a whole number."""
    k = x * _INVERSE_LN2
    k += np.copysign(0.5, x)
    np.trunc(k, out=k)
    k[size < _REDUCED_FROM] = 0.0
    return k


def exp_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    k = _exponent(x, size)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    square = r * r
    c = r - square * polynomial(square, *EXP_COEFFICIENTS)
    r *= c
    r /= 2.0 - c
    low -= r
    low -= high
    y = 1.0 - low
    exponent = k.astype(np.int64)
    if size.max() < 708.0:
        scale(y, exponent)
    else:
        deep = k < -1021.0
        exponent[deep] += 1000
        scale(y, exponent)
        y[deep] *= 2.0**-1000
        y[x > _OVERFLOWS_ABOVE] = np.inf
        y[x < _UNDERFLOWS_BELOW] = 0.0
        y[np.isnan(x)] = np.nan
    if not size.min() >= 2.0**-28:
        tiny = size < 2.0**-28
        y[tiny] = 1.0 + x[tiny]
    return y


#: 1 - 2**-k for the exponents k of -1 to 19; 1 below and above them
_BEFORE_SCALING = np.array([1.0, *(1.0 - 2.0**-k for k in range(-1, 20)), 1.0])


def expm1_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    k = _exponent(x, size)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    c = (high - r) - low
    half = 0.5 * r
    square = r * half
    fraction = polynomial(square, *_EXPM1_COEFFICIENTS)
    t = 3.0 - fraction * half
    e = square * ((fraction - t) / (6.0 - r * t))
    e = (r * (e - c) - c) - square
    exponent = np.clip(k, -2000.0, 2000.0).astype(np.int64)
    # e**r - 1 is r - e; scaled with the part of the one that it still feels
    y = _BEFORE_SCALING.take(np.clip(exponent, -2, 20) + 2) + (r - e)
    scale(y, exponent)
    y -= (exponent < -1) | (exponent > 56)
    middle = (exponent >= 20) & (exponent <= 56)
    if middle.any():
        n = exponent[middle]
        part = (r[middle] - (e[middle] + np.ldexp(1.0, -n))) + 1.0
        scale(part, n)
        y[middle] = part
    once = (exponent == 1) & (r < -0.25)
    if once.any():
        y[once] = -2.0 * (e[once] - (r[once] + 0.5))
    if not size.min() >= 2.0**-54:
        tiny = size < 2.0**-54
        y[tiny] = x[tiny]
    if not size.max() < 38.0:
        y[x <= -high_word(0x4043687A)] = -1.0
        y[x > _OVERFLOWS_ABOVE] = np.inf
        y[np.isnan(x)] = np.nan
    return y


#: up to here e**|x| feels e**-|x|
_ONE_SIDED_FROM = 22.0
_EXP_OVERFLOWS_FROM = high_word(0x40862E42)
#: greatest argument whose hyperbolic sine and cosine are finite
_HYPERBOLIC_MAX = high_word(0x408633CE, 0x8FB9F87D)


def _large_half_exp(size: Doubles) -> Doubles:
    """e**size / 2 for sizes that e**-size does not change."""
    y = 0.5 * exp_block(size)
    huge = size >= _EXP_OVERFLOWS_FROM
    if huge.any():
        root = exp_block(0.5 * size[huge])
        y[huge] = (0.5 * root) * root
        y[size > _HYPERBOLIC_MAX] = np.inf
    return y


def _sinh_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    y = np.empty_like(x)
    small = size < _ONE_SIDED_FROM
    if small.any():
        near = size[small]
        t = expm1_block(near)
        y[small] = np.where(near < 1.0, 2.0 * t - t * t / (t + 1.0), t + t / (t + 1.0)) * 0.5
    if not small.all():
        y[~small] = _large_half_exp(size[~small])
    y = np.copysign(y, x)
    tiny = size < 2.0**-28
    y[tiny] = x[tiny]
    return y


def _cosh_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    y = np.empty_like(x)
    near = size < high_word(0x3FD62E43)
    if near.any():
        t = expm1_block(size[near])
        w = 1.0 + t
        y[near] = 1.0 + (t * t) / (w + w)
    middle = (size < _ONE_SIDED_FROM) & ~near
    if middle.any():
        t = exp_block(size[middle])
        y[middle] = 0.5 * t + 0.5 / t
    far = ~(size < _ONE_SIDED_FROM)
    if far.any():
        y[far] = _large_half_exp(size[far])
    return y


def _tanh_block(x: Doubles) -> Doubles:
    size = np.abs(x)
    twice = 2.0 * size
    far = size >= 1.0
    t = expm1_block(np.where(far, twice, -twice))
    y = np.where(far, 1.0 - 2.0 / (t + 2.0), -t / (t + 2.0))
    y[size >= _ONE_SIDED_FROM] = 1.0
    y = np.copysign(y, x)
    if not size.min() >= 2.0**-55:
        tiny = size < 2.0**-55
        y[tiny] = x[tiny] * (1.0 + x[tiny])
    return y
