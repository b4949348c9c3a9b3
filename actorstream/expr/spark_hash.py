"""The reference's hash functions, bit for bit and whole columns at a time: Murmur3 (32 bits) and xxHash64.

Both chain: the hash of one column is the seed of the next, and a null leaves the seed as it is. Texts are walked through by
position, all rows at once, so the cost follows the longest text and not the number of rows.

Source: Spark ``Murmur3_x86_32``, ``XXH64`` and ``HashExpression``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.expr.interval_parts import interval_parts

Words = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.uint64]
Seeds = npt.NDArray[Any]

SEED = 42


@dataclass(frozen=True, slots=True)
class HashFunction:
    """One of the two functions: what it does with 4 bytes, 8 bytes and texts; `seeds` and results have `dtype`."""

    dtype: type[np.unsignedinteger[Any]]
    of_int: Callable[[npt.NDArray[np.int32], Seeds], Seeds]
    of_long: Callable[[npt.NDArray[np.int64], Seeds], Seeds]
    of_bytes: Callable[[TextBytes, Seeds], Seeds]

    def seeds(self, rows: int) -> Seeds:
        """The seeds that the first column starts from."""
        return np.full(rows, SEED, self.dtype)

    def chain(self, array: pa.Array, seeds: Seeds) -> Seeds:
        """The seeds after one more column; a null keeps its row's seed.

        Shape: n values and n seeds in, n out. Floats are normalised here.
        """
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        with np.errstate(over="ignore"):
            found = self._values(array, seeds)
        if array.null_count:
            found = np.where(np.asarray(array.is_null()), seeds, found)
        return found

    def _values(self, array: pa.Array, seeds: Seeds) -> Seeds:
        data_type, types = array.type, pa.types
        if types.is_null(data_type):
            return seeds
        if types.is_struct(data_type):
            for child in array.flatten():
                seeds = self.chain(child, seeds)
            return seeds
        if types.is_list(data_type):
            return self._list(array, seeds)
        if types.is_string(data_type) or types.is_binary(data_type):
            return self.of_bytes(TextBytes.of(array), seeds)
        if types.is_decimal(data_type):
            return self._decimals(array, seeds)
        if types.is_floating(data_type):
            values = np.asarray(array.fill_null(0)) + 0.0  # -0.0 becomes 0.0
            values = np.where(np.isnan(values), np.nan, values)
            if data_type == pa.float64():
                return self.of_long(values.astype(np.float64).view(np.int64), seeds)
            return self.of_int(values.astype(np.float32).view(np.int32), seeds)
        if types.is_interval(data_type):
            parts = interval_parts(array)
            seeds = self.of_long(parts["nanos"] // 1000, seeds)
            return self.of_int(parts["months"].copy(), self.of_int(parts["days"].copy(), seeds))
        if types.is_boolean(data_type):
            array = array.cast(pa.int32())
        elif types.is_time(data_type):
            array = pc.multiply(array.view(pa.int64()), 1000)  # the reference holds nanoseconds
        elif types.is_temporal(data_type):
            array = array.view(pa.int64() if data_type.bit_width == 64 else pa.int32())
        numbers = np.asarray(array.fill_null(0))
        if numbers.dtype.itemsize == 8:
            return self.of_long(numbers.astype(np.int64), seeds)
        return self.of_int(numbers.astype(np.int32), seeds)

    def _list(self, array: pa.Array, seeds: Seeds) -> Seeds:
        flat = array.flatten()
        lengths = np.asarray(pc.fill_null(pc.list_value_length(array), 0)).astype(np.int64)
        starts = np.cumsum(lengths) - lengths
        found = seeds.copy()
        for position in range(int(lengths.max(initial=0))):
            rows = np.flatnonzero(lengths > position)
            found[rows] = self.chain(flat.take(pa.array(starts[rows] + position)), found[rows])
        return found

    def _decimals(self, array: pa.Array, seeds: Seeds) -> Seeds:
        filled = pa.concat_arrays([array, array.slice(0, 0)])
        words = np.frombuffer(filled.buffers()[1], np.int64)[2 * filled.offset : 2 * (filled.offset + len(filled))]
        if array.type.precision <= 18:
            return self.of_long(words[0::2].copy(), seeds)
        texts = pa.array(
            [None if low is None else _big_endian(low) for low in _unscaled(filled)], pa.binary()
        ).fill_null(b"")
        return self.of_bytes(TextBytes.of(texts), seeds)


def _unscaled(array: pa.Array) -> list[int | None]:
    scale = array.type.scale
    return [None if value is None else int(value.scaleb(scale)) for value in array.to_pylist()]


def _big_endian(value: int) -> bytes:
    """Two's complement in as few bytes as Java's ``BigInteger.toByteArray`` uses."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return value.to_bytes(size, "big", signed=True)


@dataclass(frozen=True, slots=True)
class TextBytes:
    """The bytes of texts, padded so that words can be read anywhere."""

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]

    @staticmethod
    def of(array: pa.Array) -> TextBytes:
        """The bytes of a text or binary array; a null has none."""
        filled = array.cast(pa.binary())
        filled = filled.fill_null(b"") if filled.null_count else filled
        offsets = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset : filled.offset + len(filled) + 1]
        buffer = filled.buffers()[2]
        raw = np.frombuffer(buffer, np.uint8) if buffer is not None else np.zeros(0, np.uint8)
        starts = offsets[:-1].astype(np.int64)
        return TextBytes(np.concatenate([raw, np.zeros(8, np.uint8)]), starts, np.diff(offsets).astype(np.int64))

    def words(self, rows: npt.NDArray[np.int64], at: npt.NDArray[np.int64], size: int) -> npt.NDArray[Any]:
        """The little-endian number of `size` bytes at place `at` of each of `rows`."""
        places = (self.starts[rows] + at)[:, None] + np.arange(size)
        picked = np.ascontiguousarray(self.data[places])
        found: npt.NDArray[Any] = picked.view({4: np.uint32, 8: np.uint64}[size])[:, 0]
        return found


# ---------------------------------------------------------------- Murmur3


def _rotl32(values: Words, bits: int) -> Words:
    return (values << np.uint32(bits)) | (values >> np.uint32(32 - bits))


def _mix32(words: Words, state: Words) -> Words:
    mixed = _rotl32(words * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
    return _rotl32(state ^ mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)


def _finish32(state: Words, length: Any) -> Words:
    state = state ^ np.asarray(length).astype(np.uint32)
    state = (state ^ (state >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    state = (state ^ (state >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return state ^ (state >> np.uint32(16))


def _murmur_int(values: npt.NDArray[np.int32], seeds: Seeds) -> Seeds:
    return _finish32(_mix32(values.view(np.uint32), seeds), 4)


def _murmur_long(values: npt.NDArray[np.int64], seeds: Seeds) -> Seeds:
    whole = values.view(np.uint64)
    low, high = whole.astype(np.uint32), (whole >> np.uint64(32)).astype(np.uint32)
    return _finish32(_mix32(high, _mix32(low, seeds)), 8)


def _murmur_bytes(texts: TextBytes, seeds: Seeds) -> Seeds:
    """Four bytes at a time; the last ones one by one, each as a signed number."""
    state = seeds.copy()
    aligned = texts.lengths - texts.lengths % 4
    for at in range(0, int(aligned.max(initial=0)), 4):
        rows = np.flatnonzero(aligned > at)
        state[rows] = _mix32(texts.words(rows, np.full(len(rows), at), 4), state[rows])
    for extra in range(3):
        rows = np.flatnonzero(texts.lengths - aligned > extra)
        signed = texts.data[texts.starts[rows] + aligned[rows] + extra].view(np.int8).astype(np.int32)
        state[rows] = _mix32(signed.view(np.uint32), state[rows])
    return _finish32(state, texts.lengths)


# ---------------------------------------------------------------- xxHash64

_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(0x9E3779B185EBCA87),
    np.uint64(0xC2B2AE3D27D4EB4F),
    np.uint64(0x165667B19E3779F9),
    np.uint64(0x85EBCA77C2B2AE63),
    np.uint64(0x27D4EB2F165667C5),
)


def _rotl64(values: Longs, bits: int) -> Longs:
    return (values << np.uint64(bits)) | (values >> np.uint64(64 - bits))


def _avalanche(values: Longs) -> Longs:
    values = (values ^ (values >> np.uint64(33))) * _P2
    values = (values ^ (values >> np.uint64(29))) * _P3
    return values ^ (values >> np.uint64(32))


def _lane(words: Longs) -> Longs:
    return _rotl64(words * _P2, 31) * _P1


def _xx_int(values: npt.NDArray[np.int32], seeds: Seeds) -> Seeds:
    words = values.view(np.uint32).astype(np.uint64) * _P1
    return _avalanche(_rotl64((seeds + _P5 + np.uint64(4)) ^ words, 23) * _P2 + _P3)


def _xx_long(values: npt.NDArray[np.int64], seeds: Seeds) -> Seeds:
    lanes = _lane(values.view(np.uint64))
    return _avalanche(_rotl64((seeds + _P5 + np.uint64(8)) ^ lanes, 27) * _P1 + _P4)


def _xx_bytes(texts: TextBytes, seeds: Seeds) -> Seeds:
    """Stripes of 32 bytes in four lanes, then words of 8 and 4 bytes, then single bytes."""
    lengths = texts.lengths
    state = seeds + _P5
    striped = lengths - lengths % 32
    long_rows = np.flatnonzero(striped > 0)
    if len(long_rows):
        own = seeds[long_rows]
        lanes = [own + _P1 + _P2, own + _P2, own.copy(), own - _P1]
        for at in range(0, int(striped.max()), 32):
            active = np.flatnonzero(striped[long_rows] > at)
            rows = long_rows[active]
            for number, lane in enumerate(lanes):
                words = texts.words(rows, np.full(len(rows), at + 8 * number), 8)
                lane[active] = _rotl64(lane[active] + words * _P2, 31) * _P1
        merged = sum(
            (_rotl64(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)), np.zeros_like(own)
        )
        for lane in lanes:
            merged = (merged ^ _lane(lane)) * _P1 + _P4
        state[long_rows] = merged
    state = state + lengths.astype(np.uint64)
    place = striped.copy()
    for _ in range(3):
        rows = np.flatnonzero(lengths - place >= 8)
        state[rows] = _rotl64(state[rows] ^ _lane(texts.words(rows, place[rows], 8)), 27) * _P1 + _P4
        place[rows] += 8
    rows = np.flatnonzero(lengths - place >= 4)
    words = texts.words(rows, place[rows], 4).astype(np.uint64) * _P1
    state[rows] = _rotl64(state[rows] ^ words, 23) * _P2 + _P3
    place[rows] += 4
    for _ in range(3):
        rows = np.flatnonzero(lengths > place)
        single = texts.data[texts.starts[rows] + place[rows]].astype(np.uint64) * _P5
        state[rows] = _rotl64(state[rows] ^ single, 11) * _P1
        place[rows] += 1
    return _avalanche(state)


MURMUR3 = HashFunction(np.uint32, _murmur_int, _murmur_long, _murmur_bytes)
XXHASH64 = HashFunction(np.uint64, _xx_int, _xx_long, _xx_bytes)
