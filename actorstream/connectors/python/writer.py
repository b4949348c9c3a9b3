"""Sinks made of a user's `DataSource`: ``df.write`` and ``df.writeStream``.

`write` and `commit` run on different instances, as in the reference, so that a writer shares nothing between them but its
messages (IO-116).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from actorstream.common.ids import Epoch, PartitionId
from actorstream.connectors.python.failures import performing, planning, working
from actorstream.connectors.python.interface import (
    DataSource,
    DataSourceArrowWriter,
    DataSourceStreamArrowWriter,
    DataSourceStreamWriter,
    DataSourceWriter,
    WriterCommitMessage,
)
from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import Sink, SinkContext
from actorstream.errors import AnalysisException, PySparkAssertionError, PySparkRuntimeError
from actorstream.expr.rows import table_to_rows
from actorstream.expr.types import from_arrow_schema

Messages = list[WriterCommitMessage | None]


def write_table(source: DataSource, table: pa.Table, save_mode: str) -> None:
    """``df.write``: one partition, then the commit; the abort if it failed.

    Raises: AnalysisException UNSUPPORTED_DATA_SOURCE_SAVE_MODE, PYTHON_DATA_SOURCE_ERROR; PythonException.
    """
    if save_mode not in ("append", "overwrite"):
        mode = "Ignore" if save_mode == "ignore" else "ErrorIfExists"
        raise AnalysisException(
            errorClass="UNSUPPORTED_DATA_SOURCE_SAVE_MODE",
            messageParameters={"source": type(source).name(), "createMode": f'"{mode}"'},
        )
    schema = from_arrow_schema(table.schema)

    def make() -> DataSourceWriter:
        with planning("initialize", "writer"):
            return _checked(source.writer(schema, save_mode == "overwrite"), DataSourceWriter)

    writer, committer = make(), make()
    messages: Messages = [None]
    try:
        messages[0] = _write(writer, table)
    except Exception:
        with working():
            committer.abort(messages)
        raise
    with working():
        committer.commit(messages)


class PythonStreamSink(Sink):
    """``df.writeStream``: the rows of an epoch go to the user's code when all of them are there."""

    def __init__(self, source: DataSource, *, overwrite: bool) -> None:
        self._source = source
        self._overwrite = overwrite
        self._staged: dict[int, list[pa.Table]] = {}

    @property
    def description(self) -> str:
        return f"PythonTable[{type(self._source).name()}]"

    def open(self, context: SinkContext) -> None:
        self._schema = context.schema
        self._make()

    def _make(self) -> DataSourceStreamWriter:
        """Raises: AnalysisException PYTHON_DATA_SOURCE_ERROR."""
        with planning("initialize", "writer"):
            writer = self._source.streamWriter(from_arrow_schema(self._schema), self._overwrite)
            return _checked(writer, DataSourceStreamWriter)

    def write(self, partition: PartitionId, epoch: Epoch, table: pa.Table) -> None:
        self._staged.setdefault(partition, []).append(table)

    def commit(self, epoch: Epoch) -> int:
        """Raises: PythonException when `write` fails; SparkRuntimeException when `commit` does. The epoch runs again then."""
        staged, self._staged = self._staged, {}
        # an epoch without rows is written and committed like any other (IO-117)
        tables = [concat(staged[partition], self._schema) for partition in sorted(staged)] or [
            self._schema.empty_table()
        ]
        messages: Messages = [None] * len(tables)
        writer, committer = self._make(), self._make()
        try:
            for place, table in enumerate(tables):
                messages[place] = _write(writer, table)
        except Exception:
            with performing("abort"):
                committer.abort(messages, epoch)
            raise
        with performing("commit"):
            committer.commit(messages, epoch)
        return sum(int(table.num_rows) for table in tables)

    def abort(self, epoch: Epoch) -> None:
        self._staged.clear()


def _write(writer: Any, table: pa.Table) -> WriterCommitMessage:
    """One partition. Raises: PythonException with the user's traceback."""
    takes_batches = isinstance(writer, (DataSourceArrowWriter, DataSourceStreamArrowWriter))
    rows: Callable[[], Iterator[Any]] = (
        (lambda: iter(table.to_batches())) if takes_batches else (lambda: iter(table_to_rows(table)))
    )
    with working():
        message = writer.write(rows())
        if not isinstance(message, WriterCommitMessage):
            raise PySparkRuntimeError(
                errorClass="DATA_SOURCE_TYPE_MISMATCH",
                messageParameters={
                    "expected": "'WriterCommitMessage' as the return type of the `write` method",
                    "actual": type(message).__name__,
                },
            )
    return message


def _checked(writer: Any, kind: type[Any]) -> Any:
    if not isinstance(writer, kind):
        raise PySparkAssertionError(
            errorClass="DATA_SOURCE_TYPE_MISMATCH",
            messageParameters={"expected": f"an instance of {kind.__name__}", "actual": f"'{type(writer).__name__}'"},
        )
    return writer
