"""Sinks made of a user's code: ``foreachBatch`` gets a whole epoch, ``foreach`` one row at a time.

Both are at-least-once: the code has run when the epoch is committed, and runs again if the commit was lost (IO-90, IO-96).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from actorstream.common.ids import Epoch, PartitionId
from actorstream.common.task import in_task
from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import Sink, SinkContext
from actorstream.errors import AnalysisException, PySparkAttributeError, PythonException, SparkRuntimeException
from actorstream.expr.rows import table_to_rows


class ForeachBatchSink(Sink):
    """Calls `function(table, batch_id)` once per epoch, also for an empty one.

    Args:
        function: returns normally when the rows are where they belong; what it raises ends the query (EXE-51).
    """

    temporary_checkpoint = True

    def __init__(self, function: Callable[[pa.Table, int], object]) -> None:
        self._function = function
        self._staged: dict[int, list[pa.Table]] = {}

    @property
    def description(self) -> str:
        return "ForeachBatchSink"

    def open(self, context: SinkContext) -> None:
        self._schema = context.schema

    def write(self, partition: PartitionId, epoch: Epoch, table: pa.Table) -> None:
        self._staged.setdefault(partition, []).append(table)

    def commit(self, epoch: Epoch) -> int:
        """Raises: SparkRuntimeException FOREACH_BATCH_USER_FUNCTION_ERROR with the user's traceback."""
        pieces = [table for partition in sorted(self._staged) for table in self._staged[partition]]
        self._staged.clear()
        rows = concat(pieces, self._schema)
        try:
            self._function(rows, epoch)
        except Exception as error:
            raise _users(error) from error
        return -1

    def failure_of(self, error: Exception) -> Exception:
        """Rows that cannot be made fail in the user's function too: that is where the reference makes them (IO-91).

        What is wrong with the plan is told before that.
        """
        return error if isinstance(error, AnalysisException) else _users(error)

    def abort(self, epoch: Epoch) -> None:
        self._staged.clear()


def _users(error: Exception) -> Exception:
    """An error as that of the user's function."""
    wrapped = SparkRuntimeException(
        errorClass="FOREACH_BATCH_USER_FUNCTION_ERROR",
        messageParameters={"reason": "".join(traceback.format_exception(error))},
    )
    wrapped.__cause__ = error
    return wrapped


@runtime_checkable
class _Opens(Protocol):
    def open(self, partition_id: int, epoch_id: int) -> bool: ...


@runtime_checkable
class _Closes(Protocol):
    def close(self, error: BaseException | None) -> None: ...


class ForeachSink(Sink):
    """Calls ``process(row)`` for every row of an epoch, between ``open`` and ``close`` of its partition (IO-94, IO-95).

    Args:
        writer: a callable that takes a row, or an object with `process` and, optionally, `open` and `close`.
    Raises: PySparkAttributeError ATTRIBUTE_NOT_CALLABLE.
    """

    temporary_checkpoint = True
    continuous = True

    def __init__(self, writer: Any) -> None:
        if not callable(writer):
            for name, required in (("process", True), ("open", False), ("close", False)):
                given = getattr(writer, name, None)
                if (given is not None or required) and not callable(given):
                    raise PySparkAttributeError(
                        errorClass="ATTRIBUTE_NOT_CALLABLE",
                        messageParameters={"attr_name": name, "obj_name": "f"},
                    )
        self._writer = writer
        self._process: Callable[[Any], object] = writer if callable(writer) else writer.process
        self._staged: dict[int, list[pa.Table]] = {}

    @property
    def description(self) -> str:
        return f"ForeachWriterTable({type(self._writer).__name__})"

    def open(self, context: SinkContext) -> None:
        self._schema = context.schema

    def write(self, partition: PartitionId, epoch: Epoch, table: pa.Table) -> None:
        self._staged.setdefault(partition, []).append(table)

    def commit(self, epoch: Epoch) -> int:
        """Raises: PythonException with the user's traceback."""
        staged, self._staged = self._staged, {}
        rows = 0
        for partition in sorted(staged) or [0]:
            table = concat(staged.get(partition, []), self._schema)
            rows += int(table.num_rows)
            try:
                with in_task(partition, epoch):
                    self._run(partition, epoch, table)
            except Exception as error:
                raise PythonException(
                    errorClass="PYTHON_EXCEPTION",
                    messageParameters={
                        "msg": "An exception was thrown from foreach",
                        "traceback": "".join(traceback.format_exception(error)),
                    },
                ) from error
        return rows

    def _run(self, partition: int, epoch: int, table: pa.Table) -> None:
        """One partition. `close` hears of an error, and is called even when `open` said no."""
        plain = callable(self._writer)
        wanted = plain or not isinstance(self._writer, _Opens) or self._writer.open(partition, epoch)
        failure: Exception | None = None
        if wanted:
            try:
                for row in table_to_rows(table):
                    self._process(row)
            except Exception as error:  # noqa: BLE001 - raised again once `close` has heard of it
                failure = error
        if not plain and isinstance(self._writer, _Closes):
            self._writer.close(failure)
        if failure is not None:
            raise failure

    def abort(self, epoch: Epoch) -> None:
        self._staged.clear()
