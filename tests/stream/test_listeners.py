"""Listeners: what they hear, in which order and from which thread, and that they harm nobody."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream, Row
from actorstream.common.clock import ManualClock
from actorstream.common.config import Conf
from actorstream.errors import PySparkTypeError, StreamingQueryException
from actorstream.sql import SparkSession
from actorstream.sql.streaming import StreamingQueryListener
from actorstream.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
)
from tests.stream.helpers import refused, start


class Ear(StreamingQueryListener):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        self.heard.append(event)

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        self.heard.append(event)

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        self.heard.append(event)

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        self.heard.append(event)

    def kinds(self) -> list[str]:
        return [type(event).__name__.removeprefix("Query").removesuffix("Event") for event in self.heard]


class Deaf(Ear):
    """Fails at everything."""

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        raise RuntimeError("started")

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        raise RuntimeError("progress")

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        raise RuntimeError("terminated")


def heard(session: SparkSession, ear: Ear) -> list[str]:
    """What the ear has heard once everything under way has arrived."""
    session.streams.bus.close()
    session.streams.removeListener(ear)
    return ear.kinds()


@pytest.mark.rule("EXE-100", "EXE-104")
def test_a_run_is_heard_from_start_to_end_in_order(spark: SparkSession) -> None:
    ear = Ear()
    spark.streams.addListener(ear)
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    query = start(stream.toDF(), "named")
    for number in (2, 3):
        query.processAllAvailable()
        stream.add_data(number)
    query.processAllAvailable()
    query.stop()
    spark.streams.bus.close()
    assert ear.kinds() == ["Started", "Progress", "Progress", "Progress", "Terminated"]
    begun, *progress, ended = ear.heard
    assert (begun.id, begun.runId, begun.name) == (uuid.UUID(query.id), uuid.UUID(query.runId), "named")
    assert (begun.jobTags, begun.timestamp[-1], len(begun.timestamp)) == (set(), "Z", 24)
    assert [event.progress.batchId for event in progress] == [0, 1, 2]
    assert (ended.id, ended.runId, ended.exception, ended.errorClassOnException) == (begun.id, begun.runId, None, None)


@pytest.mark.rule("EXE-101")
def test_the_start_is_heard_inside_start_and_the_query_is_among_the_active_ones(spark: SparkSession) -> None:
    threads: list[threading.Thread] = []
    active: list[Any] = []

    class Looks(Ear):
        def onQueryStarted(self, event: QueryStartedEvent) -> None:
            threads.append(threading.current_thread())
            active.extend(query.name for query in spark.streams.active)
            found = spark.streams.get(str(event.id))
            active.append(found is not None and found.isActive)

    ear = Looks()
    spark.streams.addListener(ear)
    query = start(MemoryStream(spark, "v INT").toDF(), "named")
    assert threads == [threading.current_thread()]
    assert active == ["named", True]
    query.stop()
    spark.streams.removeListener(ear)


@pytest.mark.parametrize("master", ["local[2]", "sim"])
def test_a_listener_may_stop_a_query_when_it_hears_of_its_start(
    master: str, clock: ManualClock, tmp_path: Path
) -> None:
    session = SparkSession(Conf(), master=master, clock=clock if master == "sim" else None)

    class Stops(Ear):
        def onQueryStarted(self, event: QueryStartedEvent) -> None:
            super().onQueryStarted(event)
            query = session.streams.get(str(event.id))
            assert query is not None
            query.stop()

    ear = Stops()
    session.streams.addListener(ear)
    stream = MemoryStream(session, "v INT")
    stream.add_data(1)
    query = start(stream.toDF().groupBy().count(), mode="complete", checkpoint=tmp_path)
    assert (query.isActive, query.exception(), query.status["message"]) == (False, None, "Stopped")
    assert query.awaitTermination() is None
    assert heard(session, ear) == ["Started", "Terminated"]
    query = start(stream.toDF().groupBy().count(), mode="complete", checkpoint=tmp_path)
    query.processAllAvailable()
    assert session.table("t").collect() == [Row(count=1)]
    query.stop()
    session.stop()


def test_another_thread_may_wait_for_a_query_that_has_not_begun(spark: SparkSession) -> None:
    waiters: list[threading.Thread] = []

    class Waits(Ear):
        def onQueryStarted(self, event: QueryStartedEvent) -> None:
            query = spark.streams.get(str(event.id))
            assert query is not None
            waiters.append(threading.Thread(target=query.processAllAvailable))
            waiters[0].start()
            waiters[0].join(0.02)  # it waits, and start() goes on

    ear = Waits()
    spark.streams.addListener(ear)
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    query = start(stream.toDF())
    waiters[0].join(20)
    assert not waiters[0].is_alive()
    assert query.isActive
    assert spark.table("t").collect() == [Row(v=1)]
    query.stop()
    spark.streams.removeListener(ear)


@pytest.mark.rule("EXE-101")
def test_a_slow_listener_does_not_slow_the_query(spark: SparkSession) -> None:
    go_on = threading.Event()

    class Slow(Ear):
        def onQueryProgress(self, event: QueryProgressEvent) -> None:
            assert go_on.wait(20)
            super().onQueryProgress(event)

    ear = Slow()
    spark.streams.addListener(ear)
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    for number in range(3):
        stream.add_data(number)
        query.processAllAvailable()
    query.stop()
    assert ear.kinds() == ["Started"]
    go_on.set()
    spark.streams.bus.close()
    assert ear.kinds()[-1] == "Terminated"
    assert ear.kinds().count("Progress") == 3


@pytest.mark.rule("EXE-102")
def test_a_listener_that_raises_harms_neither_the_query_nor_the_others(
    spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    spark.streams.addListener(Deaf())
    spark.streams.addListener(ear)
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    query = start(stream.toDF())
    query.processAllAvailable()
    query.stop()
    spark.streams.bus.close()
    assert ear.kinds() == ["Started", "Progress", "Terminated"]
    assert query.exception() is None
    logged = [record.getMessage() for record in caplog.records if record.name == "actorstream.sql"]
    assert logged[0] == "the listener Deaf failed on QueryStartedEvent"
    assert len(logged) == 3


@pytest.mark.rule("EXE-103")
def test_idle_entries_are_idle_events_and_the_first_of_a_run_is_none(clock: ManualClock) -> None:
    session = SparkSession(Conf(), master="sim", clock=clock)
    clock.set(1_700_000_000_000)
    ear = Ear()
    session.streams.addListener(ear)
    query = start(MemoryStream(session, "v INT").toDF(), trigger={"processingTime": "10 seconds"})
    query.awaitTermination(25)
    query.stop()
    session.streams.bus.close()
    assert ear.kinds() == ["Started", "Idle", "Idle", "Terminated"]
    assert len(query.recentProgress) == 3
    assert ear.heard[1].timestamp == "2023-11-14T22:13:30.000Z"
    assert (ear.heard[1].id, ear.heard[1].runId) == (uuid.UUID(query.id), uuid.UUID(query.runId))
    session.stop()


@pytest.mark.rule("EXE-104")
def test_the_end_of_a_failed_query_carries_the_stack_and_the_condition_of_the_cause(spark: SparkSession) -> None:
    ear = Ear()
    spark.streams.addListener(ear)
    stream = MemoryStream(spark, "v INT")
    stream.add_data(0)

    def fail(frame: Any, batch_id: int) -> None:
        raise KeyError("gone")

    query = stream.toDF().writeStream.foreachBatch(fail).start()
    with pytest.raises(StreamingQueryException):
        query.awaitTermination()
    spark.streams.bus.close()
    assert ear.kinds() == ["Started", "Terminated"]
    assert "KeyError: 'gone'" in ear.heard[-1].exception
    assert ear.heard[-1].errorClassOnException == "FOREACH_BATCH_USER_FUNCTION_ERROR"


@pytest.mark.rule("EXE-106")
def test_a_query_that_fails_before_it_is_ready_is_heard_to_start_and_to_end(
    spark: SparkSession, tmp_path: Path
) -> None:
    stream = MemoryStream(spark, "v INT")
    counts = stream.toDF().groupBy().count()
    query = start(counts, mode="complete", checkpoint=tmp_path)
    stream.add_data(1)
    query.processAllAvailable()
    query.stop()
    (tmp_path / "commits" / "0").write_bytes(b"")
    ear = Ear()
    spark.streams.addListener(ear)
    query = start(counts, mode="complete", checkpoint=tmp_path)
    with pytest.raises(StreamingQueryException):
        query.awaitTermination()
    spark.streams.bus.close()
    assert ear.kinds() == ["Started", "Terminated"]
    assert "commits/0" in ear.heard[-1].exception


@pytest.mark.rule("EXE-105")
def test_listeners_hear_of_their_own_session_only_and_no_more_once_removed(spark: SparkSession) -> None:
    ear, other_ear = Ear(), Ear()
    other = spark.newSession()
    spark.streams.addListener(ear)
    other.streams.addListener(other_ear)
    start(MemoryStream(spark, "v INT").toDF()).stop()
    assert heard(other, other_ear) == []
    assert heard(spark, ear) == ["Started", "Terminated"]
    start(MemoryStream(spark, "v INT").toDF()).stop()
    assert ear.kinds().count("Started") == 1
    spark.streams.removeListener(ear)  # again: nothing happens
    other.stop()


def test_a_listener_knows_the_session_it_listens_to(spark: SparkSession) -> None:
    ear = Ear()
    sessions = [ear.spark]
    spark.streams.addListener(ear)
    sessions.append(ear.spark)
    assert sessions == [None, spark]
    spark.streams.removeListener(ear)


def test_only_a_listener_can_listen(spark: SparkSession) -> None:
    for value in (None, print, Ear):
        with pytest.raises(PySparkTypeError) as error:
            spark.streams.addListener(value)  # type: ignore[arg-type]
        assert refused(error) == "NOT_EXPECTED_TYPE"
    with pytest.raises(TypeError):
        StreamingQueryListener()  # type: ignore[abstract]
