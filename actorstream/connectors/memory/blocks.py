"""What `MemoryStream.add_data` and `MemorySink.addBatch` are given, as a block: an Arrow table of their schema, checked whole.

Rows by field name become rows by position here; `expr.rows` turns those into columns. Tables are cast, column by column,
and never become Python objects.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from actorstream.errors import PySparkTypeError, PySparkValueError
from actorstream.expr.rows import rows_to_table
from actorstream.expr.types import MapType, StructType


def is_tabular(value: object) -> bool:
    """Whether it is a pyarrow Table or RecordBatch or a pandas DataFrame."""
    return isinstance(value, (pa.Table, pa.RecordBatch)) or _is_pandas(value)


def _is_pandas(value: object) -> bool:
    # a value whose class comes from pandas: asking for its module imports nothing
    return type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "columns")


# ---------------------------------------------------------------- rows


def row_block(rows: Iterable[Any], schema: StructType, owner: str = "MemoryStream") -> pa.Table:
    """Python rows as a block; `owner` is who the errors say it is for.

    Raises: PySparkTypeError, PySparkValueError with PySpark's ``FIELD_*`` conditions; MEMORY_FIELDS_MISMATCH for fields
        that the schema does not have.
    """
    items = list(rows)
    if not set(map(type, items)) <= _WITHOUT_NAMES:
        items = [_by_position(row, schema, owner) for row in items]
    return rows_to_table(items, schema)


#: classes of rows that have no field names to look for
_WITHOUT_NAMES: frozenset[type] = frozenset({tuple, list, int, float, bool, str, bytes, type(None)})


def _by_position(row: Any, schema: StructType, owner: str) -> Any:
    """A row with field names in the order of the schema; anything else as it is."""
    named = _named_values(row)
    names = schema.names
    if named is None or list(named) == names:
        return tuple(named.values()) if named is not None else row
    known = set(names)
    if len(names) == 1 and not known & set(named):
        is_nested = isinstance(schema.fields[0].dataType, (MapType, StructType))
        if not isinstance(row, dict) or is_nested:
            return (row,)  # the bare value of the only column
    unknown = [name for name in named if name not in known]
    # a dict may leave fields out, as in createDataFrame; a row or an object has all of its fields
    if unknown or not (isinstance(row, dict) or known <= set(named)):
        raise PySparkValueError(
            errorClass="MEMORY_FIELDS_MISMATCH",
            messageParameters={
                "owner": owner,
                "given": ", ".join(map(str, named)),
                "expected": ", ".join(names),
                "unknown": ", ".join(map(str, unknown)) or "none",
            },
        )
    return tuple(named.get(name) for name in names)


def _named_values(row: Any) -> Mapping[str, Any] | None:
    """Values by field name of a dict, namedtuple, `Row`, dataclass or plain object; None for what has no field names."""
    if isinstance(row, dict):
        return row
    if isinstance(row, tuple):
        fields = getattr(row, "_fields", None) or getattr(row, "__fields__", None)
        return None if not fields else dict(zip(fields, row, strict=True))
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {item.name: getattr(row, item.name) for item in dataclasses.fields(row)}
    attributes = getattr(row, "__dict__", None)
    return attributes if isinstance(attributes, dict) and not isinstance(row, type) else None


# ---------------------------------------------------------------- tables


def table_block(value: Any, schema: pa.Schema | None, owner: str = "MemoryStream") -> pa.Table:
    """A table as a block: the columns of the schema, found by name, cast without loss.

    Shape: as many rows as `value`; columns of `schema`, those that it has where there is none yet.
    Raises: PySparkTypeError MEMORY_TABLE_MISMATCH for other columns, types that do not become those of the schema, and
        nulls where there may be none.
    """
    fit = _Fit(owner)
    table = fit.arrow(value)
    return table if schema is None else fit.table(table, schema)


@dataclasses.dataclass(frozen=True, slots=True)
class _Fit:
    """Makes a table fit, for somebody whom its errors name."""

    owner: str

    def arrow(self, value: Any) -> pa.Table:
        if isinstance(value, pa.Table):
            return value
        if isinstance(value, pa.RecordBatch):
            return pa.Table.from_batches([value])
        try:
            return pa.Table.from_pandas(value, preserve_index=False)
        except pa.ArrowException as error:
            raise self._mismatch(f"a column of the pandas DataFrame mixes types: {error}") from None

    def table(self, table: pa.Table, schema: pa.Schema) -> pa.Table:
        if sorted(table.column_names) != sorted(schema.names):
            given, wanted = ", ".join(table.column_names), ", ".join(schema.names)
            raise self._mismatch(f"it has the columns ({given}), ({wanted}) are needed.")
        columns = [self._column(table.column(item.name), item) for item in schema]
        return pa.Table.from_arrays(columns, schema=schema)

    def _column(self, column: pa.ChunkedArray, item: pa.Field) -> pa.ChunkedArray:
        if _family(column.type) != _family(item.type) and not pa.types.is_null(column.type):
            raise self._mismatch(f"its column {item.name} is {column.type}, {item.type} is needed.")
        try:
            cast = column.cast(item.type)
        except pa.ArrowException as error:
            raise self._mismatch(
                f"its column {item.name} is {column.type} and cannot become {item.type}: {error}"
            ) from None
        if not item.nullable and cast.null_count:
            raise self._mismatch(f"its column {item.name} has nulls and may have none.")
        return cast

    def _mismatch(self, reason: str) -> PySparkTypeError:
        return PySparkTypeError(
            errorClass="MEMORY_TABLE_MISMATCH", messageParameters={"owner": self.owner, "reason": reason}
        )


def _family(data_type: pa.DataType) -> str:
    """Types that may become each other when no value changes; a text is never read as a number, nor a flag as one."""
    if pa.types.is_dictionary(data_type):
        return _family(data_type.value_type)
    for name, belongs in _FAMILIES.items():
        if any(check(data_type) for check in belongs):
            return name
    return str(data_type)


_FAMILIES = {
    "number": (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
    "text": (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
    "bytes": (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view),
    "moment": (pa.types.is_timestamp, pa.types.is_date),
    "list": (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list),
    "struct": (pa.types.is_struct,),
    "map": (pa.types.is_map,),
    "duration": (pa.types.is_duration,),
}
