"""``count_min_sketch``: how often values came, at least approximately, in a table of counters of fixed size.

The result has the bytes of the reference's ``CountMinSketch``: version, total, depth, width, one factor per row of counters,
and the counters, all big-endian. Source: Cormode, Muthukrishnan: "An improved data stream summary" (2005); Spark
``CountMinSketchImpl``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.grouping import Groups
from actorstream.expr.java_random import JavaRandom
from actorstream.expr.spark_hash import MURMUR3

_VERSION = 1
_PRIME = (1 << 31) - 1


class CountMinSketch(AggregateFunction):
    """A table of counters, in which each value has one in every row.

    Args:
        eps: relative error; the width follows from it.
        confidence: that the error is kept; the depth follows from it.
        seed: of the factors that whole numbers are hashed with.
    """

    buffers = (
        pa.field("total", pa.int64(), nullable=False),
        pa.field("counters", pa.list_(pa.int64()), nullable=False),
    )
    result = pa.binary()
    never_null = True

    def __init__(self, eps: float, confidence: float, seed: int) -> None:
        self._width = math.ceil(2 / eps)
        self._depth = math.ceil(-math.log(1 - confidence) / math.log(2))
        random = JavaRandom(seed)
        self._factors = np.array([random.below(_PRIME) for _ in range(self._depth)], np.int64)

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(kernels.column(inputs[0]), groups)
        table = np.zeros((groups.count, self._depth, self._width), np.int64)
        for row, places in enumerate(self._places(values)):
            np.add.at(table[:, row], (groups.ids, places), 1)
        return self._buffers(kernels.row_counts(groups), table)

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        size = self._depth * self._width
        table = np.zeros((groups.count, size), np.int64)
        np.add.at(table, groups.ids, np.asarray(buffers[1].flatten()).reshape(-1, size))
        totals = np.zeros(groups.count, np.int64)
        np.add.at(totals, groups.ids, np.asarray(buffers[0]))
        return self._buffers(totals, table)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        count = len(buffers[0])
        size = self._depth * self._width
        head = np.zeros(count, [("version", ">i4"), ("total", ">i8"), ("depth", ">i4"), ("width", ">i4")])
        head["version"], head["total"] = _VERSION, np.asarray(buffers[0])
        head["depth"], head["width"] = self._depth, self._width
        factors = np.tile(self._factors.astype(">i8"), (count, 1))
        counters = np.asarray(buffers[1].flatten()).astype(">i8").reshape(count, size)
        parts = [np.ascontiguousarray(part).view(np.uint8).reshape(count, -1) for part in (head, factors, counters)]
        whole = np.concatenate(parts, axis=1)
        fixed = pa.Array.from_buffers(pa.binary(whole.shape[1]), count, [None, pa.py_buffer(whole)])
        return fixed.cast(pa.binary())

    def _places(self, values: pa.Array) -> list[npt.NDArray[np.int64]]:
        """The counter of each value, one array per row of the table."""
        if not len(values):
            return []
        if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
            first = MURMUR3.chain(values, np.zeros(len(values), np.uint32))
            second = MURMUR3.chain(values, first).view(np.int32)
            with np.errstate(over="ignore"):
                mixed = [first.view(np.int32) + np.int32(row) * second for row in range(self._depth)]
            return [np.abs(np.fmod(number, np.int32(self._width))).astype(np.int64) for number in mixed]
        numbers = np.asarray(values).astype(np.int64)
        with np.errstate(over="ignore"):
            products = [factor * numbers for factor in self._factors]
            return [((product + (product >> 32)) & _PRIME) % self._width for product in products]

    @staticmethod
    def _buffers(totals: npt.NDArray[np.int64], table: npt.NDArray[np.int64]) -> list[pa.Array]:
        size = int(np.prod(table.shape[1:]))
        return [pa.array(totals), kernels.lists(pa.array(table.ravel()), np.full(len(totals), size))]
