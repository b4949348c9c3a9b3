"""A user's function over the groups of an epoch, with a state of its own for every key and a moment at which to be called again.

Groups with rows come first, then those whose timeout has passed, each in the order of their keys (STF-162). The function says
what its state is from now on; it is written as columns of the schema that the user gave, never as a pickled object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import pyarrow as pa

from actorstream.common.ids import Epoch
from actorstream.dataflow.batch import concat
from actorstream.dataflow.exchange import Exchange, Gather, HashBy
from actorstream.dataflow.operators.aggregation import GLOBAL_KEY, unique_names
from actorstream.dataflow.operators.expressions import marked_column, time_us
from actorstream.dataflow.operators.map_groups import ascending
from actorstream.dataflow.protocols import (
    EpochInfo,
    Operator,
    OperatorContext,
    OperatorReport,
    OutputMode,
    StateMetrics,
)
from actorstream.expr.grouping import as_array, group_rows, normalise_keys
from actorstream.expr.rows import rows_to_table, table_to_rows
from actorstream.expr.types import StructType, as_nullable, to_arrow_schema
from actorstream.state.store import Slots, StateStore

Timeout = Literal["none", "processing_time", "event_time"]

NO_TIMEOUT = -1
"""A group without a timeout, as users of `GroupState` know it; stored as null."""

_EXISTS = pa.field("exists", pa.bool_(), nullable=False)
_TIMEOUT = pa.field("timeout", pa.timestamp("us", "UTC"))


@dataclass(frozen=True, slots=True)
class HeldState:
    """What a function is told of the state of its group.

    Attributes:
        value: in the order of the state's columns; None if there is no state.
        has_timed_out: the call is for the timeout, and there are no rows.
        watermark_ms: None if the rows have no event time.
    """

    value: tuple[Any, ...] | None
    has_timed_out: bool
    batch_time_ms: int
    watermark_ms: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a function leaves behind.

    Attributes:
        rows: results.
        value: the state from now on; None removes it.
        has_changed: whether the state was updated or removed; if not, `value` is of no account.
        timeout_ms: when to call again without rows, or `NO_TIMEOUT`.
    """

    rows: pa.Table
    value: tuple[Any, ...] | None
    has_changed: bool
    timeout_ms: int


StateFunction = Callable[[pa.Table, pa.Table, HeldState], Outcome]
"""``function(key, rows, state)``: a table of one row with the key columns, the rows of that key, and what is known of it."""


class MapGroupsWithState(Operator):
    """Calls `function` for every key with rows, and for every key whose timeout has passed.

    Args:
        keys: the key columns are the last so many of the input; 0 for one group of all rows.
        function: the key columns are not among the rows that it gets.
        schema: columns of what it gives.
        state: columns of the state of a key.
        mode: output mode of the query.
        timeout: by which clock groups time out: strictly before the time of the epoch, or before its watermark (STF-163).
    """

    state_name = "applyInPandasWithState"
    stateful = True

    def __init__(
        self,
        keys: Sequence[str],
        function: StateFunction,
        schema: pa.Schema,
        state: StructType,
        mode: OutputMode,
        timeout: Timeout = "none",
    ) -> None:
        self.keys = tuple(keys)
        self.function = function
        self.schema = schema
        self.state = state
        self.mode = mode
        self.timeout = timeout
        self.exchange: Exchange = HashBy(self.keys) if self.keys else Gather()
        self.output_modes = frozenset({mode})
        self.wants_watermark_epochs = timeout == "event_time"
        self._held: list[pa.Table] = []
        self._store: StateStore | None = None
        #: slots and generations of groups that were called for their timeout and changed nothing: they are called again with
        #: the next epoch, and cause none
        self._overdue: tuple[Slots, Slots] = (np.empty(0, np.int64), np.empty(0, np.int64))
        self._metrics = StateMetrics(self.state_name)

    def __deepcopy__(self, memo: object) -> MapGroupsWithState:
        # the function is shared by all partitions, as in MapBatches
        return MapGroupsWithState(self.keys, self.function, self.schema, self.state, self.mode, self.timeout)

    def describe(self) -> str:
        return f"MapGroupsWithState [{', '.join(self.keys)}], {self.mode}, timeout: {self.timeout.replace('_', ' ')}"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return self.schema

    def open(self, context: OperatorContext) -> None:
        schema = context.input_schemas[0]
        width = len(schema) - len(self.keys)
        self._schema = schema
        self._rows_schema = pa.schema(list(schema)[:width])
        self._event_time = marked_column(self._rows_schema)
        self._key_schema = pa.schema(list(schema)[width:] or [GLOBAL_KEY])
        # a group may wait for its timeout without a state
        self._values_type = cast("StructType", as_nullable(self.state))
        fields = list(to_arrow_schema(self._values_type))
        taken = [*self._key_schema.names, _EXISTS.name, _TIMEOUT.name]
        names = unique_names([*taken, *(field.name for field in fields)])[len(taken) :]
        self._value_schema = pa.schema(
            [_EXISTS, _TIMEOUT, *(field.with_name(name) for field, name in zip(fields, names, strict=True))]
        )
        self._store = context.state(self._key_schema, self._value_schema, event_time=_TIMEOUT.name)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._held.clear()
        self._metrics = StateMetrics(self.state_name)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows, key columns last); out nothing yet."""
        self._held.append(table)
        return ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Shape: out (what the function gives for every group, `schema`)."""
        if info.restore:
            return
        rows = concat(self._held, self._schema).combine_chunks()
        self._held.clear()
        rows = self._on_time(rows, info)
        if rows.num_rows:
            yield from self._with_rows(rows, info)
        yield from self._timed_out(info)

    def _on_time(self, rows: pa.Table, info: EpochInfo) -> pa.Table:
        """Only where groups time out by event time are rows late (STF-167)."""
        if self._event_time is None or self.timeout != "event_time":
            return rows
        bound = info.late_watermark_us
        late = time_us(rows.column(self._event_time)).fill_null(bound + 1).to_numpy(zero_copy_only=False) <= bound
        dropped = int(late.sum())
        self._metrics.rows_dropped_by_watermark += dropped
        return rows.filter(pa.array(~late)) if dropped else rows

    # ------------------------------------------------------------ calls

    def _with_rows(self, rows: pa.Table, info: EpochInfo) -> Iterable[pa.Table]:
        """Call for the groups that have rows."""
        assert self._store is not None
        width = len(self._rows_schema)
        columns = [as_array(normalise_keys(column)) for column in rows.columns[width:]]
        columns = columns or [pa.array(np.zeros(rows.num_rows, np.int8))]
        groups, first = group_rows(columns)
        picked = pa.array(first)
        keys = pa.Table.from_arrays([column.take(picked) for column in columns], schema=self._key_schema)
        order = np.argsort(groups.ids, kind="stable")
        bounds = np.searchsorted(groups.ids[order], np.arange(groups.count + 1))
        plain = rows.select(range(width))

        def rows_of(group: int) -> pa.Table:
            return plain.take(pa.array(order[bounds[group] : bounds[group + 1]]))

        yield from self._call(keys, self._store.lookup(keys), rows_of, info, has_timed_out=False)

    def _timed_out(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Call for the groups whose timeout has passed; one that changes nothing stays due (as in the reference)."""
        store = self._store
        assert store is not None
        if self.timeout == "none":
            return
        clock_us = info.batch_time_ms * 1000 if self.timeout == "processing_time" else info.watermark_us
        waiting, generations = self._overdue
        slots = np.concatenate([waiting[store.are_current(waiting, generations)], store.expired(clock_us - 1)])
        generations = store.generations(slots)
        if len(slots):
            nothing = self._rows_schema.empty_table()
            yield from self._call(store.keys(slots), slots, lambda group: nothing, info, has_timed_out=True)
        stay = store.are_current(slots, generations)
        self._overdue = (slots[stay], generations[stay])

    def _call(
        self,
        keys: pa.Table,
        slots: Slots,
        rows_of: Callable[[int], pa.Table],
        info: EpochInfo,
        *,
        has_timed_out: bool,
    ) -> Iterable[pa.Table]:
        """Call for each key, in order, and keep what the function leaves behind.

        Args:
            keys: one row per group.
            slots: where its state is; -1 without one.
        """
        values = self._values(slots)
        watermark_ms = None if self._event_time is None else info.watermark_us // 1000
        width = keys.num_columns if self.keys else 0
        outcomes: list[Outcome | None] = [None] * keys.num_rows
        for group in ascending(keys.select(range(width)), keys.num_rows):
            held = HeldState(values[group], has_timed_out, info.batch_time_ms, watermark_ms)
            outcome = self.function(keys.slice(group, 1).select(range(width)), rows_of(group), held)
            outcomes[group] = outcome
            if outcome.rows.num_rows:
                yield pa.Table.from_arrays(outcome.rows.columns, schema=self.schema)
        self._keep(keys, slots, [outcome for outcome in outcomes if outcome is not None], values)

    def _values(self, slots: Slots) -> list[tuple[Any, ...] | None]:
        """The states of groups as Python values."""
        assert self._store is not None
        found: list[tuple[Any, ...] | None] = [None] * len(slots)
        known = np.flatnonzero(slots >= 0)
        if len(known):
            stored = self._store.values(slots[known])
            exist = stored.column(0).to_pylist()
            rows = table_to_rows(stored.select(range(2, stored.num_columns)), self.state)
            for place, exists, row in zip(known.tolist(), exist, rows, strict=True):
                found[place] = tuple(row) if exists else None
        return found

    def _keep(
        self, keys: pa.Table, slots: Slots, outcomes: Sequence[Outcome], before: Sequence[tuple[Any, ...] | None]
    ) -> None:
        """Write the states that have changed, and those with a new timeout; the others stay, with the timeout that they had."""
        store = self._store
        assert store is not None
        after = [
            outcome.value if outcome.has_changed else value for outcome, value in zip(outcomes, before, strict=True)
        ]
        timeouts = np.array([outcome.timeout_ms for outcome in outcomes], np.int64)
        changed = np.array([outcome.has_changed for outcome in outcomes], np.bool_) | (timeouts != NO_TIMEOUT)
        exists = np.array([value is not None for value in after], np.bool_)
        stays = changed & (exists | (timeouts != NO_TIMEOUT))
        gone = changed & ~stays & (slots >= 0)
        self._metrics.rows_removed += int(gone.sum())
        self._metrics.rows_updated += int(stays.sum())
        # a stored row keeps its time, so one with a timeout is stored anew
        again = stays & (slots >= 0) if self.timeout != "none" else np.zeros(len(slots), np.bool_)
        store.remove(slots[gone | again])
        written = np.flatnonzero(stays)
        if not len(written):
            return
        empty = (None,) * len(self.state)
        value_rows = [empty if (value := after[place]) is None else value for place in written.tolist()]
        columns = rows_to_table(value_rows, self._values_type, bare=False)
        no_timeout = timeouts[written] == NO_TIMEOUT
        moments = pa.array(timeouts[written] * 1000, pa.int64(), mask=no_timeout).cast(_TIMEOUT.type)
        values = pa.Table.from_arrays([pa.array(exists[written]), moments, *columns.columns], schema=self._value_schema)
        places = np.where(again[written], -1, slots[written])
        store.put(keys.take(pa.array(written)), values, places)

    # ------------------------------------------------------------ durability

    def commit(self, epoch: Epoch) -> str | None:
        assert self._store is not None
        return self._store.commit(epoch)

    def due_ms(self) -> int | None:
        if self._store is None or self.timeout != "processing_time":
            return None
        earliest = self._store.next_expiry_us()
        return None if earliest is None else earliest // 1000

    def report(self) -> OperatorReport | None:
        assert self._store is not None
        metrics, self._metrics = self._metrics, StateMetrics(self.state_name)
        return OperatorReport.of_state(metrics, self._store)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
