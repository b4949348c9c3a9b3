"""``approx_count_distinct``: HyperLogLog++ with the reference's hash, registers and bias table, so that estimates are equal.

The buffer is one byte per register and group; registers are reduced for all groups at once.
Source: Heule, Nunkesser, Hall: "HyperLogLog in Practice" (2013), with the bias table of its appendix; Spark
HyperLogLogPlusPlusHelper.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.grouping import Groups, normalise_keys
from actorstream.expr.spark_hash import XXHASH64
from actorstream.expr.strict_math import log

Registers = npt.NDArray[np.uint8]

#: neighbours in the bias table that an estimate is corrected by
_NEIGHBOURS = 6
#: groups whose registers are worked on together: bounds memory, not the result
_GROUPS_AT_ONCE = 1 << 14


class ApproxCountDistinct(AggregateFunction):
    """The number of distinct values, within a relative standard deviation; never null (STF-141)."""

    result = pa.int64()
    never_null = True

    def __init__(self, argument: pa.DataType, deviation: float) -> None:
        self._precision = math.ceil(2.0 * math.log(1.106 / deviation) / math.log(2.0))
        self._size = 1 << self._precision
        self.buffers = (pa.field("registers", pa.binary(self._size), nullable=False),)

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(normalise_keys(inputs[0]), groups)
        column = kernels.column(values)
        hashes = XXHASH64.chain(column, XXHASH64.seeds(len(column)))
        places = (hashes >> np.uint64(64 - self._precision)).astype(np.int64)
        rest = (hashes << np.uint64(self._precision)) | np.uint64(1 << (self._precision - 1))
        registers = np.zeros(groups.count * self._size, np.uint8)
        np.maximum.at(registers, groups.ids * self._size + places, _leading_zeros(rest) + np.uint8(1))
        return [self._array(registers, groups.count)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        rows = self._registers(buffers[0])
        merged = np.zeros((groups.count, self._size), np.uint8)
        order = kernels.stable_order(groups)
        if len(order):
            counts = kernels.row_counts(groups)
            present = np.flatnonzero(counts)
            starts = (np.cumsum(counts) - counts)[present]
            merged[present] = np.maximum.reduceat(rows[order], starts, axis=0)
        return [self._array(merged, groups.count)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        rows = self._registers(buffers[0])
        parts = [
            _estimates(rows[start : start + _GROUPS_AT_ONCE], self._precision)
            for start in range(0, len(rows), _GROUPS_AT_ONCE)
        ]
        return pa.array(np.concatenate(parts) if parts else np.zeros(0, np.int64), pa.int64())

    def _array(self, registers: Registers, count: int) -> pa.Array:
        return pa.Array.from_buffers(
            pa.binary(self._size), count, [None, pa.py_buffer(np.ascontiguousarray(registers))]
        )

    def _registers(self, array: pa.Array) -> Registers:
        if not len(array):
            return np.zeros((0, self._size), np.uint8)
        data = np.frombuffer(array.buffers()[1], np.uint8)
        return data[array.offset * self._size : (array.offset + len(array)) * self._size].reshape(-1, self._size)


def _leading_zeros(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    found = np.zeros(len(values), np.uint8)
    rest = values.copy()
    for width in (32, 16, 8, 4, 2, 1):
        empty = rest >> np.uint64(64 - width) == 0
        found[empty] += np.uint8(width)
        rest[empty] <<= np.uint64(width)
    return found


def _estimates(registers: Registers, precision: int) -> npt.NDArray[np.int64]:
    size = 1 << precision
    zeros = (registers == 0).sum(axis=1)
    sums = np.ldexp(1.0, -registers.astype(np.int32)).sum(axis=1)
    raw = _alpha(precision) * size * size / sums
    corrected = np.where(raw < 5.0 * size, raw - _bias(raw, precision), raw)
    linear = size * log(size / np.maximum(zeros, 1))
    threshold = _table()["thresholds"][precision - 4] if precision <= 18 else 0.0
    chosen = np.where((zeros > 0) & (linear <= threshold), linear, corrected)
    return np.floor(chosen + 0.5).astype(np.int64)


def _alpha(precision: int) -> float:
    fixed = {4: 0.673, 5: 0.697, 6: 0.709}
    return fixed.get(precision, 0.7213 / (1.0 + 1.079 / (1 << precision)))


def _bias(raw: kernels.Floats, precision: int) -> kernels.Floats:
    """Mean bias of the nearest entries of the table; 0 beyond its precisions."""
    if not 4 <= precision <= 18:
        return np.zeros_like(raw)
    known = np.array(_table()["estimates"][precision - 4])
    biases = np.array(_table()["biases"][precision - 4])
    found = np.zeros_like(raw)
    for row, estimate in enumerate(raw):  # once per group with a full sketch, on a table of 200 entries
        found[row] = biases[_nearest(estimate, known)].mean()
    return found


def _nearest(estimate: float, known: kernels.Floats) -> slice:
    """The window of table entries that the reference averages over."""
    index = int(np.searchsorted(known, estimate))
    low = max(index - _NEIGHBOURS + 1, 0)
    high = min(low + _NEIGHBOURS, len(known))
    while high < len(known) and abs(estimate - known[high]) < abs(estimate - known[low]):
        low += 1
        high += 1
    return slice(low, high)


@functools.cache
def _table() -> dict[str, Any]:
    path = resources.files("actorstream.expr.functions").joinpath("aggregate_hll_bias.json")
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
