"""The driver actor: performs what `DriverState` or `ContinuousState` decides. It reads the logs, has the actors spawned, and writes the logs.

Before it: `engine.launch`. After it: the source actors. It takes no decision of its own about epochs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from actorstream.checkpoint.commit_log import CommitEntry, CommitLog
from actorstream.checkpoint.files import CheckpointFiles
from actorstream.checkpoint.layout import STATE
from actorstream.checkpoint.offset_log import OffsetEntry, OffsetLog
from actorstream.common.config import (
    ENTRIES,
    MIN_BATCHES_TO_RETAIN,
    NO_DATA_BATCHES,
    NO_DATA_PROGRESS_INTERVAL_MS,
    POLLING_DELAY_MS,
    SHUFFLE_PARTITIONS,
    WATERMARK_POLICY,
    Conf,
)
from actorstream.common.fault_points import FaultInjector
from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.graph import Graph
from actorstream.dataflow.protocols import ALL_AVAILABLE
from actorstream.engine.continuous_state import (
    ContinuousEvent,
    ContinuousInstruction,
    ContinuousState,
    CutSources,
    StartSources,
)
from actorstream.engine.driver_state import (
    AskOffsets,
    CommitSources,
    Drained,
    DriverConfig,
    DriverState,
    FailQuery,
    FallingBehind,
    Finish,
    Initialized,
    LogCommit,
    LogOffsets,
    PrepareSources,
    Publish,
    PublishIdle,
    Purge,
    RunEpoch,
    Schedule,
    SetStatus,
)
from actorstream.engine.messages import (
    Begin,
    CommitSource,
    Cut,
    PrepareAvailableNow,
    PurgeState,
    ReportLatestOffset,
    Run,
    RunFreely,
    SourceCut,
    StopQuery,
    TriggerDue,
)
from actorstream.engine.progress_reporter import ProgressReporter, Stopwatch
from actorstream.engine.recovery import (
    Decision,
    LogFacts,
    RunAgain,
    StartFresh,
    check_schedule_kept,
    check_state,
    decide,
    decide_continuous,
    needed_entries,
    uncommitted,
)
from actorstream.engine.run import QueryRun
from actorstream.engine.spawner import Spawner
from actorstream.engine.stages import lay_out
from actorstream.engine.triggers import AvailableNow, Continuous, Trigger
from actorstream.errors import SparkRuntimeException
from actorstream.hosts.base import Actor, ActorRef

_log = logging.getLogger("actorstream.engine")


@dataclass(frozen=True, slots=True)
class DriverPlan:
    """What the driver is to run, settled by `launch`."""

    graph: Graph
    schemas: Mapping[NodeId, pa.Schema]  # output columns of every node
    trigger: Trigger
    files: CheckpointFiles
    faults: FaultInjector
    partitions: int  # parallelism of the master, local[N]


class DriverActor(Actor):
    """The driver of one query run."""

    def __init__(self, run: QueryRun, plan: DriverPlan) -> None:
        self._run = run
        self._plan = plan
        self._faults = plan.faults
        self._offset_log = OffsetLog(plan.files)
        self._commit_log = CommitLog(plan.files)
        self._watch = Stopwatch(run.clock)
        self._begun = False
        #: what others, who know the query from its listeners, have said before it began
        self._early: list[ContinuousEvent] = []

    # ------------------------------------------------------------ start

    def _begin(self) -> None:
        self._run.record.set_status("Initializing sources")
        self._plan.files.remove_leftovers()
        decision: Decision
        if isinstance(self._plan.trigger, Continuous):
            decision = decide_continuous(self._forget_uncommitted())
        else:
            facts = self._read_logs()
            check_schedule_kept(facts, continuous=False)
            decision = decide(facts)
        self._check_sources(decision)
        self._conf = _with_pinned(self._run.conf, decision)
        self._layout = lay_out(self._plan.graph, self._conf.value(SHUFFLE_PARTITIONS) or self._plan.partitions)
        config = self._config()
        check_state(decision, config.state_stores, has_state=self._plan.files.exists(STATE), root=self._plan.files.root)
        self._state: DriverState | ContinuousState
        resume_after: int | None = None
        if isinstance(self._plan.trigger, Continuous):
            assert not isinstance(decision, RunAgain)
            self._state = ContinuousState(config, decision)
            self._run.record.set_status(self._state.starting_message)
            resume_after = -1 if isinstance(decision, StartFresh) else decision.epoch
        else:
            self._state = DriverState(config, decision)
        self._progress = ProgressReporter(
            query_id=self._run.query_id,
            run_id=self._run.run_id,
            name=self._run.name,
            layout=self._layout,
            clock=self._run.clock,
            idle_interval_ms=self._conf.value(NO_DATA_PROGRESS_INTERVAL_MS),
            has_watermark=bool(config.watermark_nodes),
        )
        commit = None if isinstance(decision, StartFresh) else decision.commit
        self._refs: Mapping[tuple[NodeId, PartitionId], ActorRef] = Spawner(
            run=self._run,
            conf=self._conf,
            layout=self._layout,
            schemas=self._plan.schemas,
            output_mode=self._plan.graph.output_mode,
            files=self._plan.files,
            faults=self._faults,
            partitions=self._plan.partitions,
            heads={} if commit is None else commit.state,
            driver=self.self_ref,
            resume_after=resume_after,
        ).spawn_all()

    def _read_logs(self) -> LogFacts:
        offset_epochs = self._offset_log.epochs()
        commit_epochs = self._commit_log.epochs()
        plans, commits = needed_entries(offset_epochs, commit_epochs)
        return LogFacts(
            self._plan.files.root,
            offset_epochs,
            commit_epochs,
            {epoch: self._offset_log.get(epoch) for epoch in plans},
            {epoch: self._commit_log.get(epoch) for epoch in commits},
        )

    def _forget_uncommitted(self) -> LogFacts:
        """The logs of a continuous query, once the plans without a commit are deleted (EXE-144).

        A checkpoint of a query in micro-batches is refused before anything of it is touched.
        """
        facts = self._read_logs()
        check_schedule_kept(facts, continuous=True)
        stale = uncommitted(facts.offset_epochs, facts.commit_epochs)
        for epoch in stale:
            self._faults.hit("driver.before_forget", epoch=epoch)
            self._offset_log.delete(epoch)
        return self._read_logs() if stale else facts

    def _check_sources(self, decision: Decision) -> None:
        if isinstance(decision, StartFresh):
            return
        stored = set(decision.offsets.sources)
        current = {node.id for node in self._plan.graph.sources}
        if stored != current:
            raise SparkRuntimeException(
                errorClass="CHECKPOINT_SOURCES_CHANGED",
                messageParameters={
                    "location": self._plan.files.root,
                    "stored": ", ".join(sorted(stored)),
                    "current": ", ".join(sorted(current)),
                },
            )

    def _config(self) -> DriverConfig:
        layout = self._layout
        operators = [node for stage in layout.stages for node in stage.nodes]
        stages = frozenset(
            (stage.id, PartitionId(partition)) for stage in layout.stages for partition in range(stage.partitions)
        )
        ends = frozenset(
            (node, PartitionId(0))
            for node in (*(source.id for source in layout.sources), *(sink.id for sink in layout.sinks))
        )
        return DriverConfig(
            trigger=self._plan.trigger,
            sources=tuple(node.id for node in layout.sources),
            actors=stages | ends,
            stages=stages,
            sinks=frozenset(node.id for node in layout.sinks),
            descriptions={node.id: node.source.description for node in layout.sources},
            watermark_nodes=tuple(node.id for node in operators if node.operator.tracks_event_time),
            watermark_policy="max" if self._conf.value(WATERMARK_POLICY) == "max" else "min",
            state_stores=frozenset(store for node in operators for store in node.state_ids),
            no_data_epochs=self._conf.value(NO_DATA_BATCHES),
            wants_watermark_epochs=self._conf.value(NO_DATA_BATCHES)
            and any(node.operator.wants_watermark_epochs for node in operators),
            restores=self._plan.graph.output_mode == "complete" and any(node.sink.restorable for node in layout.sinks),
            available_now_in_one_epoch=isinstance(self._plan.trigger, AvailableNow)
            and any(node.source.available_now == "single" for node in layout.sources),
            polling_delay_ms=self._conf.value(POLLING_DELAY_MS),
            epochs_retained=self._conf.value(MIN_BATCHES_TO_RETAIN),
        )

    # ------------------------------------------------------------ messages

    def receive(self, message: ContinuousEvent | Begin) -> None:
        if isinstance(message, Begin):
            self._begin()
            self._begun = True
            for event in self._early:
                self._handle(event)
            self._early.clear()
        elif self._begun:
            self._handle(message)
        elif isinstance(message, StopQuery):
            # a listener has stopped the query when it heard of its start: there is nothing to undo
            self._run.finished()
        else:
            self._early.append(message)

    def _handle(self, event: ContinuousEvent) -> None:
        state, now_ms = self._state, self._run.clock.now_ms()
        instructions: Sequence[ContinuousInstruction]
        if isinstance(state, ContinuousState):
            instructions = state.handle(event, now_ms)
        else:
            assert not isinstance(event, SourceCut)
            instructions = state.handle(event, now_ms)
        for instruction in instructions:
            self._perform(instruction)

    def _perform(self, instruction: ContinuousInstruction) -> None:
        match instruction:
            case SetStatus():
                self._run.record.set_status(
                    instruction.message, instruction.is_data_available, instruction.is_trigger_active
                )
            case PrepareSources():
                for node in self._layout.sources:
                    self._source(node.id).tell(PrepareAvailableNow())
            case AskOffsets():
                self._watch.start("latestOffset")
                for source, start in instruction.starts.items():
                    limit = ALL_AVAILABLE if instruction.everything else None
                    self._source(source).tell(ReportLatestOffset(instruction.trigger, start, limit))
            case LogOffsets():
                self._watch.stop("latestOffset")
                self._log_offsets(instruction)
            case RunEpoch():
                self._run_epoch(instruction)
            case StartSources():
                self._run.record.has_run = True
                for source, start in instruction.starts.items():
                    self._source(source).tell(RunFreely(instruction.info, start))
            case CutSources():
                for node in self._layout.sources:
                    self._source(node.id).tell(Cut(instruction.epoch, instruction.following))
            case LogCommit():
                self._watch.stop("addBatch")
                self._log_commit(instruction)
                self.host.notify()  # somebody may wait for the epoch
            case CommitSources():
                self._faults.hit("driver.before_source_commit", epoch=instruction.epoch)
                for source, end in instruction.ends.items():
                    self._source(source).tell(CommitSource(instruction.epoch, end))
            case Purge():
                self._purge(instruction.keep_from)
            case Publish():
                self._publish(instruction)
            case PublishIdle():
                self._watch.stop("latestOffset")
                self._publish_idle(instruction)
            case Schedule():
                self.host.schedule(instruction.at_ms, self.self_ref, TriggerDue(instruction.trigger))
            case FallingBehind():
                _log.warning(
                    "Current batch of query %s is falling behind. The trigger interval is %d milliseconds, but spent %d milliseconds",
                    self._run.query_id,
                    instruction.interval_ms,
                    instruction.spent_ms,
                )
            case Initialized():
                self._run.record.initialized = True
                self.host.notify()
            case Drained():
                self._run.record.drained.update(instruction.tickets)
                self.host.notify()
            case Finish():
                self._run.finished()
            case FailQuery():
                self._run.failed(instruction.failure)

    def _source(self, node: NodeId) -> ActorRef:
        return self._refs[node, PartitionId(0)]

    def _log_offsets(self, plan: LogOffsets) -> None:
        self._faults.hit("driver.before_offset_log", epoch=plan.epoch)
        self._watch.start("walCommit")
        entry = OffsetEntry(
            sources={str(node): end for node, end in plan.ends.items()},
            watermark_ms=plan.watermark_ms,
            batch_time_ms=plan.batch_time_ms,
            conf=_pinned(self._conf),
            continuous=isinstance(self._state, ContinuousState),
        )
        with _log_write("OFFSET_LOG", plan.epoch, self._plan.files.root):
            self._offset_log.add(plan.epoch, entry)
        self._watch.stop("walCommit")
        self._faults.hit("driver.after_offset_log", epoch=plan.epoch)

    def _run_epoch(self, epoch: RunEpoch) -> None:
        record = self._run.record
        record.has_run = True
        descriptions = self._state.config.descriptions
        record.committed_offsets = {
            descriptions[node]: start for node, (start, _) in epoch.ranges.items() if start is not None
        }
        record.available_offsets = {
            descriptions[node]: end for node, (_, end) in epoch.ranges.items() if end is not None
        }
        self._watch.start("addBatch")
        for node, (start, end) in epoch.ranges.items():
            self._source(node).tell(Run(epoch.info, start, end))

    def _log_commit(self, commit: LogCommit) -> None:
        self._faults.hit("driver.before_commit_log", epoch=commit.epoch)
        self._watch.start("commitOffsets")
        entry = CommitEntry(
            next_watermark_ms=commit.next_watermark_ms,
            node_watermarks_ms={str(node): value for node, value in commit.node_watermarks_ms.items()},
            state={str(node): files for node, files in commit.state_files.items()},
        )
        with _log_write("COMMIT_LOG", commit.epoch, self._plan.files.root):
            self._commit_log.add(commit.epoch, entry)
        self._watch.stop("commitOffsets")
        self._faults.hit("driver.after_commit_log", epoch=commit.epoch)

    def _purge(self, keep_from: Epoch) -> None:
        self._faults.hit("driver.before_purge", epoch=keep_from)
        self._offset_log.purge_below(keep_from)
        self._commit_log.purge_below(keep_from)
        for stage in self._layout.stages:
            if any(node.operator.stateful for node in stage.nodes):
                for partition in range(stage.partitions):
                    self._refs[stage.id, PartitionId(partition)].tell(PurgeState(keep_from))

    def _publish(self, instruction: Publish) -> None:
        progress = self._progress.epoch(instruction.summary, self._watch.take())
        self._run.record.progress.append(progress)
        if self._run.observer is not None:
            self._run.observer.progressed(progress)

    def _publish_idle(self, instruction: PublishIdle) -> None:
        made = self._progress.idle(instruction, self._watch.take())
        if made is None:
            return
        progress, announced = made
        self._run.record.progress.append(progress)
        if announced and self._run.observer is not None:
            self._run.observer.idle(self._run.query_id, self._run.run_id, instruction.started_ms)


def _pinned(conf: Conf) -> dict[str, str]:
    """The settings that a restart takes from the log whatever the session says (CKP-30)."""
    return {key: conf.get(key) or entry.default for key, entry in ENTRIES.items() if entry.pinned}


def _with_pinned(conf: Conf, decision: Decision) -> Conf:
    if isinstance(decision, StartFresh):
        return conf
    pinned = conf.copy()
    for key, value in decision.offsets.conf.items():
        pinned.set(key, value)
    return pinned


@contextmanager
def _log_write(log: str, epoch: Epoch, location: str) -> Iterator[None]:
    """A disk that refuses becomes the reference's error, which names log, epoch and location (CKP-65)."""
    try:
        yield
    except SparkRuntimeException as error:
        if error.getCondition() != "CHECKPOINT_WRITE_FAILED":
            raise
        reason = (error.getMessageParameters() or {})["reason"]
        raise SparkRuntimeException(
            errorClass=f"STREAMING_CHECKPOINT_LOG_WRITE_FAILURE.{log}",
            messageParameters={"batchId": str(epoch), "checkpointLocation": location, "reason": reason},
        ) from error
