"""The HLL sketch of Apache DataSketches: its arithmetic and its bytes, as ``hll_sketch_agg`` and its relatives use them.

A value becomes a *coupon*: 26 bits of address and 6 bits of rank. A sketch starts as a list of coupons, becomes a hash set of
them, and at last an array of registers; the bytes, the order in a hash set included, are those of the reference's library, so
that each engine reads the other's. Whole arrays of coupons are taken at once.

Not here: hashing (`expr.murmur128`) and groups (`aggregate_sketches`).
Source: Flajolet and others: "HyperLogLog" (2007); Ting: "Streamed approximate counting of distinct elements" (2014), for the
estimate of a sketch that saw its values in order; Apache DataSketches' description of the format.
"""

from __future__ import annotations

import functools
import json
import math
import struct
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

Coupons = npt.NDArray[np.uint32]
Registers = npt.NDArray[np.uint8]

LG_K_MIN, LG_K_MAX, LG_K_DEFAULT = 4, 21, 12

LIST_ROOM = 8
"""A sketch of fewer coupons is a list of them."""
_LG_FIRST_SET = 5
#: sketches of fewer registers have no hash set between list and registers
_LG_K_WITH_SET = 8
_ADDRESS = (1 << 26) - 1
_RANK_SHIFT = 26
#: ranks from here on are added up on their own, so that both sums stay exact
_SMALL_RANK = 32

_FAMILY, _VERSION = 7, 1
_EMPTY, _COMPACT, _OUT_OF_ORDER = 4, 8, 16
_LIST, _SET, _ARRAY = 0, 1, 2
_HLL_8 = 2 << 2


def coupons_of(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> Coupons:
    """Coupons of hashed values: address from one half of the hash, leading zeros of the other."""
    zeros = np.zeros(len(second), np.uint32)
    rest = second.copy()
    for width in (32, 16, 8, 4, 2, 1):
        clear = rest >> np.uint64(64 - width) == 0
        zeros[clear] += np.uint32(width)
        rest[clear] <<= np.uint64(width)
    ranks = np.minimum(zeros, 62) + np.uint32(1)
    return ((first & np.uint64(_ADDRESS)).astype(np.uint32) | (ranks << np.uint32(_RANK_SHIFT))).astype(np.uint32)


class HllSketch:
    """One sketch. Invariant: `registers` is None as long as coupons are kept in `coupons`.

    Args:
        lg_k: log2 of the number of registers.
    """

    def __init__(self, lg_k: int) -> None:
        self.lg_k = lg_k
        #: in order of arrival while a list; the hash table with its holes (0) while a set
        self.coupons: Coupons = np.zeros(0, np.uint32)
        self.is_set = False
        self.registers: Registers | None = None
        #: whether `hip` means nothing, because registers of different sketches were put together
        self.out_of_order = False
        self._hip = 0.0
        self._sums = (float(1 << lg_k), 0.0)
        self._least, self._at_least = 0, 1 << lg_k
        self._stale = False

    @property
    def is_empty(self) -> bool:
        """Whether it saw no value."""
        return self.registers is None and not len(self.coupons)

    # ------------------------------------------------------------ updates

    def add(self, coupons: Coupons) -> None:
        """Take coupons in their order; repeated ones change nothing."""
        if self.registers is None:
            coupons = self._add_coupons(coupons)
        if self.registers is not None and len(coupons):
            self._add_to_registers(coupons)

    def _add_coupons(self, coupons: Coupons) -> Coupons:
        """Returns: the coupons that came after there were too many to be kept as such."""
        known = self.coupons[self.coupons != 0]
        joined = np.concatenate([known, coupons])
        distinct = joined[np.sort(np.unique(joined, return_index=True)[1])]
        most = LIST_ROOM if self.lg_k < _LG_K_WITH_SET else (3 << (self.lg_k - 3)) // 4 + 1
        if len(distinct) >= most:
            # where they stood in a table does not matter any more
            self._become_registers(distinct[:most])
            return distinct[most:]
        if not self.is_set and len(distinct) < LIST_ROOM:
            self.coupons = distinct
            return distinct[:0]
        new = distinct[len(known) :]
        if not self.is_set:
            self.is_set, new = True, distinct
            self.coupons = np.zeros(1 << _LG_FIRST_SET, np.uint32)
        self._add_to_set(new)
        return distinct[:0]

    def _add_to_set(self, new: Coupons) -> None:
        """Coupons that are not there, and for which a table of the greatest size has room."""
        while len(new):
            size = len(self.coupons)
            room = size * 3 // 4 + 1 - int(np.count_nonzero(self.coupons))
            _insert(self.coupons, new[:room])
            if len(new) < room:
                return
            new = new[room:]
            grown = np.zeros(2 * size, np.uint32)
            _insert(grown, self.coupons[self.coupons != 0])
            self.coupons = grown

    def _become_registers(self, coupons: Coupons) -> None:
        estimate = _estimate_of_coupons(len(coupons))
        self.is_set = False
        self.coupons = coupons[:0]
        self.registers = np.zeros(1 << self.lg_k, np.uint8)
        self._add_to_registers(coupons)
        self._hip = estimate

    def _add_to_registers(self, coupons: Coupons) -> None:
        """Raise registers; the estimate grows by every single rise, in the order of arrival."""
        registers = self.registers
        assert registers is not None
        slots = (coupons & np.uint32((1 << self.lg_k) - 1)).astype(np.int64)
        ranks = (coupons >> np.uint32(_RANK_SHIFT)).astype(np.int64)
        order = np.argsort(slots, kind="stable")
        slots, ranks = slots[order], ranks[order]
        # the greatest rank so far in each slot: slots ascend, so that one running maximum serves all
        starts = np.concatenate(([True], slots[1:] != slots[:-1]))
        places = np.cumsum(starts) * 64
        reached = np.maximum.accumulate(places + np.maximum(ranks, registers[slots])) - places
        before = np.concatenate((reached[:1], reached[:-1]))
        before[starts] = registers[slots[starts]]
        rises = np.flatnonzero(reached > before)
        if not len(rises):
            return
        rises = rises[np.argsort(order[rises], kind="stable")]
        old, new = before[rises], reached[rises]
        np.maximum.at(registers, slots[rises], new.astype(np.uint8))
        small = _running(self._sums[0], np.where(old < _SMALL_RANK, old, -1), np.where(new < _SMALL_RANK, new, -1))
        large = _running(self._sums[1], np.where(old < _SMALL_RANK, -1, old), np.where(new < _SMALL_RANK, -1, new))
        steps = (1 << self.lg_k) / (small[:-1] + large[:-1])
        self._hip = float(np.cumsum(np.concatenate(([self._hip], steps)))[-1])
        self._sums = (float(small[-1]), float(large[-1]))
        self._at_least -= int(np.count_nonzero(old == 0))

    # ------------------------------------------------------------ union

    def union(self, other: HllSketch, lg_max: int, *, wrapped: bool) -> HllSketch:
        """This sketch and another together; neither can be used on its own afterwards.

        Args:
            lg_max: the most registers of the result, as log2.
            wrapped: whether `other` is read in place, where the reference inserts coupons one by one instead of copying them.
        """
        if other.is_empty:
            return self
        if other.registers is None:
            if other.is_set and self.is_empty and other.lg_k == self.lg_k and not wrapped:
                return other
            self.add(other.coupons[other.coupons != 0])
            return self
        if self.registers is None:
            result = other if other.lg_k <= lg_max else other._folded(lg_max)
            result.add(self.coupons[self.coupons != 0])
            return result
        result = self if other.lg_k >= self.lg_k else self._folded(other.lg_k)
        assert result.registers is not None
        rows = other.registers.reshape(-1, 1 << result.lg_k)
        result.registers = np.maximum(result.registers, rows.max(axis=0))
        result.out_of_order, result._stale, result._hip = True, True, 0.0
        return result

    def _folded(self, lg_k: int) -> HllSketch:
        """The same values in fewer registers; the estimate is kept."""
        assert self.registers is not None
        smaller = HllSketch(lg_k)
        smaller.registers = np.zeros(1 << lg_k, np.uint8)
        slots = np.flatnonzero(self.registers).astype(np.uint32)
        smaller._add_to_registers(slots | (self.registers[slots].astype(np.uint32) << np.uint32(_RANK_SHIFT)))
        smaller._hip, smaller.out_of_order = self._hip, self.out_of_order
        return smaller

    def _settle(self) -> None:
        """Work out again what registers that were put together add up to."""
        if not self._stale or self.registers is None:
            return
        self._stale = False
        counts = np.bincount(self.registers, minlength=64)
        terms = counts * np.ldexp(1.0, -np.arange(len(counts)))
        self._sums = (float(terms[:_SMALL_RANK].sum()), float(terms[_SMALL_RANK:].sum()))
        self._least = int(np.flatnonzero(counts)[0])
        self._at_least = int(counts[self._least])

    # ------------------------------------------------------------ estimates

    def estimate(self) -> float:
        """The number of distinct values."""
        self._settle()
        if self.registers is None:
            return _estimate_of_coupons(int(np.count_nonzero(self.coupons)))
        return self._composite() if self.out_of_order else self._hip

    def _composite(self) -> float:
        """The estimate from the registers alone."""
        size = 1 << self.lg_k
        alpha = {4: 0.673, 5: 0.697, 6: 0.709}.get(self.lg_k, 0.7213 / (1.0 + 1.079 / size))
        raw = alpha * size * size / (self._sums[0] + self._sums[1])
        known = _table()[self.lg_k - LG_K_MIN]
        stride = float(round(known[-1] / (len(known) - 1)))
        if raw < known[0]:
            return 0.0
        if raw > known[-1]:
            return raw * (stride * (len(known) - 1) / float(known[-1]))
        adjusted = _cubic(known, stride * np.arange(len(known), dtype=np.float64), raw)
        if adjusted > 3 << self.lg_k:
            return adjusted
        unhit = self._at_least if self._least == 0 else 0
        linear = size * (_harmonic(size) - _harmonic(unhit)) if unhit else size * math.log(size / 0.5)
        crossing = {4: 0.718, 5: 0.672}.get(self.lg_k, 0.64) * size
        return adjusted if (adjusted + linear) / 2.0 > crossing else linear

    # ------------------------------------------------------------ bytes

    def to_bytes(self) -> bytes:
        """The updatable form, which is what the reference stores."""
        self._settle()
        if self.registers is not None:
            flags = _OUT_OF_ORDER if self.out_of_order else 0
            head = bytes([10, _VERSION, _FAMILY, self.lg_k, 0, flags, self._least, _HLL_8 | _ARRAY])
            numbers = struct.pack("<dddii", self._hip, *self._sums, self._at_least, 0)
            return head + numbers + self.registers.tobytes()
        if self.is_set:
            lg_size = len(self.coupons).bit_length() - 1
            head = bytes([3, _VERSION, _FAMILY, self.lg_k, lg_size, 0, 0, _HLL_8 | _SET])
            return head + struct.pack("<i", int(np.count_nonzero(self.coupons))) + self.coupons.tobytes()
        count = len(self.coupons)
        head = bytes([2, _VERSION, _FAMILY, self.lg_k, 3, _EMPTY if self.is_empty else 0, count, _HLL_8 | _LIST])
        return head + self.coupons.tobytes() + bytes(4 * (LIST_ROOM - count))

    @staticmethod
    def from_bytes(data: bytes) -> HllSketch:
        """Read a sketch of eight-bit registers, compact or updatable.

        Raises: ValueError if the bytes are none.
        """
        if len(data) < 8 or data[1] != _VERSION or data[2] != _FAMILY or not LG_K_MIN <= data[3] <= LG_K_MAX:
            raise ValueError("not an HLL sketch")
        mode, compact = data[7] & 3, bool(data[5] & _COMPACT)
        sketch = HllSketch(data[3])
        preamble = {_LIST: 2, _SET: 3, _ARRAY: 10}.get(mode)
        if data[0] != preamble or (data[7] & 12) != _HLL_8:
            raise ValueError("an HLL sketch in a form that is not known")
        try:
            if mode == _ARRAY:
                numbers = struct.unpack_from("<dddii", data, 8)
                sketch.registers = np.frombuffer(data, np.uint8, 1 << sketch.lg_k, 40).copy()
                sketch._hip, sketch._sums, sketch._at_least = numbers[0], (numbers[1], numbers[2]), numbers[3]
                sketch._least, sketch.out_of_order = data[6], bool(data[5] & _OUT_OF_ORDER)
            elif mode == _LIST:
                sketch.coupons = np.frombuffer(data, "<u4", data[6], 8).copy()
            elif compact:
                (count,) = struct.unpack_from("<i", data, 8)
                sketch.is_set, sketch.coupons = True, np.zeros(1 << _LG_FIRST_SET, np.uint32)
                sketch.add(np.frombuffer(data, "<u4", count, 12))
            else:
                sketch.is_set = True
                sketch.coupons = np.frombuffer(data, "<u4", 1 << data[4], 12).copy()
        except struct.error as error:
            raise ValueError(str(error)) from None
        return sketch


def list_bytes(lg_k: int, coupons: Coupons, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The bytes of many sketches of so few coupons that each is a list.

    Shape: `coupons` are those of all sketches one after the other, `counts` of them each, below `LIST_ROOM`; out one row of
    bytes per sketch.
    """
    found = np.zeros((len(counts), 8 + 4 * LIST_ROOM), np.uint8)
    found[:, :8] = [2, _VERSION, _FAMILY, lg_k, 3, 0, 0, _HLL_8 | _LIST]
    found[:, 5] = np.where(counts == 0, _EMPTY, 0)
    found[:, 6] = counts
    table = np.zeros((len(counts), LIST_ROOM), np.uint32)
    owners = np.repeat(np.arange(len(counts)), counts)
    table[owners, np.arange(len(coupons)) - (np.cumsum(counts) - counts)[owners]] = coupons
    found[:, 8:] = table.view(np.uint8)
    return found


def _insert(table: Coupons, coupons: Coupons) -> None:
    """Put coupons that are not there yet into a hash table in place, as if one came after the other.

    Who comes first has the first choice among its places, so that all can choose at once: whoever finds an earlier one in its
    place tries the next one.
    """
    size = len(table)
    lg_size = size.bit_length() - 1
    places = (coupons & np.uint32(size - 1)).astype(np.int64)
    strides = ((coupons & np.uint32(_ADDRESS)) >> np.uint32(lg_size) | np.uint32(1)).astype(np.int64)
    nobody = len(coupons)
    holders = np.where(table != 0, -1, nobody)
    waiting = np.arange(nobody)
    while len(waiting):
        asked = np.unique(places[waiting])
        earlier = holders[asked]
        np.minimum.at(holders, places[waiting], waiting)
        turned_out = earlier[(holders[asked] != earlier) & (earlier != nobody)]
        refused = waiting[holders[places[waiting]] != waiting]
        waiting = np.concatenate([refused, turned_out])
        places[waiting] = (places[waiting] + strides[waiting]) & (size - 1)
    taken = np.flatnonzero((holders >= 0) & (holders < nobody))
    table[taken] = coupons[holders[taken]]


def _running(start: float, old: npt.NDArray[np.int64], new: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A sum of powers of two before the first and after each change; -1 stands for no change. All of it is exact."""
    gained = np.where(new >= 0, np.ldexp(1.0, -np.maximum(new, 0)), 0.0)
    lost = np.where(old >= 0, np.ldexp(1.0, -np.maximum(old, 0)), 0.0)
    return np.cumsum(np.concatenate(([start], gained - lost)))


def _estimate_of_coupons(count: int) -> float:
    """Distinct values behind so many coupons: a little more than the coupons, for two values may share one."""
    mapping = _COUPON_COUNTS
    return max(float(count), _cubic(mapping[0], mapping[1], float(count)))


def _cubic(xs: npt.NDArray[np.float64], ys: npt.NDArray[np.float64], x: float) -> float:
    """Interpolation by the cubic through the four nearest points of a table."""
    if x == xs[-1]:
        return float(ys[-1])
    place = int(np.searchsorted(xs, x, side="right")) - 1
    low = min(max(place - 1, 0), len(xs) - 4)
    points = [(float(xs[low + i]), float(ys[low + i])) for i in range(4)]
    total = 0.0
    for own, (at, value) in enumerate(points):
        others = [other for number, (other, _) in enumerate(points) if number != own]
        above = (x - others[0]) * (x - others[1]) * (x - others[2])
        below = (at - others[0]) * (at - others[1]) * (at - others[2])
        total += value * above / below
    return total


def _harmonic(count: int) -> float:
    """The sum of 1/i for i up to `count`."""
    if count < 25:
        return math.fsum(1.0 / i for i in range(1, count + 1))
    square = 1.0 / (float(count) * count)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
    return math.log(count) + 0.5772156649015329 + 1.0 / (2.0 * count) - series


@functools.cache
def _table() -> npt.NDArray[np.float64]:
    """Raw estimates at multiples of a stride, for each number of registers; simulated by the library's authors."""
    path = resources.files("actorstream.expr.functions").joinpath("sketch_hll_table.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return np.array(found["raw"])


#: coupons, and the values that give so many on average with 26 bits of address
_COUPON_COUNTS = (
    np.array([0.0, 1.0, 20.0, 400.0, 8000.0, 160000.0, *(300000.0 * i for i in range(1, 35))]),
    np.array(
        [
            0.0, 1.0, 20.0000009437402611, 400.0003963713384110, 8000.1589294602090376, 160063.6067763759638183,
            300223.7071597663452849, 600895.5933856170158833, 902016.8065120954997838, 1203588.4983199508860707,
            1505611.8245524743106216, 1808087.9449319066479802, 2111018.0231759352609515, 2414403.2270142501220107,
            2718244.7282051891088486, 3022543.7025524540804327, 3327301.3299219091422856, 3632518.7942584538832307,
            3938197.2836029687896371, 4244337.9901093561202288, 4550942.1100616492331028, 4858010.8438911894336343,
            5165545.3961938973516226, 5473546.9757476449012756, 5782016.7955296505242586, 6090956.0727340159937739,
            6400366.0287892958149314, 6710247.8893762007355690, 7020602.8844453142955899, 7331432.2482349723577499,
            7642737.2192891482263803, 7954519.0404754765331745, 8266778.9590033423155546, 8579518.2264420464634895,
            8892738.0987390466034412, 9206439.8362383283674717, 9520624.7036988288164139, 9835293.9703129194676876,
            10150448.9097250290215015, 10466090.8000503256917000,
        ]
    ),
)  # fmt: skip
