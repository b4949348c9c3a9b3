"""``histogram_numeric``: bins of uneven width, each with its centre and how many values it stands for.

As long as there are no more distinct values than bins, each has a bin of its own, whatever the order of rows. After that a value
that has no bin gets one, and the two closest bins become one: what comes out depends on the order of rows, which is why this
part goes through the values one by one.

Source: Ben-Haim, Tom-Tov: "A streaming parallel decision tree algorithm" (2010); Spark ``NumericHistogram``.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.functions.aggregate_sketches import rows_by_group
from actorstream.expr.grouping import Groups
from actorstream.expr.java_random import JavaRandom

#: the reference breaks ties between bins by this sequence
_SEED = 31183

Floats = npt.NDArray[np.float64]


class HistogramNumeric(AggregateFunction):
    """Centres and heights of at most some bins per group.

    Args:
        argument: the type of the values, which that of the centres is too.
        result: a list of structs ``x`` and ``y``.
        bins: the most bins.
    """

    buffers = (
        pa.field("centres", pa.list_(pa.float64()), nullable=False),
        pa.field("heights", pa.list_(pa.float64()), nullable=False),
    )

    def __init__(self, argument: pa.DataType, result: pa.DataType, bins: int) -> None:
        self.result = result
        self._argument = argument
        self._bins = bins

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        numbers, groups = kernels.numbers(kernels.column(inputs[0]), groups, np.float64)
        return self._binned(numbers, np.ones(len(numbers)), groups, one_by_one=True)

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        centres, inside = kernels.flatten(buffers[0], groups)
        heights = np.asarray(buffers[1].flatten())
        return self._binned(np.asarray(centres), heights, inside, one_by_one=False)

    def _binned(self, xs: Floats, ys: Floats, groups: Groups, *, one_by_one: bool) -> list[pa.Array]:
        centres: list[Floats] = [np.zeros(0)] * groups.count
        heights: list[Floats] = [np.zeros(0)] * groups.count
        for group, rows in rows_by_group(groups):
            found, which = np.unique(xs[rows], return_inverse=True)
            if one_by_one and len(found) > self._bins:
                centres[group], heights[group] = self._one_by_one(xs[rows])
                continue
            counts = np.bincount(which, weights=ys[rows])
            bins = list(zip(found.tolist(), counts.tolist(), strict=True))
            _trim(bins, self._bins, JavaRandom(_SEED))
            centres[group], heights[group] = (np.array(column) for column in zip(*bins, strict=True))
        sizes = np.array([len(own) for own in centres], np.int64)
        return [kernels.lists(pa.array(np.concatenate([np.zeros(0), *column])), sizes) for column in (centres, heights)]

    def _one_by_one(self, numbers: Floats) -> tuple[Floats, Floats]:
        bins: list[tuple[float, float]] = []
        random = JavaRandom(_SEED)
        for number in numbers.tolist():
            place = bisect.bisect_left(bins, (number,))
            if place < len(bins) and bins[place][0] == number:
                bins[place] = (number, bins[place][1] + 1)
            else:
                bins.insert(place, (number, 1.0))
                _trim(bins, self._bins, random)
        xs, ys = zip(*bins, strict=True)
        return np.array(xs), np.array(ys)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        xs = np.asarray(buffers[0].flatten())
        fields = [self.result.value_type.field(place) for place in range(2)]
        centres = _typed(xs, fields[0].type)
        bins = pa.StructArray.from_arrays([centres, buffers[1].flatten()], fields=fields)
        lists = kernels.lists(bins, np.asarray(buffers[0].value_lengths()).astype(np.int64)).cast(self.result)
        return pc.if_else(pc.equal(lists.value_lengths(), 0), pa.scalar(None, self.result), lists)


def _trim(bins: list[tuple[float, float]], most: int, random: JavaRandom) -> None:
    """Make one of the two closest bins until there are few enough."""
    while len(bins) > most:
        closest, at, ties = bins[1][0] - bins[0][0], 0, 1
        for place in range(1, len(bins) - 1):
            distance = bins[place + 1][0] - bins[place][0]
            if distance < closest:
                closest, at, ties = distance, place, 1
            elif distance == closest:
                ties += 1
                if random.fraction() <= 1.0 / ties:
                    at = place
        (x, y), (next_x, next_y) = bins[at : at + 2]
        height = y + next_y
        bins[at : at + 2] = [(x * (y / height) + next_x / height * next_y, height)]


def _typed(numbers: Floats, data_type: pa.DataType) -> pa.Array:
    """Centres in the type of the values: fractions of whole numbers are cut off."""
    if pa.types.is_floating(data_type):
        return pa.array(numbers).cast(data_type)
    if pa.types.is_decimal(data_type):
        return pc.round(pa.array(numbers), data_type.scale, "half_towards_infinity").cast(data_type)
    whole = np.trunc(numbers).astype(np.int64)
    if pa.types.is_temporal(data_type):
        return pa.array(whole, pa.int32() if data_type.bit_width == 32 else pa.int64()).view(data_type)
    return pa.array(whole, data_type)
