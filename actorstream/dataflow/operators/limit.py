"""Takes the first rows: of a batch, or of a whole stream (then the count is state)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from actorstream.common.ids import Epoch
from actorstream.dataflow.batch import cut
from actorstream.dataflow.exchange import Gather
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext, OperatorReport, StateMetrics
from actorstream.state.store import StateStore

_KEY = pa.schema([pa.field("global", pa.int8(), nullable=False)])
_COUNT = pa.schema([pa.field("count", pa.int64(), nullable=False)])


class BatchLimit(Operator):
    """``limit`` and ``offset`` within each epoch: of a batch, or of the whole result that complete mode gives each time.

    Args:
        count: rows to give; None for all after the offset.
        offset: rows to leave out first.
    """

    exchange = Gather()

    def __init__(self, count: int | None, offset: int = 0) -> None:
        self.count = count
        self.offset = offset

    def describe(self) -> str:
        return f"Limit {self.count}" if not self.offset else f"Limit {self.count} offset {self.offset}"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return inputs[0]

    def begin_epoch(self, info: EpochInfo) -> None:
        self._skip, self._left = self.offset, self.count

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (at most as many as are still to be given)."""
        skipped = min(self._skip, table.num_rows)
        self._skip -= skipped
        table = cut(table, skipped, self._left)
        if self._left is not None:
            self._left -= table.num_rows
        return (table,) if table.num_rows else ()


class Limit(Operator):
    """``limit`` on a stream in append mode: the first rows ever, counted in state (STF-87)."""

    exchange = Gather()
    stateful = True
    state_name = "globalLimit"

    def __init__(self, count: int) -> None:
        self.count = count

    def describe(self) -> str:
        return f"Limit {self.count} of the stream"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return inputs[0]

    def open(self, context: OperatorContext) -> None:
        self._state: StateStore = context.state(_KEY, _COUNT)
        self._key = pa.table([pa.array(np.zeros(1, np.int8))], schema=_KEY)
        self._given = 0

    def begin_epoch(self, info: EpochInfo) -> None:
        slots = self._state.lookup(self._key)
        self._given = int(self._state.values(slots).column(0)[0].as_py()) if slots[0] >= 0 else 0
        self._before = self._given

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (at most as many as the stream may still give)."""
        table = cut(table, 0, self.count - self._given)
        self._given += table.num_rows
        return (table,) if table.num_rows else ()

    def commit(self, epoch: Epoch) -> str | None:
        if self._given != self._before:
            count = pa.table([pa.array([self._given])], schema=_COUNT)
            self._state.put(self._key, count, self._state.lookup(self._key))
        return self._state.commit(epoch)

    def report(self) -> OperatorReport | None:
        metrics = StateMetrics(self.state_name, rows_total=self._state.row_count, memory_bytes=self._state.memory_bytes)
        metrics.rows_updated = int(self._given != self._before)
        return OperatorReport(state=metrics)

    def close(self) -> None:
        self._state.close()
