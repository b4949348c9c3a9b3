"""The reference's random number generator, whole columns at a time, so that a seed gives the rows that it gives there.

One step is linear over bits, so many steps at once are one 64 by 64 matrix of bits; the sequence is made by doubling.

Source: Spark ``XORShiftRandom``, Java ``Random.nextDouble`` and ``nextGaussian``, Scala ``MurmurHash3.bytesHash``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from actorstream.expr.strict_math import log

Words = npt.NDArray[np.uint64]

_MASK = (1 << 32) - 1
_ARRAY_SEED = 0x3C074A61
_BITS = np.uint64(1) << np.arange(64, dtype=np.uint64)


def uniform_numbers(seed: int, count: int) -> npt.NDArray[np.float64]:
    """The first `count` numbers in [0, 1) of a generator."""
    return XorShift(seed).doubles(count)


class XorShift:
    """A generator that goes on where it stopped: pieces of any size give one and the same sequence."""

    __slots__ = ("_kept", "_state")

    def __init__(self, seed: int) -> None:
        self._state = _hashed(seed)
        #: the second number of the last pair of `normals`, which the next call gives first
        self._kept: float | None = None

    def integers(self, count: int) -> npt.NDArray[np.int32]:
        """The next numbers over all of 32 bits."""
        return (self._next(count) & np.uint64(_MASK)).astype(np.uint32).view(np.int32)

    def doubles(self, count: int) -> npt.NDArray[np.float64]:
        """The next numbers in [0, 1)."""
        return _doubles(self._next(2 * count))

    def normals(self, count: int) -> npt.NDArray[np.float64]:
        """The next numbers of the normal distribution, by the polar method: two from every point inside the unit circle."""
        found = [] if self._kept is None else [np.array([self._kept])]
        have, self._kept = len(found), None
        while have < count:
            wanted = (count - have + 1) // 2
            states = _states(self._state, 4 * (wanted + wanted // 2 + 4))
            points = 2.0 * _doubles(states).reshape(-1, 2) - 1.0
            size = (points * points).sum(axis=1)
            inside = np.flatnonzero((size < 1.0) & (size != 0.0))[:wanted]
            if not len(inside):
                self._state = int(states[-1])
                continue
            self._state = int(states[4 * int(inside[-1]) + 3])
            scale = np.sqrt(-2.0 * log(size[inside]) / size[inside])
            found.append((points[inside] * scale[:, None]).reshape(-1))
            have += 2 * len(inside)
        numbers = np.concatenate(found) if found else np.empty(0)
        if have > count:
            self._kept = float(numbers[count])
        return numbers[:count]

    def _next(self, count: int) -> Words:
        states = _states(self._state, count)
        if count:
            self._state = int(states[-1])
        return states


def _doubles(states: Words) -> npt.NDArray[np.float64]:
    """A number in [0, 1) from every two states."""
    high = (states[0::2] & np.uint64((1 << 26) - 1)).astype(np.float64)
    low = (states[1::2] & np.uint64((1 << 27) - 1)).astype(np.float64)
    found: npt.NDArray[np.float64] = (high * float(1 << 27) + low) * 2.0**-53
    return found


def _states(first: int, count: int) -> Words:
    """The states after 1, 2, ... steps."""
    found = np.empty(max(count, 1), np.uint64)
    found[0] = _step(np.array([first], np.uint64))[0]
    matrix, done = _step(_BITS), 1  # the images of the single bits: as many steps as are done
    while done < count:
        more = min(done, count - done)
        found[done : done + more] = _applied(matrix, found[:more])
        matrix, done = _applied(matrix, matrix), done * 2
    return found[:count]


def _step(states: Words) -> Words:
    states = states ^ (states << np.uint64(21))
    states = states ^ (states >> np.uint64(35))
    return states ^ (states << np.uint64(4))


def _applied(matrix: Words, states: Words) -> Words:
    """The image of every state: the sum of the images of its bits."""
    result = np.zeros(len(states), np.uint64)
    for place in range(64):
        chosen = (states >> np.uint64(place)) & np.uint64(1)
        result ^= matrix[place] * chosen
    return result


def _hashed(seed: int) -> int:
    data = (seed & (1 << 64) - 1).to_bytes(8, "big")
    low = _bytes_hash(data, _ARRAY_SEED)
    return _bytes_hash(data, low) << 32 | low


def _bytes_hash(data: bytes, seed: int) -> int:
    """Murmur3 of eight bytes."""
    state = seed
    for at in (0, 4):
        word = int.from_bytes(data[at : at + 4], "little") * 0xCC9E2D51 & _MASK
        word = _rotated(word, 15) * 0x1B873593 & _MASK
        state = (_rotated(state ^ word, 13) * 5 + 0xE6546B64) & _MASK
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & _MASK
    state = (state ^ state >> 13) * 0xC2B2AE35 & _MASK
    return state ^ state >> 16


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & _MASK
