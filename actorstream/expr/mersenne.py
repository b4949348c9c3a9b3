"""The second random number generator of the reference, for orders and identifiers: the Mersenne Twister, as Java draws from it.

Source: Apache Commons Math ``MersenneTwister``, ``BitsStreamGenerator``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_TOP = np.int64(1 << 31)


class MersenneTwister:
    """A generator that goes on where it stopped."""

    __slots__ = ("_bits",)

    def __init__(self, seed: int) -> None:
        seed &= (1 << 64) - 1
        self._bits = np.random.RandomState(np.array([seed >> 32, seed & 0xFFFFFFFF], np.uint32))

    def longs(self, count: int) -> npt.NDArray[np.uint64]:
        """The next numbers over all of 64 bits."""
        words = self._words(2 * count)
        return words[0::2] << np.uint64(32) | words[1::2]

    def below(self, bounds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The next numbers, each from 0 up to before a bound of its own."""
        bits = self._halves(len(bounds))
        while True:
            power = bounds & -bounds == bounds
            rest = bits % bounds
            # a draw from the last, incomplete run of a bound does not count: the ones after it move up
            fine = power | (bits - rest + (bounds - 1) < _TOP)
            if fine.all():
                found: npt.NDArray[np.int64] = np.where(power, bounds * bits >> 31, rest)
                return found
            bits = np.concatenate([np.delete(bits, int(np.argmin(fine))), self._halves(1)])

    def _halves(self, count: int) -> npt.NDArray[np.int64]:
        """The next numbers of 31 bits."""
        return (self._words(count) >> np.uint64(1)).astype(np.int64)

    def _words(self, count: int) -> npt.NDArray[np.uint64]:
        return self._bits.randint(0, 1 << 32, size=count, dtype=np.uint64)
