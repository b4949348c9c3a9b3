"""What a user's `read` gives, as Arrow tables: rows are gathered and checked, record batches are checked and passed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from actorstream.errors import PySparkRuntimeError
from actorstream.expr.rows import rows_to_table
from actorstream.expr.types import Row, StructType, to_arrow_schema

#: rows that become one table; the reference's ``spark.sql.execution.arrow.maxRecordsPerBatch``
_ROWS_MAX = 10_000


def to_tables(rows: Any, schema: StructType, source: str) -> Iterator[pa.Table]:
    """The rows of a reader in order, as tables of `schema`.

    Args:
        rows: what `read` returned; `source`: the data source's name, for messages.
    Raises: PySparkRuntimeError DATA_SOURCE_INVALID_RETURN_TYPE, DATA_SOURCE_RETURN_SCHEMA_MISMATCH.
    """
    if not isinstance(rows, Iterator):
        raise _bad_type(rows, source, "iterator")
    first = next(rows, None)
    if first is None:
        return
    rows = chain([first], rows)
    if isinstance(first, pa.RecordBatch):
        yield from _checked_batches(rows, schema)
        return
    while block := list(islice(rows, _ROWS_MAX)):
        yield rows_to_table([_checked_row(row, schema, source) for row in block], schema)


def _checked_batches(batches: Iterable[pa.RecordBatch], schema: StructType) -> Iterator[pa.Table]:
    wanted = to_arrow_schema(schema)
    for batch in batches:
        found = batch.schema
        if len(found) != len(wanted):
            raise _mismatch(len(wanted), len(found))
        if set(found.names) != set(wanted.names):
            raise _mismatch(wanted.names, found.names)
        if found.types != wanted.types or found.names != wanted.names:
            raise _mismatch(wanted.remove_metadata(), found.remove_metadata())
        yield pa.Table.from_arrays(batch.columns, schema=wanted)


def _checked_row(row: Any, schema: StructType, source: str) -> Any:
    """A row as a tuple in the order of the columns; a Row with names is taken by them."""
    if hasattr(row, "__len__") and len(row) != len(schema):
        raise _mismatch(len(schema), len(row))
    if not isinstance(row, (list, tuple)):
        raise _bad_type(row, source, "tuple, list, `pyspark.sql.types.Row`, `pyarrow.RecordBatch`")
    if isinstance(row, Row) and hasattr(row, "__fields__"):
        if set(row.__fields__) != set(schema.names):
            raise _mismatch(schema.names, list(row.__fields__))
        return tuple(row[name] for name in schema.names)
    return tuple(row)


def _mismatch(expected: object, actual: object) -> PySparkRuntimeError:
    return PySparkRuntimeError(
        errorClass="DATA_SOURCE_RETURN_SCHEMA_MISMATCH",
        messageParameters={"expected": str(expected), "actual": str(actual)},
    )


def _bad_type(value: object, source: str, supported: str) -> PySparkRuntimeError:
    return PySparkRuntimeError(
        errorClass="DATA_SOURCE_INVALID_RETURN_TYPE",
        messageParameters={"type": type(value).__name__, "name": source, "supported_types": supported},
    )
