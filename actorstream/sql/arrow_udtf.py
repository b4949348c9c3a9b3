"""`arrow_udtf`: table functions over Arrow data. Source: `pyspark.sql.functions.arrow_udtf`.

`eval` takes a record batch for a table argument and an array for any other one, and gives tables or record batches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from actorstream.dataflow.batch import concat
from actorstream.errors import PySparkRuntimeError, PySparkTypeError
from actorstream.expr.python_function import guarded
from actorstream.expr.types import DataType, StructType, to_arrow_schema


class ArrowRunner:
    """One handler object over rows of arguments.

    Args:
        types: those of the arguments; a struct is a table's row.
        keywords: names of the last arguments.
    """

    def __init__(
        self, handler: type, name: str, schema: StructType, types: Sequence[DataType], keywords: Sequence[str]
    ) -> None:
        self._handler = handler
        self._name = name
        self._target = to_arrow_schema(schema)
        self._tables = [isinstance(kind, StructType) for kind in types]
        self._keywords = keywords

    def __call__(self, arguments: pa.Table) -> tuple[pa.Array, pa.Table]:
        """Shape: in (n rows of arguments); out (m owners, m rows). With a table all rows go to one call, else each by itself."""
        with guarded(self._name):
            handler = self._handler()
            pieces = [arguments] if any(self._tables) else [arguments.slice(n, 1) for n in range(arguments.num_rows)]
            owners: list[int] = []
            found: list[pa.Table] = []
            for number, piece in enumerate(pieces):
                for table in self._tables_of("eval", functools.partial(self._evaluated, handler, piece)):
                    owners += [number] * table.num_rows
                    found.append(table)
            if hasattr(handler, "terminate") and arguments.num_rows:
                for table in self._tables_of("terminate", handler.terminate):
                    owners += [len(pieces) - 1] * table.num_rows
                    found.append(table)
        return pa.array(owners, pa.int64()), concat(found, self._target)

    def _evaluated(self, handler: Any, arguments: pa.Table) -> Any:
        values = [
            pa.RecordBatch.from_struct_array(_whole(column)) if is_table else _whole(column)
            for column, is_table in zip(arguments.columns, self._tables, strict=True)
        ]
        plain = len(values) - len(self._keywords)
        return handler.eval(*values[:plain], **dict(zip(self._keywords, values[plain:], strict=True)))

    def _tables_of(self, method: str, call: Callable[[], Any]) -> Iterator[pa.Table]:
        try:
            results = call()
            if results is None:
                return
            if not isinstance(results, Iterable):
                raise PySparkRuntimeError(
                    errorClass="UDTF_RETURN_NOT_ITERABLE",
                    messageParameters={"type": type(results).__name__, "func": method},
                )
            for item in results:
                yield self._fitted(item)
        except (PySparkRuntimeError, PySparkTypeError):
            raise
        except Exception as error:
            raise PySparkRuntimeError(
                errorClass="UDTF_EXEC_ERROR", messageParameters={"method_name": method, "error": str(error)}
            ) from error

    def _fitted(self, item: Any) -> pa.Table:
        """A result as the declared columns."""
        if isinstance(item, pa.RecordBatch):
            item = pa.Table.from_batches([item])
        if not isinstance(item, pa.Table):
            raise PySparkTypeError(
                errorClass="INVALID_ARROW_UDTF_RETURN_TYPE",
                messageParameters={"return_type": type(item).__name__, "value": str(item), "func": "eval"},
            )
        if item.num_columns != len(self._target):
            raise PySparkRuntimeError(
                errorClass="UDTF_RETURN_SCHEMA_MISMATCH",
                messageParameters={
                    "expected": str(len(self._target)),
                    "actual": str(item.num_columns),
                    "func": "eval",
                },
            )
        return pa.Table.from_arrays(
            [column.cast(field.type) for column, field in zip(item.columns, self._target, strict=True)],
            schema=self._target,
        )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
