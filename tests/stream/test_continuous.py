"""Continuous queries from end to end: what their sinks, their logs and their handles show."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from actorstream import ContinuousMemoryStream, MemorySink, MemoryStream, Pipeline
from actorstream.checkpoint.commit_log import CommitLog
from actorstream.checkpoint.local import LocalFiles
from actorstream.checkpoint.offset_log import OffsetEntry, OffsetLog
from actorstream.common.clock import ManualClock
from actorstream.common.config import Conf
from actorstream.dataflow.operators import Aggregate, Filter
from actorstream.engine.query import StreamingQuery
from actorstream.engine.triggers import Continuous
from actorstream.errors import (
    AnalysisException,
    PySparkException,
    SparkRuntimeException,
    StreamingQueryException,
    UnsupportedOperationException,
)
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.testing.faults import CountHits
from tests.stream.helpers import failure, refused, sink_of, start, table

SECOND = {"continuous": "1 second"}


@pytest.fixture(params=["sim", "local[2]"])
def session(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[SparkSession]:
    """A session with a clock that only the test moves, on one thread and on many."""
    made = SparkSession(Conf({"spark.sql.session.timeZone": "UTC"}), master=request.param, clock=clock)
    yield made
    left = made.streams.active
    for query in left:
        query.stop()
    made.stop()


def reaches(query: StreamingQuery, epoch: int) -> None:
    """Wait until an epoch is committed. Fails with the query."""

    def done() -> bool:
        return bool(query.status["message"] == f"Committing epoch {epoch}")

    assert query._host.wait_until(lambda: done() or not query.isActive, 30)
    assert done(), query.exception()


def offsets(checkpoint: Path) -> dict[int, OffsetEntry]:
    log = OffsetLog(LocalFiles(str(checkpoint)))
    return {epoch: log.get(epoch) for epoch in log.epochs()}


def commits(checkpoint: Path) -> list[int]:
    return CommitLog(LocalFiles(str(checkpoint))).epochs()


# ---------------------------------------------------------------- rows and logs


@pytest.mark.rule("MEM-215", "MEM-41", "MEM-42", "MEM-70", "EXE-149", "CKP-24")
def test_every_cut_is_an_epoch_in_the_sink_and_in_the_logs(
    session: SparkSession, clock: ManualClock, tmp_path: Path
) -> None:
    stream = ContinuousMemoryStream(session, "INT")
    query = start(stream.toDF(), checkpoint=tmp_path / "c", trigger=SECOND)
    reaches(query, 0)
    for epoch, rows in enumerate([(0, 1, 2, 3, 4), (5,), ()], 1):
        stream.addData(*rows)
        clock.set((clock.now_ms() // 1000 + 1) * 1000)
        reaches(query, epoch)
    query.stop()
    assert sink_of(query).toDebugString() == "0: \n1: [0] [2] [4] [1] [3]\n2: [5]\n3: "
    logged = offsets(tmp_path / "c")
    assert [entry.sources["source-0"] for entry in logged.values()] == [
        '{"0":0,"1":0}',
        '{"0":3,"1":2}',
        '{"0":4,"1":2}',
        '{"0":4,"1":2}',
    ]
    assert {entry.watermark_ms for entry in logged.values()} == {0}
    assert commits(tmp_path / "c") == list(logged) == [0, 1, 2, 3]


@pytest.mark.rule("EXE-146")
def test_process_all_available_waits_for_no_clock(session: SparkSession) -> None:
    stream = ContinuousMemoryStream(session, "v INT", numPartitions=3)
    query = start(stream.toDF().where("v % 2 = 0").select((F.col("v") * 10).alias("w")), trigger=SECOND)
    for block in range(5):
        stream.addData(*range(block * 10, block * 10 + 10))
        query.processAllAvailable()
        assert sorted(table(session)) == [(value * 10,) for value in range(0, block * 10 + 10, 2)]
    query.stop()


@pytest.mark.rule("EXE-5")
def test_what_is_there_at_the_start_shows_without_waiting_for_the_interval(session: SparkSession) -> None:
    stream = ContinuousMemoryStream(session, "v INT")
    stream.addData(1, 2, 3)
    query = start(stream.toDF(), trigger={"continuous": "1 hour"})
    reaches(query, 0)
    assert sorted(table(session)) == [(1,), (2,), (3,)]
    query.stop()


@pytest.mark.rule("EXE-77", "MEM-137", "EXE-68", "EXE-66")
def test_a_continuous_query_makes_no_progress_objects_and_says_what_it_does(session: SparkSession) -> None:
    stream = ContinuousMemoryStream(session, "v INT")
    query = start(stream.toDF(), trigger=SECOND)
    stream.addData(1)
    query.processAllAvailable()
    assert query.lastProgress is None
    assert query.recentProgress == []
    message = query.status["message"]
    assert message.startswith("Committing epoch ")
    assert query.status == {"message": message, "isDataAvailable": False, "isTriggerActive": False}
    query.stop()
    assert query.status["message"] == "Stopped"
    assert query.exception() is None


@pytest.mark.rule("EXE-145")
def test_the_open_epoch_is_given_up_at_a_stop(session: SparkSession, clock: ManualClock, tmp_path: Path) -> None:
    stream = ContinuousMemoryStream(session, "v INT")
    query = start(stream.toDF(), checkpoint=tmp_path / "c", trigger=SECOND)
    reaches(query, 0)
    stream.addData(1)
    query.stop()
    assert table(session) == []
    assert list(offsets(tmp_path / "c")) == commits(tmp_path / "c") == [0]


@pytest.mark.rule("CKP-72")
def test_old_epochs_leave_the_logs(session: SparkSession, clock: ManualClock, tmp_path: Path) -> None:
    session.conf.set("spark.sql.streaming.minBatchesToRetain", "2")
    query = start(ContinuousMemoryStream(session, "v INT").toDF(), checkpoint=tmp_path / "c", trigger=SECOND)
    reaches(query, 0)
    for epoch in range(1, 5):
        clock.set((clock.now_ms() // 1000 + 1) * 1000)
        reaches(query, epoch)
    query.processAllAvailable()
    query.stop()
    assert commits(tmp_path / "c") == list(offsets(tmp_path / "c")) == [4, 5]


def test_explain_shows_the_actors_of_a_running_query(sim: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    query = start(ContinuousMemoryStream(sim, "v INT").toDF(), trigger=SECOND)
    query.processAllAvailable()
    query.explain()
    query.stop()
    assert "source-0: ContinuousMemoryStream[v#" in capsys.readouterr().out


def test_rows_wait_at_the_source_while_the_sink_is_busy() -> None:
    """Back-pressure: full mailboxes hold the reader, and it goes on when there is room again."""
    hits = CountHits()
    session = SparkSession(master="local[2]", faults=hits)
    session.conf.set("spark.sql.streaming.continuous.executorQueueSize", "1")
    session.conf.set("actorstream.mailbox.batches", "1")
    stream = ContinuousMemoryStream(session, "v INT", numPartitions=1)
    busy, gate, seen = threading.Event(), threading.Event(), list[int]()

    def process(row: Any) -> None:
        busy.set()
        assert gate.wait(30)
        seen.append(row.v)

    stream.addData(*range(50))
    query = stream.toDF().writeStream.foreach(process).trigger(continuous="0 seconds").start()
    assert busy.wait(30)
    # the sink is in its first row, one batch waits, and the reader has one in its hands that it cannot put down
    assert hits.counts()["source.before_read"] <= 8
    gate.set()
    query.processAllAvailable()
    query.stop()
    session.stop()
    assert seen == list(range(50))
    assert hits.counts()["source.before_read"] > 50


@pytest.mark.rule("EXE-123")
def test_an_error_in_an_operator_ends_the_query_and_commits_nothing_of_it(
    session: SparkSession, tmp_path: Path
) -> None:
    stream = ContinuousMemoryStream(session, "v INT")
    query = start(stream.toDF().selectExpr("10 / v AS w"), checkpoint=tmp_path / "c", trigger=SECOND)
    reaches(query, 0)
    stream.addData(1, 0)
    with pytest.raises(StreamingQueryException) as error:
        query.processAllAvailable()
    assert isinstance(error.value.__cause__, PySparkException)
    assert error.value.__cause__.getCondition() == "DIVIDE_BY_ZERO"
    assert commits(tmp_path / "c") == [0]


# ---------------------------------------------------------------- restarts


def collecting(stream: ContinuousMemoryStream, session: SparkSession, checkpoint: Path, seen: list[int]) -> Any:
    frame = stream.toDF(session)
    writer = frame.writeStream.foreach(lambda row: seen.append(row.v)).option("checkpointLocation", str(checkpoint))
    return writer.trigger(continuous="1 second").start()


@pytest.mark.rule("MEM-46", "EXE-143")
def test_a_restart_goes_on_at_the_end_of_the_last_committed_epoch(session: SparkSession, tmp_path: Path) -> None:
    stream, seen = ContinuousMemoryStream(session, "v INT"), list[int]()
    query = collecting(stream, session, tmp_path / "c", seen)
    stream.addData(1, 2, 3)
    query.processAllAvailable()
    query.stop()
    stream.addData(4)
    query = collecting(stream, session, tmp_path / "c", seen)
    query.processAllAvailable()
    query.stop()
    assert sorted(seen) == [1, 2, 3, 4]


@pytest.mark.rule("EXE-144")
@pytest.mark.parametrize("planted", ['{"0":0,"1":0}', '{"0":2,"1":2}'], ids=["low", "high"])
def test_an_offset_that_a_dead_run_left_behind_is_never_committed(
    session: SparkSession, tmp_path: Path, planted: str
) -> None:
    stream, seen = ContinuousMemoryStream(session, "v INT"), list[int]()
    query = collecting(stream, session, tmp_path / "c", seen)
    stream.addData(1, 2)
    query.processAllAvailable()
    query.stop()
    last = commits(tmp_path / "c")[-1]
    log = OffsetLog(LocalFiles(str(tmp_path / "c")))
    for epoch in (last + 1, last + 2):
        log.add(epoch, OffsetEntry({"source-0": planted}, 0, 0, continuous=True))
    stream.addData(3, 4)
    query = collecting(stream, session, tmp_path / "c", seen)
    query.processAllAvailable()
    query.stop()
    assert sorted(seen) == [1, 2, 3, 4]
    assert offsets(tmp_path / "c")[last + 1].sources == {"source-0": '{"0":2,"1":2}'}
    assert commits(tmp_path / "c") == list(offsets(tmp_path / "c"))


@pytest.mark.rule("MEM-104", "MEM-107")
def test_a_memory_table_does_not_recover_unless_asked_to(session: SparkSession, tmp_path: Path) -> None:
    stream = ContinuousMemoryStream(session, "v INT")
    for kept in (False, True):
        folder = tmp_path / str(kept)
        options = {"recover": "true"} if kept else {}
        query = start(stream.toDF(), checkpoint=folder, trigger=SECOND, **options)
        stream.addData(1)
        query.processAllAvailable()
        query.stop()
    assert len(table(session)) == 2
    with pytest.raises(AnalysisException) as error:
        start(stream.toDF(), checkpoint=tmp_path / "False", trigger=SECOND)
    assert refused(error) == "_LEGACY_ERROR_TEMP_1299"
    query = start(stream.toDF(), checkpoint=tmp_path / "True", trigger=SECOND, recover="true")
    stream.addData(2)
    query.processAllAvailable()
    query.stop()
    assert sorted(table(session)) == [(1,), (1,), (2,)]


@pytest.mark.rule("CKP-16")
@pytest.mark.parametrize("first", ["continuous", "micro-batch"])
def test_a_checkpoint_stays_with_its_schedule(session: SparkSession, tmp_path: Path, first: str) -> None:
    frame = session.readStream.format("rate").option("rowsPerSecond", 5).load()

    def begin(kind: str) -> StreamingQuery:
        writer = frame.writeStream.format("noop").option("checkpointLocation", str(tmp_path / "c"))
        return (writer.trigger(continuous="1 second") if kind == "continuous" else writer).start()

    query = begin(first)
    query.processAllAvailable()
    query.stop()
    before = sorted(path.name for path in (tmp_path / "c").rglob("*"))
    other = begin("micro-batch" if first == "continuous" else "continuous")
    cause = failure(other)
    assert isinstance(cause, SparkRuntimeException)
    assert cause.getCondition() == "CHECKPOINT_SCHEDULE_CHANGED"
    assert f"written by a {first} query" in str(cause)
    assert sorted(path.name for path in (tmp_path / "c").rglob("*")) == before
    query = begin(first)
    query.processAllAvailable()
    query.stop()


@pytest.mark.rule("MEM-43")
@pytest.mark.parametrize("partitions", [1, 3])
def test_a_stream_of_other_partitions_cannot_continue(session: SparkSession, tmp_path: Path, partitions: int) -> None:
    query = collecting(ContinuousMemoryStream(session, "v INT"), session, tmp_path / "c", [])
    query.processAllAvailable()
    query.stop()
    other = ContinuousMemoryStream(session, "v INT", numPartitions=partitions)
    cause = failure(collecting(other, session, tmp_path / "c", []))
    assert isinstance(cause, SparkRuntimeException)
    assert cause.getCondition() == "CONTINUOUS_MEMORY_OFFSET_INVALID"


def test_a_stream_that_has_not_had_the_rows_yet_cannot_continue(session: SparkSession, tmp_path: Path) -> None:
    stream = ContinuousMemoryStream(session, "v INT")
    query = collecting(stream, session, tmp_path / "c", [])
    stream.addData(1)
    query.processAllAvailable()
    query.stop()
    cause = failure(collecting(ContinuousMemoryStream(session, "v INT"), session, tmp_path / "c", []))
    assert isinstance(cause, SparkRuntimeException)
    assert cause.getCondition() == "CONTINUOUS_MEMORY_ROWS_MISSING"


# ---------------------------------------------------------------- the rate source


@pytest.mark.rule("IO-26")
def test_the_rate_source_counts_in_every_partition(session: SparkSession, clock: ManualClock, tmp_path: Path) -> None:
    frame = session.readStream.format("rate").option("rowsPerSecond", 4).option("numPartitions", 2).load()
    began_ms = clock.now_ms()
    query = start(
        frame.select((F.unix_millis("timestamp") - began_ms).alias("ms"), "value"),
        checkpoint=tmp_path / "c",
        trigger=SECOND,
    )
    reaches(query, 0)
    clock.advance(1000)
    reaches(query, 1)
    query.stop()
    assert table(session) == [(500, 0), (500, 1), (1000, 2), (1000, 3)]
    first, second = (entry.sources["source-0"] for entry in offsets(tmp_path / "c").values())
    assert first == f'{{"0":{{"value":-2,"runTimeMs":{began_ms}}},"1":{{"value":-1,"runTimeMs":{began_ms}}}}}'
    last_ms = began_ms + 1000
    assert second == f'{{"0":{{"value":2,"runTimeMs":{last_ms}}},"1":{{"value":3,"runTimeMs":{last_ms}}}}}'


@pytest.mark.rule("IO-26")
@pytest.mark.parametrize(("rate", "partitions"), [(3, 1), (7, 2), (1200, 2)])
def test_a_restarted_rate_query_makes_up_for_the_time_it_was_away(
    session: SparkSession, clock: ManualClock, tmp_path: Path, rate: int, partitions: int
) -> None:
    seen: list[int] = []

    def begin() -> StreamingQuery:
        frame = session.readStream.format("rate").option("rowsPerSecond", rate).option("numPartitions", partitions)
        writer = frame.load().writeStream.foreach(lambda row: seen.append(row.value))
        return writer.option("checkpointLocation", str(tmp_path / "c")).trigger(continuous="1 second").start()

    query = begin()
    query.processAllAvailable()
    clock.advance(2000)
    query.processAllAvailable()
    query.stop()
    clock.advance(2000)
    query = begin()
    query.processAllAvailable()
    query.stop()
    assert seen == list(range(4 * rate // partitions * partitions))


@pytest.mark.rule("IO-26")
def test_a_rate_query_keeps_its_partitions(session: SparkSession, tmp_path: Path) -> None:
    def begin(partitions: int) -> StreamingQuery:
        frame = session.readStream.format("rate").option("numPartitions", partitions).load()
        writer = frame.writeStream.format("noop").option("checkpointLocation", str(tmp_path / "c"))
        return writer.trigger(continuous="1 second").start()

    query = begin(2)
    query.processAllAvailable()
    query.stop()
    assert "The previous run contained 2 partitions, but 3 partitions are currently configured." in str(
        failure(begin(3))
    )


# ---------------------------------------------------------------- sinks


@pytest.mark.rule("IO-72", "EXE-149")
def test_the_console_shows_every_epoch(sim: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    stream = ContinuousMemoryStream(sim, "v INT")
    query = stream.toDF().writeStream.format("console").trigger(continuous="1 second").start()
    stream.addData(7)
    query.processAllAvailable()
    query.stop()
    out = capsys.readouterr().out
    assert "|  7|" in out
    assert "Batch: 0" in out
    assert "Batch: 1" in out


@pytest.mark.rule("EXE-124")
def test_append_and_update_are_the_same(session: SparkSession) -> None:
    for mode in ("append", "update"):
        stream = ContinuousMemoryStream(session, "v INT")
        query = start(stream.toDF(), mode, mode, trigger=SECOND)
        stream.addData(1, 1)
        query.processAllAvailable()
        query.stop()
        assert table(session, mode) == [(1,), (1,)]


# ---------------------------------------------------------------- what is refused, before anything starts


REFUSED: list[tuple[str, Callable[[DataFrame], DataFrame]]] = [
    ("Deduplicate", lambda frame: frame.dropDuplicates(["value"])),
    ("Deduplicate", lambda frame: frame.distinct()),
    ("LocalLimit", lambda frame: frame.limit(3)),
    ("EventTimeWatermark", lambda frame: frame.withWatermark("timestamp", "1 second")),
    ("Union", lambda frame: frame.union(frame)),
    ("Repartition", lambda frame: frame.repartition(3)),
    ("Repartition", lambda frame: frame.coalesce(1)),
    ("Generate", lambda frame: frame.select(F.explode(F.array("value", "value")))),
    ("CollectMetrics", lambda frame: frame.observe("o", F.count("*"))),
    ("ResolvedHint", lambda frame: frame.hint("broadcast")),
    ("MapInArrow", lambda frame: frame.mapInArrow(lambda batches: batches, "value BIGINT")),
    ("Expand", lambda frame: frame.select(F.window("timestamp", "2 seconds", "1 second"))),
    ("current time", lambda frame: frame.select(F.current_timestamp())),
    ("current time", lambda frame: frame.select(F.current_date())),
    ("current time", lambda frame: frame.select(F.unix_timestamp())),
    ("current time", lambda frame: frame.where("timestamp < now()")),
    ("current time", lambda frame: frame.selectExpr("localtimestamp()")),
]


@pytest.mark.rule("EXE-120", "EXE-121")
@pytest.mark.parametrize(("name", "build"), REFUSED)
def test_whatever_is_not_a_choice_of_rows_or_columns_is_refused(
    sim: SparkSession, name: str, build: Callable[[DataFrame], DataFrame]
) -> None:
    rate = sim.readStream.format("rate").load()
    with pytest.raises(AnalysisException, match=f"Continuous processing does not support {name} operations.;") as error:
        start(build(rate), trigger=SECOND)
    assert refused(error) == "_LEGACY_ERROR_TEMP_3102"
    assert sim.streams.active == []


@pytest.mark.rule("EXE-120", "EXE-124")
def test_aggregates_joins_and_files_are_refused(sim: SparkSession, tmp_path: Path) -> None:
    rate = sim.readStream.format("rate").load()
    with pytest.raises(AnalysisException, match="does not support Aggregate operations"):
        start(rate.groupBy("value").count(), mode="complete", trigger=SECOND)
    with pytest.raises(AnalysisException, match="does not support Range operations"):
        start(rate.join(sim.range(3), rate.value == F.col("id")), trigger=SECOND)
    with pytest.raises(AnalysisException, match="does not support StreamingRelation operations"):
        start(sim.readStream.schema("v INT").json(str(tmp_path)), trigger=SECOND)
    with pytest.raises(AnalysisException) as error:
        start(rate, mode="complete", trigger=SECOND)
    assert refused(error) == "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"


def test_what_chooses_rows_and_columns_is_taken(sim: SparkSession) -> None:
    rate = sim.readStream.format("rate").load()
    rate.createOrReplaceTempView("rates")
    for frame in (
        rate.alias("r").select("r.value"),
        sim.sql("SELECT value FROM (SELECT * FROM rates) q WHERE value > 1"),
        rate.drop("value").withColumn("z", F.lit(1)).fillna(3).dropna(),
        rate.select(F.window("timestamp", "1 second")),
        rate.select(F.udf(lambda value: value + 1, "bigint")("value")),
    ):
        query = start(frame, trigger=SECOND)
        query.processAllAvailable()
        query.stop()


@pytest.mark.rule("EXE-122", "IO-131")
def test_a_source_that_cannot_run_freely_is_refused(sim: SparkSession) -> None:
    frame = sim.readStream.format("rate-micro-batch").option("rowsPerBatch", 5).load()
    with pytest.raises(UnsupportedOperationException) as error:
        start(frame, trigger=SECOND)
    assert refused(error) == "_LEGACY_ERROR_TEMP_2253"
    assert str(error.value) == "Data source rate-micro-batch does not support continuous processing."


@pytest.mark.rule("MEM-7", "IO-135")
def test_the_wrong_kind_of_memory_stream_is_refused_by_start(sim: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="make a ContinuousMemoryStream") as error:
        start(MemoryStream(sim, "v INT").toDF(), trigger=SECOND)
    assert refused(error) == "SOURCE_SCHEDULE_MISMATCH"
    for trigger in ({"processingTime": "1 second"}, {"availableNow": True}, {"once": True}):
        with pytest.raises(AnalysisException, match="make a MemoryStream for the other triggers") as error:
            start(ContinuousMemoryStream(sim, "v INT").toDF(), trigger=trigger)
        assert refused(error) == "SOURCE_SCHEDULE_MISMATCH"
    assert sim.streams.active == []


@pytest.mark.rule("EXE-17", "IO-140", "IO-144")
def test_a_sink_that_cannot_run_continuously_is_refused_by_start(sim: SparkSession, tmp_path: Path) -> None:
    frame = ContinuousMemoryStream(sim, "v INT").toDF()
    writer = (
        frame.writeStream.format("json")
        .option("checkpointLocation", str(tmp_path / "c"))
        .trigger(continuous="1 second")
    )
    with pytest.raises(AnalysisException, match="'json' is not supported with continuous trigger") as error:
        writer.start(str(tmp_path / "out"))
    assert refused(error) == "_LEGACY_ERROR_TEMP_1195"
    assert not (tmp_path / "c").exists()


# ---------------------------------------------------------------- pipelines


def test_a_pipeline_runs_continuously(clock: ManualClock) -> None:
    numbers, sink = ContinuousMemoryStream(schema="value INT"), MemorySink()
    pipeline = Pipeline("even numbers")
    even = pipeline.source("numbers", numbers).apply("even", Filter(F.col("value") % 2 == 0))
    even.sink("out", sink)
    query = pipeline.start(trigger=Continuous(1000), clock=clock)
    numbers.add_data(1, 2, 3, 4)
    query.processAllAvailable()
    query.stop()
    assert sorted(row.value for row in sink.allData) == [2, 4]


def test_several_sources_of_a_pipeline_are_cut_together(clock: ManualClock, tmp_path: Path) -> None:
    left, right = ContinuousMemoryStream(schema="value INT"), ContinuousMemoryStream(schema="value INT")
    sink = MemorySink()
    pipeline = Pipeline()
    both = pipeline.source("left", left).union("both", pipeline.source("right", right))
    both.sink("out", sink)
    query = pipeline.start(str(tmp_path / "c"), Continuous(1000), clock=clock)
    for value in range(20):
        (left if value % 3 else right).add_data(value)
    query.processAllAvailable()
    query.stop()
    assert sorted(row.value for row in sink.allData) == list(range(20))
    last = list(offsets(tmp_path / "c").values())[-1]
    assert last.sources == {"left": '{"0":13,"1":0}', "right": '{"0":7,"1":0}'}


@pytest.mark.rule("EXE-124")
def test_a_pipeline_with_state_is_refused() -> None:
    numbers = ContinuousMemoryStream(schema="value INT")
    pipeline = Pipeline()
    pipeline.source("numbers", numbers).apply("totals", Aggregate(["value"], [F.count("*").alias("n")])).sink(
        "out", MemorySink(), mode="update"
    )
    with pytest.raises(AnalysisException) as error:
        pipeline.start(trigger=Continuous(1000))
    assert refused(error) == "CONTINUOUS_OPERATOR_UNSUPPORTED"
    assert "totals" in str(error.value)
