"""Helpers on tables in flight: split by key, put together, cut, fit to a schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from actorstream.common.hashing import hash_columns, partition_of


def split_by_hash(table: pa.Table, columns: Sequence[str], partitions: int) -> list[tuple[int, pa.Table]]:
    """The non-empty pieces of a table by the stable hash of its key columns, each with its partition; order is kept.

    Shape: the pieces have the table's columns and together its n rows.
    """
    if table.num_rows == 0:
        return []
    if partitions == 1:
        return [(0, table)]
    owners = partition_of(hash_columns([table.column(name) for name in columns], table.num_rows), partitions)
    # one gather in partition order, then free slices, instead of a filter per partition
    narrow = owners.astype(np.uint16 if partitions < 1 << 16 else np.uint32)
    order = np.argsort(narrow, kind="stable")
    counts = np.bincount(narrow, minlength=partitions)
    ends = np.cumsum(counts)
    sizes = np.flatnonzero(counts)
    if len(sizes) == 1:
        return [(int(sizes[0]), table)]
    sorted_table = table.take(pa.array(order))
    return [(int(owner), sorted_table.slice(int(ends[owner] - counts[owner]), int(counts[owner]))) for owner in sizes]


def concat(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """All rows in order, as one table of `schema`, also if there are none; no copy."""
    if not tables:
        return pa.Table.from_batches([], schema)  # `schema.empty_table()` would import pandas
    if not len(schema):
        return without_columns(sum(table.num_rows for table in tables))
    return pa.concat_tables([with_schema(table, schema) for table in tables])


def with_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The same columns under a schema of equal types: names, nullability and metadata come from it."""
    if not len(schema):
        return without_columns(table.num_rows)
    return pa.Table.from_arrays(table.columns, schema=schema)


def without_columns(rows: int) -> pa.Table:
    """A table of rows that have no columns: Arrow counts them only where columns have been taken away."""
    return pa.table({"": pa.nulls(rows)}).select([])


def cut(table: pa.Table, start: int, count: int | None = None) -> pa.Table:
    """Some rows, at most those that there are: without columns Arrow's `slice` gives as many as are asked for."""
    left = max(table.num_rows - start, 0)
    return table.slice(start, left if count is None else min(count, left))


def over_numbers(values: np.ndarray[Any, Any], data_type: pa.DataType) -> pa.Array:
    """An Arrow array over the memory of a numpy one of that width; no copy, and unlike `pa.array` no import of pandas."""
    return pa.Array.from_buffers(data_type, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def slices(table: pa.Table, rows_max: int) -> Iterator[pa.Table]:
    """The table in pieces of at most `rows_max` rows; no copy."""
    for start in range(0, table.num_rows, rows_max):
        yield table.slice(start, rows_max)


def align(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of `schema` in its order, found by name and cast to its types.

    Raises: KeyError for a missing column; pa.ArrowInvalid for values that do not fit.
    """
    if table.schema.equals(schema):
        return table
    columns = [table.column(field.name).cast(field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)
