"""Every decision of the driver under a continuous trigger: events in, instructions out. The other schedule is `driver_state`.

Sources run freely from `RunFreely` on. What remains to be decided is where epochs end, and when they count: `CutSources` ->
(markers travel, every source and every sink reports) -> `LogOffsets` -> `LogCommit` -> `CommitSources` -> `Purge`. An epoch is
cut while those before it are still on their way; they are committed in order, one after the other.

Both log entries of an epoch are written once everything of it has been acknowledged. So what is in the logs is never more than
what the sinks have, and a run that dies leaves at most a plan without a commit, which the next start deletes (better than EXE-144).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from actorstream.common.ids import Epoch, NodeId
from actorstream.dataflow.protocols import EpochInfo, Offset
from actorstream.engine.driver_state import (
    CommitSources,
    Drained,
    DriverConfig,
    FailQuery,
    Finish,
    Initialized,
    Instruction,
    LogCommit,
    LogOffsets,
    Purge,
    Schedule,
    SetStatus,
)
from actorstream.engine.driver_state import Event as MicroBatchEvent
from actorstream.engine.messages import ActorReady, Drain, EpochDone, Failed, SourceCut, StopQuery, TriggerDue
from actorstream.engine.recovery import ContinueAfter, StartFresh
from actorstream.engine.triggers import Continuous, next_trigger_ms


@dataclass(frozen=True, slots=True)
class StartSources:
    """Tell every source to run freely from its start, in the epoch `info`."""

    info: EpochInfo
    starts: Mapping[NodeId, Offset | None]


@dataclass(frozen=True, slots=True)
class CutSources:
    """Ask every source for the marker of `epoch`; they go on with the epoch `following`."""

    epoch: Epoch
    following: EpochInfo


ContinuousInstruction = Instruction | StartSources | CutSources
ContinuousEvent = MicroBatchEvent | SourceCut


class ContinuousPhase(Enum):
    """Where the driver stands."""

    STARTING = "starting"  # waiting for actors to get ready
    RUNNING = "running"
    ENDED = "ended"


@dataclass(slots=True)
class _Cut:
    """An epoch that was cut and is not committed yet, and who has not reported."""

    info: EpochInfo
    sources: set[NodeId]
    sinks: set[NodeId]
    ends: dict[NodeId, Offset] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not self.sources and not self.sinks


class ContinuousState:
    """The driver's mind under a continuous trigger. `handle` is called with one event at a time; `now_ms` is when it arrived."""

    def __init__(self, config: DriverConfig, decision: StartFresh | ContinueAfter) -> None:
        assert isinstance(config.trigger, Continuous)
        self.config = config
        self.phase = ContinuousPhase.STARTING
        #: end of the last committed epoch of every source: where a restart would begin
        self.ends: dict[NodeId, Offset | None] = dict.fromkeys(config.sources)
        self._interval_ms = config.trigger.interval_ms
        #: the epoch that rows go into now
        self._open = EpochInfo(Epoch(0), 0)
        self._starting_message = "Starting new streaming query"
        if isinstance(decision, ContinueAfter):
            self.ends.update({NodeId(node): end for node, end in decision.offsets.sources.items()})
            self._open = EpochInfo(Epoch(decision.epoch + 1), 0)
            self._starting_message += f" and getting offsets from latest epoch {decision.epoch}"
        self._unready = set(config.actors)
        #: epochs cut and not yet committed, in order; only the newest can lack a source's answer
        self._cuts: dict[Epoch, _Cut] = {}
        self._trigger = 0
        self._drains: list[tuple[int, Epoch]] = []  # (ticket, first epoch that counts)

    @property
    def starting_message(self) -> str:
        """The status until the sources run (EXE-68)."""
        return self._starting_message

    # ------------------------------------------------------------ events

    def handle(self, event: ContinuousEvent, now_ms: int) -> list[ContinuousInstruction]:
        """Take one event; say what to do about it, in order."""
        if self.phase is ContinuousPhase.ENDED:
            return []
        match event:
            case ActorReady():
                self._unready.discard((event.node, event.partition))
                starting = self.phase is ContinuousPhase.STARTING
                return self._all_ready(now_ms) if starting and not self._unready else []
            case TriggerDue():
                return [*self._cut(now_ms), self._next_cut(now_ms)] if event.trigger == self._trigger else []
            case SourceCut():
                cut = self._cuts[event.epoch]
                cut.sources.discard(event.node)
                cut.ends[event.node] = event.end
                return self._commit_complete(now_ms)
            case EpochDone():
                self._cuts[event.epoch].sinks.discard(event.node)
                return self._commit_complete(now_ms)
            case Drain():
                # an epoch that is being cut may have been closed by its source before the caller's data came
                self._drains.append((event.ticket, self._open.epoch))
                return self._cut(now_ms)
            case StopQuery():
                return self._end([Finish()])
            case Failed():
                return self._end([FailQuery(event)])
        # sources look for data by themselves, and an operator's report says nothing that a sink's does not
        return []

    def _end(self, last: list[ContinuousInstruction]) -> list[ContinuousInstruction]:
        self.phase = ContinuousPhase.ENDED
        tickets = tuple(ticket for ticket, _ in self._drains)
        self._drains.clear()
        return [*last, Drained(tickets)] if tickets else last

    # ------------------------------------------------------------ cuts

    def _all_ready(self, now_ms: int) -> list[ContinuousInstruction]:
        """Set the sources free and cut at once, as the reference does: what is there already shows without waiting."""
        self.phase = ContinuousPhase.RUNNING
        self._open = EpochInfo(self._open.epoch, now_ms)
        start = StartSources(self._open, dict(self.ends))
        return [SetStatus("Running", False, False), start, Initialized(), *self._cut(now_ms), self._next_cut(now_ms)]

    def _next_cut(self, now_ms: int) -> Schedule:
        self._trigger += 1
        at_ms = next_trigger_ms(self._interval_ms, now_ms, now_ms)
        return Schedule(at_ms if self._interval_ms > 0 else now_ms + self.config.polling_delay_ms, self._trigger)

    def _cut(self, now_ms: int) -> list[ContinuousInstruction]:
        """Close the open epoch, unless some source is still held up by the rows before the last cut."""
        if self.phase is not ContinuousPhase.RUNNING or any(cut.sources for cut in self._cuts.values()):
            return []
        closed, self._open = self._open, EpochInfo(Epoch(self._open.epoch + 1), now_ms)
        self._cuts[closed.epoch] = _Cut(closed, set(self.config.sources), set(self.config.sinks))
        return [CutSources(closed.epoch, self._open)]

    # ------------------------------------------------------------ commits

    def _commit_complete(self, now_ms: int) -> list[ContinuousInstruction]:
        answer: list[ContinuousInstruction] = []
        for epoch, cut in list(self._cuts.items()):
            if not cut.is_complete:
                break
            del self._cuts[epoch]
            answer += self._commit(cut)
        if self._drains and not self._cuts:
            answer += self._cut(now_ms)
        return answer

    def _commit(self, cut: _Cut) -> list[ContinuousInstruction]:
        epoch = cut.info.epoch
        moved = cut.ends != self.ends
        self.ends.update(cut.ends)
        answer: list[ContinuousInstruction] = [
            SetStatus(f"Committing epoch {epoch}", False, False),
            LogOffsets(epoch, dict(cut.ends), 0, cut.info.batch_time_ms),
            LogCommit(epoch, 0, {}, {}),
            CommitSources(epoch, dict(cut.ends)),
        ]
        keep_from = epoch + 1 - self.config.epochs_retained
        if keep_from > 0:
            answer.append(Purge(Epoch(keep_from)))  # CKP-72
        drained = () if moved else tuple(ticket for ticket, first in self._drains if first <= epoch)
        if drained:
            self._drains = [entry for entry in self._drains if entry[0] not in drained]
            answer.append(Drained(drained))
        return answer
