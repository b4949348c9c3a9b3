"""Sine and cosine, by the method of Intel's library, which is what a Java virtual machine runs for `Math.sin` on its processors.

An angle is a multiple B of pi/32 and a small rest r: sin(B + r) comes from a table of sin(B) and short polynomials of r, in an
order of summation that keeps the lost digits of the great terms. Cosine is the sine a quarter turn further.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from actorstream.expr.strict_math.blocks import Doubles, Words, high_word, in_blocks
from actorstream.expr.strict_math.turns import reduced


def sin(x: npt.ArrayLike) -> Doubles:
    """Sine."""
    return in_blocks(lambda x: _turned(x, 0), x)


def cos(x: npt.ArrayLike) -> Doubles:
    """Cosine."""
    return in_blocks(lambda x: _turned(x, 16), x)


# ---------------------------------------------------------------- the table

#: sin(k pi / 32) for k of 1 to 15, as a double and 24 bits of what that leaves out
_SINES = (
    ("0x1.917a6bc29b42cp-4", "-0x1.e2718ep-60"),
    ("0x1.8f8b83c69a60bp-3", "-0x1.26d19cp-57"),
    ("0x1.294062ed59f06p-2", "-0x1.5d28dap-56"),
    ("0x1.87de2a6aea963p-2", "-0x1.72cedep-57"),
    ("0x1.e2b5d3806f63bp-2", "0x1.e0d892p-58"),
    ("0x1.1c73b39ae68c8p-1", "0x1.b25dd2p-55"),
    ("0x1.44cf325091dd6p-1", "0x1.8076a2p-57"),
    ("0x1.6a09e667f3bcdp-1", "-0x1.bdd342p-55"),
    ("0x1.8bc806b151741p-1", "-0x1.2c5e12p-55"),
    ("0x1.a9b66290ea1a3p-1", "0x1.9f630ep-60"),
    ("0x1.c38b2f180bdb1p-1", "-0x1.6e0b18p-56"),
    ("0x1.d906bcf328d46p-1", "0x1.457e62p-56"),
    ("0x1.e9f4156c62ddap-1", "0x1.760b1ep-55"),
    ("0x1.f6297cff75cb0p-1", "0x1.562172p-56"),
    ("0x1.fd88da3d12526p-1", "-0x1.87df64p-55"),
)


def _table() -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """sin(B) in two parts, the power of two nearest to cos(B), and what cos(B) is beyond that, for the 64 angles of a turn."""
    quarter = [(0.0, 0.0), *((float.fromhex(high), float.fromhex(low)) for high, low in _SINES), (1.0, 0.0)]
    half = quarter + quarter[15:0:-1]
    sines = np.array(half + [(-high, -low) for high, low in half]) + 0.0
    cosines = np.roll(sines, -16, axis=0)
    fraction, exponent = np.frexp(np.abs(cosines[:, 0]))
    power = np.ldexp(1.0, exponent - (fraction < 0.75)) * np.sign(cosines[:, 0])
    return sines[:, 0].copy(), sines[:, 1].copy(), power, (cosines[:, 0] - power) + cosines[:, 1]


_SIN_HIGH, _SIN_LOW, _COS_POWER, _COS_REST = _table()

# pi/32 in three parts: the first two have so few bits that their products with whole numbers are exact
_PI_32 = tuple(map(float.fromhex, ("0x1.921fb544p-4", "0x1.0b4611a6p-38", "0x1.3198a2e037073p-73")))
_INVERSE_PI_32 = float.fromhex("0x1.45f306dc9c883p3")
#: angles below are reduced with the three parts above, and from here on with the bits of 2/pi
_LARGE = high_word(0x40F60000)
_TINY = 2.0**-252
_QUARTER_PI = (float.fromhex("0x1.921fb4p-1"), float.fromhex("0x1.4442d18469899p-25"))


def _turned(x: Doubles, quarter: int) -> Doubles:
    """The sine of x plus `quarter` times pi/32."""
    size = np.abs(x)
    y = _reduced_sine(x, None, np.int64(quarter))
    if size.max() < _LARGE and size.min() >= _TINY:
        return y
    y[size < _TINY] = 1.0 if quarter else x[size < _TINY]
    large = (size >= _LARGE) & (size < np.inf)
    if large.any():
        rest, lower, octants = reduced(x[large], 8, _QUARTER_PI)
        y[large] = _reduced_sine(rest, lower, 8 * octants + quarter)
    y[~(size < np.inf)] = np.nan
    return y


def _reduced_sine(x: Doubles, lower: Doubles | None, turn: Words | np.int64) -> Doubles:
    """The sine of x + lower + turn * pi/32."""
    n = x * _INVERSE_PI_32
    n += np.copysign(0.5, x)
    np.trunc(n, out=n)
    place = (n.astype(np.int64) + turn) & 63
    second = n * _PI_32[1]
    first_rest = x - n * _PI_32[0]
    r = first_rest - second
    missing = n * _PI_32[2] - ((first_rest - r) - second)
    if lower is not None:
        missing -= lower
    sine, power, cos_rest = _SIN_HIGH.take(place), _COS_POWER.take(place), _COS_REST.take(place)
    r2 = r * r
    r4 = r2 * r2
    cosine = cos_rest + power
    correction = missing * (sine * r - cosine)
    correction += _SIN_LOW.take(place)
    of_sine = (-1 / 6 + (1 / 120) * r2) + ((1 / 362880) * first_rest * r + -1 / 5040) * r4
    of_sine *= cosine * r * r2
    of_cosine = (-1 / 2 + (1 / 24) * r2) + ((1 / 40320) * first_rest * r + -1 / 720) * r4
    of_cosine *= sine * r2
    # the great terms first, and after them what each addition has lost
    great = power * r
    total = great + sine
    middle = r * cos_rest
    result = middle + total
    correction += (sine - total) + great
    correction += (total - result) + middle
    correction += of_sine
    correction += of_cosine
    result += correction
    return result
