"""Turns what an epoch has reported into a progress object, and decides when an idle trigger makes one (EXE-76)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actorstream.common.clock import Clock
from actorstream.common.ids import NodeId
from actorstream.dataflow.protocols import EventTimeStats, Offset, OperatorReport, StateMetrics
from actorstream.engine.driver_state import EpochSummary, PublishIdle
from actorstream.engine.progress import (
    SinkProgress,
    SourceProgress,
    StateOperatorProgress,
    StreamingQueryProgress,
    iso_timestamp,
    query_progress,
    source_progress,
)
from actorstream.engine.stages import Layout

#: steps that the reference takes in every epoch and this engine before the first, in no time of the epoch: the graph is
#: lowered and its expressions are compiled once per run; a dashboard that reads the keys finds them
_ONCE_PER_RUN = {"getBatch": 0, "queryPlanning": 0}


class Stopwatch:
    """Milliseconds of each step of a trigger, under the names of progress `durationMs` (EXE-87)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._laps: dict[str, int] = {}
        self._running: dict[str, int] = {}

    def start(self, step: str) -> None:
        """A step begins."""
        self._running[step] = self._clock.now_ms()

    def stop(self, step: str) -> None:
        """A step ends; nothing happens if it never began."""
        if step in self._running:
            self._laps[step] = self._laps.get(step, 0) + self._clock.now_ms() - self._running.pop(step)

    def take(self) -> dict[str, int]:
        """All steps since the last `take`."""
        laps, self._laps = self._laps, {}
        self._running.clear()
        return laps


class ProgressReporter:
    """Remembers what one progress needs to know of those before it. One per query run, used by the driver only."""

    def __init__(
        self,
        *,
        query_id: str,
        run_id: str,
        name: str | None,
        layout: Layout,
        clock: Clock,
        idle_interval_ms: int,
        has_watermark: bool,
    ) -> None:
        self._query_id = query_id
        self._run_id = run_id
        self._name = name
        self._layout = layout
        self._clock = clock
        self._idle_interval_ms = idle_interval_ms
        self._has_watermark = has_watermark
        self._last_trigger_ms: int | None = None
        self._last_entry_ms: int | None = None
        self._last_states: list[StateOperatorProgress] = []
        self._ran = False
        #: operators nearest the sink first, as the reference lists them
        self._stateful: list[tuple[NodeId, int]] = [
            (node.id, stage.partitions)
            for stage in reversed(layout.stages)
            for node in reversed(stage.nodes)
            if node.operator.state_name
        ]

    def epoch(self, summary: EpochSummary, durations: Mapping[str, int]) -> StreamingQueryProgress:
        """The progress of an epoch that has just been committed."""
        now_ms = self._clock.now_ms()
        duration_ms = now_ms - summary.started_ms
        since_last_ms = None if self._last_trigger_ms is None else summary.started_ms - self._last_trigger_ms
        self._last_trigger_ms, self._last_entry_ms, self._ran = summary.started_ms, now_ms, True
        self._last_states = [
            _state_progress([report.state for report in summary.reports.get(node, ()) if report.state], partitions)
            for node, partitions in self._stateful
        ]
        sources = [
            source_progress(
                node.source.description,
                *summary.ranges[node.id],
                summary.reported_offsets.get(node.id),
                summary.input_rows.get(node.id, 0),
                since_last_ms=since_last_ms,
                duration_ms=duration_ms,
            )
            for node in self._layout.sources
        ]
        reports = [report for listed in summary.reports.values() for report in listed]
        return self._progress(
            summary.started_ms,
            summary.epoch,
            duration_ms,
            {**_ONCE_PER_RUN, **durations, "triggerExecution": duration_ms},
            self._event_time(summary.watermark_ms, reports),
            self._last_states,
            sources,
            _output_rows(summary.output_rows),
            since_last_ms,
            {name: row for report in reports for name, row in report.observed.items()},
        )

    def idle(self, trigger: PublishIdle, durations: Mapping[str, int]) -> tuple[StreamingQueryProgress, bool] | None:
        """The progress of a trigger that found nothing, if one is due; and whether listeners hear of it (EXE-103)."""
        now_ms = self._clock.now_ms()
        first = self._last_entry_ms is None
        since_last_ms = None if self._last_trigger_ms is None else trigger.started_ms - self._last_trigger_ms
        self._last_trigger_ms = trigger.started_ms
        if self._last_entry_ms is not None and now_ms - self._last_entry_ms < self._idle_interval_ms:
            return None
        self._last_entry_ms = now_ms
        duration_ms = now_ms - trigger.started_ms
        progress = self._progress(
            trigger.started_ms,
            trigger.next_epoch,
            duration_ms,
            {**durations, "triggerExecution": duration_ms},
            self._event_time(trigger.watermark_ms, ()),
            [state.without_work() for state in self._last_states],
            [self._idle_source(node.source.description, trigger.offsets[node.id]) for node in self._layout.sources],
            0 if self._ran else -1,
            since_last_ms,
            {},
        )
        return progress, not first

    @staticmethod
    def _idle_source(description: str, offset: Offset | None) -> SourceProgress:
        return source_progress(description, offset, offset, None, 0, since_last_ms=None, duration_ms=0)

    def _progress(
        self,
        started_ms: int,
        epoch: int,
        duration_ms: int,
        durations: Mapping[str, int],
        event_time: Mapping[str, str],
        states: Sequence[StateOperatorProgress],
        sources: Sequence[SourceProgress],
        output_rows: int,
        since_last_ms: int | None,
        observed: Mapping[str, Mapping[str, object]],
    ) -> StreamingQueryProgress:
        sink = (
            self._layout.sinks[0].sink.description
            if len(self._layout.sinks) == 1
            else ", ".join(node.sink.description for node in self._layout.sinks)
        )
        return query_progress(
            query_id=self._query_id,
            run_id=self._run_id,
            name=self._name,
            started_ms=started_ms,
            epoch=epoch,
            duration_ms=duration_ms,
            durations=durations,
            event_time=event_time,
            states=states,
            sources=sources,
            sink=SinkProgress(description=sink, numOutputRows=output_rows, metrics={}),
            since_last_ms=since_last_ms,
            observed=observed,
        )

    def _event_time(self, watermark_ms: int, reports: Sequence[OperatorReport]) -> dict[str, str]:
        if not self._has_watermark:
            return {}
        seen = [report.event_time for report in reports if report.event_time is not None and report.event_time.count]
        entry = {} if not seen else _event_time_statistics(seen)
        entry["watermark"] = iso_timestamp(watermark_ms)
        return entry


def _event_time_statistics(seen: Sequence[EventTimeStats]) -> dict[str, str]:
    count = sum(stats.count for stats in seen)
    return {
        "avg": iso_timestamp(sum(stats.sum_ms for stats in seen) // count),
        "max": iso_timestamp(max(stats.max_ms for stats in seen)),
        "min": iso_timestamp(min(stats.min_ms for stats in seen)),
    }


def _output_rows(rows: Mapping[NodeId, int]) -> int:
    return -1 if any(count < 0 for count in rows.values()) else sum(rows.values())


def _state_progress(parts: Sequence[StateMetrics], partitions: int) -> StateOperatorProgress:
    custom: dict[str, int] = {}
    for part in parts:
        for name, value in part.custom.items():
            custom[name] = custom.get(name, 0) + value
    return StateOperatorProgress(
        operatorName=parts[0].operator_name if parts else "",
        numRowsTotal=sum(part.rows_total for part in parts),
        numRowsUpdated=sum(part.rows_updated for part in parts),
        allUpdatesTimeMs=sum(part.updates_ms for part in parts),
        numRowsRemoved=sum(part.rows_removed for part in parts),
        allRemovalsTimeMs=sum(part.removals_ms for part in parts),
        commitTimeMs=sum(part.commit_ms for part in parts),
        memoryUsedBytes=sum(part.memory_bytes for part in parts),
        numRowsDroppedByWatermark=sum(part.rows_dropped_by_watermark for part in parts),
        numShufflePartitions=partitions,
        numStateStoreInstances=sum(part.store_instances for part in parts),
        customMetrics=custom,
    )
