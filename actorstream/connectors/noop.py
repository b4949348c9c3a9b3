"""The ``noop`` sink: takes everything, keeps nothing; for timing a query without its output (IO-74)."""

from __future__ import annotations

import pyarrow as pa

from actorstream.common.ids import Epoch, PartitionId
from actorstream.dataflow.protocols import Sink
from actorstream.dataflow.requests import WriteRequest
from actorstream.errors import AnalysisException


def sink(request: WriteRequest) -> Sink:
    """A sink that counts."""
    return NoopSink()


def write(request: WriteRequest, table: pa.Table, save_mode: str) -> None:
    """Nothing: the table has been computed, and that was the point. Raises: UNSUPPORTED_DATA_SOURCE_SAVE_MODE."""
    if save_mode not in ("append", "overwrite"):
        raise AnalysisException(
            errorClass="UNSUPPORTED_DATA_SOURCE_SAVE_MODE",
            messageParameters={
                "source": "noop",
                "createMode": '"Ignore"' if save_mode == "ignore" else '"ErrorIfExists"',
            },
        )


class NoopSink(Sink):
    """Counts rows for progress."""

    temporary_checkpoint = True
    continuous = True

    def __init__(self) -> None:
        self._rows = 0

    @property
    def description(self) -> str:
        return "NoopTable"

    def write(self, partition: PartitionId, epoch: Epoch, table: pa.Table) -> None:
        self._rows += table.num_rows

    def commit(self, epoch: Epoch) -> int:
        rows, self._rows = self._rows, 0
        return rows

    def abort(self, epoch: Epoch) -> None:
        self._rows = 0
