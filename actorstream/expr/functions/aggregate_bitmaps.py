"""Aggregates that build and combine bitmaps of 4096 bytes: ``bitmap_construct_agg bitmap_or_agg bitmap_and_agg``.

The buffer is the bitmap itself, so the state of a group has one size however many rows it has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.errors import ArrayIndexOutOfBoundsException
from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.functions.bitmaps import BITMAP_BITS, BITMAP_BYTES
from actorstream.expr.grouping import Groups

Bytes = npt.NDArray[np.uint8]


class BitmapCombine(AggregateFunction):
    """``bitmap_or_agg`` and ``bitmap_and_agg``; without a value no bit, or every bit, is set."""

    buffers = (pa.field("bitmap", pa.binary(), nullable=False),)
    result = pa.binary()
    never_null = True

    def __init__(self, operation: Literal["or", "and"]) -> None:
        self._all = operation == "and"
        self._combine: Any = np.bitwise_and if self._all else np.bitwise_or

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(inputs[0], groups)
        found = self._start(groups.count)
        self._combine.at(found, groups.ids, _rows(values))
        return [_bitmaps(found)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self.update(buffers, groups)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]

    def _start(self, count: int) -> Bytes:
        return np.full((count, BITMAP_BYTES), 0xFF if self._all else 0, np.uint8)


class BitmapConstruct(BitmapCombine):
    """``bitmap_construct_agg``: the bitmap of positions (`bitmap_bit_position`)."""

    def __init__(self) -> None:
        super().__init__("or")

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        positions, groups = kernels.numbers(inputs[0], groups, np.int64)
        wrong = (positions < 0) | (positions >= BITMAP_BITS)
        if wrong.any():
            raise ArrayIndexOutOfBoundsException(
                errorClass="INVALID_BITMAP_POSITION",
                messageParameters={
                    "bitPosition": str(positions[wrong][0]),
                    "bitmapNumBytes": str(BITMAP_BYTES),
                    "bitmapNumBits": str(BITMAP_BITS),
                },
            )
        found = self._start(groups.count)
        bits = np.left_shift(1, positions % 8).astype(np.uint8)
        np.bitwise_or.at(found, (groups.ids, positions // 8), bits)
        return [_bitmaps(found)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return super().update(buffers, groups)


def _rows(values: pa.Array) -> Bytes:
    """Each value as a row of exactly 4096 bytes: longer ones are cut, shorter ones end in zeros."""
    rows = np.zeros((len(values), BITMAP_BYTES), np.uint8)
    _, offsets, data = values.buffers()
    if data is None or not len(values):
        return rows
    bounds = np.frombuffer(offsets, np.int32, count=len(values) + 1, offset=4 * values.offset).astype(np.int64)
    raw = np.frombuffer(data, np.uint8)
    lengths = np.minimum(np.diff(bounds), BITMAP_BYTES)
    owners = np.repeat(np.arange(len(values)), lengths)
    places = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    rows[owners, places] = raw[np.repeat(bounds[:-1], lengths) + places]
    return rows


def _bitmaps(rows: Bytes) -> pa.Array:
    fixed = pa.Array.from_buffers(pa.binary(BITMAP_BYTES), len(rows), [None, pa.py_buffer(np.ascontiguousarray(rows))])
    return fixed.cast(pa.binary())
