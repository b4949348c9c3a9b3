"""Order of values by Spark's rules, as numbers numpy can sort: for `Sort`, min, max, max_by and percentiles.

NaN is greater than any number and equal to itself, -0.0 equals 0.0, text and binary compare by bytes, structs and arrays
element by element (STF-144). Nulls come first or last by the key's own choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.expr.grouping import Column, Ids, as_array, group_rows


def sort_rows(columns: Sequence[Column], ascending: Sequence[bool], nulls_first: Sequence[bool]) -> Ids:
    """The row numbers in sorted order; rows with equal keys keep their order.

    Shape: one or more columns of n rows, and a flag each.
    """
    keys: list[Any] = []
    for column, up, first in zip(columns, ascending, nulls_first, strict=True):
        array = as_array(column)
        ranks = ranks_of(array)
        if not up:
            ranks = ~ranks  # unlike a minus sign this cannot overflow
        if array.null_count:
            is_null = array.is_null().to_numpy(zero_copy_only=False)
            ranks = np.where(is_null, 0, ranks)
            keys.append(~is_null if first else is_null)
        keys.append(ranks)
    return np.lexsort(keys[::-1])


def ranks_of(array: pa.Array) -> Ids:
    """An int64 per row that orders as the values do and is equal where they are; meaningless for nulls."""
    data_type = array.type
    types = pa.types
    if types.is_floating(data_type):
        return _float_ranks(array)
    if types.is_boolean(data_type):
        array = array.cast(pa.int8())
    elif types.is_temporal(data_type) and not types.is_interval(data_type):
        array = array.view(pa.int64() if data_type.bit_width == 64 else pa.int32())
    if types.is_integer(array.type) and array.type != pa.uint64():
        if array.null_count:
            array = array.fill_null(0)
        return array.to_numpy(zero_copy_only=False).astype(np.int64)
    if types.is_null(data_type):
        return np.zeros(len(array), np.int64)
    groups, first = group_rows([array])
    return _ranks_of_distinct(array.take(pa.array(first)))[groups.ids]


def _float_ranks(array: pa.Array) -> Ids:
    """The bits of a double, flipped for negative numbers so that they order as integers."""
    values = array.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False) + 0.0
    bits = np.where(np.isnan(values), np.nan, values).view(np.int64)
    ranks: Ids = np.where(bits < 0, np.int64(-(2**63)) - bits - 1, bits)
    return np.where(np.isnan(values), np.int64(2**63 - 1), ranks)


def _ranks_of_distinct(array: pa.Array) -> Ids:
    data_type = array.type
    if pa.types.is_struct(data_type):
        children = array.flatten()
        flags = [True] * len(children)
        order = sort_rows(children, flags, flags) if children else np.arange(len(array))
    elif pa.types.is_list(data_type):
        order = _sort_lists(array)
    else:
        order = pc.sort_indices(array).to_numpy().astype(np.int64)
    ranks = np.empty(len(array), np.int64)
    ranks[order] = np.arange(len(array))
    return ranks


def _sort_lists(array: pa.Array) -> Ids:
    """Element by element, a shorter list before its extensions: one sort column per position."""
    filled = array.fill_null(pa.scalar([], array.type)) if array.null_count else array
    lengths = filled.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    values = filled.flatten()
    ranks = _null_first_ranks(values)
    starts = np.cumsum(lengths) - lengths
    keys = []
    for position in range(int(lengths.max(initial=0))):
        has = lengths > position
        key = np.full(len(lengths), -1, np.int64)
        key[has] = ranks[starts[has] + position]
        keys.append(key)
    return np.lexsort(keys[::-1]) if keys else np.arange(len(lengths))


def _null_first_ranks(array: pa.Array) -> Ids:
    """Dense ranks from 0 with nulls smallest."""
    order = sort_rows([array], [True], [True])
    if not len(array):
        return order
    groups, _ = group_rows([array])
    group_of_sorted = groups.ids[order]
    new = np.ones(len(order), np.int64)
    new[1:] = group_of_sorted[1:] != group_of_sorted[:-1]
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.cumsum(new) - 1
    return ranks
