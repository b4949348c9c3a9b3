"""Everything that actors tell each other. Commands are imperative, reports are facts; each names its epoch.

`bulk` messages (data and markers) travel in the bounded lane of a mailbox; the others never wait behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pyarrow as pa

from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.protocols import EpochInfo, Offset, OperatorReport, ReadLimit

# ---------------------------------------------------------------- along the edges


@dataclass(frozen=True, slots=True)
class Data:
    """Rows of an epoch on their way to an input port."""

    bulk: ClassVar[bool] = True
    info: EpochInfo
    port: int
    sender: PartitionId
    table: pa.Table


@dataclass(frozen=True, slots=True)
class Marker:
    """No more rows of this epoch will come over this edge."""

    bulk: ClassVar[bool] = True
    info: EpochInfo
    port: int


# ---------------------------------------------------------------- driver to sources


@dataclass(frozen=True, slots=True)
class PrepareAvailableNow:
    """Fix the end of what this run will read."""


@dataclass(frozen=True, slots=True)
class ReportLatestOffset:
    """Say where an epoch that begins at `start` should end. `trigger` numbers the question."""

    trigger: int
    start: Offset | None
    limit: ReadLimit | None  # None: the source's own


@dataclass(frozen=True, slots=True)
class Run:
    """Read exactly ``(start, end]`` and send it down, then the marker. `end` None: the marker only."""

    info: EpochInfo
    start: Offset | None
    end: Offset | None


@dataclass(frozen=True, slots=True)
class RunFreely:
    """Continuous: begin after `start` and send on whatever comes; the first epoch is `info`."""

    info: EpochInfo
    start: Offset | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Continuous: close the open epoch with a marker, say where that was, and go on with the epoch `following`."""

    epoch: Epoch
    following: EpochInfo


@dataclass(frozen=True, slots=True)
class CommitSource:
    """Everything up to `end` is committed."""

    epoch: Epoch
    end: Offset


@dataclass(frozen=True, slots=True)
class PurgeState:
    """To operator actors: state files that no epoch from `keep_from` on needs may go."""

    keep_from: Epoch


# ---------------------------------------------------------------- reports to the driver


@dataclass(frozen=True, slots=True)
class ActorReady:
    """The actor has opened what it needs and can work."""

    node: NodeId
    partition: PartitionId
    #: an operator actor: an epoch is due once it is later than this
    due_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LatestOffset:
    """Answer to `ReportLatestOffset`; `reported` is for progress only."""

    trigger: int
    node: NodeId
    offset: Offset | None
    reported: Offset | None


@dataclass(frozen=True, slots=True)
class SourceDone:
    """The source has sent the whole range of the epoch and its marker."""

    node: NodeId
    epoch: Epoch
    rows: int


@dataclass(frozen=True, slots=True)
class SourceCut:
    """Continuous: the source has sent its marker of the epoch; `end` is where it cut."""

    node: NodeId
    epoch: Epoch
    end: Offset


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What one operator of a fused actor has to say about the epoch, and the file of its state (None: stateless).

    An operator with several state stores has one more for each, under the id of the store.
    """

    node: NodeId
    report: OperatorReport | None
    state_file: str | None


@dataclass(frozen=True, slots=True)
class OperatorDone:
    """An operator actor has aligned, flushed, made its state durable, and passed the marker on."""

    stage: NodeId
    partition: PartitionId
    epoch: Epoch
    nodes: tuple[NodeReport, ...]
    #: an epoch is due once it is later than this
    due_ms: int | None = None


@dataclass(frozen=True, slots=True)
class EpochDone:
    """A sink has committed the epoch. `rows` is for progress; -1 = unknown."""

    node: NodeId
    epoch: Epoch
    rows: int


@dataclass(frozen=True, slots=True)
class Failed:
    """An actor has died of `error`; the query dies with it."""

    node: NodeId
    partition: PartitionId
    epoch: Epoch | None
    error: BaseException


# ---------------------------------------------------------------- to the driver, from outside and from its timer


@dataclass(frozen=True, slots=True)
class Begin:
    """The query has its handle and its listeners know of it: read the logs and spawn the actors."""


@dataclass(frozen=True, slots=True)
class TriggerDue:
    """The timer: it is time for trigger number `trigger`."""

    trigger: int


@dataclass(frozen=True, slots=True)
class DataArrived:
    """A source has new data: an idle driver need not wait for its next poll."""


@dataclass(frozen=True, slots=True)
class Poll:
    """To a source that runs freely, from itself, its timer or whoever brings data: look for rows."""

    why: Literal["again", "timer", "data"]


@dataclass(frozen=True, slots=True)
class Drain:
    """Somebody waits until a trigger begun after this message finds nothing to do (EXE-45)."""

    ticket: int


@dataclass(frozen=True, slots=True)
class StopQuery:
    """The user has called `stop()`: nothing is committed any more."""
