"""What plugs into the engine: `Source`, `Operator`, `Sink`, and the little data they exchange with it.

The engine knows only these; implementations live in `connectors` and `dataflow.operators` and arrive inside a `Graph`.
An object of any of these classes belongs to one query run and is called from one actor at a time; it needs no locks
(a source or sink whose *data* outlives the run, like `MemoryStream`, guards that data itself).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import pyarrow as pa

from actorstream.checkpoint.files import CheckpointFiles
from actorstream.common.clock import Clock
from actorstream.common.config import Conf
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.common.ids import Epoch, NodeId, PartitionId, QueryId, RunId
from actorstream.dataflow.exchange import Exchange, Forward
from actorstream.state.store import StateStore

Offset = str
"""A position of a source as JSON text, exactly as progress prints it (``3``, ``{"logOffset":2}``). Equal text = equal offset."""

OutputMode = Literal["append", "update", "complete"]


# ---------------------------------------------------------------- an epoch


@dataclass(frozen=True, slots=True)
class EpochInfo:
    """What an epoch is pinned to: the same in every run of it, because it comes from the offset log.

    Units: watermarks in microseconds since 1970; `batch_time_ms` in milliseconds.
    """

    epoch: Epoch
    batch_time_ms: int
    #: watermark of this epoch: closes windows and evicts state (STF-10)
    watermark_us: int = 0
    #: watermark of the epoch before: rows at or before it are late (STF-10)
    late_watermark_us: int = 0
    #: True for the silent first pass of a recovered query that only refills a sink from committed state: no source reads,
    #: no state changes, nothing is logged; an operator in complete mode emits its whole result at `end_epoch`
    restore: bool = False


@dataclass(slots=True)
class EventTimeStats:
    """Event times seen by one watermark node in one epoch, floored to milliseconds; nulls count as 0 (STF-6)."""

    delay_ms: int
    max_ms: int
    min_ms: int
    sum_ms: int
    count: int


@dataclass(slots=True)
class StateMetrics:
    """Numbers of one partition of one stateful operator for progress (EXE-89); times in ms."""

    operator_name: str  # Spark's: stateStoreSave, dedupe, globalLimit, ...
    rows_total: int = 0
    rows_updated: int = 0
    rows_removed: int = 0
    rows_dropped_by_watermark: int = 0
    updates_ms: int = 0
    removals_ms: int = 0
    commit_ms: int = 0
    memory_bytes: int = 0
    #: how many stores the reference would keep for it (`numStateStoreInstances`)
    store_instances: int = 1
    custom: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class OperatorReport:
    """What an operator tells about one epoch, once it is aligned; read and reset by the engine."""

    event_time: EventTimeStats | None = None
    state: StateMetrics | None = None
    observed: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # name -> {column: Python value}

    @staticmethod
    def of_state(metrics: StateMetrics, store: StateStore) -> OperatorReport:
        """The numbers of an epoch, completed by what the store holds after it."""
        metrics.rows_total = store.row_count
        metrics.memory_bytes = store.memory_bytes
        return OperatorReport(state=metrics)


# ---------------------------------------------------------------- sources


@dataclass(frozen=True, slots=True)
class ReadLimit:
    """How much one epoch may take (EXE-170). `kind` "all" ignores `value`."""

    kind: Literal["all", "rows", "files", "bytes", "min_rows"] = "all"
    value: int = 0
    max_delay_ms: int = 0  # for min_rows


ALL_AVAILABLE = ReadLimit()


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source gets when the query opens it."""

    query_id: QueryId
    run_id: RunId
    node_id: NodeId
    files: CheckpointFiles
    #: folder of the checkpoint where the source keeps its own log, ``sources/<i>`` (CKP-6)
    log_folder: str
    clock: Clock
    conf: Conf
    partitions: int  # default parallelism, local[N]
    #: the checkpoint goes when the run ends: this query id never comes back
    temporary: bool = False
    #: call it when data has arrived, from any thread: somebody looks at once instead of at the next poll
    wake: Callable[[], None] = field(default=lambda: None)


@dataclass(frozen=True, slots=True)
class Split:
    """A piece of a source's range that is read on its own. `payload` is the source's business; plain data."""

    index: int
    payload: Any = None


class Source(ABC):
    """A replayable input: reading a range of offsets again gives the same rows again.

    Life: `open`, then per trigger `latest_offset`, per epoch with data `splits` and `read`, after the epoch is committed
    `commit`, at the end `stop`. Ranges are ``(start, end]`` in the source's own offsets; `start` is None before anything was read.
    """

    @property
    @abstractmethod
    def schema(self) -> pa.Schema:
        """Columns of every batch that `read` gives."""

    @property
    @abstractmethod
    def description(self) -> str:
        """The source's text in progress and messages, as the reference prints it (``MemoryStream[value#1]``)."""

    def open(self, context: SourceContext) -> None:  # noqa: B027 - optional hook
        """Get ready; options that the reference checks only when the query runs are checked here."""

    def default_limit(self) -> ReadLimit:
        """The limit given by the options, asked once per run."""
        return ALL_AVAILABLE

    @abstractmethod
    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        """Where an epoch that begins at `start` should end, or None if the source has nothing to say (EXE-26)."""

    def report_latest_offset(self) -> Offset | None:
        """The end of what exists, for progress only."""
        return None

    #: how the source takes part in `Trigger.AvailableNow`: "prepare" = `prepare_available_now` fixes its end;
    #: "single" = no support: the whole query then runs one epoch (EXE-15)
    available_now: Literal["prepare", "single"] = "single"

    def prepare_available_now(self) -> None:  # noqa: B027 - optional hook
        """Fix the end of what this run will read (EXE-15)."""

    @abstractmethod
    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        """Cut a range into pieces; asked again with the same arguments it answers the same."""

    @abstractmethod
    def read(self, split: Split) -> Iterator[pa.Table]:
        """The rows of a piece, in order, as tables of `schema`. Never a Python object per row."""

    def commit(self, end: Offset) -> None:  # noqa: B027 - optional hook
        """Everything up to `end` is committed; it may be forgotten. Comes right after ``commits/N`` is durable."""

    def stop(self) -> None:  # noqa: B027 - optional hook
        """The query has ended; let go of everything."""

    #: whether it can be read in ranges; False for a `ContinuousSource` that can only run freely
    micro_batch: bool = True
    #: what to use instead where the trigger is of the kind that the source cannot run under; a sentence
    instead: str = ""


@runtime_checkable
class ContinuousSource(Protocol):
    """What a `Source` has as well if it can run freely, under a continuous trigger.

    Life: `open`, `seek` once, then `poll` again and again; `position` wherever the driver cuts, `commit` once that epoch counts,
    at the end `stop`. Rows come after the offset of `seek`, in the same order as ever, each of them once.
    """

    def seek(self, start: Offset | None) -> None:
        """Begin after `start`, the end of the last committed epoch; None = at the beginning."""
        ...

    def poll(self, rows_max: int) -> pa.Table | None:
        """The next rows, about `rows_max` of them at most; None or an empty table if there are none now. Never waits."""
        ...

    def position(self) -> Offset:
        """The end of what `poll` has given so far."""
        ...

    def next_poll_ms(self) -> int | None:
        """When to ask again after a `poll` that gave nothing; None if the source calls `SourceContext.wake` when rows come."""
        ...


# ---------------------------------------------------------------- operators


class StateFactory(Protocol):
    """Opens the state of one operator partition, loaded at the version the run starts from."""

    def __call__(
        self,
        key_schema: pa.Schema,
        value_schema: pa.Schema,
        *,
        event_time: str | None = None,
        name: str | None = None,
        partition_keys: int | None = None,
    ) -> StateStore:
        """Args:
        key_schema: columns that identify a row.
        value_schema: the other columns.
        event_time: the column by which rows expire: a timestamp, or a window struct (its ``end`` counts).
        name: which of the operator's `stores`; None for its only one.
        partition_keys: how many leading key columns the exchange hashes; all if None.
        """
        ...


@dataclass(frozen=True, slots=True)
class OperatorContext:
    """What an operator partition gets when the query opens it."""

    node_id: NodeId
    partition: PartitionId
    partitions: int
    input_schemas: Sequence[pa.Schema]
    state: StateFactory
    conf: Conf
    run_id: RunId
    faults: FaultInjector = NO_FAULTS
    #: how far the watermarks of this operator are behind those of the epoch: they come in its `EpochInfo` already so (STF-14)
    watermark_lag_us: int = 0


class Operator(ABC):
    """One step of the dataflow: Arrow in, Arrow out, state through a handle. One instance serves one partition.

    Life: `open`, then per epoch `begin_epoch`, any number of `process`, `end_epoch` once aligned on the marker, `commit`
    if it is stateful, `report`; at the end `close`. The configuration passed to the constructor is plain data: the engine
    deep-copies an unopened operator for every partition.
    """

    #: how rows reach the partitions of this operator from each input port
    exchange: Exchange = Forward()
    #: whether it keeps state between epochs: then it gets an own state folder and its node id must not change
    stateful: bool = False
    #: names of its state stores, if it keeps several; each gets a folder of its own
    stores: tuple[str, ...] = ()
    #: whether an epoch without data is worth running when the watermark has advanced (EXE-32..38)
    wants_watermark_epochs: bool = False
    #: output modes in which a query that contains this operator can run
    output_modes: frozenset[OutputMode] = frozenset({"append", "update", "complete"})
    #: whether it reports event times from which the watermark is made
    tracks_event_time: bool = False
    #: how far the watermark of its output is behind that of its input, in microseconds (STF-14)
    watermark_lag_us: int = 0
    #: Spark's name for progress and checks (``stateStoreSave``); empty for stateless operators
    state_name: str = ""

    def in_mode(self, mode: OutputMode) -> Operator:
        """The operator as it works in a graph of this output mode, for one that leaves its mode open. Called when the graph is built."""
        return self

    def describe(self) -> str:
        """One line for `explain`: what it does, with its settings."""
        return type(self).__name__

    @abstractmethod
    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        """Columns that come out, given those that go in at each port. Pure; raises where columns or types do not fit."""

    def combiner(self) -> Operator | None:
        """A stateless operator to run before the exchange, to send less over it (partial aggregation); or None."""
        return None

    def open(self, context: OperatorContext) -> None:  # noqa: B027 - optional hook
        """Compile expressions, open state."""

    def begin_epoch(self, info: EpochInfo) -> None:  # noqa: B027 - optional hook
        """Before the first batch of an epoch, and also if it has none."""

    @abstractmethod
    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Take one batch (maybe empty) that arrived at an input port; give what can go on at once."""

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """All input of the epoch is here: give what was held back."""
        return ()

    def commit(self, epoch: Epoch) -> str | Mapping[str, str | None] | None:
        """Make the state after this epoch durable.

        Returns: the name of its file, or None without state; of an operator with several `stores`, that of each.
        """
        return None

    def due_ms(self) -> int | None:
        """When, in processing time, it wants an epoch even if there is no data: as soon as it is later than this; None for never.

        Asked after `open` and after every `commit`.
        """
        return None

    def report(self) -> OperatorReport | None:
        """Numbers of the epoch that has just ended; each call begins anew."""
        return None

    def close(self) -> None:  # noqa: B027 - optional hook
        """The query has ended."""


# ---------------------------------------------------------------- sinks


@dataclass(frozen=True, slots=True)
class SinkContext:
    """What a sink gets when the query opens it."""

    query_id: QueryId
    run_id: RunId
    node_id: NodeId
    query_name: str | None
    schema: pa.Schema
    output_mode: OutputMode
    files: CheckpointFiles
    #: folder of the checkpoint for a sink that keeps its rows there, ``sinks/<node>``
    folder: str
    conf: Conf
    faults: FaultInjector = NO_FAULTS


class Sink(ABC):
    """An output that shows an epoch whole or not at all, and once whatever happens.

    Life: `open`, then per epoch `write` for each batch, `commit` once (or `abort`), at the end `close`.
    """

    @property
    @abstractmethod
    def description(self) -> str:
        """The sink's text in progress, as the reference prints it (``MemorySink``)."""

    #: modes the sink can take
    output_modes: frozenset[OutputMode] = frozenset({"append", "update", "complete"})
    #: whether `commit` of an epoch at or below the last committed one is skipped by the sink itself (exactly-once)
    idempotent: bool = False
    #: whether a recovered query in complete mode should show its last result at once (MEM-110, done better)
    restorable: bool = False
    #: whether the query may run on a temporary checkpoint (MEM-101)
    temporary_checkpoint: bool = False
    #: whether it can be written under a continuous trigger: there an epoch that a dead run has not committed is cut anew, with
    #: other rows under the same number, so that a sink that remembers numbers must know how to `rewind`
    continuous: bool = False

    def open(self, context: SinkContext) -> None:  # noqa: B027 - optional hook
        """Get ready, find out what is committed already."""

    def begin_epoch(self, info: EpochInfo) -> None:  # noqa: B027 - optional hook
        """Before the first batch of an epoch, and also if it has none."""

    @abstractmethod
    def write(self, partition: PartitionId, epoch: Epoch, table: pa.Table) -> None:
        """Stage the rows of one batch; nobody can see them yet. Batches of a partition come in order."""

    @abstractmethod
    def commit(self, epoch: Epoch) -> int:
        """Show everything staged for the epoch, atomically and durably if the sink is durable. Also for empty epochs.

        Returns: the number of rows for progress `numOutputRows`, or -1 where the reference reports -1.
        """

    @abstractmethod
    def abort(self, epoch: Epoch) -> None:
        """Drop what is staged."""

    def rewind(self, epoch: int) -> None:  # noqa: B027 - optional hook
        """Forget every epoch after `epoch` (-1: all), if that can be done: no log knows of them, and their numbers come again.

        Called after `open` in a continuous query only, before its first epoch.
        """

    def failure_of(self, error: Exception) -> Exception:
        """The error that ends the query when the rows for this sink could not be made: by default what went wrong.

        For a sink whose user asks for the rows, and so meets the error in own code (`foreachBatch`).
        """
        return error

    def close(self) -> None:  # noqa: B027 - optional hook
        """The query has ended."""


class SourceProvider(Protocol):
    """What a DataFrame holds of a source before any query runs: makes a fresh `Source` for every query start.

    Two scans of the same provider *object* in one plan are one source (MEM-32).
    """

    @property
    def name(self) -> str:
        """Short name in plans (``memory``, ``rate``)."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """Columns."""
        ...

    def create(self) -> Source:
        """A source for one run of one query."""
        ...
