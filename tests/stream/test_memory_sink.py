"""The memory sink and its table: what a batch does to it, who sees what and when, and what a start refuses."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pyarrow as pa
import pytest

from actorstream import MemorySink, MemoryStream, Pipeline
from actorstream.common.clock import ManualClock
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.engine.query import StreamingQuery
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkTypeError,
    PySparkValueError,
    StreamingQueryException,
)
from actorstream.hosts.sim_host import SimHost
from actorstream.sql import SparkSession
from actorstream.sql import functions as F
from actorstream.testing.faults import RaiseAt
from tests.stream.helpers import executed, refused, sink_of, start, table

NUMBERS = pa.schema([pa.field("v", pa.int32())])


def filled(*batches: tuple[int, list[int]]) -> MemorySink:
    sink = MemorySink(NUMBERS)
    for number, rows in batches:
        sink.addBatch(number, rows)
    return sink


def values(rows: list[Any]) -> list[int]:
    return [row.v for row in rows]


# ---------------------------------------------------------------- the object


@pytest.mark.rule("MEM-60")
def test_a_sink_is_called_memory_sink_and_has_no_columns_before_it_has_a_query() -> None:
    assert repr(MemorySink()) == MemorySink().description == "MemorySink"
    assert MemorySink().schema.names == []
    assert MemorySink().allData == []


@pytest.mark.rule("MEM-61", "MEM-62")
def test_a_batch_that_is_there_already_is_skipped_whole_truncation_included() -> None:
    sink = filled((3, [1]), (5, [2]), (6, [3]))  # gaps are fine
    sink.addBatch(3, [9])
    sink.addBatch(2, [9])
    sink.addBatch(6, [9], truncate=True)
    assert sink.toDebugString() == "3: [1]\n5: [2]\n6: [3]"
    sink.addBatch(7, [4], truncate=True)
    assert sink.toDebugString() == "7: [4]"


@pytest.mark.rule("MEM-63", "MEM-64", "MEM-65")
def test_an_empty_batch_counts_and_prints_as_its_number() -> None:
    sink = filled((0, [1, 2]), (5, []))
    assert sink.latestBatchId == 5
    assert sink.latestBatchData == []
    assert sink.toDebugString() == "0: [1] [2]\n5: "
    assert values(sink.allData) == [1, 2]
    assert [values(sink.dataSinceBatch(number)) for number in (-1, 0, 5)] == [[1, 2], [], []]


@pytest.mark.rule("MEM-64", "MEM-65")
def test_an_empty_sink_answers_everything() -> None:
    sink = MemorySink(NUMBERS)
    assert (sink.latestBatchId, sink.latestBatchData, sink.allData, sink.toDebugString()) == (None, [], [], "")


@pytest.mark.rule("MEM-65")
def test_rows_print_as_the_reference_prints_them() -> None:
    sink = MemorySink()
    sink.addBatch(0, pa.table({"a": [1, None], "b": ["x", None], "c": [True, None], "d": [1.5, 1e20]}))
    assert sink.toDebugString() == "0: [1,x,true,1.5] [null,null,null,1.0E20]"


def test_a_batch_by_hand_is_a_frame_a_table_or_rows_and_must_fit(spark: SparkSession) -> None:
    sink = MemorySink()
    with pytest.raises(PySparkTypeError, match="no columns yet"):
        sink.addBatch(0, [(1,)])
    sink.addBatch(0, spark.range(2).withColumnRenamed("id", "v"))
    sink.addBatch(1, pa.table({"v": pa.array([5], pa.int32())}))
    sink.addBatch(2, [(6,), {"v": 7}])
    assert values(sink.allData) == [0, 1, 5, 6, 7]
    for rows, condition in (
        (pa.table({"w": [1]}), "MEMORY_TABLE_MISMATCH"),
        (pa.table({"v": ["1"]}), "MEMORY_TABLE_MISMATCH"),
        ([{"w": 1}], "MEMORY_FIELDS_MISMATCH"),
        ([("x",)], "FIELD_DATA_TYPE_UNACCEPTABLE_WITH_NAME"),
    ):
        with pytest.raises((PySparkTypeError, PySparkValueError)) as error:
            sink.addBatch(3, rows)
        assert refused(error) == condition
    assert sink.latestBatchId == 2


def test_rows_that_a_dead_run_has_staged_do_not_show_in_the_next_one(clock: ManualClock, tmp_path: Any) -> None:
    sink, stream = MemorySink(), MemoryStream(schema="v INT")
    pipeline = Pipeline("again")
    pipeline.source("numbers", stream).sink("out", sink)

    def run(faults: FaultInjector) -> StreamingQuery:
        return pipeline.start(str(tmp_path), faults=faults, host=lambda: SimHost(clock))

    stream.add_data(1)
    with pytest.raises(StreamingQueryException, match="simulated crash"):
        run(RaiseAt("sink.before_commit", epoch=0)).processAllAvailable()
    assert sink.allData == []
    stream.add_data(2)
    query = run(NO_FAULTS)
    query.processAllAvailable()
    assert sink.toDebugString() == "0: [1]\n1: [2]"
    query.stop()


@pytest.mark.rule("MEM-67")
def test_clear_forgets_the_latest_id_too_so_that_an_old_one_is_taken_again() -> None:
    sink = filled((0, [1]), (4, [2]))
    sink.clear()
    assert (sink.latestBatchId, sink.allData) == (None, [])
    sink.addBatch(0, [7])
    assert sink.toDebugString() == "0: [7]"


@pytest.mark.rule("MEM-66")
def test_rows_of_a_batch_show_at_its_commit_in_the_order_of_partitions_and_not_at_all_after_an_abort() -> None:
    from actorstream.common.ids import Epoch, PartitionId

    sink = MemorySink(NUMBERS)
    zero, one = PartitionId(0), PartitionId(1)
    sink.write(one, Epoch(0), pa.table({"v": pa.array([3], pa.int32())}))
    sink.write(zero, Epoch(0), pa.table({"v": pa.array([1], pa.int32())}))
    sink.write(zero, Epoch(0), pa.table({"v": pa.array([2], pa.int32())}))
    assert sink.allData == []
    sink.abort(Epoch(0))
    sink.commit(Epoch(0))
    assert sink.toDebugString() == "0: "
    sink.write(one, Epoch(1), pa.table({"v": pa.array([3], pa.int32())}))
    sink.write(zero, Epoch(1), pa.table({"v": pa.array([1], pa.int32())}))
    assert sink.commit(Epoch(1)) == 2
    assert values(sink.latestBatchData) == [1, 3]


# ---------------------------------------------------------------- in a query


@pytest.mark.rule("MEM-200", "MEM-201", "MEM-202", "MEM-68", "MEM-131", "MEM-136")
def test_append_keeps_every_batch_and_goes_on_after_a_clear(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    sink = sink_of(query)
    stream.add_data(1, 2, 3)
    query.processAllAvailable()
    assert sink.toDebugString() == "0: [1] [2] [3]"
    progress = next(entry for entry in query.recentProgress if entry["numInputRows"])
    source = progress["sources"][0]
    assert (source["startOffset"], source["endOffset"], source["latestOffset"]) == ("null", "0", "null")
    assert (progress["sink"]["description"], progress["sink"]["numOutputRows"]) == ("MemorySink", 3)
    for rows in ([4, 5], [6]):
        stream.add_data(*rows)
        query.processAllAvailable()
    assert sink.toDebugString() == "0: [1] [2] [3]\n1: [4] [5]\n2: [6]"
    assert values(sink.dataSinceBatch(0)) == [4, 5, 6]
    assert values(sink.dataSinceBatch(1)) == [6]
    assert sink.latestBatchId == 2
    sink.clear()
    assert table(spark) == []
    stream.add_data(7)
    query.processAllAvailable()
    assert sink.toDebugString() == "3: [7]"
    query.stop()


@pytest.mark.rule("MEM-204")
def test_blocks_added_before_the_start_are_one_batch(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1, 2, 3)
    stream.add_data(pa.table({"v": pa.array([], pa.int32())}))
    query = start(stream.toDF())
    query.processAllAvailable()
    assert sink_of(query).toDebugString() == "0: [1] [2] [3]"
    source = next(entry for entry in query.recentProgress if entry["numInputRows"])["sources"][0]
    assert (source["startOffset"], source["endOffset"]) == ("null", "1")
    query.stop()


@pytest.mark.rule("MEM-205", "MEM-68")
def test_update_appends_the_changed_rows_of_each_batch(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF().groupBy((F.col("v") % 2).alias("k")).count(), mode="update")
    stream.add_data(1, 2, 3)
    query.processAllAvailable()
    stream.add_data(5)
    query.processAllAvailable()
    sink = sink_of(query)
    assert sorted(tuple(row) for row in sink.allData) == [(0, 1), (1, 2), (1, 3)]
    assert sink.toDebugString().endswith("\n1: [1,3]")
    query.stop()


@pytest.mark.rule("MEM-206", "MEM-68")
def test_complete_shows_the_last_batch_only(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF().groupBy((F.col("v") % 2).alias("k")).count().orderBy("k"), mode="complete")
    for rows in ([1, 2, 3], [5]):
        stream.add_data(*rows)
        query.processAllAvailable()
    assert sink_of(query).toDebugString() == "1: [0,1] [1,3]"
    assert [entry["sink"]["numOutputRows"] for entry in query.recentProgress if entry["numInputRows"]] == [2, 2]
    query.stop()


def test_the_sink_of_a_query_is_its_own_and_a_pipeline_with_several_has_none_to_give(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    first = start(stream.toDF(), "one")
    second = start(stream.toDF(), "two")
    assert sink_of(first) is not sink_of(second)
    first.stop()
    second.stop()
    assert sink_of(first).schema.names == ["v"]
    pipeline = Pipeline("several")
    numbers = pipeline.source("numbers", stream)
    left, right = MemorySink(), MemorySink()
    numbers.sink("left", left)
    numbers.sink("right", right)
    query = pipeline.start()
    with pytest.raises(PySparkValueError, match="2 sinks"):
        _ = query.sink
    query.stop()


# ---------------------------------------------------------------- the table


@pytest.mark.rule("MEM-78", "MEM-80", "MEM-81")
def test_the_table_is_live_outlives_the_query_and_can_go_without_it(spark: SparkSession) -> None:
    spark.range(1).createOrReplaceTempView("t")
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    frame = spark.sql("SELECT v FROM t ORDER BY v")
    assert frame.collect() == []
    stream.add_data(2, 1)
    query.processAllAvailable()
    assert [row.v for row in frame.collect()] == [1, 2]
    spark.catalog.dropTempView("t")
    stream.add_data(3)
    query.processAllAvailable()
    assert sink_of(query).latestBatchId == 1
    with pytest.raises(AnalysisException) as gone:
        spark.table("t")
    assert refused(gone) == "TABLE_OR_VIEW_NOT_FOUND"
    query.stop()
    assert len(frame.collect()) == 3


@pytest.mark.rule("MEM-79", "MEM-74", "MEM-83")
def test_an_older_frame_keeps_the_sink_of_the_older_run(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    stream.add_data(1)
    query.processAllAvailable()
    older = spark.table("t")
    query.stop()
    query = start(MemoryStream(spark, "v INT").toDF())
    query.processAllAvailable()
    assert [row.v for row in older.collect()] == [1]
    assert table(spark) == []
    query.stop()


def test_a_query_of_the_table_sees_one_committed_epoch_though_it_names_the_table_twice(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF().groupBy().agg(F.sum("v").alias("total")), mode="complete")
    sink = sink_of(query)
    stream.add_data(1)
    query.processAllAvailable()
    seen = 0
    snapshot = sink.snapshot

    def moving() -> pa.Table:
        # every look at the sink is followed by an epoch
        nonlocal seen
        seen += 1
        current = snapshot()
        stream.add_data(1)
        query.processAllAvailable()
        return current

    sink.snapshot = moving  # type: ignore[method-assign]
    spark._register_memory_table("t", spark.table("t"), sink)
    for text in (
        "SELECT a.total, b.total FROM t a CROSS JOIN t b",
        "SELECT max(total), min(total) FROM (SELECT total FROM t UNION ALL SELECT total FROM t)",
        "WITH one AS (SELECT total FROM t) SELECT a.total, b.total FROM one a CROSS JOIN t b",
    ):
        [(left, right)] = [tuple(row) for row in spark.sql(text).collect()]
        assert left == right, text
    assert seen >= 3
    query.stop()


def test_a_batch_shows_whole_when_its_sink_has_committed_it_and_not_before(clock: ManualClock) -> None:
    for point, shown in (("sink.before_commit", [1]), ("sink.after_commit", [1, 2, 3])):
        crash = RaiseAt(point, epoch=1)  # type: ignore[arg-type]
        session = SparkSession(master="sim", clock=clock, faults=crash)
        stream = MemoryStream(session, "v INT")
        query = start(stream.toDF())
        stream.add_data(1)
        query.processAllAvailable()
        stream.add_data(2, 3)
        with pytest.raises(Exception, match="simulated crash"):
            query.processAllAvailable()
        assert crash.fired
        assert [v for (v,) in table(session)] == shown
        session.stop()


@pytest.mark.rule("MEM-218")
def test_readers_on_other_threads_see_whole_epochs_while_the_query_runs(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    looks: list[list[int]] = []
    inside, go_on = threading.Event(), threading.Event()

    def hold(batches: Any) -> Any:
        for batch in batches:
            if batch.num_rows and batch.column(0)[0].as_py() == 10:
                inside.set()
                assert go_on.wait(10)
            yield batch

    query = start(stream.toDF().mapInArrow(hold, "v INT"))
    stream.add_data(1, 2)
    query.processAllAvailable()
    stream.add_data(10, 11)
    assert inside.wait(10)
    looks.append([v for (v,) in table(spark)])  # epoch 1 is under way
    go_on.set()
    query.processAllAvailable()
    looks.append([v for (v,) in table(spark)])
    assert looks == [[1, 2], [1, 2, 10, 11]]
    query.stop()


def test_another_query_reads_the_table_from_inside_its_foreach_batch(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    totals = start(stream.toDF().groupBy().agg(F.count("*").alias("n"), F.sum("v").alias("s")), "totals", "complete")
    looks: list[tuple[int, int]] = []

    def look(frame: Any, batch_id: int) -> None:
        looks.extend(tuple(row) for row in spark.sql("SELECT n, s FROM totals").collect())

    ticks = MemoryStream(spark, "v INT")
    observer = ticks.toDF().writeStream.foreachBatch(look).start()
    for number in range(1, 6):
        stream.add_data(*([number] * 10))
        ticks.add_data(number)
        observer.processAllAvailable()
        totals.processAllAvailable()
    steps = {(10 * n, 10 * sum(range(1, n + 1))) for n in range(6)}
    assert set(looks) <= steps
    observer.stop()
    totals.stop()


@pytest.mark.rule("MEM-216")
def test_the_windowed_count_of_the_first_example_stays_empty_until_its_window_closes(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "int")
    counts = (
        stream.toDF()
        .withColumn("t", F.current_timestamp())
        .withWatermark("t", "5 minutes")
        .groupBy(F.window("t", "5 minutes"))
        .agg(F.count("*").alias("total"))
    )
    query = start(counts)
    assert stream.add_data(0, 1, 2) == 0
    query.processAllAvailable()
    assert spark.table("t").schema.simpleString() == "struct<window:struct<start:timestamp,end:timestamp>,total:bigint>"
    assert table(spark) == []
    assert executed(query) == [0, 1]
    first = query.recentProgress[0] if query.recentProgress[0]["numInputRows"] else query.recentProgress[1]
    assert (first["numInputRows"], first["stateOperators"][0]["numRowsTotal"]) == (3, 1)
    query.stop()


@pytest.mark.rule("MEM-217")
def test_a_rate_source_fills_a_memory_table_that_clear_empties(sim: SparkSession) -> None:
    query = start(sim.readStream.format("rate").option("rowsPerSecond", 1).load(), "memoryDemo")
    query.awaitTermination(4.5)
    rows = table(sim, "memoryDemo")
    assert sim.table("memoryDemo").columns == ["timestamp", "value"]
    assert [value for _, value in rows] == list(range(len(rows)))
    assert len(rows) >= 3
    assert {(after[0] - before[0]).total_seconds() for before, after in itertools.pairwise(rows)} == {1.0}
    sink = sink_of(query)
    assert repr(sink) == "MemorySink"
    sink.clear()
    assert table(sim, "memoryDemo") == []
    query.stop()


# ---------------------------------------------------------------- what start() refuses


@pytest.mark.rule("MEM-71")
def test_the_format_is_matched_by_case(spark: SparkSession) -> None:
    frame = MemoryStream(spark, "v INT").toDF()
    for name in ("Memory", "MEMORY", "memry"):
        with pytest.raises(AnalysisException) as error:
            frame.writeStream.format(name).queryName("t").start()
        assert refused(error) == "DATA_SOURCE_NOT_FOUND"
        assert name in str(error.value)


@pytest.mark.rule("MEM-69", "MEM-72")
def test_partitioning_is_refused_before_the_name_is_asked_for(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException) as error:
        MemoryStream(spark, "v INT").toDF().writeStream.format("memory").partitionBy("v").start()
    assert refused(error) == "_LEGACY_ERROR_TEMP_1197"
    assert "'memory' does not support partitioning." in str(error.value)


@pytest.mark.rule("MEM-73")
def test_a_name_is_required_and_may_come_as_an_option_in_any_case(spark: SparkSession) -> None:
    frame = MemoryStream(spark, "v INT").toDF()
    with pytest.raises(AnalysisException) as error:
        frame.writeStream.format("memory").start()
    assert refused(error) == "_LEGACY_ERROR_TEMP_1194"
    assert "queryName must be specified for memory sink." in str(error.value)
    for name in ("", 5, None):
        with pytest.raises(PySparkValueError) as blank:
            frame.writeStream.queryName(name)
        assert refused(blank) == "VALUE_NOT_NON_EMPTY_STR"
    query = frame.writeStream.format("memory").option("QUERYNAME", "named").start()
    assert query.name == "named"
    assert table(spark, "named") == []
    query.stop()


@pytest.mark.rule("MEM-76", "MEM-212")
def test_a_name_that_is_active_is_refused_and_the_first_query_goes_on(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    with pytest.raises(IllegalArgumentException, match="Cannot start query with name t as a query with that name"):
        start(stream.toDF())
    stream.add_data(1)
    query.processAllAvailable()
    assert table(spark) == [(1,)]
    other = spark.newSession()
    twin = start(MemoryStream(other, "v INT").toDF())  # names are a session's own
    twin.stop()
    other.stop()
    query.stop()
    start(stream.toDF()).stop()  # free again


@pytest.mark.rule("MEM-77")
@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("a.b", "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS"),
        ("a b", "_LEGACY_ERROR_TEMP_1321"),
        ("ä", "_LEGACY_ERROR_TEMP_1321"),
    ],
)
def test_a_name_that_no_view_can_have_is_refused_before_anything_starts(
    spark: SparkSession, tmp_path: Any, name: str, condition: str
) -> None:
    frame = MemoryStream(spark, "v INT").toDF().groupBy().count()
    with pytest.raises(AnalysisException) as error:
        start(frame, name, "complete", tmp_path / "checkpoint")
    assert refused(error) == condition
    assert spark.streams.active == []
    assert not (tmp_path / "checkpoint").exists()


@pytest.mark.rule("MEM-7")
def test_a_trigger_that_the_stream_cannot_run_under_is_refused_by_start(spark: SparkSession) -> None:
    with pytest.raises(Exception, match="continuous"):
        start(MemoryStream(spark, "v INT").toDF(), trigger={"continuous": "1 second"})
    assert spark.streams.active == []


def test_option_values_that_mean_nothing_are_refused_by_start(spark: SparkSession) -> None:
    frame = MemoryStream(spark, "v INT").toDF()
    with pytest.raises(IllegalArgumentException, match="'recover' must be true or false"):
        start(frame, recover="maybe")
    with pytest.raises(IllegalArgumentException, match="Can not create a Path from an empty string"):
        start(frame, checkpointLocation="")
    assert spark.streams.active == []
