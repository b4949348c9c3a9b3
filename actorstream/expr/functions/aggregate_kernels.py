"""Reduces columns by group: the second half of a group-by, shared by all aggregate functions.

Each kernel takes one array of n rows and `Groups`, skips nulls, and gives one value per group; a group without a value gives
null unless said otherwise. Numbers go through numpy; other types are ranked (`expr.ordering`) or handed to Acero.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.errors import ArithmeticException
from actorstream.expr.casts import decimal_overflow, doubles_of
from actorstream.expr.grouping import Column, Groups, Ids, as_array, group_rows
from actorstream.expr.ordering import ranks_of, sort_rows
from actorstream.expr.types import DecimalType

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_INT64_MAX = 2**63 - 1
#: sums of fewer rows than 2**31 of 32-bit halves cannot overflow int64
_HALF = 32


def overflow(function: str = "try_add", message: str = "overflow") -> ArithmeticException:
    """The error of an ANSI overflow in a sum (STF-142)."""
    hint = f" Use '{function}' to tolerate overflow and return NULL instead." if function else ""
    return ArithmeticException(
        errorClass="ARITHMETIC_OVERFLOW",
        messageParameters={"message": message, "alternative": hint, "config": '"spark.sql.ansi.enabled"'},
    )


# ---------------------------------------------------------------- access


def valid_rows(array: pa.Array) -> Mask | None:
    """True where a row has a value; None if all have."""
    if array.null_count == 0:
        return None
    mask: Mask = array.is_valid().to_numpy(zero_copy_only=False)
    return mask


def drop_nulls(array: pa.Array, groups: Groups) -> tuple[pa.Array, Groups]:
    """Only the rows that have a value."""
    mask = valid_rows(array)
    return (array, groups) if mask is None else (array.filter(pa.array(mask)), groups.of_rows(mask))


def numbers(array: pa.Array, groups: Groups, kind: Any) -> tuple[npt.NDArray[Any], Groups]:
    """The values as numpy numbers of `kind`, without the nulls."""
    array, groups = drop_nulls(array, groups)
    if pa.types.is_decimal(array.type):
        array = doubles_of(array)
    elif pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    elif pa.types.is_temporal(array.type):
        array = array.view(pa.int64() if array.type.bit_width == 64 else pa.int32())
    return array.to_numpy(zero_copy_only=False).astype(kind, copy=False), groups


def masked(values: npt.NDArray[Any], has: Mask, data_type: pa.DataType) -> pa.Array:
    """numpy values as an Arrow array with nulls where `has` is False."""
    if pa.types.is_temporal(data_type):
        storage = pa.int64() if data_type.bit_width == 64 else pa.int32()
        return pa.array(values, storage, mask=~has).view(data_type)
    if has.all():
        return pa.array(values, data_type)
    return pa.array(values, data_type, mask=~has)


def row_counts(groups: Groups) -> Ids:
    """Rows per group."""
    return np.bincount(groups.ids, minlength=groups.count)


# ---------------------------------------------------------------- counts and sums


def count_values(array: pa.Array, groups: Groups) -> Ids:
    """Rows with a value, per group; 0 if there are none."""
    mask = valid_rows(array)
    return row_counts(groups if mask is None else groups.of_rows(mask))


def sum_int64(array: pa.Array, groups: Groups, *, ansi: bool) -> pa.Array:
    """Exact sums as int64.

    Raises: ArithmeticException ARITHMETIC_OVERFLOW if a sum does not fit and `ansi`; otherwise it wraps around (STF-142).
    """
    values, groups = numbers(array, groups, np.int64)
    has = row_counts(groups) > 0
    total = np.zeros(groups.count, np.int64)
    np.add.at(total, groups.ids, values)
    if ansi and not sums_fit(values, groups).all():
        raise overflow()
    return masked(total, has, pa.int64())


def _may_overflow(values: npt.NDArray[np.int64]) -> bool:
    largest = max(int(values.max()), -int(values.min()))
    return largest * len(values) > _INT64_MAX


def sums_fit(values: npt.NDArray[np.int64], groups: Groups) -> Mask:
    """Which groups have a sum that fits int64, found from exact sums of the upper and lower halves."""
    if len(values) == 0 or not _may_overflow(values):
        return np.ones(groups.count, np.bool_)
    upper = np.zeros(groups.count, np.int64)
    lower = np.zeros(groups.count, np.int64)
    np.add.at(upper, groups.ids, values >> _HALF)
    np.add.at(lower, groups.ids, values & (2**_HALF - 1))
    carried = upper + (lower >> _HALF)
    fit: Mask = (carried >= -(2**31)) & (carried < 2**31)
    return fit


def sum_float64(array: pa.Array, groups: Groups) -> pa.Array:
    """Sums in double (STF-145)."""
    values, groups = numbers(array, groups, np.float64)
    with np.errstate(all="ignore"):
        total = np.bincount(groups.ids, weights=values, minlength=groups.count)
    return masked(total, row_counts(groups) > 0, pa.float64())


def sum_decimal(array: pa.Array, groups: Groups, result: pa.DataType, *, ansi: bool) -> pa.Array:
    """Exact sums of decimals as `result`.

    Raises: ArithmeticException NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION if a sum has too many digits and `ansi`;
        otherwise it is null.
    """
    array, groups = drop_nulls(array, groups)
    unscaled = unscaled_int64(array)
    if unscaled is not None and (len(unscaled) == 0 or not _may_overflow(unscaled)):
        total = np.zeros(groups.count, np.int64)
        np.add.at(total, groups.ids, unscaled)
        sums = decimals_of_int64(total, row_counts(groups) > 0, result)
        if sums is not None:
            return sums
    # wide, or a sum past 128 bits would come out negative
    wide = pa.decimal256(76, result.scale)
    sums = by_acero(array.cast(wide), groups, "sum").cast(wide)
    unfit = pc.greater_equal(pc.abs(sums), pa.scalar(_decimal(10**result.precision, result.scale), wide))
    if pc.any(unfit).as_py():
        if ansi:
            raise decimal_overflow(sums.filter(unfit)[0].as_py(), DecimalType(result.precision, result.scale))
        sums = pc.if_else(unfit, pa.scalar(None, wide), sums)
    return sums.cast(result)


def _decimal(unscaled: int, scale: int) -> Any:
    from decimal import Context, Decimal

    return Decimal(unscaled).scaleb(-scale, Context(prec=76))


def unscaled_int64(array: pa.Array) -> npt.NDArray[np.int64] | None:
    """The unscaled values of a decimal128 array without nulls, if all fit int64."""
    if len(array) == 0:
        return np.zeros(0, np.int64)
    words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = words[0::2], words[1::2]
    return low if bool((high == (low >> 63)).all()) else None


def decimals_of_int64(values: npt.NDArray[np.int64], has: Mask, data_type: pa.DataType) -> pa.Array | None:
    """Unscaled int64 values as decimals; None if one has too many digits for the type."""
    if data_type.precision < 19 and bool((np.abs(values[has]) >= 10**data_type.precision).any()):
        return None
    words = np.empty(2 * len(values), np.int64)
    words[0::2] = values
    words[1::2] = values >> 63
    validity = None if has.all() else pa.py_buffer(np.packbits(has, bitorder="little"))
    return pa.Array.from_buffers(data_type, len(values), [validity, pa.py_buffer(words)])


def by_acero(array: pa.Array, groups: Groups, function: str) -> pa.Array:
    """A reduction by Arrow's own group-by, for types numpy does not know."""
    table = pa.table({"group": pa.array(groups.ids), "value": array})
    reduced = table.group_by("group", use_threads=False).aggregate([("value", function)])
    rows = np.full(groups.count, -1, np.int64)
    rows[as_array(reduced.column("group")).to_numpy()] = np.arange(reduced.num_rows)
    return as_array(reduced.column(f"value_{function}")).take(pa.array(rows, mask=rows < 0))


# ---------------------------------------------------------------- order


def extreme(array: pa.Array, groups: Groups, which: Literal["min", "max"]) -> pa.Array:
    """Least or greatest value per group, NaN greatest (STF-144)."""
    data_type = array.type
    types = pa.types
    if types.is_floating(data_type):
        return _extreme_float(array, groups, which)
    if types.is_integer(data_type) or (types.is_temporal(data_type) and not types.is_interval(data_type)):
        values, groups = numbers(array, groups, np.int64)
        storage = pa.int32() if types.is_temporal(data_type) and data_type.bit_width == 32 else None
        best = np.full(groups.count, _INT64_MAX if which == "min" else -_INT64_MAX - 1, np.int64)
        (np.minimum if which == "min" else np.maximum).at(best, groups.ids, values)
        has = row_counts(groups) > 0
        best[~has] = 0
        return masked(best.astype(np.int32) if storage else best, has, data_type)
    rows = extreme_rows(array, groups, which)
    return array.take(pa.array(rows, mask=rows < 0))


def _extreme_float(array: pa.Array, groups: Groups, which: Literal["min", "max"]) -> pa.Array:
    values, groups = numbers(array, groups, np.float64)
    counts = row_counts(groups)
    with np.errstate(invalid="ignore"):
        if which == "max":  # numpy's maximum hands NaN on
            best = np.full(groups.count, -np.inf)
            np.maximum.at(best, groups.ids, values)
        else:
            nan = np.isnan(values)
            best = np.full(groups.count, np.inf)
            np.minimum.at(best, groups.ids, np.where(nan, np.inf, values))
            if nan.any():
                best[np.bincount(groups.ids[nan], minlength=groups.count) == counts] = np.nan
    return masked(best.astype(array.type.to_pandas_dtype()), counts > 0, array.type)


def extreme_rows(array: pa.Array, groups: Groups, which: Literal["min", "max"]) -> Ids:
    """The last row that holds the least or greatest value of each group; -1 if there is none."""
    rows = np.arange(len(array), dtype=np.int64)
    ranks = ranks_of(array)
    mask = valid_rows(array)
    if mask is not None:
        rows, ranks, groups = rows[mask], ranks[mask], groups.of_rows(mask)
    if which == "min":
        best = np.full(groups.count, _INT64_MAX, np.int64)
        np.minimum.at(best, groups.ids, ranks)
    else:
        best = np.full(groups.count, -_INT64_MAX - 1, np.int64)
        np.maximum.at(best, groups.ids, ranks)
    winners = ranks == best[groups.ids]
    found = np.full(groups.count, -1, np.int64)
    found[groups.ids[winners]] = rows[winners]
    return found


def edge_rows(groups: Groups, which: Literal["first", "last"], mask: Mask | None = None) -> Ids:
    """First or last row of each group among those in `mask`; -1 if there is none."""
    rows = np.arange(len(groups.ids), dtype=np.int64)
    ids = groups.ids
    if mask is not None:
        rows, ids = rows[mask], ids[mask]
    found = np.full(groups.count, -1, np.int64)
    if which == "first":
        found[ids[::-1]] = rows[::-1]
    else:
        found[ids] = rows
    return found


def take_or_null(array: pa.Array, rows: Ids) -> pa.Array:
    """Values by row number, null for -1."""
    return array.take(pa.array(rows, mask=rows < 0))


# ---------------------------------------------------------------- bits


def bits(array: pa.Array, groups: Groups, operation: Literal["and", "or", "xor"]) -> pa.Array:
    """Bitwise reductions of integers; and, or of booleans."""
    if pa.types.is_boolean(array.type):
        reduced = bits(array.cast(pa.int8()), groups, operation)
        return reduced.cast(pa.bool_())
    values, groups = numbers(array, groups, np.int64)
    found = np.full(groups.count, -1 if operation == "and" else 0, np.int64)
    {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}[operation].at(found, groups.ids, values)
    has = row_counts(groups) > 0
    found[~has] = 0
    return masked(found, has, array.type)


# ---------------------------------------------------------------- lists


def collect(array: pa.Array, groups: Groups) -> pa.Array:
    """The values of each group as a list, in row order; nulls are skipped, a group without value gives an empty list."""
    array, groups = drop_nulls(array, groups)
    return collect_all(array, groups)


def collect_all(array: pa.Array, groups: Groups, data_type: pa.DataType | None = None) -> pa.Array:
    """Like `collect`, nulls included, as lists of type `data_type`."""
    order = stable_order(groups)
    return lists(array.take(pa.array(order)), row_counts(groups), data_type)


def stable_order(groups: Groups) -> Ids:
    """Rows sorted by group, in row order within each. There are less than 2**32 groups."""
    # numpy sorts 16 bits by radix: even twice is several times faster than 64 bits once
    order = np.argsort((groups.ids & 0xFFFF).astype(np.uint16), kind="stable")
    if groups.count > 1 << 16:
        upper = (groups.ids >> 16).astype(np.uint16)
        order = order[np.argsort(upper[order], kind="stable")]
    return order


def lists(values: pa.Array, lengths: Ids, data_type: pa.DataType | None = None) -> pa.Array:
    """A list column out of its flattened values. (Arrow's cast of a list of nulls loses all but the first.)"""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=data_type)


def flatten(array: pa.Array, groups: Groups) -> tuple[pa.Array, Groups]:
    """The values of a list column and the group of each; null lists have none."""
    lengths = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return array.flatten(), groups.repeated(lengths)


def distinct_rows(columns: list[pa.Array], groups: Groups) -> Ids:
    """Row numbers of the first occurrence of every (group, values), in row order."""
    _, first = group_rows([pa.array(groups.ids), *columns])
    return first


def sorted_within(array: pa.Array, groups: Groups, *, ascending: bool = True) -> Ids:
    """Rows sorted by group, and by value within each."""
    order = sort_rows([array], [ascending], [False])
    return order[stable_order(Groups(groups.ids[order], groups.count))]


def column(values: Column) -> pa.Array:
    """One contiguous array."""
    return as_array(values)
