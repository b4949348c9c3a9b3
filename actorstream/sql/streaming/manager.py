"""`spark.streams`: the queries of a session, those that run and what became of the others."""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING

from actorstream.engine.progress import StreamingQueryProgress, iso_timestamp
from actorstream.engine.query import StreamingQuery, check_timeout
from actorstream.errors import IllegalArgumentException, PySparkTypeError
from actorstream.sql.streaming.listener import (
    ListenerBus,
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

if TYPE_CHECKING:
    from actorstream.sql.session import SparkSession


class StreamingQueryManager:
    """Source: `pyspark.sql.streaming.StreamingQueryManager`; EXE-110 to EXE-114."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._changed = threading.Condition()
        self._active: dict[str, StreamingQuery] = {}
        self._names: set[str] = set()
        self._any_terminated = False
        self._last_failure: StreamingQuery | None = None
        self.bus = ListenerBus()

    # ------------------------------------------------------------ for users

    @property
    def active(self) -> list[StreamingQuery]:
        """The queries that run."""
        with self._changed:
            return [query for query in self._active.values() if query.isActive]

    def get(self, id: str) -> StreamingQuery | None:
        """The running query of an id, or None. Raises: IllegalArgumentException if the text is no UUID."""
        try:
            key = str(uuid.UUID(str(id)))
        except ValueError:
            raise IllegalArgumentException(f"Invalid UUID string: {id}") from None
        return next((query for query in self.active if query.id == key), None)

    def awaitAnyTermination(self, timeout: float | None = None) -> bool | None:
        """Wait until a query of the session has ended, now or at any time since the last `resetTerminated`.

        Args:
            timeout: seconds; None waits for ever.
        Returns: whether one has ended in time; None without a timeout.
        Raises: StreamingQueryException of the last query that failed (EXE-112); PySparkValueError VALUE_NOT_POSITIVE.
        """
        check_timeout(timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._any_terminated:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                self._changed.wait(left)
            failure = self._last_failure
        if failure is not None:
            failure.awaitTermination()
            raise AssertionError("a failed query always raises")
        return None if timeout is None else True

    def resetTerminated(self) -> None:
        """Forget the queries that have ended."""
        with self._changed:
            self._any_terminated = False
            self._last_failure = None

    def addListener(self, listener: StreamingQueryListener) -> None:
        """From now on the listener hears of the session's queries. Raises: PySparkTypeError NOT_EXPECTED_TYPE."""
        if not isinstance(listener, StreamingQueryListener):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "arg_name": "listener",
                    "expected_type": "StreamingQueryListener",
                    "arg_type": type(listener).__name__,
                },
            )
        if listener.spark is None:
            listener.spark = self._session
        self.bus.add(listener)

    def removeListener(self, listener: StreamingQueryListener) -> None:
        """The listener hears no more."""
        self.bus.remove(listener)

    # ------------------------------------------------------------ for the writer

    def reserve(self, name: str | None) -> None:
        """Take a name for a query that is about to start. Raises: IllegalArgumentException if it is taken (MEM-76)."""
        if name is None:
            return
        with self._changed:
            running = {query.name for query in self._active.values() if query.isActive}
            if name in running or name in self._names:
                raise IllegalArgumentException(
                    f"Cannot start query with name {name} as a query with that name is already active in this SparkSession"
                )
            self._names.add(name)

    def release(self, name: str | None) -> None:
        """The start is over: from here on the query itself holds the name, if it came to be."""
        if name is not None:
            with self._changed:
                self._names.discard(name)

    def close(self) -> None:
        """Stop all queries and the delivery of events."""
        for query in self.active:
            query.stop()
        self.bus.close()

    # ------------------------------------------------------------ what queries tell (engine.query.QueryObserver)

    def started(self, query: StreamingQuery, timestamp_ms: int) -> None:
        """Register, then tell the listeners, who find the query among the active ones; inside `start()` (EXE-101)."""
        with self._changed:
            self._active[query.runId] = query
        ids = uuid.UUID(query.id), uuid.UUID(query.runId)
        self.bus.deliver(QueryStartedEvent(*ids, query.name, iso_timestamp(timestamp_ms)))

    def progressed(self, progress: StreamingQueryProgress) -> None:
        """After every epoch."""
        self.bus.post(QueryProgressEvent(progress))

    def idle(self, query_id: str, run_id: str, timestamp_ms: int) -> None:
        """Now and then while there is no data (EXE-103)."""
        self.bus.post(QueryIdleEvent(uuid.UUID(query_id), uuid.UUID(run_id), iso_timestamp(timestamp_ms)))

    def ended(self, query: StreamingQuery) -> None:
        """Unregister and wake those who wait for any end."""
        failed = query.exception() is not None
        with self._changed:
            self._active.pop(query.runId, None)
            self._any_terminated = True
            if failed:
                self._last_failure = query
            self._changed.notify_all()

    def terminated(self, query_id: str, run_id: str, exception: str | None, error_class: str | None) -> None:
        """Last of all (EXE-104)."""
        self.bus.post(QueryTerminatedEvent(uuid.UUID(query_id), uuid.UUID(run_id), exception, error_class))
