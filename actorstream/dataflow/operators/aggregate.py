"""Group-by with state: partial results are sent to the partition of their key, merged, stored and emitted by output mode.

`PartialAggregate` runs before the exchange, `Aggregate` after it. State is read and written once per epoch, for the keys that
the epoch touched; only complete mode reads it all, because it emits it all (STF-80 to STF-87).
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.common.ids import Epoch
from actorstream.dataflow.exchange import Exchange, Gather, HashBy
from actorstream.dataflow.operators.aggregation import INPUT_SCHEMA, AggregateSpec, Aggregation
from actorstream.dataflow.operators.expressions import (
    Evaluation,
    ExpressionLike,
    NamedExpressions,
    as_expression,
    named_expressions,
    time_us,
)
from actorstream.dataflow.protocols import (
    EpochInfo,
    Operator,
    OperatorContext,
    OperatorReport,
    OutputMode,
    StateMetrics,
)
from actorstream.errors import AnalysisException
from actorstream.expr.nodes import TimeWindow
from actorstream.state.store import Slots, StateStore

#: partial rows held before they are merged early, so that an epoch of any length fits memory
_HELD_ROWS_MAX = 1 << 20


class PartialAggregate(Operator):
    """Aggregates what one partition sees of an epoch, so that the exchange carries a row per key instead of a row per row."""

    def __init__(self, spec: AggregateSpec) -> None:
        self.spec = spec
        self._partials: list[pa.Table] = []

    def describe(self) -> str:
        return f"PartialAggregate [{', '.join(self.spec.key_names)}]"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        partial = Aggregation(self.spec, inputs[0], Conf()).partial_schema
        return partial.with_metadata({INPUT_SCHEMA: inputs[0].serialize().to_pybytes()})

    def open(self, context: OperatorContext) -> None:
        self._aggregation = Aggregation(self.spec, context.input_schemas[0], context.conf)
        self._evaluation = Evaluation(context)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._partials.clear()
        self._evaluation.begin(info)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows); out nothing yet."""
        if table.num_rows:
            partial = self._aggregation.partial(table, self._evaluation.context)
            if partial.num_rows:
                hold(self._partials, partial, self._aggregation)
        return ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Shape: out (one row per key seen, keys and buffers)."""
        if not self._partials:
            return ()
        merged = self._aggregation.merge(self._partials)
        self._partials.clear()
        return (merged,)


def hold(partials: list[pa.Table], table: pa.Table, aggregation: Aggregation) -> None:
    """Keep a partial for the end of the epoch; many rows are merged on the way."""
    partials.append(table)
    if len(partials) > 1 and sum(held.num_rows for held in partials) > _HELD_ROWS_MAX:
        merged = aggregation.merge(partials)
        partials[:] = [merged]


class Aggregate(Operator):
    """``groupBy(keys).agg(aggregates)``.

    Args:
        keys: names or pairs of name and expression; empty for one group of all rows. A `TimeWindow` may be among them.
        aggregates: pairs of result name and `AggregateCall`, a mapping, or columns.
        mode: what is emitted: append (groups that the watermark closed), update (groups touched), complete (all groups);
            None leaves it to the output mode of the graph (`in_mode`).
        bounded: True for an input of a single epoch, which needs no state.
    """

    state_name = "stateStoreSave"

    def __init__(
        self,
        keys: NamedExpressions,
        aggregates: NamedExpressions,
        mode: OutputMode | None = None,
        *,
        bounded: bool = False,
    ) -> None:
        self.spec = AggregateSpec(named_expressions(keys), named_expressions(aggregates))
        self.bounded = bounded
        self.stateful = not bounded
        self.exchange: Exchange = HashBy(self.spec.key_names) if self.spec.keys else Gather()
        #: in append mode something must close the groups; whoever asks for append by name has seen to that himself
        self._needs_watermark = False
        self.mode: OutputMode | None = None
        if mode is not None:
            self._take_mode(mode)
        self._state: StateStore | None = None
        self._partials: list[pa.Table] = []
        self._metrics = StateMetrics(self.state_name)

    def _take_mode(self, mode: OutputMode) -> None:
        self.mode = mode
        self.wants_watermark_epochs = mode != "complete" and not self.bounded
        self.output_modes = frozenset({mode})

    def in_mode(self, mode: OutputMode) -> Operator:
        if self.mode is not None:
            return self
        operator = copy.copy(self)
        operator._take_mode(mode)
        operator._needs_watermark = mode == "append" and not self.bounded
        return operator

    def describe(self) -> str:
        keys = ", ".join(self.spec.key_names)
        results = ", ".join(name for name, _ in self.spec.aggregates)
        return f"Aggregate [{keys}] -> [{results}], {'batch' if self.bounded else self.mode}"

    def combiner(self) -> Operator | None:
        return PartialAggregate(self.spec)

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        aggregation = Aggregation(self.spec, _raw_schema(inputs[0]), Conf())
        if self._needs_watermark and aggregation.event_time is None:
            raise AnalysisException(
                errorClass="STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
                messageParameters={
                    "outputMode": "append",
                    "operation": "streaming aggregations without watermark",
                },
            )
        return aggregation.result_schema

    def open(self, context: OperatorContext) -> None:
        schema = context.input_schemas[0]
        self._takes_partials = INPUT_SCHEMA in (schema.metadata or {})
        self._aggregation = aggregation = Aggregation(self.spec, _raw_schema(schema), context.conf)
        self._evaluation = Evaluation(context)
        if self.stateful and any(item.function.whole_groups for item in aggregation.functions):
            raise AnalysisException(
                "Streaming aggregation doesn't support group aggregate pandas UDF. Use it in foreachBatch, on one batch."
            )
        if self.stateful:
            self._open_state(context)

    def _open_state(self, context: OperatorContext) -> None:
        keys = self._aggregation.key_schema
        self._state = context.state(keys, self._aggregation.value_schema, event_time=self._expires_by(keys))

    def _expires_by(self, keys: pa.Schema) -> str | None:
        """Name of the key column by which groups are closed; None if they stay for ever."""
        place = self._aggregation.event_time
        return None if place is None or self.mode == "complete" else keys.field(place).name

    def begin_epoch(self, info: EpochInfo) -> None:
        self._partials.clear()
        self._metrics = StateMetrics(self.state_name)
        self._evaluation.begin(info)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n partial rows); out nothing yet."""
        if table.num_rows:
            partial = table if self._takes_partials else self._aggregation.partial(table, self._evaluation.context)
            if partial.num_rows:
                hold(self._partials, partial, self._aggregation)
        return ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Merge the epoch with the state, evict, emit. Shape: out (groups to emit, `output_schema`)."""
        if info.restore:
            return self._emit(self._everything()) if self.mode == "complete" else ()
        aggregation = self._aggregation
        partials = self._partials or ([aggregation.nothing()] if aggregation.is_global else [])
        new = self._combined(partials) if partials else None
        self._partials.clear()
        if self._state is None:
            return self._emit(new)
        started = time.perf_counter()
        if new is not None and self.mode != "complete":
            new = self._without_late_rows(new, info.late_watermark_us)
        touched = None if new is None or new.num_rows == 0 else self._store(new)
        self._metrics.updates_ms = _ms_since(started)
        if self.mode == "complete":
            return self._emit(self._everything())
        started = time.perf_counter()
        closed = self._evict(info.watermark_us)
        self._metrics.removals_ms = _ms_since(started)
        return self._emit(touched if self.mode == "update" else closed)

    def _combined(self, partials: Sequence[pa.Table]) -> pa.Table:
        """What the epoch brought, one row per group."""
        return self._aggregation.merge(partials)

    def _without_late_rows(self, new: pa.Table, late_watermark_us: int) -> pa.Table:
        """Drop groups at or before the watermark of the epoch before (STF-11, STF-12, STF-18)."""
        place = self._aggregation.event_time
        if place is None:
            return new
        times = time_us(new.column(place))
        late = times.fill_null(late_watermark_us + 1).to_numpy(zero_copy_only=False) <= late_watermark_us
        dropped = int(late.sum())
        self._metrics.rows_dropped_by_watermark += dropped
        return new.filter(pa.array(~late)) if dropped else new

    def _store(self, new: pa.Table) -> pa.Table:
        """Put the epoch's groups into the state. Returns: the groups with their merged buffers."""
        state = self._state
        assert state is not None
        keys, values = self._aggregation.keys_of(new), self._aggregation.values_of(new)
        slots = state.lookup(keys)
        known = np.flatnonzero(slots >= 0)
        if len(known):
            values = self._aggregation.merge_values(state.values(slots[known]), known, values)
        state.put(keys, values, slots)
        self._metrics.rows_updated += len(slots)
        return pa.Table.from_arrays([*keys.columns, *values.columns], schema=self._aggregation.partial_schema)

    def _evict(self, watermark_us: int) -> pa.Table | None:
        """Remove the groups that the watermark has closed (STF-11). Returns: what they held, if that is to be emitted."""
        state, place = self._state, self._aggregation.event_time
        if state is None or place is None:
            return None
        slots = _without_null_times(state, state.expired(watermark_us), place)
        if not len(slots):
            return None
        closed = state.rows(slots) if self.mode == "append" else None
        state.remove(slots)
        self._metrics.rows_removed += len(slots)
        return closed

    def _everything(self) -> pa.Table | None:
        return None if self._state is None else self._state.rows(self._state.all_slots())

    def _emit(self, groups: pa.Table | None) -> Iterable[pa.Table]:
        if groups is None or groups.num_rows == 0:
            return ()
        return (self._aggregation.finish(groups),)

    def commit(self, epoch: Epoch) -> str | None:
        if self._state is None:
            return None
        started = time.perf_counter()
        name = self._state.commit(epoch)
        self._metrics.commit_ms = _ms_since(started)
        return name

    def report(self) -> OperatorReport | None:
        if self._state is None:
            return None
        metrics, self._metrics = self._metrics, StateMetrics(self.state_name)
        return OperatorReport.of_state(metrics, self._state)

    def close(self) -> None:
        if self._state is not None:
            self._state.close()


class WindowAggregate(Aggregate):
    """``groupBy(window(time, size, slide), keys)``: an `Aggregate` for pipelines, whose first key is a window column.

    Args:
        time: the event-time column; put a `Watermark` before for append and update.
        size_ms: length of a window; `slide_ms` from one start to the next, the size by default; `start_ms` offset.
        mode: as for `Aggregate`.
        name: of the window column.
    """

    def __init__(
        self,
        keys: NamedExpressions,
        aggregates: NamedExpressions,
        time: ExpressionLike,
        size_ms: int,
        slide_ms: int | None = None,
        mode: OutputMode | None = None,
        *,
        start_ms: int = 0,
        name: str = "window",
    ) -> None:
        slide = size_ms if slide_ms is None else slide_ms
        window = TimeWindow(
            time=as_expression(time), duration_us=size_ms * 1000, slide_us=slide * 1000, start_us=start_ms * 1000
        )
        super().__init__([(name, window), *named_expressions(keys)], aggregates, mode)


def _raw_schema(schema: pa.Schema) -> pa.Schema:
    """The columns before partial aggregation, whatever arrives here."""
    stored = (schema.metadata or {}).get(INPUT_SCHEMA)
    return schema if stored is None else pa.ipc.read_schema(pa.py_buffer(stored))


def _without_null_times(state: StateStore, slots: Slots, place: int) -> Slots:
    """A null event time is never at or before a watermark."""
    if not len(slots):
        return slots
    valid: npt.NDArray[np.bool_] = time_us(state.keys(slots).column(place)).is_valid().to_numpy(zero_copy_only=False)
    return slots[valid]


def _ms_since(started: float) -> int:
    return int((time.perf_counter() - started) * 1000)
