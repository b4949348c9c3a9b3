"""Restarts of memory queries: what the table shows, at once and later, in each output mode, after each kind of end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream, Row
from actorstream.common.clock import ManualClock
from actorstream.common.config import Conf
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.engine import launch
from actorstream.engine.query import StreamingQuery
from actorstream.engine.rollback import perform_rollback
from actorstream.errors import AnalysisException, PySparkException, StreamingQueryException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.testing.faults import RaiseAt
from tests.stream.helpers import executed, failure, refused, sink_of, start, table


def by_parity(stream: MemoryStream, session: SparkSession) -> DataFrame:
    """Counts of even and odd numbers."""
    frame = session._streaming_frame(stream.provider)
    return frame.groupBy((F.col("v") % 2).alias("k")).count().orderBy("k")


@pytest.fixture
def stream() -> MemoryStream:
    return MemoryStream(schema="v INT")


class Restarts:
    """Starts the same query again and again, each time in a new session, as a new process would."""

    def __init__(self, clock: ManualClock, checkpoint: Path) -> None:
        self._clock = clock
        self.checkpoint = checkpoint
        self._sessions: list[SparkSession] = []

    def session(self, faults: FaultInjector = NO_FAULTS) -> SparkSession:
        conf = Conf({"spark.sql.session.timeZone": "UTC"})
        session = SparkSession(conf, master="sim", clock=self._clock, faults=faults)
        self._sessions.append(session)
        return session

    def close(self) -> None:
        for session in self._sessions:
            session.stop()


@pytest.fixture
def restarts(clock: ManualClock, tmp_path: Path) -> Iterator[Restarts]:
    made = Restarts(clock, tmp_path / "checkpoint")
    yield made
    made.close()


# ---------------------------------------------------------------- complete mode


@pytest.mark.rule("MEM-207", "MEM-111", "MEM-106", "CKP-10")
def test_complete_mode_continues_from_the_committed_state_under_the_same_id(
    spark: SparkSession, stream: MemoryStream, tmp_path: Path
) -> None:
    query = start(by_parity(stream, spark), mode="complete", checkpoint=tmp_path)
    for rows in ([1, 2, 3], [4, 5]):
        stream.add_data(*rows)
        query.processAllAvailable()
    query.stop()
    stream.add_data(100, 101, 102)
    again = start(by_parity(stream, spark), mode="complete", checkpoint=tmp_path)
    again.processAllAvailable()
    assert (again.id, again.runId != query.runId) == (query.id, True)
    assert executed(again) == [2]
    progress = next(entry for entry in again.recentProgress if entry["numInputRows"])
    assert (progress["sources"][0]["startOffset"], progress["sources"][0]["endOffset"]) == ("1", "2")
    assert sink_of(again).toDebugString() == "2: [0,4] [1,4]"
    again.stop()


@pytest.mark.rule("MEM-110", "MEM-208", "MEM-209")
def test_the_table_shows_the_committed_result_at_once_without_running_a_batch(
    spark: SparkSession, stream: MemoryStream, tmp_path: Path
) -> None:
    query = start(by_parity(stream, spark), mode="complete", checkpoint=tmp_path)
    stream.add_data(1, 2, 3)
    query.processAllAvailable()
    query.stop()
    logged = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))

    query = start(by_parity(stream, spark), mode="complete", checkpoint=tmp_path)
    assert table(spark) == [(0, 1), (1, 2)]  # before anything else is called
    assert sink_of(query).latestBatchId == 0
    query.processAllAvailable()
    assert executed(query) == []
    [idle] = query.recentProgress
    assert (idle["batchId"], idle["sink"]["numOutputRows"], idle["stateOperators"]) == (1, -1, [])
    assert (idle["sources"][0]["startOffset"], idle["sources"][0]["endOffset"]) == ("0", "0")
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == logged
    stream.add_data(7)
    query.processAllAvailable()
    assert sink_of(query).toDebugString() == "1: [0,1] [1,3]"
    query.stop()


@pytest.mark.rule("MEM-110", "MEM-117", "MEM-119")
def test_a_new_stream_that_is_still_empty_leaves_the_recovered_table_as_it_is(
    spark: SparkSession, stream: MemoryStream, tmp_path: Path
) -> None:
    query = start(by_parity(stream, spark), mode="complete", checkpoint=tmp_path)
    stream.add_data(1, 2, 3)
    query.processAllAvailable()
    query.stop()
    empty = MemoryStream(schema="v INT")
    query = start(by_parity(empty, spark), mode="complete", checkpoint=tmp_path)
    query.processAllAvailable()  # MEM-117: idle and healthy
    assert (table(spark), executed(query), query.isActive) == ([(0, 1), (1, 2)], [], True)
    query.stop()
    same = MemoryStream(schema="v INT")
    same.add_data(1, 2, 3)
    same.add_data(5)
    query = start(by_parity(same, spark), mode="complete", checkpoint=tmp_path)
    query.processAllAvailable()  # MEM-119: the same blocks line up
    assert (table(spark), executed(query)) == ([(0, 1), (1, 3)], [1])
    query.stop()


@pytest.mark.rule("MEM-219")
def test_another_name_on_the_same_checkpoint_gets_its_own_table(
    spark: SparkSession, stream: MemoryStream, tmp_path: Path
) -> None:
    stream.add_data(1, 2, 3)
    query = start(by_parity(stream, spark), "n1", "complete", tmp_path)
    query.processAllAvailable()
    query.stop()
    stream.add_data(5)
    query = start(by_parity(stream, spark), "n2", "complete", tmp_path)
    query.processAllAvailable()
    assert table(spark, "n1") == [(0, 1), (1, 2)]
    assert table(spark, "n2") == [(0, 1), (1, 3)]
    query.stop()


@pytest.mark.rule("MEM-210", "MEM-112", "EXE-47")
@pytest.mark.parametrize("point", ["driver.after_offset_log", "sink.after_commit", "driver.before_commit_log"])
def test_an_epoch_without_its_commit_entry_is_run_again_with_its_range(
    restarts: Restarts, stream: MemoryStream, point: Any
) -> None:
    session = restarts.session(RaiseAt(point, epoch=1))
    query = start(by_parity(stream, session), mode="complete", checkpoint=restarts.checkpoint)
    stream.add_data(1, 2, 3)
    query.processAllAvailable()
    stream.add_data(7)
    with pytest.raises(StreamingQueryException, match="simulated crash"):
        query.processAllAvailable()
    stream.add_data(9)  # too late for epoch 1

    session = restarts.session()
    query = start(by_parity(stream, session), mode="complete", checkpoint=restarts.checkpoint)
    query.processAllAvailable()
    ranges = [
        (entry["batchId"], entry["sources"][0]["startOffset"], entry["sources"][0]["endOffset"])
        for entry in query.recentProgress
        if entry["numInputRows"]
    ]
    assert ranges == [(1, "0", "1"), (2, "1", "2")]
    assert table(session) == [(0, 1), (1, 4)]
    query.stop()


# ---------------------------------------------------------------- append and update


@pytest.mark.rule("MEM-104", "MEM-113", "MEM-211", "MEM-105")
@pytest.mark.parametrize("mode", ["append", "update"])
def test_append_and_update_refuse_a_checkpoint_that_has_been_used(
    spark: SparkSession, tmp_path: Path, mode: str
) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    query = start(stream.toDF(), mode=mode, checkpoint=tmp_path)
    query.processAllAvailable()
    query.stop()
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(AnalysisException) as error:
        start(stream.toDF(), mode=mode, checkpoint=tmp_path)
    assert refused(error) == "_LEGACY_ERROR_TEMP_1299"
    assert f"Delete {tmp_path}/offsets to start over." in str(error.value)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert spark.streams.active == []
    assert table(spark) == [(1,)]  # the table of the run before is untouched


@pytest.mark.rule("MEM-104", "MEM-100")
def test_a_location_from_the_session_is_refused_alike(tmp_path: Path, clock: ManualClock) -> None:
    conf = Conf({"spark.sql.streaming.checkpointLocation": str(tmp_path)})
    session = SparkSession(conf, master="sim", clock=clock)
    stream = MemoryStream(session, "v INT")
    stream.add_data(1)
    query = start(stream.toDF(), "named")
    query.processAllAvailable()
    query.stop()
    assert (tmp_path / "named" / "offsets").is_dir()
    with pytest.raises(AnalysisException) as error:
        start(stream.toDF(), "named")
    assert refused(error) == "_LEGACY_ERROR_TEMP_1299"
    session.stop()


@pytest.mark.rule("MEM-104")
@pytest.mark.parametrize("mode", ["append", "update"])
def test_with_the_option_recover_the_table_shows_every_batch_again(
    spark: SparkSession, tmp_path: Path, mode: str
) -> None:
    stream = MemoryStream(spark, "v INT, s STRUCT<a: STRING, b: ARRAY<INT>>")
    query = start(stream.toDF(), mode=mode, checkpoint=tmp_path, recover=True)
    for number in (1, 2):
        stream.add_data((number, ("x", [number, 0])))
        query.processAllAvailable()
    shown = sink_of(query).toDebugString()
    query.stop()
    query = start(stream.toDF(), mode=mode, checkpoint=tmp_path, recover="TRUE")
    query.processAllAvailable()
    assert sink_of(query).toDebugString() == shown
    assert executed(query) == []
    stream.add_data((3, None))
    query.processAllAvailable()
    assert [row.v for row in sink_of(query).allData] == [1, 2, 3]
    assert spark.table("t").collect()[0] == Row(v=1, s=Row(a="x", b=[1, 0]))
    query.stop()
    with pytest.raises(AnalysisException) as error:
        start(stream.toDF(), mode=mode, checkpoint=tmp_path)
    assert refused(error) == "_LEGACY_ERROR_TEMP_1299"


@pytest.mark.parametrize(
    "point", ["sink.before_commit", "sink.after_commit", "driver.before_commit_log", "files.before_rename"]
)
def test_a_durable_table_holds_every_row_once_whatever_moment_the_run_dies_at(
    restarts: Restarts, stream: MemoryStream, point: Any
) -> None:
    def run(session: SparkSession) -> StreamingQuery:
        frame = session._streaming_frame(stream.provider)
        return start(frame, checkpoint=restarts.checkpoint, recover=True)

    where: dict[str, Any] = {} if point.startswith("files") else {"epoch": 1}
    occurrence = 7 if point.startswith("files") else 1
    query = run(restarts.session(RaiseAt(point, occurrence=occurrence, **where)))
    stream.add_data(1, 2)
    query.processAllAvailable()
    stream.add_data(3)
    stream.add_data(4, 5)
    with pytest.raises(StreamingQueryException, match="simulated crash"):
        query.processAllAvailable()
    session = restarts.session()
    query = run(session)
    stream.add_data(6)
    query.processAllAvailable()
    assert table(session) == [(number,) for number in range(1, 7)]
    query.stop()


def test_recover_refuses_a_checkpoint_whose_rows_were_not_kept(spark: SparkSession, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    query = start(stream.toDF(), checkpoint=tmp_path)
    query.processAllAvailable()
    query.stop()
    cause = failure(start(stream.toDF(), checkpoint=tmp_path, recover=True))
    assert isinstance(cause, PySparkException)
    assert cause.getCondition() == "MEMORY_SINK_NOT_KEPT"
    assert str(tmp_path) in str(cause)


@pytest.fixture
def kept(spark: SparkSession, stream: MemoryStream, tmp_path: Path) -> Path:
    """The checkpoint of a durable memory table with three epochs."""
    query = start(stream.toDF(spark), checkpoint=tmp_path, recover=True)
    for number in (1, 2, 3):
        stream.add_data(number)
        query.processAllAvailable()
    query.stop()
    return tmp_path


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_a_missing_epoch_of_a_durable_table_is_named_and_nothing_is_lost(
    spark: SparkSession, stream: MemoryStream, kept: Path, epoch: int
) -> None:
    entry = kept / "sinks" / "sink" / str(epoch)
    rows = entry.read_bytes()
    entry.unlink()
    cause = failure(start(stream.toDF(spark), checkpoint=kept, recover=True))
    assert isinstance(cause, PySparkException)
    assert cause.getCondition() == "CHECKPOINT_INCONSISTENT"
    assert str(entry) in str(cause)
    entry.write_bytes(rows)
    query = start(stream.toDF(spark), checkpoint=kept, recover=True)
    query.processAllAvailable()
    assert table(spark) == [(1,), (2,), (3,)]
    query.stop()


def test_a_durable_table_of_other_columns_is_refused(spark: SparkSession, stream: MemoryStream, kept: Path) -> None:
    changed = stream.toDF(spark).select(F.col("v").cast("string").alias("text"))
    cause = failure(start(changed, checkpoint=kept, recover=True))
    assert isinstance(cause, PySparkException)
    assert cause.getCondition() == "MEMORY_SINK_COLUMNS_CHANGED"
    assert "(v int32), and the query now gives (text string)" in str(cause)


def test_a_durable_table_goes_back_with_its_checkpoint_and_shows_every_row_once(
    restarts: Restarts, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()

    def run(session: SparkSession) -> list[tuple[Any, ...]]:
        lines = session.readStream.option("maxFilesPerTrigger", 1).text(str(folder))
        query = start(lines, checkpoint=restarts.checkpoint, recover=True)
        query.processAllAvailable()
        shown = sink_of(query).toDebugString()
        query.stop()
        assert shown.splitlines() == [f"{epoch}: [{epoch}]" for epoch in range(len(shown.splitlines()))]
        return table(session)

    for number in range(4):
        (folder / str(number)).write_text(f"{number}\n")
        os.utime(folder / str(number), (number, number))
    assert run(restarts.session()) == [("0",), ("1",), ("2",), ("3",)]
    perform_rollback(str(restarts.checkpoint), 1)
    (folder / "4").write_text("4\n")
    assert run(restarts.session()) == [("0",), ("1",), ("2",), ("3",), ("4",)]


# ---------------------------------------------------------------- temporary checkpoints


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary checkpoints go in this test."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.rule("MEM-101", "MEM-102", "MEM-103")
def test_a_temporary_checkpoint_goes_with_a_clean_end(spark: SparkSession, temporary: Path) -> None:
    query = start(MemoryStream(spark, "v INT").toDF())
    query.processAllAvailable()
    [folder] = temporary.iterdir()
    assert folder.name.startswith("temporary-")
    query.stop()
    assert list(temporary.iterdir()) == []


@pytest.mark.rule("MEM-103")
@pytest.mark.parametrize("forced", [False, True])
def test_after_an_error_it_stays_unless_it_is_to_go_by_force(
    spark: SparkSession, temporary: Path, forced: bool
) -> None:
    spark.conf.set("spark.sql.streaming.forceDeleteTempCheckpointLocation", forced)

    def boom(batches: Any) -> Any:
        for _ in batches:
            raise ValueError("boom")
        yield

    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    query = start(stream.toDF().mapInArrow(boom, "v INT"))
    with pytest.raises(StreamingQueryException):
        query.awaitTermination()
    assert len(list(temporary.iterdir())) == (0 if forced else 1)
    spark.conf.unset("spark.sql.streaming.forceDeleteTempCheckpointLocation")


@pytest.mark.rule("MEM-103")
def test_what_queries_have_left_behind_goes_with_the_process_that_made_it(
    spark: SparkSession, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    query = start(stream.toDF().select(F.raise_error(F.lit("boom"))))
    with pytest.raises(StreamingQueryException, match="boom"):
        query.awaitTermination()
    [left] = temporary.iterdir()
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        launch.delete_temporary_checkpoints()
        assert left.is_dir()
    launch.delete_temporary_checkpoints()
    assert not left.exists()


@pytest.mark.rule("MEM-103")
def test_a_location_that_was_given_is_never_deleted(spark: SparkSession, tmp_path: Path) -> None:
    query = start(MemoryStream(spark, "v INT").toDF(), checkpoint=tmp_path / "mine")
    query.processAllAvailable()
    query.stop()
    assert (tmp_path / "mine" / "metadata").is_file()


@pytest.mark.rule("MEM-100", "MEM-101")
def test_the_location_is_the_option_or_the_sessions_root_with_the_name_or_an_error(
    spark: SparkSession, tmp_path: Path
) -> None:
    frame = MemoryStream(spark, "v INT").toDF()
    with pytest.raises(AnalysisException) as error:
        frame.writeStream.format("parquet").start(str(tmp_path / "out"))
    assert refused(error) == "_LEGACY_ERROR_TEMP_1298"
    spark.conf.set("spark.sql.streaming.checkpointLocation", str(tmp_path / "root"))
    for name, given in (("one", None), ("two", tmp_path / "own")):
        query = start(frame, name, checkpoint=given)
        query.processAllAvailable()
        query.stop()
    unnamed = frame.writeStream.format("noop").start()
    unnamed.processAllAvailable()
    unnamed.stop()
    spark.conf.unset("spark.sql.streaming.checkpointLocation")
    assert (tmp_path / "own" / "metadata").is_file()
    folders = sorted(path.name for path in (tmp_path / "root").iterdir())
    assert len(folders) == 2
    assert "one" in folders


@pytest.mark.rule("MEM-114")
def test_without_a_checkpoint_a_restart_is_a_new_query(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    first = start(stream.toDF())
    first.stop()
    second = start(stream.toDF())
    stream.add_data(1)
    second.processAllAvailable()
    assert second.id != first.id
    assert executed(second) == [0]
    second.stop()
