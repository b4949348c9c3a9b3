"""Aggregates whose result is a KLL sketch: ``kll_sketch_agg_*`` and ``kll_merge_agg_*``. The buffer is the sketch's bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.functions.aggregate_sketches import merged_bytes, rows_by_group
from actorstream.expr.functions.sketch_inputs import kll_of
from actorstream.expr.functions.sketch_kll import KllSketch
from actorstream.expr.grouping import Groups


class KllMergeAggregate(AggregateFunction):
    """``kll_merge_agg_*``: the sketches of a group as one. The buffer is empty as long as there was none.

    Args:
        name: of the function, for errors.
        kind: the type of the numbers.
        k: the size of the result; None takes that of the first sketch.
    """

    buffers = (pa.field("buf", pa.binary(), nullable=False),)
    result = pa.binary()
    never_null = True

    def __init__(self, name: str, kind: type[np.number[Any]], k: int | None) -> None:
        self._name = name
        self._kind = kind
        self._k = k

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(inputs[0], groups)
        found = [b""] * groups.count
        for group, rows in rows_by_group(groups):
            found[group] = self._merged(values.take(pa.array(rows)).to_pylist())
        return [pa.array(found, pa.binary())]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        filled = np.asarray(pc.not_equal(buffers[0], b""))
        return [merged_bytes(buffers[0].filter(pa.array(filled)), groups.of_rows(filled), self._merged, b"")]

    def _merged(self, sketches: Sequence[bytes]) -> bytes:
        first = kll_of(self._name, sketches[0], self._kind)
        merged = KllSketch(self._kind, first.k if self._k is None else self._k)
        merged.merge(first)
        for data in sketches[1:]:
            merged.merge(kll_of(self._name, data, self._kind))
        return merged.to_bytes()

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        nothing = KllSketch(self._kind) if self._k is None else KllSketch(self._kind, self._k)
        empty = pa.scalar(nothing.to_bytes(), pa.binary())
        return pc.if_else(pc.equal(buffers[0], b""), empty, buffers[0])


class KllSketchAggregate(KllMergeAggregate):
    """``kll_sketch_agg_*``: a sketch of the numbers of a group, in their order."""

    def __init__(self, name: str, kind: type[np.number[Any]], k: int) -> None:
        super().__init__(name, kind, k)
        self._size = k

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(inputs[0], groups)
        numbers = np.asarray(values).astype(self._kind)
        found = [b""] * groups.count
        for group, rows in rows_by_group(groups):
            sketch = KllSketch(self._kind, self._size)
            sketch.add(numbers[rows])
            found[group] = sketch.to_bytes()
        return [pa.array(found, pa.binary())]
