"""Progress: the fields of the reference, in its order, with true values, and when an entry is made."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

import pytest

from actorstream import MemoryStream, Row
from actorstream.common.clock import ManualClock
from actorstream.common.config import Conf
from actorstream.engine.progress import SinkProgress, SourceProgress, StateOperatorProgress, StreamingQueryProgress
from actorstream.sql import SparkSession
from actorstream.sql import functions as F
from tests.stream.helpers import executed, start

KEYS = [
    "id", "runId", "name", "timestamp", "batchId", "batchDuration", "durationMs", "eventTime", "stateOperators",
    "sources", "sink", "numInputRows", "inputRowsPerSecond", "processedRowsPerSecond", "observedMetrics",
]  # fmt: skip
START = 1_700_000_000_000


def at(seconds: float) -> datetime.datetime:
    return datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=seconds)


def takes(clock: ManualClock, milliseconds: int) -> Any:
    """A function for `mapInArrow` that takes so long, in virtual time, for every batch with rows."""

    def work(batches: Any) -> Any:
        for batch in batches:
            if batch.num_rows:
                clock.advance(milliseconds)
            yield batch

    return work


@pytest.fixture
def quiet(clock: ManualClock) -> Any:
    """A session in virtual time that makes idle entries every 10 seconds, as the default is."""
    session = SparkSession(Conf({"spark.sql.session.timeZone": "UTC"}), master="sim", clock=clock)
    clock.set(START)
    yield session
    for query in session.streams.active:
        query.stop()
    session.stop()


@pytest.mark.rule("EXE-70", "EXE-80", "EXE-90", "EXE-91")
def test_entries_are_dicts_with_attributes_in_the_order_of_the_reference(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1, 2)
    query = start(stream.toDF().groupBy("v").count(), "n", "complete")
    query.processAllAvailable()
    progress = query.recentProgress[0]
    assert list(progress) == KEYS
    assert isinstance(progress, StreamingQueryProgress)
    assert isinstance(progress, dict)
    assert (progress["id"], progress.id, progress.runId) == (query.id, uuid.UUID(query.id), uuid.UUID(query.runId))
    assert (progress["name"], progress.name) == ("n", "n")
    assert [type(progress[key][0]) for key in ("sources", "stateOperators")] == [SourceProgress, StateOperatorProgress]
    assert isinstance(progress.sink, SinkProgress)
    assert list(progress.sources[0]) == [
        "description", "startOffset", "endOffset", "latestOffset", "numInputRows", "inputRowsPerSecond",
        "processedRowsPerSecond", "metrics",
    ]  # fmt: skip
    assert (progress.sources[0].startOffset, progress.sources[0].endOffset) == ("null", "0")
    assert dict(progress.sink) == {"description": "MemorySink", "numOutputRows": 2, "metrics": {}}
    with pytest.raises(AttributeError, match="'StreamingQueryProgress' object has no attribute 'nope'"):
        _ = progress.nope
    query.stop()


@pytest.mark.rule("EXE-70", "EXE-88", "EXE-90", "EXE-92")
def test_the_json_embeds_offsets_leaves_out_what_is_empty_and_reads_back(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1, 2)
    query = start(stream.toDF(), "n")
    query.processAllAvailable()
    progress = query.recentProgress[0]
    plain = json.loads(progress.json)
    assert list(plain) == [
        "id", "runId", "name", "timestamp", "batchId", "batchDuration", "numInputRows", "inputRowsPerSecond",
        "processedRowsPerSecond", "durationMs", "stateOperators", "sources", "sink",
    ]  # fmt: skip
    source = plain["sources"][0]
    assert (source["startOffset"], source["endOffset"], source["latestOffset"]) == (None, 0, None)
    assert "metrics" not in source
    assert plain["sink"] == {"description": "MemorySink", "numOutputRows": 2}
    assert json.loads(progress.prettyJson) == plain
    assert repr(progress) == str(progress) == progress.prettyJson
    assert progress.prettyJson.startswith('{\n    "id": "')
    assert json.loads(progress.sources[0].json) == source
    query.stop()


@pytest.mark.rule("EXE-81", "EXE-82", "EXE-83", "EXE-84", "EXE-85", "EXE-86", "EXE-87")
def test_times_and_rates_are_those_of_the_trigger(clock: ManualClock, quiet: SparkSession) -> None:
    stream = MemoryStream(quiet, "v INT")
    stream.add_data(*range(10))
    query = start(stream.toDF().mapInArrow(takes(clock, 400), "v INT"), trigger={"processingTime": "2 seconds"})
    query.awaitTermination(1)
    stream.add_data(*range(5))
    query.awaitTermination(2)
    first, second = query.recentProgress
    assert (first["timestamp"], second["timestamp"]) == ("2023-11-14T22:13:20.000Z", "2023-11-14T22:13:22.000Z")
    assert (first["batchId"], second["batchId"]) == (0, 1)
    assert (first["batchDuration"], first["durationMs"]["triggerExecution"], first["durationMs"]["addBatch"]) == (
        400,
        400,
        400,
    )
    assert list(first["durationMs"]) == [
        "addBatch", "commitOffsets", "getBatch", "latestOffset", "queryPlanning", "triggerExecution", "walCommit",
    ]  # fmt: skip
    assert (first["numInputRows"], first["inputRowsPerSecond"], first["processedRowsPerSecond"]) == (10, 0.0, 25.0)
    assert (second["numInputRows"], second["inputRowsPerSecond"], second["processedRowsPerSecond"]) == (5, 2.5, 12.5)
    assert second["sources"][0]["inputRowsPerSecond"] == 2.5


@pytest.mark.rule("EXE-85")
def test_idle_triggers_count_for_the_input_rate(clock: ManualClock, quiet: SparkSession) -> None:
    stream = MemoryStream(quiet, "v INT")
    query = start(stream.toDF(), trigger={"processingTime": "2 seconds"})
    query.awaitTermination(5)  # triggers at 0, 2 and 4 seconds find nothing
    stream.add_data(*range(10))
    query.awaitTermination(2)
    assert [entry["inputRowsPerSecond"] for entry in query.recentProgress if entry["numInputRows"]] == [5.0]


@pytest.mark.rule("EXE-76")
def test_an_idle_entry_comes_at_once_and_then_every_ten_seconds_without_entries(
    clock: ManualClock, quiet: SparkSession
) -> None:
    stream = MemoryStream(quiet, "v INT")
    query = start(stream.toDF(), trigger={"processingTime": "4 seconds"})
    query.awaitTermination(13)
    assert [entry["timestamp"][17:23] for entry in query.recentProgress] == ["20.000", "32.000"]
    assert [(entry["batchId"], entry["sink"]["numOutputRows"]) for entry in query.recentProgress] == [(0, -1), (0, -1)]
    stream.add_data(1)
    query.awaitTermination(4)  # a batch at 36 seconds: the ten seconds begin anew
    query.awaitTermination(13)
    assert [entry["timestamp"][14:23] for entry in query.recentProgress[2:]] == ["13:36.000", "13:48.000"]
    idle = query.recentProgress[-1]
    assert (idle["batchId"], idle["sink"]["numOutputRows"], list(idle["durationMs"])) == (
        1,
        0,
        ["latestOffset", "triggerExecution"],
    )
    assert (idle["sources"][0]["startOffset"], idle["sources"][0]["endOffset"]) == ("0", "0")


@pytest.mark.rule("EXE-76", "EXE-89", "EXE-93")
def test_an_idle_entry_repeats_the_state_without_its_work_and_changes_no_older_entry(
    clock: ManualClock, quiet: SparkSession
) -> None:
    stream = MemoryStream(quiet, "v INT")
    query = start(stream.toDF().groupBy("v").count(), mode="update", trigger={"processingTime": "20 seconds"})
    stream.add_data(1, 2, 2)
    query.awaitTermination(41)
    batch, idle = query.recentProgress[0], query.recentProgress[-1]
    assert executed(query) == [0]
    assert list(batch["stateOperators"][0]) == [
        "operatorName", "numRowsTotal", "numRowsUpdated", "allUpdatesTimeMs", "numRowsRemoved", "allRemovalsTimeMs",
        "commitTimeMs", "memoryUsedBytes", "numRowsDroppedByWatermark", "numShufflePartitions",
        "numStateStoreInstances", "customMetrics",
    ]  # fmt: skip

    def numbers(entry: StreamingQueryProgress) -> tuple[Any, ...]:
        [state] = entry["stateOperators"]
        return state["operatorName"], state["numRowsTotal"], state["numRowsUpdated"], state["numRowsDroppedByWatermark"]

    assert numbers(batch) == ("stateStoreSave", 2, 2, 0)
    assert numbers(idle) == ("stateStoreSave", 2, 0, 0)
    assert idle["stateOperators"][0]["memoryUsedBytes"] == batch["stateOperators"][0]["memoryUsedBytes"] > 0


@pytest.mark.rule("EXE-88", "EXE-84")
def test_event_time_is_that_of_the_batch_and_the_watermark_the_one_it_ran_with(quiet: SparkSession) -> None:
    stream = MemoryStream(quiet, "t TIMESTAMP")
    counts = stream.toDF().withWatermark("t", "10 seconds").groupBy(F.window("t", "5 seconds")).count()
    query = start(counts)
    stream.add_data((at(11),), (at(13),))
    query.processAllAvailable()
    stream.add_data((at(-3),), (at(30),))
    query.processAllAvailable()
    batches = [entry for entry in query.recentProgress if "addBatch" in entry["durationMs"]]
    times = [entry["eventTime"] for entry in batches]
    assert times[0] == {
        "avg": "2024-01-01T00:00:12.000Z",
        "max": "2024-01-01T00:00:13.000Z",
        "min": "2024-01-01T00:00:11.000Z",
        "watermark": "1970-01-01T00:00:00.000Z",
    }
    assert [entry["watermark"] for entry in times] == [
        "1970-01-01T00:00:00.000Z",
        "2024-01-01T00:00:03.000Z",
        "2024-01-01T00:00:03.000Z",
        "2024-01-01T00:00:20.000Z",
    ]
    assert [list(entry) for entry in times[1::2]] == [["watermark"], ["watermark"]]  # no rows were seen
    dropped = [sum(state["numRowsDroppedByWatermark"] for state in entry["stateOperators"]) for entry in batches]
    assert dropped == [0, 0, 1, 0]


@pytest.mark.rule("EXE-92")
def test_observed_metrics_are_rows_and_a_batch_without_data_reports_nothing_seen(quiet: SparkSession) -> None:
    stream = MemoryStream(quiet, "t TIMESTAMP, v INT")
    observed = stream.toDF().observe("stats", F.count(F.lit(1)).alias("n"), F.max("v").alias("top"))
    query = start(observed.withWatermark("t", "0 seconds").groupBy(F.window("t", "5 seconds")).count())
    stream.add_data((at(1), 7), (at(20), 9))
    query.processAllAvailable()
    batches = [entry for entry in query.recentProgress if "addBatch" in entry["durationMs"]]
    assert [entry["observedMetrics"]["stats"] for entry in batches] == [Row(n=2, top=9), Row(n=0, top=None)]
    assert json.loads(batches[0].json)["observedMetrics"] == {"stats": {"n": 2, "top": 9}}


@pytest.mark.rule("EXE-54", "EXE-71", "EXE-72")
def test_the_list_keeps_one_entry_less_than_the_setting_and_outlives_the_query(quiet: SparkSession) -> None:
    quiet.conf.set("spark.sql.streaming.numRecentProgressUpdates", "4")
    stream = MemoryStream(quiet, "v INT")
    query = start(stream.toDF())
    assert (query.lastProgress, query.recentProgress) == (None, [])
    for number in range(6):
        stream.add_data(number)
        query.processAllAvailable()
    query.stop()
    assert [entry["batchId"] for entry in query.recentProgress] == [3, 4, 5]
    assert query.lastProgress is query.recentProgress[-1]


@pytest.mark.rule("EXE-91", "MEM-135", "MEM-136")
def test_the_number_of_output_rows_is_unknown_for_foreach_batch_and_files(quiet: SparkSession, tmp_path: Any) -> None:
    stream = MemoryStream(quiet, "v INT")
    stream.add_data(1, 2)
    sinks = {
        "ForeachBatchSink": stream.toDF().writeStream.foreachBatch(lambda frame, batch_id: None),
        "FileSink": stream.toDF().writeStream.format("json").option("checkpointLocation", str(tmp_path / "c")),
    }
    for name, writer in sinks.items():
        query = writer.start(str(tmp_path / "out")) if name == "FileSink" else writer.start()
        query.processAllAvailable()
        sink = query.recentProgress[0]["sink"]
        assert sink["description"].startswith(name)
        assert sink["numOutputRows"] == -1
        query.stop()
