"""Runs a user's function on columns: row by row, on Arrow arrays, or on pandas Series.

The one place of the expressions where Python runs per row, because that is what the user asked for. What the function raises
becomes a `PythonException` with the user's traceback.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from actorstream.errors import PySparkImportError, PySparkTypeError, PythonException
from actorstream.expr.arrow import Array, pa
from actorstream.expr.coercion import type_of
from actorstream.expr.evaluation import Batch
from actorstream.expr.nodes import PythonFunction
from actorstream.expr.rows import array_of, table_to_rows
from actorstream.expr.types import DataType, StringType, StructField, StructType, to_arrow

Runner = Callable[[list[Array], Batch], Array]


def compile_python(node: PythonFunction, argument_types: Sequence[DataType]) -> Runner:
    """A function of argument arrays. Raises: PySparkImportError for pandas kinds without pandas."""
    result = type_of(node)
    if node.kind == "row":
        return _guarded(node, _by_row(node, argument_types, result))
    if node.kind == "arrow":
        return _guarded(node, lambda arrays, batch: _as_result(node.function(*arrays), result, batch.rows, node.name))
    return _guarded(node, _by_series(node, argument_types, result))


def _guarded(node: PythonFunction, run: Runner) -> Runner:
    def call(arrays: list[Array], batch: Batch) -> Array:
        try:
            return run(arrays, batch)
        except PythonException:
            raise
        except Exception as error:
            raise PythonException(
                errorClass="PYTHON_EXCEPTION",
                messageParameters={
                    "msg": f"An exception was thrown from the Python worker ({node.name})",
                    "traceback": "".join(traceback.format_exception(error)),
                },
            ) from error

    return call


def _by_row(node: PythonFunction, argument_types: Sequence[DataType], result: DataType) -> Runner:
    schema = StructType([StructField(f"_{place}", kind, True) for place, kind in enumerate(argument_types)])

    def run(arrays: list[Array], batch: Batch) -> Array:
        if arrays:
            table = pa.Table.from_arrays(arrays, names=schema.names)
            values = [node.function(*row) for row in table_to_rows(table, schema)]
        else:
            values = [node.function() for _ in range(batch.rows)]
        return array_of([_fitted(value, result) for value in values], result)

    return run


def _fitted(value: Any, result: DataType) -> Any:
    """A value that is not of the promised type is null, as in PySpark; a text takes anything's text."""
    if value is None:
        return None
    if isinstance(result, StringType):
        return value if isinstance(value, str) else str(value)
    kinds = _PYTHON_KINDS.get(result.typeName())
    if kinds is None:
        return value
    return value if isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds) else None


_PYTHON_KINDS: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "byte": (int,),
    "short": (int,),
    "integer": (int,),
    "long": (int,),
    "float": (float,),
    "double": (float,),
}


def _as_result(value: Any, result: DataType, rows: int, name: str) -> Array:
    if isinstance(value, pa.ChunkedArray):
        value = value.combine_chunks()
    if not isinstance(value, pa.Array):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "arg_name": f"the result of {name}",
                "expected_type": "pyarrow.Array",
                "arg_type": type(value).__name__,
            },
        )
    _check_length(len(value), rows, name)
    return value.cast(to_arrow(result))


def _by_series(node: PythonFunction, argument_types: Sequence[DataType], result: DataType) -> Runner:
    try:
        import pandas
    except ImportError:
        raise PySparkImportError(
            errorClass="PACKAGE_NOT_INSTALLED",
            messageParameters={"package_name": "Pandas", "minimum_version": "2.2.0"},
        ) from None

    def series(array: Array, kind: DataType) -> Any:
        if isinstance(kind, StructType):
            fields = array.flatten()
            parts = zip(fields, kind.fields, strict=True)
            return pandas.DataFrame({item.name: series(field, item.dataType) for field, item in parts})
        if pa.types.is_timestamp(array.type) and array.type.tz is not None:
            array = array.cast(pa.timestamp("us"))
        return array.to_pandas(date_as_object=True)

    def back(value: Any, rows: int) -> Array:
        _check_length(len(value), rows, node.name)
        target = to_arrow(result)
        if isinstance(result, StructType):
            children = [pa.Array.from_pandas(value[name]).cast(target.field(name).type) for name in result.names]
            return pa.StructArray.from_arrays(children, fields=[target.field(name) for name in result.names])
        return pa.Array.from_pandas(value, type=target, safe=False)

    def run(arrays: list[Array], batch: Batch) -> Array:
        inputs = [series(array, kind) for array, kind in zip(arrays, argument_types, strict=True)]
        if node.kind == "pandas":
            return back(node.function(*inputs), batch.rows)
        once: Iterator[Any] = iter([inputs[0] if len(inputs) == 1 else tuple(inputs)])
        results = list(node.function(once))
        return back(pandas.concat(results) if len(results) > 1 else results[0], batch.rows)

    return run


def _check_length(found: int, rows: int, name: str) -> None:
    if found != rows:
        raise PySparkTypeError(
            f"The result of {name} must have as many values as its input: {rows} rows were given, {found} came back."
        )
