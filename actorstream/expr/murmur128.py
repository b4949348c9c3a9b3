"""MurmurHash3 with 128 bits (x64), whole columns at a time: the hash that the sketches of Apache DataSketches are built on.

A number is hashed as its eight bytes, a text or list as all of its bytes. Texts are walked through by position, all rows at
once. Source: Appleby's public domain ``MurmurHash3_x64_128``; seed and conventions of Apache DataSketches.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Longs = npt.NDArray[np.uint64]

SEED = 9001
"""The seed of every sketch that the reference makes."""

_C1, _C2 = np.uint64(0x87C37B91114253D5), np.uint64(0x4CF5AD432745937F)
_BLOCK = 16


def hash_longs(values: npt.NDArray[Any]) -> tuple[Longs, Longs]:
    """Both halves of the hash of numbers of eight bytes. Shape: n values in, n and n out."""
    with np.errstate(over="ignore"):
        first = np.full(len(values), SEED, np.uint64)
        return _finish(first ^ _mixed_first(values.view(np.uint64)), first.copy(), np.full(len(values), 8, np.uint64))


def hash_bytes(array: pa.Array) -> tuple[Longs, Longs]:
    """Both halves of the hash of texts, binaries, or lists of numbers as their little-endian bytes; no nulls."""
    data, starts, lengths = _bytes_of(array)
    first = np.full(len(lengths), SEED, np.uint64)
    second = first.copy()
    whole = lengths - lengths % _BLOCK
    with np.errstate(over="ignore"):
        for at in range(0, int(whole.max(initial=0)), _BLOCK):
            rows = np.flatnonzero(whole > at)
            one, two = _words(data, starts[rows] + at)
            h1, h2 = first[rows] ^ _mixed_first(one), second[rows]
            h1 = (_rotl(h1, 27) + h2) * np.uint64(5) + np.uint64(0x52DCE729)
            h2 = (_rotl(h2 ^ _mixed_second(two), 31) + h1) * np.uint64(5) + np.uint64(0x38495AB5)
            first[rows], second[rows] = h1, h2
        one, two = _words(data, starts + whole)
        rest = lengths - whole
        second ^= _mixed_second(two & _mask(rest - 8))
        first ^= _mixed_first(one & _mask(rest))
        return _finish(first, second, lengths.astype(np.uint64))


def _bytes_of(array: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The bytes of all values, with room to read a block anywhere; start and length of each."""
    if pa.types.is_list(array.type):
        values = array.values
        size = values.type.bit_width // 8
        buffer, shift = values.buffers()[1], values.offset * size
        place = 1
    else:
        array = array.cast(pa.binary())
        size, shift, buffer, place = 1, 0, array.buffers()[2], 1
    offsets = np.frombuffer(array.buffers()[place], np.int32)[array.offset : array.offset + len(array) + 1]
    edges = offsets.astype(np.int64) * size
    raw = np.frombuffer(buffer, np.uint8)[shift:] if buffer is not None else np.zeros(0, np.uint8)
    return np.concatenate([raw, np.zeros(_BLOCK, np.uint8)]), edges[:-1], np.diff(edges)


def _words(data: npt.NDArray[np.uint8], at: npt.NDArray[np.int64]) -> tuple[Longs, Longs]:
    picked = np.ascontiguousarray(data[at[:, None] + np.arange(_BLOCK)]).view(np.uint64)
    return picked[:, 0].copy(), picked[:, 1].copy()


def _mask(length: npt.NDArray[np.int64]) -> Longs:
    """Ones over the lowest `length` bytes of eight."""
    bits = (8 * np.clip(length, 0, 8)).astype(np.uint64)
    return np.where(bits == 64, ~np.uint64(0), (np.uint64(1) << (bits % np.uint64(64))) - np.uint64(1))


def _rotl(values: Longs, bits: int) -> Longs:
    return (values << np.uint64(bits)) | (values >> np.uint64(64 - bits))


def _mixed_first(words: Longs) -> Longs:
    return _rotl(words * _C1, 31) * _C2


def _mixed_second(words: Longs) -> Longs:
    return _rotl(words * _C2, 33) * _C1


def _avalanche(values: Longs) -> Longs:
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def _finish(first: Longs, second: Longs, lengths: Longs) -> tuple[Longs, Longs]:
    first, second = first ^ lengths, second ^ lengths
    first = first + second
    second = second + first
    first, second = _avalanche(first), _avalanche(second)
    first = first + second
    return first, second + first
