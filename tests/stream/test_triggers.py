"""When epochs begin and when a query has done its work: processing time, once, available now, in virtual time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.common.clock import ManualClock
from actorstream.common.config import Conf
from actorstream.engine.query import StreamingQuery
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkNotImplementedError,
    PySparkValueError,
    StreamingQueryException,
)
from actorstream.sql import SparkSession
from actorstream.sql import functions as F
from actorstream.testing.faults import RaiseAt
from tests.stream.helpers import executed, refused, sink_of, start, table


def begun(query: StreamingQuery) -> list[str]:
    """Seconds and milliseconds at which the triggers of a run began, those with a progress entry."""
    return [progress["timestamp"][17:23] for progress in query.recentProgress]


def eager_idle(clock: ManualClock) -> SparkSession:
    """A session in virtual time in which every idle trigger makes a progress entry."""
    conf = Conf({"spark.sql.streaming.noDataProgressEventInterval": "0"})
    return SparkSession(conf, master="sim", clock=clock)


def slow(clock: ManualClock, milliseconds: Sequence[int]) -> Any:
    """A function for `mapInArrow` that takes so long, in virtual time, for one batch after the other."""
    durations = iter(milliseconds)

    def work(batches: Any) -> Any:
        for batch in batches:
            if batch.num_rows:
                clock.advance(next(durations))
            yield batch

    return work


# ---------------------------------------------------------------- processing time


@pytest.mark.rule("EXE-5", "EXE-6")
def test_the_first_trigger_fires_at_once_and_later_ones_at_multiples_of_the_interval(clock: ManualClock) -> None:
    session = eager_idle(clock)
    clock.set(1_700_000_003_456)  # 22:13:23.456
    query = start(MemoryStream(session, "v INT").toDF(), trigger={"processingTime": "2 seconds"})
    query.awaitTermination(5)
    assert begun(query) == ["23.456", "24.000", "26.000", "28.000"]
    query.stop()
    session.stop()


@pytest.mark.rule("EXE-7")
def test_a_slow_batch_is_followed_at_once_by_one_trigger_and_a_warning(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    session = eager_idle(clock)
    stream = MemoryStream(session, "v INT")
    stream.add_data(1)
    clock.set(1_700_000_004_000)
    frame = stream.toDF().mapInArrow(slow(clock, [4_970]), "v INT")
    with caplog.at_level(logging.WARNING, "actorstream.engine"):
        query = start(frame, trigger={"processingTime": "2 seconds"})
        query.awaitTermination(9)
    assert begun(query) == ["24.000", "28.970", "30.000", "32.000"]
    assert [record.getMessage().split("is ", 1)[1] for record in caplog.records] == [
        "falling behind. The trigger interval is 2000 milliseconds, but spent 4970 milliseconds"
    ]
    query.stop()
    session.stop()


@pytest.mark.rule("EXE-1", "EXE-8")
def test_without_a_trigger_batches_follow_each_other_and_idleness_polls(clock: ManualClock) -> None:
    session = eager_idle(clock)
    session.conf.set("spark.sql.streaming.pollingDelay", "250ms")
    stream = MemoryStream(session, "v INT")
    stream.add_data(1)
    clock.set(1_700_000_004_000)
    query = start(stream.toDF())
    query.awaitTermination(0.6)
    assert begun(query) == ["24.000", "24.000", "24.250", "24.500"]
    assert executed(query) == [0]
    query.stop()
    session.stop()


@pytest.mark.rule("EXE-9")
def test_a_no_data_batch_runs_at_the_next_trigger_and_not_with_the_batch_that_owes_it(clock: ManualClock) -> None:
    session = SparkSession(master="sim", clock=clock)
    clock.set(1_700_000_000_000)
    stream = MemoryStream(session, "t TIMESTAMP")
    counts = stream.toDF().withWatermark("t", "0 seconds").groupBy(F.window("t", "5 seconds")).count()
    stream.add_data(*_times(session, 1, 20))
    query = start(counts, trigger={"processingTime": "10 seconds"})
    query.awaitTermination(1)
    assert executed(query) == [0]
    query.awaitTermination(10)
    assert executed(query) == [0, 1]
    assert begun(query)[:2] == ["20.000", "30.000"]
    query.stop()
    session.stop()


def _times(session: SparkSession, *seconds: int) -> list[Any]:
    import datetime

    return [(datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=item),) for item in seconds]


@pytest.mark.rule("EXE-45")
def test_process_all_available_waits_for_the_next_trigger_when_there_is_an_interval(clock: ManualClock) -> None:
    session = SparkSession(master="sim", clock=clock)
    stream = MemoryStream(session, "v INT")
    clock.set(1_700_000_001_000)
    query = start(stream.toDF(), trigger={"processingTime": "3 seconds"})
    query.awaitTermination(0.001)
    stream.add_data(1)
    query.processAllAvailable()
    assert table(session) == [(1,)]
    assert clock.now_ms() == 1_700_000_007_000  # the trigger at :04 took the row, the one at :07 found nothing
    query.stop()
    session.stop()


# ---------------------------------------------------------------- once and available now


@pytest.mark.rule("EXE-10", "EXE-16")
@pytest.mark.parametrize("trigger", ["once", "availableNow"])
def test_both_end_by_themselves_without_an_error(spark: SparkSession, trigger: str) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    stream.add_data(2)
    query = start(stream.toDF(), trigger={trigger: True})
    assert query.awaitTermination() is None
    assert (query.isActive, query.exception(), query.status["message"]) == (False, None, "Stopped")
    assert sink_of(query).toDebugString() == "0: [1] [2]"
    stream.add_data(3)
    assert table(spark) == [(1,), (2,)]


@pytest.mark.rule("EXE-14", "EXE-76")
@pytest.mark.parametrize("trigger", ["once", "availableNow"])
def test_with_nothing_to_do_there_is_one_idle_entry_and_no_batch(spark: SparkSession, trigger: str) -> None:
    query = start(MemoryStream(spark, "v INT").toDF(), trigger={trigger: True})
    query.awaitTermination()
    [idle] = query.recentProgress
    assert (idle["batchId"], idle["sink"]["numOutputRows"], executed(query)) == (0, -1, [])


@pytest.mark.rule("EXE-13")
@pytest.mark.parametrize(("trigger", "batches", "closed"), [("once", [0], 0), ("availableNow", [0, 1], 1)])
def test_once_leaves_the_owed_batch_to_the_next_run_and_available_now_runs_it(
    spark: SparkSession, tmp_path: Path, trigger: str, batches: list[int], closed: int
) -> None:
    stream = MemoryStream(spark, "t TIMESTAMP")
    counts = stream.toDF().withWatermark("t", "0 seconds").groupBy(F.window("t", "5 seconds")).count()
    stream.add_data(*_times(spark, 1, 20))
    query = start(counts, checkpoint=tmp_path, trigger={trigger: True}, recover=True)
    query.awaitTermination()
    assert executed(query) == batches
    assert len(table(spark)) == closed
    query = start(counts, checkpoint=tmp_path, trigger={"availableNow": True}, recover=True)
    query.awaitTermination()
    assert len(table(spark)) == 1


@pytest.mark.rule("EXE-11")
@pytest.mark.parametrize(("trigger", "batches"), [("once", [0]), ("availableNow", [0, 1, 2])])
def test_read_limits_count_for_available_now_only(
    spark: SparkSession, tmp_path: Path, trigger: str, batches: list[int]
) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"{number}\n")
    frame = spark.readStream.option("maxFilesPerTrigger", 1).text(str(tmp_path))
    query = start(frame, trigger={trigger: True})
    query.awaitTermination()
    assert executed(query) == batches
    assert sorted(table(spark)) == [("0",), ("1",), ("2",)]


@pytest.mark.rule("EXE-12")
@pytest.mark.parametrize(("trigger", "batches"), [("once", [1]), ("availableNow", [1, 2])])
def test_an_uncommitted_epoch_goes_first_and_is_all_that_once_does(
    clock: ManualClock, tmp_path: Path, trigger: str, batches: list[int]
) -> None:
    stream = MemoryStream(schema="v INT")

    def run(session: SparkSession) -> StreamingQuery:
        frame = session._streaming_frame(stream.provider).groupBy().agg(F.sum("v"))
        return start(frame, mode="complete", checkpoint=tmp_path, trigger={trigger: True})

    stream.add_data(1)
    first = SparkSession(master="sim", clock=clock)
    run(first).awaitTermination()
    stream.add_data(10)
    crashing = SparkSession(master="sim", clock=clock, faults=RaiseAt("driver.before_commit_log", epoch=1))
    with pytest.raises(StreamingQueryException):
        run(crashing).awaitTermination()
    stream.add_data(100)
    last = SparkSession(master="sim", clock=clock)
    query = run(last)
    query.awaitTermination()
    assert executed(query) == batches
    assert table(last) == [(11 if trigger == "once" else 111,)]
    for session in (first, crashing, last):
        session.stop()


@pytest.mark.rule("EXE-15")
def test_available_now_leaves_later_files_to_the_next_run(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "0.txt").write_text("0\n")
    (folder / "1.txt").write_text("1\n")
    seen: list[str] = []

    def more(frame: Any, batch_id: int) -> None:
        seen.extend(row.value for row in frame.collect())
        (folder / f"late{batch_id}.txt").write_text("late\n")

    writer = spark.readStream.option("maxFilesPerTrigger", 1).text(str(folder)).writeStream.foreachBatch(more)
    query = writer.option("checkpointLocation", str(tmp_path / "c")).trigger(availableNow=True).start()
    query.awaitTermination()
    assert sorted(seen) == ["0", "1"]


# ---------------------------------------------------------------- what trigger() refuses


@pytest.mark.rule("EXE-2", "EXE-3", "EXE-4")
@pytest.mark.parametrize(
    ("arguments", "error", "condition"),
    [
        ({}, PySparkValueError, "ONLY_ALLOW_SINGLE_TRIGGER"),
        ({"once": True, "availableNow": True}, PySparkValueError, "ONLY_ALLOW_SINGLE_TRIGGER"),
        ({"processingTime": 5}, PySparkValueError, "VALUE_NOT_NON_EMPTY_STR"),
        ({"processingTime": ""}, PySparkValueError, "VALUE_NOT_NON_EMPTY_STR"),
        ({"continuous": 5}, PySparkValueError, "VALUE_NOT_NON_EMPTY_STR"),
        ({"once": False}, PySparkValueError, "VALUE_NOT_ALLOWED"),
        ({"once": 1}, PySparkValueError, "VALUE_NOT_ALLOWED"),
        ({"availableNow": False}, PySparkValueError, "VALUE_NOT_ALLOWED"),
        ({"processingTime": "5"}, IllegalArgumentException, "INVALID_INTERVAL_FORMAT.MISSING_UNIT"),
        ({"processingTime": "abc"}, IllegalArgumentException, "INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER"),
        ({"processingTime": "5 parsecs"}, IllegalArgumentException, "INVALID_INTERVAL_FORMAT.INVALID_UNIT"),
        ({"processingTime": "1 month"}, IllegalArgumentException, "_LEGACY_ERROR_TEMP_3262"),
        ({"processingTime": "-5 seconds"}, IllegalArgumentException, None),
    ],
    ids=str,
)
def test_a_trigger_that_is_none_is_refused_where_it_is_set(
    spark: SparkSession, arguments: dict[str, Any], error: type[Exception], condition: str | None
) -> None:
    writer = MemoryStream(spark, "v INT").toDF().writeStream
    with pytest.raises(error) as caught:
        writer.trigger(**arguments)
    assert refused(caught) == condition
    if condition is None:
        assert "the interval of trigger should not be negative" in str(caught.value)


@pytest.mark.rule("EXE-4")
@pytest.mark.parametrize("text", ["10 seconds", "interval 1 minute", "1 minute 30 seconds", "0 seconds", " 5 minutes "])
def test_interval_texts_of_every_form_are_taken(spark: SparkSession, text: str) -> None:
    MemoryStream(spark, "v INT").toDF().writeStream.trigger(processingTime=text)


@pytest.mark.rule("EXE-17")
def test_foreach_batch_is_refused_under_the_continuous_trigger(spark: SparkSession) -> None:
    writer = MemoryStream(spark, "v INT").toDF().writeStream.foreachBatch(lambda frame, batch_id: None)
    with pytest.raises(AnalysisException) as error:
        writer.trigger(continuous="1 second").start()
    assert refused(error) == "_LEGACY_ERROR_TEMP_1195"
    with pytest.raises(PySparkNotImplementedError):
        writer.trigger(realTime="5 seconds")


# ---------------------------------------------------------------- when a batch is made


@pytest.mark.rule("EXE-30", "EXE-32")
def test_no_data_batches_can_be_switched_off(sim: SparkSession) -> None:
    sim.conf.set("spark.sql.streaming.noDataMicroBatches.enabled", "false")
    stream = MemoryStream(sim, "t TIMESTAMP")
    counts = stream.toDF().withWatermark("t", "0 seconds").groupBy(F.window("t", "5 seconds")).count()
    query = start(counts)
    stream.add_data(*_times(sim, 1, 20))
    query.processAllAvailable()
    assert (executed(query), table(sim)) == ([0], [])
    stream.add_data(*_times(sim, 21))
    query.processAllAvailable()
    assert executed(query) == [0, 1]
    assert len(table(sim)) == 1
    query.stop()


@pytest.mark.rule("EXE-33")
def test_an_aggregation_in_complete_mode_never_wants_a_batch_without_data(sim: SparkSession) -> None:
    stream = MemoryStream(sim, "t TIMESTAMP")
    counts = stream.toDF().withWatermark("t", "0 seconds").groupBy(F.window("t", "5 seconds")).count()
    query = start(counts, mode="complete")
    stream.add_data(*_times(sim, 1, 20))
    query.processAllAvailable()
    assert executed(query) == [0]
    query.stop()


@pytest.mark.rule("EXE-34", "EXE-38")
def test_a_deduplication_wants_one_when_the_watermark_moves_and_a_limit_never_does(sim: SparkSession) -> None:
    stream = MemoryStream(sim, "t TIMESTAMP")
    frame = stream.toDF().withWatermark("t", "0 seconds")
    unique, limited = start(frame.dropDuplicates(["t"]), "unique"), start(frame.limit(10), "limited")
    stream.add_data(*_times(sim, 1, 20))
    unique.processAllAvailable()
    limited.processAllAvailable()
    assert (executed(unique), executed(limited)) == ([0, 1], [0])
    states = [entry["stateOperators"][0] for entry in unique.recentProgress if "addBatch" in entry["durationMs"]]
    assert [(state["numRowsTotal"], state["numRowsRemoved"]) for state in states] == [(2, 0), (0, 2)]
    unique.stop()
    limited.stop()


@pytest.mark.rule("EXE-26")
def test_a_source_without_news_keeps_its_offset_while_another_moves(sim: SparkSession) -> None:
    left, right = MemoryStream(sim, "v INT"), MemoryStream(sim, "v INT")
    query = start(left.toDF().union(right.toDF()))
    left.add_data(1)
    query.processAllAvailable()
    left.add_data(2)
    query.processAllAvailable()
    last = [entry for entry in query.recentProgress if entry["numInputRows"]][-1]
    assert [(source["startOffset"], source["endOffset"]) for source in last["sources"]] == [
        ("0", "1"),
        ("null", "null"),
    ]
    assert table(sim) == [(1,), (2,)]
    query.stop()


@pytest.mark.rule("EXE-19")
def test_settings_changed_after_the_start_do_not_reach_the_query(sim: SparkSession) -> None:
    sim.conf.set("spark.sql.session.timeZone", "UTC")
    stream = MemoryStream(sim, "v INT")
    query = start(stream.toDF().select((F.lit(1) / F.col("v")).alias("q")))
    sim.conf.set("spark.sql.ansi.enabled", "false")
    stream.add_data(0)
    with pytest.raises(StreamingQueryException, match="DIVIDE_BY_ZERO"):
        query.processAllAvailable()
    sim.conf.unset("spark.sql.ansi.enabled")
