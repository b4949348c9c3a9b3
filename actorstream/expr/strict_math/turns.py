"""Large angles less their whole parts of a turn, by the bits of 2/pi (Payne and Hanek's method)."""

from __future__ import annotations

import struct
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from actorstream.expr.strict_math.blocks import MANTISSA, Doubles, Words, bits

Unsigned: TypeAlias = npt.NDArray[np.uint64]

#: 2/pi after its binary point, 32 bits each, with two empty words before it
_TWO_OVER_PI = np.array(
    struct.unpack(
        ">40I",
        bytes.fromhex(
            "0000000000000000a2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e0"
            "06492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b"
            "1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea"
            "6bfb5fb11f8d5d0856033046fc7b6bab"
        ),
    ),
    np.uint64,
)
_LOW_32 = np.uint64(0xFFFFFFFF)
_1, _30, _32, _34, _63, _64 = map(np.uint64, (1, 30, 32, 34, 63, 64))


def reduced(x: Doubles, parts: int, quarter_pi: tuple[float, float]) -> tuple[Doubles, Doubles, Words]:
    """The distance of angles from the nearest multiple of an eighth or a quarter of a turn.

    Args:
        x: finite angles of at least 2**13.
        parts: 8 or 4, the multiples in a turn.
        quarter_pi: pi/4 in two parts, of which the first has at most 24 bits.

    Returns: the distance as a double and what that leaves out, and the multiple, counted from 0 in the direction of x.
    """
    integer, fraction = _product(x, parts)
    # to the nearer multiple
    beyond = fraction[0] >> _63 != 0
    multiple = integer.astype(np.int64) + beyond
    high, middle, low = (np.where(beyond, ~word, word) for word in fraction)
    low += beyond
    zeros = _leading_zeros(high)
    high = (high << zeros) | (middle >> (_64 - zeros))
    middle = (middle << zeros) | (low >> (_64 - zeros))
    # 30 bits, whose product with the first part is exact, and 63 more
    sign = np.where(beyond, -1.0, 1.0) * np.sign(x)
    scale = (1 if parts == 4 else 0) - zeros.astype(np.int64)
    great = np.ldexp((high >> _34).astype(np.float64) * sign, scale - 30)
    small = np.ldexp((((high << _30) | (middle >> _34)) >> _1).astype(np.float64) * sign, scale - 93)
    product = great * quarter_pi[0]
    lower = (great + small) * quarter_pi[1] + small * quarter_pi[0]
    rest = product + lower
    return rest, (product - rest) + lower, np.where(x < 0.0, -multiple, multiple)


def _product(x: Doubles, parts: int) -> tuple[Unsigned, tuple[Unsigned, ...]]:
    """|x| in parts of a turn: the whole number without whole turns, and 155 bits of the fraction in three words."""
    words = bits(x)
    mantissa = ((words & MANTISSA) | (1 << 52)).astype(np.uint64)
    upper, lower = mantissa >> _32, mantissa & _LOW_32
    # x * 4/pi is a whole number times a power of two; of the bits of 2/pi, those that give whole turns are left out
    exponent = ((words >> 52) & 0x7FF) - 1074
    first = (exponent + 61) >> 5
    digits = np.zeros((9, len(x)), np.uint64)
    for place in range(7):
        word = _TWO_OVER_PI.take(first + place)
        low, high = lower * word, upper * word
        digits[place + 2] += low & _LOW_32
        digits[place + 1] += (low >> _32) + (high & _LOW_32)
        digits[place] += high >> _32
    for place in range(8, 0, -1):
        digits[place - 1] += digits[place] >> _32
        digits[place] &= _LOW_32
    # shifted so that the eighths of a turn are the first three bits of digit 2
    shift = _32 - ((exponent - 3) & 31).astype(np.uint64)
    w2, w3, w4, w5, w6 = ((((digits[k] << _32) | digits[k + 1]) >> shift) & _LOW_32 for k in range(2, 7))
    whole = np.uint64(3 if parts == 8 else 2)
    rest = _32 - whole
    fraction = (
        (w2 << (_32 + whole)) | (w3 << whole) | (w4 >> rest),
        (w4 << (_32 + whole)) | (w5 << whole) | (w6 >> rest),
        w6 << (_32 + whole),
    )
    return w2 >> rest, fraction


def _leading_zeros(words: Unsigned) -> Unsigned:
    """Zero bits before the first one; the words are not zero."""
    upper = words >> _32
    _, length = np.frexp(np.where(upper > 0, upper, words).astype(np.float64))
    return np.where(upper > 0, 32, 64).astype(np.uint64) - length.astype(np.uint64)
