"""`createDataFrame`: Python rows, pandas DataFrames and Arrow tables as a table with Spark types."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from actorstream.dataflow.batch import align, with_schema
from actorstream.errors import PySparkTypeError, PySparkValueError
from actorstream.expr.casts import to_instants
from actorstream.expr.rows import array_of, infer_schema, rows_to_table
from actorstream.expr.types import (
    VARIANT,
    DataType,
    StructField,
    StructType,
    TimestampNTZType,
    VariantType,
    from_arrow_schema,
    parse_data_type,
    timestamp_type,
    to_arrow_schema,
)
from actorstream.expr.variant.user_value import VariantVal

SchemaLike = StructType | DataType | str | Sequence[str] | None


def to_table(data: Any, schema: SchemaLike = None, *, verify: bool = True, zone: str = "UTC") -> pa.Table:
    """The table.

    Args:
        verify: whether values are checked against the schema; those that do not fit become null otherwise.
        zone: the time zone that timestamps of pandas and Arrow without a zone are in.
    Raises: PySparkTypeError, PySparkValueError, ParseException.
    """
    value_type, names = _read_schema(schema)
    struct = value_type if value_type is None or isinstance(value_type, StructType) else _of_values(value_type)
    if isinstance(data, (pa.Table, pa.RecordBatch)):
        table = data if isinstance(data, pa.Table) else pa.Table.from_batches([data])
        return _adopt(table, struct, names, zone)
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns"):
        return _adopt(_of_pandas(data), struct, names, zone)
    if type(data).__module__ == "numpy" and type(data).__name__ == "ndarray":
        return _adopt(_of_numpy(data), struct, names, zone)
    if isinstance(data, (str, bytes)):
        raise PySparkTypeError(
            errorClass="CANNOT_INFER_SCHEMA_FOR_TYPE", messageParameters={"data_type": type(data).__name__}
        )
    if not hasattr(data, "__iter__"):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "arg_name": "data",
                "expected_type": "list, pandas.DataFrame or pyarrow.Table",
                "arg_type": type(data).__name__,
            },
        )
    rows = [_plain(row) for row in data]
    if struct is None:
        struct = infer_schema(rows, names)
    return rows_to_table(rows, struct, verify=verify, bare=struct is not value_type and value_type is not None)


def _of_pandas(frame: Any) -> pa.Table:
    """A pandas DataFrame as a table; its variants are objects that Arrow does not know."""
    variants: dict[int, pa.Array] = {}
    for place, kind in enumerate(frame.dtypes):
        values = frame.iloc[:, place].to_list() if str(kind) == "object" else []
        if any(isinstance(value, VariantVal) for value in values):
            found = [value if isinstance(value, VariantVal) else None for value in values]
            variants[place] = array_of(found, VariantType())
    if not variants:
        return pa.Table.from_pandas(frame, preserve_index=False)
    plain = [place for place in range(len(frame.columns)) if place not in variants]
    rest = pa.Table.from_pandas(frame.iloc[:, plain], preserve_index=False)
    columns = dict(zip(plain, rest.columns, strict=True))
    fields = [
        pa.field(str(name), VARIANT) if place in variants else rest.schema.field(plain.index(place))
        for place, name in enumerate(frame.columns)
    ]
    arrays = [variants[place] if place in variants else columns[place] for place in range(len(fields))]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _plain(row: Any) -> Any:
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    return row


def _read_schema(schema: SchemaLike) -> tuple[DataType | None, list[str] | None]:
    """The type of a row or of the only column, or only the names, that the user gave."""
    if schema is None:
        return None, None
    if isinstance(schema, str):
        return parse_data_type(schema), None
    if isinstance(schema, DataType):
        return schema, None
    if isinstance(schema, (list, tuple)) and all(isinstance(name, str) for name in schema):
        return None, list(schema)
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={
            "arg_name": "schema",
            "expected_type": "list, None or StructType",
            "arg_type": type(schema).__name__,
        },
    )


def _of_values(data_type: DataType) -> StructType:
    return StructType([StructField("value", data_type)])


def _of_numpy(data: Any) -> pa.Table:
    """A vector as the column ``value``, a matrix as columns ``_1``, ``_2``."""
    if data.ndim == 1:
        return pa.table({"value": pa.array(data)})
    if data.ndim != 2:
        raise PySparkValueError(errorClass="INVALID_NDARRAY_DIMENSION", messageParameters={"dimensions": "1 or 2"})
    return pa.table({f"_{index + 1}": pa.array(data[:, index].copy()) for index in range(data.shape[1])})


def _localized(table: pa.Table, struct: StructType | None, zone: str) -> pa.Table:
    """Timestamps without zone as instants of `zone`, unless the schema keeps them without one."""
    if struct is None and isinstance(timestamp_type(), TimestampNTZType):
        return table
    plain = set() if struct is None else {f.name for f in struct.fields if isinstance(f.dataType, TimestampNTZType)}
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is None and field.name not in plain:
            naive = table.column(index).combine_chunks().cast(pa.timestamp("us"), safe=False)
            table = table.set_column(index, field.name, to_instants(naive, zone))
    return table


def _adopt(table: pa.Table, struct: StructType | None, names: list[str] | None, zone: str) -> pa.Table:
    """An Arrow table under a schema: by name if it has the names, else by position."""
    if names is not None:
        if len(names) != table.num_columns:
            raise PySparkValueError(
                errorClass="AXIS_LENGTH_MISMATCH",
                messageParameters={"expected_length": str(table.num_columns), "actual_length": str(len(names))},
            )
        table = table.rename_columns(names)
    if struct is not None and set(table.column_names) != set(struct.names) and table.num_columns == len(struct.names):
        table = table.rename_columns(struct.names)
    table = _localized(table, struct, zone)
    if struct is None:
        # types that Spark has no name for (unsigned, dictionary) become those that it has
        target = to_arrow_schema(from_arrow_schema(table.schema))
    else:
        target = to_arrow_schema(struct)
    try:
        return with_schema(align(table, target), target)
    except KeyError as error:
        raise PySparkValueError(
            f"The table has the columns ({', '.join(table.column_names)}), the schema asks for {error}."
        ) from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PySparkTypeError(f"The table does not fit the schema ({', '.join(target.names)}): {error}") from None
