"""`StreamingQueryListener` and its events, and the bus that delivers them.

`onQueryStarted` is called inside `start()`; everything else by a thread of the session, so that a slow listener never slows
a query (EXE-101). A listener that raises is logged and changes nothing for the others (EXE-102).
"""

from __future__ import annotations

import logging
import queue
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from actorstream.engine.progress import (
    SinkProgress,
    SourceProgress,
    StateOperatorProgress,
    StreamingQueryProgress,
)

if TYPE_CHECKING:
    from actorstream.sql.session import SparkSession

__all__ = [
    "ListenerBus",
    "QueryIdleEvent",
    "QueryProgressEvent",
    "QueryStartedEvent",
    "QueryTerminatedEvent",
    "SinkProgress",
    "SourceProgress",
    "StateOperatorProgress",
    "StreamingQueryListener",
    "StreamingQueryProgress",
]

_log = logging.getLogger("actorstream.sql")


@dataclass(frozen=True)
class QueryStartedEvent:
    """A query has started. `timestamp` is ISO text in UTC."""

    id: uuid.UUID
    runId: uuid.UUID
    name: str | None
    timestamp: str
    jobTags: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class QueryProgressEvent:
    """An epoch is done."""

    progress: StreamingQueryProgress


@dataclass(frozen=True)
class QueryIdleEvent:
    """A query had nothing to do for a while."""

    id: uuid.UUID
    runId: uuid.UUID
    timestamp: str


@dataclass(frozen=True)
class QueryTerminatedEvent:
    """A query has ended. `exception` is the stack text of its failure, `errorClassOnException` the condition."""

    id: uuid.UUID
    runId: uuid.UUID
    exception: str | None
    errorClassOnException: str | None


class StreamingQueryListener(ABC):
    """Subclass it and hand it to `spark.streams.addListener`. Source: `pyspark.sql.streaming.StreamingQueryListener`."""

    #: the session that it listens to, once it was added to one
    spark: SparkSession | None = None

    @abstractmethod
    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        """In the thread that starts the query, before `start()` returns; do not wait for the query in here."""

    @abstractmethod
    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        """After an epoch."""

    def onQueryIdle(self, event: QueryIdleEvent) -> None:  # noqa: B027 - optional hook
        """Now and then while there is no data."""

    @abstractmethod
    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        """Last of all."""


Event = QueryStartedEvent | QueryProgressEvent | QueryIdleEvent | QueryTerminatedEvent


class ListenerBus:
    """The listeners of a session; events reach each of them in order (EXE-100)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[StreamingQueryListener, ...] = ()
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, listener: StreamingQueryListener) -> None:
        """From now on the listener hears of the session's queries."""
        with self._lock:
            self._listeners = (*self._listeners, listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="actorstream-listeners", daemon=True)
                self._thread.start()

    def remove(self, listener: StreamingQueryListener) -> None:
        """The listener hears no more, not even of what has happened and is on its way."""
        with self._lock:
            self._listeners = tuple(item for item in self._listeners if item is not listener)
            last = not self._listeners
        if last:
            self.close()

    def deliver(self, event: Event) -> None:
        """Call every listener now, in this thread."""
        call = _CALLS[type(event)]
        for listener in self._listeners:
            try:
                call(listener, event)
            except Exception:  # noqa: BLE001 - whatever a listener raises is its own business (EXE-102)
                _log.exception("the listener %s failed on %s", type(listener).__name__, type(event).__name__)

    def post(self, event: Event) -> None:
        """Call every listener soon."""
        if self._thread is not None:
            self._events.put(event)

    def close(self) -> None:
        """Deliver what is on its way, then end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._events.put(None)
            if thread is not threading.current_thread():
                thread.join()

    def _run(self) -> None:
        while (event := self._events.get()) is not None:
            self.deliver(event)


_CALLS: dict[type, Callable[[StreamingQueryListener, Event], None]] = {
    QueryStartedEvent: lambda listener, event: listener.onQueryStarted(event),  # type: ignore[arg-type]
    QueryProgressEvent: lambda listener, event: listener.onQueryProgress(event),  # type: ignore[arg-type]
    QueryIdleEvent: lambda listener, event: listener.onQueryIdle(event),  # type: ignore[arg-type]
    QueryTerminatedEvent: lambda listener, event: listener.onQueryTerminated(event),  # type: ignore[arg-type]
}
