"""Counts, sums, averages, extremes and their like (STF-140 to STF-145)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.expr.casts import decimal_overflow
from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.grouping import Groups, Ids
from actorstream.expr.types import DecimalType

_LONG = pa.int64()
_DOUBLE = pa.float64()


def _long_sum(counts: pa.Array, groups: Groups) -> pa.Array:
    total = np.zeros(groups.count, np.int64)
    np.add.at(total, groups.ids, counts.to_numpy(zero_copy_only=False))
    return pa.array(total)


class Count(AggregateFunction):
    """``count(*)`` counts rows, ``count(a, b)`` those in which no argument is null; never null (STF-141)."""

    buffers = (pa.field("count", _LONG, nullable=False),)
    result = _LONG
    never_null = True

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        mask = None
        for values in inputs:
            valid = kernels.valid_rows(values)
            if valid is not None:
                mask = valid if mask is None else mask & valid
        return [pa.array(kernels.row_counts(groups if mask is None else groups.of_rows(mask)))]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [_long_sum(buffers[0], groups)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]


class CountIf(Count):
    """``count_if(condition)``: rows in which it is true."""

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        mask = inputs[0].fill_null(False).to_numpy(zero_copy_only=False)
        return [pa.array(kernels.row_counts(groups.of_rows(mask)))]


class Sum(AggregateFunction):
    """``sum``: integers exactly as bigint, floats in double, decimals with ten more digits."""

    def __init__(self, result: pa.DataType, *, ansi: bool) -> None:
        self.result = result
        self.buffers = (pa.field("sum", result),)
        self._ansi = ansi

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [self._sum(inputs[0], groups)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [self._sum(buffers[0], groups)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]

    def _sum(self, values: pa.Array, groups: Groups) -> pa.Array:
        if pa.types.is_decimal(self.result):
            return kernels.sum_decimal(values, groups, self.result, ansi=self._ansi)
        if pa.types.is_floating(self.result):
            return kernels.sum_float64(values, groups)
        total = kernels.sum_int64(values, groups, ansi=self._ansi)
        return total if total.type == self.result else _as_interval(total, self.result)


def _as_interval(values: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Sums of intervals: microseconds, or months in an int32."""
    return values.cast(data_type) if pa.types.is_integer(data_type) else values.view(data_type)


class TrySum(Sum):
    """``try_sum``: null instead of an overflow. A sum that once overflowed stays null: kept as a flag."""

    def __init__(self, result: pa.DataType) -> None:
        super().__init__(result, ansi=True)
        self.buffers = (pa.field("sum", result), pa.field("overflow", pa.bool_(), nullable=False))

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self._try(inputs[0], groups, np.zeros(groups.count, np.bool_))

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        flags = np.zeros(groups.count, np.bool_)
        flags[groups.ids[buffers[1].to_numpy(zero_copy_only=False)]] = True
        return self._try(buffers[0], groups, flags)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return pc.if_else(buffers[1], pa.scalar(None, self.result), buffers[0])

    def _try(self, values: pa.Array, groups: Groups, flags: kernels.Mask) -> list[pa.Array]:
        if pa.types.is_integer(self.result):
            valid, inside = kernels.numbers(values, groups, np.int64)
            flags = flags | ~kernels.sums_fit(valid, inside)
            return [kernels.sum_int64(values, groups, ansi=False), pa.array(flags)]
        if pa.types.is_decimal(self.result):
            total = kernels.sum_decimal(values, groups, self.result, ansi=False)
            had = np.bincount(kernels.drop_nulls(values, groups)[1].ids, minlength=groups.count) > 0
            lost = total.is_null().to_numpy(zero_copy_only=False) & had
            return [total, pa.array(flags | lost)]
        return [self._sum(values, groups), pa.array(flags)]


class Average(AggregateFunction):
    """``avg`` of numbers, in double."""

    buffers = (pa.field("sum", _DOUBLE), pa.field("count", _LONG, nullable=False))
    result = _DOUBLE

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [kernels.sum_float64(inputs[0], groups), pa.array(kernels.count_values(inputs[0], groups))]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [kernels.sum_float64(buffers[0], groups), _long_sum(buffers[1], groups)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return pc.divide(buffers[0], buffers[1].cast(_DOUBLE))  # the sum is null where the count is 0


class AverageDecimal(AggregateFunction):
    """``avg`` of decimals: four more digits after the point, rounded half up; of intervals: rounded half up.

    Source: Spark's Average with DecimalDivideWithOverflowCheck.
    """

    def __init__(self, argument: pa.DataType, result: pa.DataType, total: pa.DataType, *, ansi: bool) -> None:
        self.result = result
        self.buffers = (pa.field("sum", total), pa.field("count", _LONG, nullable=False))
        self._sum = Sum(total, ansi=ansi)
        self._ansi = ansi

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [*self._sum.update(inputs, groups), pa.array(kernels.count_values(inputs[0], groups))]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [*self._sum.merge(buffers[:1], groups), _long_sum(buffers[1], groups)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        total, counts = buffers[0], buffers[1].to_numpy(zero_copy_only=False)
        has = total.is_valid().to_numpy(zero_copy_only=False)
        if pa.types.is_decimal(self.result):
            unscaled = _unscaled(total.fill_null(0)) * 10 ** (self.result.scale - total.type.scale)
            means = _divide_half_up(unscaled, counts)
            beyond = has & (np.abs(means) >= 10**self.result.precision)
            if beyond.any():
                if self._ansi:
                    first = Decimal(int(means[np.flatnonzero(beyond)[0]])).scaleb(-self.result.scale, Context(prec=76))
                    raise decimal_overflow(first, DecimalType(self.result.precision, self.result.scale))
                has = has & ~beyond
                means = np.where(beyond, 0, means)
            return _decimals(means, has, self.result)
        months = pa.types.is_integer(self.result)
        plain = total if months else total.view(_LONG)
        found = _divide_half_up(plain.fill_null(0).to_numpy(zero_copy_only=False), counts)
        if months:
            return kernels.masked(found, has, self.result)
        return pa.array(found, _LONG, mask=~has).view(self.result)


def _unscaled(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Unscaled values as Python integers, exact at any size: one per group, not per row."""
    small = kernels.unscaled_int64(array)
    if small is not None:
        return small.astype(object)
    words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    high = words[1::2].astype(object)
    low = words[0::2].view(np.uint64).astype(object)
    found: np.ndarray[tuple[int], np.dtype[np.object_]] = high * 2**64 + low
    return found


def _divide_half_up(values: np.ndarray[tuple[int], np.dtype[np.object_]], counts: Ids) -> Ids:
    """Quotients rounded half away from zero; 0 where the count is 0."""
    divisor = np.maximum(counts, 1).astype(object)
    whole = values.astype(object)
    sign = np.where(whole < 0, -1, 1).astype(object)
    found: Ids = sign * ((2 * np.abs(whole) + divisor) // (2 * divisor))
    return found


def _decimals(values: Ids, has: kernels.Mask, data_type: pa.DataType) -> pa.Array:
    if len(values) == 0 or max(abs(int(values.max())), abs(int(values.min()))) < 2**62:
        found = kernels.decimals_of_int64(values.astype(np.int64), has, data_type)
        if found is not None:
            return found
    context = Context(prec=76)
    scaled = [
        Decimal(int(value)).scaleb(-data_type.scale, context) if valid else None
        for value, valid in zip(values, has, strict=True)
    ]
    return pa.array(scaled, data_type)


class Extreme(AggregateFunction):
    """``min`` and ``max`` of any type with an order; NaN is the greatest (STF-144)."""

    def __init__(self, data_type: pa.DataType, which: Literal["min", "max"]) -> None:
        self.result = data_type
        self.buffers = (pa.field(which, data_type),)
        self._which = which

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [kernels.extreme(inputs[0], groups, self._which)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [kernels.extreme(buffers[0], groups, self._which)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]


class ExtremeBy(AggregateFunction):
    """``max_by`` and ``min_by``: the value in the row where another column is extreme; the last of equals."""

    def __init__(self, value: pa.DataType, order: pa.DataType, which: Literal["min", "max"]) -> None:
        self.result = value
        self.buffers = (pa.field("value", value), pa.field("ordering", order))
        self._which = which

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        rows = kernels.extreme_rows(inputs[1], groups, self._which)
        return [kernels.take_or_null(values, rows) for values in inputs]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self.update(buffers, groups)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]


class Edge(AggregateFunction):
    """``first`` and ``last`` in order of arrival; nulls count unless they are ignored (STF-141)."""

    def __init__(self, data_type: pa.DataType, which: Literal["first", "last"], *, ignore_nulls: bool) -> None:
        self.result = data_type
        self.buffers = (pa.field(which, data_type), pa.field("valueSet", pa.bool_(), nullable=False))
        self._which = which
        self._ignore_nulls = ignore_nulls

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self._pick(inputs[0], groups, kernels.valid_rows(inputs[0]) if self._ignore_nulls else None)

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self._pick(buffers[0], groups, buffers[1].to_numpy(zero_copy_only=False))

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]

    def _pick(self, values: pa.Array, groups: Groups, mask: kernels.Mask | None) -> list[pa.Array]:
        rows = kernels.edge_rows(groups, self._which, mask)
        return [kernels.take_or_null(values, rows), pa.array(rows >= 0)]


class Bits(AggregateFunction):
    """``bit_and``, ``bit_or``, ``bit_xor`` of integers; with booleans ``bool_and`` and ``bool_or``."""

    def __init__(self, data_type: pa.DataType, operation: Literal["and", "or", "xor"], name: str) -> None:
        self.result = data_type
        self.buffers = (pa.field(name, data_type),)
        self._operation = operation

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return [kernels.bits(inputs[0], groups, self._operation)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self.update(buffers, groups)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]


class Product(AggregateFunction):
    """``product`` in double."""

    buffers = (pa.field("product", _DOUBLE),)
    result = _DOUBLE

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.numbers(inputs[0], groups, np.float64)
        found = np.ones(groups.count)
        with np.errstate(all="ignore"):
            np.multiply.at(found, groups.ids, values)
        return [kernels.masked(found, kernels.row_counts(groups) > 0, _DOUBLE)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self.update(buffers, groups)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]
