"""`mapInArrow` and `mapInPandas`: a user's function over the batches of a frame.

Also what all functions on tables share (`sql.map_groups` uses it): schemas, and results made to fit them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.dataflow.batch import concat
from actorstream.errors import PySparkRuntimeError, PySparkTypeError
from actorstream.expr.nodes import Attribute, next_attribute_id
from actorstream.expr.python_function import guarded
from actorstream.expr.python_values import pandas_column, wrong_result
from actorstream.expr.types import StructType, parse_schema, to_arrow_schema
from actorstream.expr.zones import session_zone
from actorstream.plan.nodes import MapTables

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


def map_arrow(
    frame: DataFrame,
    function: Callable[[Iterator[pa.RecordBatch]], Iterable[pa.RecordBatch]],
    schema: StructType | str,
) -> DataFrame:
    """The frame of what `function` gives for the batches of `frame`; columns by position."""
    result = result_schema(schema)
    target = to_arrow_schema(result)

    def apply(table: pa.Table) -> list[pa.Table]:
        pieces = []
        for piece in _iterated(function(iter(table.combine_chunks().to_batches())), "pyarrow.RecordBatch"):
            if not isinstance(piece, pa.RecordBatch):
                raise _not_iterator_of("pyarrow.RecordBatch", piece)
            if piece.num_columns:
                check_count(len(target), piece.num_columns)
                pieces.append(_typed(piece.columns, piece.schema.names, target))
        return pieces

    return _mapped(frame, "MapInArrow", function, apply, result)


def map_pandas(
    frame: DataFrame, function: Callable[[Iterator[Any]], Iterable[Any]], schema: StructType | str
) -> DataFrame:
    """The frame of what `function` gives for pandas DataFrames; columns by name. Raises: PySparkImportError without pandas."""
    from actorstream.sql.pandas import require_pandas, to_pandas

    pandas = require_pandas()
    columns = frame.schema
    result = result_schema(schema)
    zone = session_zone(frame._conf)

    def apply(table: pa.Table) -> list[pa.Table]:
        pieces = []
        for piece in _iterated(function(iter([to_pandas(table, columns, zone)])), "pandas.DataFrame"):
            if not isinstance(piece, pandas.DataFrame):
                raise _not_iterator_of("pandas.DataFrame", piece)
            pieces.append(from_pandas(piece, result, zone, extra=True))
        return pieces

    return _mapped(frame, "MapInPandas", function, apply, result)


def _mapped(
    frame: DataFrame,
    name: str,
    function: Callable[..., Any],
    apply: Callable[[pa.Table], list[pa.Table]],
    result: StructType,
) -> DataFrame:
    arrow_schema = to_arrow_schema(result)
    label = getattr(function, "__name__", type(function).__name__)

    def mapped(table: pa.Table) -> pa.Table:
        with guarded(label):
            return concat(apply(table), arrow_schema)

    mapped.__name__ = label
    return frame._with(MapTables(frame._plan, name, mapped, attributes_of(result)))


# ---------------------------------------------------------------- what all of them share


def result_schema(schema: StructType | str) -> StructType:
    """The promised columns. Raises: PySparkTypeError NOT_EXPECTED_TYPE, ParseException."""
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
    return result


def attributes_of(schema: StructType) -> tuple[Attribute, ...]:
    """New columns of a plan for the promised ones."""
    return tuple(
        Attribute(name=item.name, id=next_attribute_id(), data_type=item.dataType, nullable=item.nullable)
        for item in schema.fields
    )


def from_pandas(frame: Any, schema: StructType, zone: str, *, extra: bool = False) -> pa.Table:
    """A pandas DataFrame as a table of `schema`: by name if its columns have text names, else by position.

    Args:
        zone: in which a time without a zone is a moment.
        extra: whether columns that nobody asked for are left out, and not an error.
    Raises: PySparkRuntimeError RESULT_COLUMN_NAMES_MISMATCH, RESULT_COLUMN_SCHEMA_MISMATCH; PySparkValueError.
    """
    target = to_arrow_schema(schema)
    if not len(frame.columns) and not len(frame):
        return target.empty_table()
    if all(isinstance(name, str) for name in frame.columns):
        check_names(schema.names, list(frame.columns), extra=extra)
        series = [frame[name] for name in schema.names]
    else:
        check_count(len(schema), len(frame.columns))
        series = [frame.iloc[:, place] for place in range(len(schema))]
    columns = [
        pandas_column(column, item.dataType, item.name, zone)
        for column, item in zip(series, schema.fields, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=target)


def from_arrow(table: pa.Table, schema: StructType) -> pa.Table:
    """An Arrow table as one of `schema`, by name; types must be the promised ones.

    Raises: PySparkRuntimeError RESULT_COLUMN_NAMES_MISMATCH, RESULT_COLUMN_TYPES_MISMATCH.
    """
    target = to_arrow_schema(schema)
    if not table.num_columns and not table.num_rows:
        return target.empty_table()
    check_names(schema.names, table.column_names)
    return _typed([table.column(name) for name in schema.names], schema.names, target)


def _typed(columns: Sequence[Any], names: Sequence[str], target: pa.Schema) -> pa.Table:
    wrong = [
        f"column '{name}' (expected {field.type}, actual {column.type})"
        for name, column, field in zip(names, columns, target, strict=True)
        if not _same_type(column.type, field.type)
    ]
    if wrong:
        raise PySparkRuntimeError(
            errorClass="RESULT_COLUMN_TYPES_MISMATCH", messageParameters={"mismatch": ", ".join(wrong)}
        )
    fitted = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(columns, target, strict=True)
    ]
    return pa.Table.from_arrays(fitted, schema=target)


def _same_type(one: pa.DataType, other: pa.DataType) -> bool:
    """Whether two types differ only in width of offsets, unit or zone, or in the names inside of lists."""
    if one == other or (pa.types.is_timestamp(one) and pa.types.is_timestamp(other)):
        return True
    if one.num_fields and one.id == other.id and one.num_fields == other.num_fields:
        return all(_same_type(one.field(place).type, other.field(place).type) for place in range(one.num_fields))
    texts = (pa.types.is_string, pa.types.is_large_string), (pa.types.is_binary, pa.types.is_large_binary)
    return any(any(kind(one) for kind in kinds) and any(kind(other) for kind in kinds) for kinds in texts)


def check_count(expected: int, actual: int) -> None:
    """Raises: PySparkRuntimeError RESULT_COLUMN_SCHEMA_MISMATCH."""
    if expected != actual:
        raise PySparkRuntimeError(
            errorClass="RESULT_COLUMN_SCHEMA_MISMATCH",
            messageParameters={"expected": str(expected), "actual": str(actual)},
        )


def check_names(expected: Sequence[str], actual: Sequence[str], *, extra: bool = False) -> None:
    """Raises: PySparkRuntimeError RESULT_COLUMN_NAMES_MISMATCH."""
    missing = sorted(set(expected) - set(actual))
    unexpected = sorted(set(actual) - set(expected))
    if missing or (unexpected and not extra):
        raise PySparkRuntimeError(
            errorClass="RESULT_COLUMN_NAMES_MISMATCH",
            messageParameters={
                "missing": f" Missing: {', '.join(missing)}." if missing else "",
                "extra": f" Unexpected: {', '.join(unexpected)}." if unexpected else "",
            },
        )


def _iterated(results: Any, kind: str) -> Iterable[Any]:
    if not isinstance(results, Iterator) and not hasattr(results, "__iter__"):
        raise wrong_result(f"iterator of {kind}", results)
    items: Iterable[Any] = results
    return items


def _not_iterator_of(kind: str, item: Any) -> PySparkTypeError:
    return PySparkTypeError(
        errorClass="UDF_RETURN_TYPE",
        messageParameters={"expected": f"iterator of {kind}", "actual": f"iterator of {type(item).__name__}"},
    )
