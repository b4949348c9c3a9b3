"""Runs a user's function on columns: row by row, on Arrow arrays, or on pandas Series.

The one place of the expressions where Python runs per row, because that is what the user asked for. What the function raises
becomes a `PythonException` with the user's traceback.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from actorstream.errors import PySparkImportError, PySparkRuntimeError, PythonException
from actorstream.expr.arrow import Array, pa
from actorstream.expr.coercion import type_of
from actorstream.expr.evaluation import Batch
from actorstream.expr.local_time import local_values
from actorstream.expr.nodes import PythonFunction
from actorstream.expr.python_values import arrow_values, pandas_column, plain_values, wrong_result
from actorstream.expr.rows import table_to_rows
from actorstream.expr.types import DataType, StructField, StructType, VariantType, holds, to_arrow

Runner = Callable[[list[Array], Batch], Array]


def compile_python(node: PythonFunction, argument_types: Sequence[DataType]) -> Runner:
    """A function of argument arrays. Raises: PySparkImportError for pandas kinds without pandas."""
    result = type_of(node)
    if node.kind in ("row", "arrow_row"):
        return _guarded(node, _by_row(node, argument_types, result))
    if node.kind in ("arrow", "arrow_iter"):
        return _guarded(node, _by_array(node, result))
    require_pandas()
    return _guarded(node, _by_series(node, argument_types, result))


@contextlib.contextmanager
def guarded(name: str) -> Iterator[None]:
    """What is raised inside becomes a PythonException PYTHON_EXCEPTION with the traceback."""
    try:
        yield
    except PythonException:
        raise
    except Exception as error:
        raise PythonException(
            errorClass="PYTHON_EXCEPTION",
            messageParameters={
                "msg": f"An exception was thrown from the Python worker ({name})",
                "traceback": "".join(traceback.format_exception(error)),
            },
        ) from error


def _guarded(node: PythonFunction, run: Runner) -> Runner:
    def call(arrays: list[Array], batch: Batch) -> Array:
        with guarded(node.name):
            return run(arrays, batch)

    return call


# ---------------------------------------------------------------- rows


def _by_row(node: PythonFunction, argument_types: Sequence[DataType], result: DataType) -> Runner:
    schema = StructType([StructField(f"_{place}", kind, True) for place, kind in enumerate(argument_types)])
    back = arrow_values if node.kind == "arrow_row" else plain_values

    def run(arrays: list[Array], batch: Batch) -> Array:
        if arrays:
            table = pa.Table.from_arrays(arrays, names=schema.names)
            values = [node.function(*row) for row in table_to_rows(table, schema)]
        else:
            values = [node.function() for _ in range(batch.rows)]
        return back(values, result)

    return run


# ---------------------------------------------------------------- Arrow arrays


def _by_array(node: PythonFunction, result: DataType) -> Runner:
    target = to_arrow(result)

    def back(value: Any, rows: int) -> Array:
        if isinstance(value, pa.ChunkedArray):
            value = value.combine_chunks()
        if not isinstance(value, pa.Array):
            raise wrong_result("pyarrow.Array", value)
        _check_length(len(value), rows)
        return value if value.type == target else value.cast(target)

    def run(arrays: list[Array], batch: Batch) -> Array:
        if node.kind == "arrow":
            return back(node.function(*arrays), batch.rows)
        results = _pieces(node, arrays, "iterator of pyarrow.Array")
        return back(pa.chunked_array(results, results[0].type) if results else pa.array([], target), batch.rows)

    return run


def _pieces(node: PythonFunction, inputs: Sequence[Any], expected: str) -> list[Any]:
    """What an iterator function gives for one batch."""
    once = iter([inputs[0] if len(inputs) == 1 else tuple(inputs)])
    results = node.function(once)
    if not isinstance(results, Iterable):
        raise wrong_result(expected, results)
    return list(results)


# ---------------------------------------------------------------- pandas Series


def require_pandas() -> Any:
    """The module. Raises: PySparkImportError PACKAGE_NOT_INSTALLED."""
    try:
        import pandas
    except ImportError:
        raise PySparkImportError(
            errorClass="PACKAGE_NOT_INSTALLED",
            messageParameters={"package_name": "Pandas", "minimum_version": "2.2.0"},
        ) from None
    return pandas


def to_series(array: Array, data_type: DataType, zone: str) -> Any:
    """A column as a Series, a struct as a DataFrame; moments as local times of `zone`, in nanoseconds."""
    if isinstance(data_type, StructType):
        parts = zip(array.flatten(), data_type.fields, strict=True)
        return require_pandas().DataFrame({item.name: to_series(field, item.dataType, zone) for field, item in parts})
    if holds(data_type, VariantType, in_maps=True):
        rows = table_to_rows(pa.table([array], ["value"]), StructType([StructField("value", data_type)]))
        return require_pandas().Series([row[0] for row in rows], dtype=object)
    series = local_values(array, zone).to_pandas(date_as_object=True, maps_as_pydicts="strict")
    return series.astype("datetime64[ns]") if pa.types.is_timestamp(array.type) else series


def _by_series(node: PythonFunction, argument_types: Sequence[DataType], result: DataType) -> Runner:
    pandas = require_pandas()
    shape = "pandas.DataFrame" if isinstance(result, StructType) else "pandas.Series"

    def back(value: Any, rows: int, zone: str) -> Array:
        if not hasattr(value, "__len__") or isinstance(value, (str, bytes)):
            raise wrong_result(shape, value)
        _check_length(len(value), rows)
        return pandas_column(value if hasattr(value, "iloc") else pandas.Series(value), result, "_0", zone)

    def run(arrays: list[Array], batch: Batch) -> Array:
        zone = batch.context.time_zone
        inputs = [to_series(array, kind, zone) for array, kind in zip(arrays, argument_types, strict=True)]
        if node.kind == "pandas":
            return back(node.function(*inputs), batch.rows, zone)
        results = _pieces(node, inputs, f"iterator of {shape}")
        return back(pandas.concat(results) if len(results) != 1 else results[0], batch.rows, zone)

    return run


def _check_length(found: int, rows: int) -> None:
    if found != rows:
        raise PySparkRuntimeError(
            errorClass="RESULT_ROWS_MISMATCH",
            messageParameters={"output_length": str(found), "input_length": str(rows)},
        )
