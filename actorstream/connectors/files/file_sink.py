"""The file sink: files first, then the manifest entry that makes them count (IO-60 to IO-65).

A run that dies in between leaves files that no manifest lists; the next run writes the epoch again under new names.
"""

from __future__ import annotations

import logging

import pyarrow as pa

from actorstream.common.config import FILE_SINK_CLEANUP_DELAY_MS, FILE_SINK_COMPACT_INTERVAL
from actorstream.common.ids import Epoch, PartitionId
from actorstream.connectors.files.formats import FileFormat
from actorstream.connectors.files.manifest import Manifest
from actorstream.connectors.files.paths import absolute
from actorstream.connectors.files.writing import write_failed, write_files
from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import OutputMode, Sink, SinkContext
from actorstream.dataflow.requests import Options
from actorstream.errors import SparkRuntimeException
from actorstream.expr.intervals import duration_ms

_log = logging.getLogger("actorstream.connectors.files")


class FileSink(Sink):
    """Appends the rows of every epoch to a directory, exactly once."""

    output_modes: frozenset[OutputMode] = frozenset({"append"})
    idempotent = True

    def __init__(
        self, path: str, form: FileFormat, partition_by: tuple[str, ...], options: Options | None = None
    ) -> None:
        self._root = absolute(path)
        self._form = form
        self._partition_by = partition_by
        retention = (options or Options()).get("retention")
        self._retention_ms = None if retention is None else duration_ms(retention)
        self._staged: dict[int, list[pa.Table]] = {}
        self._manifest: Manifest | None = None

    @property
    def description(self) -> str:
        return f"FileSink[file:{self._root}]"

    def open(self, context: SinkContext) -> None:
        self._schema = context.schema
        self._manifest = Manifest(
            self._root,
            context.faults,
            compact_interval=context.conf.value(FILE_SINK_COMPACT_INTERVAL),
            cleanup_delay_ms=context.conf.value(FILE_SINK_CLEANUP_DELAY_MS),
            retention_ms=self._retention_ms,
        )
        self._latest = self._manifest.latest()

    def write(self, partition: PartitionId, epoch: Epoch, table: pa.Table) -> None:
        self._staged.setdefault(partition, []).append(table)

    def commit(self, epoch: Epoch) -> int:
        """Write and list the epoch; nothing if the manifest has it already (IO-62). An empty epoch has an
        entry too, and a file that knows the columns (IO-64).

        Raises: SparkRuntimeException TASK_WRITE_FAILED; FILE_SINK_CONCURRENT_WRITE when another query has just listed the epoch.
        """
        assert self._manifest is not None
        pieces = [table for partition in sorted(self._staged) for table in self._staged[partition]]
        self._staged.clear()
        if self._latest is not None and epoch <= self._latest:
            if any(piece.num_rows for piece in pieces):
                # a crash after the manifest entry, or a checkpoint that did not write this directory (IO-65)
                _log.warning(
                    "%s: epoch %d is not written again, the manifest of %s lists it already",
                    self.description,
                    epoch,
                    self._root,
                )
            return -1
        table = concat(pieces, self._schema)
        try:
            written = write_files(self._root, self._form, table, self._partition_by)
        except OSError as error:
            raise write_failed(self._root, error) from error
        if not self._manifest.add(epoch, written):
            # nobody would ever list our files: two queries write here, and only one of them may
            raise SparkRuntimeException(
                errorClass="FILE_SINK_CONCURRENT_WRITE",
                messageParameters={"path": f"file:{self._root}", "batchId": str(epoch)},
            )
        self._latest = epoch
        return -1

    def abort(self, epoch: Epoch) -> None:
        self._staged.clear()

    def close(self) -> None:
        if self._manifest is not None:
            self._manifest.close()
