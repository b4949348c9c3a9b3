"""What the functions of this package share: doubles as bits, polynomials, and a walk over long columns in blocks.

A function is evaluated on every row of a block by the formula of the usual case; rows out of the ordinary are then put
right by masks. The limits between cases compare the upper half of a number's bits, as fdlibm does: `high_word(w)` is the
least double whose upper 32 bits are w, so that `x < high_word(w)` is that comparison in doubles.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Doubles: TypeAlias = npt.NDArray[np.float64]
Words: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

#: rows at a time: a dozen intermediate columns of this length stay in the second-level cache
BLOCK_ROWS = 16384

MANTISSA = (1 << 52) - 1
MIN_NORMAL = 2.0**-1022
#: of the upper 32 bits only, as is usual where a product must be exact
_UPPER = ~0xFFFFFFFF


def in_blocks(function: Callable[..., Doubles], *columns: npt.ArrayLike) -> Doubles:
    """`function` of the columns, a block of rows after the other, without warnings of overflow and the like.

    Shape: columns of n rows each, or single numbers, which hold for every row; out: n rows, 1 if all are single numbers.
    """
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(column, np.float64)) for column in columns))
    rows = len(arrays[0])
    result = np.empty(rows)
    with np.errstate(all="ignore"):
        for start in range(0, rows, BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            result[block] = function(*(np.ascontiguousarray(array[block]) for array in arrays))
    return result


def high_word(word: int, low: int = 0) -> float:
    """The double of these upper and lower 32 bits."""
    value: float = struct.unpack(">d", struct.pack(">II", word, low))[0]
    return value


def bits(x: Doubles) -> Words:
    """The bits of doubles, in place."""
    return x.view(np.int64)


def doubles(words: Words) -> Doubles:
    """The doubles of bits, in place."""
    return words.view(np.float64)


def upper_half(x: Doubles) -> Doubles:
    """Doubles with the lower 32 bits cleared."""
    return doubles(bits(x) & _UPPER)


def scale(y: Doubles, exponent: Words) -> None:
    """Multiply by powers of two in place; numbers and results must be normal."""
    words = bits(y)
    words += exponent << 52


def polynomial(x: Doubles, *coefficients: float) -> Doubles:
    """The polynomial with these coefficients, lowest first, by Horner's rule."""
    result = x * coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        result += coefficient
        result *= x
    result += coefficients[0]
    return result
