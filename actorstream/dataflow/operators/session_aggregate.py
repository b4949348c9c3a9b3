"""Group-by sessions with state: rows of a key that follow one another within a gap are one group (STF-27 to STF-29).

`PartialSessionAggregate` runs before the exchange, `SessionAggregate` after it, in the partition of the keys without the session.
An epoch reads and writes the stored sessions of the keys that it touched; only complete mode reads them all, because it emits
them all. Sessions are stored as rows of a multimap: several under one key, each with its bounds as a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from actorstream.common.config import MERGE_SESSIONS_EARLY
from actorstream.dataflow.exchange import Gather, HashBy
from actorstream.dataflow.operators.aggregate import Aggregate, PartialAggregate
from actorstream.dataflow.operators.aggregation import AggregateSpec, bare, unique_names
from actorstream.dataflow.operators.expressions import NamedExpressions
from actorstream.dataflow.operators.session_merge import SessionMerge, bounds_of, meet
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext, OperatorReport, OutputMode
from actorstream.errors import AnalysisException
from actorstream.expr.grouping import as_array
from actorstream.expr.nodes import SessionWindow
from actorstream.state.multimap import Multimap, multimap_keys
from actorstream.state.store import Slots


class PartialSessionAggregate(PartialAggregate):
    """Aggregates the rows of a partition that open the same session; on request also those whose sessions meet."""

    def __init__(self, spec: AggregateSpec, session: int) -> None:
        super().__init__(spec)
        self.session = session

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._merge = (
            SessionMerge(self._aggregation, self.session) if context.conf.value(MERGE_SESSIONS_EARLY) else None
        )

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Shape: out (one row per key and session seen, keys and buffers)."""
        for partial in super().end_epoch(info):
            yield partial if self._merge is None else self._merge.merged(partial)


class SessionAggregate(Aggregate):
    """``groupBy(session_window(...), keys).agg(aggregates)``: an `Aggregate` in which sessions that meet are one.

    Args:
        keys: as for `Aggregate`; one of them is a `SessionWindow`, or a column of structs with ``start`` and ``end``: the
            session that a row alone opens.
        aggregates: as for `Aggregate`.
        session: place of that key; that of the `SessionWindow` if None.
        mode: append (sessions that the watermark closed) or complete (all sessions); None leaves it to the output mode of
            the graph. An update of a session that vanished in another could not be told (STF-29).
        bounded: True for an input of a single epoch, which needs no state.
    """

    state_name = "sessionWindowStateStoreSaveExec"

    def __init__(
        self,
        keys: NamedExpressions,
        aggregates: NamedExpressions,
        session: int | None = None,
        mode: OutputMode | None = None,
        *,
        bounded: bool = False,
    ) -> None:
        super().__init__(keys, aggregates, mode, bounded=bounded)
        if session is None:
            found = [place for place, (_, key) in enumerate(self.spec.keys) if isinstance(bare(key), SessionWindow)]
            if not found:
                raise AnalysisException(
                    errorClass="GRAPH_INVALID",
                    messageParameters={
                        "reason": f"none of the keys {', '.join(self.spec.key_names)} is a session_window"
                    },
                )
            session = found[0]
        self.session = session
        names = self.spec.key_names
        others = (*names[:session], *names[session + 1 :])
        self.exchange = HashBy(others) if others else Gather()

    def _take_mode(self, mode: OutputMode) -> None:
        if mode == "update":
            raise AnalysisException(
                errorClass="STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
                messageParameters={"outputMode": mode, "operation": "session window streaming aggregations"},
            )
        super()._take_mode(mode)

    def describe(self) -> str:
        return f"Session{super().describe()}"

    def combiner(self) -> Operator | None:
        return PartialSessionAggregate(self.spec, self.session)

    def open(self, context: OperatorContext) -> None:
        self._sessions: Multimap | None = None
        super().open(context)
        self._merge = SessionMerge(self._aggregation, self.session)

    def _open_state(self, context: OperatorContext) -> None:
        aggregation = self._aggregation
        keys = [field for place, field in enumerate(aggregation.key_schema) if place != self.session]
        columns = multimap_keys(pa.schema(keys))
        values = [aggregation.key_schema.field(self.session), *aggregation.value_schema]
        names = unique_names([*columns.names, *(field.name for field in values)])[len(columns) :]
        stored = pa.schema([field.with_name(name) for field, name in zip(values, names, strict=True)])
        event_time = names[0] if aggregation.event_time == self.session and self.mode != "complete" else None
        self._state = context.state(columns, stored, event_time=event_time, partition_keys=len(keys))
        self._sessions = Multimap(self._state)

    def begin_epoch(self, info: EpochInfo) -> None:
        if self.stateful and isinstance(self.exchange, Gather):
            raise AnalysisException("Global aggregation with session window in streaming query is not supported.")
        super().begin_epoch(info)

    def _combined(self, partials: Sequence[pa.Table]) -> pa.Table:
        """A bounded epoch in sessions; otherwise its rows as they came, because late ones are dropped before sessions meet."""
        together = pa.concat_tables(partials)
        return self._merge.merged(together) if self._state is None else together

    def _store(self, new: pa.Table) -> pa.Table:
        """Merge the epoch's sessions with those stored under their keys. Returns: the sessions that changed."""
        sessions, merge, aggregation = self._sessions, self._merge, self._aggregation
        assert sessions is not None
        new = new.combine_chunks()
        keys, first = merge.numbered_keys(new)
        columns = [as_array(new.column(place)) for place in merge.key_places]
        picked = pa.array(first)
        asked = sessions.key_arrays([column.take(picked) for column in columns])
        places, slots = sessions.pairs(asked, np.arange(keys.count))
        stored_starts, stored_ends = bounds_of(sessions.store.value_column(0, slots))
        starts, ends = bounds_of(new.column(merge.session))
        meeting = meet(
            np.concatenate([places, keys.ids]),
            np.concatenate([stored_starts, starts]),
            np.concatenate([stored_ends, ends]),
        )
        # a stored session that nothing new meets stays as it is
        has_changed = np.zeros(len(meeting.starts), np.bool_)
        has_changed[meeting.ids[len(slots) :]] = True
        touched = np.flatnonzero(has_changed[meeting.ids[: len(slots)]])
        number = np.cumsum(has_changed) - 1
        kept = np.concatenate([touched, np.arange(len(slots), len(meeting.ids))])
        place_of = np.full(len(meeting.ids), -1, np.int64)
        place_of[kept] = np.arange(len(kept))
        order = place_of[meeting.order]
        changed = merge.together(
            pa.concat_tables([self._stored(slots[touched]), new]).combine_chunks(),
            order[order >= 0],
            number[meeting.ids[kept]],
            meeting.starts[has_changed],
            meeting.ends[has_changed],
        )
        sessions.remove(slots[touched])
        values = [changed.column(merge.session), *aggregation.values_of(changed).columns]
        sessions.add(
            sessions.key_arrays([changed.column(place) for place in merge.key_places]),
            pa.Table.from_arrays(values, schema=sessions.store.value_schema),
        )
        # a session that keeps its start is updated; the reference writes all sessions of a key that it touches
        restarted = stored_starts[touched] != meeting.starts[meeting.ids[touched]]
        self._metrics.rows_updated += len(meeting.starts)
        self._metrics.rows_removed += int(restarted.sum())
        return changed

    def _stored(self, slots: Slots) -> pa.Table:
        """Stored sessions as partial results."""
        assert self._sessions is not None
        rows = self._sessions.store.rows(slots)
        keys = len(self._merge.key_places)
        columns = [*rows.columns[:keys]]
        columns.insert(self.session, rows.column(keys + 1))
        return pa.Table.from_arrays([*columns, *rows.columns[keys + 2 :]], schema=self._aggregation.partial_schema)

    def _evict(self, watermark_us: int) -> pa.Table | None:
        """Take out the sessions that the watermark has closed."""
        sessions = self._sessions
        if sessions is None:
            return None
        slots = sessions.store.expired(watermark_us)
        if not len(slots):
            return None
        closed = self._stored(slots)
        sessions.remove(slots)
        self._metrics.rows_removed += len(slots)
        return closed

    def _everything(self) -> pa.Table | None:
        return None if self._sessions is None else self._stored(self._sessions.store.all_slots())

    def report(self) -> OperatorReport | None:
        report = super().report()
        if report is not None and report.state is not None and self._sessions is not None:
            report.state.memory_bytes = self._sessions.memory_bytes
        return report
