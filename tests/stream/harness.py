"""What the tests of recovery and event time share: sessions in virtual time, and a query that is easy to stop and start."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from actorstream import MemoryStream
from actorstream.common.clock import ManualClock
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.engine.query import StreamingQuery
from actorstream.errors import PySparkException, StreamingQueryException
from actorstream.sql import DataFrame, Row, SparkSession

START = datetime.datetime(1970, 1, 1)
Rows = list[tuple[Any, ...]]


def at(seconds: float) -> datetime.datetime:
    """A moment as the specification counts it: seconds since 1970."""
    return START + datetime.timedelta(seconds=seconds)


def simulated(
    faults: FaultInjector = NO_FAULTS,
    *,
    clock: ManualClock | None = None,
    settings: Mapping[str, str] | None = None,
) -> SparkSession:
    """A session in virtual time on one thread."""
    session = SparkSession(master="sim", clock=clock or ManualClock(1_700_000_000_000), faults=faults)
    session.conf.set("spark.sql.session.timeZone", "UTC")
    for key, value in (settings or {}).items():
        session.conf.set(key, value)
    return session


def plain(value: Any) -> Any:
    """A value of a row with structs as tuples and times as seconds since 1970."""
    if isinstance(value, Row):
        return tuple(plain(item) for item in value)
    if isinstance(value, datetime.datetime):
        seconds = (value - START).total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    return value


def rows_of(frame: DataFrame) -> Rows:
    """All rows of a static frame, sorted."""
    return sorted((plain(row) for row in frame.collect()), key=repr)


def failure_of(start: Callable[[], StreamingQuery]) -> PySparkException:
    """The error with which a query cannot be started or ends, without the wrapper that names the query."""
    try:
        query = start()
        query.processAllAvailable()
    except PySparkException as error:
        cause = error.__cause__ if isinstance(error, StreamingQueryException) else error
        if not isinstance(cause, PySparkException):
            raise
        return cause
    query.stop()
    raise AssertionError("the query runs")


class Counts:
    """Rows counted by key into a memory table in complete mode, which recovers."""

    def __init__(self, folder: Path) -> None:
        self.stream = MemoryStream(schema="k STRING, v INT")
        self.checkpoint = folder / "checkpoint"
        self.session: SparkSession = simulated()

    def frame(self, session: SparkSession) -> DataFrame:
        """The stream in a session."""
        return session._streaming_frame(self.stream.provider)

    def start(
        self,
        session: SparkSession | None = None,
        *,
        build: Callable[[DataFrame], DataFrame] | None = None,
        **trigger: Any,
    ) -> StreamingQuery:
        """Start it, as another process would, with a session of its own."""
        self.session = session or simulated()
        frame = self.frame(self.session)
        counted = frame.groupBy("k").count() if build is None else build(frame)
        writer = counted.writeStream.format("memory").queryName("counts").outputMode("complete")
        if trigger:
            writer = writer.trigger(**trigger)
        return writer.option("checkpointLocation", str(self.checkpoint)).start()

    def add(self, *keys: str) -> None:
        """New rows, one block."""
        self.stream.add_data(*[(key, 1) for key in keys])

    def feed(self, query: StreamingQuery, *keys: str) -> None:
        """New rows as an epoch of their own."""
        self.add(*keys)
        query.processAllAvailable()

    def table(self) -> dict[str, int]:
        """What the sink shows."""
        return dict(rows_of(self.session.table("counts")))

    def logs(self) -> tuple[list[int], list[int]]:
        """Epochs in the offset log and in the commit log."""
        offsets, commits = (
            sorted(int(path.name) for path in (self.checkpoint / log).glob("[0-9]*")) for log in ("offsets", "commits")
        )
        return offsets, commits
