"""Aggregates of float vectors: ``vector_sum`` and ``vector_avg``, element by element.

A vector that is null or holds a null does not count; those of one group must have one length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.errors import SparkRuntimeException
from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.grouping import Groups, Ids

_VECTOR = pa.list_(pa.float32())


class VectorSum(AggregateFunction):
    """``vector_sum``: sums in float, in the order of the rows; null without a vector."""

    buffers = (pa.field("sum", _VECTOR), pa.field("count", pa.int64(), nullable=False))
    result = _VECTOR

    def __init__(self, name: str) -> None:
        self._name = name

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        vectors, inside = kernels.drop_nulls(inputs[0], groups)
        holed = np.zeros(len(vectors), np.bool_)
        flat, owners = kernels.flatten(vectors, Groups(np.arange(len(vectors)), len(vectors)))
        holed[owners.ids[np.asarray(flat.is_null())]] = True
        keep = ~holed
        kept = vectors.filter(pa.array(keep))
        return self._summed(kept, np.ones(len(kept), np.int64), inside.of_rows(keep))

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        mask = kernels.valid_rows(buffers[0])
        sums, counts = buffers[0], buffers[1].to_numpy(zero_copy_only=False)
        if mask is not None:
            sums, counts, groups = sums.filter(pa.array(mask)), counts[mask], groups.of_rows(mask)
        return self._summed(sums, counts, groups)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0].cast(self.result)

    def _summed(self, vectors: pa.Array, counts: Ids, groups: Groups) -> list[pa.Array]:
        sizes = vectors.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
        first = kernels.edge_rows(groups, "first")
        has = first >= 0
        width = np.zeros(groups.count, np.int64)
        width[has] = sizes[first[has]]
        wrong = sizes != width[groups.ids]
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise SparkRuntimeException(
                errorClass="VECTOR_DIMENSION_MISMATCH",
                messageParameters={
                    "functionName": f"`{self._name}`",
                    "leftDim": str(width[groups.ids[row]]),
                    "rightDim": str(sizes[row]),
                },
            )
        starts = np.cumsum(width) - width
        places = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        total: npt.NDArray[np.float32] = np.zeros(int(width.sum()), np.float32)
        elements = vectors.flatten().cast(pa.float32()).to_numpy(zero_copy_only=False)
        np.add.at(total, np.repeat(starts[groups.ids], sizes) + places, elements)
        offsets = pa.array(np.append(starts, width.sum()).astype(np.int32), pa.int32(), mask=np.append(~has, False))
        tally = np.zeros(groups.count, np.int64)
        np.add.at(tally, groups.ids, counts)
        return [pa.ListArray.from_arrays(offsets, pa.array(total), type=_VECTOR), pa.array(tally)]


class VectorAverage(VectorSum):
    """``vector_avg``: the mean of each element, in float."""

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        lengths = buffers[0].value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        counts = np.repeat(buffers[1].to_numpy(zero_copy_only=False), lengths).astype(np.float32)
        mean = buffers[0].flatten().to_numpy(zero_copy_only=False) / counts
        null = ~np.asarray(buffers[0].is_valid())
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        masked = pa.array(offsets, pa.int32(), mask=np.append(null, False))
        return pa.ListArray.from_arrays(masked, pa.array(mean, pa.float32()), type=self.result)
