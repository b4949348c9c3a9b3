"""Aggregates whose buffers are lists: collected values, percentiles, modes, and distinct arguments.

A list buffer grows with the values it has seen, as in the reference; what it merges is whole columns of lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction, OrderKey
from actorstream.expr.grouping import Groups, Ids, group_rows, normalise_keys
from actorstream.expr.ordering import sort_rows

_DOUBLE = pa.float64()


class CollectList(AggregateFunction):
    """``collect_list``: values in order of arrival without nulls; never null (STF-141)."""

    never_null = True

    def __init__(self, result: pa.DataType) -> None:
        self.result = result
        self.buffers = (pa.field("buf", result, nullable=False),)

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [kernels.collect(inputs[0], groups).cast(self.result)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self.update([kernels.flatten(buffers[0], groups)[0]], kernels.flatten(buffers[0], groups)[1])

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]


class CollectSet(CollectList):
    """``collect_set``: each value once, in order of first arrival."""

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(normalise_keys(inputs[0]), groups)
        rows = kernels.distinct_rows([values], groups)
        return super().update([values.take(pa.array(rows))], groups.of_rows(rows))


class CollectUnion(CollectSet):
    """``collect_union``: each element of the arrays once, in order of first arrival, without nulls."""

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        elements, inside = kernels.flatten(inputs[0], groups)
        return super().update([elements], inside)

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self.update(buffers, groups)


class TopBy(AggregateFunction):
    """``max_by`` and ``min_by`` with a number: the values of the rows where another column is largest or smallest."""

    def __init__(self, value: pa.DataType, order: pa.DataType, which: Literal["min", "max"], count: int) -> None:
        self.result = pa.list_(value)
        self.buffers = (
            pa.field("values", pa.list_(value), nullable=False),
            pa.field("orderings", pa.list_(order), nullable=False),
        )
        self._ascending = which == "min"
        self._count = count

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, orderings = (kernels.column(item) for item in inputs[:2])  # the third says how many
        mask = kernels.valid_rows(orderings)
        if mask is not None:
            keep = pa.array(mask)
            values, orderings, groups = values.filter(keep), orderings.filter(keep), groups.of_rows(mask)
        order = sort_rows([orderings], [self._ascending], [False])
        order = order[kernels.stable_order(Groups(groups.ids[order], groups.count))]
        ids = groups.ids[order]
        starts = np.searchsorted(ids, np.arange(groups.count))
        chosen = order[np.arange(len(ids)) - starts[ids] < self._count]
        owners, rows = groups.of_rows(chosen), pa.array(chosen)
        return [
            kernels.collect_all(values.take(rows), owners).cast(self.buffers[0].type),
            kernels.collect_all(orderings.take(rows), owners).cast(self.buffers[1].type),
        ]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, inside = kernels.flatten(buffers[0], groups)
        return self.update([values, buffers[1].flatten()], inside)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return pc.if_else(pc.equal(buffers[0].value_lengths(), 0), pa.scalar(None, self.result), buffers[0])


class StringAgg(CollectList):
    """``listagg`` and ``string_agg``: texts or bytes joined by a constant; null without a value."""

    never_null = False

    def __init__(self, separator: str | bytes, element: pa.DataType) -> None:
        super().__init__(pa.list_(element))
        self.result = element
        self.buffers = (pa.field("buf", pa.list_(element), nullable=False),)
        self._separator = separator

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [kernels.collect(inputs[0], groups).cast(self.buffers[0].type)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        joined = pc.binary_join(buffers[0], pa.scalar(self._separator, self.result))
        return pc.if_else(pc.equal(buffers[0].value_lengths(), 0), pa.scalar(None, joined.type), joined)


class OrderedStringAgg(StringAgg):
    """``listagg(...) WITHIN GROUP (ORDER BY ...)``: joined in the order of some keys, which are kept beside the texts."""

    def __init__(self, separator: str | bytes, element: pa.DataType, order: Sequence[OrderKey]) -> None:
        super().__init__(separator, element)
        keys = [pa.field(f"key_{number}", pa.list_(key.type), nullable=False) for number, key in enumerate(order)]
        self.buffers = (*self.buffers, *keys)
        self._order = order

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        texts, owners = kernels.drop_nulls(inputs[0], groups)
        mask = kernels.valid_rows(inputs[0])
        keys = [inputs[key.place] for key in self._order]
        if mask is not None:
            keys = [key.filter(pa.array(mask)) for key in keys]
        columns = [texts, *keys]
        return [
            kernels.collect_all(column, owners).cast(field.type)
            for column, field in zip(columns, self.buffers, strict=True)
        ]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        owners = kernels.flatten(buffers[0], groups)[1]
        return [kernels.collect_all(buffer.flatten(), owners).cast(buffer.type) for buffer in buffers]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        texts, owners = kernels.flatten(buffers[0], Groups(np.arange(len(buffers[0])), len(buffers[0])))
        keys = [buffer.flatten() for buffer in buffers[1:]]
        order = sort_rows(keys, [key.ascending for key in self._order], [key.nulls_first for key in self._order])
        order = order[kernels.stable_order(owners.of_rows(order))]
        joined = kernels.collect_all(texts.take(pa.array(order)), owners.of_rows(order))
        return super().finish([joined.cast(self.buffers[0].type)])


class Tally(AggregateFunction):
    """Base of functions that need every distinct value and how often it came: two lists that belong together."""

    #: position of the argument that says how often a value counts; None if there is no such argument
    frequency: int | None = None
    #: whether `result_of` gets the greatest value first
    descending = False

    def __init__(self, value: pa.DataType, result: pa.DataType) -> None:
        self.result = result
        self.buffers = (
            pa.field("values", pa.list_(value), nullable=False),
            pa.field("counts", pa.list_(pa.int64()), nullable=False),
        )

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(normalise_keys(inputs[0]), groups)
        weights = np.ones(len(values), np.int64)
        if self.frequency is not None and len(inputs) > self.frequency:
            weights = inputs[self.frequency].fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
            mask = kernels.valid_rows(inputs[0])
            weights = weights if mask is None else weights[mask]
        return self._tally(values, weights, groups)

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, inside = kernels.flatten(buffers[0], groups)
        return self._tally(values, buffers[1].flatten().to_numpy(zero_copy_only=False), inside)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        lengths = buffers[0].value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
        groups = Groups(np.repeat(np.arange(len(lengths)), lengths), len(lengths))
        values, counts = buffers[0].flatten(), buffers[1].flatten().to_numpy(zero_copy_only=False)
        order = kernels.sorted_within(values, groups, ascending=not self.descending)
        return self.result_of(values.take(pa.array(order)), counts[order], groups.of_rows(order))

    def result_of(self, values: pa.Array, counts: Ids, groups: Groups) -> pa.Array:
        """The results, from values sorted by group and value."""
        raise NotImplementedError

    def _tally(self, values: pa.Array, weights: Ids, groups: Groups) -> list[pa.Array]:
        pairs, first = group_rows([pa.array(groups.ids), values])
        totals = np.zeros(pairs.count, np.int64)
        np.add.at(totals, pairs.ids, weights)
        owners = groups.of_rows(first)
        return [
            kernels.collect_all(values.take(pa.array(first)), owners).cast(self.buffers[0].type),
            kernels.collect_all(pa.array(totals), owners).cast(self.buffers[1].type),
        ]


def _starts(counts: Ids, groups: Groups) -> tuple[Ids, Ids]:
    """Running total over all values, and the total of every group."""
    totals = np.zeros(groups.count, np.int64)
    np.add.at(totals, groups.ids, counts)
    return np.cumsum(counts), totals


def _position(running: Ids, totals: Ids, place: Ids) -> Ids:
    """Index of the value that is number `place` (from 0) within each group, counting repetitions."""
    before = np.cumsum(totals) - totals
    return np.minimum(np.searchsorted(running, before + place, side="right"), max(0, len(running) - 1))


class Percentile(Tally):
    """``percentile``, ``median`` and ``percentile_cont``: exact, interpolated between neighbours.

    Args:
        result: double, or the type of an argument that is an interval; lists of it if there is a list of `shares`.
        descending: whether the shares count from the greatest value.
    """

    frequency: int | None = 2

    def __init__(
        self,
        argument: pa.DataType,
        result: pa.DataType,
        shares: Sequence[float],
        *,
        as_list: bool,
        descending: bool = False,
    ) -> None:
        super().__init__(argument, result)
        self.descending = descending
        self._shares = shares
        self._as_list = as_list
        self._single = result.value_type if as_list else result

    def result_of(self, values: pa.Array, counts: Ids, groups: Groups) -> pa.Array:
        running, totals = _starts(counts, groups)
        numbers = kernels.numbers(values, groups, np.float64)[0] if len(values) else np.zeros(1)
        has = totals > 0
        columns = [
            _typed(np.where(has, self._percentile(share, numbers, running, totals), 0), self._single)
            for share in self._shares
        ]
        if self._as_list:
            return _interleave(columns, has, self.result)
        return pc.if_else(pa.array(has), columns[0], pa.scalar(None, self.result))

    @staticmethod
    def _percentile(share: float, numbers: kernels.Floats, running: Ids, totals: Ids) -> kernels.Floats:
        place = np.maximum(totals - 1, 0) * share
        lower, upper = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
        low = numbers[_position(running, totals, lower)]
        high = numbers[_position(running, totals, upper)]
        with np.errstate(all="ignore"):
            mixed = low + (place - lower) * (high - low)
        return np.where((lower == upper) | (low == high), low, mixed)


class PercentileDiscrete(Percentile):
    """``percentile_disc``: the first value with at least that share of the values up to it."""

    frequency = None

    @staticmethod
    def _percentile(share: float, numbers: kernels.Floats, running: Ids, totals: Ids) -> kernels.Floats:
        place = np.maximum(np.ceil(totals * share).astype(np.int64) - 1, 0)
        return numbers[_position(running, totals, place)]


class PercentileApprox(Tally):
    """``percentile_approx``: the smallest value with at least that share of the values at or below it.

    Exact at every size, hence within any accuracy that is asked for.
    """

    def __init__(self, argument: pa.DataType, shares: Sequence[float], *, as_list: bool) -> None:
        super().__init__(argument, pa.list_(argument) if as_list else argument)
        self._argument = argument
        self._shares = shares
        self._as_list = as_list

    def result_of(self, values: pa.Array, counts: Ids, groups: Groups) -> pa.Array:
        running, totals = _starts(counts, groups)
        has = totals > 0
        columns = []
        for share in self._shares:
            place = np.maximum(np.ceil(totals * share).astype(np.int64) - 1, 0)
            rows = np.where(has, _position(running, totals, place), -1)
            columns.append(kernels.take_or_null(values, rows))
        if not self._as_list:
            return columns[0]
        return _interleave(columns, has, self.result)


def _typed(numbers: kernels.Floats, data_type: pa.DataType) -> pa.Array:
    """Numbers as doubles, or cut to whole units of an interval."""
    if pa.types.is_floating(data_type):
        return pa.array(numbers, data_type)
    whole = np.trunc(numbers).astype(np.int64)
    return pa.array(whole).view(data_type) if pa.types.is_duration(data_type) else pa.array(whole, data_type)


def _interleave(columns: Sequence[pa.Array], has: kernels.Mask, result: pa.DataType) -> pa.Array:
    """One list per row out of one column per element."""
    rows, width = len(has), len(columns)
    order = np.arange(rows * width).reshape(width, rows).T.ravel()
    values = pa.concat_arrays(list(columns)).take(pa.array(order))
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
    return pa.ListArray.from_arrays(offsets, values, mask=pa.array(~has)).cast(result)


class Mode(Tally):
    """``mode``: the most frequent value; of equally frequent ones the least, or the greatest if asked for."""

    def __init__(self, argument: pa.DataType, tie: Literal["least", "greatest"]) -> None:
        super().__init__(argument, argument)
        self._tie = tie

    def result_of(self, values: pa.Array, counts: Ids, groups: Groups) -> pa.Array:
        best = np.zeros(groups.count, np.int64)
        np.maximum.at(best, groups.ids, counts)
        edge: Literal["first", "last"] = "first" if self._tie == "least" else "last"
        return kernels.take_or_null(values, kernels.edge_rows(groups, edge, counts == best[groups.ids]))


class Distinct(AggregateFunction):
    """Any function over its distinct argument rows, for static frames; a stream refuses these (STF-62)."""

    def __init__(self, inner: AggregateFunction, types: Sequence[pa.DataType]) -> None:
        self.result = inner.result
        self.never_null = inner.never_null
        self.buffers = tuple(
            pa.field(f"distinct_{number}", pa.list_(data_type), nullable=False)
            for number, data_type in enumerate(types)
        )
        self._inner = inner

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        columns = [kernels.column(normalise_keys(values)) for values in inputs]
        rows = kernels.distinct_rows(columns, groups)
        owners = groups.of_rows(rows)
        return [
            kernels.collect_all(values.take(pa.array(rows)), owners, field.type)
            for values, field in zip(columns, self.buffers, strict=True)
        ]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        _, inside = kernels.flatten(buffers[0], groups)
        return self.update([column.flatten() for column in buffers], inside)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        lists = len(buffers[0])
        values, groups = kernels.flatten(buffers[0], Groups(np.arange(lists), lists))
        inputs = [values, *(column.flatten() for column in buffers[1:])]
        return self._inner.finish(self._inner.update(inputs, groups))
