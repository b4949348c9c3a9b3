"""Every decision of the driver: events in, instructions out. No thread, no clock, no file, no random number.

The life of an epoch, as instructions: `AskOffsets` -> `LogOffsets` -> `RunEpoch` -> (reports) -> `LogCommit` -> `CommitSources`
-> `Purge` -> `Publish` -> `Schedule`. The shell (`driver.py`) performs the instructions of one answer in order and stops at the
first that fails; that order is the order of durability (CKP-35).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.protocols import EpochInfo, Offset, OperatorReport
from actorstream.engine.messages import (
    ActorReady,
    DataArrived,
    Drain,
    EpochDone,
    Failed,
    LatestOffset,
    OperatorDone,
    SourceDone,
    StopQuery,
    TriggerDue,
)
from actorstream.engine.recovery import ContinueAfter, Decision, RunAgain
from actorstream.engine.triggers import AvailableNow, Once, ProcessingTime, Trigger, next_trigger_ms
from actorstream.engine.watermark import WatermarkPolicy, WatermarkTracker

Range = tuple[Offset | None, Offset | None]

# ---------------------------------------------------------------- what the driver is told at the start


@dataclass(frozen=True, slots=True)
class DriverConfig:
    """What a run is made of. Plain data, fixed for the run."""

    trigger: Trigger
    sources: tuple[NodeId, ...]
    #: every actor that must report `ActorReady` before the first trigger
    actors: frozenset[tuple[NodeId, PartitionId]]
    #: every operator actor that must report `OperatorDone` in each epoch
    stages: frozenset[tuple[NodeId, PartitionId]]
    sinks: frozenset[NodeId]
    #: what status messages call a source; its id where there is nothing better
    descriptions: Mapping[NodeId, str] = field(default_factory=dict)
    watermark_nodes: tuple[NodeId, ...] = ()
    watermark_policy: WatermarkPolicy = "min"
    #: the state stores whose files a commit entry lists, also while they have none; mostly one per operator, under its id
    state_stores: frozenset[NodeId] = frozenset()
    #: some operator closes windows or evicts state when the watermark moves (EXE-32..36)
    wants_watermark_epochs: bool = False
    #: epochs may be run without data
    no_data_epochs: bool = True
    #: a recovered query refills its sink from committed state before its first trigger
    restores: bool = False
    #: AvailableNow, and some source cannot fix its end: everything is taken in one epoch (EXE-15)
    available_now_in_one_epoch: bool = False
    polling_delay_ms: int = 10
    epochs_retained: int = 100


# ---------------------------------------------------------------- instructions


@dataclass(frozen=True, slots=True)
class PrepareSources:
    """Tell every source to fix its end (EXE-15)."""


@dataclass(frozen=True, slots=True)
class AskOffsets:
    """Ask every source where the next epoch should end. `everything` ignores read limits (EXE-11)."""

    trigger: int
    starts: Mapping[NodeId, Offset | None]
    everything: bool


@dataclass(frozen=True, slots=True)
class LogOffsets:
    """Write ``offsets/<epoch>``: the plan of the epoch."""

    epoch: Epoch
    ends: Mapping[NodeId, Offset | None]
    watermark_ms: int
    batch_time_ms: int


@dataclass(frozen=True, slots=True)
class RunEpoch:
    """Tell every source its range; the rest follows along the edges. `replay`: it was planned by a run that died."""

    info: EpochInfo
    ranges: Mapping[NodeId, Range]
    replay: bool = False


@dataclass(frozen=True, slots=True)
class LogCommit:
    """Write ``commits/<epoch>``: the epoch counts from now on."""

    epoch: Epoch
    next_watermark_ms: int
    node_watermarks_ms: Mapping[NodeId, int]
    state_files: Mapping[NodeId, tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class CommitSources:
    """Tell every source that it may forget what the epoch read."""

    epoch: Epoch
    ends: Mapping[NodeId, Offset]


@dataclass(frozen=True, slots=True)
class Purge:
    """Delete log entries and state that no retained epoch needs; the oldest retained epoch is `keep_from`."""

    keep_from: Epoch


@dataclass(slots=True)
class EpochSummary:
    """Everything that progress says about an epoch that has run."""

    epoch: Epoch
    started_ms: int
    ranges: Mapping[NodeId, Range]
    watermark_ms: int
    reported_offsets: Mapping[NodeId, Offset | None]
    has_new_data: bool
    input_rows: dict[NodeId, int] = field(default_factory=dict)
    output_rows: dict[NodeId, int] = field(default_factory=dict)
    reports: dict[NodeId, list[OperatorReport]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Publish:
    """Make a progress entry of an epoch."""

    summary: EpochSummary


@dataclass(frozen=True, slots=True)
class PublishIdle:
    """A trigger found nothing: maybe make an idle progress entry (EXE-76)."""

    next_epoch: Epoch
    started_ms: int
    offsets: Mapping[NodeId, Offset | None]
    watermark_ms: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Send `TriggerDue(trigger)` at a time; a time that has passed means at once."""

    at_ms: int
    trigger: int


@dataclass(frozen=True, slots=True)
class FallingBehind:
    """Warn that an epoch took longer than the trigger's interval (EXE-7)."""

    interval_ms: int
    spent_ms: int


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Show the status message (EXE-60..67)."""

    message: str
    is_data_available: bool
    is_trigger_active: bool


@dataclass(frozen=True, slots=True)
class Initialized:
    """Every actor is ready and a recovered sink is refilled: the query is ACTIVE."""


@dataclass(frozen=True, slots=True)
class Drained:
    """Wake those who wait in `processAllAvailable`."""

    tickets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """The query ends without an error."""


@dataclass(frozen=True, slots=True)
class FailQuery:
    """The query ends with an error."""

    failure: Failed


Instruction = (
    PrepareSources
    | AskOffsets
    | LogOffsets
    | RunEpoch
    | LogCommit
    | CommitSources
    | Purge
    | Publish
    | PublishIdle
    | Schedule
    | FallingBehind
    | SetStatus
    | Initialized
    | Drained
    | Finish
    | FailQuery
)

Event = (
    ActorReady
    | TriggerDue
    | LatestOffset
    | SourceDone
    | OperatorDone
    | EpochDone
    | Failed
    | DataArrived
    | Drain
    | StopQuery
)


class Phase(Enum):
    """Where the driver stands."""

    STARTING = "starting"  # waiting for actors to get ready
    RESTORING = "restoring"  # refilling the sink
    WAITING = "waiting"  # for the next trigger
    ASKING = "asking"  # sources for their latest offsets
    RUNNING = "running"  # an epoch
    ENDED = "ended"


@dataclass(slots=True)
class _Running:
    """An epoch under way, and who has not reported yet."""

    info: EpochInfo
    summary: EpochSummary
    sources: set[NodeId]
    stages: set[tuple[NodeId, PartitionId]]
    sinks: set[NodeId]
    state_files: dict[NodeId, dict[PartitionId, str | None]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not self.sources and not self.stages and not self.sinks


class DriverState:
    """The driver's mind. `handle` is called with one event at a time; `now_ms` is when it arrived."""

    def __init__(self, config: DriverConfig, decision: Decision) -> None:
        self.config = config
        self.phase = Phase.STARTING
        #: id of the next epoch to plan
        self.next_epoch = Epoch(0)
        #: where every source stands after the last planned epoch; None = at its beginning
        self.ends: dict[NodeId, Offset | None] = dict.fromkeys(config.sources)
        self.watermark = WatermarkTracker(config.watermark_nodes, config.watermark_policy)
        #: watermark that the last executed epoch ran with; None before any (decides whether an epoch is owed)
        self.executed_watermark_ms: int | None = None
        self._decision: Decision | _Decided = decision
        self._unready = set(config.actors)
        #: the moment that each actor waits for
        self._due: dict[tuple[NodeId, PartitionId], int | None] = {}
        self._ready_ms = 0
        self._running: _Running | None = None
        self._trigger = 0
        self._trigger_started_ms = 0
        self._answers: dict[NodeId, LatestOffset] = {}
        self._fixed_ends: dict[NodeId, Offset | None] | None = None
        self._data_arrived = False
        self._drains: list[tuple[int, int]] = []  # (ticket, first trigger that counts)
        self._adopt(decision)

    def _adopt(self, decision: Decision) -> None:
        if isinstance(decision, ContinueAfter):
            self.next_epoch = Epoch(decision.epoch + 1)
            self.ends.update(_ends(decision.offsets.sources))
            self.executed_watermark_ms = decision.offsets.watermark_ms
            self.watermark.restore(
                max(decision.offsets.watermark_ms, decision.commit.next_watermark_ms),
                decision.commit.node_watermarks_ms,
            )
        elif isinstance(decision, RunAgain):
            self.next_epoch = decision.epoch
            if decision.previous is not None:
                self.ends.update(_ends(decision.previous.sources))
                self.executed_watermark_ms = decision.previous.watermark_ms
            self.watermark.restore(
                decision.offsets.watermark_ms, decision.commit.node_watermarks_ms if decision.commit else {}
            )

    # ------------------------------------------------------------ events

    def handle(self, event: Event, now_ms: int) -> list[Instruction]:
        """Take one event; say what to do about it, in order."""
        if self.phase is Phase.ENDED:
            return []
        match event:
            case ActorReady():
                self._unready.discard((event.node, event.partition))
                self._due[event.node, event.partition] = event.due_ms
                return [] if self._unready or self.phase is not Phase.STARTING else self._all_ready(now_ms)
            case TriggerDue():
                due = self.phase is Phase.WAITING and event.trigger == self._trigger
                return self._begin_trigger(now_ms) if due else []
            case LatestOffset():
                return self._offset_known(event, now_ms)
            case SourceDone():
                return self._source_done(event, now_ms)
            case OperatorDone():
                return self._operator_done(event, now_ms)
            case EpochDone():
                return self._sink_done(event, now_ms)
            case DataArrived():
                self._data_arrived = True
                return self._hurry(now_ms)
            case Drain():
                # a trigger that is under way may have asked the sources before the caller's data came
                self._drains.append((event.ticket, self._trigger + 1))
                return self._hurry(now_ms)
            case StopQuery():
                return self._end([Finish()])
            case Failed():
                return self._end([FailQuery(event)])

    def _hurry(self, now_ms: int) -> list[Instruction]:
        """Begin the next trigger now if only the poll interval is being waited out."""
        back_to_back = isinstance(self.config.trigger, ProcessingTime) and self.config.trigger.interval_ms == 0
        return self._begin_trigger(now_ms) if self.phase is Phase.WAITING and back_to_back else []

    def _end(self, last: list[Instruction]) -> list[Instruction]:
        self.phase = Phase.ENDED
        tickets = tuple(ticket for ticket, _ in self._drains)
        self._drains.clear()
        return [*last, Drained(tickets)] if tickets else last

    # ------------------------------------------------------------ start

    def _all_ready(self, now_ms: int) -> list[Instruction]:
        self._ready_ms = now_ms
        prepare: list[Instruction] = [PrepareSources()] if isinstance(self.config.trigger, AvailableNow) else []
        decision = self._decision
        if isinstance(decision, ContinueAfter) and self.config.restores:
            self.phase = Phase.RESTORING
            info = EpochInfo(
                decision.epoch,
                decision.offsets.batch_time_ms,
                watermark_us=decision.offsets.watermark_ms * 1000,
                restore=True,
            )
            return [*prepare, self._run(info, {source: (end, None) for source, end in self.ends.items()}, now_ms)]
        return [*prepare, Initialized(), *self._begin_trigger(now_ms)]

    # ------------------------------------------------------------ trigger

    def _begin_trigger(self, now_ms: int) -> list[Instruction]:
        self._trigger += 1
        self._trigger_started_ms = now_ms
        self._data_arrived = False
        if isinstance(self._decision, RunAgain):
            return self._run_again(self._decision, now_ms)
        self.phase = Phase.ASKING
        self._answers = {}
        if self._fixed_ends is not None:
            return self._decide_epoch(self._fixed_ends, now_ms)
        everything = isinstance(self.config.trigger, Once) or self.config.available_now_in_one_epoch
        return [
            SetStatus(f"Getting offsets from {self._names_of_sources}", False, True),
            AskOffsets(self._trigger, dict(self.ends), everything),
        ]

    @property
    def _names_of_sources(self) -> str:
        return ", ".join(self.config.descriptions.get(source, source) for source in self.config.sources)

    def _run_again(self, decision: RunAgain, now_ms: int) -> list[Instruction]:
        """The planned but uncommitted epoch goes first, whether or not there is new data (CKP-44)."""
        ends = _ends(decision.offsets.sources)
        ranges = {source: (self.ends[source], ends.get(source)) for source in self.config.sources}
        info = EpochInfo(
            decision.epoch,
            decision.offsets.batch_time_ms,
            watermark_us=decision.offsets.watermark_ms * 1000,
            late_watermark_us=(decision.previous.watermark_ms if decision.previous else 0) * 1000,
        )
        self._decision = _DECIDED
        self.phase = Phase.RUNNING
        return [_status_of(ranges), self._run(info, ranges, now_ms, replay=True)]

    def _offset_known(self, event: LatestOffset, now_ms: int) -> list[Instruction]:
        if self.phase is not Phase.ASKING or event.trigger != self._trigger:
            return []
        self._answers[event.node] = event
        if len(self._answers) < len(self.config.sources):
            return []
        latest = {
            node: self.ends[node] if answer.offset is None else answer.offset for node, answer in self._answers.items()
        }
        if self.config.available_now_in_one_epoch:
            self._fixed_ends = latest
        return self._decide_epoch(latest, now_ms)

    def _decide_epoch(self, latest: Mapping[NodeId, Offset | None], now_ms: int) -> list[Instruction]:
        has_new_data = any(latest[source] != self.ends[source] for source in self.config.sources)  # EXE-25
        if not has_new_data and not self._epoch_is_owed and not self._epoch_is_due(now_ms):
            return self._idle(now_ms)
        info = EpochInfo(
            self.next_epoch,
            now_ms,
            watermark_us=self.watermark.value_ms * 1000,
            late_watermark_us=(self.executed_watermark_ms or 0) * 1000,
        )
        ranges = {source: (self.ends[source], latest[source]) for source in self.config.sources}
        self.phase = Phase.RUNNING
        return [
            SetStatus("Writing offsets to log", has_new_data, True),
            LogOffsets(info.epoch, dict(latest), self.watermark.value_ms, now_ms),
            _status_of(ranges),
            self._run(info, ranges, now_ms),
        ]

    @property
    def _epoch_is_owed(self) -> bool:
        """Whether the watermark has moved since the last epoch and somebody wants to act on it (EXE-30).

        Both numbers come from the logs, so what is owed survives a restart (better than CKP-52).
        """
        return (
            self.config.wants_watermark_epochs
            and self.executed_watermark_ms is not None
            and self.watermark.value_ms > self.executed_watermark_ms
        )

    def _epoch_is_due(self, now_ms: int) -> bool:
        """Whether a moment has passed that some operator waits for: the timeout of a group (EXE-37, without epochs in vain).

        Under a trigger that ends, one that passed before the first trigger, so that it does end.
        """
        if not isinstance(self.config.trigger, ProcessingTime):
            now_ms = self._ready_ms
        return self.config.no_data_epochs and any(due is not None and due < now_ms for due in self._due.values())

    def _idle(self, now_ms: int) -> list[Instruction]:
        answer: list[Instruction] = [
            SetStatus("Waiting for data to arrive", False, False),
            PublishIdle(self.next_epoch, self._trigger_started_ms, dict(self.ends), self.watermark.value_ms),
        ]
        drained = tuple(ticket for ticket, first in self._drains if first <= self._trigger)
        if drained:
            self._drains = [entry for entry in self._drains if entry[0] not in drained]
            answer.append(Drained(drained))
        trigger = self.config.trigger
        if not isinstance(trigger, ProcessingTime):
            return answer + self._end([Finish()])
        self.phase = Phase.WAITING
        at_ms = next_trigger_ms(trigger.interval_ms, self._trigger_started_ms, now_ms)
        if trigger.interval_ms > 0:
            answer.append(SetStatus("Waiting for next trigger", False, False))  # EXE-65
        elif not self._data_arrived and not self._drains:
            at_ms += self.config.polling_delay_ms
        return [*answer, Schedule(at_ms, self._trigger)]

    # ------------------------------------------------------------ epoch

    def _run(self, info: EpochInfo, ranges: Mapping[NodeId, Range], now_ms: int, *, replay: bool = False) -> RunEpoch:
        started_ms = now_ms if self.phase is Phase.RESTORING else self._trigger_started_ms
        summary = EpochSummary(
            info.epoch,
            started_ms,
            ranges,
            info.watermark_us // 1000,
            {node: answer.reported for node, answer in self._answers.items()},
            _has_data(ranges),
        )
        self._running = _Running(
            info, summary, set(self.config.sources), set(self.config.stages), set(self.config.sinks)
        )
        return RunEpoch(info, ranges, replay)

    def _source_done(self, event: SourceDone, now_ms: int) -> list[Instruction]:
        running = self._running
        if running is None or event.epoch != running.info.epoch:
            return []
        running.sources.discard(event.node)
        running.summary.input_rows[event.node] = event.rows
        return self._epoch_progressed(running, now_ms)

    def _operator_done(self, event: OperatorDone, now_ms: int) -> list[Instruction]:
        running = self._running
        if running is None or event.epoch != running.info.epoch:
            return []
        running.stages.discard((event.stage, event.partition))
        self._due[event.stage, event.partition] = event.due_ms
        for node in event.nodes:
            if node.report is not None:
                running.summary.reports.setdefault(node.node, []).append(node.report)
            running.state_files.setdefault(node.node, {})[event.partition] = node.state_file
        return self._epoch_progressed(running, now_ms)

    def _sink_done(self, event: EpochDone, now_ms: int) -> list[Instruction]:
        running = self._running
        if running is None or event.epoch != running.info.epoch:
            return []
        running.sinks.discard(event.node)
        running.summary.output_rows[event.node] = event.rows
        return self._epoch_progressed(running, now_ms)

    def _epoch_progressed(self, running: _Running, now_ms: int) -> list[Instruction]:
        if not running.is_complete:
            return []
        self._running = None
        if self.phase is Phase.RESTORING:
            self._decision = _DECIDED
            return [Initialized(), *self._begin_trigger(now_ms)]
        return self._commit(running, now_ms)

    def _commit(self, running: _Running, now_ms: int) -> list[Instruction]:
        summary, epoch = running.summary, running.info.epoch
        for node, reports in summary.reports.items():
            for report in reports:
                if report.event_time is not None:
                    self.watermark.observe(node, report.event_time)
        self.watermark.advance()
        self.executed_watermark_ms = summary.watermark_ms
        self.ends.update({source: end for source, (_, end) in summary.ranges.items()})
        self.next_epoch = Epoch(epoch + 1)
        answer: list[Instruction] = [
            LogCommit(
                epoch,
                self.watermark.value_ms,
                self.watermark.node_values_ms,
                {
                    node: tuple(files[PartitionId(p)] for p in range(len(files)))
                    for node, files in running.state_files.items()
                    if node in self.config.state_stores
                },
            ),
            CommitSources(epoch, {source: end for source, end in self.ends.items() if end is not None}),
        ]
        if epoch >= self.config.epochs_retained:
            answer.append(Purge(Epoch(epoch - self.config.epochs_retained)))
        answer.append(Publish(summary))
        trigger = self.config.trigger
        if isinstance(trigger, Once):
            return answer + self._end([Finish()])
        self.phase = Phase.WAITING
        interval_ms = trigger.interval_ms if isinstance(trigger, ProcessingTime) else 0
        at_ms = next_trigger_ms(interval_ms, summary.started_ms, now_ms)
        if 0 < interval_ms < now_ms - summary.started_ms:
            answer.append(FallingBehind(interval_ms, now_ms - summary.started_ms))
        waiting = SetStatus("Waiting for next trigger", summary.has_new_data, False)
        return [*answer, waiting, Schedule(at_ms, self._trigger)]


class _Decided:
    """What recovery found has been acted on."""


_DECIDED = _Decided()


def _ends(sources: Mapping[str, Offset | None]) -> dict[NodeId, Offset | None]:
    return {NodeId(node): end for node, end in sources.items()}


def _has_data(ranges: Mapping[NodeId, Range]) -> bool:
    return any(start != end for start, end in ranges.values())


def _status_of(ranges: Mapping[NodeId, Range]) -> SetStatus:
    if _has_data(ranges):
        return SetStatus("Processing new data", True, True)
    return SetStatus("No new data but cleaning up state", False, True)
