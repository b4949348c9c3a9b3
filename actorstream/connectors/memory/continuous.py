"""`ContinuousMemoryStream`: rows that a program adds, for queries under a continuous trigger (MEM-40 to MEM-46).

Rows are dealt to partitions, and an offset says how many rows of each partition have been read. Nothing is ever forgotten: a query
can begin again anywhere, for as long as the stream lives.
"""

from __future__ import annotations

import bisect
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa

from actorstream.connectors.memory.base import MemoryStreamBase, check_partitions, described
from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import Offset, ReadLimit, Source, SourceContext, Split
from actorstream.errors import AnalysisException, SparkRuntimeException
from actorstream.expr.types import DataType, StructType


class ContinuousMemoryStream(MemoryStreamBase):
    """A stream of rows fed by the program, for continuous queries.

    Args:
        spark: the session that `toDF` makes DataFrames in; a `Pipeline` needs none.
        schema: columns as a `StructType` or DDL text; a single type (``"int"``, `IntegerType()`) is one column ``value``.
        numPartitions: among how many partitions the rows are dealt.

    Example:
        >>> words = ContinuousMemoryStream(schema="word STRING")
        >>> words.add_data("to", "be", "or")
        {0: 2, 1: 1}
        >>> words.add_data("not")
        {0: 3, 1: 1}
    """

    def __init__(
        self, spark: Any = None, schema: StructType | DataType | str = "string", numPartitions: int = 2
    ) -> None:
        super().__init__(spark, schema)
        check_partitions(numPartitions, "ContinuousMemoryStream")
        self._partitions = _Partitions(numPartitions, self._arrow_schema)
        self._provider = ContinuousMemoryProvider(self._partitions)

    @property
    def provider(self) -> ContinuousMemoryProvider:
        return self._provider

    @property
    def current_offset(self) -> dict[int, int]:
        """How many rows every partition holds."""
        return self._partitions.sizes()

    def add_data(self, *rows: Any) -> dict[int, int]:
        """Add rows: row i of the call goes to partition i modulo their number, and the next call begins at partition 0 again.

        Args:
            rows: as `MemoryStream.add_data` takes them. Nothing at all changes nothing.
        Returns: the offset "everything so far": how many rows every partition holds.
        Raises: what `MemoryStream.add_data` raises for rows that do not fit the schema; nothing is added then.
        """
        if rows:
            self._partitions.append(self._block(rows))
        return self._partitions.sizes()

    addData = add_data

    def __repr__(self) -> str:
        return self._provider.description


class _Partitions:
    """The rows of a stream, which its queries share. Guarded by its lock; a block that is in is never changed."""

    def __init__(self, count: int, schema: pa.Schema) -> None:
        self.count = count
        self.schema = schema
        self._lock = threading.Lock()
        self._blocks: list[list[pa.Table]] = [[] for _ in range(count)]
        #: number of the first row after every block
        self._ends: list[list[int]] = [[] for _ in range(count)]
        self._listeners: dict[object, Callable[[], None]] = {}

    def sizes(self) -> dict[int, int]:
        with self._lock:
            return {partition: self._size(partition) for partition in range(self.count)}

    def _size(self, partition: int) -> int:
        ends = self._ends[partition]
        return ends[-1] if ends else 0

    def append(self, rows: pa.Table) -> None:
        """Deal rows to the partitions; a reader sees all of them or none (MEM-41)."""
        order = np.arange(rows.num_rows)
        dealt = [rows.take(pa.array(order[partition :: self.count])) for partition in range(self.count)]
        with self._lock:
            for partition, block in enumerate(dealt):
                if block.num_rows:
                    self._ends[partition].append(self._size(partition) + block.num_rows)
                    self._blocks[partition].append(block)
            listeners = list(self._listeners.values())
        for wake in listeners:
            wake()

    def after(self, read: Sequence[int], rows_max: int) -> list[pa.Table]:
        """For every partition the rows that follow the first `read` ones: `rows_max` of them at most, over all partitions."""
        tables = []
        with self._lock:
            for partition, start in enumerate(read):
                end = min(start + rows_max, self._size(partition))
                tables.append(self._between(partition, start, end))
                rows_max -= end - start
        return tables

    def _between(self, partition: int, start: int, end: int) -> pa.Table:
        ends, blocks = self._ends[partition], self._blocks[partition]
        pieces = []
        number = bisect.bisect_right(ends, start)
        while start < end:
            first = ends[number] - blocks[number].num_rows
            piece = blocks[number].slice(start - first, end - start)
            pieces.append(piece)
            start += piece.num_rows
            number += 1
        return concat(pieces, self.schema)

    def listen(self, reader: object, wake: Callable[[], None]) -> None:
        with self._lock:
            self._listeners[reader] = wake

    def leave(self, reader: object) -> None:
        with self._lock:
            self._listeners.pop(reader, None)


class ContinuousMemoryProvider:
    """Makes a source on the stream's rows for every start of a query."""

    name = "memory"

    def __init__(self, partitions: _Partitions) -> None:
        self._partitions = partitions
        self.description = described("ContinuousMemoryStream", partitions.schema)

    @property
    def schema(self) -> pa.Schema:
        """Columns."""
        return self._partitions.schema

    def create(self) -> Source:
        """A source for one run of one query."""
        return _ContinuousMemorySource(self._partitions, self.description)


class _ContinuousMemorySource(Source):
    """The view that one query has of a `ContinuousMemoryStream`."""

    micro_batch = False
    instead = (
        "A ContinuousMemoryStream feeds queries with trigger(continuous='1 second') only; "
        "make a MemoryStream for the other triggers."
    )

    def __init__(self, partitions: _Partitions, description: str) -> None:
        self._partitions = partitions
        self._description = description
        #: rows read of every partition
        self._read = [0] * partitions.count

    @property
    def schema(self) -> pa.Schema:
        return self._partitions.schema

    @property
    def description(self) -> str:
        return self._description

    def open(self, context: SourceContext) -> None:
        self._partitions.listen(self, context.wake)

    def seek(self, start: Offset | None) -> None:
        """Raises: SparkRuntimeException CONTINUOUS_MEMORY_OFFSET_INVALID for the offset of another source (MEM-43),
        CONTINUOUS_MEMORY_ROWS_MISSING if the stream has not had so many rows yet.
        """
        counts = {} if start is None else self._parsed(start)
        sizes = self._partitions.sizes()
        if any(count > sizes[partition] for partition, count in counts.items()):
            raise SparkRuntimeException(
                errorClass="CONTINUOUS_MEMORY_ROWS_MISSING",
                messageParameters={"source": self._description, "offset": str(start), "sizes": _json(sizes)},
            )
        self._read = [counts.get(partition, 0) for partition in range(self._partitions.count)]

    def _parsed(self, offset: Offset) -> Mapping[int, int]:
        try:
            counts = {int(partition): int(count) for partition, count in json.loads(offset).items()}
        except (ValueError, AttributeError, TypeError):
            counts = {}
        if sorted(counts) != list(range(self._partitions.count)) or min(counts.values()) < 0:
            raise SparkRuntimeException(
                errorClass="CONTINUOUS_MEMORY_OFFSET_INVALID",
                messageParameters={
                    "source": self._description,
                    "offset": offset,
                    "partitions": str(self._partitions.count),
                },
            )
        return counts

    def poll(self, rows_max: int) -> pa.Table | None:
        """Shape: the new rows of partition 0, then those of partition 1, ..."""
        tables = self._partitions.after(self._read, rows_max)
        for partition, table in enumerate(tables):
            self._read[partition] += table.num_rows
        return concat(tables, self.schema)

    def position(self) -> Offset:
        return _json(dict(enumerate(self._read)))

    def next_poll_ms(self) -> int | None:
        """Whoever adds rows wakes the reader."""
        return None

    def stop(self) -> None:
        self._partitions.leave(self)

    # a query in micro-batches is refused before it starts

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        self._refuse()

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        self._refuse()

    def read(self, split: Split) -> Iterator[pa.Table]:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise AnalysisException(
            errorClass="SOURCE_SCHEDULE_MISMATCH",
            messageParameters={"source": self._description, "schedule": "micro-batch", "remedy": self.instead},
        )


def _json(counts: Mapping[int, int]) -> str:
    return json.dumps({str(partition): count for partition, count in counts.items()}, separators=(",", ":"))
