"""The handle of a running query: what `start()` gives, for DataFrames and for pipelines alike.

It carries PySpark's names because users hold it (`pyspark.sql.streaming.StreamingQuery`). It runs nothing: the driver
actor writes into the `QueryRecord`, the handle reads it and sends messages.
"""

from __future__ import annotations

import itertools
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from actorstream.common.config import NUM_RECENT_PROGRESS, STOP_TIMEOUT_MS, Conf
from actorstream.common.ids import QueryId, RunId
from actorstream.dataflow.protocols import Sink
from actorstream.engine.messages import Drain, Failed, StopQuery
from actorstream.engine.progress import StreamingQueryProgress
from actorstream.errors import PySparkException, PySparkValueError, StreamingQueryException
from actorstream.hosts.base import ActorHost, ActorRef, ActorStopped


class QueryObserver(Protocol):
    """Hears of the life of a query; called from the driver's thread, except `started` (from `start()`)."""

    def started(self, query: StreamingQuery, timestamp_ms: int) -> None:
        """Before `start()` returns, and before the query does anything."""
        ...

    def progressed(self, progress: StreamingQueryProgress) -> None:
        """After every epoch."""
        ...

    def idle(self, query_id: str, run_id: str, timestamp_ms: int) -> None:
        """Now and then while there is no data."""
        ...

    def ended(self, query: StreamingQuery) -> None:
        """The query is over; before `terminated`."""
        ...

    def terminated(self, query_id: str, run_id: str, exception: str | None, error_class: str | None) -> None:
        """Last of all."""
        ...


class QueryRecord:
    """What the driver tells the outside. Written by the driver's actor, read by anybody; each field is replaced whole."""

    def __init__(self, conf: Conf) -> None:
        self.status: dict[str, Any] = _status("Initializing StreamExecution")
        #: a progress list of the reference keeps one entry less than the setting says (EXE-71)
        self.progress: deque[StreamingQueryProgress] = deque(maxlen=max(conf.value(NUM_RECENT_PROGRESS) - 1, 1))
        self.initialized = False
        self.stopping = False
        self.ended = False
        self.has_run = False
        self.drained: set[int] = set()
        self.failure: Failed | None = None
        #: texts for the debug block: source description -> offset (EXE-50)
        self.committed_offsets: dict[str, str] = {}
        self.available_offsets: dict[str, str] = {}

    def set_status(self, message: str, is_data_available: bool = False, is_trigger_active: bool = False) -> None:
        """Replace the status."""
        self.status = _status(message, is_data_available, is_trigger_active)


def _status(message: str, is_data_available: bool = False, is_trigger_active: bool = False) -> dict[str, Any]:
    return {"message": message, "isDataAvailable": is_data_available, "isTriggerActive": is_trigger_active}


class StreamingQuery:
    """A query that runs, or has run, in the background. Thread-safe.

    Source: `pyspark.sql.streaming.StreamingQuery`; EXE-40 to EXE-54.
    """

    def __init__(
        self,
        *,
        query_id: QueryId,
        run_id: RunId,
        name: str | None,
        record: QueryRecord,
        host: ActorHost,
        driver: ActorRef,
        conf: Conf,
        plan_text: str,
        sinks: Sequence[Sink],
        describe: Callable[[bool], str],
    ) -> None:
        self._id = query_id
        self._run_id = run_id
        self._name = name
        self._record = record
        self._host = host
        self._driver = driver
        self._conf = conf
        self._plan_text = plan_text
        self._sinks = tuple(sinks)
        self._describe = describe
        self._tickets = itertools.count(1)

    @property
    def id(self) -> str:
        """Id of the query: the same over restarts from one checkpoint."""
        return self._id

    @property
    def runId(self) -> str:
        """Id of this run."""
        return self._run_id

    @property
    def name(self) -> str | None:
        """The name given by `queryName`, or None."""
        return self._name

    @property
    def isActive(self) -> bool:
        """Whether it runs; False as soon as `stop` is called."""
        return not (self._record.ended or self._record.stopping)

    @property
    def status(self) -> dict[str, Any]:
        """Message, whether data is available, whether a trigger is active (EXE-53)."""
        return dict(self._record.status)

    @property
    def recentProgress(self) -> list[StreamingQueryProgress]:
        """The last progress entries, oldest first."""
        return list(self._record.progress)

    @property
    def lastProgress(self) -> StreamingQueryProgress | None:
        """The newest progress entry."""
        progress = self._record.progress
        return progress[-1] if progress else None

    @property
    def sink(self) -> Sink:
        """What this run writes into; of a memory query, the `MemorySink` behind its table.

        Ours: the reference keeps it behind a private attribute. Every start has a sink of its own (MEM-74).
        Raises: PySparkValueError for a pipeline with several sinks.
        """
        if len(self._sinks) != 1:
            raise PySparkValueError(
                f"The query has {len(self._sinks)} sinks; keep the sink objects that the pipeline was given."
            )
        return self._sinks[0]

    def awaitTermination(self, timeout: float | None = None) -> bool | None:
        """Wait until the query ends.

        Args:
            timeout: seconds; None waits for ever.
        Returns: whether it has ended in time; None without a timeout.
        Raises: StreamingQueryException if it failed; VALUE_NOT_POSITIVE.
        """
        check_timeout(timeout)
        self._refuse_inside()
        self._host.wait_until(lambda: self._record.ended, timeout)
        self._raise_failure()
        return None if timeout is None else self._record.ended

    def processAllAvailable(self) -> None:
        """Wait until everything that a source has now is processed and committed. For tests.

        Raises: StreamingQueryException if the query fails.
        """
        self._refuse_inside()
        self._raise_failure()
        if not self.isActive:
            return
        ticket = next(self._tickets)
        try:
            self._driver.tell(Drain(ticket))
        except ActorStopped:
            self._host.wait_until(lambda: self._record.ended)
        else:
            self._host.wait_until(lambda: self._record.ended or ticket in self._record.drained)
            self._record.drained.discard(ticket)
            if self._record.stopping or self._record.failure is not None:
                # the end wakes waiters first; the failure is complete a moment later
                self._host.wait_until(lambda: self._record.ended)
        self._raise_failure()

    def stop(self) -> None:
        """End the query. The epoch under way is given up, not finished: the next start runs it again.

        Raises: PySparkException if an actor does not stop within ``spark.sql.streaming.stopTimeout``.
        """
        if self._record.ended:
            return
        self._record.stopping = True
        try:
            self._driver.tell(StopQuery())
        except ActorStopped:
            self._record.stopping = True
        if self._host.inside():
            return
        timeout_ms = self._conf.value(STOP_TIMEOUT_MS)
        if not self._host.wait_until(lambda: self._record.ended, timeout_ms / 1000 if timeout_ms > 0 else None):
            raise PySparkException(
                f"Stream Execution thread for stream [id = {self._id}, runId = {self._run_id}] failed to stop within "
                f"{timeout_ms} milliseconds (specified by {STOP_TIMEOUT_MS.key}). See the cause on what was being "
                "executed in the streaming query thread."
            )

    def exception(self) -> StreamingQueryException | None:
        """Why the query failed, with the cause's text first; None if it has not (EXE-49)."""
        failure = self._record.failure
        if failure is None:
            return None
        error = StreamingQueryException(f"{cause_text(failure.error)}\n{self._debug_block(failure)}")
        error.__cause__ = failure.error
        return error

    def explain(self, extended: bool = False) -> None:
        """Print the logical plan (if extended) and the graph of actors."""
        if not self._record.has_run:
            print("No physical plan. Waiting for data.")  # noqa: T201 - that is what explain() is for
        else:
            print(self._describe(extended))  # noqa: T201

    def wait_until_initialized(self) -> None:
        """Wait until the actors are ready (or have failed) and a recovered sink shows its rows again."""
        self._host.wait_until(lambda: self._record.initialized or self._record.ended)

    def failure_texts(self) -> tuple[str | None, str | None]:
        """Stack text and condition of the failure, for `onQueryTerminated` (EXE-104)."""
        failure = self._record.failure
        if failure is None:
            return None, None
        condition = failure.error.getCondition() if isinstance(failure.error, PySparkException) else None
        return "".join(traceback.format_exception(failure.error)), condition

    def __repr__(self) -> str:
        state = "active" if self.isActive else "terminated"
        return f"<StreamingQuery {self._name or self._id} ({state})>"

    def _raise_failure(self) -> None:
        failure = self._record.failure
        if failure is None:
            return
        from actorstream.errors.exceptions import format_message

        parameters = {"id": self._id, "runId": self._run_id, "message": cause_text(failure.error)}
        raise StreamingQueryException(
            f"{format_message('STREAM_FAILED', parameters)}\n{self._debug_block(failure)}",
            errorClass="STREAM_FAILED",
            messageParameters=parameters,
        ) from failure.error

    def _debug_block(self, failure: Failed) -> str:
        name = f"{self._name} " if self._name else ""
        lines = [
            "=== Streaming Query ===",
            f"Identifier: {name}[id = {self._id}, runId = {self._run_id}]",
            f"Current Committed Offsets: {_offsets_text(self._record.committed_offsets)}",
            f"Current Available Offsets: {_offsets_text(self._record.available_offsets)}",
            "",
            f"Current State: {'ACTIVE' if self._record.initialized else 'INITIALIZING'}",
            "Thread State: RUNNABLE",
            f"Failed Actor: {failure.node}[{failure.partition}]"
            + ("" if failure.epoch is None else f", epoch {failure.epoch}"),
        ]
        lines += [f"Caused by: {text}" for text in causes(failure.error)]
        if self._plan_text and self._record.initialized:
            lines += ["", "Logical Plan:", self._plan_text]
        return "\n".join(lines)

    def _refuse_inside(self) -> None:
        if self._host.inside():
            raise PySparkException("Cannot wait for a query state from the same thread that is running the query")


def check_timeout(timeout: float | None) -> None:
    """Seconds to wait, or None. Raises: PySparkValueError VALUE_NOT_POSITIVE, which prints the type (EXE-44)."""
    if timeout is not None and (not isinstance(timeout, (int, float)) or timeout <= 0):
        raise PySparkValueError(
            errorClass="VALUE_NOT_POSITIVE",
            messageParameters={"arg_name": "timeout", "arg_value": type(timeout).__name__},
        )


def cause_text(error: BaseException) -> str:
    """The message of a cause: as it is when it is one of ours, with its class otherwise."""
    if isinstance(error, PySparkException):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def causes(error: BaseException) -> list[str]:
    """Notes on an error and what it was raised from, outermost first; without what its own text says already."""
    found = list(getattr(error, "__notes__", ()))
    at = error.__cause__
    while at is not None:
        found += [cause_text(at), *getattr(at, "__notes__", ())]
        at = at.__cause__
    told = [str(error)]
    for text in sorted(found, key=len, reverse=True):
        if not any(text in longer for longer in told):
            told.append(text)
    return [text for text in found if text in told[1:]]


def _offsets_text(offsets: dict[str, str]) -> str:
    return "{" + ", ".join(f"{source}: {offset}" for source, offset in offsets.items()) + "}"
