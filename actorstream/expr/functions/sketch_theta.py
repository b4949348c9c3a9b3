"""Theta and tuple sketches of Apache DataSketches: set operations and bytes.

A *theta* sketch holds the hashes of a set that lie below a bound, theta: all of them while there are few, the k smallest later.
So set operations are those of sorted numbers, in whatever order the values came. A *tuple* sketch holds a number with each hash,
its *summary*, and how that was made, its *mode*.

A tuple sketch's entries are written in ascending order, while the reference writes them as they lie in its hash table; either
reads both. Source: Dasgupta, Lang, Rhodes, Thaler: "A framework for estimating stream expression cardinalities" (2016);
Apache DataSketches' description of the formats.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Hashes: TypeAlias = npt.NDArray[np.int64]

THETA_MAX = 2**63 - 1
"""The bound of a sketch that has dropped nothing."""

LG_K_MIN, LG_K_MAX, LG_K_DEFAULT = 4, 26, 12
MODES = ("sum", "min", "max", "alwaysone")
"""What becomes of summaries of one hash; a mode is written as its place here."""

_SEED_HASH = 0x93CC
_READ_ONLY, _EMPTY, _COMPACT, _ORDERED, _SINGLE = 2, 4, 8, 16, 32
_COMPACT_FAMILY, _TUPLE_FAMILY = 3, 9
_PLAIN, _COMPRESSED = 3, 4
FAMILIES = {
    1: "ALPHA", 2: "QUICKSELECT", 3: "COMPACT", 4: "UNION", 5: "INTERSECTION", 6: "A_NOT_B", 7: "HLL", 8: "QUANTILES",
    9: "TUPLE", 10: "FREQUENCY", 11: "RESERVOIR", 12: "RESERVOIR_UNION", 13: "VAROPT", 14: "VAROPT_UNION", 15: "KLL",
    16: "CPC", 17: "REQ", 18: "COUNTMIN", 19: "EBPPS", 20: "TDIGEST", 21: "BLOOMFILTER",
}  # fmt: skip
"""Kinds of sketches by the number in their third byte."""


class ForeignSketchError(ValueError):
    """The bytes are a sketch of another kind."""

    def __init__(self, family: str, expected: str) -> None:
        super().__init__(f"a sketch of the family {family}")
        self.family = family
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Summaries:
    """What a tuple sketch holds beside each hash; arrays of one length."""

    values: npt.NDArray[Any]
    modes: npt.NDArray[np.uint8]

    def of_rows(self, rows: Any) -> Summaries:
        """Some of them."""
        return Summaries(self.values[rows], self.modes[rows])


@dataclass(frozen=True, slots=True)
class ThetaSketch:
    """A sketch. Invariant: `hashes` ascend, are positive and below `theta`."""

    theta: int = THETA_MAX
    hashes: Hashes = field(default_factory=lambda: np.zeros(0, np.int64))
    summaries: Summaries | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it stands for the empty set."""
        return self.theta == THETA_MAX and not len(self.hashes)

    def estimate(self) -> float:
        """The number of distinct values."""
        return len(self.hashes) * (2.0**63 / self.theta) if self.theta < THETA_MAX else float(len(self.hashes))


# ---------------------------------------------------------------- many sets at once


def sorted_sets(
    hashes: Hashes, owners: npt.NDArray[np.int64], summaries: Summaries | None, mode: int
) -> tuple[Hashes, npt.NDArray[np.int64], npt.NDArray[np.int64], Summaries | None]:
    """Sort the entries of many sets, each hash once in each.

    Shape: `hashes`, `owners` and `summaries` have n entries; out m <= n of them, and how often each one came.
    Args:
        owners: the set that each entry belongs to.
        mode: puts the summaries of repeated hashes together, in row order.
    """
    order = np.lexsort((hashes, owners))
    hashes, owners = hashes[order], owners[order]
    fresh = np.ones(len(hashes), np.bool_)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    starts = np.flatnonzero(fresh)
    counts = np.diff(np.append(starts, len(hashes)))
    if summaries is not None:
        ordered = summaries.of_rows(order)
        reduced = _reduce(ordered.values, starts, counts, mode)
        modes = np.where(counts > 1, np.uint8(mode), ordered.modes[starts])
        summaries = Summaries(reduced, modes)
    return hashes[starts], owners[starts], counts, summaries


def _reduce(
    values: npt.NDArray[Any], starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], mode: int
) -> npt.NDArray[Any]:
    if not len(starts):
        return values
    single = values[starts]
    if MODES[mode] == "alwaysone":
        return np.where(counts > 1, values.dtype.type(1), single)
    if MODES[mode] != "sum":
        return {"min": np.minimum, "max": np.maximum}[MODES[mode]].reduceat(values, starts)
    with np.errstate(all="ignore"):
        return np.add.reduceat(values, starts, dtype=values.dtype)  # integers wrap around, as Java's


def initial(mode: int, kind: type[np.number[Any]]) -> Any:
    """The summary of a hash that has got none yet."""
    if MODES[mode] == "sum":
        return kind(0)
    if MODES[mode] == "alwaysone":
        return kind(1)
    if kind is np.float64:
        return kind(np.inf if MODES[mode] == "min" else -np.inf)
    return np.iinfo(kind).max if MODES[mode] == "min" else np.iinfo(kind).min  # type: ignore[type-var]


# ---------------------------------------------------------------- set operations


def union(sketches: Sequence[ThetaSketch], lg_k: int, mode: int = 0) -> ThetaSketch:
    """All of the sets together, in at most ``2 ** lg_k`` hashes."""
    theta = min(sketch.theta for sketch in sketches)
    hashes, _, _, summaries = _together(sketches, theta, mode)
    k = 1 << lg_k
    if len(hashes) > k:
        theta, hashes = int(hashes[k]), hashes[:k]
        summaries = summaries.of_rows(slice(k)) if summaries is not None else None
    return ThetaSketch(theta, hashes, summaries)


def intersection(sketches: Sequence[ThetaSketch], mode: int = 0) -> ThetaSketch:
    """What all of the sets have in common."""
    if any(sketch.is_empty for sketch in sketches):
        return ThetaSketch(summaries=_no_summaries(sketches[0]))
    theta = min(sketch.theta for sketch in sketches)
    hashes, _, counts, summaries = _together(sketches, theta, mode)
    common = counts == len(sketches)
    return ThetaSketch(theta, hashes[common], summaries.of_rows(common) if summaries is not None else None)


def difference(first: ThetaSketch, second: ThetaSketch) -> ThetaSketch:
    """What is in the first set and not in the second."""
    if first.is_empty:
        return first
    theta = min(first.theta, second.theta)
    kept = (first.hashes < theta) & ~np.isin(first.hashes, second.hashes)
    return ThetaSketch(theta, first.hashes[kept], first.summaries.of_rows(kept) if first.summaries else None)


def with_summaries(sketch: ThetaSketch, mode: int, kind: type[np.number[Any]]) -> ThetaSketch:
    """A tuple sketch of a theta sketch, all summaries as if nothing had been added to them."""
    count = len(sketch.hashes)
    summaries = Summaries(np.full(count, initial(mode, kind), kind), np.full(count, mode, np.uint8))
    return ThetaSketch(sketch.theta, sketch.hashes, summaries)


def _together(
    sketches: Sequence[ThetaSketch], theta: int, mode: int
) -> tuple[Hashes, npt.NDArray[np.int64], npt.NDArray[np.int64], Summaries | None]:
    hashes = np.concatenate([sketch.hashes for sketch in sketches])
    below = hashes < theta
    summaries = None
    if sketches[0].summaries is not None:
        parts = [sketch.summaries for sketch in sketches if sketch.summaries is not None]
        values, modes = (np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "modes"))
        summaries = Summaries(values, modes).of_rows(below)
    hashes = hashes[below]
    return sorted_sets(hashes, np.zeros(len(hashes), np.int64), summaries, mode)


def _no_summaries(sketch: ThetaSketch) -> Summaries | None:
    return None if sketch.summaries is None else sketch.summaries.of_rows(slice(0))


# ---------------------------------------------------------------- bytes of theta sketches


def theta_to_bytes(sketch: ThetaSketch) -> bytes:
    """The compact form, compressed where the reference compresses."""
    count, exact = len(sketch.hashes), sketch.theta == THETA_MAX
    flags = _READ_ONLY | _COMPACT | _ORDERED
    if sketch.is_empty:
        return struct.pack("<BBBBBBH", 1, _PLAIN, _COMPACT_FAMILY, 0, 0, flags | _EMPTY, 0)
    if exact and count == 1:
        head = struct.pack("<BBBBBBH", 1, _PLAIN, _COMPACT_FAMILY, 0, 0, flags | _SINGLE, _SEED_HASH)
        return head + sketch.hashes.tobytes()
    if count == 0:
        head = struct.pack("<BBBBBBH", 3, _PLAIN, _COMPACT_FAMILY, 0, 0, _READ_ONLY | _COMPACT | _ORDERED, _SEED_HASH)
        return head + struct.pack("<ifQ", 0, 1.0, sketch.theta)
    steps = np.diff(sketch.hashes, prepend=0)
    width = int(np.bitwise_or.reduce(steps)).bit_length()
    count_bytes = (count.bit_length() + 7) // 8
    head = struct.pack(
        "<BBBBBBH", 1 if exact else 2, _COMPRESSED, _COMPACT_FAMILY, width, count_bytes, flags, _SEED_HASH
    )
    bound = b"" if exact else struct.pack("<Q", sketch.theta)
    return head + bound + count.to_bytes(count_bytes, "little") + _packed(steps, width)


def _packed(numbers: Hashes, width: int) -> bytes:
    """Numbers of `width` bits one after the other, highest bit first."""
    bits = np.unpackbits(numbers.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)[:, 64 - width :]
    return np.packbits(bits.ravel()).tobytes()


def _unpacked(data: bytes, at: int, count: int, width: int) -> Hashes:
    size = (count * width + 7) // 8
    raw = np.frombuffer(data, np.uint8, size, at)
    bits = np.unpackbits(raw)[: count * width].reshape(count, width)
    wide = np.zeros((count, 64), np.uint8)
    wide[:, 64 - width :] = bits
    return np.packbits(wide, axis=1).view(">u8")[:, 0].astype(np.int64)


def theta_from_bytes(data: bytes) -> ThetaSketch:
    """Read a compact theta sketch.

    Raises: ForeignSketchError for another kind of sketch, ValueError for what is none at all.
    """
    preamble, version, flags = _head(data, _COMPACT_FAMILY)
    if flags & _EMPTY:
        return ThetaSketch()
    if int.from_bytes(data[6:8], "little") != _SEED_HASH:
        raise ValueError("a theta sketch of another seed")
    try:
        if version == _COMPRESSED:
            theta = struct.unpack_from("<Q", data, 8)[0] if preamble > 1 else THETA_MAX
            at = 16 if preamble > 1 else 8
            count = int.from_bytes(data[at : at + data[4]], "little")
            return ThetaSketch(theta, np.cumsum(_unpacked(data, at + data[4], count, data[3])))
        if version != _PLAIN:
            raise ValueError("a theta sketch in a form that is not known")
        count = 1 if preamble == 1 else struct.unpack_from("<i", data, 8)[0]
        theta = struct.unpack_from("<Q", data, 16)[0] if preamble > 2 else THETA_MAX
        return ThetaSketch(theta, np.sort(np.frombuffer(data, "<i8", count, 8 * preamble)))
    except struct.error as error:
        raise ValueError(str(error)) from None


def _head(data: bytes, family: int) -> tuple[int, int, int]:
    """Preamble size, version and flags."""
    if len(data) < 8:
        raise ValueError("too short for a sketch")
    if data[2] != family:
        if data[2] not in FAMILIES:
            raise ValueError("a sketch of no known kind")
        raise ForeignSketchError(FAMILIES[data[2]], FAMILIES[family])
    return data[0] & 0x3F, data[1], data[5]


# ---------------------------------------------------------------- bytes of tuple sketches

_ENTRIES: dict[Any, np.dtype[Any]] = {
    kind: np.dtype([("hash", "<i8"), ("value", np.dtype(kind).newbyteorder("<")), ("mode", "u1")])
    for kind in (np.float64, np.int32)
}


def tuple_to_bytes(sketch: ThetaSketch) -> bytes:
    """The compact form of a sketch with summaries."""
    summaries = sketch.summaries
    assert summaries is not None
    count, exact = len(sketch.hashes), sketch.theta == THETA_MAX
    flags = _READ_ONLY | _COMPACT | (_EMPTY if sketch.is_empty else 0)
    preamble = 3 if not exact else 1 if sketch.is_empty or count == 1 else 2
    head = struct.pack("<BBBBBBH", preamble, _PLAIN, _TUPLE_FAMILY, 1, 0, flags, _SEED_HASH)
    if preamble > 1:
        head += struct.pack("<ii", count, 0)
    if preamble > 2:
        head += struct.pack("<Q", sketch.theta)
    entries = np.zeros(count, _ENTRIES[summaries.values.dtype.type])
    entries["hash"], entries["value"], entries["mode"] = sketch.hashes, summaries.values, summaries.modes
    return head + entries.tobytes()


def tuple_from_bytes(data: bytes, kind: type[np.number[Any]]) -> ThetaSketch:
    """Read a compact tuple sketch whose summaries are of the type `kind`.

    Raises: ForeignSketchError for another kind of sketch, ValueError for what is none at all or has other summaries.
    """
    preamble, version, flags = _head(data, _TUPLE_FAMILY)
    nothing = Summaries(np.zeros(0, kind), np.zeros(0, np.uint8))
    if flags & _EMPTY:
        return ThetaSketch(summaries=nothing)
    if version != _PLAIN or not 1 <= preamble <= 3 or int.from_bytes(data[6:8], "little") != _SEED_HASH:
        raise ValueError("a tuple sketch in a form that is not known")
    try:
        count = 1 if preamble == 1 else struct.unpack_from("<i", data, 8)[0]
        theta = struct.unpack_from("<Q", data, 16)[0] if preamble > 2 else THETA_MAX
    except struct.error as error:
        raise ValueError(str(error)) from None
    dtype = _ENTRIES[kind]
    if len(data) != 8 * preamble + count * dtype.itemsize:
        raise ValueError("a tuple sketch of other summaries")
    entries = np.sort(np.frombuffer(data, dtype, count, 8 * preamble), order="hash")
    if (entries["mode"] >= len(MODES)).any():
        raise ValueError("a tuple sketch with summaries of an unknown mode")
    summaries = Summaries(entries["value"].astype(kind), entries["mode"].copy())
    return ThetaSketch(theta, entries["hash"].copy(), summaries)


Reader: TypeAlias = Callable[[bytes], ThetaSketch]
