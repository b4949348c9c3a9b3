"""Numbers rows by key: the first half of every group-by, deduplication and join.

`group_rows` gives each distinct key a number in order of first appearance; `expr.functions.aggregate_kernels` reduces columns
by these numbers. Keys compare as Spark's grouping does: null equals null, NaN equals NaN, -0.0 equals 0.0 (STF-144).
Works on one batch in memory; keys that outlive a batch belong to `state`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ids = npt.NDArray[np.int64]
Column: TypeAlias = "pa.Array | pa.ChunkedArray"

#: combined codes stay below this, so that multiplying in another column cannot overflow int64
_CODE_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Groups:
    """A group number per row. Invariant: ``0 <= ids < count``; a group may have no row (after a filter)."""

    ids: Ids
    count: int

    def of_rows(self, rows: Any) -> Groups:
        """The same groups with only some rows: a boolean mask or row numbers."""
        return Groups(self.ids[rows], self.count)

    def repeated(self, lengths: Ids) -> Groups:
        """Each row's number repeated, for the flattened values of a list column."""
        return Groups(np.repeat(self.ids, lengths), self.count)


def single_group(rows: int) -> Groups:
    """All rows in one group, which exists also when there is no row (STF-84)."""
    return Groups(np.zeros(rows, np.int64), 1)


def group_rows(key_columns: Sequence[Column]) -> tuple[Groups, Ids]:
    """Number the rows by their key.

    Shape: `key_columns` have n rows each, at least one column; groups are numbered in order of first appearance.
    Returns: the groups, and the first row of each.
    """
    if not key_columns:
        raise ValueError("group_rows needs a key column; use single_group")
    encoded = [_codes(as_array(column)) for column in key_columns]
    ids, count = _combine(encoded)
    return Groups(ids, count), first_rows(ids, count)


def first_rows(ids: Ids, count: int) -> Ids:
    """The first row of every group; every group must have one."""
    first = np.zeros(count, np.int64)
    # of several writes to one place the last one stays, so the rows go backwards
    first[ids[::-1]] = np.arange(len(ids) - 1, -1, -1, dtype=np.int64)
    return first


def as_array(column: Column) -> pa.Array:
    """A column as one contiguous array; dictionary columns are decoded."""
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # combine_chunks keeps very large string columns apart
            column = pa.concat_arrays(column.chunks)
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    return column


def needs_normalising(data_type: pa.DataType) -> bool:
    """Whether equal keys of this type can have different bits: floats, and whatever holds floats."""
    if pa.types.is_floating(data_type):
        return True
    return any(needs_normalising(data_type.field(index).type) for index in range(data_type.num_fields))


def normalise_keys(column: Column) -> Column:
    """A key column with one bit pattern per value: -0.0 becomes 0.0, every NaN the same NaN.

    Source: Spark's NormalizeFloatingNumbers, which also decides what the key prints as.
    """
    return _normalise(as_array(column)) if needs_normalising(column.type) else column


def _normalise(array: pa.Array) -> pa.Array:
    data_type = array.type
    if pa.types.is_floating(data_type):
        positive = pc.add(array, pa.scalar(0.0, data_type))
        return pc.if_else(pc.is_nan(positive), pa.scalar(float("nan"), data_type), positive)
    if not needs_normalising(data_type):
        return array
    if pa.types.is_struct(data_type):
        children = [_normalise(array.field(index)) for index in range(data_type.num_fields)]
        fields = [data_type.field(index) for index in range(data_type.num_fields)]
        return pa.StructArray.from_arrays(children, fields=fields, mask=_null_mask(array))
    if pa.types.is_list(data_type):
        packed = _zero_based(array)
        return pa.ListArray.from_arrays(
            packed.offsets, _normalise(packed.values), type=data_type, mask=_null_mask(array)
        )
    return array


def _null_mask(array: pa.Array) -> pa.Array | None:
    return array.is_null() if array.null_count else None


def _zero_based(array: pa.Array) -> pa.Array:
    """A list array without offset into its buffers, so that `offsets` and `values` fit each other."""
    return pa.concat_arrays([array, array.slice(0, 0)]) if array.offset else array


def _codes(array: pa.Array) -> tuple[Ids, int]:
    """A number per row, equal for equal values, and a bound above all of them."""
    data_type = array.type
    if pa.types.is_null(data_type):
        return np.zeros(len(array), np.int64), 1
    if pa.types.is_struct(data_type):
        return _struct_codes(array)
    if pa.types.is_list(data_type) or pa.types.is_map(data_type):
        return _list_codes(array)
    if pa.types.is_interval(data_type):
        array = array.view(pa.binary(16))
    if pa.types.is_floating(data_type):
        array = _normalise(array)
    encoded = array.dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), max(1, len(encoded.dictionary))


def _struct_codes(array: pa.Array) -> tuple[Ids, int]:
    parts = [_codes(field) for field in array.flatten()]
    if array.null_count or not parts:
        parts.insert(0, (array.is_null().to_numpy(zero_copy_only=False).astype(np.int64), 2))
    return _combine(parts)


def _list_codes(array: pa.Array) -> tuple[Ids, int]:
    """Lists are equal if the code sequences of their values are: compare these as bytes."""
    packed = _zero_based(array)
    if pa.types.is_map(array.type):
        codes, _ = _combine([_codes(packed.keys), _codes(packed.items)])
    else:
        codes, _ = _codes(packed.values)
    offsets = packed.offsets.to_numpy().astype(np.int64) * codes.itemsize
    # start and length instead of buffers with holes: a null list may cover values
    data = pa.py_buffer(np.ascontiguousarray(codes))
    whole = pa.Array.from_buffers(pa.large_binary(), len(array), [None, pa.py_buffer(offsets), data])
    encoded = pc.if_else(packed.is_valid(), whole, pa.scalar(None, pa.large_binary())) if array.null_count else whole
    indices = encoded.dictionary_encode(null_encoding="encode")
    return indices.indices.to_numpy(zero_copy_only=False).astype(np.int64), max(1, len(indices.dictionary))


def _combine(parts: Sequence[tuple[Ids, int]]) -> tuple[Ids, int]:
    """One dense number per row out of one number per column."""
    codes, bound = parts[0]
    if len(parts) == 1:
        return codes, bound if len(codes) else 0
    for own, size in parts[1:]:
        if bound > _CODE_LIMIT // size:
            codes, bound = _dense(codes, bound)
        codes = codes * size + own
        bound *= size
    return _dense(codes, bound)


def _dense(codes: Ids, bound: int) -> tuple[Ids, int]:
    """Renumber codes below `bound` by first appearance."""
    if bound > max(4096, 2 * len(codes)):
        encoded = pa.array(codes).dictionary_encode()
        return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)
    first = np.full(bound, -1, np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1, dtype=np.int64)
    present = np.flatnonzero(first >= 0)
    number = first  # reused: only places of present codes are read
    number[present[np.argsort(first[present])]] = np.arange(len(present))
    return number[codes], len(present)
