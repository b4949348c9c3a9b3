"""`mapInArrow` and `mapInPandas`: a user's function over the batches of a frame."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.dataflow.batch import align, concat
from actorstream.errors import PySparkTypeError, PythonException
from actorstream.expr.nodes import Attribute, next_attribute_id
from actorstream.expr.types import StructType, parse_schema, to_arrow_schema
from actorstream.plan.nodes import MapTables

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


def map_arrow(
    frame: DataFrame,
    function: Callable[[Iterator[pa.RecordBatch]], Iterable[pa.RecordBatch]],
    schema: StructType | str,
) -> DataFrame:
    """The frame of what `function` gives for the batches of `frame`."""

    def apply(table: pa.Table) -> list[pa.Table]:
        return [pa.Table.from_batches([batch]) for batch in function(iter(table.to_batches()))]

    return _mapped(frame, "MapInArrow", function, apply, schema)


def map_pandas(
    frame: DataFrame, function: Callable[[Iterator[Any]], Iterable[Any]], schema: StructType | str
) -> DataFrame:
    """The frame of what `function` gives for pandas DataFrames. Raises: PySparkImportError without pandas."""
    from actorstream.sql.pandas import require_pandas, to_pandas

    require_pandas()
    columns = frame.schema

    def apply(table: pa.Table) -> list[pa.Table]:
        results = function(iter([to_pandas(table, columns)]))
        return [pa.Table.from_pandas(result, preserve_index=False) for result in results]

    return _mapped(frame, "MapInPandas", function, apply, schema)


def _mapped(
    frame: DataFrame,
    name: str,
    function: Callable[..., Any],
    apply: Callable[[pa.Table], list[pa.Table]],
    schema: StructType | str,
) -> DataFrame:
    result = parse_schema(schema) if isinstance(schema, str) else schema
    if not isinstance(result, StructType):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "StructType or str",
                "arg_name": "schema",
                "arg_type": type(schema).__name__,
            },
        )
    arrow_schema = to_arrow_schema(result)

    def mapped(table: pa.Table) -> pa.Table:
        try:
            given = [_fit(piece, arrow_schema) for piece in apply(table) if piece.num_columns]
        except Exception as error:
            raise PythonException(
                f"{name} failed in {getattr(function, '__name__', 'the function')}:\n"
                + "".join(traceback.format_exception(error))
            ) from error
        return concat(list(given), arrow_schema)

    mapped.__name__ = getattr(function, "__name__", "function")
    attributes = tuple(
        Attribute(name=item.name, id=next_attribute_id(), data_type=item.dataType, nullable=item.nullable)
        for item in result.fields
    )
    return frame._with(MapTables(frame._plan, name, mapped, attributes))


def _fit(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of the promised schema, by name if they have its names, else by position."""
    if set(table.column_names) == set(schema.names):
        fitted = align(table, schema)
    else:
        if table.num_columns != len(schema):
            raise PySparkTypeError(
                f"The function must return the columns ({', '.join(schema.names)}), it returned "
                f"({', '.join(table.column_names)})."
            )
        columns = [column.cast(item.type) for column, item in zip(table.columns, schema, strict=True)]
        fitted = pa.Table.from_arrays(columns, schema=schema)
    return pa.Table.from_arrays(fitted.columns, schema=schema)
