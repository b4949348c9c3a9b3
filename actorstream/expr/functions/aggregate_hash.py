"""The reference's 64-bit hash (xxHash64, seed 42) of whole columns, for sketches.

Fixed-width values are hashed by numpy; texts, binary and nested values once per distinct value.
Source: Spark XXH64; Yann Collet's xxHash specification.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

_SEED = 42
_MASK = 2**64 - 1
_P1, _P2, _P3, _P4, _P5 = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)


def xxhash64(array: pa.Array) -> Hashes:
    """Hashes of an array without nulls; floats must be normalised already."""
    types = pa.types
    data_type = array.type
    if types.is_boolean(data_type):
        array = array.cast(pa.int32())
    elif types.is_temporal(data_type) and not types.is_interval(data_type):
        array = array.view(pa.int64() if data_type.bit_width == 64 else pa.int32())
    elif types.is_floating(data_type):
        wide = data_type == pa.float64()
        array = array.view(pa.int64()) if wide else array.cast(pa.float32()).view(pa.int32())
    if types.is_integer(array.type):
        values = array.to_numpy(zero_copy_only=False)
        return _hash_long(values) if array.type.bit_width == 64 else _hash_int(values)
    if types.is_decimal(data_type) and data_type.precision <= 18:
        words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
        return _hash_long(words[0::2])
    encoded = array.dictionary_encode() if not types.is_nested(data_type) else None
    if encoded is None:
        return np.array([hash_bytes(repr(value).encode()) for value in array.to_pylist()], np.uint64)
    hashes = np.array([hash_bytes(_bytes(value)) for value in encoded.dictionary.to_pylist()], np.uint64)
    return hashes[encoded.indices.to_numpy()]


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    from decimal import Decimal

    if isinstance(value, Decimal):
        unscaled = int("".join(map(str, value.as_tuple().digits))) * (-1 if value.is_signed() else 1)
        return unscaled.to_bytes(unscaled.bit_length() // 8 + 1, "big", signed=True)
    return repr(value).encode()


def _rotate(values: Hashes, bits: int) -> Hashes:
    return (values << np.uint64(bits)) | (values >> np.uint64(64 - bits))


def _mix(values: Hashes) -> Hashes:
    values = (values ^ (values >> np.uint64(33))) * np.uint64(_P2)
    values = (values ^ (values >> np.uint64(29))) * np.uint64(_P3)
    return values ^ (values >> np.uint64(32))


def _hash_long(values: npt.NDArray[np.int64]) -> Hashes:
    lanes = _rotate(values.astype(np.int64).view(np.uint64) * np.uint64(_P2), 31) * np.uint64(_P1)
    start = np.uint64((_SEED + _P5 + 8) & _MASK)
    return _mix(_rotate(lanes ^ start, 27) * np.uint64(_P1) + np.uint64(_P4))


def _hash_int(values: npt.NDArray[np.int32]) -> Hashes:
    lanes = (values.astype(np.int64).view(np.uint64) & np.uint64(0xFFFFFFFF)) * np.uint64(_P1)
    start = np.uint64((_SEED + _P5 + 4) & _MASK)
    return _mix(_rotate(lanes ^ start, 23) * np.uint64(_P2) + np.uint64(_P3))


def hash_bytes(data: bytes, seed: int = _SEED) -> int:
    """xxHash64 of bytes."""

    def rotate(value: int, bits: int) -> int:
        return ((value << bits) | (value >> (64 - bits))) & _MASK

    def stripe(state: int, word: int) -> int:
        return rotate((state + word * _P2) & _MASK, 31) * _P1 & _MASK

    size = len(data)
    place = 0
    if size >= 32:
        states = [(seed + _P1 + _P2) & _MASK, (seed + _P2) & _MASK, seed, (seed - _P1) & _MASK]
        while place <= size - 32:
            for lane in range(4):
                at = place + 8 * lane
                states[lane] = stripe(states[lane], int.from_bytes(data[at : at + 8], "little"))
            place += 32
        found = sum(rotate(state, bits) for state, bits in zip(states, (1, 7, 12, 18), strict=True)) & _MASK
        for state in states:
            found = ((found ^ stripe(0, state)) * _P1 + _P4) & _MASK
    else:
        found = (seed + _P5) & _MASK
    found = (found + size) & _MASK
    while place + 8 <= size:
        found ^= stripe(0, int.from_bytes(data[place : place + 8], "little"))
        found = (rotate(found, 27) * _P1 + _P4) & _MASK
        place += 8
    if place + 4 <= size:
        found ^= int.from_bytes(data[place : place + 4], "little") * _P1 & _MASK
        found = (rotate(found, 23) * _P2 + _P3) & _MASK
        place += 4
    for byte in data[place:]:
        found = rotate(found ^ (byte * _P5 & _MASK), 11) * _P1 & _MASK
    found = ((found ^ (found >> 33)) * _P2) & _MASK
    found = ((found ^ (found >> 29)) * _P3) & _MASK
    return found ^ (found >> 32)
