"""The ``console`` sink: every epoch as a table on stdout, as PySpark prints it (IO-70 to IO-73)."""

from __future__ import annotations

import sys
from typing import TextIO

import pyarrow as pa

from actorstream.common.config import parse_bool
from actorstream.common.ids import Epoch, PartitionId
from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import Sink, SinkContext
from actorstream.dataflow.requests import WriteRequest
from actorstream.errors import IllegalArgumentException, NumberFormatException
from actorstream.expr.text import show_string
from actorstream.expr.types import from_arrow_schema
from actorstream.expr.zones import session_zone

_RULE = "-" * 43


def sink(request: WriteRequest) -> Sink:
    """A sink with the options `numRows` and `truncate`. Raises: IllegalArgumentException for a `truncate` that is no boolean."""
    return ConsoleSink(request.options.get("numRows", "20"), truncate=_truncate(request))


def write(request: WriteRequest, table: pa.Table, save_mode: str) -> None:
    """Print a table as `show` does, with the same options as the sink."""
    rows_max, truncate = request.options.get("numRows", "20"), _truncate(request)
    text = show_string(
        table, from_arrow_schema(table.schema), _whole_number(rows_max), truncate, zone=session_zone(request.conf)
    )
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _truncate(request: WriteRequest) -> bool:
    text = request.options.get("truncate", "true")
    try:
        return parse_bool(text)
    except ValueError:
        raise IllegalArgumentException(f"{text} is not a boolean string.") from None


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise NumberFormatException(f'For input string: "{text}"') from None


class ConsoleSink(Sink):
    """Prints; a batch that is run again is printed again (IO-72).

    Args:
        rows_max: rows of an epoch to show; checked when the query runs (IO-71).
        out: where to print; stdout by default.
    """

    temporary_checkpoint = True
    continuous = True

    def __init__(self, rows_max: str = "20", *, truncate: bool = True, out: TextIO | None = None) -> None:
        self._rows_max_text = rows_max
        self._truncate = truncate
        self._out = out
        self._staged: dict[int, list[pa.Table]] = {}

    @property
    def description(self) -> str:
        return "org.apache.spark.sql.execution.streaming.ConsoleTable$"

    def open(self, context: SinkContext) -> None:
        self._rows_max = _whole_number(self._rows_max_text)
        self._schema = context.schema
        self._zone = session_zone(context.conf)

    def write(self, partition: PartitionId, epoch: Epoch, table: pa.Table) -> None:
        self._staged.setdefault(partition, []).append(table)

    def commit(self, epoch: Epoch) -> int:
        pieces = [table for partition in sorted(self._staged) for table in self._staged[partition]]
        self._staged.clear()
        rows = concat(pieces, self._schema)
        text = show_string(rows, from_arrow_schema(self._schema), self._rows_max, self._truncate, zone=self._zone)
        print(f"{_RULE}\nBatch: {epoch}\n{_RULE}\n{text}", file=self._out or sys.stdout, flush=True)
        return int(rows.num_rows)

    def abort(self, epoch: Epoch) -> None:
        self._staged.clear()


__all__ = ["ConsoleSink", "sink", "write"]
