"""`spark.streams`: the active queries, the wait for any end, and two runs of one query."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.engine.query import StreamingQuery
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkException,
    PySparkValueError,
    StreamingQueryException,
)
from actorstream.sql import DataFrame, SparkSession
from tests.stream.helpers import refused, start, table


def failing(session: SparkSession, text: str) -> StreamingQuery:
    """A query that has failed with a text."""
    stream = MemoryStream(session, "v INT")
    stream.add_data(1)

    def fail(frame: Any, batch_id: int) -> None:
        raise ValueError(text)

    query = stream.toDF().writeStream.foreachBatch(fail).start()
    with pytest.raises(StreamingQueryException):
        query.awaitTermination()
    return query


@pytest.mark.rule("EXE-110")
def test_active_has_the_running_queries_of_the_session_and_get_finds_them_by_id(spark: SparkSession) -> None:
    assert spark.streams.active == []
    one = start(MemoryStream(spark, "v INT").toDF(), "one")
    two = start(MemoryStream(spark, "v INT").toDF(), "two")
    assert sorted(query.name or "" for query in spark.streams.active) == ["one", "two"]
    assert spark.streams.get(one.id) is one
    assert spark.streams.get(str(uuid.uuid4())) is None
    for text in ("nope", None, 5):
        with pytest.raises(IllegalArgumentException, match=f"Invalid UUID string: {text}"):
            spark.streams.get(text)  # type: ignore[arg-type]
    one.stop()
    assert spark.streams.active == [two]
    assert spark.streams.get(one.id) is None
    assert spark.newSession().streams.active == []
    two.stop()


@pytest.mark.rule("EXE-111")
def test_await_any_termination_remembers_an_end_until_it_is_reset(spark: SparkSession) -> None:
    streams = spark.streams
    assert streams.awaitAnyTermination(0.001) is False
    for timeout in (0, -1, "x"):
        with pytest.raises(PySparkValueError) as error:
            streams.awaitAnyTermination(timeout)  # type: ignore[arg-type]
        assert refused(error) == "VALUE_NOT_POSITIVE"
    start(MemoryStream(spark, "v INT").toDF()).stop()
    assert streams.awaitAnyTermination(0.001) is True
    assert streams.awaitAnyTermination() is None
    streams.resetTerminated()
    assert streams.awaitAnyTermination(0.001) is False


@pytest.mark.rule("EXE-111")
def test_await_any_termination_wakes_up_when_a_query_ends(spark: SparkSession) -> None:
    query = start(MemoryStream(spark, "v INT").toDF())
    answers: list[bool | None] = []
    waiter = threading.Thread(target=lambda: answers.append(spark.streams.awaitAnyTermination()))
    waiter.start()
    query.stop()
    waiter.join(20)
    assert answers == [None]


@pytest.mark.rule("EXE-112")
def test_a_failure_is_raised_again_and_again_and_only_a_later_failure_replaces_it(spark: SparkSession) -> None:
    failing(spark, "first")
    start(MemoryStream(spark, "v INT").toDF()).stop()
    for _ in range(2):
        with pytest.raises(StreamingQueryException, match="first"):
            spark.streams.awaitAnyTermination(1)
    failing(spark, "second")
    with pytest.raises(StreamingQueryException, match="second"):
        spark.streams.awaitAnyTermination()
    spark.streams.resetTerminated()
    assert spark.streams.awaitAnyTermination(0.001) is False


@pytest.mark.rule("EXE-113", "CKP-61")
def test_a_second_start_on_a_checkpoint_takes_over_from_the_first(spark: SparkSession, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "v INT")
    counts = stream.toDF().groupBy().count()
    first = start(counts, "one", "complete", tmp_path)
    stream.add_data(1, 2)
    first.processAllAvailable()
    second = start(counts, "two", "complete", tmp_path)
    assert (first.isActive, first.exception(), second.id == first.id) == (False, None, True)
    assert spark.streams.active == [second]
    assert spark.streams.get(first.id) is second
    stream.add_data(3)
    second.processAllAvailable()
    assert (table(spark, "one"), table(spark, "two")) == ([(2,)], [(3,)])
    second.stop()


@pytest.mark.rule("CKP-61")
def test_a_query_of_another_session_is_taken_over_too(spark: SparkSession, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "v INT")
    other = spark.newSession()
    first = start(stream.toDF().groupBy().count(), "t", "complete", tmp_path)
    frame = other._streaming_frame(stream.provider).groupBy().count()
    second = start(frame, "t", "complete", tmp_path)
    assert (first.isActive, second.isActive) == (False, True)
    second.stop()
    other.stop()


@pytest.mark.rule("CKP-61")
def test_without_permission_to_take_over_the_second_start_is_refused_and_the_first_goes_on(
    spark: SparkSession, tmp_path: Path
) -> None:
    spark.conf.set("spark.sql.streaming.stopActiveRunOnRestart", "false")
    stream = MemoryStream(spark, "v INT")
    counts = stream.toDF().groupBy().count()
    first = start(counts, "one", "complete", tmp_path)
    with pytest.raises(PySparkException, match=f"Cannot start query with id {first.id} as another query with same id"):
        start(counts, "two", "complete", tmp_path)
    assert spark.streams.active == [first]
    stream.add_data(1)
    first.processAllAvailable()
    assert table(spark, "one") == [(1,)]
    first.stop()
    spark.conf.unset("spark.sql.streaming.stopActiveRunOnRestart")
    start(counts, "two", "complete", tmp_path).stop()  # the name is free: the refused start has left nothing behind


@pytest.mark.rule("EXE-114", "MEM-76")
def test_a_name_is_free_again_after_a_start_that_was_refused(spark: SparkSession, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    query = start(stream.toDF(), checkpoint=tmp_path)
    query.processAllAvailable()
    query.stop()
    for _ in range(2):
        with pytest.raises(AnalysisException) as error:
            start(stream.toDF(), checkpoint=tmp_path)
        assert refused(error) == "_LEGACY_ERROR_TEMP_1299"
    start(stream.toDF()).stop()


@pytest.mark.rule("MEM-76")
def test_of_many_starts_under_one_name_at_once_exactly_one_succeeds(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    barrier = threading.Barrier(4)
    started: list[StreamingQuery] = []
    refusals: list[str] = []

    def try_to_start() -> None:
        barrier.wait(20)
        try:
            started.append(start(stream.toDF()))
        except IllegalArgumentException as error:
            refusals.append(str(error))

    threads = [threading.Thread(target=try_to_start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(started), len(refusals)) == (1, 3)
    stream.add_data(1)
    started[0].processAllAvailable()
    assert table(spark) == [(1,)]
    started[0].stop()


def test_stopping_the_session_stops_its_queries() -> None:
    session = SparkSession(master="local[1]")
    queries = [start(MemoryStream(session, "v INT").toDF(), name) for name in ("one", "two")]
    session.stop()
    assert [query.isActive for query in queries] == [False, False]
    assert [query.exception() for query in queries] == [None, None]


def test_unknown_output_modes_and_unsupported_ones_are_refused(spark: SparkSession) -> None:
    frame = MemoryStream(spark, "v INT").toDF()
    with pytest.raises(IllegalArgumentException) as unknown:
        frame.writeStream.outputMode("foo")
    assert refused(unknown) == "STREAMING_OUTPUT_MODE.INVALID"
    for mode in ("", None, 5):
        with pytest.raises(PySparkValueError) as blank:
            frame.writeStream.outputMode(mode)
        assert refused(blank) == "VALUE_NOT_NON_EMPTY_STR"
    with pytest.raises(AnalysisException) as unsupported:
        start(frame, mode="complete")
    assert refused(unsupported) == "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"
    with pytest.raises(AnalysisException) as static:
        _ = spark.range(3).writeStream
    assert refused(static) == "WRITE_STREAM_NOT_ALLOWED"
    assert spark.streams.active == []


@pytest.mark.rule("CKP-61")
def test_a_start_waits_for_a_run_that_is_ending_and_still_holds_the_checkpoint(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping, may_end = threading.Event(), threading.Event()
    stream = MemoryStream(spark, "v INT")

    def stop_yourself(frame: DataFrame, batch: int) -> None:
        queries[0].stop()
        stopping.set()
        assert may_end.wait(10)

    def run(function: Callable[[DataFrame, int], None]) -> StreamingQuery:
        writer = stream.toDF().writeStream.foreachBatch(function)
        return writer.option("checkpointLocation", str(tmp_path)).start()

    queries = [run(lambda frame, batch: None)]
    queries[0].stop()
    queries[0] = run(stop_yourself)
    stream.add_data(1)
    assert stopping.wait(10)
    assert not queries[0].isActive

    stop = StreamingQuery.stop

    def seen(query: StreamingQuery) -> None:
        may_end.set()  # somebody waits for the end: now it may come
        stop(query)

    monkeypatch.setattr(StreamingQuery, "stop", seen)
    rows: list[int] = []
    second = run(lambda frame, batch: rows.extend(row.v for row in frame.collect()))
    second.processAllAvailable()
    assert rows == [1]
    second.stop()
