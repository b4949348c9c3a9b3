"""`MemorySink`: the result of a query as a table in memory that shows committed epochs only.

The reader of the table and the query's sink actor are different threads; the list of batches is replaced whole, so that a
reader sees an epoch or does not see it, and never waits.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from actorstream.checkpoint.codec import decode, encode
from actorstream.checkpoint.files import CheckpointFiles, FileExists
from actorstream.checkpoint.layout import COMMITS
from actorstream.common.ids import Epoch, PartitionId, QueryId
from actorstream.connectors.memory.blocks import is_tabular, row_block, table_block
from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import EpochInfo, Sink, SinkContext
from actorstream.errors import AnalysisException, PySparkException, PySparkTypeError, SparkRuntimeException
from actorstream.expr.rows import table_to_rows
from actorstream.expr.text import to_text
from actorstream.expr.types import Row, StructType, from_arrow_schema

Batch = tuple[int, pa.Table]


class MemorySink(Sink):
    """Rows of a query, kept by epoch.

    Args:
        schema: columns; by default those of the query that writes into it.
        recover: in append and update mode keep the rows in the checkpoint too, so that a restarted query shows all of them
            (ours; the reference refuses to restart such a query, MEM-104). Complete mode recovers without it.
    """

    idempotent = True
    restorable = True
    temporary_checkpoint = True
    continuous = True

    def __init__(self, schema: pa.Schema | None = None, *, recover: bool = False) -> None:
        self._schema = schema
        self._recover = recover
        self._lock = threading.Lock()
        self._batches: tuple[Batch, ...] = ()
        self._staged: dict[int, list[pa.Table]] = {}
        self._restoring = False
        #: the query that writes into it, or was the last to do so
        self._query: QueryId | None = None
        self._truncates = False
        self._log: _SinkLog | None = None

    @property
    def description(self) -> str:
        return "MemorySink"

    def __repr__(self) -> str:
        return "MemorySink"

    # ------------------------------------------------------------ for users

    @property
    def schema(self) -> StructType:
        """Columns of the table; empty before a query has been started on it."""
        return StructType([]) if self._schema is None else from_arrow_schema(self._schema)

    @property
    def allData(self) -> list[Row]:
        """Rows of all batches, in order (MEM-64)."""
        return self._rows(self._batches)

    @property
    def latestBatchId(self) -> int | None:
        """Id of the last batch, also if it was empty; None before any."""
        batches = self._batches
        return batches[-1][0] if batches else None

    @property
    def latestBatchData(self) -> list[Row]:
        """Rows of the last batch."""
        return self._rows(self._batches[-1:])

    def dataSinceBatch(self, sinceBatchId: int) -> list[Row]:
        """Rows of the batches with an id greater than the given one."""
        return self._rows([batch for batch in self._batches if batch[0] > sinceBatchId])

    def toDebugString(self) -> str:
        """One line per batch: its id and its rows (MEM-65)."""
        return "\n".join(f"{number}: {_rows_text(table)}" for number, table in self._batches)

    def clear(self) -> None:
        """Forget all rows and the latest batch id (MEM-67). What a durable sink has written to its checkpoint stays there."""
        with self._lock:
            self._batches = ()

    def addBatch(self, batchId: int, rows: Any, truncate: bool = False) -> None:
        """Put in a batch by hand; skipped if that id, or a later one, is there already (MEM-61, MEM-62).

        Args:
            rows: a static DataFrame, a pyarrow Table or pandas DataFrame, or a list of Python rows, which need the columns of
                the sink; a table gives a sink without columns its own.
        Raises: PySparkTypeError, PySparkValueError for rows that do not fit; nothing is put in then.
        """
        table = self._fit(rows.toArrow() if hasattr(rows, "toArrow") else rows)
        self._schema = table.schema
        self._append(batchId, table, truncate=truncate)

    def _fit(self, rows: Any) -> pa.Table:
        if is_tabular(rows):
            return table_block(rows, self._schema, "MemorySink")
        if self._schema is None:
            raise PySparkTypeError(
                "This MemorySink has no columns yet: make it with MemorySink(schema), or add a table first."
            )
        return row_block(rows, self.schema, "MemorySink")

    def snapshot(self) -> pa.Table:
        """All rows as one table, as of this moment."""
        return self._table(self._batches)

    # ------------------------------------------------------------ for the engine

    def open(self, context: SinkContext) -> None:
        with self._lock:
            if self._batches and self._query not in (None, context.query_id):
                # its epochs count from 0 again, and would be taken for those that are here
                raise AnalysisException(errorClass="MEMORY_SINK_NOT_EMPTY", messageParameters={"node": context.node_id})
            self._query = context.query_id
        self._schema = context.schema
        self._staged.clear()  # of a run that died before it could abort
        self._truncates = context.output_mode == "complete"
        if self._recover and not self._truncates:
            self._log = _SinkLog(context.files, context.folder)
            committed = max((int(name) for name in context.files.list(COMMITS) if name.isdecimal()), default=-1)
            batches = tuple(self._log.batches(context.schema, committed))
            with self._lock:
                self._batches = batches

    def rewind(self, epoch: int) -> None:
        if self._log is not None:
            self._log.remove_after(epoch)
        with self._lock:
            self._batches = tuple(batch for batch in self._batches if batch[0] <= epoch)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._restoring = info.restore

    def write(self, partition: PartitionId, epoch: Epoch, table: pa.Table) -> None:
        self._staged.setdefault(partition, []).append(table)

    def commit(self, epoch: Epoch) -> int:
        """Append the staged rows, those of partition 0 first (MEM-66)."""
        pieces = [table for partition in sorted(self._staged) for table in self._staged[partition]]
        self._staged.clear()
        assert self._schema is not None
        table = concat(pieces, self._schema)
        if self._log is not None and not self._restoring:
            self._log.add(epoch, table)
        self._append(epoch, table, truncate=self._truncates)
        return int(table.num_rows)

    def abort(self, epoch: Epoch) -> None:
        self._staged.clear()

    def _append(self, number: int, table: pa.Table, *, truncate: bool) -> None:
        with self._lock:
            latest = self.latestBatchId
            if latest is not None and number <= latest:
                return
            kept = () if truncate else self._batches
            self._batches = (*kept, (number, table))

    def _table(self, batches: Sequence[Batch]) -> pa.Table:
        schema = self._schema or pa.schema([])
        return concat([table for _, table in batches], schema)

    def _rows(self, batches: Sequence[Batch]) -> list[Row]:
        return table_to_rows(self._table(batches))


class _SinkLog:
    """The batches of a durable sink in the checkpoint: one file each, written before the batch shows."""

    def __init__(self, files: CheckpointFiles, folder: str) -> None:
        self._files = files
        self._folder = folder

    def batches(self, schema: pa.Schema, committed: int) -> list[Batch]:
        """Everything written so far, by id: every epoch has its file, also an empty one.

        Args:
            committed: the last committed epoch; -1 before any.
        Raises: AnalysisException MEMORY_SINK_NOT_KEPT for a checkpoint that was written without this log, MEMORY_SINK_COLUMNS_CHANGED;
            SparkRuntimeException CHECKPOINT_INCONSISTENT for a missing file, and what `decode` says of a damaged one.
        """
        root = self._files.root
        numbers = sorted(int(name) for name in self._files.list(self._folder) if name.isdecimal())
        if not numbers and committed >= 0:
            raise AnalysisException(errorClass="MEMORY_SINK_NOT_KEPT", messageParameters={"location": root})
        found = []
        for number in range(max([committed, *numbers]) + 1):
            path = f"{self._folder}/{number}"
            try:
                data = self._files.read(path)
            except FileNotFoundError:
                reason = f"{root}/{path} holds the rows of epoch {number} of the memory table and is missing"
                raise SparkRuntimeException(
                    errorClass="CHECKPOINT_INCONSISTENT",
                    messageParameters={"location": root, "path": path, "reason": reason},
                ) from None
            entry = decode("sink", data, f"{root}/{path}")
            table = pa.ipc.open_stream(pa.py_buffer(entry["rows"])).read_all()
            if table.schema.types != schema.types:
                raise AnalysisException(
                    errorClass="MEMORY_SINK_COLUMNS_CHANGED",
                    messageParameters={"location": root, "stored": _columns(table.schema), "current": _columns(schema)},
                )
            found.append((number, pa.Table.from_arrays(table.columns, schema=schema)))
        return found

    def remove_after(self, epoch: int) -> None:
        """Delete the batches after an epoch, the newest first, so that a deletion cut short leaves no hole."""
        for number in sorted((int(name) for name in self._files.list(self._folder) if name.isdecimal()), reverse=True):
            if number > epoch:
                self._files.delete(f"{self._folder}/{number}")

    def add(self, number: int, table: pa.Table) -> None:
        """Write a batch, durable when this returns; the batch of a run that died in between is there already and equal."""
        buffer = pa.BufferOutputStream()
        with pa.ipc.new_stream(buffer, table.schema) as writer:
            writer.write_table(table)
        try:
            self._files.write_new(f"{self._folder}/{number}", encode("sink", {"rows": buffer.getvalue().to_pybytes()}))
        except FileExists:
            return


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def _rows_text(table: pa.Table) -> str:
    """Rows as the reference prints them: ``[a,b] [c,d]``; its excuse for values that have no text."""
    fields = from_arrow_schema(table.schema).fields
    try:
        columns = [
            to_text(column.combine_chunks(), item.dataType).fill_null("null").to_pylist()
            for column, item in zip(table.columns, fields, strict=True)
        ]
    except (PySparkException, pa.ArrowException):
        return "[Error converting to string]"
    return " ".join(f"[{','.join(row)}]" for row in zip(*columns, strict=True))
