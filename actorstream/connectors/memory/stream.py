"""`MemoryStream`: rows that a program adds, as a source of any number of queries.

One `addData` call is one *block*, and one block is one offset. Blocks live in a buffer that all queries on the stream share;
a block goes when no query can need it again.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from actorstream.common.ids import QueryId
from actorstream.connectors.memory.base import MemoryStreamBase, check_partitions, described
from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import Offset, ReadLimit, Source, SourceContext, Split
from actorstream.errors import SparkRuntimeException
from actorstream.expr.types import DataType, StructType

_NOTHING = -1
"""Offset before the first block (MEM-13)."""


class MemoryStream(MemoryStreamBase):
    """A stream of rows fed by the program, for tests, demos and building pipelines.

    Args:
        spark: the session that `toDF` makes DataFrames in; a `Pipeline` needs none.
        schema: columns as a `StructType` or DDL text; a single type (``"int"``, `IntegerType()`) is one column ``value``.
        numPartitions: pieces in which an epoch is read; by default one per block (MEM-21, MEM-22).

    Example:
        >>> words = MemoryStream(schema="word STRING")
        >>> words.add_data("to", "be")
        0
        >>> words.add_data(("or",))
        1
    """

    def __init__(
        self, spark: Any = None, schema: StructType | DataType | str = "string", numPartitions: int | None = None
    ) -> None:
        super().__init__(spark, schema)
        if numPartitions is not None:
            check_partitions(numPartitions, "MemoryStream")
        self._buffer = _Buffer()
        self._provider = MemoryProvider(self._buffer, self._arrow_schema, numPartitions)

    @property
    def provider(self) -> MemoryProvider:
        return self._provider

    @property
    def current_offset(self) -> int:
        """Offset of the newest block; -1 before the first."""
        return self._buffer.newest()

    def add_data(self, *rows: Any) -> int:
        """Add rows as one block.

        Args:
            rows: tuples and lists (by position), dicts, Rows, namedtuples and dataclasses (by field name; a field that is left
                out of a dict is null) or, with one column, bare values; or one pyarrow Table or RecordBatch or pandas
                DataFrame, which becomes a block as it is, also an empty one. Nothing at all changes nothing.
        Returns: the offset of the newest block.
        Raises: PySparkTypeError, PySparkValueError `FIELD_*`, MEMORY_FIELDS_MISMATCH or MEMORY_TABLE_MISMATCH for rows that do
            not fit the schema; nothing is added then.
        """
        if not rows:
            return self._buffer.newest()
        return self._buffer.append(self._block(rows))

    addData = add_data

    def reset(self) -> None:
        """Forget all blocks and begin at offset 0 again (MEM-27). Queries that have read from the stream cannot go on."""
        self._buffer.reset()

    def __repr__(self) -> str:
        return self._provider.description


# ---------------------------------------------------------------- the shared buffer


@dataclass(slots=True)
class _Reader:
    """What the buffer knows of one query: the start and the end of its last committed range."""

    before: int = _NOTHING
    committed: int = _NOTHING
    #: it may come back from its checkpoint, so its blocks are kept while it is away
    returns: bool = True


@dataclass(slots=True)
class _Buffer:
    """Blocks in order; block i of the list has offset `first + i`. Guarded by its lock, like everything in here."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    blocks: list[pa.Table] = field(default_factory=list)
    first: int = 0
    #: how often the stream was reset: a query that opened it before may not go on after
    resets: int = 0
    readers: dict[QueryId, _Reader] = field(default_factory=dict)
    #: sources of queries that are being started, or whose start was given up and that nobody holds any more; what is in the
    #: buffer when `start()` is called is there when the source is opened, some time after `start()` has returned
    starting: weakref.WeakSet[_MemorySource] = field(default_factory=weakref.WeakSet)
    listeners: dict[object, Callable[[], None]] = field(default_factory=dict)

    @property
    def current(self) -> int:
        """Offset of the newest block; -1 before any. With the lock held."""
        return self.first + len(self.blocks) - 1

    def newest(self) -> int:
        """Offset of the newest block; -1 before any."""
        with self.lock:
            return self.current

    def append(self, block: pa.Table) -> int:
        with self.lock:
            self.blocks.append(block)
            offset = self.current
            listeners = list(self.listeners.values())
        for wake in listeners:
            wake()
        return offset

    def reset(self) -> None:
        with self.lock:
            self.blocks.clear()
            self.first = 0
            self.resets += 1
            for reader in self.readers.values():
                reader.before = reader.committed = _NOTHING

    def between(self, start: int, end: int, description: str) -> list[pa.Table]:
        """Blocks of the range ``(start, end]``.

        Raises: SparkRuntimeException MEMORY_STREAM_RANGE_GONE where the reference loses rows or fails an assertion (MEM-19, MEM-20).
        """
        with self.lock:
            if start > end or end > self.current or (start != _NOTHING and start + 1 < self.first):
                raise self.gone(start, end, description)
            low = max(start + 1 - self.first, 0)
            return self.blocks[low : end + 1 - self.first]

    def gone(self, start: int, end: int, description: str) -> SparkRuntimeException:
        """The error of a range that the buffer does not hold. With the lock held."""
        return SparkRuntimeException(
            errorClass="MEMORY_STREAM_RANGE_GONE",
            messageParameters={
                "source": description,
                "start": str(start),
                "end": str(end),
                "first": str(self.first),
                "last": str(self.current),
            },
        )

    def commit(self, query: QueryId, end: int) -> None:
        """A query has committed everything up to `end`: trim what no query can need again.

        The blocks of a query's newest committed epoch stay, so that a commit entry that is lost can be made good (MEM-25).
        """
        with self.lock:
            reader = self.readers.setdefault(query, _Reader())
            if end != reader.committed:
                reader.before, reader.committed = reader.committed, end
            self._trim()

    def _trim(self) -> None:
        if not self.readers:
            return
        keep_after = min(reader.before for reader in self.readers.values())
        keep_after = min([keep_after, *(source.after for source in self.starting)])
        gone = min(keep_after + 1 - self.first, len(self.blocks))
        if gone > 0:
            del self.blocks[:gone]
            self.first += gone

    def leave(self, query: QueryId, listener: object) -> None:
        with self.lock:
            self.listeners.pop(listener, None)
            reader = self.readers.get(query)
            if reader is not None and not reader.returns:
                # nobody else being there, the blocks stay for the next query (MEM-115)
                del self.readers[query]


# ---------------------------------------------------------------- the source


class MemoryProvider:
    """Makes a source on the stream's buffer for every start of a query."""

    name = "memory"

    def __init__(self, buffer: _Buffer, schema: pa.Schema, partitions: int | None) -> None:
        self._buffer = buffer
        self._schema = schema
        self._partitions = partitions
        self.description = described("MemoryStream", schema)

    @property
    def schema(self) -> pa.Schema:
        """Columns."""
        return self._schema

    def create(self) -> Source:
        """A source for one run of one query."""
        return _MemorySource(self._buffer, self._schema, self.description, self._partitions)


class _MemorySource(Source):
    """The view that one query has of a `MemoryStream`."""

    available_now = "prepare"
    instead = "A MemoryStream feeds queries in micro-batches; make a ContinuousMemoryStream for trigger(continuous='1 second')."

    def __init__(self, buffer: _Buffer, schema: pa.Schema, description: str, partitions: int | None) -> None:
        self._buffer = buffer
        self._schema = schema
        self._description = description
        self._partitions = partitions
        self._query: QueryId | None = None
        self._resets = 0
        with buffer.lock:
            #: the newest offset that was gone already when the query was made
            self.after = buffer.first - 1
            buffer.starting.add(self)

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def description(self) -> str:
        return self._description

    def open(self, context: SourceContext) -> None:
        self._query = context.query_id
        with self._buffer.lock:
            reader = self._buffer.readers.setdefault(
                context.query_id, _Reader(self._buffer.first - 1, self._buffer.first - 1)
            )
            reader.returns = not context.temporary
            self._resets = self._buffer.resets
            self._buffer.starting.discard(self)
            self._buffer.listeners[self] = context.wake

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        """The newest block, whatever the limit and also under AvailableNow (MEM-16, MEM-30).

        Raises: SparkRuntimeException MEMORY_STREAM_RANGE_GONE when the query stands behind the newest block, MEMORY_STREAM_RESET
            when the stream was reset under it (MEM-27, MEM-118): before the epoch is logged, so that the checkpoint stays
            good for a stream that has the blocks.
        """
        low = _NOTHING if start is None else _as_number(start, self._description)
        with self._buffer.lock:
            current = self._buffer.current
            if current == _NOTHING:
                return None
            if start is not None and self._resets != self._buffer.resets:
                raise SparkRuntimeException(
                    errorClass="MEMORY_STREAM_RESET",
                    messageParameters={"source": self._description, "start": start},
                )
            if low > current:
                raise self._buffer.gone(low, current, self._description)
        return str(current)

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        """One split per block, or `numPartitions` of them, with the rows dealt in turn (MEM-21, MEM-22)."""
        low = _NOTHING if start is None else _as_number(start, self._description)
        blocks = self._buffer.between(low, _as_number(end, self._description), self._description)
        if self._partitions is not None:
            rows = concat(blocks, self._schema)
            order = np.arange(rows.num_rows)
            count = self._partitions
            blocks = [rows.take(pa.array(order[piece::count])) for piece in range(count)]
        return [Split(index, block) for index, block in enumerate(blocks)]

    def read(self, split: Split) -> Iterator[pa.Table]:
        yield split.payload

    def commit(self, end: Offset) -> None:
        assert self._query is not None
        self._buffer.commit(self._query, int(end))

    def stop(self) -> None:
        if self._query is not None:
            self._buffer.leave(self._query, self)


def _as_number(offset: Offset, description: str) -> int:
    """The offset of a log entry. Raises: SparkRuntimeException MEMORY_STREAM_OFFSET_INVALID for one of another source (MEM-12)."""
    try:
        return int(offset)
    except ValueError:
        raise SparkRuntimeException(
            errorClass="MEMORY_STREAM_OFFSET_INVALID", messageParameters={"source": description, "offset": offset}
        ) from None
