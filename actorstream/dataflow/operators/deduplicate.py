"""Keeps the first row of every key: ``dropDuplicates`` and ``distinct``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from actorstream.common.ids import Epoch
from actorstream.dataflow.exchange import Exchange, Gather, HashBy
from actorstream.dataflow.operators.expressions import marked_column, time_us
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext, OperatorReport, StateMetrics
from actorstream.expr.grouping import as_array, group_rows, normalise_keys
from actorstream.state.store import StateStore

_VALUE = pa.schema([pa.field("seen", pa.bool_(), nullable=False)])


class Deduplicate(Operator):
    """Passes a row on if its key was never seen before.

    Args:
        columns: names of the key columns; all columns if none is named.
        bounded: True for an input of a single epoch, which needs no state.
    """

    state_name = "dedupe"

    def __init__(self, columns: Sequence[str] = (), *, bounded: bool = False) -> None:
        self.columns = tuple(columns)
        self.bounded = bounded
        self.stateful = not bounded
        self.exchange: Exchange = HashBy(self.columns) if self.columns else Gather()
        self.wants_watermark_epochs = not bounded
        self.output_modes = frozenset({"append", "update"}) if not bounded else Operator.output_modes
        self._state: StateStore | None = None
        self._metrics = StateMetrics(self.state_name)

    def describe(self) -> str:
        return f"Deduplicate by {', '.join(self.columns) or 'all columns'}"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return inputs[0]

    def open(self, context: OperatorContext) -> None:
        schema = context.input_schemas[0]
        names = self.columns or tuple(schema.names)
        self._places = [schema.get_field_index(name) for name in names]
        fields = [schema.field(place) for place in self._places]
        self._event_time = marked_column(fields)
        #: only rows by event time are dropped as late, whatever the key is (STF-90)
        self._late_column = marked_column(schema)
        self._key_schema = pa.schema(fields)
        if self.stateful:
            self._state = self._open_state(context)
        self._seen: list[pa.Table] = []

    def _open_state(self, context: OperatorContext) -> StateStore:
        """Keys that go with their event time, if it is one of their columns; for ever otherwise (STF-90)."""
        event_time = None if self._event_time is None else self._key_schema.field(self._event_time).name
        return context.state(self._key_schema, _VALUE, event_time=event_time)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._info = info
        self._seen.clear()
        self._metrics = StateMetrics(self.state_name)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (the rows whose key is new, in order); a bounded one holds them back to the end."""
        if self._state is None:
            self._seen.append(table)
            return ()
        table = self._on_time(table)
        if table.num_rows == 0:
            return ()
        columns = [as_array(normalise_keys(table.column(place))) for place in self._places]
        _, first = group_rows(columns)
        first = np.sort(first)
        picked = pa.array(first)
        keys = pa.Table.from_arrays([column.take(picked) for column in columns], schema=self._key_schema)
        slots = self._state.lookup(keys)
        new = np.flatnonzero(slots < 0)
        if not len(new):
            return ()
        rows = table.take(pa.array(first[new]))
        self._state.put(keys.take(pa.array(new)), self._remembered(rows), slots[new])
        self._metrics.rows_updated += len(new)
        return (rows,)

    def _remembered(self, rows: pa.Table) -> pa.Table:
        """What is kept of the first rows of keys."""
        return pa.table([pa.array(np.ones(rows.num_rows, np.bool_))], schema=_VALUE)

    def _on_time(self, table: pa.Table) -> pa.Table:
        if self._late_column is None:
            return table
        bound = self._info.late_watermark_us
        late = time_us(table.column(self._late_column)).fill_null(bound + 1).to_numpy(zero_copy_only=False) <= bound
        dropped = int(late.sum())
        self._metrics.rows_dropped_by_watermark += dropped
        return table.filter(pa.array(~late)) if dropped else table

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        if self._state is None:
            return self._first_of_batch()
        gone = self._state.expired(info.watermark_us)
        self._state.remove(gone)
        self._metrics.rows_removed += len(gone)
        return ()

    def _first_of_batch(self) -> Iterable[pa.Table]:
        if not self._seen:
            return ()
        table = pa.concat_tables(self._seen).combine_chunks()
        self._seen.clear()
        if table.num_rows == 0:
            return ()
        _, first = group_rows([as_array(normalise_keys(table.column(place))) for place in self._places])
        return (table.take(pa.array(np.sort(first))),)

    def commit(self, epoch: Epoch) -> str | None:
        return None if self._state is None else self._state.commit(epoch)

    def report(self) -> OperatorReport | None:
        if self._state is None:
            return None
        metrics, self._metrics = self._metrics, StateMetrics(self.state_name)
        return OperatorReport.of_state(metrics, self._state)

    def close(self) -> None:
        if self._state is not None:
            self._state.close()
