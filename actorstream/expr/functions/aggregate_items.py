"""``approx_top_k`` and its relatives: the most frequent values of a group, at once or by way of a state that can be combined.

The buffers are the values with their counts, exact as long as a sketch of the reference would be; see `sketch_items`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from actorstream.errors import SparkRuntimeException
from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_collect import Tally
from actorstream.expr.functions.sketch_items import Items, capacity, to_bytes, top_lists
from actorstream.expr.functions.top_items import items_of
from actorstream.expr.grouping import Groups, Ids

#: values that the reference looks at to find out what is rare
_SAMPLE = 1024


class FrequentItems(Tally):
    """Base: counts of values, of which the rare ones are dropped when there are too many.

    Args:
        item: the type of the values.
        tracked: how many values are counted at least.
    """

    never_null = True

    def __init__(self, item: pa.DataType, result: pa.DataType, tracked: int) -> None:
        super().__init__(item, result)
        self.buffers = (
            *self.buffers,
            pa.field("nulls", pa.int64(), nullable=False),
            pa.field("weight", pa.int64(), nullable=False),
            pa.field("offset", pa.int64(), nullable=False),
        )
        self._item = item
        self._tracked = tracked

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        rows = kernels.row_counts(groups)
        values, inside = kernels.drop_nulls(kernels.column(inputs[0]), groups)
        known = kernels.row_counts(inside)
        tallied = self._tally(values, np.ones(len(values), np.int64), inside)
        return self._purged(tallied, rows - known, known, np.zeros(groups.count, np.int64))

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, inside = kernels.flatten(buffers[0], groups)
        tallied = self._tally(values, np.asarray(buffers[1].flatten()), inside)
        return self._purged(tallied, *(_sums(column, groups) for column in buffers[2:5]))

    def _purged(self, tallied: list[pa.Array], nulls: Ids, weights: Ids, offsets: Ids) -> list[pa.Array]:
        """Drop the rarer half of the values until there are few enough."""
        sizes = np.asarray(tallied[0].value_lengths()).astype(np.int64)
        most = capacity(self._tracked)
        if (sizes > most).any():
            starts = np.cumsum(sizes) - sizes
            counts = np.asarray(tallied[1].flatten()).copy()
            for group in np.flatnonzero(sizes > most):
                own = counts[starts[group] : starts[group] + sizes[group]]
                while np.count_nonzero(own > 0) > most:
                    sample = own[own > 0][:_SAMPLE]
                    rare = int(np.sort(sample)[len(sample) // 2])
                    own -= rare
                    offsets[group] += rare
            kept = counts > 0
            owners = np.repeat(np.arange(len(sizes)), sizes)[kept]
            sizes = np.bincount(owners, minlength=len(sizes))
            tallied = [
                kernels.lists(tallied[0].flatten().filter(pa.array(kept)), sizes).cast(self.buffers[0].type),
                kernels.lists(pa.array(counts[kept]), sizes).cast(self.buffers[1].type),
            ]
        return [*tallied, pa.array(nulls), pa.array(weights), pa.array(offsets)]

    @staticmethod
    def _items(buffers: Sequence[pa.Array]) -> Iterator[Items]:
        values, counts = buffers[0].flatten(), np.asarray(buffers[1].flatten())
        numbers = (np.asarray(column).tolist() for column in buffers[2:5])
        at = 0
        sizes = np.asarray(buffers[0].value_lengths()).tolist()
        for size, nulls, weight, offset in zip(sizes, *numbers, strict=True):
            yield Items(values[at : at + size], counts[at : at + size].tolist(), nulls, weight, offset)
            at += size


def _sums(column: pa.Array, groups: Groups) -> Ids:
    total = np.zeros(groups.count, np.int64)
    np.add.at(total, groups.ids, np.asarray(column))
    return total


class ApproxTopK(FrequentItems):
    """``approx_top_k``: the `k` most frequent values."""

    def __init__(self, item: pa.DataType, result: pa.DataType, k: int, tracked: int) -> None:
        super().__init__(item, result, tracked)
        self._k = k

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return top_lists(list(self._items(buffers)), self._k, self.result)


class ApproxTopKAccumulate(FrequentItems):
    """``approx_top_k_accumulate``: a state that ``approx_top_k_combine`` and ``approx_top_k_estimate`` take.

    Args:
        ddl: what the state says about the type of the values.
    """

    def __init__(self, item: pa.DataType, result: pa.DataType, tracked: int, ddl: str) -> None:
        super().__init__(item, result, tracked)
        self._ddl = ddl

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return self._states(buffers, np.full(len(buffers[0]), self._tracked))

    def _states(self, buffers: Sequence[pa.Array], tracked: Ids) -> pa.Array:
        """States that say how many values are tracked; their sketches have room for `self._tracked`."""
        count = len(buffers[0])
        sketches = [to_bytes(items, self._tracked) for items in self._items(buffers)]
        columns = [
            pa.array(sketches, pa.binary()),
            pa.array(tracked, pa.int32()),
            pa.nulls(count, self._item),
            pa.array([self._ddl] * count, pa.string()),
        ]
        fields = [self.result.field(place) for place in range(4)]
        return pa.StructArray.from_arrays(columns, fields=fields)


class ApproxTopKCombine(ApproxTopKAccumulate):
    """``approx_top_k_combine``: several states as one.

    Args:
        tracked: how many values the result tracks; None takes that of the states, which must be the same then.
    """

    def __init__(self, item: pa.DataType, result: pa.DataType, tracked: int | None, most: int, ddl: str) -> None:
        super().__init__(item, result, most if tracked is None else tracked, ddl)
        self.buffers = (*self.buffers, pa.field("tracked", pa.int64(), nullable=False))
        self._given = tracked

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        states, inside = kernels.drop_nulls(kernels.column(inputs[0]), groups)
        sketches, sizes, _, types = states.flatten()
        self._check_types(types)
        many = [items_of(data, self._item) for data in sketches.to_pylist()]
        lengths = np.array([len(items.counts) for items in many], np.int64)
        values = pa.concat_arrays([pa.array([], self._item), *(items.values for items in many)])
        counts = np.array([count for items in many for count in items.counts], np.int64)
        tallied = self._tally(values, counts, inside.repeated(lengths))
        numbers = (
            _sums(pa.array([getattr(items, name) for items in many], pa.int64()), inside)
            for name in ("nulls", "weight", "offset")
        )
        return [*self._purged(tallied, *numbers), self._sizes(sizes, inside)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [*super().merge(buffers, groups), self._sizes(buffers[5], groups)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        tracked = np.asarray(buffers[5])
        return self._states(buffers, tracked if self._given is None else np.full(len(tracked), self._given))

    def _check_types(self, types: pa.Array) -> None:
        found = types.unique().to_pylist()
        if found and found != [self._ddl]:
            first, second = (f'"{ddl.split()[1].upper()}"' for ddl in [*found, self._ddl][:2])
            raise SparkRuntimeException(
                errorClass="APPROX_TOP_K_SKETCH_TYPE_NOT_MATCH", messageParameters={"type1": first, "type2": second}
            )

    def _sizes(self, sizes: pa.Array, groups: Groups) -> pa.Array:
        """How many values the states of each group track; 0 where there is none."""
        numbers = np.asarray(sizes).astype(np.int64)
        seen = numbers > 0
        groups, numbers = groups.of_rows(seen), numbers[seen]
        found = np.zeros(groups.count, np.int64)
        found[groups.ids[::-1]] = numbers[::-1]
        other = np.flatnonzero(numbers != found[groups.ids])
        if self._given is None and len(other):
            row = int(other[0])
            raise SparkRuntimeException(
                errorClass="APPROX_TOP_K_SKETCH_SIZE_NOT_MATCH",
                messageParameters={"size1": str(found[groups.ids[row]]), "size2": str(numbers[row])},
            )
        return pa.array(found)
