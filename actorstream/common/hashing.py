"""A stable 64-bit hash of key columns, vectorised: the same value in every run, on every machine, for every slicing.

It finds the partition of a key (exchanges, state files) and its place in a state index. Checkpoints depend on it: a change
needs a new `HASH_NAME`. Keys that are equal to the engine hash alike: null with null, NaN with NaN, -0.0 with 0.0, and an
integer with the same integer of another width.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

HASH_NAME = "splitmix64-v1"

Hashes = npt.NDArray[np.uint64]

_SEED = np.uint64(0x9E3779B97F4A7C15)
_NULL = np.uint64(0xA0761D6478BD642F)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_NAN_BITS = np.uint64(0x7FF8000000000000)


def hash_columns(columns: Sequence[pa.Array | pa.ChunkedArray], rows: int | None = None) -> Hashes:
    """One hash for each row over all columns.

    Shape: columns of n rows in, n hashes out; `rows` says n when there are no columns.
    """
    if not columns:
        return np.full(rows or 0, _SEED, dtype=np.uint64)
    result: Hashes | None = None
    for column in columns:
        hashes = _hash_array(one_array(column))
        result = _mix(hashes ^ _SEED) if result is None else _mix(result * np.uint64(31) + hashes)
    assert result is not None
    return result


def partition_of(hashes: Hashes, partitions: int) -> npt.NDArray[np.int64]:
    """The partition of each hash. The high bits decide, because the low ones place the key in its index."""
    return ((hashes >> np.uint64(32)) % np.uint64(partitions)).astype(np.int64)


def one_array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return column


def _mix(values: Hashes) -> Hashes:
    """The finaliser of splitmix64."""
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return values ^ (values >> np.uint64(31))


def _hash_array(array: pa.Array) -> Hashes:
    if isinstance(array, pa.ChunkedArray):
        array = one_array(array)
    hashes = _hash_values(array)
    if array.null_count:
        hashes[array.is_null().to_numpy(zero_copy_only=False)] = _NULL
    return hashes


def _hash_values(array: pa.Array) -> Hashes:
    kind = array.type
    if pa.types.is_null(kind):
        return np.full(len(array), _NULL, dtype=np.uint64)
    if pa.types.is_dictionary(kind):
        return _hash_values(array.dictionary_decode())
    if pa.types.is_floating(kind):
        return _mix(_float_bits(array))
    if pa.types.is_decimal(kind):
        return _hash_decimal(array)
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return _hash_bytes(array, np.int32)
    if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        return _hash_bytes(array, np.int64)
    if pa.types.is_struct(kind):
        return hash_columns([array.field(index) for index in range(kind.num_fields)], len(array)).copy()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        return _hash_lists(array)
    return _mix(_as_int64(array).view(np.uint64))


def _as_int64(array: pa.Array) -> npt.NDArray[np.int64]:
    kind = array.type
    if pa.types.is_boolean(kind):
        array = array.cast(pa.uint8())
    elif pa.types.is_date32(kind) or pa.types.is_time32(kind):
        array = array.cast(pa.int32())
    elif pa.types.is_uint64(kind):
        array = array.view(pa.int64())
    if array.type != pa.int64():
        array = array.cast(pa.int64())
    return (
        np.frombuffer(array.buffers()[1], dtype=np.int64, count=len(array), offset=array.offset * 8)
        if len(array)
        else np.empty(0, dtype=np.int64)
    )


def _float_bits(array: pa.Array) -> Hashes:
    values = array.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False) + 0.0  # -0.0 + 0.0 is 0.0
    bits = values.view(np.uint64).copy()
    bits[np.isnan(values)] = _NAN_BITS
    return bits


def _hash_decimal(array: pa.Array) -> Hashes:
    width = array.type.byte_width // 8
    if not len(array):
        return np.empty(0, dtype=np.uint64)
    words = np.frombuffer(
        array.buffers()[1], dtype=np.uint64, count=len(array) * width, offset=array.offset * width * 8
    ).reshape(-1, width)
    hashes = _mix(words[:, 0] ^ _SEED)
    for word in range(1, width):
        hashes = _mix(hashes * np.uint64(31) + words[:, word])
    return hashes


def _hash_bytes(array: pa.Array, offset_type: type[np.int32] | type[np.int64]) -> Hashes:
    """Eight bytes of every row at a time: as many steps as the longest value has words."""
    count = len(array)
    if not count:
        return np.empty(0, dtype=np.uint64)
    _, offsets_buffer, data_buffer = array.buffers()
    width = np.dtype(offset_type).itemsize
    offsets = np.frombuffer(offsets_buffer, dtype=offset_type, count=count + 1, offset=array.offset * width).astype(
        np.int64
    )
    first, last = int(offsets[0]), int(offsets[-1])
    padded = np.zeros(last - first + 8, dtype=np.uint8)
    if last > first:
        padded[: last - first] = np.frombuffer(data_buffer, dtype=np.uint8, count=last - first, offset=first)
    # overlapping words at every byte position: row starts are not aligned
    words = np.ndarray(shape=(last - first + 1,), dtype="<u8", buffer=padded.data, strides=(1,))
    starts = offsets[:-1] - first
    lengths = offsets[1:] - offsets[:-1]
    hashes = _mix(lengths.astype(np.uint64) + _SEED)
    rows: npt.NDArray[np.int64] | None = None
    for done in range(0, int(lengths.max(initial=0)), 8):
        rows = np.flatnonzero(lengths > done) if done or lengths.min() == 0 else np.arange(count)
        word = words[starts[rows] + done]
        left = lengths[rows] - done
        short = left < 8
        if short.any():
            keep = (np.uint64(1) << (left[short].astype(np.uint64) * np.uint64(8))) - np.uint64(1)
            word[short] &= keep
        hashes[rows] = _mix(hashes[rows] * np.uint64(31) + word)
    return hashes


def _hash_lists(array: pa.Array) -> Hashes:
    """Elements are hashed all at once, spread by their position in the list, and summed up by list."""
    offsets = np.asarray(array.offsets.cast(pa.int64()))
    first, last = int(offsets[0]) if len(offsets) else 0, int(offsets[-1]) if len(offsets) else 0
    lengths = np.diff(offsets)
    hashes = _mix(lengths.astype(np.uint64) + _SEED)
    if last > first:
        values = (
            pa.StructArray.from_arrays([array.keys, array.items], ["k", "v"])
            if pa.types.is_map(array.type)
            else array.values
        )
        elements = _hash_array(values.slice(first, last - first))
        position = np.arange(last - first) - np.repeat(offsets[:-1] - first, lengths)
        spread = _mix(elements + position.astype(np.uint64) * _SEED)
        filled = np.flatnonzero(lengths > 0)
        hashes[filled] += np.add.reduceat(spread, (offsets[:-1] - first)[filled])
    return _mix(hashes)
