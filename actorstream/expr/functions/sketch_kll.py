"""The KLL sketch of Apache DataSketches: quantiles of many numbers out of a few that were kept, and its bytes.

Level i holds numbers that stand for 2**i each. When there are too many, a level is sorted and every second number moves up. The
library tosses a coin whether the odd or the even ones go; here the toss follows from what the sketch has seen, so that an epoch
that is run again gives the same sketch. Whole arrays of numbers are taken at once: the error bound is the library's.

Source: Karnin, Lang, Liberty: "Optimal quantile approximation in streams" (2016); Apache DataSketches' description of the format.
"""

from __future__ import annotations

import itertools
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]

K_MIN, K_MAX, K_DEFAULT = 8, 65535, 200

#: the least room of a level
_M = 8
_FAMILY = 15
_EMPTY, _SINGLE = 1, 4
_FULL_FORM, _SINGLE_FORM = 1, 2
#: ranks times the number of values are rounded to so many digits' worth, so that 0.1 * 30 is 3
_ROUNDING = 1e7


class KllSketch:
    """One sketch of int64, float32 or float64.

    Args:
        kind: the type of the numbers.
        k: the room of the highest level; more keeps more and errs less.
    """

    def __init__(self, kind: type[np.number[Any]], k: int = K_DEFAULT) -> None:
        self.kind = kind
        self.k = k
        #: the least k of all sketches that came in and had dropped values
        self.k_least = k
        self.count = 0
        #: level 0 in order of arrival, last first; the others ascend
        self.levels: list[Numbers] = [np.zeros(0, kind)]
        self.least: Any = None
        self.greatest: Any = None

    @property
    def is_empty(self) -> bool:
        """Whether it saw no number."""
        return self.count == 0

    @property
    def is_exact(self) -> bool:
        """Whether it has dropped nothing."""
        return len(self.levels) == 1

    @property
    def retained(self) -> int:
        """How many numbers it holds."""
        return sum(map(len, self.levels))

    @property
    def capacity(self) -> int:
        """How many it can hold before it drops some."""
        return sum(_room(self.k, len(self.levels), level) for level in range(len(self.levels)))

    # ------------------------------------------------------------ updates

    def add(self, numbers: Numbers) -> None:
        """Take numbers in their order; NaN is passed over."""
        if self.kind is not np.int64:
            numbers = numbers[~np.isnan(numbers)]
        if not len(numbers):
            return
        self._see(len(numbers), numbers.min(), numbers.max())
        self.levels[0] = np.concatenate([numbers[::-1], self.levels[0]])
        self._compress()

    def merge(self, other: KllSketch) -> None:
        """Take what another sketch has seen."""
        if other.is_empty:
            return
        self._see(other.count, other.least, other.greatest)
        if not other.is_exact:
            self.k_least = min(self.k_least, other.k_least)
        self.levels[0] = np.concatenate([other.levels[0][::-1], self.levels[0]])
        while len(self.levels) < len(other.levels):
            self.levels.append(np.zeros(0, self.kind))
        for level in range(1, len(other.levels)):
            self.levels[level] = np.sort(np.concatenate([self.levels[level], other.levels[level]]))
        self._compress()

    def _see(self, count: int, least: Any, greatest: Any) -> None:
        self.count += count
        self.least = least if self.least is None else min(self.least, least)
        self.greatest = greatest if self.greatest is None else max(self.greatest, greatest)

    def _compress(self) -> None:
        """Halve levels from the lowest on until all fit."""
        held, room = self.retained, self.capacity
        if held <= room:
            return
        level = 0
        while level < len(self.levels):
            numbers = self.levels[level]
            if held >= room and len(numbers) >= _room(self.k, len(self.levels), level):
                odd = len(numbers) % 2
                kept, halved = numbers[:odd], np.sort(numbers[odd:])
                halved = halved[_toss(self.count, level) :: 2]
                if level + 1 == len(self.levels):
                    self.levels.append(np.zeros(0, self.kind))
                    room += _room(self.k, len(self.levels), 0)
                self.levels[level] = kept
                self.levels[level + 1] = np.sort(np.concatenate([self.levels[level + 1], halved]))
                held -= len(halved)
            level += 1

    # ------------------------------------------------------------ answers

    def _sorted(self) -> tuple[Numbers, npt.NDArray[np.int64]]:
        """The numbers in order, least and greatest among them, and how many values lie at or below each."""
        numbers = np.concatenate(self.levels)
        weights = np.repeat(np.int64(1) << np.arange(len(self.levels)), [len(level) for level in self.levels])
        order = np.argsort(numbers, kind="stable")
        numbers, below = numbers[order], np.cumsum(weights[order])
        if numbers[0] != self.least:
            numbers = np.concatenate([[self.least], numbers]).astype(self.kind)
            below = np.concatenate([[1], below])
        if numbers[-1] != self.greatest:
            numbers = np.concatenate([numbers, [self.greatest]]).astype(self.kind)
            below = np.concatenate([below[:-1], [below[-1] - 1, below[-1]]])
        return numbers, below

    def quantiles(self, ranks: npt.NDArray[np.float64]) -> Numbers:
        """The numbers at ranks from 0 to 1: the least ones with at least that share of the values at or below them.

        Raises: ValueError of an empty sketch.
        """
        self._check()
        numbers, below = self._sorted()
        places = ranks * self.count
        if self.count <= _ROUNDING:
            places = np.floor(places * _ROUNDING + 0.5) / _ROUNDING
        return numbers[np.minimum(np.searchsorted(below, np.ceil(places)), len(numbers) - 1)]

    def ranks(self, numbers: Numbers) -> npt.NDArray[np.float64]:
        """The share of the values at or below each number.

        Raises: ValueError of an empty sketch, and for NaN.
        """
        self._check()
        if np.isnan(numbers).any():
            raise ValueError("NaN has no rank")
        known, below = self._sorted()
        found: npt.NDArray[np.float64] = np.concatenate([[0], below])[np.searchsorted(known, numbers, side="right")]
        return found / self.count

    def _check(self) -> None:
        if self.is_empty:
            raise ValueError("a sketch of no values")

    # ------------------------------------------------------------ bytes

    def to_bytes(self) -> bytes:
        """The compact form."""
        flags = (_EMPTY if self.is_empty else 0) | (_SINGLE if self.count == 1 else 0)
        if self.count <= 1:
            version = _SINGLE_FORM if self.count else _FULL_FORM
            head = struct.pack("<BBBBHBB", 2, version, _FAMILY, flags, self.k, _M, 0)
            return head + self.levels[0].tobytes()
        head = struct.pack("<BBBBHBB", 5, _FULL_FORM, _FAMILY, flags, self.k, _M, 0)
        head += struct.pack("<qHBB", self.count, self.k_least, len(self.levels), 0)
        ends = np.cumsum([self.capacity - self.retained, *map(len, self.levels)])[:-1].astype("<i4")
        edges = np.array([self.least, self.greatest], self.kind)
        return b"".join([head, ends.tobytes(), edges.tobytes(), *(level.tobytes() for level in self.levels)])

    @staticmethod
    def from_bytes(data: bytes, kind: type[np.number[Any]]) -> KllSketch:
        """Read a sketch of a type that its bytes do not name; bytes behind it are not looked at, as in the reference.

        Raises: ValueError if the bytes are none, or too few for such numbers.
        """
        if len(data) < 8 or data[2] != _FAMILY or data[6] != _M:
            raise ValueError("not a KLL sketch")
        sketch = KllSketch(kind, int.from_bytes(data[4:6], "little"))
        dtype = np.dtype(kind).newbyteorder("<")
        if data[3] & _EMPTY:
            return sketch
        if data[3] & _SINGLE:
            sketch.add(np.frombuffer(data, dtype, 1, 8).astype(kind))
            return sketch
        try:
            sketch.count, sketch.k_least, levels, _ = struct.unpack_from("<qHBB", data, 8)
        except struct.error as error:
            raise ValueError(str(error)) from None
        sketch.levels = [np.zeros(0, kind)] * levels
        starts = np.frombuffer(data, "<i4", levels, 20).astype(np.int64)
        ends = np.append(starts, sketch.capacity) - starts[:1] + 2
        if (np.diff(ends) < 0).any():
            raise ValueError("a KLL sketch whose levels overlap")
        rest = np.frombuffer(data, dtype, int(ends[-1]), 20 + 4 * levels).astype(kind)
        sketch.least, sketch.greatest = rest[0], rest[1]
        sketch.levels = [rest[start:end] for start, end in itertools.pairwise(ends)]
        return sketch

    # ------------------------------------------------------------ words

    def rank_error(self, *, two_sided: bool) -> float:
        """How far a rank may be off, with 99 % confidence; twice for the share between two numbers."""
        return 2.446 / self.k_least**0.9433 if two_sided else 2.296 / self.k_least**0.9723


def _room(k: int, levels: int, level: int) -> int:
    """How many numbers a level has room for: two thirds of the next higher one, rounded."""
    depth = levels - level - 1
    if depth > 30:
        return max(_M, _part(_part(k, depth // 2), depth - depth // 2))
    return max(_M, _part(k, depth))


def _part(k: int, depth: int) -> int:
    return ((2 * k << depth) // 3**depth + 1) >> 1


def _toss(count: int, level: int) -> int:
    """0 or 1, as good as by chance."""
    mixed = (count * 0x9E3779B97F4A7C15 + level * 0xD1B54A32D192ED03) & (1 << 64) - 1
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & (1 << 64) - 1
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & (1 << 64) - 1
    return (mixed >> 40) & 1


def summary(sketch: KllSketch, name: str, least: str, greatest: str) -> str:
    """What the reference prints of a sketch.

    Args:
        name: of the class of the library.
        least: text of the least number; `greatest` likewise.
    """
    width = np.dtype(sketch.kind).itemsize
    levels = len(sketch.levels)
    if sketch.count > 1:
        compact = 20 + 4 * levels + (sketch.retained + 2) * width
    else:
        compact = 8 + sketch.count * width
    lines = {
        "K": sketch.k,
        "Dynamic min K": sketch.k_least,
        "M": _M,
        "N": sketch.count,
        "Epsilon": f"{sketch.rank_error(two_sided=False):.3%}",
        "Epsilon PMF": f"{sketch.rank_error(two_sided=True):.3%}",
        "Empty": str(sketch.is_empty).lower(),
        "Estimation Mode": str(not sketch.is_exact).lower(),
        "Levels": levels,
        "Level 0 Sorted": "false",
        "Capacity Items": sketch.capacity,
        "Retained Items": sketch.retained,
        "Free Space": sketch.capacity - sketch.retained,
        "ReadOnly": "false",
        "Updatable Storage Bytes": 20 + 4 * (levels + 1) + (sketch.capacity + 2) * width,
        "Compact Storage Bytes": compact,
        "Min Item": least,
        "Max Item": greatest,
    }
    body = "".join(f"   {label:<23}: {value}\n" for label, value in lines.items())
    return f"\n### Kll{name} Summary:\n{body}### End sketch summary\n"
