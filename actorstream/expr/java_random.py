"""Numbers as ``java.util.Random`` draws them: where the reference fixes a seed, results depend on its sequence.

Source: the linear congruential generator that the documentation of ``java.util.Random`` prescribes.
"""

from __future__ import annotations

_MULTIPLIER, _INCREMENT, _MASK = 0x5DEECE66D, 0xB, (1 << 48) - 1


class JavaRandom:
    """A generator. Args: seed: any integer; its lowest 48 bits count."""

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ _MULTIPLIER) & _MASK

    def bits(self, count: int) -> int:
        """So many bits, as a number from 0."""
        self._state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        return self._state >> (48 - count)

    def below(self, bound: int) -> int:
        """A number from 0 below a bound that is no power of two."""
        while True:
            drawn = self.bits(31)
            found = drawn % bound
            if drawn - found + bound - 1 < 1 << 31:
                return found

    def fraction(self) -> float:
        """A number from 0.0 below 1.0."""
        return ((self.bits(26) << 27) + self.bits(27)) * 2.0**-53
